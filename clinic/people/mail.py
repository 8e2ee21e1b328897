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


def write(
    session: Session, to: Account, letter: Letter, now: datetime, *, alert_id: int | None = None
) -> None:
    """Put a letter into the outbox, inside the caller's transaction.

    With `alert_id` it belongs to that alert's trail, goes out before other mails and is tried more often.
    """
    row = OutboxMail(subject=letter.subject, written_at=now, next_at=now, alert_id=alert_id, to_id=to.id)
    row.recipient, row.body = to.email, letter.body
    session.add(row)


def write_with_calendar(
    session: Session, to: Account, letter: Letter, calendar: str, method: str, now: datetime
) -> None:
    """As `write`, with an iCalendar part for the person's calendar; `method` is REQUEST or CANCEL."""
    row = OutboxMail(subject=letter.subject, written_at=now, next_at=now, to_id=to.id, calendar_method=method)
    row.recipient, row.body, row.calendar = to.email, letter.body, calendar
    session.add(row)


def message(session: Session, body: str) -> Letter:
    """A letter with the subject that says nothing, and the clinic's name and phone beneath."""
    return _letter(session, "You have a message", body)


def invitation(session: Session, link: str) -> Letter:
    return _letter(
        session,
        "You have a message",
        f"{_clinic(session)} has made an account for you.\n\n"
        f"Choose your password here within 3 days:\n{link}",
    )


def first_contact(session: Session, link: str) -> Letter:
    return _letter(
        session,
        "You have a message",
        "A time is kept for you. Choose your password here within 3 days, then read and sign the "
        f"consent. After that you can book the time, as long as it is kept:\n{link}\n\n"
        "If you did not ask for this, do nothing.",
    )


def time_kept(session: Session) -> Letter:
    return _letter(
        session,
        "You have a message",
        "Somebody chose a time with your email. You have an account here: if it was you, sign in to "
        "book the time, as long as it is kept. If it was not you, do nothing.",
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


def handed_over(session: Session) -> Letter:
    return _letter(
        session, "You have a message", "A colleague has handed something over to you. Sign in to read it."
    )


def reminder(session: Session) -> Letter:
    """Names no form and no person: the address opens whatever is open for who signs in."""
    address = portal_address()
    where = f"here:\n{address}/questionnaire" if address else "when you sign in."
    return _letter(
        session,
        "You have a message",
        f"Something is waiting for you, a few minutes long. You find it {where}",
    )


def check_in_ready(session: Session) -> Letter:
    """Asked for by the client. Says that it is there, and nothing of what it asks or what was answered."""
    address = portal_address()
    where = f"\n{address}/check_in" if address else "\nSign in to find it."
    return _letter(
        session,
        "You have a message",
        f"Your check-in is ready.{where}\n\n"
        "You asked for this mail. You can pause it or turn it off at any time, on the same screen.",
    )


def new_message(session: Session) -> Letter:
    """Says that there is one. What it says, what about and from whom is read after signing in."""
    return _letter(
        session, "You have a message", "You have a new message. Sign in to read it." + _sign_in_link()
    )


def new_document(session: Session) -> Letter:
    """Says that there is one. What it is, what it is called and from whom is seen after signing in."""
    return _letter(
        session,
        "You have a message",
        "There is something new for you under Documents. Sign in to open it." + _sign_in_link(),
    )


def something_new(session: Session) -> Letter:
    """Says that there is something, and not even what kind of thing."""
    return _letter(
        session,
        "You have a message",
        "Something new is there for you. Sign in to see it." + _sign_in_link(),
    )


def needs_answer(session: Session) -> Letter:
    """To staff: an alert. Who, what and why are read after signing in, never here."""
    return _letter(
        session,
        "You have a message",
        "Something needs your answer now. Sign in to read it, and to say that you have it." + _sign_in_link(),
    )


def alert_test(session: Session) -> Letter:
    """To those who answer alerts: the same way as a real one, and it says what it is."""
    return _letter(
        session,
        "You have a message",
        "This is a test of how we reach you. Sign in and say that you have it." + _sign_in_link(),
    )


def mail_test(session: Session, code: str) -> Letter:
    """To an administrator who asked for it."""
    return _letter(
        session,
        "You have a message",
        f"This is a test mail, and it has arrived. Its code is {code}.\n\n"
        "Enter the code under Clinic, Is everything working?",
    )


def portal_address() -> str:
    """The portal's address for links in mails: the first of QUIET_ROOM_ORIGINS, or "" where none is set."""
    return settings().origins[0].rstrip("/") if settings().origins else ""


def _sign_in_link() -> str:
    address = portal_address()
    return f"\n\n{address}" if address else ""


def _letter(session: Session, subject: str, body: str) -> Letter:
    details = read_details(session)
    phone = f"\n\n{details.name}, {details.phone}" if details else ""
    return Letter(f"{subject} at {_clinic(session)}", f"{body}{phone}\n")


def _clinic(session: Session) -> str:
    details = read_details(session)
    return details.name if details else "Quiet Room"
