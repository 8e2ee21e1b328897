"""What a rerun of each page costs the server, beside an empty page on the same server in the same run.

The demo clinic, one visitor a role over a WebSocket, no browser. CPU time of the server's process
(user and system, milliseconds a rerun) is sounder than wall time on a busy machine. Rounds are
interleaved, so that a slow minute meets every page alike; the median round counts.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import select, update

import db
from clinic.people.sign_in import Trial, redeem, try_as
from clinic.people.viewer import Role
from clinic.start import start
from db.tables import Account, Appointment, Clinic
from tests.databases import KEYS
from tests.portal import ROOT, Portal, running_portal
from tests.socket.streamlit_client import Visitor, visitor

ROUNDS, RERUNS, WARM_UP = 5, 40, 10
EMPTY = "empty"
LIMITS = {"sign_in": 2.0, "client_home": 3.0, "client_record": 5.0}
_LINKED = ("pages", "components", "clinic", "web", "db", ".streamlit")
# Said to the router before it does anything: the page that the others are measured against, as empty
# as a page of a Streamlit application with pages can be.
_NOTHING = """
if __name__ == "__main__" and "empty" in st.query_params:
    st.navigation([st.Page("empty.py")]).run()
    st.stop()
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quiet-room-bench-") as folder:
        here = Path(folder)
        _portal_with_an_empty_page(here)
        environment = {"QUIET_ROOM_VAR": str(here / "var"), "QUIET_ROOM_KEYS": KEYS}
        cookies = _fill(environment)
        # The portal itself is no demo: a clinic's sign-in page has no buttons to try it.
        with running_portal(here, environment, cwd=here) as portal:
            measured = _measure(portal, cookies)
    _report(measured)


def _portal_with_an_empty_page(here: Path) -> None:
    """The real Home.py with two lines more, beside links to everything it uses."""
    for name in _LINKED:
        (here / name).symlink_to(ROOT / name)
    (here / "empty.py").touch()
    source = (ROOT / "Home.py").read_text(encoding="utf-8")
    last_import = "from components import navigation, preload\n"
    assert last_import in source
    (here / "Home.py").write_text(source.replace(last_import, last_import + _NOTHING, 1))


def _fill(environment: dict[str, str]) -> dict[Trial, str]:
    """The demo's people in a clinic that is no demo, each signed in; this process is on its database."""
    os.environ.update(environment, QUIET_ROOM_DEMO="1")
    db.settings.settings.cache_clear()
    now = datetime.now(UTC)
    start(now)
    cookies = {who: redeem(try_as(who, now).ticket, now, "bench") for who in Trial}
    with db.unit_of_work() as session:
        session.execute(update(Clinic).values(is_demo=False))
        # Staff of a clinic have a second step; without one they would see nothing else.
        session.execute(update(Account).where(Account.role != Role.CLIENT.value).values(totp_since_at=now))
    return cookies


def _measure(portal: Portal, cookies: dict[Trial, str]) -> dict[str, float]:
    """Page to CPU milliseconds a rerun."""
    server = psutil.Process(portal.pid)

    def cpu() -> float:
        spent = server.cpu_times()
        return float(spent.user + spent.system)

    with ExitStack() as stack:
        runs = _pages(portal, cookies, stack)
        for run in runs.values():
            for _ in range(WARM_UP):
                run()
        rounds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                before = cpu()
                for _ in range(RERUNS):
                    run()
                rounds[name].append((cpu() - before) / RERUNS * 1000)
    return {name: statistics.median(values) for name, values in rounds.items()}


def _pages(portal: Portal, cookies: dict[Trial, str], stack: ExitStack) -> dict[str, Callable[[], None]]:
    """Page to one rerun of it, as somebody who can open it."""
    people = {who: stack.enter_context(visitor(portal.host, cookie=token)) for who, token in cookies.items()}
    stranger = stack.enter_context(visitor(portal.host))
    with db.reading() as session:
        client = session.scalars(
            select(Account.public_id).where(Account.role == Role.CLIENT.value).order_by(Account.id)
        ).first()
        room = session.scalars(select(Appointment.public_id).order_by(Appointment.id)).first()
    plan: list[tuple[str, Visitor, str, str]] = [
        (EMPTY, stranger, "", "empty=1"),
        ("sign_in", stranger, "", ""),
        ("help_now", stranger, "help_now", ""),
        *((name, people[Trial.CLIENT], name, "") for name in ("client_home", "sessions", "progress", "mood")),
        ("book", people[Trial.CLIENT], "book", ""),
        ("questionnaire", people[Trial.CLIENT], "questionnaire", "measure=phq-9&step=3"),
        ("room", people[Trial.CLIENT], "room", f"appointment={room}"),
        ("consent", people[Trial.NEW_CLIENT], "consent", ""),
        ("intake", people[Trial.NEW_CLIENT], "intake", "part=about-you"),
        ("today", people[Trial.THERAPIST], "today", ""),
        ("clients", people[Trial.THERAPIST], "clients", ""),
        ("client_record", people[Trial.THERAPIST], "client_record", f"client={client}"),
        ("clinic", people[Trial.ADMINISTRATOR], "clinic", ""),
    ]

    def rerun(who: Visitor, address: str, query: str) -> Callable[[], None]:
        return lambda: _opened(who, address, query)

    return {name: rerun(who, address, query) for name, who, address, query in plan}


def _opened(who: Visitor, address: str, query: str) -> None:
    run = who.open(address, query)
    wrong = ("Something went wrong", "We can't find that page", "Everyone who works here needs this")
    if any(run.says(words) for words in wrong):
        raise RuntimeError(f"the page {address!r} did not open")


def _report(measured: dict[str, float]) -> None:
    empty = measured.pop(EMPTY)
    print(f"Server CPU a rerun; median of {ROUNDS} rounds of {RERUNS}. Empty page: {empty:.1f} ms\n")
    print(f"{'page':<16}{'ms':>8}{'x empty':>10}   reach")
    pages = {}
    for name, spent in measured.items():
        ratio = spent / empty
        limit = LIMITS.get(name)
        reach = "" if limit is None else f"{limit:.0f} x: {'reached' if ratio <= limit else 'not reached'}"
        print(f"{name:<16}{spent:>8.1f}{ratio:>10.1f}   {reach}")
        pages[name] = {"ms": round(spent, 2), "ratio": round(ratio, 2)}
    print(json.dumps({"bench": "pages", "empty_ms": round(empty, 2), "pages": pages}))


if __name__ == "__main__":
    main()
