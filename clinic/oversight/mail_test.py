"""Whether mails arrive: one to oneself with a code in it, and the code typed here.

That the mail server took a mail does not say that anybody got it.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.keys import derived
from db.tables import Account, AuditEvent

_ARRIVED = "mail.arrived"


@allowed(Permission.CLINIC_MANAGE)
def send_test(viewer: Viewer, now: datetime) -> None:
    """Write a mail with a code to whoever asks, by the same way as every other."""
    with db.unit_of_work() as session:
        own = session.scalars(select(Account).where(Account.id == viewer.account_id)).one()
        mail.write(session, own, mail.mail_test(session, _code(viewer, now)), now)
        record(session, now, viewer.account_id, "mail.test")


@allowed(Permission.CLINIC_MANAGE)
def say_arrived(viewer: Viewer, code: str, now: datetime) -> None:
    """The code of a test mail of today or yesterday: that one arrived.

    Raises:
        InvalidInput: it is another.
    """
    typed = "".join(code.split())
    good = (_code(viewer, now), _code(viewer, now - timedelta(days=1)))
    if not any(hmac.compare_digest(typed.encode(), one.encode()) for one in good):
        raise InvalidInput({"code": "That is not the code. It is in the newest test mail, six digits."})
    with db.unit_of_work() as session:
        record(session, now, viewer.account_id, _ARRIVED)


def last_arrived(session: Session) -> datetime | None:
    """When somebody last said so, inside the caller's transaction."""
    return session.scalar(select(func.max(AuditEvent.at)).where(AuditEvent.action == _ARRIVED))


def _code(viewer: Viewer, at: datetime) -> str:
    """Six digits, the same for a day: whoever presses twice can type either."""
    said = f"{viewer.public_id} {at.astimezone(UTC):%Y-%m-%d}"
    return f"{int.from_bytes(hmac.digest(derived('mail test'), said.encode(), 'sha256')[:8]) % 1_000_000:06}"
