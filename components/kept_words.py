"""What the administrator reads about records that are kept, and about one that was erased."""

from __future__ import annotations

from collections.abc import Mapping

from clinic.oversight.keeping import KeptRecord
from clinic.oversight.retention import Why
from components.times import long_day

WHY = {
    Why.CARE: "Care has not ended. A therapist ends it in the client's record, under End of care.",
    Why.HOLD: "A hold is placed on it. Lift it first.",
    Why.ALERT: "An alert is not closed. Whoever answers alerts closes it first.",
}
# What the rows of a table are for the person who reads how many were erased. The rest is added up.
_THINGS = {
    "mood_entry": ("check-in", "check-ins"),
    "sleep_entry": ("night of the sleep diary", "nights of the sleep diary"),
    "questionnaire_response": ("form of questions", "forms of questions"),
    "intake_answer": ("intake answer", "intake answers"),
    "progress_note": ("note on a session", "notes on sessions"),
    "private_note": ("private note", "private notes"),
    "message": ("message", "messages"),
    "document": ("document", "documents"),
    "consent_signature": ("signed consent", "signed consents"),
    "risk_alert": ("risk alert", "risk alerts"),
    "safety_plan": ("version of the safety plan", "versions of the safety plan"),
}
_BLANKED = {"account", "appointment", "visit"}


def why_not(one: KeptRecord) -> list[str]:
    """Each thing that keeps this record from being erased, as a sentence."""
    until = one.standing.kept_until_on
    return [
        f"It has to be kept until {long_day(until)}."
        if why is Why.TIME and until is not None
        else WHY.get(why, "")
        for why in one.standing.why_not
    ]


def state(one: KeptRecord) -> str:
    """In a table: a few words."""
    if one.standing.erasable:
        return "Can be erased"
    first = one.standing.why_not[0]
    return {Why.CARE: "In care", Why.HOLD: "Held", Why.ALERT: "Alert open", Why.TIME: "Kept"}[first]


def erased_sentence(counts: Mapping[str, int]) -> str:
    """ "Erased: 12 check-ins, 3 notes on sessions, and 40 other rows. Left without content: 9 sessions." """
    said = [_counted(counts[name], *thing) for name, thing in _THINGS.items() if counts.get(name)]
    others = sum(number for name, number in counts.items() if name not in _THINGS and name not in _BLANKED)
    parts = [*said, *([_counted(others, "other row", "other rows")] if others else [])]
    whole = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
    left = counts.get("appointment", 0)
    sessions = _counted(left, "session", "sessions")
    kept = f" Left without content, for the calendar and the figures: {sessions}." if left else ""
    return f"Erased: {whole or 'nothing but the account'}.{kept}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
