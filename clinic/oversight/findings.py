"""What was found when the portal was looked over, and what to do about it: pure.

Each finding is a sentence for whoever runs the clinic, and one for what to do. The limits are ours, chosen so
that there is time to act; the sources of those that are not stand beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

GIB = 1 << 30
# Less than this of the disk, or of space, and somebody has to act: the database needs room to write.
TIGHT_SHARE, TIGHT_BYTES, FULL_BYTES = 0.1, 2 * GIB, GIB // 5
LATE = timedelta(minutes=10)
BACKUP_LATE, BACKUP_MISSING = timedelta(hours=36), timedelta(days=3)
PROOF_LATE = timedelta(days=14)
MAIL_STALE = timedelta(days=90)
# A TOTP code lives 30 seconds and one on either side is taken; a TURN credential ends by the clock too.
CLOCK_OFF = timedelta(seconds=20)
CERTIFICATE_ENDS = timedelta(days=14)


class State(StrEnum):
    """WORKS; LOOK: somebody should do something soon; BROKEN: something does not work now."""

    WORKS = "works"
    LOOK = "look"
    BROKEN = "broken"


# In the order they are shown in: what keeps the records first.
TITLES = {
    "database": "The database and its tables",
    "key": "The keys that records are sealed with",
    "backup": "Backups",
    "address": "The address, HTTPS and the cookie",
    "mail": "Mail",
    "due-work": "Mails, reminders and alerts on time",
    "turn": "Video through firewalls (TURN)",
    "clock": "The clock",
    "zones": "Time zones",
    "disk": "Room on the disk",
    "versions": "Versions",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `said` is how it is; `next_step` what to do, "" for nothing."""

    name: str
    state: State
    said: str
    next_step: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.name]


def works(name: str, said: str) -> Finding:
    return Finding(name, State.WORKS, said)


def worst(findings: Collection[Finding]) -> State:
    """The state of the whole."""
    states = {finding.state for finding in findings}
    return next((state for state in (State.BROKEN, State.LOOK) if state in states), State.WORKS)


def disk(free: int, total: int) -> Finding:
    """Bytes of the disk that the portal's folder is on."""
    name = "disk"
    said = f"{free / GIB:,.1f} GiB of {total / GIB:,.1f} GiB are free."
    if free < FULL_BYTES:
        return Finding(
            name, State.BROKEN, said, "Make room now: soon nothing more can be saved, answers included."
        )
    if free < TIGHT_BYTES or free < total * TIGHT_SHARE:
        return Finding(name, State.LOOK, said, "Make room, or give the server a larger disk.")
    return works(name, said)


def backups(
    *,
    on: bool,
    made_at: datetime | None,
    proved_at: datetime | None,
    wrong: str,
    clinic_since: datetime,
    now: datetime,
) -> Finding:
    """When the last one was made, and when one was last restored to see that it can be."""
    name = "backup"
    if not on:
        return Finding(
            name,
            State.LOOK,
            "The portal makes none by itself.",
            "Set QUIET_ROOM_BACKUPS to a folder, or run make backup each night.",
        )
    if wrong:
        return Finding(name, State.BROKEN, wrong, "Put this right. It is tried again within an hour.")
    if made_at is None:
        state = State.LOOK if now - clinic_since < BACKUP_LATE else State.BROKEN
        return Finding(
            name, state, "None has been made yet.", "It is made within minutes while the portal runs."
        )
    said = f"The last one was made {ago(now - made_at)}."
    if now - made_at > BACKUP_LATE:
        state = State.BROKEN if now - made_at > BACKUP_MISSING else State.LOOK
        return Finding(name, state, said, "Does the portal run at night? It makes one each day.")
    if proved_at is None or now - proved_at > PROOF_LATE:
        return Finding(
            name,
            State.LOOK,
            f"{said} None was restored lately to see that it can be.",
            "The portal does that each week. On the server, make restore-check does it now.",
        )
    return works(name, f"{said} One was restored {ago(now - proved_at)}, and is whole.")


def due_work(
    *,
    oldest_mail: datetime | None,
    given_up: int,
    oldest_reminder: datetime | None,
    alerts_late: int,
    now: datetime,
) -> Finding:
    """Mails, reminders and alerts whose time has passed. The instants: since when the oldest one is due."""
    name = "due-work"
    late = [
        f"{what} is {span(now - since)} late"
        for what, since in (("The oldest mail", oldest_mail), ("The oldest reminder", oldest_reminder))
        if since is not None and now - since > LATE
    ]
    if alerts_late:
        late.append(
            f"{alerts_late} {'alert was' if alerts_late == 1 else 'alerts were'} not told on to others"
        )
    if late:
        return Finding(
            name,
            State.BROKEN,
            ". ".join(late) + ".",
            "Is the portal running, and does the mail server take mails? Start it again; then it catches up.",
        )
    if given_up:
        return Finding(
            name,
            State.LOOK,
            f"{given_up} {'mail' if given_up == 1 else 'mails'} could not be sent this week.",
            "Check the addresses and the mail server. Tell the people concerned in another way.",
        )
    return works(name, "Nothing is late.")


def clock(*, synchronised: bool | None, apart: timedelta | None) -> Finding:
    """`synchronised`: what the system says. `apart`: from the database's clock; None: it is the same one."""
    name = "clock"
    if apart is not None and abs(apart) > CLOCK_OFF:
        return Finding(
            name,
            State.BROKEN,
            f"This server's clock and the database's are {span(abs(apart))} apart.",
            "Let both set their clocks by NTP.",
        )
    if synchronised is False:
        return Finding(
            name,
            State.LOOK,
            "Nothing sets this server's clock.",
            "Turn on NTP (timedatectl set-ntp true). Codes for signing in and TURN go by the clock.",
        )
    if synchronised is None:
        return works(name, "Whether something sets this server's clock can't be seen from here.")
    return works(name, "Set by NTP.")


def zones(unknown: Sequence[str]) -> Finding:
    """Zones of people or the clinic that this server has no rules of."""
    name = "zones"
    if unknown:
        return Finding(
            name,
            State.BROKEN,
            f"Unknown here: {', '.join(unknown[:3])}.",
            "Install the pinned packages again (scripts/set-up): tzdata brings them.",
        )
    return works(name, "The rules of every zone in use are here.")


def certificate(*, ends_at: datetime, strict: bool, now: datetime) -> Finding:
    """HTTPS answers with a good certificate. `strict`: the answer tells browsers to stay with HTTPS."""
    name = "address"
    if ends_at - now < CERTIFICATE_ENDS:
        return Finding(
            name,
            State.LOOK,
            f"The certificate ends in {span(ends_at - now)}.",
            "Renew it. Caddy does so by itself while ports 80 and 443 are open.",
        )
    if not strict:
        return Finding(
            name,
            State.LOOK,
            "HTTPS works, but the portal does not know of it: the cookie could go over a plain connection.",
            "Set QUIET_ROOM_HTTPS=true and start again.",
        )
    return works(name, "HTTPS works, and the cookie goes over HTTPS alone.")


def mail(*, server: str, failure: str, arrived_at: datetime | None, now: datetime) -> Finding:
    """`server`: "" where there is none. `failure`: why it did not let us in, "" where it did."""
    name = "mail"
    if not server:
        return Finding(
            name,
            State.LOOK,
            "No mail server is set: nobody is reminded or told anything by mail.",
            "Set QUIET_ROOM_SMTP_URL. Until then invitations are shown to whoever invites.",
        )
    if failure:
        return Finding(name, State.BROKEN, failure, "Check QUIET_ROOM_SMTP_URL. Mails wait until then.")
    if arrived_at is None or now - arrived_at > MAIL_STALE:
        return Finding(
            name,
            State.LOOK,
            "The mail server takes mails. Whether they arrive was not seen lately.",
            "Send yourself a test mail under Clinic, Is everything working?, and enter its code.",
        )
    return works(name, f"The mail server takes mails, and one arrived {ago(now - arrived_at)}.")


def versions(python: tuple[int, int], missing: Sequence[str], other: Sequence[str]) -> Finding:
    """`missing`: pinned and not installed. `other`: installed in another version."""
    name = "versions"
    if not (3, 11) <= python <= (3, 13):
        return Finding(
            name,
            State.LOOK,
            f"Python {python[0]}.{python[1]} is not one we test.",
            "Use 3.11, 3.12 or 3.13.",
        )
    if missing or other:
        return Finding(
            name,
            State.LOOK,
            f"Not as pinned: {', '.join([*missing, *other][:5])}.",
            "Run scripts/set-up, then start again.",
        )
    return works(name, f"Python {python[0]}.{python[1]}, and every package as pinned.")


def ago(passed: timedelta) -> str:
    return "just now" if passed < timedelta(minutes=1) else f"{span(passed)} ago"


def span(length: timedelta) -> str:
    """In the one unit that says it: "3 hours"."""
    seconds = max(0, int(length.total_seconds()))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size * (2 if unit != "minute" else 1):
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
