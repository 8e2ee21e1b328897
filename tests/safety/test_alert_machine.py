"""An alert through everything that can happen to it: answers rise and fall, people come and go, the clock
runs, mail fails. The real services on a real database, whatever the order."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

import db
from clinic.errors import InvalidInput
from clinic.people import postman
from clinic.people.viewer import Viewer
from clinic.safety.alerts import open_alerts, waiting
from clinic.safety.answering import acknowledge, act, resolve
from clinic.safety.escalation import escalate_due
from clinic.safety.own_help import ask_for_help, say_safe
from clinic.safety.states import ACTIONS, Kind
from db.tables import OutboxMail, RiskAlert, RiskEvent
from tests.databases import Database
from tests.factories import NOW, make_client, make_clinic, make_therapist
from tests.safety.net import MINUTES, answer, make_policy


class Alerts(RuleBasedStateMachine):
    """One client, their therapist, a responder and a backup; each example has people of its own."""

    monkeypatch: ClassVar[pytest.MonkeyPatch]
    numbers: ClassVar[count[int]] = count()

    def __init__(self) -> None:
        super().__init__()
        number = next(self.numbers)
        self.dana = make_therapist(f"Dana {number}")
        self.per = make_therapist(f"Per {number}")
        make_policy(self.per, make_therapist(f"Li {number}"))
        self.sam = make_client(f"Sam {number}", therapist=self.dana)
        self.now = NOW
        self.closed_by_hand: set[int] = set()
        self.highest: dict[int, int] = {}
        self.trail: list[int] = []
        self.mail(works=True)

    @rule(value=st.integers(0, 3))
    def answers(self, value: int) -> None:
        before = self.alert()
        answer(self.sam, value, self.now)
        after = self.alert()
        if value and (before is None or value > int(before.answer or 0)):
            assert after is not None
            assert after.acknowledged_at is None, "a rise is always to be read anew"
            assert self.mails_at(self.now), "and somebody is told"

    @rule()
    def asks_for_help(self) -> None:
        ask_for_help(self.sam, self.now)
        assert waiting(self.dana).unseen or self.pressed_just_before()

    @rule()
    def says_safe(self) -> None:
        try:
            say_safe(self.sam, self.now)
        except InvalidInput:
            assert self.alert() is None

    @rule(minutes=st.integers(1, 3 * MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        due = self.alert()
        late = due is not None and due.escalate_at is not None and due.escalate_at <= self.now
        before = len(self.mails_at(self.now))
        escalate_due(self.now)
        if late:
            assert len(self.mails_at(self.now)) > before
        postman.send_due(self.now, most=200)

    @rule(works=st.booleans())
    def mail(self, works: bool) -> None:
        def refused(_message: object) -> None:
            raise ConnectionRefusedError

        self.monkeypatch.setattr(postman, "deliver", (lambda _message: None) if works else refused)

    @rule(who=st.sampled_from(["dana", "per"]))
    @precondition(lambda self: self.alert() is not None)
    def somebody_acknowledges(self, who: str) -> None:
        viewer: Viewer = getattr(self, who)
        unread = self.alert()
        assert unread is not None
        acknowledge(viewer, self.own(viewer), unread.answered_at, self.now)
        assert waiting(self.dana).unseen < len(open_alerts(self.dana)) or not waiting(self.dana).unseen

    @rule(kind=st.sampled_from(ACTIONS))
    @precondition(lambda self: self.alert() is not None)
    def somebody_acts(self, kind: Kind) -> None:
        unread = self.alert()
        assert unread is not None
        try:
            act(self.dana, self.own(self.dana), kind, "A note", self.now)
        except InvalidInput:
            assert unread.acknowledged_at is None

    @rule()
    @precondition(lambda self: self.alert() is not None)
    def somebody_closes(self) -> None:
        before = self.alert()
        assert before is not None
        try:
            resolve(self.dana, before.public_id, "Done", self.now)
        except InvalidInput:
            return
        assert before.acknowledged_at is not None
        assert before.acted_at is not None
        self.closed_by_hand.add(before.id)

    @invariant()
    def an_open_case_with_something_unread_has_a_time_to_escalate(self) -> None:
        for row in self.all():
            unread = row.acknowledged_at is None or row.acknowledged_at < row.answered_at
            if row.resolved_at is None and unread:
                assert row.escalate_at is not None

    @invariant()
    def nothing_is_closed_by_itself(self) -> None:
        assert {row.id for row in self.all() if row.resolved_at is not None} == self.closed_by_hand

    @invariant()
    def the_highest_answer_never_falls(self) -> None:
        for row in self.all():
            assert int(row.answer or 0) >= self.highest.get(row.id, 0)
            self.highest[row.id] = int(row.answer or 0)

    @invariant()
    def the_trail_only_grows(self) -> None:
        with db.reading() as session:
            ids = [row.id for row in self.all()]
            query = select(RiskEvent.id).where(RiskEvent.alert_id.in_(ids)).order_by(RiskEvent.id)
            trail = list(session.scalars(query))
        assert trail[: len(self.trail)] == self.trail
        self.trail = trail

    @invariant()
    def a_mail_that_fails_is_on_the_screen(self) -> None:
        ids = [row.id for row in self.all() if row.resolved_at is None]
        with db.reading() as session:
            failing = session.scalars(
                select(OutboxMail.id).where(
                    OutboxMail.alert_id.in_(ids),
                    OutboxMail.failed_at.is_not(None),
                    OutboxMail.sent_at.is_(None),
                )
            ).first()
        assert waiting(self.dana).mail_fails == (failing is not None)

    def all(self) -> list[RiskAlert]:
        query = select(RiskAlert).where(RiskAlert.client_id == self.sam.account_id).order_by(RiskAlert.id)
        with db.reading() as session:
            return list(session.scalars(query))

    def alert(self) -> RiskAlert | None:
        """The open case that was answered last."""
        still_open = [row for row in self.all() if row.resolved_at is None and row.instrument == "phq-9"]
        return still_open[-1] if still_open else None

    def own(self, viewer: Viewer) -> str:
        """The open case as this person finds it."""
        row = self.alert()
        assert row is not None
        assert row.public_id in [one.public_id for one in open_alerts(viewer)]
        return row.public_id

    def pressed_just_before(self) -> bool:
        return any(row.help_asked_at == self.now for row in self.all())

    def mails_at(self, at: object) -> list[int]:
        ids = [row.id for row in self.all()]
        query = select(OutboxMail.id).where(OutboxMail.alert_id.in_(ids), OutboxMail.written_at == at)
        with db.reading() as session:
            return list(session.scalars(query))


def test_whatever_happens_an_alert_is_never_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clinic()
    Alerts.monkeypatch = monkeypatch
    run_state_machine_as_test(
        Alerts,
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
