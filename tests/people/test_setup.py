"""An empty portal is opened once, by whoever reads its log."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import InvalidInput, SetupClosed
from clinic.people import setup, sign_in
from clinic.people.details import clinic_details
from clinic.people.viewer import Role
from db.tables import Account, Clinic, SetupCode
from tests.databases import Database
from tests.factories import DETAILS, NOW, PASSWORD


def _offered(caplog: pytest.LogCaptureFixture) -> str:
    caplog.clear()
    with caplog.at_level(logging.WARNING, "quietroom.setup"):
        setup.offer_code(NOW)
    said = next(r.getMessage() for r in caplog.records if r.name == "quietroom.setup")
    return said.split("administrator: ")[1].split()[0]


def _create(code: str, **changed: str) -> None:
    values = {"name": "Ada Min", "email": "ada@example.org", "password": PASSWORD} | changed
    setup.set_up(code, DETAILS, values["name"], values["email"], values["password"], NOW)


def test_the_logs_code_makes_the_clinic_and_its_administrator(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert not setup.is_set_up()
    code = _offered(caplog)
    with pytest.raises(InvalidInput) as refused:
        _create("0000-0000-0000-0000")
    assert set(refused.value.fields) == {"code"}
    assert not setup.is_set_up()
    _create(f" {code} ")
    assert clinic_details() == DETAILS
    token = sign_in.redeem(sign_in.check_password("ada@example.org", PASSWORD, NOW).ticket, NOW, "test")
    assert sign_in.viewer_for(token, NOW).role is Role.ADMINISTRATOR
    with pytest.raises(SetupClosed):
        _create(code)


def test_only_the_newest_code_works_and_only_its_hash_is_kept(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    old, new = _offered(caplog), _offered(caplog)
    with db.reading() as session:
        kept = session.scalars(select(SetupCode.code_hash)).one()
    assert new not in kept
    with pytest.raises(InvalidInput):
        _create(old)
    _create(new)


def test_a_code_from_the_secrets_is_used_and_never_logged(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("QUIET_ROOM_SETUP_CODE", "from-the-secrets")
    db.settings.settings.cache_clear()
    with caplog.at_level(logging.DEBUG):
        setup.offer_code(NOW)
    assert "from-the-secrets" not in caplog.text
    _create("from-the-secrets")
    assert setup.is_set_up()


def test_what_is_missing_is_said_by_field_and_nothing_is_made(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    code = _offered(caplog)
    with pytest.raises(InvalidInput) as refused:
        setup.set_up(code, replace(DETAILS, name=" ", zone="Mars/Base"), "", "no address", "short", NOW)
    assert set(refused.value.fields) == {"name", "zone", "person", "email", "password"}
    assert not setup.is_set_up()
    _create(code)


def test_two_who_have_the_code_make_one_clinic(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    code = _offered(caplog)
    refused: list[BaseException] = []

    def create(n: int) -> None:
        try:
            _create(code, email=f"ada{n}@example.org")
        except BaseException as error:
            refused.append(error)

    threads = [threading.Thread(target=create, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Clinic)).one() == 1
        assert session.scalars(select(func.count()).select_from(Account)).one() == 1
    assert len(refused) == 3
    assert {type(error) for error in refused} <= {SetupClosed, InvalidInput}


def test_a_clinic_that_exists_is_offered_no_code(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    _create(_offered(caplog))
    caplog.clear()
    with caplog.at_level(logging.WARNING, "quietroom.setup"):
        setup.offer_code(NOW)
    assert not caplog.records
