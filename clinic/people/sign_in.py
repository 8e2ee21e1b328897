"""Signing in and out.

A right password gives a ticket, good once and for a minute. The browser trades it at the portal's
own route for an HttpOnly cookie, because a Streamlit script cannot set one. Only hashes of tickets
and tokens are kept, and the token is checked against the database on every run.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound, NotInvited, NotSignedIn, WrongPassword
from clinic.oversight.audit import record
from clinic.people import mail, second_factor, throttle
from clinic.people.devices import known_device
from clinic.people.passwords import hash_of_nobody, matches
from clinic.people.viewer import Role, Viewer
from db.errors import NoRoom
from db.settings import settings
from db.tables import Account, Clinic, ConsentSignature, SignIn, Ticket

COOKIE = "quiet_room"
TICKET_SECONDS = 60
SIGN_IN_HOURS = 12
CODE_TIME = timedelta(minutes=5)
PROVIDER_TIME = timedelta(minutes=5)
# Left alone for this long, a sign-in ends: OWASP ASVS 5.0.0, 7.3. Staff see many people's records.
IDLE = {
    Role.CLIENT: timedelta(minutes=30),
    Role.THERAPIST: timedelta(minutes=15),
    Role.ADMINISTRATOR: timedelta(minutes=15),
}
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Admission:
    """A right password. With `needs_code` the ticket opens nothing until `give_code` was right."""

    ticket: str
    needs_code: bool


def check_password(
    email: str, password: str, now: datetime, *, address: str = "", device_cookie: str = ""
) -> Admission:
    """A one-time ticket for the person whose e-mail and password these are.

    Raises:
        WrongPassword: no such account, a disabled one, none chosen yet, or another password: the same
            for all, after the same work.
        TooManyGuesses: not looked at at all.
    """
    with db.reading() as session:
        account = session.scalars(
            select(Account).where(Account.email == normal_email(email), Account.disabled_at.is_(None))
        ).first()
    device = known_device(device_cookie, account.public_id) if account else ""
    guess = throttle.reserve(normal_email(email), address, device, now)
    # Outside the transaction: a third of a second of hashing must not hold a connection.
    hashed = account.password_hash if account and account.password_hash else hash_of_nobody()
    if not matches(password, hashed) or account is None:
        raise WrongPassword()
    throttle.was_right(guess)
    with db.unit_of_work() as session:
        return admission_for(session, account, now)


def by_provider(claims: Mapping[str, object], now: datetime) -> Admission:
    """A ticket for the person whom an OIDC provider has just recognised: by e-mail, and only if invited.

    The account's own second step is asked for all the same.

    Raises:
        NotInvited: nobody with this e-mail has an account here, or it is closed.
        NotSignedIn: the provider did not check the e-mail, or recognised the person too long ago.
    """
    email, issued = claims.get("email"), claims.get("iat")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NotSignedIn("Your provider has not checked this email address. Sign in with your password.")
    if not isinstance(issued, int | float) or abs(now.timestamp() - issued) > PROVIDER_TIME.total_seconds():
        raise NotSignedIn("That took too long. Sign in again.")
    with db.unit_of_work() as session:
        account = session.scalars(
            select(Account).where(Account.email == normal_email(email), Account.disabled_at.is_(None))
        ).first()
        if account is None:
            raise NotInvited()
        return admission_for(session, account, now)


def admission_for(session: Session, account: Account, now: datetime) -> Admission:
    """A ticket for a person who has proved who they are, inside the caller's transaction."""
    needs_code = account.totp_since_at is not None
    ticket = secrets.token_urlsafe(32)
    session.add(
        Ticket(
            account_id=account.id,
            ticket_hash=_hash(ticket),
            needs_code=needs_code,
            # Time to find the telephone.
            expires_at=now + (CODE_TIME if needs_code else timedelta(seconds=TICKET_SECONDS)),
        )
    )
    return Admission(ticket, needs_code)


def give_code(ticket: str, code: str, now: datetime, *, address: str = "") -> None:
    """The second step for a ticket that needs one: a code of the authenticator, or a recovery code.

    Raises:
        NotSignedIn: the ticket is unknown, used or too old: begin again.
        WrongCode: wrong, or used before.
        TooManyGuesses: not looked at at all.
    """
    with db.reading() as session:
        found = session.execute(
            select(Account.id, Account.public_id)
            .join(Ticket, Ticket.account_id == Account.id)
            .where(
                Ticket.ticket_hash == _hash(ticket),
                Ticket.needs_code.is_(True),
                Ticket.used_at.is_(None),
                Ticket.expires_at > now,
                Account.disabled_at.is_(None),
            )
        ).first()
    if found is None:
        raise NotSignedIn()
    guess = throttle.reserve(f"code {found.public_id}", address, "", now)
    with db.unit_of_work() as session:
        account = session.scalars(
            select(Account).where(Account.id == found.id).with_for_update(key_share=True)
        ).one()
        second_factor.use(session, account, code, now)
        session.execute(update(Ticket).where(Ticket.ticket_hash == _hash(ticket)).values(needs_code=False))
    throttle.was_right(guess)


class Trial(StrEnum):
    """Whom a visitor of a demo can be."""

    CLIENT = "client"
    NEW_CLIENT = "new client"
    THERAPIST = "therapist"
    ADMINISTRATOR = "administrator"


def offers_trials() -> bool:
    """Whether this is a demo, where anyone may sign in as anyone: started as one, on a demo's data."""
    with db.reading() as session:
        return is_demo(session)


def is_demo(session: Session) -> bool:
    """As `offers_trials`, inside the caller's transaction."""
    return settings().demo and bool(session.scalars(select(Clinic.is_demo)).first())


def try_as(who: Trial, now: datetime) -> Admission:
    """A ticket for the demo clinic's first person of that kind; a new client has signed nothing yet.

    Raises:
        NotFound: this is not a demo, or it has nobody of that kind.
    """
    if not offers_trials():
        raise NotFound()
    role = Role.CLIENT if who is Trial.NEW_CLIENT else Role(who.value)
    open_ones = select(Account).where(Account.role == role.value, Account.erased_at.is_(None))
    query = open_ones.order_by(Account.id)
    if who is Trial.NEW_CLIENT:
        query = query.where(Account.id.not_in(select(ConsentSignature.client_id)))
    with db.unit_of_work() as session:
        account = session.scalars(query).first()
        if account is None:
            raise NotFound("The demo has nobody new left. Stop it, run make demo-reset, and start it again.")
        return admission_for(session, account, now)


def redeem(ticket: str, now: datetime, user_agent: str, address: str = "") -> str:
    """The session token for the cookie, in exchange for a ticket that is thereby used up.

    Raises:
        NotSignedIn: unknown, used, or older than a minute.
    """
    token = secrets.token_urlsafe(32)
    with db.unit_of_work() as session:
        # Marking and finding are one statement, so two redemptions at once cannot both win.
        account_id = session.scalars(
            update(Ticket)
            .where(
                Ticket.ticket_hash == _hash(ticket),
                Ticket.needs_code.is_(False),
                Ticket.used_at.is_(None),
                Ticket.expires_at > now,
            )
            .values(used_at=now)
            .returning(Ticket.account_id)
        ).first()
        if account_id is None:
            raise NotSignedIn()
        account = session.scalars(
            select(Account).where(Account.id == account_id, Account.disabled_at.is_(None))
        ).first()
        if account is None:
            raise NotSignedIn()
        browsers = set(session.scalars(select(SignIn.user_agent).where(SignIn.account_id == account_id)))
        if browsers and user_agent[:200] not in browsers and account.mail_on_sign_in:
            mail.write(session, account, mail.new_device(session), now)
        session.add(
            SignIn(
                account_id=account_id,
                token_hash=_hash(token),
                user_agent=user_agent[:200],
                remote=address[:45],
                started_at=now,
                seen_at=now,
                password_at=now,
                expires_at=now + timedelta(hours=SIGN_IN_HOURS),
            )
        )
        record(session, now, account_id, "sign-in")
    return token


def viewer_for(token: str, now: datetime, *, active: bool = True) -> Viewer:
    """The person a cookie's token belongs to, as the database has it now.

    Args:
        active: the person did something. A page that refreshes itself is no sign of anybody there.

    Raises:
        NotSignedIn: unknown, ended, expired, left alone too long, or the account is disabled.
    """
    with db.reading() as session:
        row = session.execute(_whose(), {"token_hash": _hash(token), "now": now}).first()
        if row is None:
            raise NotSignedIn()
        role = Role(row.role)
        if now - row.seen_at >= IDLE[role]:
            raise NotSignedIn()
        due = role is not Role.CLIENT and row.totp_since_at is None and not is_demo(session)
    seen_at = row.seen_at
    if active and now - seen_at >= _SEEN_EVERY:
        # On a full disk one can still read, until the time one is left alone is over.
        with suppress(NoRoom):
            with db.unit_of_work() as session:
                session.execute(update(SignIn).where(SignIn.id == row.session_id).values(seen_at=now))
            seen_at = now
    return Viewer(
        account_id=row.account_id,
        public_id=row.public_id,
        role=role,
        name=row.name,
        zone=row.zone,
        session_id=row.session_id,
        second_factor_due=due,
        password_at=row.password_at or row.started_at,
        asked_at=now,
        signed_in_until=min(seen_at + IDLE[role], row.expires_at),
    )


# Put together once, and columns alone: every run of every screen asks it.
@cache
def _whose() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Account.id.label("account_id"),
            Account.public_id,
            Account.role,
            Account.name,
            Account.zone,
            Account.totp_since_at,
            SignIn.id.label("session_id"),
            SignIn.seen_at,
            SignIn.started_at,
            SignIn.expires_at,
            SignIn.password_at,
        )
        .join(SignIn, SignIn.account_id == Account.id)
        .where(
            SignIn.token_hash == bindparam("token_hash"),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > bindparam("now"),
            Account.disabled_at.is_(None),
        )
    )


def password_again(viewer: Viewer, password: str, now: datetime, *, address: str = "") -> None:
    """Before a sensitive act: the same person is still at the keyboard.

    Raises:
        WrongPassword, TooManyGuesses: as at signing in.
    """
    guess = throttle.reserve(f"again {viewer.public_id}", address, "", now)
    with db.reading() as session:
        hashed = session.scalars(select(Account.password_hash).where(Account.id == viewer.account_id)).one()
    if not matches(password, hashed or hash_of_nobody()):
        raise WrongPassword("The password is not right. Check it and try again.")
    throttle.was_right(guess)
    with db.unit_of_work() as session:
        session.execute(update(SignIn).where(SignIn.id == viewer.session_id).values(password_at=now))


def sign_out(viewer: Viewer, now: datetime) -> None:
    """End this sign-in. Every tab that uses its cookie is signed out at its next run."""
    with db.unit_of_work() as session:
        session.execute(update(SignIn).where(SignIn.id == viewer.session_id).values(ended_at=now))
        record(session, now, viewer.account_id, "sign-out")


def end_sign_ins(session: Session, account_id: int, now: datetime, *, but: int | None = None) -> None:
    """End every sign-in of a person, except `but`, and every ticket, inside the caller's transaction."""
    session.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.id != (but or 0))
        .values(ended_at=now)
    )
    session.execute(
        update(Ticket).where(Ticket.account_id == account_id, Ticket.used_at.is_(None)).values(used_at=now)
    )


def normal_email(email: str) -> str:
    return email.strip().lower()


def _hash(secret: str) -> str:
    # The secret has 256 random bits: a plain digest is enough, and it can be looked up.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
