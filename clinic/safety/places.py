"""Whom to call where: the clinic's own table of crisis numbers, shown once somebody has tried them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.details import ClinicDetails
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, CrisisPlace

# How long what a client said holds; then they may be anywhere.
SAID_HOLDS = timedelta(hours=12)
# Numbers change: a year after somebody tried them, the administrator is asked to try again.
TRIED_HOLDS = timedelta(days=365)


@dataclass(frozen=True)
class PlaceEntry:
    """What the clinic types about a place. The text line may be empty."""

    place: str
    emergency_number: str
    line_name: str
    line_number: str
    text_line: str = ""


@dataclass(frozen=True)
class Place(PlaceEntry):
    """`verified_on`: when somebody here last called the numbers; None: nobody has, and no client sees it."""

    public_id: str = ""
    verified_on: date | None = None

    def is_old(self, today: date) -> bool:
        return self.verified_on is not None and today - self.verified_on > TRIED_HOLDS


# Sources in docs/safety.md. Each clinic tries them before a client sees them.
# Where a number's source was not good enough it is not here, and the clinic enters its own.
SUGGESTIONS = (
    PlaceEntry(
        "United States",
        "911",
        "988 Suicide and Crisis Lifeline",
        "988",
        "Text 988, or text HOME to 741741",
    ),
    PlaceEntry("Canada", "", "9-8-8 Suicide Crisis Helpline", "988", "Text 988"),
    PlaceEntry("United Kingdom", "", "Samaritans", "116 123"),
    PlaceEntry("Ireland", "", "Samaritans", "116 123"),
    PlaceEntry("Northern Ireland", "", "Lifeline", "0808 808 8000"),
    PlaceEntry("Australia", "", "Lifeline", "13 11 14", "Text 0477 13 11 14"),
)
LABELS = {
    "place": "Place",
    "emergency_number": "Emergency number",
    "line_name": "Name of the crisis line",
    "line_number": "Number of the crisis line",
    "text_line": "Text line (optional)",
}
_LONGEST = {
    "place": 60,
    "emergency_number": 40,
    "line_name": 100,
    "line_number": 40,
    "text_line": 100,
}


def verified_places() -> tuple[Place, ...]:
    """Every place whose numbers somebody has tried, by name. Public: crisis help needs no sign-in."""
    query = select(CrisisPlace).where(CrisisPlace.verified_on.is_not(None)).order_by(CrisisPlace.place)
    with db.reading() as session:
        return tuple(map(_place, session.scalars(query)))


def publish_first_places(session: Session, details: ClinicDetails) -> None:
    """A new clinic's own place, with its own numbers, and the suggestions: none of them tried yet."""
    home = PlaceEntry(
        f"Near {details.name.strip()}"[: _LONGEST["place"]],
        details.emergency_number.strip(),
        details.crisis_line_name.strip(),
        details.crisis_line_number.strip(),
    )
    session.add_all(CrisisPlace(**vars(one)) for one in (home, *SUGGESTIONS))


@allowed(Permission.CLINIC_MANAGE)
def places(viewer: Viewer) -> list[Place]:
    """Every place, those that nobody has tried first, then by name."""
    with db.reading() as session:
        rows = session.scalars(
            select(CrisisPlace).order_by(CrisisPlace.verified_on.is_not(None), CrisisPlace.place)
        )
        return list(map(_place, rows))


@allowed(Permission.CLINIC_MANAGE)
def add_place(viewer: Viewer, entry: PlaceEntry, now: datetime) -> str:
    """A place of the clinic's own, not yet tried. Returns its public id.

    Raises:
        InvalidInput: field name to sentence; nothing was kept.
    """
    kept = _checked(entry)
    try:
        with db.unit_of_work() as session:
            row = CrisisPlace(**vars(kept))
            session.add(row)
            session.flush()
            record(session, now, viewer.account_id, "crisis-place.add", object_id=row.public_id)
            return row.public_id
    except IntegrityError:
        raise InvalidInput({"place": "There is a place with this name already."}) from None


@allowed(Permission.CLINIC_MANAGE)
def add_suggestions(viewer: Viewer, now: datetime) -> int:
    """The suggestions that are not there yet, not tried. Returns how many were added."""
    with db.unit_of_work() as session:
        there = set(session.scalars(select(CrisisPlace.place)))
        new = [CrisisPlace(**vars(one)) for one in SUGGESTIONS if one.place not in there]
        session.add_all(new)
        for row in new:
            record(session, now, viewer.account_id, "crisis-place.add", object_id=row.public_id)
    return len(new)


@allowed(Permission.CLINIC_MANAGE)
def change_place(viewer: Viewer, place_id: str, entry: PlaceEntry, now: datetime) -> None:
    """Change a place. With another number it is not tried any more: clients see it once somebody has.

    Raises:
        NotFound: no such place.
        InvalidInput: field name to sentence; nothing was kept.
    """
    kept = _checked(entry)
    try:
        with db.unit_of_work() as session:
            row = _row(session, place_id)
            before = (row.emergency_number, row.line_number, row.text_line)
            for name, value in vars(kept).items():
                setattr(row, name, value)
            if before != (row.emergency_number, row.line_number, row.text_line):
                row.verified_on = None
            session.flush()
            record(session, now, viewer.account_id, "crisis-place.change", object_id=place_id)
    except IntegrityError:
        raise InvalidInput({"place": "There is a place with this name already."}) from None


@allowed(Permission.CLINIC_MANAGE)
def verify_place(viewer: Viewer, place_id: str, now: datetime) -> None:
    """Somebody called the numbers today: from now on clients see them.

    Raises:
        NotFound: no such place.
        InvalidInput: a number is missing.
    """
    with db.unit_of_work() as session:
        row = _row(session, place_id)
        _checked(_place(row))
        row.verified_on = now.astimezone(ZoneInfo(viewer.zone)).date()
        record(session, now, viewer.account_id, "crisis-place.verify", object_id=place_id)


@allowed(Permission.CLINIC_MANAGE)
def remove_place(viewer: Viewer, place_id: str, now: datetime) -> None:
    """Take a place away.

    Raises:
        NotFound: no such place.
        InvalidInput: a client has said in the last hours that they are there.
    """
    in_use = InvalidInput({"place": "A client is in this place now. Try again tomorrow, or change it."})
    try:
        with db.unit_of_work() as session:
            row = _row(session, place_id)
            there = select(Account.id).where(
                Account.place_id == row.id, Account.place_said_at > now - SAID_HOLDS
            )
            if session.scalars(there).first() is not None:
                raise in_use
            session.execute(
                update(Account).where(Account.place_id == row.id).values(place_id=None, place_said_at=None)
            )
            session.delete(row)
            session.flush()
            record(session, now, viewer.account_id, "crisis-place.remove", object_id=place_id)
    except IntegrityError:
        raise in_use from None  # they said so in this very moment


def _row(session: Session, place_id: str) -> CrisisPlace:
    wanted = select(CrisisPlace).where(CrisisPlace.public_id == place_id).with_for_update(key_share=True)
    row = session.scalars(wanted).first()
    if row is None:
        raise NotFound()
    return row


def _place(row: CrisisPlace) -> Place:
    return Place(
        row.place,
        row.emergency_number,
        row.line_name,
        row.line_number,
        row.text_line,
        public_id=row.public_id,
        verified_on=row.verified_on,
    )


def _checked(entry: PlaceEntry) -> PlaceEntry:
    """The entry without spaces around it.

    Raises:
        InvalidInput: a part is empty, too long, or a number without a digit.
    """
    kept = PlaceEntry(**{name: str(getattr(entry, name)).strip() for name in LABELS})
    problems: dict[str, str] = {}
    for name, label in LABELS.items():
        value = getattr(kept, name)
        the = f"the {label[0].lower()}{label[1:]}"
        if not value and name != "text_line":
            problems[name] = f"Enter {the}."
        elif len(value) > _LONGEST[name]:
            problems[name] = f"{label} is too long. Use {_LONGEST[name]} characters or fewer."
        elif name.endswith("_number") and not any(c.isascii() and c.isdigit() for c in value):
            problems[name] = f"Enter {the} in digits, so that it can be called."
    if problems:
        raise InvalidInput(problems)
    return kept
