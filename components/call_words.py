"""What is said during a call, in words: how it goes, how long it lasts, what becomes of the other."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from clinic.video.by_phone import ByPhone
from clinic.video.calls import CallState
from clinic.video.quality import Word
from clinic.video.rooms import Seat
from clinic.video.visits import VisitState
from components.crisis import dial, plain
from components.times import clock

_QUALITY: dict[Word, str] = {
    "connecting": "Connecting.",
    "good": "Your connection is good.",
    "poor": "Your connection is poor.",
    "frozen": "Nothing arrives just now.",
}


def quality(word: Word, sound_only: bool) -> str:
    return f"{_QUALITY[word]} Sound only." if sound_only else _QUALITY[word]


def time_left(here: VisitState, now: datetime, zone: str) -> str:
    """Whole minutes, rounded up: nobody is told "0 minutes left" while some are."""
    if now < here.starts_at:
        return f"The session starts at {clock(here.starts_at, zone)}."
    minutes = ceil((here.ends_at - now).total_seconds() / 60)
    if minutes <= 0:
        return "The session time is over. Nobody is cut off."
    return "1 minute left." if minutes == 1 else f"{minutes} minutes left."


def other(found: CallState, phone: ByPhone) -> str:
    """One sentence or two on the other person, and what happens next."""
    here, name = found.here, plain(found.here.other_name)
    if here.seat is Seat.THERAPIST and here.admitted_at is None:
        if here.client_waiting_since is None:
            return f"{name} is not here yet."
        return f"{name} has been waiting since {clock(here.client_waiting_since, phone.zone)}."
    if found.by_phone_at is not None:
        return by_phone(here.seat, name, phone)
    if found.other == "dropped":
        return f"{name}'s connection dropped. It is being tried again. {or_else(here.seat, name, phone)}"
    if found.other == "connecting":
        return f"{name} is connecting."
    if found.other != "here":
        return f"{name} is not in the room just now."
    return f"{name} is here, with sound only." if found.other_sound_only else f"{name} is here."


def own_drop(here: VisitState, phone: ByPhone, *, began: bool) -> str:
    """One's own connection is gone, or never stood, and the page has begun another."""
    what = "The connection dropped" if began else "Connecting takes longer than usual"
    return f"{what}. We are trying again. {or_else(here.seat, plain(here.other_name), phone)}"


def or_else(seat: Seat, name: str, phone: ByPhone) -> str:
    """What happens if the video does not come back."""
    if seat is Seat.THERAPIST:
        reached = f": {dial(phone.number)}" if phone.number else ". They have given no number here"
        return f"If there is no video in 1 minute, phone them{reached}."
    on = f" on the number ending {phone.ending}" if phone.ending else ""
    return f"If there is no video in 1 minute, {name} will phone you{on}."


def by_phone(seat: Seat, name: str, phone: ByPhone) -> str:
    if seat is Seat.THERAPIST:
        return f"You go on by phone: {dial(phone.number) if phone.number else 'they have given no number'}."
    on = f" on the number ending {phone.ending}" if phone.ending else ""
    return f"{name} goes on by phone and calls you{on}. You can close this page."


def why_not(began: bool, tries: int) -> str:
    """For the therapist: why there is no video."""
    times = "once" if tries == 1 else f"{tries} times"
    if began:
        return f"Your connection stopped carrying picture and sound. Trying again {times} did not help."
    return (
        f"No connection could be made, {times} tried. Often the network lets no video calls through. Another "
        "network, or a phone's own, may work."
    )


def refused(problem: str, sound_only: bool) -> str:
    """Why one's camera or microphone is not in the call, by the browser's name for it, and what to do."""
    what = "microphone" if sound_only else "camera and microphone"
    otherwise = "call the clinic" if sound_only else "choose Sound only, or call the clinic"
    if problem == "NotFoundError":
        return f"We can't find your {what}. Plug it in, then reload this page. Or {otherwise}."
    if problem == "NotReadableError":
        return f"Another program is using your {what}. Close it, then reload this page. Or {otherwise}."
    return (
        f"We can't use your {what}. Your browser is blocking it. Allow it in the browser's settings for this "
        f"page, then reload. Or {otherwise}."
    )


def waits_for_phone(name: str, phone: ByPhone, clinic_phone: str | None) -> str:
    """For a client whose video does not connect."""
    on = f" on the number ending {phone.ending}" if phone.ending else ""
    clinic = f" You can also call the clinic: {dial(clinic_phone)}." if clinic_phone else ""
    return f"{plain(name)} will phone you{on}.{clinic}"
