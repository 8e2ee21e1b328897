"""The first start of an empty portal: a one-time code, then the clinic and its first administrator."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, SetupClosed, StillTheDemo
from clinic.intake.consent_texts import publish_first_consent
from clinic.intake.forms import publish_first_form
from clinic.oversight.audit import record
from clinic.people.accounts import problems_with_account
from clinic.people.details import ClinicDetails, problems_with
from clinic.people.passwords import hash_password
from clinic.people.sign_in import normal_email
from clinic.people.viewer import Role
from clinic.safety.places import publish_first_places
from db.settings import settings
from db.tables import Account, Clinic, SessionType, SetupCode

_log = logging.getLogger("quietroom.setup")


def is_set_up() -> bool:
    """Whether the clinic exists."""
    with db.reading() as session:
        return session.scalars(select(Clinic.id)).first() is not None


def offer_code(now: datetime) -> None:
    """On an empty portal, make the set-up code and say it where only the operator reads: the log.

    Raises:
        StillTheDemo: this is no demo, but its database holds one; a real clinic starts on an empty one.

    The code from the secrets is used when there is one, and then not logged. A later start replaces
    an unused code, so the newest line in the log is the one that works.
    """
    given = settings().setup_code
    code = given or "-".join(secrets.token_hex(2) for _ in range(4))
    with db.unit_of_work() as session:
        is_demo = session.scalars(select(Clinic.is_demo)).first()
        if is_demo:
            raise StillTheDemo()
        if is_demo is not None:
            return
        session.execute(delete(SetupCode))
        session.add(SetupCode(id=1, code_hash=_hash(code), made_at=now))
    if given is None:
        _log.warning("Set-up code for the first administrator: %s  (open /set_up and enter it)", code)


def set_up(code: str, details: ClinicDetails, name: str, email: str, password: str, now: datetime) -> None:
    """Create the clinic, its first administrator and what a first day needs. Uses the code up.

    Raises:
        SetupClosed: the clinic exists already.
        InvalidInput: a wrong code or a field to put right; nothing is created.
    """
    problems = problems_with(details) | problems_with_account(name, email, password)
    # Hashed before the transaction opens: it is slow, and the write lock is everybody's.
    hashed = hash_password(password) if not problems else ""
    with db.unit_of_work() as session:
        right = _code_is_right(session, code)
        if session.scalars(select(Clinic.id)).first() is not None:
            raise SetupClosed()
        if not right:
            problems["code"] = "Enter the set-up code from the server's log."
        if problems:
            raise InvalidInput(problems)
        parts = {k: v.strip() for k, v in vars(details).items()}
        session.add(Clinic(id=1, is_demo=False, created_at=now, **parts))
        session.add(SessionType(name="Video session", length_minutes=50))
        account = Account(
            email=normal_email(email),
            password_hash=hashed,
            role=Role.ADMINISTRATOR.value,
            name=name.strip(),
            zone=details.zone,
            created_at=now,
        )
        session.add(account)
        publish_first_consent(session, details.name.strip(), now)
        publish_first_form(session, now)
        publish_first_places(session, details)
        session.execute(delete(SetupCode))
        session.flush()
        record(session, now, account.id, "clinic.set-up")


def _code_is_right(session: Session, code: str) -> bool:
    # Held until the clinic is there: whoever has the code too waits here, and then finds it set up.
    kept = session.scalars(select(SetupCode.code_hash).with_for_update(key_share=True)).first()
    return kept is not None and hmac.compare_digest(kept, _hash(code.strip()))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
