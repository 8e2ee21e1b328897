"""Two clients of long ago in the demo clinic: one whose record may go now, one whose is held."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.tables import (
    Account,
    Appointment,
    CareAssignment,
    Discharge,
    LegalHold,
    MoodEntry,
    SessionType,
    Visit,
)

# Name, years since care ended, and why the record is held, if it is.
FORMER = (
    ("Edith Langley", 11, None),
    ("Martin Osei", 12, "A complaint to the medical board is open. Kept until it is decided."),
)
_LENGTH = timedelta(minutes=50)
_SESSIONS = 6


def add_record(
    session: Session,
    client: Account,
    therapist: Account,
    administrator: Account,
    kind: SessionType,
    years: int,
    held: str | None,
    now: datetime,
) -> None:
    """Some sessions and check-ins, and the end of care, `years` ago."""
    ended = now - timedelta(days=round(365.25 * years))
    client.created_at = ended - timedelta(weeks=_SESSIONS + 1)
    session.add(CareAssignment(client_id=client.id, therapist_id=therapist.id, since_at=client.created_at))
    for week in range(_SESSIONS):
        begins = ended - timedelta(weeks=_SESSIONS - week)
        meeting = Appointment(
            client_id=client.id,
            therapist_id=therapist.id,
            session_type_id=kind.id,
            starts_at=begins,
            ends_at=begins + _LENGTH,
            status="booked",
            submit_key=f"demo-former-{client.id}-{week}",
            booked_at=client.created_at,
        )
        session.add(meeting)
        session.flush()
        session.add(
            Visit(
                appointment_id=meeting.id,
                attendance="attended",
                attendance_at=begins + _LENGTH,
                attendance_by_id=therapist.id,
            )
        )
        day = MoodEntry(client_id=client.id, day_on=begins.date(), mood=2 + week % 3, entered_at=begins)
        day.note = "Slept a little better."
        session.add(day)
    gone = Discharge(
        client_id=client.id,
        by_id=therapist.id,
        reason="agreed",
        revision=1,
        started_at=ended,
        kept_at=ended,
        discharged_at=ended,
    )
    gone.summary = "We met for six weeks, and you found your way from there."
    session.add(gone)
    if held:
        hold = LegalHold(
            client_id=client.id, placed_at=now - timedelta(days=40), placed_by_id=administrator.id
        )
        hold.reason = held
        session.add(hold)
