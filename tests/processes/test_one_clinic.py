"""Two processes are one clinic: who is signed in, who guesses, what is due, what is written down."""

from __future__ import annotations

import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from clinic.oversight.verify import verify
from clinic.people import mail
from db.tables import Account, AuditEvent, OutboxMail, RiskAlert, RiskEvent
from tests.factories import PASSWORD
from tests.processes.conftest import A, B, House
from tests.safety.net import answer
from tests.socket.streamlit_client import Run, Visitor

MAILS = 40


def test_a_browser_stays_with_the_process_it_came_to(house: House) -> None:
    first = house.ask("/").cookie("qr_process")
    assert first in (A, B)
    for name in (A, B):
        # It says its name only to whoever does not say it already.
        assert "qr_process" not in house.ask("/", cookies={"qr_process": name}).cookies
        portal = house.portals[name]
        assert f"qr_process={name};" in _asked_directly(portal.port)
    assert house.ask("/", cookies={"qr_process": "no-such"}).cookie("qr_process") in (A, B)


def test_who_signs_in_at_one_goes_on_at_the_other_and_a_sign_out_ends_both(house: House) -> None:
    cookie = house.signed_in("sam@example.org", A)
    assert house.says(A, cookie, "Hello Sam Rivera.")
    with house.visits(B, cookie) as elsewhere:
        assert elsewhere.open("").says("Hello Sam Rivera.")
        done = house.ask("/session/end", cookies={"qr_process": A, "quiet_room": cookie}, post={})
        assert done.status == 204
        after = elsewhere.open("")
        assert not after.says("Hello Sam Rivera.")
        assert after.title == "Sign in"


def test_wrong_passwords_are_counted_by_both(house: House) -> None:
    with house.visits(A) as one, house.visits(B) as other:
        screens = {A: (one, one.open("")), B: (other, other.open(""))}
        for number in range(10):
            said = _try(*screens[(A, B)[number % 2]], "nobody@example.org", f"a wrong one, number {number}")
            assert said.says("is not right"), number
        for name in (A, B):
            said = _try(*screens[name], "nobody@example.org", "one more wrong one")
            assert not said.says("is not right")
            assert said.says("Too many tries"), name
        # Somebody else is not in their way.
        assert not _try(*screens[B], "sam@example.org", PASSWORD).says("Too many tries")


def test_what_is_due_is_mailed_once(house: House) -> None:
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        sam = session.get_one(Account, house.sam.account_id)
        for number in range(MAILS):
            mail.write(session, sam, mail.Letter(f"Mail {number}", "Hello"), now)
    _until(lambda: _waiting() == 0)
    subjects = Counter(got.subject for got in house.letters.to("sam@example.org"))
    assert {subject: n for subject, n in subjects.items() if n > 1} == {}
    assert sum(subject.startswith("Mail ") for subject in subjects) == MAILS
    with db.reading() as session:
        hands = set(session.scalars(select(OutboxMail.claimed_by).where(OutboxMail.sent_at.is_not(None))))
    assert len(hands) == 2, "both processes had a part in it"


def test_an_alert_is_told_to_more_people_once(house: House) -> None:
    now = datetime.now(UTC)
    answer(house.sam, 2, now)
    with db.unit_of_work() as session:
        session.execute(update(RiskAlert).values(escalate_at=now - timedelta(seconds=1)))
    _until(lambda: _escalations() > 0)
    # Each process looks every fifteen seconds: after that, both have.
    looked = time.monotonic()
    _until(lambda: time.monotonic() - looked > 16)
    assert _escalations() == 1


def test_the_audit_log_is_one_chain(house: House) -> None:
    cookies = {name: house.signed_in("sam@example.org", name) for name in (A, B)}
    before = _events()

    def act(number: int) -> int:
        name = (A, B)[number % 2]
        kept = {"qr_process": name, "quiet_room": cookies[name]}
        return house.ask(f"/download/appointment?id={house.appointment}", cookies=kept).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(act, range(40))) == {200}
    again = [house.signed_in("sam@example.org", name) for name in (A, B) * 3]
    assert len(set(again)) == 6
    assert _events() > before
    verdict = verify()
    assert (verdict.intact, verdict.events) == (True, _events())


def _asked_directly(port: int) -> str:
    asked = urllib.request.Request(f"http://localhost:{port}/", headers={"Accept": "text/html"})
    with urllib.request.urlopen(asked, timeout=20) as page:
        return "\n".join(page.headers.get_all("Set-Cookie") or [])


def _try(somebody: Visitor, first: Run, email: str, password: str) -> Run:
    """The sign-in form, filled in and sent."""
    message = BackMsg()
    widgets = message.rerun_script.widget_states.widgets
    for drawn in first.messages:
        if drawn.WhichOneof("type") != "delta":
            continue
        element = drawn.delta.new_element
        if element.WhichOneof("type") == "text_input":
            state = widgets.add()
            state.id = element.text_input.id
            state.string_value = email if element.text_input.label == "Email" else password
        elif element.WhichOneof("type") == "button" and element.button.label == "Sign in":
            state = widgets.add()
            state.id, state.trigger_value = element.button.id, True
    return somebody.send(message)


def _waiting() -> int:
    with db.reading() as session:
        count = select(func.count()).select_from(OutboxMail).where(OutboxMail.sent_at.is_(None))
        return session.scalars(count).one()


def _escalations() -> int:
    with db.reading() as session:
        count = select(func.count()).select_from(RiskEvent).where(RiskEvent.kind == "escalated")
        return session.scalars(count).one()


def _events() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(AuditEvent)).one()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)  # between two looks; what is looked for is what is waited for
