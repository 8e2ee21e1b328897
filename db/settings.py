"""Everything a deployment may say: the environment first, then `.streamlit/secrets.toml`.

Read without Streamlit, so that services, migrations and tests need no running app.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ROOT / ".streamlit" / "secrets.toml"
# What two cores carry with room to spare, measured (`make bench-video`, docs/decisions/0014).
CALLS = 16
# It stands in a cookie and in the balancer's configuration.
_PROCESS = re.compile(r"[a-z0-9-]{0,20}")


@dataclass(frozen=True)
class Settings:
    """One deployment's choices. Paths are absolute; nothing here changes while the process runs."""

    var: Path
    database_url: str
    demo: bool
    setup_code: str | None
    keys: str | None
    origins: tuple[str, ...]
    https: bool
    turn_urls: tuple[str, ...]
    turn_secret: str | None
    smtp_url: str | None
    mail_from: str
    measures: Path | None
    calls: int
    # Where the portal puts the backups it makes by itself; None: it makes none.
    backups: Path | None
    process: str

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The deployment's settings, read once a process.

    Raises:
        tomllib.TOMLDecodeError: secrets.toml is there but is not TOML.
        ValueError: QUIET_ROOM_CALLS is not a whole number, or QUIET_ROOM_PROCESS is no short name.
    """
    secrets: dict[str, object] = {}
    if SECRETS.is_file():
        secrets = tomllib.loads(SECRETS.read_text(encoding="utf-8"))

    def said(name: str) -> str | None:
        value = os.environ.get(name, secrets.get(name))
        return str(value).strip() or None if value is not None else None

    def yes(name: str) -> bool:
        return (said(name) or "").lower() in {"1", "true", "yes", "on"}

    def whole(name: str, otherwise: int) -> int:
        return int(said(name) or otherwise)

    def several(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (said(name) or "").split(",") if part.strip())

    process = said("QUIET_ROOM_PROCESS") or ""
    if not _PROCESS.fullmatch(process):
        raise ValueError("QUIET_ROOM_PROCESS: at most 20 small letters, digits and hyphens")
    demo = yes("QUIET_ROOM_DEMO")
    # The demo keeps to itself: trying it leaves a clinic's own data alone, and the other way round.
    var = Path(said("QUIET_ROOM_VAR") or ROOT / "var" / ("demo" if demo else "")).resolve()
    return Settings(
        var=var,
        database_url=with_driver(said("DATABASE_URL") or f"sqlite:///{var / 'quiet-room.db'}"),
        demo=demo,
        setup_code=said("QUIET_ROOM_SETUP_CODE"),
        keys=said("QUIET_ROOM_KEYS"),
        origins=several("QUIET_ROOM_ORIGINS"),
        https=yes("QUIET_ROOM_HTTPS"),
        turn_urls=several("QUIET_ROOM_TURN_URLS"),
        turn_secret=said("QUIET_ROOM_TURN_SECRET"),
        smtp_url=said("QUIET_ROOM_SMTP_URL"),
        mail_from=said("QUIET_ROOM_MAIL_FROM") or "portal@localhost",
        measures=Path(own).resolve() if (own := said("QUIET_ROOM_MEASURES")) else None,
        calls=whole("QUIET_ROOM_CALLS", CALLS),
        backups=_backups(said("QUIET_ROOM_BACKUPS") or ("off" if demo else ""), var),
        process=process,
    )


def _backups(said: str, var: Path) -> Path | None:
    return None if said.lower() == "off" else Path(said or var / "backups").resolve()


def with_driver(url: str) -> str:
    """Hosts hand out `postgres://…`; SQLAlchemy wants the driver named."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url
