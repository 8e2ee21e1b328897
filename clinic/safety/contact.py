"""What one needs to reach a client at once: phone, places, emergency contact. Not the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.tables import Account, CrisisPlace, Intake, IntakeAnswer

# The fields of the intake form that this is read from, whatever else a clinic asks.
_PHONE, _VOICEMAIL, _PLACE = "phone", "voicemail", "usual_place"
_NAME, _RELATION, _THEIR_PHONE = "emergency_name", "emergency_relation", "emergency_phone"
_RELEASE = "emergency_release"
_FIELDS = (_PHONE, _VOICEMAIL, _PLACE, _NAME, _RELATION, _THEIR_PHONE, _RELEASE)


@dataclass(frozen=True)
class Contact:
    """As typed by the client, "" where nothing was said; `zone` an IANA name.

    `place` is the crisis place they last chose, at `place_said_at`; "" with a time: somewhere else.
    """

    phone: str
    voicemail: str
    usual_place: str
    zone: str
    place: str
    place_said_at: datetime | None
    emergency_name: str
    emergency_relation: str
    emergency_phone: str
    emergency_release: str


def read_contact(session: Session, client: Account) -> Contact:
    """From the newest intake, sent or not, inside the caller's transaction; the caller has decided
    permission."""
    newest = (
        select(Intake.id)
        .where(Intake.client_id == client.id)
        .order_by(Intake.replaced_at.is_not(None), Intake.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.scalars(
        select(IntakeAnswer).where(IntakeAnswer.intake_id == newest, IntakeAnswer.field.in_(_FIELDS))
    )
    said = {row.field: row.value or "" for row in rows}
    place = session.get(CrisisPlace, client.place_id) if client.place_id else None
    return Contact(
        phone=said.get(_PHONE, ""),
        voicemail=said.get(_VOICEMAIL, ""),
        usual_place=said.get(_PLACE, ""),
        zone=client.zone,
        place=place.place if place else "",
        place_said_at=client.place_said_at,
        emergency_name=said.get(_NAME, ""),
        emergency_relation=said.get(_RELATION, ""),
        emergency_phone=said.get(_THEIR_PHONE, ""),
        emergency_release=said.get(_RELEASE, ""),
    )
