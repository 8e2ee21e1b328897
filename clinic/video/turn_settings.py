"""How calls get through firewalls: what the administrator set, what a call gets of it, and trying it out."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NoCredentials
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.video.turn import Server, failed_last, ice_servers, with_password
from clinic.video.turn_address import read_address
from clinic.video.turn_minting import Purse, mint, origin_of, problem_with_mint_url
from clinic.video.turn_probe import Outcome, Tried, try_servers
from db.errors import DatabaseUnreachable
from db.settings import settings
from db.tables import Account, TurnSettings

MOST_ADDRESSES = 8
_TRY_LIVES = timedelta(minutes=10)
_FAR_AHEAD = timedelta(days=400)  # no clock is as wrong as that
# Credentials a provider gave, for calls that go on now; of a person they hold nothing.
_purse = Purse()


class Kind(StrEnum):
    """Where TURN comes from. DEPLOYMENT: nothing is saved here, QUIET_ROOM_TURN_… counts."""

    DEPLOYMENT = "deployment"
    OWN = "own"
    STATIC = "static"
    MINTED = "minted"
    NONE = "none"


@dataclass(frozen=True)
class TurnEntry:
    """What the administrator typed. `urls`: one a line. An empty `secret` keeps the one there is."""

    kind: Kind
    urls: str = ""
    username: str = ""
    mint_url: str = ""
    secret: str = ""


@dataclass(frozen=True)
class TurnView:
    """What is set, without its secret. Instants are UTC.

    `tried` is how the last test went, at `tried_at`; `failure` why a provider gave a call no credentials, at
    `failed_at`, until it gives some again.
    """

    kind: Kind
    urls: tuple[str, ...] = ()
    username: str = ""
    mint_url: str = ""
    has_secret: bool = False
    saved_at: datetime | None = None
    saved_by: str = ""
    tried_at: datetime | None = None
    tried: tuple[Tried, ...] = ()
    failed_at: datetime | None = None
    failure: str = ""


@allowed(Permission.CLINIC_MANAGE)
def turn_settings(viewer: Viewer) -> TurnView:
    """What counts now: what was saved here, else what the deployment says."""
    return read_turn()


def read_turn() -> TurnView:
    """As `turn_settings`, for whoever runs the server."""
    with db.reading() as session:
        row = _row(session)
        if row is None:
            return _deployments()
        by = session.scalars(select(Account.name).where(Account.id == row.saved_by_id)).one()
    return TurnView(
        Kind(row.kind),
        tuple(row.urls.splitlines()),
        row.username,
        row.mint_url,
        row.secret_sealed is not None,
        row.saved_at,
        by,
        row.tested_at,
        _read_tried(row.test_result),
        row.failed_at,
        row.failure,
    )


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def save_turn(viewer: Viewer, entry: TurnEntry, now: datetime) -> None:
    """From now on calls that begin use this. Kind.DEPLOYMENT takes away what was saved here.

    Raises:
        InvalidInput: an address, a name or a secret to put right, by the entry's field names.
    """
    with db.unit_of_work() as session:
        row = _row(session)
        entry = _checked(entry, row)
        record(session, now, viewer.account_id, "turn.save")
        if entry.kind is Kind.DEPLOYMENT:
            if row is not None:
                session.delete(row)
            return
        if row is None:
            row = TurnSettings(id=1)
            session.add(row)
        if entry.secret or entry.kind is Kind.NONE:
            row.secret = entry.secret or None
        row.kind, row.urls, row.username = entry.kind.value, entry.urls, entry.username
        row.mint_url, row.saved_at, row.saved_by_id = entry.mint_url, now, viewer.account_id
        row.tested_at, row.test_result, row.failed_at, row.failure = None, "", None, ""


@allowed(Permission.ROOM_ENTER)
def servers_for(viewer: Viewer, label: str, until: datetime, now: datetime) -> list[Server]:
    """The ICE servers for one person's one call: their own credentials, which end at `until`.

    Empty without TURN, and where a provider gives none just now: the call goes on without, and the
    administrator sees why. May take a few seconds with a provider; never call it inside a unit of work.

    Args:
        label: the same for the same person in the same call, and nothing that says who they are.
    """
    with db.reading() as session:
        row = _row(session)
    if row is None:
        return _servers(row, label, until)
    failed = {one.address for one in _read_tried(row.test_result) if not one.works}
    if row.kind != Kind.MINTED:
        return failed_last(_servers(row, label, until), failed)
    try:
        whose = (row.public_id, row.saved_at)
        servers = _purse.servers(whose, label, row.mint_url, row.secret or "", until, now)
    except NoCredentials as error:
        _note(error.sentence, row.saved_at, now)
        return []
    if row.failed_at is not None:
        _note("", row.saved_at, now)
    return failed_last(servers, failed)


@allowed(Permission.CLINIC_MANAGE)
def try_turn(viewer: Viewer, now: datetime) -> tuple[Tried, ...]:
    """Get an allocation from each address now, as a call would, and keep how it went with what is saved.

    Takes about ten seconds at most. An empty answer: there is no address to try.

    Raises:
        NoCredentials: the provider gave none to try with.
    """
    with db.reading() as session:
        row = _row(session)
    tried = _try_all(row, now)
    with db.unit_of_work() as session:
        record(session, now, viewer.account_id, "turn.test")
        there = _row(session)
        if there is not None and row is not None and there.saved_at == row.saved_at:
            there.tested_at = now
            there.test_result = json.dumps([(one.address, one.outcome.value) for one in tried])
    return tried


def try_each(now: datetime) -> tuple[Tried, ...]:
    """As `try_turn`, and nothing is kept of it: for whoever runs the server."""
    with db.reading() as session:
        row = _row(session)
    return _try_all(row, now)


def _try_all(row: TurnSettings | None, now: datetime) -> tuple[Tried, ...]:
    if row is not None and row.kind == Kind.MINTED:
        seconds = int(_TRY_LIVES.total_seconds())
        servers = mint(row.mint_url, row.secret or "", seconds).servers
    else:
        servers = _servers(row, "test", now + _TRY_LIVES)
    return _clocks_told_apart(row, try_servers(servers), now)


def _row(session: Session) -> TurnSettings | None:
    return session.scalars(select(TurnSettings)).first()


def _deployments() -> TurnView:
    chosen = settings()
    return TurnView(Kind.DEPLOYMENT, chosen.turn_urls, has_secret=chosen.turn_secret is not None)


def _servers(row: TurnSettings | None, label: str, until: datetime) -> list[Server]:
    """Without asking anybody: of every kind but a provider that mints."""
    if row is None:
        return ice_servers(settings().turn_urls, settings().turn_secret, label, until)
    if row.kind == Kind.OWN:
        return ice_servers(row.urls.splitlines(), row.secret, label, until)
    if row.kind == Kind.STATIC:
        return with_password(row.urls.splitlines(), row.username, row.secret or "")
    return []


def _clocks_told_apart(
    row: TurnSettings | None, tried: tuple[Tried, ...], now: datetime
) -> tuple[Tried, ...]:
    """Refused with a shared secret: is it wrong, or only our clock behind theirs? One far ahead tells."""
    shares = row is None or row.kind == Kind.OWN
    refused = [one.address for one in tried if one.outcome is Outcome.REFUSED]
    if not shares or not refused:
        return tried
    far = _servers(row, "test", now + _FAR_AHEAD)
    again = {one.address for one in try_servers([{**far[0], "urls": refused}]) if one.works}
    return tuple(Tried(one.address, Outcome.CLOCK) if one.address in again else one for one in tried)


def _note(failure: str, saved_at: datetime, now: datetime) -> None:
    """What the administrator sees of a provider that gave a call nothing; "" once it does again."""
    with suppress(DatabaseUnreachable), db.unit_of_work() as session:
        row = _row(session)
        if row is not None and row.saved_at == saved_at:
            row.failed_at, row.failure = (now if failure else None), failure


def _read_tried(kept: str) -> tuple[Tried, ...]:
    return tuple(Tried(address, Outcome(outcome)) for address, outcome in json.loads(kept or "[]"))


def _checked(entry: TurnEntry, row: TurnSettings | None) -> TurnEntry:
    """The entry as it is kept: what its kind does not use left out. Raises InvalidInput."""
    kind = entry.kind
    problems: dict[str, str] = {}
    urls, username, mint_url, secret = "", "", "", entry.secret.strip()
    if kind in (Kind.DEPLOYMENT, Kind.NONE):
        return TurnEntry(kind)
    if kind is Kind.MINTED:
        mint_url = entry.mint_url.strip()
        _keep(problems, "mint_url", problem_with_mint_url(mint_url) or _too_long(mint_url, 500))
    else:
        urls, problem = _checked_urls(entry.urls)
        _keep(problems, "urls", problem)
    if kind is Kind.STATIC:
        username = entry.username.strip()
        missing = None if username else "Enter the user name that the provider gave you."
        _keep(problems, "username", missing or _too_long(username, 300))
    if not secret and not _keeps_its_secret(kind, mint_url, row):
        problems["secret"] = f"Enter {SECRET_NAMES[kind]}."
    _keep(problems, "secret", _too_long(secret, 1000))
    if problems:
        raise InvalidInput(problems)
    return TurnEntry(kind, urls, username, mint_url, secret)


SECRET_NAMES = {
    Kind.OWN: "the shared secret",
    Kind.STATIC: "the password",
    Kind.MINTED: "the provider's token",
}


def _keeps_its_secret(kind: Kind, mint_url: str, row: TurnSettings | None) -> bool:
    """The one there is goes on, but never to somebody it was not entered for."""
    if row is None or row.kind != kind or row.secret_sealed is None:
        return False
    return kind is not Kind.MINTED or origin_of(mint_url) == origin_of(row.mint_url)


def _checked_urls(typed: str) -> tuple[str, str | None]:
    """(addresses, one a line; what is wrong with them)."""
    addresses, wrong = [], []
    lines = [line for line in typed.replace(",", "\n").splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            addresses.append(read_address(line))
        except ValueError as error:
            wrong.append(f"Address {number}: {error}")
    if wrong:
        return "", " ".join(wrong[:3])
    if not any(address.is_turn for address in addresses):
        return "", "Enter at least one address that begins with turn: or turns:."
    if len(addresses) > MOST_ADDRESSES:
        return "", f"Enter at most {MOST_ADDRESSES} addresses. More only make joining slower."
    urls = "\n".join(dict.fromkeys(map(str, addresses)))
    return urls, _too_long(urls, 2000)


def _too_long(text: str, most: int) -> str | None:
    return f"This is longer than {most} signs." if len(text) > most else None


def _keep(problems: dict[str, str], field: str, problem: str | None) -> None:
    if problem is not None:
        problems.setdefault(field, problem)
