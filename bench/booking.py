"""What free times cost, and what happens when forty clients want the same ones.

(a) Free times of 20 therapists over 8 weeks, in a clinic with 1,000 and one with 100,000 appointments of
five years; those of one therapist beside a rerun of an empty Streamlit page. CPU of the process, in rounds
that take turns, so that a slow minute meets everything alike; the median round counts.
(b) Forty clients who all begin with the same time and go on to others until they have one, on both
databases; beside a check before an insert, as one writes it first, on the same databases without their
guard.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import insert, select, text

import db
from bench.portal import EMPTY, opened, running_beside_an_empty_page
from clinic.errors import ClinicError
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book
from clinic.scheduling.choices import choose
from clinic.scheduling.offers import free_times, public_free_times, read_free_times
from clinic.scheduling.wall_clock import instant
from db.tables import Appointment, SessionType
from tests.databases import KEYS, Server, point_at, running_server
from tests.factories import NOW, ZONE, make_client, make_clinic, make_therapist, set_rules
from tests.socket.streamlit_client import visitor

THERAPISTS, WEEKS, YEARS = 20, 8, 5
FEW, MANY = 1_000, 100_000
ROUNDS, LOOKS, RERUNS = 7, 5, 40
PEOPLE, TIMES, FIGHTS = 40, 50, 3
GROWTH = 1.5
_LENGTH = timedelta(minutes=50)


def main() -> None:
    folder = tempfile.TemporaryDirectory(prefix="quiet-room-bench-")
    with folder, pytest.MonkeyPatch.context() as monkeypatch:
        slots = _slots(monkeypatch, Path(folder.name))
        fights = _fights(monkeypatch, Path(folder.name))
    _report(slots, fights)


# (a) Free times


@dataclass(frozen=True)
class Clinic:
    """A filled clinic in a folder of its own, and a client with one therapist in it."""

    var: Path
    client: Viewer


@dataclass(frozen=True)
class Slots:
    """Milliseconds of CPU: all therapists' free times with few and many appointments stored; one's with
    many, alone and as a client's screen asks for them; and an empty rerun."""

    few: float
    many: float
    one: float
    asked: float
    empty: float
    offered: int


def _slots(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Slots:
    few, many = (_clinic(monkeypatch, folder / str(count), count) for count in (FEW, MANY))
    here = folder / "portal"
    here.mkdir()
    environment = {"QUIET_ROOM_VAR": str(many.var), "QUIET_ROOM_KEYS": KEYS}
    rounds: dict[str, list[float]] = {"few": [], "many": [], "one": [], "asked": [], "empty": []}
    with running_beside_an_empty_page(here, environment) as portal, visitor(portal.host) as stranger:
        server = psutil.Process(portal.pid)

        def serving() -> float:
            spent = server.cpu_times()
            return float(spent.user + spent.system)

        for _ in range(10):
            opened(stranger, "", EMPTY)
        # As the portal does before it serves: what was imported is not looked through again.
        gc.collect()
        gc.freeze()
        for _ in range(ROUNDS):
            for name, at in (("few", few), ("many", many)):
                _use(monkeypatch, at.var)
                rounds[name].append(_cost(time.process_time, _of_all, LOOKS))
            rounds["one"].append(_of_one(many.client))
            rounds["asked"].append(_cost(time.process_time, lambda: free_times(many.client, NOW), LOOKS * 10))
            rounds["empty"].append(_cost(serving, lambda: opened(stranger, "", EMPTY), RERUNS))
        _use(monkeypatch, many.var)
        offered = len(free_times(many.client, NOW))
    few_ms, many_ms, one_ms, asked_ms, empty_ms = (statistics.median(spent) for spent in rounds.values())
    return Slots(few_ms, many_ms, one_ms, asked_ms, empty_ms, offered)


def _of_all() -> None:
    with db.reading() as session:
        assert public_free_times(session, NOW)


def _of_one(client: Viewer) -> float:
    """What reading a therapist's hours, limits, appointments and held times costs, and working out what is
    free."""
    with db.reading() as session:
        choice = choose(session, client.account_id, None)
        assert len(choice.therapists) == 1

        def look() -> None:
            assert read_free_times(session, choice, NOW, client_id=client.account_id)

        return _cost(time.process_time, look, LOOKS * 10)


def _cost(clock: Callable[[], float], act: Callable[[], object], times: int) -> float:
    """Milliseconds of one act, by this clock."""
    act()
    began = clock()
    for _ in range(times):
        act()
    return (clock() - began) / times * 1000


def _use(monkeypatch: pytest.MonkeyPatch, var: Path, url: str | None = None) -> None:
    point_at(monkeypatch, var, url)
    db.start()


def _clinic(monkeypatch: pytest.MonkeyPatch, var: Path, count: int) -> Clinic:
    """Twenty therapists, ten clients each, and `count` appointments spread over their working hours of five
    years and the weeks to come."""
    var.mkdir()
    _use(monkeypatch, var)
    make_clinic()
    set_rules(horizon_days=WEEKS * 7)
    therapists = [make_therapist() for _ in range(THERAPISTS)]
    clients = [[make_client(therapist=one, consented=n == 0) for n in range(10)] for one in therapists]
    hours = list(_working_hours())
    each = count // THERAPISTS
    with db.unit_of_work() as session:
        kind = session.scalars(select(SessionType.id)).one()
        rows = [
            {
                "public_id": f"a{number}-{n}",
                "client_id": clients[number][n % 10].account_id,
                "therapist_id": therapist.account_id,
                "session_type_id": kind,
                "modality": "video",
                "starts_at": at,
                "ends_at": at + _LENGTH,
                "blocks_from": at,
                "blocks_until": at + _LENGTH,
                "status": "booked",
                "submit_key": f"a{number}-{n}",
                "booked_at": NOW,
            }
            for number, therapist in enumerate(therapists)
            for n in range(each)
            for at in (hours[n * len(hours) // each],)
        ]
        session.execute(insert(Appointment), rows)
    return Clinic(var, clients[0][0])


def _working_hours() -> Iterator[datetime]:
    first = NOW.date() - timedelta(days=365 * YEARS)
    day: date
    for day in (first + timedelta(days=n) for n in range(365 * YEARS + WEEKS * 7)):
        if day.weekday() < 5:
            for hour in range(9, 17):
                at = instant(day, hour * 60, ZONE)
                assert at is not None
                yield at


# (b) Forty who want the same


@dataclass(frozen=True)
class Fight:
    """What came of everyone asking for every time at once."""

    seconds: float
    booked: int
    refused: int
    broken: int
    double: int

    @property
    def per_s(self) -> float:
        return self.booked / self.seconds

    @property
    def answers_per_s(self) -> float:
        return (self.booked + self.refused + self.broken) / self.seconds


def _fights(monkeypatch: pytest.MonkeyPatch, folder: Path) -> dict[str, tuple[Fight, Fight]]:
    """Database to (ours, naive)."""
    found = {}
    with running_server() as server:
        for kind in ("sqlite", "postgresql"):
            var = folder / kind
            var.mkdir()
            with _database(kind, server) as url:
                _use(monkeypatch, var, url or f"sqlite:///{var / 'quiet-room.db'}")
                make_clinic()
                set_rules(horizon_days=WEEKS * 7, notice_minutes=0)
                dana = make_therapist()
                clients = [make_client(therapist=dana) for _ in range(PEOPLE)]
                times = [offer.starts_at for offer in free_times(clients[0], NOW)]
                half = TIMES * FIGHTS
                ours = _fight(clients, dana, times[:half], _book)
                _take_the_guard_away()
                naive = _fight(clients, dana, times[half : half * 2], _check_then_insert)
                found[kind] = ours, naive
                db.dispose()
    return found


@contextmanager
def _database(kind: str, server: Server) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    server.do("CREATE DATABASE {}", "bench_booking")
    try:
        yield server.of("bench_booking")
    finally:
        db.dispose()
        server.do("DROP DATABASE {} WITH (FORCE)", "bench_booking")


Booking = Callable[[Viewer, Viewer, datetime], bool]


def _fight(clients: Sequence[Viewer], dana: Viewer, times: Sequence[datetime], act: Booking) -> Fight:
    """Several times: all clients ask for one time at once, then for others until each has one."""
    gate = threading.Barrier(len(clients))
    said: Counter[str] = Counter()
    counting = threading.Lock()

    def answer(client: Viewer, at: datetime) -> str:
        try:
            return "booked" if act(client, dana, at) else "refused"
        except ClinicError:
            return "refused"
        except Exception:
            return "broken"

    def one(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - the same fight every time
        for fight in range(FIGHTS):
            wanted = list(times[fight * TIMES : (fight + 1) * TIMES])
            first = wanted.pop(0)
            chance.shuffle(wanted)
            gate.wait()
            for at in (first, *wanted):
                heard = answer(clients[number], at)
                with counting:
                    said[heard] += 1
                if heard == "booked":
                    break

    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(one, range(len(clients))))
    seconds = time.perf_counter() - began
    with db.reading() as session:
        starts = session.scalars(
            select(Appointment.starts_at).where(
                Appointment.therapist_id == dana.account_id, Appointment.starts_at.in_(times)
            )
        ).all()
    return Fight(seconds, said["booked"], said["refused"], said["broken"], len(starts) - len(set(starts)))


def _book(client: Viewer, dana: Viewer, at: datetime) -> bool:
    return bool(book(client, dana.public_id, at, f"{at}", NOW))


def _check_then_insert(client: Viewer, dana: Viewer, at: datetime) -> bool:
    """As one writes it first: is it free? Then put it in."""
    with db.reading() as session:
        there = session.scalars(
            select(Appointment.id).where(
                Appointment.therapist_id == dana.account_id,
                Appointment.status == "booked",
                Appointment.starts_at < at + _LENGTH,
                Appointment.ends_at > at,
            )
        ).first()
        kind = session.scalars(select(SessionType.id)).one()
    if there is not None:
        return False
    with db.unit_of_work() as session:
        session.add(
            Appointment(
                client_id=client.account_id,
                therapist_id=dana.account_id,
                session_type_id=kind,
                starts_at=at,
                ends_at=at + _LENGTH,
                status="booked",
                submit_key=f"{client.account_id}:{at}",
                booked_at=NOW,
            )
        )
    return True


def _take_the_guard_away() -> None:
    with db.unit_of_work() as session:
        for person in ("therapist", "client", "room"):
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text(f"ALTER TABLE appointment DROP CONSTRAINT ex_appointment_{person}"))
            else:
                for moment in ("insert", "update"):
                    session.execute(text(f"DROP TRIGGER ex_appointment_{person}_{moment}"))


def _report(slots: Slots, fights: dict[str, tuple[Fight, Fight]]) -> None:
    growth, ratio = slots.many / slots.few, slots.one / slots.empty
    print(f"Free times over {WEEKS} weeks, CPU; median of {ROUNDS} rounds\n")
    print(f"{THERAPISTS} therapists, {FEW:>7,} appointments stored  {slots.few:>8.1f} ms")
    print(
        f"{THERAPISTS} therapists, {MANY:>7,} appointments stored  {slots.many:>8.1f} ms   "
        f"x {growth:.2f}; {GROWTH} x: {_reached(growth <= GROWTH)}"
    )
    print(
        f" 1 therapist,  {MANY:>7,} appointments stored  {slots.one:>8.1f} ms   "
        f"({slots.offered} times) x {ratio:.2f} of an empty rerun; 1 x: {_reached(ratio < 1)}"
    )
    print(
        f"   with the client's consent and choice asked {slots.asked:>8.1f} ms   "
        f"x {slots.asked / slots.empty:.2f}"
    )
    print(f"an empty Streamlit rerun                     {slots.empty:>8.1f} ms\n")
    print(f"{PEOPLE} clients, {TIMES} times, {FIGHTS} rounds: all ask for one at once, then for others\n")
    print(f"{'':<32}{'bookings/s':>11}{'answers/s':>11}{'booked':>8}{'refused':>9}{'broken':>8}{'double':>8}")
    for kind, both in fights.items():
        for name, fight in zip(("ours", "check, then insert"), both, strict=True):
            print(
                f"{kind + ', ' + name:<32}{fight.per_s:>11.1f}{fight.answers_per_s:>11.0f}"
                f"{fight.booked:>8}{fight.refused:>9}{fight.broken:>8}{fight.double:>8}"
            )
    print("\nOurs also asks for consent and rules, and writes history, audit event, mails and reminders.")
    doubles = sum(ours.double for ours, _ in fights.values())
    print(f"0 double bookings: {_reached(doubles == 0)}")
    figures: dict[str, object] = {
        "bench": "booking",
        "slots_ms": round(slots.one, 2),
        "growth_1k_to_100k": round(growth, 2),
        "empty_rerun_ms": round(slots.empty, 2),
    }
    for kind, (ours, _) in fights.items():
        figures[kind] = {"per_s": round(ours.per_s, 1), "double": ours.double}
    figures["naive_double"] = sum(naive.double for _, naive in fights.values())
    print(json.dumps(figures))


def _reached(is_so: bool) -> str:
    return "reached" if is_so else "not reached"


if __name__ == "__main__":
    main()
