"""Invitations and new passwords: opened once, in time, by whoever was sent the link."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text

import db
from clinic.errors import InvalidInput, LinkNotGood, NotFound, NotSignedIn, WrongPassword
from clinic.people import links, sign_in
from clinic.people.viewer import Role, Viewer
from db.tables import Account, OutboxMail
from tests.databases import Database
from tests.factories import NOW, PASSWORD, cookie_of, make_administrator, make_client, make_clinic

NEW = "another set of plain words"


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada")


def _invited(ada: Viewer) -> str:
    return _token(links.invite(ada, Role.THERAPIST, "Dana", "dana@example.org", NOW).path)


def _token(path: str) -> str:
    return path.partition("?link=")[2]


def _mailed() -> str:
    """The token in the newest mail."""
    with db.reading() as session:
        mail = session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
        assert mail is not None
        found = re.search(r"\?link=(\S+)", mail.body or "")
    assert found is not None
    return found.group(1)


def test_an_invitation_lets_in_once_with_a_password_of_ones_own(ada: Viewer) -> None:
    token = _invited(ada)
    assert links.opened(token, NOW).name == "Dana"
    assert token == _mailed()
    admission = links.accept(token, NEW, "Europe/London", NOW)
    viewer = sign_in.viewer_for(sign_in.redeem(admission.ticket, NOW, "test"), NOW)
    assert (viewer.name, viewer.role, viewer.zone) == ("Dana", Role.THERAPIST, "Europe/London")
    assert viewer.second_factor_due, "staff set up a second step first"
    assert sign_in.check_password("dana@example.org", NEW, NOW)
    for again in (links.opened, lambda t, n: links.accept(t, NEW, None, n)):
        with pytest.raises(LinkNotGood):
            again(token, NOW)


def test_before_a_password_is_chosen_none_opens(ada: Viewer) -> None:
    _invited(ada)
    for guess in ("", " ", PASSWORD, "None"):
        with pytest.raises(WrongPassword):
            sign_in.check_password("dana@example.org", guess, NOW)


@pytest.mark.parametrize("purpose", [links.INVITATION, links.RESET])
def test_a_link_is_good_for_its_time(ada: Viewer, purpose: str) -> None:
    token = _invited(ada)
    if purpose == links.RESET:
        links.ask_reset("dana@example.org", NOW)
        token = _mailed()
    last = NOW + links.LASTS[purpose] - timedelta(seconds=1)
    assert links.opened(token, last)
    with pytest.raises(LinkNotGood):
        links.opened(token, last + timedelta(seconds=1))
    with pytest.raises(LinkNotGood):
        links.accept(token, NEW, None, last + timedelta(seconds=1))
    assert {"invitation": timedelta(hours=72), "reset": timedelta(hours=1)} == links.LASTS


@pytest.mark.parametrize("forged", ["", "x", "\x00", "\ud800", "a" * 1_000_000, "%27 OR 1=1"])
def test_a_link_of_ones_own_making_opens_nothing(ada: Viewer, forged: str) -> None:
    token = _invited(ada)
    for wrong in (forged, token[:-1], token + "x"):
        with pytest.raises(LinkNotGood):
            links.opened(wrong, NOW)
    assert links.opened(token, NOW)


def test_a_weak_password_leaves_the_link_as_it_was(ada: Viewer) -> None:
    token = _invited(ada)
    for weak in ("short", "passwordpassword", "x" * 1025):
        with pytest.raises(InvalidInput) as refused:
            links.accept(token, weak, "Europe/London", NOW)
        assert set(refused.value.fields) == {"password"}
    with pytest.raises(InvalidInput) as refused:
        links.accept(token, NEW, "Mars/Base", NOW)
    assert set(refused.value.fields) == {"zone"}
    assert links.accept(token, NEW, "Europe/London", NOW)


def test_of_many_at_once_one_opens_it(ada: Viewer) -> None:
    token = _invited(ada)
    won: list[object] = []
    start = threading.Barrier(6)

    def accept() -> None:
        start.wait()
        with suppress(LinkNotGood):
            won.append(links.accept(token, NEW, None, NOW))

    threads = [threading.Thread(target=accept) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_new_password_signs_out_everywhere_and_keeps_the_second_step(ada: Viewer) -> None:
    with db.reading() as session:
        email = session.scalars(select(Account.email).where(Account.id == ada.account_id)).one()
    token = cookie_of(ada, NOW)
    links.ask_reset(f" {email.upper()} ", NOW)
    first = _mailed()
    links.ask_reset(email, NOW)
    admission = links.accept(first, NEW, None, NOW)
    assert admission.needs_code
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, NOW)
    with pytest.raises(WrongPassword):
        sign_in.check_password(email, PASSWORD, NOW)
    with pytest.raises(LinkNotGood):
        links.opened(_mailed_before_last(), NOW)


def _mailed_before_last() -> str:
    """The second link that was asked for: used up with the first."""
    with db.reading() as session:
        bodies = [mail.body or "" for mail in session.scalars(select(OutboxMail).order_by(OutboxMail.id))]
    return [found.group(1) for body in bodies if (found := re.search(r"\?link=(\S+)", body))][-1]


def test_asking_says_nothing_about_who_has_an_account(ada: Viewer) -> None:
    def mails() -> int:
        with db.reading() as session:
            return len(session.scalars(select(OutboxMail)).all())

    before = mails()
    links.ask_reset("nobody@example.org", NOW)
    assert mails() == before
    for _ in range(100):
        links.ask_reset("nobody@example.org", NOW)
    sam = make_client("Sam", email="sam@example.org")
    assert sam
    for _ in range(30):
        links.ask_reset("sam@example.org", NOW)
    assert 0 < mails() - before <= 10, "nobody's mailbox is filled"


def test_inviting_again_replaces_the_link(ada: Viewer) -> None:
    made = links.invite(ada, Role.THERAPIST, "Dana", "dana@example.org", NOW)
    again = links.invite_again(ada, made.person_id, NOW)
    with pytest.raises(LinkNotGood):
        links.opened(_token(made.path), NOW)
    links.accept(_token(again.path), NEW, None, NOW)
    with pytest.raises(NotFound):
        links.invite_again(ada, made.person_id, NOW)


def test_the_database_holds_no_token_that_opens_anything(ada: Viewer) -> None:
    token = _invited(ada)
    links.ask_reset("dana@example.org", NOW)
    tokens = {token, _mailed()}
    everything = ""
    with db.engine().connect() as connection:
        for table in inspect(connection).get_table_names():
            everything += str(connection.execute(text(f'SELECT * FROM "{table}"')).all())
    assert "dana@example.org" in everything
    assert not [secret for secret in tokens if secret in everything]
