"""An alert that nobody acknowledges is told to more people, again and again; and mails about alerts."""

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
from clinic.errors import InvalidInput
from clinic.people import accounts, mail, postman
from clinic.people.viewer import Role, Viewer
from clinic.safety import oversee
from clinic.safety.alerts import alert_file, open_alerts, waiting
from clinic.safety.answering import acknowledge, act
from clinic.safety.escalation import escalate_due
from clinic.safety.own_help import ask_for_help
from clinic.safety.states import DEFAULT_WAIT, Kind
from db.settings import settings
from db.tables import Account, OutboxMail
from tests.databases import Database
from tests.factories import NOW, make_account, make_administrator, make_client, make_clinic, make_therapist
from tests.portal import free_port
from tests.safety.net import MINUTES, answer, mailed, make_policy, only_alert, rows, trail

WAIT = timedelta(minutes=MINUTES)
CLINICAL = re.compile(
    r"phq|gad|score|mood|anxi|depress|therap|session|measure|risk|suicid|harm|crisis|safety|alert|client|"
    r"question|help|urgent|danger",
    re.IGNORECASE,
)


class _Letterbox(Keeping):
    """A mail server that takes what it is given, or refuses."""

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
    box, port = _Letterbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("QUIET_ROOM_SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("QUIET_ROOM_MAIL_FROM", "portal@example.org")
    monkeypatch.setenv("QUIET_ROOM_ORIGINS", "https://portal.example.org")
    settings.cache_clear()
    make_clinic()
    yield box
    server.stop()


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def test_it_escalates_after_the_clinics_time_again_and_again_until_acknowledged(dana: Viewer) -> None:
    make_administrator("Bea")
    make_policy(make_therapist("Per"), make_therapist("Li"))
    answer(make_client("Sam", therapist=dana), 1)
    assert escalate_due(NOW + WAIT - timedelta(seconds=1)) == 0
    for n in range(1, 4):
        at = NOW + n * WAIT
        assert escalate_due(at) == 1
        assert escalate_due(at) == 0
        assert sorted(mailed(at)) == ["Ada", "Bea", "Dana", "Li", "Per"]
        assert rows()[0].escalate_at == at + WAIT
    assert only_alert(dana).escalations == 3
    acknowledge(dana, only_alert(dana).public_id, only_alert(dana).answered_at, NOW + 4 * WAIT)
    assert escalate_due(NOW + 99 * WAIT) == 0
    assert trail() == ["raised", *["escalated"] * 3, "acknowledged"]


def test_after_a_stop_it_escalates_late_and_once(dana: Viewer) -> None:
    make_policy(dana, make_therapist("Per"))
    answer(make_client("Sam", therapist=dana), 1)
    morning = NOW + timedelta(hours=14)
    assert escalate_due(morning) == 1
    assert escalate_due(morning) == 0
    assert rows()[0].escalate_at == morning + WAIT


def test_without_a_policy_administrators_and_the_clients_therapists_are_told_after_an_hour(
    dana: Viewer,
) -> None:
    make_administrator("Ada")
    answer(make_client("Sam", therapist=dana), 1)
    assert mailed() == ["Dana"]
    assert escalate_due(NOW + DEFAULT_WAIT - timedelta(seconds=1)) == 0
    assert escalate_due(NOW + DEFAULT_WAIT) == 1
    assert mailed(NOW + DEFAULT_WAIT) == ["Dana", "Ada"]


def test_where_nobody_else_is_left_every_therapist_is_told(dana: Viewer) -> None:
    """No policy, no therapist of the client's, and no administrator who can sign in: the portal's last word
    is not silence. They all see the alert of a client nobody looks after."""
    make_account(Role.THERAPIST, "Gone", disabled=True)
    sam = make_client("Sam")
    answer(sam, 1)
    assert mailed() == ["Dana"]
    assert escalate_due(NOW + DEFAULT_WAIT) == 1
    assert mailed(NOW + DEFAULT_WAIT) == ["Dana"]
    ask_for_help(sam, NOW + 2 * DEFAULT_WAIT)
    assert mailed(NOW + 2 * DEFAULT_WAIT) == ["Dana"]


def test_a_client_of_somebody_who_is_no_therapist_any_more_is_everyones(dana: Viewer) -> None:
    ada, per = make_administrator("Ada"), make_therapist("Per")
    sam = make_client("Sam", therapist=dana)
    answer(sam, 1)
    assert open_alerts(per) == []
    accounts.change_role(ada, dana.public_id, Role.ADMINISTRATOR, NOW)
    assert only_alert(per).client_name == "Sam"
    answer(sam, 2, NOW + WAIT)
    assert mailed(NOW + WAIT) == ["Dana", "Ada"], "the administrators, of whom Dana is one now"


def test_where_the_clients_therapist_has_no_password_yet_administrators_are_told_too(dana: Viewer) -> None:
    make_administrator("Ada")
    sam = make_client("Sam", therapist=dana)
    with db.unit_of_work() as session:
        session.get_one(Account, dana.account_id).password_hash = ""
    answer(sam, 1)
    assert mailed() == ["Dana", "Ada"]


def test_a_mail_that_cannot_even_be_written_is_one_that_failed(dana: Viewer) -> None:
    """An address that no message can carry: it must be shown, and keep no other mail from going out."""
    answer(make_client("Sam", therapist=dana), 1)
    with db.unit_of_work() as session:
        broken = session.scalars(select(OutboxMail)).one()
        broken.recipient = "dana\n@example.org"
        other = session.get_one(Account, dana.account_id)
        mail.write(session, other, mail.Letter("Other", "Hello"), NOW)
    assert postman.send_due(NOW) == 1
    [state] = alert_file(dana, only_alert(dana).public_id, NOW).mails
    assert (state.failing, state.tries) == (True, 1)
    assert waiting(dana).mail_fails


def test_a_rise_starts_the_clock_anew(dana: Viewer) -> None:
    make_policy(dana, make_therapist("Per"))
    sam = make_client("Sam", therapist=dana)
    answer(sam, 1)
    answer(sam, 2, NOW + WAIT / 2)
    assert escalate_due(NOW + WAIT) == 0
    assert escalate_due(NOW + WAIT * 1.5) == 1


def test_an_answer_like_the_last_one_escalates_when_nobody_reads_it(dana: Viewer) -> None:
    """A week later the highest answer is no rise: without the clock nobody would ever be told of it."""
    per = make_therapist("Per")
    ada = make_policy(dana, per)
    sam = make_client("Sam", therapist=dana)
    answer(sam, 3)
    acknowledge(dana, only_alert(dana).public_id, NOW, NOW)
    act(dana, only_alert(dana).public_id, Kind.CALLED, "", NOW)
    again = NOW + timedelta(days=7)
    assert escalate_due(again) == 0
    answer(sam, 3, again)
    assert oversee.net(ada).unacknowledged == 1
    assert oversee.overseen_alerts(ada)[0].unseen
    assert escalate_due(again + WAIT - timedelta(seconds=1)) == 0
    assert escalate_due(again + WAIT) == 1
    assert sorted(mailed(again)) == ["Ada", "Dana", "Per"]
    acknowledge(per, only_alert(per).public_id, again, again + WAIT)
    assert escalate_due(again + 9 * WAIT) == 0
    assert oversee.net(ada).unacknowledged == 0


def test_of_many_processes_one_escalates(dana: Viewer) -> None:
    make_policy(dana, make_therapist("Per"))
    for name in ("Sam", "Noor", "Kim"):
        answer(make_client(name, therapist=dana), 1)
    together, done = threading.Barrier(6), []

    def look() -> None:
        together.wait()
        done.append(escalate_due(NOW + WAIT))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 3
    assert trail().count("escalated") == 3


def test_no_mail_about_an_alert_says_what_it_is_about(letterbox: _Letterbox) -> None:
    dana, per = make_therapist("Dana"), make_therapist("Per")
    ada = make_policy(dana, per)
    sam = make_client("Sam Rivera", therapist=dana)
    oversee.send_test(ada, NOW)
    answer(sam, 3)
    ask_for_help(sam, NOW)
    escalate_due(NOW + WAIT)
    assert postman.send_due(NOW + WAIT, most=99) == len(letterbox.got) == 13
    for message in letterbox.got:
        said = f"{message['Subject']}\n{message.get_payload(decode=True).decode()}"  # type: ignore[union-attr]
        assert str(message["Subject"]) == "You have a message at Linden Practice"
        assert not CLINICAL.findall(said), said
        assert "Rivera" not in said
        assert "https://portal.example.org\r\n" in said
    tests = [m for m in letterbox.got if "This is a test" in m.get_payload(decode=True).decode()]  # type: ignore[union-attr]
    assert len(tests) == 5, "two at once, and both and the administrator once it escalated"


def test_a_mail_that_cannot_be_sent_is_shown_at_once_and_until_it_is_sent(letterbox: _Letterbox) -> None:
    dana, per = make_therapist("Dana"), make_therapist("Per")
    ada = make_policy(dana, per)
    answer(make_client("Sam", therapist=dana), 1)
    assert not waiting(dana).mail_fails
    letterbox.closed = True
    postman.send_due(NOW)
    alert = only_alert(dana)
    assert (alert.mail_fails, waiting(per).mail_fails, oversee.net(ada).mail_fails) == (True, True, True)
    mails = alert_file(dana, alert.public_id, NOW).mails
    assert [(m.to, m.tries, m.failed_at, m.failing) for m in mails] == [
        ("Dana", 1, NOW, True),
        ("Per", 1, NOW, True),
    ]
    [overseen] = oversee.overseen_alerts(ada)
    assert overseen.mails == mails
    letterbox.closed = False
    later = NOW + postman.ALERT_PAUSES[0]
    assert postman.send_due(later) == 2
    assert not waiting(dana).mail_fails
    assert [m.sent_at for m in alert_file(dana, alert.public_id, NOW).mails] == [later, later]


def test_a_mail_about_an_alert_is_tried_more_often_and_given_up_after_a_day(letterbox: _Letterbox) -> None:
    dana = make_therapist("Dana")
    answer(make_client("Sam", therapist=dana), 1)
    letterbox.closed = True
    at, tries = NOW, 0
    for pause in (*postman.ALERT_PAUSES, timedelta()):
        postman.send_due(at)
        tries += at < NOW + timedelta(hours=1)
        at += pause
    assert tries == 8
    assert at - NOW > timedelta(hours=22)
    [given_up] = alert_file(dana, only_alert(dana).public_id, NOW).mails
    assert given_up.given_up_at is not None
    assert given_up.failing
    assert waiting(dana).mail_fails, "a mail that was given up is still one that did not arrive"


def test_mails_about_alerts_go_before_all_others(letterbox: _Letterbox) -> None:
    dana = make_therapist("Dana", email="dana@example.org")
    sam = make_client("Sam", therapist=dana)
    with db.unit_of_work() as session:
        other = session.get_one(Account, sam.account_id)
        for n in range(3):
            mail.write(session, other, mail.Letter(f"Other {n}", "Hello"), NOW - timedelta(hours=1))
    answer(sam, 1)
    postman.send_due(NOW, most=1)
    assert [message["To"] for message in letterbox.got] == ["dana@example.org"]


def test_administrators_see_that_the_net_holds_and_nobody_behind_it(dana: Viewer) -> None:
    per = make_therapist("Per")
    ada = make_policy(dana, per)
    answer(make_client("Sam Rivera", therapist=dana), 2)
    net = oversee.net(ada)
    assert (net.unacknowledged, net.since) == (1, NOW)
    [alert] = oversee.overseen_alerts(ada)
    assert "Rivera" not in repr(alert)
    assert "phq" not in repr(alert).lower()
    assert alert.escalate_at == NOW + WAIT
    acknowledge(dana, alert.public_id, NOW, NOW)
    assert oversee.net(ada).unacknowledged == 0


def test_a_test_goes_the_way_of_a_real_alert_and_ends_when_it_is_acknowledged(dana: Viewer) -> None:
    per = make_therapist("Per")
    ada = make_policy(dana, per)
    assert oversee.last_test(ada) is None
    oversee.send_test(ada, NOW)
    oversee.send_test(ada, NOW)
    assert mailed() == ["Dana", "Per"]
    assert [a.is_test for a in open_alerts(per)] == [True]
    assert open_alerts(make_therapist("Li")) == []
    assert escalate_due(NOW + WAIT) == 1, "a test that nobody answers is a finding"
    acknowledge(per, only_alert(per).public_id, only_alert(per).answered_at, NOW + WAIT)
    assert open_alerts(per) == []
    last = oversee.last_test(ada)
    assert last is not None
    assert (last.acknowledged_by, last.acknowledged_at) == ("Per", NOW + WAIT)
    assert not last.is_old(NOW + timedelta(days=31))
    assert last.is_old(NOW + timedelta(days=32))
    oversee.send_test(ada, NOW + timedelta(days=32))
    assert len(rows()) == 2


def test_a_test_needs_somebody_to_answer_it(dana: Viewer) -> None:
    with pytest.raises(InvalidInput):
        oversee.send_test(make_administrator(), NOW)
    assert rows() == []


def test_every_column_the_trail_is_read_from_is_kept_when_a_mail_is_emptied(dana: Viewer) -> None:
    answer(make_client("Sam", therapist=dana), 1)
    postman.send_due(NOW)
    with db.reading() as session:
        row = session.scalars(select(OutboxMail)).one()
    assert (row.body_sealed, row.recipient_sealed) == (None, None)
    assert row.to_id == dana.account_id
