"""How often a password or a code may be tried.

A try is written down before it is looked at, so that a thousand at once are counted one by one. What is
counted: tries on one account from devices it does not know, tries from one device it knows (so that a
stranger's guessing does not lock its owner out), and tries from one address.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.orm import Session

import db
from clinic.errors import TooManyGuesses
from db.keys import derived
from db.tables import Guess

Limit = tuple[timedelta, int]
# OWASP ASVS 5.0.0, 6.3.1; NIST SP 800-63B-4 allows at most 100 wrong ones in a row.
PER_ACCOUNT: Sequence[Limit] = ((timedelta(minutes=15), 10), (timedelta(days=1), 50))
PER_ADDRESS: Sequence[Limit] = ((timedelta(minutes=15), 50),)
# Acts of people without an account, all of them together.
BY_ANYBODY: Sequence[Limit] = ((timedelta(minutes=15), 30), (timedelta(days=1), 200))
_KEEP = timedelta(days=2)
# Any number serves, as long as every version of the portal uses the same one.
_LOCK = 7_305_004


def reserve(account: str, address: str, device: str, now: datetime) -> int:
    """Take one try, before it is looked at. Returns its number, for `was_right`.

    Args:
        account: whom it is about: an e-mail, existing or not, or another name for a person.
        address: where it comes from; "" where unknown.
        device: the known device it comes from, or "".

    Raises:
        TooManyGuesses: it must not be looked at.
    """
    who, where = _hash(f"{account}|{device}"), _hash(address)
    counted = [(Guess.account_hash == who, PER_ACCOUNT)]
    if not device and _tells_people_apart(address):
        counted.append((Guess.address_hash == where, PER_ADDRESS))
    return _take(counted, who, where, now)


def reserve_act(act: str, address: str, now: datetime) -> None:
    """Take one try of an act that needs no account: counted by address and over everybody.

    Raises:
        TooManyGuesses: it must not be done.
    """
    who, where = _hash(act), _hash(f"{act} {address}")
    counted = [(Guess.account_hash == who, BY_ANYBODY)]
    if _tells_people_apart(address):
        counted.append((Guess.address_hash == where, PER_ACCOUNT))
    _take(counted, who, where, now)


def was_right(taken: int) -> None:
    """The try was no guess: it counts against nobody. Wrong ones before it still do."""
    with db.unit_of_work() as session:
        session.execute(update(Guess).where(Guess.id == taken).values(right=True))


def _take(
    counted: Sequence[tuple[ColumnElement[bool], Sequence[Limit]]], who: str, where: str, now: datetime
) -> int:
    with db.unit_of_work() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
        for about, limits in counted:
            for window, most in limits:
                if _wrong(session, about, now - window) >= most:
                    raise TooManyGuesses()
        session.execute(delete(Guess).where(Guess.account_hash == who, Guess.at < now - _KEEP))
        taken = Guess(account_hash=who, address_hash=where, at=now)
        session.add(taken)
        session.flush()
        return taken.id


def _wrong(session: Session, about: ColumnElement[bool], since: datetime) -> int:
    count = select(func.count()).select_from(Guess).where(about, Guess.at > since, Guess.right.is_(False))
    return session.scalars(count).one()


def _tells_people_apart(address: str) -> bool:
    """Not where everybody seems to come from one place: then one guesser would lock all the others out."""
    try:
        return not ip_address(address).is_loopback
    except ValueError:
        return False


def _hash(text_: str) -> str:
    return hmac.new(derived("guess"), text_.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
