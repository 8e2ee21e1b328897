"""What an open call costs the server beside its media: everything on the page that asks again by itself, as
often as it does, for each of the two people; beside an empty page on the same server in the same run.

CPU time of the server's process (user and system). Over a WebSocket, no browser, no media: those are in
`make bench-video`. docs/scaling.md adds the two up.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from bench.portal import EMPTY, cpu_of, environment_in, fill, opened, running_beside_an_empty_page
from clinic.people.sign_in import Trial
from db.tables import Account, Appointment, Visit
from tests.portal import Portal
from tests.socket.streamlit_client import Visitor, visitor

RERUNS, WARM_UP = 100, 10
LIMIT = 4.0  # times what an empty page would cost, run as often
Parts = list[tuple[float, float]]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quiet-room-bench-") as folder:
        here = Path(folder)
        environment = environment_in(here)
        cookies = fill(environment)
        room = _a_room_that_both_may_talk_in()
        with running_beside_an_empty_page(here, environment) as portal:
            with visitor(portal.host) as stranger:
                empty = _cost(portal, lambda: opened(stranger, "", EMPTY))
            people = {who.value: _of(portal, cookies[who], room) for who in (Trial.CLIENT, Trial.THERAPIST)}
    _report(empty, people)


def _a_room_that_both_may_talk_in() -> str:
    """The demo's session that is now, with its client let in."""
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        found = session.scalars(
            select(Appointment)
            .join(Account, Account.id == Appointment.client_id)
            .where(Appointment.starts_at <= now, Appointment.ends_at > now, Appointment.status == "booked")
            .order_by(Appointment.id)
        ).first()
        assert found is not None, "the demo has a session now"
        visit = session.scalars(select(Visit).where(Visit.appointment_id == found.id)).first()
        if visit is None:
            visit = Visit(appointment_id=found.id)
            session.add(visit)
        visit.admitted_at = visit.gate_passed_at = visit.client_seen_at = now
        return found.public_id


def _of(portal: Portal, cookie: str, room: str) -> Parts:
    """(Seconds between two of its runs, milliseconds a run) of each part that asks by itself."""
    query = f"appointment={room}"
    with visitor(portal.host, cookie=cookie) as who:
        for _ in range(3):
            shown = opened(who, "room", query)
        parts = {
            m.auto_rerun.fragment_id: m.auto_rerun.interval
            for m in shown.messages
            if m.WhichOneof("type") == "auto_rerun"
        }
        return [(every, _cost(portal, _again(who, part, query))) for part, every in parts.items()]


def _again(who: Visitor, part: str, query: str) -> Callable[[], object]:
    message = BackMsg()
    message.rerun_script.fragment_id, message.rerun_script.query_string = part, query
    return lambda: who.send(message)


def _cost(portal: Portal, run: Callable[[], object]) -> float:
    for _ in range(WARM_UP):
        run()
    before = cpu_of(portal)
    for _ in range(RERUNS):
        run()
    return (cpu_of(portal) - before) / RERUNS * 1000


def _report(empty: float, people: dict[str, Parts]) -> None:
    a_second = {who: sum(cost / every for every, cost in parts) for who, parts in people.items()}
    runs = sum(1 / every for parts in people.values() for every, _ in parts)
    call, nothing = sum(a_second.values()), empty * runs
    print(f"an empty page: {empty:.1f} ms a run")
    for who, parts in people.items():
        each = ", ".join(f"every {every:g} s {cost:.1f} ms" for every, cost in sorted(parts))
        print(f"{who}: {each}; together {a_second[who]:.1f} ms a second")
    print(f"a call's screens: {call:.1f} ms a second, {call / nothing:.1f} times empty pages as often")
    print(json.dumps({"call_ms_a_second": round(call, 2), "times_empty": round(call / nothing, 2)}))
    if call / nothing > LIMIT:
        raise SystemExit(f"More than {LIMIT:g} times an empty page.")


if __name__ == "__main__":
    main()
