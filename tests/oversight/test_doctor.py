"""Looking over a real deployment: real servers to ask, and each thing broken once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

import db
from clinic.errors import InvalidInput
from clinic.oversight import mail_test
from clinic.oversight.doctor import broken, examine, examine_all
from clinic.oversight.findings import TITLES, Finding, State
from clinic.oversight.scheduled import work_off
from clinic.people.postman import send_due
from clinic.people.viewer import Viewer
from db.settings import settings
from db.tables import Account, OutboxMail
from tests.coturn import SECRET, Coturn
from tests.databases import Database, forget
from tests.factories import NOW, make_administrator, make_clinic
from tests.portal import ROOT, free_port
from tests.scheduling.letterbox import open_letterbox


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic(now=datetime.now(UTC))
    return make_administrator()


def _found(now: datetime = NOW) -> dict[str, Finding]:
    return {one.name: one for one in examine_all(now)}


def _set(monkeypatch: pytest.MonkeyPatch, **said: str) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_every_part_is_looked_at_and_a_fresh_clinics_parts_work_or_say_what_to_do(ada: Viewer) -> None:
    found = examine(ada, datetime.now(UTC))
    assert [one.name for one in found] == list(TITLES)
    assert not [one for one in found if one.state is State.BROKEN]
    assert all(one.next_step for one in found if one.state is State.LOOK)
    works = {one.name for one in found if one.state is State.WORKS}
    assert {"database", "key", "due-work", "zones", "versions"} <= works


def test_tables_of_another_version(ada: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert _found()["database"].state is State.BROKEN


def test_a_wrong_key_and_a_key_file_that_others_read(
    ada: Viewer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.start import check_key  # the word is put there at the first start

    check_key()
    other = ":".join(["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="] * 2)
    monkeypatch.setenv("QUIET_ROOM_KEYS", other)
    db.settings.settings.cache_clear()
    db.keys.forget()
    found = _found()["key"]
    assert found.state is State.BROKEN
    assert "Put back" in found.next_step


def test_a_database_that_does_not_answer_is_a_finding_and_no_traceback(
    ada: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://x@127.0.0.1:{free_port()}/x")
    forget()
    found = _found()
    assert found["database"].said == "The database does not answer."
    assert found["disk"].state is State.WORKS


def test_mail_is_seen_to_arrive_by_its_code(ada: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_letterbox(monkeypatch) as box:
        assert _found()["mail"].state is State.LOOK, "it takes mails; whether they arrive was not seen"
        mail_test.send_test(ada, NOW)
        send_due(NOW)
        [got] = box.got
        code = next(word for word in got.text.split() if word.strip(".").isdigit()).strip(".")
        with pytest.raises(InvalidInput):
            mail_test.say_arrived(ada, str((int(code) + 1) % 1_000_000).zfill(6), NOW)
        assert _found()["mail"].state is State.LOOK
        mail_test.say_arrived(ada, f" {code[:3]} {code[3:]} ", NOW + timedelta(hours=20))
        assert _found(NOW + timedelta(hours=20))["mail"].state is State.WORKS
        with pytest.raises(InvalidInput):
            mail_test.say_arrived(ada, code, NOW + timedelta(days=2))


def test_a_mail_server_that_is_not_there(ada: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, QUIET_ROOM_SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    found = _found()["mail"]
    assert (found.state, found.said) == (State.BROKEN, "The mail server does not answer.")


def test_mails_that_nobody_sends_are_late(ada: Viewer) -> None:
    mail_test.send_test(ada, NOW)
    assert _found(NOW + timedelta(minutes=5))["due-work"].state is State.WORKS
    late = NOW + timedelta(minutes=30)
    assert _found(late)["due-work"].said == "The oldest mail is 30 minutes late."
    assert [one.name for one in broken(ada, late)] == ["due-work"]
    with db.unit_of_work() as session:
        session.execute(update(OutboxMail).values(given_up_at=late))
    assert _found(late)["due-work"].state is State.LOOK
    assert broken(ada, late) == ()


def test_an_allocation_is_got_from_a_real_turn_server(
    ada: Viewer, coturn: Coturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    _set(monkeypatch, QUIET_ROOM_TURN_URLS=coturn.udp, QUIET_ROOM_TURN_SECRET=SECRET)
    assert _found(now)["turn"].state is State.WORKS
    _set(monkeypatch, QUIET_ROOM_TURN_SECRET="another")
    assert _found(now)["turn"].state is State.BROKEN


def test_an_address_without_https_and_one_that_does_not_answer(
    ada: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _found()["address"].state is State.LOOK, "none is set"
    _set(monkeypatch, QUIET_ROOM_ORIGINS="http://localhost:8501")
    assert _found()["address"].state is State.WORKS
    _set(monkeypatch, QUIET_ROOM_ORIGINS="http://portal.example.org")
    assert _found()["address"].state is State.BROKEN
    _set(monkeypatch, QUIET_ROOM_ORIGINS=f"https://localhost:{free_port()}")
    assert "does not answer" in _found()["address"].said


def test_a_zone_that_this_server_has_no_rules_of(ada: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Account).values(zone="Europe/Nowhere"))
    assert _found()["zones"].said == "Unknown here: Europe/Nowhere."


def test_backups_made_proved_and_late(ada: Viewer) -> None:
    assert _found()["backup"].state is State.LOOK
    work_off(NOW)
    assert _found()["backup"].state is State.WORKS
    assert _found(NOW + timedelta(days=4))["backup"].state is State.BROKEN


def _command(*flags: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "clinic.oversight", "doctor", *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_the_command_says_the_same_and_its_status_is_the_worst_part(
    ada: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = _command("--json")
    found = json.loads(said)
    assert (status, found["state"]) == (1, "look")
    assert [part["name"] for part in found["findings"]] == list(TITLES)
    monkeypatch.setenv("QUIET_ROOM_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    status, said = _command()
    assert status == 2
    assert "BROKEN  Mail: The mail server does not answer." in said


def test_the_command_says_when_the_key_is_wrong(ada: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_ROOM_KEYS", "nonsense")
    status, said = _command("--json")
    key = next(part for part in json.loads(said)["findings"] if part["name"] == "key")
    assert (status, key["state"]) == (2, "broken")
