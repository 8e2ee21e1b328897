"""The clinic's own details: its name, zone, phone and the crisis numbers every client sees."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Clinic


@dataclass(frozen=True)
class ClinicDetails:
    """What anyone, signed in or not, may know of the clinic. All are plain text, `zone` an IANA name."""

    name: str
    zone: str
    phone: str
    emergency_number: str
    crisis_line_name: str
    crisis_line_number: str
    alert_response: str


LABELS = {
    "name": "Clinic name",
    "zone": "Time zone",
    "phone": "Clinic phone",
    "emergency_number": "Emergency number",
    "crisis_line_name": "Crisis line name",
    "crisis_line_number": "Crisis line number",
    "alert_response": "When staff read alerts",
}
_LONGEST = {"phone": 40, "emergency_number": 40, "crisis_line_number": 40, "alert_response": 200}


def clinic_details() -> ClinicDetails | None:
    """The clinic, or None while nobody has set it up. Public: crisis help needs no sign-in."""
    with db.reading() as session:
        return read_details(session)


def read_details(session: Session) -> ClinicDetails | None:
    row = session.scalars(select(Clinic)).first()
    return ClinicDetails(**{f.name: getattr(row, f.name) for f in fields(ClinicDetails)}) if row else None


def read_minimum_age(session: Session) -> int:
    """The age in years under which this clinic takes nobody on; inside the caller's transaction."""
    return session.scalars(select(Clinic.minimum_age)).one()


@allowed(Permission.CLINIC_MANAGE)
def update_details(viewer: Viewer, details: ClinicDetails, now: datetime) -> None:
    """Change the clinic's details.

    Raises:
        InvalidInput: a part is empty, too long, or the zone is unknown.
    """
    problems = problems_with(details)
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        row = session.scalars(select(Clinic)).one()
        for field in fields(ClinicDetails):
            setattr(row, field.name, getattr(details, field.name).strip())
        record(session, now, viewer.account_id, "clinic.change")


def problems_with(details: ClinicDetails) -> dict[str, str]:
    """Field name to sentence, for each part that cannot be kept."""
    problems: dict[str, str] = {}
    for name, label in LABELS.items():
        value = getattr(details, name).strip()
        if not value:
            the = "" if name == "alert_response" else "the "
            problems[name] = f"Enter {the}{label[0].lower()}{label[1:]}."
        elif len(value) > _LONGEST.get(name, 100):
            problems[name] = f"{label} is too long. Use {_LONGEST.get(name, 100)} characters or fewer."
    if "zone" not in problems and details.zone not in available_timezones():
        problems["zone"] = "Choose a time zone from the list."
    return problems
