"""What therapists say of themselves: their own page, and what people who look for one read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import db
from clinic.documents.pictures import made_anew
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.catalog import LIMITS, BookableBy, KeptType, problems_with_numbers, read_types
from clinic.scheduling.rules import read_rules
from clinic.scheduling.time_off import lock_hours
from db.tables import Account, SessionType, TherapistOffers, TherapistProfile

MOST_LINES, LONGEST_LINE = 20, 60
LONGEST = {"about": 2000, "fee": 500}
LISTS = {
    "helps_with": "What I help with",
    "approaches": "Approaches",
    "languages": "Languages",
    "sees": "Who I see",
    "licensed_in": "Where I am licensed",
}
UNSHOWABLE = "There are signs in it that cannot be shown. Type it again."
# What people choose by. Whoever is listed says these.
_NEEDED = {
    "helps_with": "Enter what you help with, or do not be listed yet.",
    "languages": "Enter the languages you speak, or do not be listed yet.",
    "licensed_in": "Enter where you are licensed, or do not be listed yet.",
}
_OWN_LIMITS = ("notice_minutes", "horizon_days", "daily_limit")


@dataclass(frozen=True)
class Profile:
    """What a therapist says of themselves, as plain text. Limits: None is the clinic's own."""

    about: str = ""
    helps_with: tuple[str, ...] = ()
    approaches: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    licensed_in: tuple[str, ...] = ()
    fee: str = ""
    listed: bool = False
    notice_minutes: int | None = None
    horizon_days: int | None = None
    daily_limit: int | None = None


@dataclass(frozen=True)
class OwnProfile:
    """`offers` are public ids of session types; `types` are all that can be booked at this clinic."""

    profile: Profile
    has_photo: bool
    types: tuple[KeptType, ...]
    offers: frozenset[str]


@dataclass(frozen=True)
class Listed:
    """A therapist as people who look for one see them. `zone` is an IANA name."""

    account_id: int = field(repr=False)
    therapist_id: str
    name: str
    pronouns: str
    zone: str
    profile: Profile
    has_photo: bool
    types: tuple[KeptType, ...]


@allowed(Permission.PROFILE_MANAGE)
def own_profile(viewer: Viewer) -> OwnProfile:
    """The viewer's own page, empty until they write it."""
    with db.reading() as session:
        row = _row(session, viewer)
        types = tuple(read_types(session, ended=False))
        offers = read_offered(session, viewer.account_id)
        return OwnProfile(
            profile=_profile(row) if row else Profile(),
            has_photo=row is not None and row.photo is not None,
            types=types,
            offers=frozenset(one.public_id for one in offers),
        )


@allowed(Permission.PROFILE_MANAGE)
def save_profile(viewer: Viewer, profile: Profile, offers: frozenset[str], now: datetime) -> None:
    """Keep what the therapist says of themselves, and which session types they offer.

    Raises:
        InvalidInput: a field to put right; nothing changed.
        NotFound: a session type that cannot be offered.
    """
    kept = {**asdict(profile), "about": profile.about.strip(), "fee": profile.fee.strip()}
    kept |= {name: [line for each in kept[name] if (line := each.strip())] for name in LISTS}
    problems = _problems(kept)
    if not offers:
        problems["offers"] = "Choose one session type or more."
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        lock_hours(session, viewer)
        row = _row(session, viewer) or TherapistProfile(therapist_id=viewer.account_id)
        session.add(row)
        for name, value in kept.items():
            setattr(row, name, "\n".join(dict.fromkeys(value)) if name in LISTS else value)
        _keep_offers(session, viewer, offers)
        record(session, now, viewer.account_id, "profile.change", object_id=viewer.public_id)


@allowed(Permission.PROFILE_MANAGE)
def keep_photo(viewer: Viewer, content: bytes, now: datetime) -> None:
    """Keep a photo, made anew from the picture in the file.

    Raises:
        InvalidInput: not a picture that can be kept; the one before stays.
    """
    made = made_anew(content)
    with db.unit_of_work() as session:
        lock_hours(session, viewer)
        row = _row(session, viewer) or TherapistProfile(therapist_id=viewer.account_id)
        session.add(row)
        row.photo = made
        record(session, now, viewer.account_id, "profile.photo", object_id=viewer.public_id)


@allowed(Permission.PROFILE_MANAGE)
def remove_photo(viewer: Viewer, now: datetime) -> None:
    """Show no photo any more. Twice is once."""
    with db.unit_of_work() as session:
        row = _row(session, viewer)
        if row is not None and row.photo is not None:
            row.photo = None
            record(session, now, viewer.account_id, "profile.photo-remove", object_id=viewer.public_id)


@allowed(Permission.ACCOUNT_OWN)
def photo(viewer: Viewer, therapist_id: str) -> bytes:
    """A listed therapist's photo, or one's own: a JPEG.

    Raises:
        NotFound: no such therapist, not listed, or without a photo.
    """
    with db.reading() as session:
        own = Account.id == viewer.account_id
        return _photo(session, therapist_id, own | TherapistProfile.listed)


def public_photo(therapist_id: str) -> bytes:
    """As `photo`, for anybody, where the clinic lets newcomers choose a time first.

    Raises:
        NotFound: as `photo`, or the clinic does not.
    """
    with db.reading() as session:
        if not read_rules(session).first_contact:
            raise NotFound()
        return _photo(session, therapist_id, TherapistProfile.listed)


def read_offered(session: Session, therapist_id: int) -> list[KeptType]:
    """The session types a therapist offers, whoever may book them."""
    chosen = _offered(session, [therapist_id]).get(therapist_id)
    return [one for one in read_types(session, ended=False) if chosen is None or one.public_id in chosen]


def read_listed(session: Session) -> list[Listed]:
    """Everybody who is listed, by name, with the session types a client may book with them."""
    rows = session.execute(
        select(Account, TherapistProfile)
        .join(TherapistProfile, TherapistProfile.therapist_id == Account.id)
        .where(Account.role == Role.THERAPIST.value, Account.disabled_at.is_(None), TherapistProfile.listed)
        .order_by(Account.name, Account.id)
    ).all()
    types = [one for one in read_types(session, ended=False) if one.bookable_by is not BookableBy.STAFF]
    offered = _offered(session, [account.id for account, _ in rows])
    return [
        Listed(
            account_id=account.id,
            therapist_id=account.public_id,
            name=account.name,
            pronouns=account.pronouns,
            zone=account.zone,
            profile=_profile(row),
            has_photo=row.photo is not None,
            types=tuple(
                one for one in types if account.id not in offered or one.public_id in offered[account.id]
            ),
        )
        for account, row in rows
    ]


def _problems(kept: dict[str, object]) -> dict[str, str]:
    problems = {}
    for name, most in LONGEST.items():
        text = str(kept[name])
        if len(text) > most:
            problems[name] = f"That is too long. Use {most} characters or fewer."
        elif not all(line.isprintable() for line in text.splitlines()):
            problems[name] = UNSHOWABLE
    for name in LISTS:
        lines = kept[name]
        assert isinstance(lines, list)
        if len(lines) > MOST_LINES:
            problems[name] = f"Use {MOST_LINES} lines or fewer."
        elif any(len(line) > LONGEST_LINE for line in lines):
            problems[name] = f"A line is too long. Use {LONGEST_LINE} characters or fewer on each."
        elif not all(line.isprintable() for line in lines):
            problems[name] = UNSHOWABLE
        elif kept["listed"] and not lines and name in _NEEDED:
            problems[name] = _NEEDED[name]
    own = {name: LIMITS[name] for name in _OWN_LIMITS}
    return problems | problems_with_numbers(kept, own, optional=_OWN_LIMITS)


def _keep_offers(session: Session, viewer: Viewer, offers: frozenset[str]) -> None:
    """No row where everything is offered, so that a type added later is offered too."""
    open_types = session.execute(
        select(SessionType.public_id, SessionType.id).where(SessionType.ended_at.is_(None))
    )
    ids = {row.public_id: row.id for row in open_types}
    if not offers <= ids.keys():
        raise NotFound()
    session.execute(delete(TherapistOffers).where(TherapistOffers.therapist_id == viewer.account_id))
    if offers != ids.keys():
        session.add_all(
            TherapistOffers(therapist_id=viewer.account_id, session_type_id=ids[each])
            for each in sorted(offers)
        )


def _offered(session: Session, therapist_ids: list[int]) -> dict[int, set[str]]:
    """The types each offers, of those who do not offer all."""
    offered: dict[int, set[str]] = {}
    for therapist_id, type_id in session.execute(
        select(TherapistOffers.therapist_id, SessionType.public_id)
        .join(SessionType, SessionType.id == TherapistOffers.session_type_id)
        .where(TherapistOffers.therapist_id.in_(therapist_ids))
    ):
        offered.setdefault(therapist_id, set()).add(type_id)
    return offered


def _row(session: Session, viewer: Viewer) -> TherapistProfile | None:
    return session.scalars(
        select(TherapistProfile).where(TherapistProfile.therapist_id == viewer.account_id)
    ).first()


def _profile(row: TherapistProfile) -> Profile:
    return Profile(
        about=row.about,
        helps_with=tuple(row.helps_with.splitlines()),
        approaches=tuple(row.approaches.splitlines()),
        languages=tuple(row.languages.splitlines()),
        sees=tuple(row.sees.splitlines()),
        licensed_in=tuple(row.licensed_in.splitlines()),
        fee=row.fee,
        listed=row.listed,
        notice_minutes=row.notice_minutes,
        horizon_days=row.horizon_days,
        daily_limit=row.daily_limit,
    )


def _photo(session: Session, therapist_id: str, whose) -> bytes:  # type: ignore[no-untyped-def]  # a condition
    found = session.scalars(
        select(TherapistProfile.photo)
        .join(Account, Account.id == TherapistProfile.therapist_id)
        .where(
            Account.public_id == therapist_id,
            Account.role == Role.THERAPIST.value,
            Account.disabled_at.is_(None),
            whose,
        )
    ).first()
    if found is None:
        raise NotFound()
    return found
