"""What benches share: a filled clinic, the real portal with an empty page added, CPU time of its process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import update

import db
from clinic.people.sign_in import Trial, redeem, try_as
from clinic.people.viewer import Role
from clinic.start import start
from db.tables import Account, Clinic
from tests.databases import KEYS
from tests.portal import ROOT, Portal, running_portal
from tests.socket.streamlit_client import Run, Visitor

EMPTY = "empty=1"  # the query that opens the empty page
_LINKED = ("pages", "components", "clinic", "web", "db", ".streamlit")
_WRONG = ("Something went wrong", "We can't find that page", "Everyone who works here needs this")
# Said to the router before it does anything: the page that the others are measured against, as empty
# as a page of a Streamlit application with pages can be.
_NOTHING = """
if __name__ == "__main__" and "empty" in st.query_params:
    st.navigation([st.Page("empty.py")]).run()
    st.stop()
"""


def environment_in(here: Path) -> dict[str, str]:
    return {"QUIET_ROOM_VAR": str(here / "var"), "QUIET_ROOM_KEYS": KEYS}


def fill(environment: dict[str, str]) -> dict[Trial, str]:
    """The demo's people in a clinic that is no demo, each signed in; this process is on its database.
    Their cookies."""
    os.environ.update(environment, QUIET_ROOM_DEMO="1")
    db.settings.settings.cache_clear()
    now = datetime.now(UTC)
    start(now)
    cookies = {who: redeem(try_as(who, now).ticket, now, "bench") for who in Trial}
    with db.unit_of_work() as session:
        # A clinic's sign-in page has no buttons to try it.
        session.execute(update(Clinic).values(is_demo=False))
        # Staff of a clinic have a second step; without one they would see nothing else.
        session.execute(update(Account).where(Account.role != Role.CLIENT.value).values(totp_since_at=now))
    return cookies


@contextmanager
def running_beside_an_empty_page(here: Path, environment: dict[str, str]) -> Iterator[Portal]:
    """The real portal; its Home.py has two lines more, beside links to everything it uses."""
    for name in _LINKED:
        (here / name).symlink_to(ROOT / name)
    (here / "empty.py").touch()
    source = (ROOT / "Home.py").read_text(encoding="utf-8")
    before = "host.prepare()\n"
    assert before in source
    (here / "Home.py").write_text(source.replace(before, before + _NOTHING, 1))
    with running_portal(here, environment, cwd=here) as portal:
        yield portal


def cpu_of(portal: Portal) -> float:
    """User and system seconds of the portal's process so far."""
    spent = psutil.Process(portal.pid).cpu_times()
    return float(spent.user + spent.system)


def opened(who: Visitor, address: str, query: str) -> Run:
    """One rerun of a page, which must have come up."""
    run = who.open(address, query)
    if any(run.says(words) for words in _WRONG):
        raise RuntimeError(f"the page {address!r} did not open")
    return run
