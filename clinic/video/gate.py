"""Where the client is for this session, said before they are let in; and the way past it in a crisis.

Help is sent to where somebody is, not to where they live, so it is asked for each session, as the HHS and
ATA guidance for video sessions has it. Nobody in danger is kept out by it: the therapist may go on without,
and writes down why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety.contact import Contact, read_contact
from clinic.scheduling.appointments import AppointmentView
from clinic.video.visits import (
    VisitState,
    Whereabouts,
    open_appointment,
    seen_by,
    visit_of,
    whereabouts_of,
)
from db.tables import Account, Appointment, Visit

LONGEST = {"place": 300, "call_back": 60, "contact": 300}
PARTS = tuple(LONGEST)
ALONE = {True: "alone", False: "not_alone"}
SHORTEST_REASON, LONGEST_REASON = 10, 500
_MISSING = {
    "place": "Enter where you are now: the address, or the place in your own words.",
    "call_back": "Enter a phone number we can call you on now.",
    "contact": "Enter somebody we can call in an emergency: a name and a number.",
}
_WHETHER_ALONE = "Choose whether you are alone."


@allowed(Permission.ROOM_ANSWER)
def suggested(viewer: Viewer, appointment_id: str, now: datetime) -> Whereabouts:
    """What to put in the fields beforehand: what is kept for this session already, else what was said for the
    last one, else in the intake. A suggestion: it counts once the client confirms it. Never whether somebody
    is alone.

    Raises:
        NotFound: missing, or not the viewer's own.
        RoomNotOpen: too early or over.
    """
    with db.reading() as session:
        open_appointment(session, viewer, appointment_id, now)
        own = session.scalars(
            select(Visit)
            .join(Appointment, Appointment.id == Visit.appointment_id)
            .where(Appointment.public_id == appointment_id)
        ).first()
        kept = whereabouts_of(own) if own else Whereabouts("", "", "", None)
        last = _last(session, viewer)
        said = read_contact(session, session.get_one(Account, viewer.account_id))
    return Whereabouts(
        place=kept.place or last.place,
        call_back=kept.call_back or last.call_back or said.phone,
        contact=kept.contact or last.contact or _contact_words(said),
        alone=kept.alone,
    )


@allowed(Permission.ROOM_ANSWER)
def keep(viewer: Viewer, appointment_id: str, part: str, value: str, now: datetime) -> None:
    """Keep one part as it is typed or chosen, so that a refresh loses nothing. It counts once confirmed;
    changing what was confirmed asks for it again. `alone` is kept as one of the values of `ALONE`.

    Raises:
        NotFound: missing, or not the viewer's own.
        RoomNotOpen: too early or over.
        InvalidInput: no such part, or too long.
    """
    problems = _problems({part: value}) if part != "alone" else {}
    if part == "alone" and value not in ALONE.values():
        problems["alone"] = _WHETHER_ALONE
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        open_appointment(session, viewer, appointment_id, now)
        visit = visit_of(session, appointment_id)
        if (getattr(visit, part) or "") != value.strip():
            setattr(visit, part, value.strip())
            visit.confirmed_at = None


@allowed(Permission.ROOM_ANSWER)
def confirm(viewer: Viewer, appointment_id: str, said: Whereabouts, now: datetime) -> VisitState:
    """The client says that this holds now. The therapist sees it and may let them in.

    Raises:
        NotFound: missing, or not the viewer's own.
        RoomNotOpen: too early or over.
        InvalidInput: a part is empty or too long, or it is not said whether one is alone.
    """
    given = {part: getattr(said, part) for part in PARTS}
    problems = {part: _MISSING[part] for part in PARTS if not str(given[part] or "").strip()}
    problems |= _problems(given)
    if not isinstance(said.alone, bool):
        problems["alone"] = _WHETHER_ALONE
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        appointment = open_appointment(session, viewer, appointment_id, now)
        visit = visit_of(session, appointment_id)
        for part, value in given.items():
            setattr(visit, part, value.strip())
        visit.alone = ALONE[bool(said.alone)]
        visit.confirmed_at = now
        record(
            session,
            now,
            viewer.account_id,
            "room.confirm",
            client_id=viewer.account_id,
            object_id=appointment_id,
        )
        return seen_by(session, viewer, appointment, visit, now)


@allowed(Permission.ROOM_ADMIT)
def pass_gate(viewer: Viewer, appointment_id: str, reason: str, now: datetime) -> VisitState:
    """Let the client in although they have not said where they are. Twice is once.

    Raises:
        NotFound: not the appointment's therapist.
        RoomNotOpen: too early or over.
        InvalidInput: no reason in words.
    """
    if not isinstance(reason, str) or not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(
            {"gate_reason": f"Write down why, in {SHORTEST_REASON} to {LONGEST_REASON} letters."}
        )
    with db.unit_of_work() as session:
        appointment = open_appointment(session, viewer, appointment_id, now)
        visit = visit_of(session, appointment_id)
        if visit.admitted_at is None:
            visit.gate_passed_at = visit.admitted_at = now
            visit.gate_reason = reason.strip()
            record(
                session,
                now,
                viewer.account_id,
                "room.gate",
                client_id=_client_of(session, appointment),
                object_id=appointment_id,
            )
        return seen_by(session, viewer, appointment, visit, now)


def _problems(given: Mapping[str, object]) -> dict[str, str]:
    """What may not even be kept half-typed."""
    problems = {}
    for part, value in given.items():
        if part not in LONGEST or not isinstance(value, str):
            problems[str(part)] = "Enter this in words or numbers."
        elif len(value.strip()) > LONGEST[part]:
            problems[part] = f"Use {LONGEST[part]} characters or fewer."
        elif not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            problems[part] = "There is a sign in this answer that can't be saved. Type it again."
    return problems


def _last(session: Session, viewer: Viewer) -> Whereabouts:
    """What this client confirmed last, in any session."""
    visit = session.scalars(
        select(Visit)
        .join(Appointment, Appointment.id == Visit.appointment_id)
        .where(Appointment.client_id == viewer.account_id, Visit.confirmed_at.is_not(None))
        .order_by(Visit.confirmed_at.desc())
        .limit(1)
    ).first()
    return whereabouts_of(visit) if visit else Whereabouts("", "", "", None)


def _contact_words(said: Contact) -> str:
    """ "Lena Haddad (sister), 020 7946 0101", as far as the intake says it."""
    name = said.emergency_name
    if name and said.emergency_relation:
        name = f"{name} ({said.emergency_relation})"
    words = ", ".join(part for part in (name, said.emergency_phone) if part)
    return words[: LONGEST["contact"]]


def _client_of(session: Session, appointment: AppointmentView) -> int:
    return session.scalars(select(Account.id).where(Account.public_id == appointment.client_id)).one()
