"""What a rerun of each page costs the server, beside an empty page on the same server in the same run.

The demo clinic, one visitor a role over a WebSocket, no browser. CPU time of the server's process
(user and system, milliseconds a rerun) is sounder than wall time on a busy machine. Rounds are
interleaved, so that a slow minute meets every page alike; the median round counts.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from bench.portal import EMPTY, cpu_of, environment_in, fill, opened, running_beside_an_empty_page
from clinic.people.sign_in import Trial
from clinic.people.viewer import Role
from db.tables import Account, Appointment, ProgressNote, SessionType
from tests.portal import Portal
from tests.socket.streamlit_client import Visitor, visitor

KEPT, DRAFT_BYTES = "note draft of 10 KB kept", 10_240
ROUNDS, RERUNS, WARM_UP = 5, 40, 10
LIMITS = {
    "sign_in": 2.0,
    "client_home": 3.0,
    "client_record": 5.0,
    KEPT: 4.0,
    "today": 5.0,
    "today_refresh": 2.0,
}
SESSIONS_TODAY = 12


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quiet-room-bench-") as folder:
        here = Path(folder)
        environment = environment_in(here)
        cookies = fill(environment)
        _a_full_day()
        with running_beside_an_empty_page(here, environment) as portal:
            measured = _measure(portal, cookies)
    _report(measured)


def _measure(portal: Portal, cookies: dict[Trial, str]) -> dict[str, float]:
    """Page to CPU milliseconds a rerun."""
    with ExitStack() as stack:
        runs = _pages(portal, cookies, stack)
        for run in runs.values():
            for _ in range(WARM_UP):
                run()
        rounds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                before = cpu_of(portal)
                for _ in range(RERUNS):
                    run()
                rounds[name].append((cpu_of(portal) - before) / RERUNS * 1000)
    with db.reading() as session:
        newest = session.scalars(select(ProgressNote.revision).order_by(ProgressNote.kept_at.desc())).first()
    assert newest == WARM_UP + ROUNDS * RERUNS, "every rerun kept its draft"
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
        ("empty", stranger, "", EMPTY),
        ("sign_in", stranger, "", ""),
        ("help_now", stranger, "help_now", ""),
        *(
            (name, people[Trial.CLIENT], name, "")
            for name in ("client_home", "sessions", "progress", "check_in")
        ),
        ("book", people[Trial.CLIENT], "book", ""),
        ("questionnaire", people[Trial.CLIENT], "questionnaire", "measure=phq-9&step=3"),
        ("measure_plan", people[Trial.THERAPIST], "measure_plan", f"client={client}"),
        ("room", people[Trial.CLIENT], "room", f"appointment={room}"),
        ("consent", people[Trial.NEW_CLIENT], "consent", ""),
        ("intake", people[Trial.NEW_CLIENT], "intake", "part=about-you"),
        ("today", people[Trial.THERAPIST], "today", ""),
        ("clients", people[Trial.THERAPIST], "clients", ""),
        ("client_record", people[Trial.THERAPIST], "client_record", f"client={client}"),
        ("clinic", people[Trial.ADMINISTRATOR], "clinic", ""),
    ]

    typing = stack.enter_context(visitor(portal.host, cookie=cookies[Trial.THERAPIST]))

    def rerun(who: Visitor, address: str, query: str) -> Callable[[], None]:
        def run() -> None:
            opened(who, address, query)

        return run

    runs = {name: rerun(who, address, query) for name, who, address, query in plan}
    return {
        **runs,
        KEPT: _writing(typing, f"session={room}"),
        **_refreshes(stack.enter_context(visitor(portal.host, cookie=cookies[Trial.THERAPIST]))),
    }


def _writing(who: Visitor, query: str) -> Callable[[], None]:
    """Type another 10 KB into a session's note at each call, as a browser says it; it is kept each time."""
    shown = opened(who, "note", query)
    drawn = next(
        message.delta
        for message in shown.messages
        if message.delta.new_element.WhichOneof("type") == "text_area"
    )
    page = next(m.navigation.page_script_hash for m in shown.messages if m.HasField("navigation"))
    turn = 0

    def write() -> None:
        nonlocal turn
        turn += 1
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = page
        # As a browser does: what stands in a fragment runs that fragment.
        message.rerun_script.fragment_id = drawn.fragment_id
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = drawn.new_element.text_area.id, f"{turn} ".ljust(DRAFT_BYTES, "x")
        run = who.send(message)
        if not run.says("Kept at") or run.says("changed in another window"):
            raise RuntimeError("the draft was not kept")

    return write


def _a_full_day() -> None:
    """As many sessions today as a therapist can have, each of another client's where there are as many: in
    the hours that are left, and before, so that the day is full whenever this is run."""
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        dana = session.scalars(
            select(Account).where(Account.role == Role.THERAPIST.value).order_by(Account.id)
        ).first()
        assert dana is not None
        clients = session.scalars(
            select(Account.id).where(Account.role == Role.CLIENT.value).order_by(Account.id)
        ).all()
        zone = ZoneInfo(dana.zone)
        begin = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone).astimezone(UTC)
        end = begin + timedelta(hours=23)
        session.execute(
            update(Appointment)
            .where(
                Appointment.therapist_id == dana.id,
                Appointment.starts_at >= begin,
                Appointment.starts_at < begin + timedelta(days=1),
            )
            .values(status="cancelled", cancelled_at=now)
        )
        kind = session.scalars(select(SessionType.id).order_by(SessionType.id)).first()
        step = (end - begin) / SESSIONS_TODAY
        for n in range(SESSIONS_TODAY):
            starts_at = begin + step * n
            session.add(
                Appointment(
                    client_id=clients[n % len(clients)],
                    therapist_id=dana.id,
                    session_type_id=kind,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=50),
                    status="booked",
                    submit_key=f"bench-{n}",
                    booked_at=now,
                )
            )


def _refreshes(who: Visitor) -> dict[str, Callable[[], None]]:
    """Today looking whether it has changed, as its browser asks for it: the fragment alone."""
    run = opened(who, "today", "")
    every = {
        message.auto_rerun.interval: message.auto_rerun.fragment_id
        for message in run.messages
        if message.WhichOneof("type") == "auto_rerun"
    }

    def refresh(fragment: str, words: str) -> Callable[[], None]:
        def ask() -> None:
            message = BackMsg()
            message.rerun_script.fragment_id = fragment
            if not who.send(message).says(words):
                raise RuntimeError("the part of Today that updates itself did not come up")

        return ask

    return {
        "today_refresh": refresh(every[10.0], "Up to date at"),
    }


def _report(measured: dict[str, float]) -> None:
    empty = measured.pop("empty")
    print(f"Server CPU a rerun; median of {ROUNDS} rounds of {RERUNS}. Empty page: {empty:.1f} ms\n")
    print(f"{'page':<26}{'ms':>8}{'x empty':>10}   reach")
    pages = {}
    for name, spent in measured.items():
        ratio = spent / empty
        limit = LIMITS.get(name)
        reach = "" if limit is None else f"{limit:.0f} x: {'reached' if ratio <= limit else 'not reached'}"
        print(f"{name:<26}{spent:>8.1f}{ratio:>10.1f}   {reach}")
        pages[name] = {"ms": round(spent, 2), "ratio": round(ratio, 2)}
    print(json.dumps({"bench": "pages", "empty_ms": round(empty, 2), "pages": pages}))


if __name__ == "__main__":
    main()
