"""Signing in and out.

A right password gives a ticket, good once and for a minute. The browser trades it at the portal's
own route for an HttpOnly cookie, because a Streamlit script cannot set one. Only hashes of tickets
and tokens are kept, and the token is checked against the database on every run.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update

import db
from clinic.errors import NotFound, NotSignedIn, WrongPassword
from clinic.oversight.audit import record
from clinic.people.passwords import hash_of_nobody, matches
from clinic.people.viewer import Role, Viewer
from db.settings import settings
from db.tables import Account, Clinic, ConsentSignature, SignIn, Ticket

COOKIE = "quiet_room"
TICKET_SECONDS = 60
SIGN_IN_HOURS = 12
_SEEN_EVERY = timedelta(minutes=1)


def check_password(email: str, password: str, now: datetime) -> str:
    """A one-time ticket for the person whose e-mail and password these are.

    Raises:
        WrongPassword: no such account, a disabled one, or another password: the same for all,
            after the same work.
    """
    with db.reading() as session:
        account = session.scalars(
            select(Account).where(Account.email == normal_email(email), Account.disabled_at.is_(None))
        ).first()
    # Outside the transaction: a third of a second of hashing must not hold a connection.
    right = matches(password, account.password_hash if account else hash_of_nobody())
    if account is None or not right:
        raise WrongPassword()
    return _ticket_for(account.id, now)


class Trial(StrEnum):
    """Whom a visitor of a demo can be."""

    CLIENT = "client"
    NEW_CLIENT = "new client"
    THERAPIST = "therapist"
    ADMINISTRATOR = "administrator"


def offers_trials() -> bool:
    """Whether this is a demo, where anyone may sign in as anyone: started as one, on a demo's data."""
    if not settings().demo:
        return False
    with db.reading() as session:
        return bool(session.scalars(select(Clinic.is_demo)).first())


def try_as(who: Trial, now: datetime) -> str:
    """A ticket for the demo clinic's first person of that kind; a new client has signed nothing yet.

    Raises:
        NotFound: this is not a demo, or it has nobody of that kind.
    """
    if not offers_trials():
        raise NotFound()
    role = Role.CLIENT if who is Trial.NEW_CLIENT else Role(who.value)
    query = select(Account.id).where(Account.role == role.value).order_by(Account.id)
    if who is Trial.NEW_CLIENT:
        query = query.where(Account.id.not_in(select(ConsentSignature.client_id)))
    with db.reading() as session:
        account_id = session.scalars(query).first()
    if account_id is None:
        raise NotFound("The demo has nobody new left. Stop it, run make demo-reset, and start it again.")
    return _ticket_for(account_id, now)


def redeem(ticket: str, now: datetime, user_agent: str) -> str:
    """The session token for the cookie, in exchange for a ticket that is thereby used up.

    Raises:
        NotSignedIn: unknown, used, or older than a minute.
    """
    token = secrets.token_urlsafe(32)
    with db.unit_of_work() as session:
        # Marking and finding are one statement, so two redemptions at once cannot both win.
        account_id = session.scalars(
            update(Ticket)
            .where(Ticket.ticket_hash == _hash(ticket), Ticket.used_at.is_(None), Ticket.expires_at > now)
            .values(used_at=now)
            .returning(Ticket.account_id)
        ).first()
        if account_id is None:
            raise NotSignedIn()
        session.add(
            SignIn(
                account_id=account_id,
                token_hash=_hash(token),
                user_agent=user_agent[:200],
                started_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=SIGN_IN_HOURS),
            )
        )
        record(session, now, account_id, "sign-in")
    return token


def viewer_for(token: str, now: datetime) -> Viewer:
    """The person a cookie's token belongs to, as the database has it now.

    Raises:
        NotSignedIn: unknown, ended, expired, or the account is disabled.
    """
    with db.reading() as session:
        row = session.execute(
            select(Account, SignIn.id, SignIn.seen_at)
            .join(SignIn, SignIn.account_id == Account.id)
            .where(
                SignIn.token_hash == _hash(token),
                SignIn.ended_at.is_(None),
                SignIn.expires_at > now,
                Account.disabled_at.is_(None),
            )
        ).first()
    if row is None:
        raise NotSignedIn()
    account, sign_in_id, seen_at = row
    if now - seen_at >= _SEEN_EVERY:
        with db.unit_of_work() as session:
            session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))
    return Viewer(
        account_id=account.id,
        public_id=account.public_id,
        role=Role(account.role),
        name=account.name,
        zone=account.zone,
        session_id=sign_in_id,
    )


def sign_out(viewer: Viewer, now: datetime) -> None:
    """End this sign-in. Every tab that uses its cookie is signed out at its next run."""
    with db.unit_of_work() as session:
        session.execute(update(SignIn).where(SignIn.id == viewer.session_id).values(ended_at=now))
        record(session, now, viewer.account_id, "sign-out")


def normal_email(email: str) -> str:
    return email.strip().lower()


def _ticket_for(account_id: int, now: datetime) -> str:
    ticket = secrets.token_urlsafe(32)
    with db.unit_of_work() as session:
        session.add(
            Ticket(
                account_id=account_id,
                ticket_hash=_hash(ticket),
                expires_at=now + timedelta(seconds=TICKET_SECONDS),
            )
        )
    return ticket


def _hash(secret: str) -> str:
    # The secret has 256 random bits: a plain digest is enough, and it can be looked up.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
