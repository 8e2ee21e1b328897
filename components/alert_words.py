"""What is said of an alert, and of the mails about it, wherever they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from clinic.safety.alerts import Alert
from clinic.safety.states import Kind, Stage
from clinic.safety.trail import MailState
from components.crisis import plain
from components.times import clock, day_of, moment, short_day
from components.words import joined

KINDS = {
    Kind.RAISED: "Answered",
    Kind.RISEN: "Answered higher: raised anew",
    Kind.REPEATED: "Answered again",
    Kind.HELP_ASKED: "Pressed “I need help now”",
    Kind.SAYS_SAFE: "Pressed “I am safe right now”",
    Kind.ESCALATED: "Nobody had acknowledged it: told to more people",
    Kind.ACKNOWLEDGED: "Acknowledged",
    Kind.CALLED: "Called the client",
    Kind.REACHED: "Reached the client",
    Kind.NOT_REACHED: "Did not reach the client",
    Kind.PLAN_REVIEWED: "Went through the safety plan",
    Kind.EMERGENCY_SERVICES: "Called the emergency services",
    Kind.OTHER: "Something else",
    Kind.NO_ACTION: "No further action",
    Kind.RESOLVED: "Closed",
}


def answered(alert: Alert, zone: str) -> None:
    """Who answered what, in the measure's own words."""
    if alert.answer_words:
        st.markdown(f"**{plain(alert.client_name)}** answered “{plain(alert.answer_words)}” to:")
        st.write(f"“{plain(alert.item_text)}”")
        st.caption(
            f"{alert.measure}, question {alert.item}. Last heard from: {moment(alert.answered_at, zone)}."
        )
    if alert.help_asked_at is not None:
        st.markdown(
            f":red[**{plain(alert.client_name)} asked for help now**], {moment(alert.help_asked_at, zone)}."
        )


def stage(alert: Alert, zone: str) -> str:
    """How an alert stands, in a sentence."""
    if alert.stage is Stage.RESOLVED and alert.resolved_at is not None:
        return f"Closed by {plain(alert.resolved_by or '')}, {moment(alert.resolved_at, zone)}."
    escalated = f" Told to more people {times(alert.escalations)}." if alert.escalations else ""
    if alert.acknowledged_at is None:
        return f"Nobody has acknowledged it.{escalated}"
    by = f"{plain(alert.acknowledged_by or '')}, {since(alert.acknowledged_at, zone)}"
    if alert.unseen:
        return f"A new answer since it was acknowledged ({by})."
    then = " Acted on, not closed yet." if alert.stage is Stage.ACTED_ON else " Nothing recorded yet."
    return f"Acknowledged: {by}.{then}"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def since(at: datetime, zone: str) -> str:
    """The clock; with its day, where that was not today."""
    day = day_of(at, zone)
    today = day == day_of(datetime.now(UTC), zone)
    return clock(at, zone) if today else f"{short_day(day)}, {clock(at, zone)}"


def mail(one: MailState, zone: str) -> str:
    """What became of one mail."""
    to = f"Mail to {plain(one.to)}"
    if one.sent_at is not None:
        late = f", after {one.tries + 1} tries" if one.tries else ""
        return f"{to}: sent {since(one.sent_at, zone)}{late}."
    if one.failed_at is None:
        return f"{to}: waiting since {since(one.written_at, zone)}."
    tries = f"{one.tries} {'try' if one.tries == 1 else 'tries'}, since {since(one.failed_at, zone)}"
    if one.given_up_at is not None:
        return f":red[**{to}: could not be sent.** Given up after {tries}.]"
    return f":red[**{to}: could not be sent so far** ({tries}).]"


def failing(mails: Sequence[MailState]) -> None:
    """Says at once where mails could not be sent. Nothing when all is well."""
    if to := list(dict.fromkeys(plain(one.to) for one in mails if one.failing)):
        st.error(f"Mail could not be sent to {joined(to, '')}. Tell them in another way.")
