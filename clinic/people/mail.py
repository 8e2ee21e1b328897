"""What the portal writes by e-mail, and the outbox it waits in.

A mail is written in the transaction of the act it speaks of, so it exists exactly when the act does.
`clinic/people/postman.py` sends it. No clinical content, ever; subjects say nothing but the clinic's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.people.details import read_details
from db.settings import settings
from db.tables import Account, OutboxMail


@dataclass(frozen=True)
class Letter:
    """Subject and body. The body is plain text."""

    subject: str
    body: str


def write(session: Session, to: Account, letter: Letter, now: datetime) -> None:
    """Put a letter into the outbox, inside the caller's transaction."""
    row = OutboxMail(subject=letter.subject, written_at=now, next_at=now)
    row.recipient, row.body = to.email, letter.body
    session.add(row)


def invitation(session: Session, link: str) -> Letter:
    return _letter(
        session,
        "You have a message",
        f"{_clinic(session)} has made an account for you.\n\n"
        f"Choose your password here within 3 days:\n{link}",
    )


def reset(session: Session, link: str) -> Letter:
    return _letter(
        session,
        "You have a message",
        "Somebody asked for a new password for your account. If it was you, choose it here within "
        f"1 hour:\n{link}\n\nIf it was not you, do nothing: your password stays as it is.",
    )


def new_device(session: Session) -> Letter:
    return _letter(
        session,
        "You have a message",
        "Somebody signed in to your account with a browser that we have not seen before. If it was you, "
        "there is nothing to do. If not, change your password and sign out everywhere, under My account.",
    )


def password_changed(session: Session) -> Letter:
    return _letter(
        session,
        "You have a message",
        "The password of your account was changed, and every other device was signed out. "
        "If it was not you, call the clinic.",
    )


def emergency_access(session: Session) -> Letter:
    return _letter(
        session,
        "You have a message",
        "A therapist opened a record that is not theirs, and gave a reason. "
        "Sign in to read who, when and why.",
    )


def portal_address() -> str:
    """The portal's address for links in mails: the first of QUIET_ROOM_ORIGINS, or "" where none is set."""
    return settings().origins[0].rstrip("/") if settings().origins else ""


def _letter(session: Session, subject: str, body: str) -> Letter:
    details = read_details(session)
    phone = f"\n\n{details.name}, {details.phone}" if details else ""
    return Letter(f"{subject} at {_clinic(session)}", f"{body}{phone}\n")


def _clinic(session: Session) -> str:
    details = read_details(session)
    return details.name if details else "Quiet Room"
