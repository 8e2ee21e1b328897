"""The second step of signing in: a code of an authenticator app (TOTP, RFC 6238), or a recovery code.

A code that was right is never taken again: the step it belongs to is kept, and only later ones pass.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound, WrongCode
from clinic.oversight.audit import record
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.keys import derived
from db.tables import Account, RecoveryCode

STEP_SECONDS = 30
RECOVERY_CODES = 10
# No 0, O, 1, I or L: they are read from paper.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Setup:
    """What the app is given: as an address for the QR code, and to type by hand."""

    address: str
    secret: str


@allowed(Permission.ACCOUNT_OWN, sensitive=True)
def begin(viewer: Viewer, now: datetime) -> Setup:
    """A new secret, not in force before `confirm`. Beginning again gives the same one until then."""
    with db.unit_of_work() as session:
        account = _own(session, viewer)
        if account.totp_since_at is not None:
            raise NotFound("Your second step is set up already. Turn it off first to set up a new phone.")
        if account.totp_secret is None:
            account.totp_secret = pyotp.random_base32()
        secret = account.totp_secret or ""
        details = read_details(session)
    issuer = details.name if details else "Quiet Room"
    return Setup(pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=issuer), secret)


@allowed(Permission.ACCOUNT_OWN, sensitive=True)
def confirm(viewer: Viewer, code: str, now: datetime) -> list[str]:
    """Put the second step in force with a first right code. Returns the recovery codes, shown once.

    Raises:
        WrongCode: not in force.
    """
    with db.unit_of_work() as session:
        account = _own(session, viewer)
        if account.totp_secret is None or account.totp_since_at is not None:
            raise NotFound()
        _use_totp(session, account, code, now)
        account.totp_since_at = now
        codes = _new_recovery_codes(session, account)
        record(session, now, viewer.account_id, "second-factor.on", object_id=account.public_id)
    return codes


@allowed(Permission.ACCOUNT_OWN, sensitive=True)
def new_recovery_codes(viewer: Viewer, now: datetime) -> list[str]:
    """Ten new codes; the old ones stop working."""
    with db.unit_of_work() as session:
        account = _own(session, viewer)
        if account.totp_since_at is None:
            raise NotFound()
        codes = _new_recovery_codes(session, account)
        record(session, now, viewer.account_id, "second-factor.codes", object_id=account.public_id)
    return codes


@allowed(Permission.ACCOUNT_OWN, sensitive=True)
def turn_off(viewer: Viewer, now: datetime) -> None:
    """Clients may do without; staff are asked to set it up again at once."""
    with db.unit_of_work() as session:
        remove(session, _own(session, viewer))
        record(session, now, viewer.account_id, "second-factor.off", object_id=viewer.public_id)


def remove(session: Session, account: Account) -> None:
    """Forget secret and codes, inside the caller's transaction."""
    account.totp_secret = account.totp_since_at = account.totp_last_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def use(session: Session, account: Account, code: str, now: datetime) -> None:
    """Take one code, of the app or from the list of recovery codes, inside the caller's transaction.

    Raises:
        WrongCode: wrong, or used before.
    """
    plain = "".join(code.split()).replace("-", "").upper()
    if plain.isdigit() and len(plain) == 6:
        _use_totp(session, account, plain, now)
        return
    taken = session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == _hash(plain),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    if taken is None:
        raise WrongCode()
    record(session, now, account.id, "second-factor.recovery", object_id=account.public_id)


def _use_totp(session: Session, account: Account, code: str, now: datetime) -> None:
    """Marking the step as used is one statement with a condition: of fifty at once, one wins."""
    totp = pyotp.TOTP(account.totp_secret or "", interval=STEP_SECONDS)
    step = int(now.timestamp()) // STEP_SECONDS
    for candidate in (step, step - 1, step + 1):  # clocks differ a little
        expected = totp.at(candidate * STEP_SECONDS)
        if hmac.compare_digest(expected.encode(), code.encode("utf-8", "replace")):
            break
    else:
        raise WrongCode()
    fresh = Account.totp_last_step.is_(None) | (Account.totp_last_step < candidate)
    won = session.execute(
        update(Account).where(Account.id == account.id, fresh).values(totp_last_step=candidate)
    )
    if won.rowcount != 1:  # type: ignore[attr-defined]  # of an UPDATE there always is one
        raise WrongCode()


def _new_recovery_codes(session: Session, account: Account) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account.id, code_hash=_hash(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _own(session: Session, viewer: Viewer) -> Account:
    return session.scalars(
        select(Account).where(Account.id == viewer.account_id).with_for_update(key_share=True)
    ).one()


def _hash(code: str) -> str:
    return hmac.new(derived("recovery code"), code.encode("utf-8", "replace"), "sha256").hexdigest()
