"""A newcomer chooses a time first and signs up then, where the clinic allows it.

The time is kept from everybody else for a day at most. Whoever asks gets the same answer whether or not
their email has an account, and the time is kept all the same: nobody learns who is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound, SlotTaken, TooManyHeld
from clinic.oversight.audit import record
from clinic.people import links, throttle
from clinic.people.accounts import new_account, problems_with_person
from clinic.people.care import therapists_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.sign_in import normal_email
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.busy import lock_calendars
from clinic.scheduling.catalog import BookableBy, lock_catalog
from clinic.scheduling.offers import Offer, public_free_times, read_all_limits, read_limits
from clinic.scheduling.profiles import read_listed
from clinic.scheduling.rules import read_rules
from db.tables import Account, HeldTime, SessionType

KEPT = timedelta(hours=24)
# Choosing a password and reading the consent takes a while: sooner times are not offered.
KEPT_LEAST = timedelta(hours=2)
MOST_FOR_ONE_THERAPIST = 3
_ACT = "first-contact"


@dataclass(frozen=True)
class Newcomer:
    """What somebody without an account says of themselves. `zone` is an IANA name."""

    name: str
    email: str
    zone: str


@dataclass(frozen=True)
class KeptTime:
    """A time that is kept for a client, UTC, until `held_until`."""

    therapist_id: str
    therapist_name: str
    therapist_zone: str
    session_type_id: str
    session_type_name: str
    modality: str
    starts_at: datetime
    ends_at: datetime
    held_until: datetime


def is_open() -> bool:
    """Whether this clinic lets newcomers choose a time first."""
    with db.reading() as session:
        return read_rules(session).first_contact


def public_times(therapist_id: str, now: datetime) -> list[Offer]:
    """The times a newcomer can choose with a listed therapist, in order, of every type anyone may book.

    Raises:
        NotFound: no such therapist, or the clinic does not offer this.
    """
    with db.reading() as session:
        return _times(session, therapist_id, now)


def keep_time(offer: Offer, newcomer: Newcomer, now: datetime, *, address: str = "") -> datetime:
    """Keep a time for somebody new and mail them how to go on. Returns until when it is kept.

    One time a person: a later choice takes the place of an earlier one.

    Raises:
        InvalidInput: a field to put right; nothing was kept.
        TooManyGuesses: too many asked, from there or at all.
        TooManyHeld: this therapist keeps several already.
        SlotTaken: no longer free.
        NotFound: not a listed therapist, or the clinic does not offer this.
    """
    problems = problems_with_person(newcomer.name, newcomer.email)
    if "email" not in problems and not newcomer.email.strip().isprintable():
        problems["email"] = "Enter an email address in the format name@example.com."
    if newcomer.zone not in available_timezones():
        problems["zone"] = "Choose a time zone from the list."
    if problems:
        raise InvalidInput(problems)
    if not is_open():
        raise NotFound()
    throttle.reserve_act(_ACT, address, now)
    try:
        return _keep(offer, newcomer, now)
    except (IntegrityError, InvalidInput):
        # Somebody was invited under this email at the same moment: the account is there now.
        return _keep(offer, newcomer, now)


@allowed(Permission.APPOINTMENT_BOOK)
def kept_time(viewer: Viewer, now: datetime) -> KeptTime | None:
    """The time that is kept for this client, if they can book it."""
    with db.reading() as session:
        row = session.execute(
            select(HeldTime, Account, SessionType)
            .join(Account, Account.id == HeldTime.therapist_id)
            .join(SessionType, SessionType.id == HeldTime.session_type_id)
            .where(
                HeldTime.for_id == viewer.account_id,
                HeldTime.held_until > now,
                HeldTime.starts_at > now,
                HeldTime.taken_at.is_(None),
                Account.disabled_at.is_(None),
                SessionType.ended_at.is_(None),
            )
            .order_by(HeldTime.id.desc())
        ).first()
        if row is None:
            return None
        own = {therapist.id for therapist in therapists_of(session, viewer.account_id)}
    if own and row.Account.id not in own:
        return None
    held, therapist, kind = row
    return KeptTime(
        therapist.public_id,
        therapist.name,
        therapist.zone,
        kind.public_id,
        kind.name,
        kind.modality,
        held.starts_at,
        held.ends_at,
        held.held_until,
    )


def _times(session: Session, therapist_id: str, now: datetime) -> list[Offer]:
    if not read_rules(session).first_contact:
        raise NotFound()
    listed = next((one for one in read_listed(session) if one.therapist_id == therapist_id), None)
    if listed is None:
        raise NotFound()
    times: list[Offer] = []
    for kind in listed.types:
        if kind.bookable_by is BookableBy.ANYONE:
            times += public_free_times(
                session, now, session_type_id=kind.public_id, therapist_id=therapist_id
            )
    notice = read_all_limits(session, [listed.account_id])[listed.account_id].notice
    in_time = [offer for offer in times if offer.starts_at - notice >= now + KEPT_LEAST]
    return sorted(in_time, key=lambda offer: (offer.starts_at, offer.session_type_name))


def _keep(offer: Offer, newcomer: Newcomer, now: datetime) -> datetime:
    with db.unit_of_work() as session:
        # One newcomer after the other: one person who asks two therapists at once keeps one time.
        lock_catalog(session)
        therapist = session.scalars(
            select(Account).where(
                Account.public_id == offer.therapist_id, Account.role == Role.THERAPIST.value
            )
        ).first()
        if therapist is None:
            raise NotFound()
        lock_calendars(session, [therapist.id])
        account = session.scalars(
            select(Account).where(Account.email == normal_email(newcomer.email))
        ).first()
        if account is not None and (again := _kept_already(session, account, offer, now)) is not None:
            return again
        if account is not None:
            session.execute(_current(now).where(HeldTime.for_id == account.id).values(held_until=now))
        free = _times(session, offer.therapist_id, now)
        wanted = (offer.starts_at, offer.session_type_id)
        chosen = next((one for one in free if (one.starts_at, one.session_type_id) == wanted), None)
        if chosen is None:
            raise SlotTaken()
        if _held_for_newcomers(session, therapist, now) >= MOST_FOR_ONE_THERAPIST:
            raise TooManyHeld()
        if account is None:
            account = new_account(
                session,
                Role.CLIENT,
                newcomer.name,
                newcomer.email,
                newcomer.zone,
                now,
                {},
                therapist_id=therapist.public_id,
            )
        until = min(now + KEPT, chosen.starts_at - read_limits(session, therapist).notice)
        kind = select(SessionType.id).where(SessionType.public_id == chosen.session_type_id)
        session.add(
            HeldTime(
                therapist_id=therapist.id,
                session_type_id=session.scalars(kind).one(),
                starts_at=chosen.starts_at,
                ends_at=chosen.ends_at,
                held_until=until,
                for_id=account.id,
            )
        )
        links.write_to_newcomer(session, account, now)
        record(session, now, None, "first-contact.keep", client_id=account.id, object_id=therapist.public_id)
        return until


def _kept_already(session: Session, account: Account, offer: Offer, now: datetime) -> datetime | None:
    """The very same choice, sent again."""
    return session.scalars(
        select(HeldTime.held_until)
        .join(Account, Account.id == HeldTime.therapist_id)
        .join(SessionType, SessionType.id == HeldTime.session_type_id)
        .where(
            HeldTime.for_id == account.id,
            HeldTime.held_until > now,
            HeldTime.taken_at.is_(None),
            HeldTime.starts_at == offer.starts_at,
            Account.public_id == offer.therapist_id,
            SessionType.public_id == offer.session_type_id,
        )
    ).first()


def _current(now: datetime):  # type: ignore[no-untyped-def]  # a statement of SQLAlchemy's
    return update(HeldTime).where(HeldTime.held_until > now, HeldTime.taken_at.is_(None))


def _held_for_newcomers(session: Session, therapist: Account, now: datetime) -> int:
    return session.scalars(
        select(func.count())
        .select_from(HeldTime)
        .where(
            HeldTime.therapist_id == therapist.id,
            HeldTime.for_id.is_not(None),
            HeldTime.held_until > now,
            HeldTime.taken_at.is_(None),
        )
    ).one()
