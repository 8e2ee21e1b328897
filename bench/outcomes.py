"""What outcomes cost: a rerun of a client's record after 3 months and after 10 years of daily moods and
weekly measures, of a caseload of 50 and of 1,000 clients, and the clinic's report over 200,000 scores.

Reruns are CPU time of the server's process (user and system), as in `bench/pages.py`, beside an empty page
on the same server in the same run; rounds are interleaved, the median round counts. The report is wall time
of the service, database included, because that is what a person waits for; the median call counts.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import db
from bench.portal import EMPTY, cpu_of, environment_in, opened, running_beside_an_empty_page
from clinic.measures.instrument import instrument
from clinic.oversight.report import report
from clinic.people.viewer import Role, Viewer
from db.keys import seal
from db.tables import (
    Account,
    Appointment,
    CareAssignment,
    MoodEntry,
    QuestionnaireResponse,
    SessionType,
)
from db.types import new_public_id
from tests.databases import forget
from tests.factories import cookie_of, make_administrator, make_clinic, make_policy, make_therapist
from tests.portal import Portal
from tests.socket.streamlit_client import Visitor, visitor

SHORT, LONG = timedelta(days=92), timedelta(days=3650)
FEW, MANY = 50, 1_000
SCORES, SCORES_A_CLIENT = 200_000, 40
CHARTED = ("phq-9", "gad-7", "pcl-5", "phq-8", "pswq")  # of those that ship, the ones that are drawn
ROUNDS, RERUNS, WARM_UP, CALLS = 5, 15, 5, 7
LIMIT_RATIO, LIMIT_RECORD, LIMIT_CASELOAD, LIMIT_REPORT = 8.0, 1.5, 3.0, 1000.0
_SEED = 7


@dataclass(frozen=True)
class Practice:
    environment: dict[str, str]
    short: str  # a client's public id
    long: str
    own_cookie: str  # whose clients these two are
    few_cookie: str
    many_cookie: str


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quiet-room-bench-") as folder:
        here = Path(folder)
        practice = _practice(here / "screens")
        with running_beside_an_empty_page(here, practice.environment) as portal:
            spent, sent = _reruns(portal, practice)
        report_ms = _report(here / "report")
    _print(spent, sent, report_ms)


def _begin(here: Path, now: datetime) -> dict[str, str]:
    here.mkdir()
    environment = environment_in(here)
    os.environ.update(environment)
    forget()
    db.start()
    make_clinic(now=now - LONG)
    make_policy(now=now - LONG)
    return environment


def _practice(here: Path) -> Practice:
    """Two records with six charts each and their therapist, and two therapists with their caseloads."""
    now = datetime.now(UTC)
    environment = _begin(here, now)
    own, few, many = (make_therapist(now=now) for _ in range(3))
    random = Random(_SEED)  # noqa: S311 - the same clinic every time is the point
    with db.unit_of_work() as session:
        short, long = _clients(session, own, 2, now - LONG)
        for client, span in ((short, SHORT), (long, LONG)):
            _record(session, client, own, span, now, random)
        for therapist, number in ((few, FEW), (many, MANY)):
            for client in _clients(session, therapist, number, now - LONG):
                _measured(session, client, ("phq-9", "gad-7"), _weekly(timedelta(days=270), now), random)
                _sessions(session, client, therapist, timedelta(days=270), now)
    return Practice(
        environment, short.public_id, long.public_id, *(cookie_of(one, now) for one in (own, few, many))
    )


def _clients(session: Session, therapist: Viewer, number: int, since: datetime) -> list[Account]:
    made = [
        Account(
            email=f"{new_public_id()}@example.org",
            password_hash="",
            role=Role.CLIENT.value,
            name=f"Client {n:04d}",
            zone="Europe/London",
            created_at=since,
        )
        for n in range(number)
    ]
    session.add_all(made)
    session.flush()
    session.execute(
        insert(CareAssignment),
        [
            {"client_id": client.id, "therapist_id": therapist.account_id, "since_at": since}
            for client in made
        ],
    )
    return made


def _record(
    session: Session, client: Account, therapist: Viewer, span: timedelta, now: datetime, random: Random
) -> None:
    _measured(session, client, CHARTED, _weekly(span, now), random)
    _sessions(session, client, therapist, span, now)
    session.execute(
        insert(MoodEntry),
        [
            {
                "public_id": new_public_id(),
                "client_id": client.id,
                "day_on": (now - timedelta(days=back)).date(),
                "mood": random.randint(1, 5),
                "entered_at": now - timedelta(days=back),
            }
            for back in range(span.days)
        ],
    )


def _weekly(span: timedelta, now: datetime) -> list[datetime]:
    return [now - span + timedelta(weeks=n) for n in range(span.days // 7)]


def _measured(
    session: Session, client: Account, names: Iterable[str], days: Iterable[datetime], random: Random
) -> None:
    rows: list[dict[str, Any]] = []
    for name in names:
        measure = instrument(name)
        for at in days:
            answers = {item.number: random.choice(item.options).value for item in measure.items}
            # Who looked after the clinic's alerts is not what is measured here.
            answers |= {item.number: 0 for item in measure.items if item.risk}
            public_id = new_public_id()
            place = f"questionnaire_response.answers_sealed.{public_id}"
            rows.append(
                {
                    "public_id": public_id,
                    "client_id": client.id,
                    "instrument": name,
                    "instrument_version": measure.version,
                    "started_at": at,
                    "completed_at": at + timedelta(minutes=2),
                    "total": sum(measure.items[number - 1].score(value) for number, value in answers.items()),
                    "answers_sealed": seal(json.dumps(answers), place),
                }
            )
    session.execute(insert(QuestionnaireResponse), rows)


def _sessions(session: Session, client: Account, therapist: Viewer, span: timedelta, now: datetime) -> None:
    kind = session.scalars(select(SessionType.id).order_by(SessionType.id)).first()
    rows = []
    # A second for each client: the database lets no two of a therapist's sessions overlap.
    first = now - span + timedelta(seconds=2 * client.id)
    for n in range(span.days // 14):
        starts_at = first + timedelta(days=14 * n)
        ends_at = starts_at + timedelta(seconds=1)
        rows.append(
            {
                "public_id": new_public_id(),
                "client_id": client.id,
                "therapist_id": therapist.account_id,
                "session_type_id": kind,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "blocks_from": starts_at,
                "blocks_until": ends_at,
                "status": "booked",
                "submit_key": new_public_id(),
                "booked_at": starts_at,
            }
        )
    session.execute(insert(Appointment), rows)


def _reruns(portal: Portal, practice: Practice) -> tuple[dict[str, float], int]:
    """Screen to CPU milliseconds a rerun, and the bytes that the long record sends to its browser."""
    with ExitStack() as stack:
        stranger = stack.enter_context(visitor(portal.host))
        own, few, many = (
            stack.enter_context(visitor(portal.host, cookie=cookie))
            for cookie in (practice.own_cookie, practice.few_cookie, practice.many_cookie)
        )

        def run(who: Visitor, page: str, query: str) -> Callable[[], object]:
            return lambda: opened(who, page, query)

        runs = {
            "empty": run(stranger, "", EMPTY),
            "record_3_months": run(own, "client_record", f"client={practice.short}"),
            "record_10_years": run(own, "client_record", f"client={practice.long}"),
            f"caseload_{FEW}": run(few, "clients", ""),
            f"caseload_{MANY}": run(many, "clients", ""),
        }
        for one in runs.values():
            for _ in range(WARM_UP):
                one()
        rounds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, one in runs.items():
                before = cpu_of(portal)
                for _ in range(RERUNS):
                    one()
                rounds[name].append((cpu_of(portal) - before) / RERUNS * 1000)
        shown = opened(own, "client_record", f"client={practice.long}")
        drawn = sum(
            message.delta.new_element.WhichOneof("type") == "plotly_chart" for message in shown.messages
        )
        assert drawn == len(CHARTED) + 1, f"five measures and the moods are drawn, not {drawn}"
        sent = sum(message.ByteSize() for message in shown.messages)
    return {name: statistics.median(values) for name, values in rounds.items()}, sent


def _report(here: Path) -> float:
    """Median milliseconds of the clinic's report over many scores."""
    now = datetime.now(UTC)
    _begin(here, now)
    ada, therapist = make_administrator(now=now), make_therapist(now=now)
    random = Random(_SEED)  # noqa: S311 - as above
    sealed = b""
    with db.unit_of_work() as session:
        clients = _clients(session, therapist, SCORES // SCORES_A_CLIENT, now - LONG)
        for client in clients:
            began = now - timedelta(days=random.randint(150, 700))
            session.execute(
                insert(QuestionnaireResponse),
                [
                    {
                        "public_id": new_public_id(),
                        "client_id": client.id,
                        "instrument": name,
                        "instrument_version": instrument(name).version,
                        "started_at": began + timedelta(days=7 * n),
                        "completed_at": began + timedelta(days=7 * n),
                        "total": random.randint(0, 21),
                        "answers_sealed": sealed,
                    }
                    for name in ("phq-9", "gad-7")
                    for n in range(SCORES_A_CLIENT // 2)
                ],
            )
    calls = []
    for _ in range(CALLS):
        began_at = time.perf_counter()
        made = report(ada, now)
        calls.append((time.perf_counter() - began_at) * 1000)
    assert made.outcomes, "there is something to report"
    return statistics.median(calls)


def _print(spent: dict[str, float], sent: int, report_ms: float) -> None:
    empty = spent["empty"]
    ratio = spent["record_10_years"] / empty
    record = spent["record_10_years"] / spent["record_3_months"]
    caseload = spent[f"caseload_{MANY}"] / spent[f"caseload_{FEW}"]
    print(f"Server CPU a rerun; median of {ROUNDS} rounds of {RERUNS}\n")
    for name, milliseconds in spent.items():
        print(f"{name:<18}{milliseconds:>8.1f} ms{milliseconds / empty:>8.1f} x")
    print(f"{'report':<18}{report_ms:>8.1f} ms over {SCORES:,} scores\n")
    for name, value, limit in (
        ("record, x empty", ratio, LIMIT_RATIO),
        ("record growth", record, LIMIT_RECORD),
        ("caseload growth", caseload, LIMIT_CASELOAD),
        ("report, ms", report_ms, LIMIT_REPORT),
    ):
        print(f"{name:<18}{value:>8.2f}   {limit:g}: {'reached' if value <= limit else 'not reached'}")
    print(
        json.dumps(
            {
                "bench": "outcomes",
                "record_ratio_to_empty": round(ratio, 2),
                "record_growth": round(record, 2),
                "caseload_growth": round(caseload, 2),
                "report_ms": round(report_ms, 1),
                "bytes_to_browser": sent,
            }
        )
    )


if __name__ == "__main__":
    main()
