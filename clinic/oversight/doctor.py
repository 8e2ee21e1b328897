"""Is everything working? Looks at each part as it is now, and says what to do about it.

For the administrator's page and for `make doctor`. Nothing of a client's is read: numbers and times alone.
"""

from __future__ import annotations

import http.client
import smtplib
import ssl
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import disk_usage
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import InvalidRequirement, Requirement
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

import db
from clinic.errors import ClinicError
from clinic.oversight import findings, system_clock
from clinic.oversight.findings import Finding, State
from clinic.oversight.mail_test import last_arrived
from clinic.oversight.scheduled import read_backups
from clinic.people import postman
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety import cases
from clinic.video.in_time import in_time
from clinic.video.turn_settings import Kind, read_turn, try_each
from db.errors import DatabaseUnreachable, WrongKey
from db.keys import key_file
from db.settings import ROOT, settings
from db.start import check_key, head_revision
from db.tables import Account, Clinic, OutboxMail, Reminder, RiskAlert

_NETWORK_SECONDS = 12.0
_HTTP_SECONDS = 5
_LOCAL = ("localhost", "127.0.0.1", "::1")


@allowed(Permission.CLINIC_MANAGE)
def examine(viewer: Viewer, now: datetime) -> tuple[Finding, ...]:
    """Every part, looked at now. Takes about ten seconds at most."""
    return examine_all(now)


@allowed(Permission.CLINIC_MANAGE)
def broken(viewer: Viewer, now: datetime) -> tuple[Finding, ...]:
    """What does not work, of the parts that a few queries show: for a screen that is opened often."""
    found = (_looked_at(name, now) for name in ("backup", "due-work", "disk"))
    return tuple(one for one in found if one.state is State.BROKEN)


def examine_all(now: datetime) -> tuple[Finding, ...]:
    """As `examine`, for whoever runs the server."""
    with ThreadPoolExecutor(len(_PARTS)) as pool:
        return tuple(pool.map(lambda name: _looked_at(name, now), findings.TITLES))


def _looked_at(name: str, now: datetime) -> Finding:
    try:
        return in_time(_NETWORK_SECONDS, lambda: _PARTS[name](now))
    except DatabaseUnreachable:
        return Finding(
            name, State.BROKEN, "The database does not answer.", "See the line about the database."
        )
    except WrongKey:
        return Finding(name, State.BROKEN, "What is sealed does not open.", "See the line about the key.")
    except TimeoutError:
        return Finding(
            name, State.BROKEN, "No answer within ten seconds.", "Check the network of this server."
        )


def _database(now: datetime) -> Finding:
    name = "database"
    with db.reading() as session:
        at = session.scalar(text("SELECT version_num FROM alembic_version"))
        if at != head_revision():
            return Finding(
                name,
                State.BROKEN,
                "Its tables are of another version of the portal.",
                "Start the portal: it brings them up to date. If it does not, restore the last backup.",
            )
        return _sqlite(session, name) if settings().is_sqlite else _postgresql(session, name)


def _sqlite(session: Session, name: str) -> Finding:
    wrong = session.scalars(text("PRAGMA quick_check(1)")).first()
    if wrong != "ok":
        return Finding(
            name,
            State.BROKEN,
            "SQLite finds its file damaged.",
            "Stop the portal, keep the file, and restore the last backup into a new place.",
        )
    size = Path(str(session.connection().engine.url.database)).stat().st_size
    return findings.works(name, f"SQLite, {size / 2**20:,.0f} MiB, whole, with this version's tables.")


def _postgresql(session: Session, name: str) -> Finding:
    number = int(session.scalar(text("SHOW server_version_num")) or 0)
    if number < 140000:
        return Finding(name, State.LOOK, f"PostgreSQL {number // 10000} is too old.", "Use 14 or later.")
    return findings.works(name, f"PostgreSQL {number // 10000}, with this version's tables.")


def _key(now: datetime) -> Finding:
    name = "key"
    try:
        check_key()
    except WrongKey as error:
        return Finding(
            name,
            State.BROKEN,
            str(error),
            "Put back the keys this database was made with. Nothing is lost as long as they exist.",
        )
    if settings().keys is None:
        mode = key_file().stat().st_mode & 0o077
        if mode:
            return Finding(
                name,
                State.BROKEN,
                f"Others on this server can read {key_file().name}.",
                "chmod 600 it, then change the keys: make rotate-keys.",
            )
    return findings.works(name, "They open the records. Keep a copy of them away from this server.")


def _address(now: datetime) -> Finding:
    name = "address"
    if not settings().origins:
        return Finding(
            name,
            State.LOOK,
            "The portal does not know its own address: mails hold no links.",
            "Set QUIET_ROOM_ORIGINS to it, as in https://portal.example.org.",
        )
    url = urlsplit(settings().origins[0])
    if url.scheme != "https":
        if url.hostname in _LOCAL:
            return findings.works(name, "This machine alone can open it. That is enough to try it.")
        return Finding(
            name,
            State.BROKEN,
            "The address has no HTTPS: browsers give no camera there, and passwords can be read.",
            "Put Caddy in front (docs/deployment.md).",
        )
    try:
        ends_at, strict = _over_https(url.hostname or "", url.port or 443)
    except ssl.SSLCertVerificationError as error:
        return Finding(
            name,
            State.BROKEN,
            f"Browsers refuse the certificate: {error.verify_message}.",
            "Get one that is valid for this name. Caddy does so by itself.",
        )
    except (OSError, http.client.HTTPException, ValueError):
        return Finding(
            name,
            State.LOOK,
            "From this server the address does not answer. That can be so behind some routers.",
            "Open it from outside, from a phone without Wi-Fi.",
        )
    return findings.certificate(ends_at=ends_at, strict=strict, now=now)


def _over_https(host: str, port: int) -> tuple[datetime, bool]:
    """(when the certificate ends, whether the answer keeps browsers with HTTPS)."""
    with closing(http.client.HTTPSConnection(host, port, timeout=_HTTP_SECONDS)) as connection:
        connection.connect()
        sock: Any = connection.sock
        ends = ssl.cert_time_to_seconds(sock.getpeercert()["notAfter"])
        connection.request("GET", "/health")
        answer = connection.getresponse()
        if b'"status"' not in answer.read(200):
            raise ValueError("somebody else answers there")
        return datetime.fromtimestamp(ends, UTC), answer.getheader("Strict-Transport-Security") is not None


def _mail(now: datetime) -> Finding:
    server, failure = settings().smtp_url or "", ""
    if server:
        try:
            with postman.connected() as there:
                there.noop()
        except smtplib.SMTPAuthenticationError:
            failure = "The mail server refuses the user name or the password."
        except ssl.SSLCertVerificationError:
            failure = "The mail server's certificate is not trusted."
        except (OSError, smtplib.SMTPException):
            failure = "The mail server does not answer."
    with db.reading() as session:
        arrived_at = last_arrived(session)
    return findings.mail(server=server, failure=failure, arrived_at=arrived_at, now=now)


def _turn(now: datetime) -> Finding:
    name = "turn"
    view = read_turn()
    if view.kind is Kind.NONE or not (view.urls or view.mint_url):
        return Finding(
            name,
            State.LOOK,
            "None. Who sits behind a strict firewall cannot join by video.",
            "Set one up under Clinic, Video, or in QUIET_ROOM_TURN_URLS.",
        )
    try:
        tried = try_each(now)
    except ClinicError as error:
        return Finding(name, State.BROKEN, error.sentence, "Look under Clinic, Video.")
    failed = [one for one in tried if not one.works]
    if not tried:
        return Finding(
            name, State.BROKEN, "There is an address, but no secret.", "Set QUIET_ROOM_TURN_SECRET."
        )
    if failed:
        state = State.BROKEN if len(failed) == len(tried) else State.LOOK
        said = f"{len(failed)} of {len(tried)} addresses can't be used. The first: {failed[0].sentence}"
        return Finding(name, state, said, "Look under Clinic, Video.")
    return findings.works(name, f"An allocation was got from each of {len(tried)} addresses.")


def _clock(now: datetime) -> Finding:
    apart = None
    if not settings().is_sqlite:
        with db.reading() as session:
            theirs: datetime = session.scalars(text("SELECT clock_timestamp()")).one()
            apart = theirs - now
    return findings.clock(synchronised=system_clock.is_synchronised(), apart=apart)


def _zones(now: datetime) -> Finding:
    with db.reading() as session:
        used = {*session.scalars(select(Account.zone).distinct()), *session.scalars(select(Clinic.zone))}
    return findings.zones(sorted(filter(_is_unknown, used)))


def _is_unknown(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return True
    return False


def _due_work(now: datetime) -> Finding:
    waiting = (OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None))
    with db.reading() as session:
        return findings.due_work(
            # A mail that was tried waits for its next try: it is late since it was written.
            oldest_mail=session.scalar(select(func.min(OutboxMail.written_at)).where(*waiting)),
            given_up=session.scalar(
                select(func.count()).where(OutboxMail.given_up_at > now - findings.PROOF_LATE / 2)
            )
            or 0,
            oldest_reminder=session.scalar(
                select(func.min(Reminder.due_at)).where(Reminder.done_at.is_(None), Reminder.due_at <= now)
            ),
            alerts_late=session.scalar(
                select(func.count())
                .select_from(RiskAlert)
                .where(cases.unread(), RiskAlert.escalate_at <= now - findings.LATE)
            )
            or 0,
            now=now,
        )


def _disk(now: datetime) -> Finding:
    usage = disk_usage(settings().var)
    return findings.disk(usage.free, usage.total)


def _backup(now: datetime) -> Finding:
    with db.reading() as session:
        there = read_backups(session)
        since = session.scalars(select(Clinic.created_at)).first()
    return findings.backups(
        on=there.folder is not None,
        made_at=there.made_at,
        proved_at=there.proved_at,
        wrong=there.wrong,
        clinic_since=since or now,
        now=now,
    )


def _versions(now: datetime) -> Finding:
    missing, other = [], []
    for pinned in _pinned((ROOT / "requirements.txt").read_text(encoding="utf-8")):
        try:
            if not pinned.specifier.contains(version(pinned.name), prereleases=True):
                other.append(pinned.name)
        except PackageNotFoundError:
            missing.append(pinned.name)
    return findings.versions(sys.version_info[:2], missing, other)


def _pinned(lines: str) -> Iterator[Requirement]:
    """What this machine is to have, of the lines of a requirements file."""
    for line in lines.splitlines():
        try:
            wanted = Requirement(line.rstrip("\\ ").partition(" --")[0].strip())
        except InvalidRequirement:
            continue  # a hash, a comment
        if wanted.marker is None or wanted.marker.evaluate():
            yield wanted


_PARTS: dict[str, Callable[[datetime], Finding]] = {
    "database": _database,
    "key": _key,
    "backup": _backup,
    "address": _address,
    "mail": _mail,
    "due-work": _due_work,
    "turn": _turn,
    "clock": _clock,
    "zones": _zones,
    "disk": _disk,
    "versions": _versions,
}
