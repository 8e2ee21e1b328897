"""Sends what lies in the outbox: to the clinic's SMTP server, or, where there is none, into var/outbox.

Several processes may run a postman. A mail is claimed in the database before it is sent; a claim ends by
itself after five minutes, so that what a stopped process had in its hands goes out late. The message's
id is the same at each try, so that a server that had taken it already knows it again.
"""

from __future__ import annotations

import logging
import os
import secrets
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import select, update

import db
from db.errors import DatabaseUnreachable
from db.settings import settings
from db.tables import OutboxMail

CLAIM = timedelta(minutes=5)
# After each failed try; then the mail is given up and stays in the table without its body.
PAUSES = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 180, 360, 720))
# A mail about an alert: eight tries in its first hour where others get four, then hourly for a day.
ALERT_PAUSES = tuple(timedelta(seconds=n) for n in (15, 30, 60, 120, 300, 600, 900, 1800, *[3600] * 22))
_NAME = f"{os.getpid()}-{secrets.token_hex(4)}"
_log = logging.getLogger("quietroom.mail")


def send_due(now: datetime, most: int = 20) -> int:
    """Send what is due; returns how many mails went out. Errors are logged without an address."""
    sent = 0
    try:
        for _ in range(most):
            mail = _claim(now)
            if mail is None:
                return sent
            sent += _send(mail, now)
    except DatabaseUnreachable:
        _log.warning("The outbox cannot be read now; mails wait.")
    return sent


def _claim(now: datetime) -> OutboxMail | None:
    """One due mail, ours alone until the claim ends."""
    due = (
        select(OutboxMail.id)
        .where(OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None), OutboxMail.next_at <= now)
        # Alerts before anything else: a full outbox or a slow server keeps nobody from being told.
        .order_by(OutboxMail.alert_id.is_(None), OutboxMail.next_at, OutboxMail.id)
        .limit(1)
    )
    with db.reading() as session:
        if session.scalars(due).first() is None:
            return None  # and no write lock was taken to find that out
    with db.unit_of_work() as session:
        mail_id = session.scalars(due.with_for_update(skip_locked=True, key_share=True)).first()
        if mail_id is None:
            return None
        return session.scalars(
            update(OutboxMail)
            .where(OutboxMail.id == mail_id)
            .values(claimed_by=_NAME, next_at=now + CLAIM)
            .returning(OutboxMail)
        ).one()


def _send(mail: OutboxMail, now: datetime) -> bool:
    try:
        deliver(_message(mail))
    except Exception as error:
        # Also a message that cannot be written, whose address or seal is broken: whatever the reason, it did
        # not go out, which is shown where it matters, and the next mail has its turn.
        _log.warning("A mail could not be sent (%s); it is tried again.", type(error).__name__)
        _later(mail, now)
        return False
    _finish(mail, {"sent_at": now})
    return True


def _later(mail: OutboxMail, now: datetime) -> None:
    tries, pauses = mail.attempts + 1, PAUSES if mail.alert_id is None else ALERT_PAUSES
    failed_at = mail.failed_at or now
    if tries > len(pauses):
        _log.error("A mail was given up after %d tries. Check the mail server's settings.", tries)
        _finish(mail, {"given_up_at": now, "attempts": tries, "failed_at": failed_at})
        return
    with db.unit_of_work() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id, OutboxMail.claimed_by == _NAME)
            .values(attempts=tries, next_at=now + pauses[tries - 1], claimed_by="", failed_at=failed_at)
        )


def _finish(mail: OutboxMail, values: dict[str, object]) -> None:
    # The body goes: a link in it opens an account, and nobody needs it twice.
    with db.unit_of_work() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id)
            .values(body_sealed=None, recipient_sealed=None, calendar_sealed=None, **values)
        )


def _message(mail: OutboxMail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings().mail_from
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.public_id}@quiet-room>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body or "")
    _add_calendar(message, mail)
    return message


def _add_calendar(message: EmailMessage, mail: OutboxMail) -> None:
    """The same said to a calendar, as the last and so the preferred form (RFC 2046, 5.1.4; RFC 6047, 2.4)."""
    if mail.calendar:
        message.add_alternative(
            mail.calendar, subtype="calendar", cte="base64", params={"method": mail.calendar_method}
        )


def deliver(message: EmailMessage) -> None:
    """Hand one message over.

    Raises:
        OSError, smtplib.SMTPException: it was not taken.
    """
    if settings().smtp_url is None:
        folder = settings().var / "outbox"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        (folder / f"{name}.eml").write_bytes(message.as_bytes())
        return
    with connected() as server:
        server.send_message(message)


@contextmanager
def connected() -> Iterator[smtplib.SMTP]:
    """The clinic's mail server, signed in to.

    Raises:
        OSError, smtplib.SMTPException: it does not let us in.
    """
    url = urlsplit(settings().smtp_url or "")
    host, secure = url.hostname or "localhost", url.scheme == "smtps"
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, url.port or 465, timeout=20, context=context)
        if secure
        else smtplib.SMTP(host, url.port or 587, timeout=20)
    ) as server:
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
