"""Invitations and new passwords: a link that opens once, for a while. Only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, LinkNotGood, NotFound, TooManyGuesses
from clinic.oversight.audit import record
from clinic.people import mail, throttle
from clinic.people.accounts import new_account, problems_with_person
from clinic.people.care import clients_visible_to
from clinic.people.passwords import hash_password, problem_with_password
from clinic.people.permissions import Permission, allows
from clinic.people.policy import allowed
from clinic.people.sign_in import Admission, admission_for, end_sign_ins, normal_email
from clinic.people.viewer import Role, Viewer
from db.tables import AccessLink, Account

INVITATION, RESET = "invitation", "reset"
LASTS = {INVITATION: timedelta(hours=72), RESET: timedelta(hours=1)}
PAGE = "welcome"


@dataclass(frozen=True)
class Opened:
    """What the page of a link shows before a password is chosen."""

    purpose: str
    name: str
    email: str
    zone: str


@dataclass(frozen=True)
class Invited:
    """`path` completes the portal's own address; it is shown to the inviting person, once."""

    person_id: str
    path: str


@allowed(Permission.CLIENT_INVITE)
def invite(
    viewer: Viewer,
    role: Role,
    name: str,
    email: str,
    now: datetime,
    *,
    therapist_id: str | None = None,
) -> Invited:
    """Make an account without a password, and a link to choose one. A mail is put into the outbox.

    A therapist invites clients of their own; the administrator anybody, a client with their therapist.

    Raises:
        NotFound: this role may not invite that one.
        InvalidInput: a field to put right; nothing was made.
    """
    if role is not Role.CLIENT and not allows(viewer.role, Permission.CLINIC_MANAGE):
        raise NotFound()
    problems = problems_with_person(name, email)
    with db.unit_of_work() as session:
        own = viewer.public_id if viewer.role is Role.THERAPIST else therapist_id
        account = new_account(session, role, name, email, viewer.zone, now, problems, therapist_id=own)
        record(
            session,
            now,
            viewer.account_id,
            "account.invite",
            client_id=account.id if role is Role.CLIENT else None,
            object_id=account.public_id,
        )
        return Invited(account.public_id, _link(session, account, INVITATION, now))


@allowed(Permission.CLIENT_INVITE)
def invite_again(viewer: Viewer, person_id: str, now: datetime) -> Invited:
    """A new link for somebody who has not chosen a password yet; the older ones stop working.

    Raises:
        NotFound: no such person, they have a password, or, for a therapist, not a client of theirs:
            whoever has the link can become that person.
    """
    whom = select(Account) if allows(viewer.role, Permission.CLINIC_MANAGE) else clients_visible_to(viewer)
    with db.unit_of_work() as session:
        account = session.scalars(
            whom.where(
                Account.public_id == person_id, Account.password_hash == "", Account.disabled_at.is_(None)
            )
        ).first()
        if account is None:
            raise NotFound()
        record(session, now, viewer.account_id, "account.invite", object_id=account.public_id)
        return Invited(account.public_id, _link(session, account, INVITATION, now))


def write_to_newcomer(session: Session, account: Account, now: datetime) -> None:
    """A mail to somebody who chose a time before they signed up, inside the caller's transaction: a link
    to choose a password, or, where they have one, where to go. Nothing to a closed account."""
    if account.disabled_at is not None:
        return
    if account.password_hash:
        mail.write(session, account, mail.time_kept(session), now)
    else:
        _link(session, account, INVITATION, now, mail.first_contact)


def ask_reset(email: str, now: datetime, *, address: str = "") -> None:
    """Send a link to choose a new password, if there is such an account. Says nothing either way."""
    with suppress(TooManyGuesses):
        throttle.reserve(f"reset {normal_email(email)}", address, "", now)
        with db.unit_of_work() as session:
            account = session.scalars(
                select(Account).where(Account.email == normal_email(email), Account.disabled_at.is_(None))
            ).first()
            if account is not None:
                _link(session, account, RESET, now)
                record(session, now, account.id, "password.ask", object_id=account.public_id)


def opened(token: str, now: datetime) -> Opened:
    """Look at a link without using it.

    Raises:
        LinkNotGood: unknown, used, replaced or too old.
    """
    with db.reading() as session:
        row = session.execute(
            select(AccessLink.purpose, Account.name, Account.email, Account.zone)
            .join(Account, Account.id == AccessLink.account_id)
            .where(_good(token, now), Account.disabled_at.is_(None))
        ).first()
    if row is None:
        raise LinkNotGood()
    return Opened(row.purpose, row.name, row.email, row.zone)


def accept(token: str, password: str, zone: str | None, now: datetime) -> Admission:
    """Use the link: the password is chosen, every earlier sign-in ends, and the person is let in.

    Raises:
        LinkNotGood: unknown, used, replaced or too old; nothing changed.
        InvalidInput: the password or the zone; the link can still be used.
    """
    seen = opened(token, now)
    problems = {}
    if said := problem_with_password(password, seen.email, seen.name):
        problems["password"] = said
    if zone is not None and zone not in available_timezones():
        problems["zone"] = "Choose a time zone from the list."
    if problems:
        raise InvalidInput(problems)
    hashed = hash_password(password)
    with db.unit_of_work() as session:
        # Marking and finding are one statement: of fifty at once, one wins.
        account_id = session.scalars(
            update(AccessLink).where(_good(token, now)).values(used_at=now).returning(AccessLink.account_id)
        ).first()
        if account_id is None:
            raise LinkNotGood()
        account = session.scalars(select(Account).where(Account.id == account_id)).one()
        account.password_hash = hashed
        if zone is not None:
            account.zone = zone
        _replace_links(session, account.id, now)
        end_sign_ins(session, account.id, now)
        if seen.purpose == RESET:
            mail.write(session, account, mail.password_changed(session), now)
        record(session, now, account.id, "password.choose", object_id=account.public_id)
        return admission_for(session, account, now)


def _link(
    session: Session,
    account: Account,
    purpose: str,
    now: datetime,
    letter: Callable[[Session, str], mail.Letter] | None = None,
) -> str:
    """A new link, and the mail that brings it. Returns its path."""
    token = secrets.token_urlsafe(32)
    if purpose == INVITATION:
        _replace_links(session, account.id, now)
    session.add(
        AccessLink(
            account_id=account.id,
            purpose=purpose,
            token_hash=_hash(token),
            made_at=now,
            expires_at=now + LASTS[purpose],
        )
    )
    path = f"/{PAGE}?link={token}"
    write = letter or (mail.invitation if purpose == INVITATION else mail.reset)
    mail.write(session, account, write(session, f"{mail.portal_address()}{path}"), now)
    return path


def _replace_links(session: Session, account_id: int, now: datetime) -> None:
    session.execute(
        update(AccessLink)
        .where(AccessLink.account_id == account_id, AccessLink.used_at.is_(None))
        .values(used_at=now)
    )


def _good(token: str, now: datetime):  # type: ignore[no-untyped-def]  # a condition of SQLAlchemy's
    return (
        (AccessLink.token_hash == _hash(token)) & AccessLink.used_at.is_(None) & (AccessLink.expires_at > now)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
