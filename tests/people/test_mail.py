"""Mails: each goes out once, to a real server, late if it must be, and says nothing clinical."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Keeping
from sqlalchemy import select

import db
from clinic.people import emergency, links, mail, postman, sign_in
from clinic.people.viewer import Role
from clinic.records import nudges
from db.settings import settings
from db.tables import Account, OutboxMail
from tests.databases import Database
from tests.factories import NOW, PASSWORD, make_administrator, make_client, make_clinic, make_therapist
from tests.portal import free_port

CLINICAL = re.compile(
    r"phq|gad|score|mood|anxi|depress|therap(y|eutic)|session|measure|risk|intake|diagnos", re.IGNORECASE
)


class _Letterbox(Keeping):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[Message] = []
        self.closed = False

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.closed:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.got.append(message)


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[_Letterbox]:
    box = _Letterbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("QUIET_ROOM_SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("QUIET_ROOM_MAIL_FROM", "portal@example.org")
    settings.cache_clear()
    make_clinic()
    yield box
    server.stop()


def _write(count: int) -> None:
    make_client("Sam", email="sam@example.org")
    with db.unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.email == "sam@example.org")).one()
        for n in range(count):
            mail.write(session, account, mail.Letter(f"You have a message {n}", "Hello"), NOW)


def test_a_mail_arrives_once_and_leaves_nothing_behind(letterbox: _Letterbox) -> None:
    _write(1)
    assert postman.send_due(NOW) == 1
    assert postman.send_due(NOW + timedelta(days=1)) == 0
    [got] = letterbox.got
    assert got["To"] == "sam@example.org"
    assert got["From"] == "portal@example.org"
    with db.reading() as session:
        row = session.scalars(select(OutboxMail)).one()
    assert (row.body_sealed, row.recipient_sealed) == (None, None)
    assert row.sent_at == NOW


def test_two_postmen_send_each_mail_once(letterbox: _Letterbox) -> None:
    _write(12)
    start = threading.Barrier(4)

    def carry() -> None:
        start.wait()
        postman.send_due(NOW)

    threads = [threading.Thread(target=carry) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    subjects = [str(message["Subject"]) for message in letterbox.got]
    assert sorted(subjects) == sorted({f"You have a message {n}" for n in range(12)})


def test_what_a_stopped_postman_had_in_hand_goes_out_late(
    letterbox: _Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(1)

    def stopped(_message: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(postman, "deliver", stopped)
        with pytest.raises(KeyboardInterrupt):
            postman.send_due(NOW)
    assert postman.send_due(NOW + postman.CLAIM / 2) == 0, "it is still the other one's"
    assert postman.send_due(NOW + postman.CLAIM) == 1
    assert len(letterbox.got) == 1


def test_a_server_that_refuses_is_asked_again_later(letterbox: _Letterbox) -> None:
    _write(1)
    letterbox.closed = True
    assert postman.send_due(NOW) == 0
    letterbox.closed = False
    assert postman.send_due(NOW) == 0
    assert postman.send_due(NOW + postman.PAUSES[0]) == 1
    assert len(letterbox.got) == 1


def test_a_mail_nobody_takes_is_given_up_in_the_end(letterbox: _Letterbox) -> None:
    _write(1)
    letterbox.closed = True
    at = NOW
    for pause in (*postman.PAUSES, timedelta()):
        assert postman.send_due(at) == 0
        at += pause
    letterbox.closed = False
    assert postman.send_due(at + timedelta(days=30)) == 0
    with db.reading() as session:
        assert session.scalars(select(OutboxMail.given_up_at)).one() is not None


def test_without_a_server_mails_lie_in_a_folder(database: Database) -> None:
    make_clinic()
    _write(2)
    assert postman.send_due(NOW) == 2
    kept = list((settings().var / "outbox").glob("*.eml"))
    assert len(kept) == 2
    assert b"To: sam@example.org" in kept[0].read_bytes()


def test_no_mail_says_why_a_person_comes(letterbox: _Letterbox) -> None:
    ada, dana = make_administrator("Ada"), make_therapist("Dana")
    sam = make_client("Sam Rivera", email="sam@example.org")
    links.invite(ada, Role.CLIENT, "Noor", "noor@example.org", NOW, therapist_id=dana.public_id)
    links.ask_reset("sam@example.org", NOW)
    admission = sign_in.check_password("sam@example.org", PASSWORD, NOW)
    sign_in.redeem(admission.ticket, NOW, "a browser never seen")
    emergency.open_anyway(dana, "sam@example.org", "Called in distress, their own therapist is away", NOW)
    nudges.remind(dana, sam.public_id, NOW)
    assert postman.send_due(NOW) == 5
    for message in letterbox.got:
        said = f"{message['Subject']}\n{message.get_payload(decode=True).decode()}"  # type: ignore[union-attr]
        assert str(message["Subject"]) == "You have a message at Linden Practice"
        assert not CLINICAL.findall(said.replace("A therapist opened", "")), said
        assert "Rivera" not in said
        assert "distress" not in said
