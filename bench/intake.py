"""What keeping one answer costs: the service alone, at 10 and at 10,000 stored forms, and a whole rerun
that keeps one, beside an empty page's rerun on the same server in the same run.

The service's figures are wall time, disk included, because that is what a person waits for; the median of
all calls counts, and the two clinics take turns, so that a slow minute meets both. The rerun's are CPU time
of the server's process (user and system), as in `bench/pages.py`.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from bench.portal import EMPTY, cpu_of, environment_in, opened, running_beside_an_empty_page
from clinic.intake import intake
from clinic.measures import questionnaires
from clinic.measures.instrument import instrument
from clinic.oversight.audit import record
from clinic.people.viewer import Viewer
from db.tables import QuestionnaireResponse
from tests.databases import forget
from tests.factories import cookie_of, make_client, make_clinic, make_policy, make_therapist
from tests.portal import Portal
from tests.socket.streamlit_client import Visitor, visitor

FEW, MANY = 10, 10_000
FORMS_A_CLIENT = 50
ROUNDS, CALLS = 6, 60
RERUN_ROUNDS, RERUNS, WARM_UP = 5, 40, 10
LIMIT_GROWTH, LIMIT_RATIO = 1.3, 4.0
MEASURE, ITEM = "gad-7", 3


@dataclass(frozen=True)
class Practice:
    """A clinic with so many finished forms, and the client whose answers are timed."""

    environment: dict[str, str]
    client: Viewer
    response: str  # their unfinished form
    cookie: str


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quiet-room-bench-") as folder:
        few, many = (_practice(Path(folder) / str(forms), forms) for forms in (FEW, MANY))
        saves = _saves({FEW: few, MANY: many})
        _enter(many)
        with running_beside_an_empty_page(Path(folder), many.environment) as portal:
            reruns = _reruns(portal, many)
    _report(saves, reruns)


def _practice(here: Path, forms: int) -> Practice:
    """Rows as they would be after so many forms: each client's own, and an audit event for each."""
    here.mkdir()
    environment = environment_in(here)
    now = datetime.now(UTC)
    _point_at(environment)
    db.start()
    make_clinic(now=now)
    make_policy(now=now)
    dana = make_therapist(now=now)
    sam = make_client("Sam", therapist=dana, now=now)
    others = [make_client(now=now) for _ in range(forms // FORMS_A_CLIENT)] or [sam]
    asked = instrument(MEASURE)
    with db.unit_of_work() as session:
        for n in range(forms):
            client = others[n % len(others)]
            at = now - timedelta(days=7 + n // len(others), minutes=n % 60)
            row = QuestionnaireResponse(
                client_id=client.account_id,
                instrument=asked.id,
                instrument_version=asked.version,
                started_at=at,
                completed_at=at,
                total=len(asked.items),
            )
            row.answers_json = json.dumps({item.number: 1 for item in asked.items})
            session.add(row)
            record(session, at, client.account_id, "questionnaire.finish", client_id=client.account_id)
    response = questionnaires.open_response(sam, MEASURE, now).public_id
    return Practice(environment, sam, response, cookie_of(sam, now))


def _point_at(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    forget()


def _enter(practice: Practice) -> None:
    """From here on this process is that clinic's."""
    _point_at(practice.environment)
    db.start()


def _saves(practices: dict[int, Practice]) -> dict[str, dict[int, float]]:
    """Service to number of stored forms to median milliseconds a call."""
    spent: dict[str, dict[int, list[float]]] = {"measure": {}, "intake": {}}
    for _ in range(ROUNDS):
        for forms, practice in practices.items():
            _enter(practice)
            for name, keep in _services(practice).items():
                spent[name].setdefault(forms, []).extend(_timed(keep))
    return {
        name: {forms: statistics.median(calls) for forms, calls in by_forms.items()}
        for name, by_forms in spent.items()
    }


def _services(practice: Practice) -> dict[str, Callable[[int], None]]:
    """What keeps one answer, another one at each call."""
    client = practice.client

    def measure(n: int) -> None:
        questionnaires.keep_answer(client, practice.response, ITEM, n % 4, datetime.now(UTC))

    revision = 0

    def form(n: int) -> None:
        nonlocal revision
        revision = intake.keep_answers(
            client, {"brings": (f"I sleep badly, night {n}.", revision)}, datetime.now(UTC)
        ).revisions["brings"]

    return {"measure": measure, "intake": form}


def _timed(keep: Callable[[int], None]) -> list[float]:
    """Milliseconds of each call, after one that opens what is opened once."""
    keep(0)
    spent = []
    for n in range(1, CALLS + 1):
        began = time.perf_counter()
        keep(n)
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def _reruns(portal: Portal, practice: Practice) -> dict[str, float]:
    """Screen to CPU milliseconds a rerun: empty, one that shows a question, one that keeps an answer."""
    with ExitStack() as stack:
        stranger = stack.enter_context(visitor(portal.host))
        sam = stack.enter_context(visitor(portal.host, cookie=practice.cookie))
        query = f"measure={MEASURE}&step={ITEM}"
        runs = {
            "empty": lambda: opened(stranger, "", EMPTY),
            "question": lambda: opened(sam, "questionnaire", query),
            "kept": _answering(stack.enter_context(visitor(portal.host, cookie=practice.cookie)), query),
        }
        for run in runs.values():
            for _ in range(WARM_UP):
                run()
        rounds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(RERUN_ROUNDS):
            for name, run in runs.items():
                before = cpu_of(portal)
                for _ in range(RERUNS):
                    run()
                rounds[name].append((cpu_of(portal) - before) / RERUNS * 1000)
    kept = questionnaires.open_response(practice.client, MEASURE, datetime.now(UTC)).answers
    assert kept[ITEM] == (WARM_UP + RERUN_ROUNDS * RERUNS) % 4, "every rerun kept its answer"
    return {name: statistics.median(values) for name, values in rounds.items()}


def _answering(who: Visitor, query: str) -> Callable[[], object]:
    """Choose another answer at each call, as a browser says it."""
    shown = opened(who, "questionnaire", query)
    drawn = next(
        message.delta for message in shown.messages if message.delta.new_element.WhichOneof("type") == "radio"
    )
    radio = drawn.new_element.radio
    page = next(m.navigation.page_script_hash for m in shown.messages if m.HasField("navigation"))
    turn = 0

    def answer() -> None:
        nonlocal turn
        turn += 1
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = page
        # As a browser does: what stands in a fragment runs that fragment.
        message.rerun_script.fragment_id = drawn.fragment_id
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = radio.id, radio.options[turn % len(radio.options)]
        run = who.send(message)
        if not run.says(radio.label) or run.says("There is a problem"):
            raise RuntimeError("the answer was not kept")

    return answer


def _report(saves: dict[str, dict[int, float]], reruns: dict[str, float]) -> None:
    growth = {name: by_forms[MANY] / by_forms[FEW] for name, by_forms in saves.items()}
    ratio = reruns["kept"] / reruns["empty"]
    print(f"Keeping one answer, the service alone; median of {ROUNDS * CALLS} calls, disk included\n")
    print(f"{'':<10}{f'{FEW:,} forms':>14}{f'{MANY:,} forms':>14}{'growth':>10}   reach")
    for name, by_forms in saves.items():
        few, many = by_forms[FEW], by_forms[MANY]
        reached = _words(growth[name] <= LIMIT_GROWTH)
        print(f"{name:<10}{few:>11.2f} ms{many:>11.2f} ms{growth[name]:>10.2f}   {LIMIT_GROWTH}: {reached}")
    print(f"\nServer CPU a rerun; median of {RERUN_ROUNDS} rounds of {RERUNS}, at {MANY:,} forms\n")
    for name, spent in reruns.items():
        reach = f"   {LIMIT_RATIO:.0f} x: {_words(ratio <= LIMIT_RATIO)}" if name == "kept" else ""
        print(f"{name:<10}{spent:>8.1f} ms{spent / reruns['empty']:>8.1f} x{reach}")
    print(
        json.dumps(
            {
                "bench": "intake",
                "save_ms": round(saves["measure"][MANY], 2),
                "rerun_ratio_to_empty": round(ratio, 2),
                "growth_10_to_10000": round(max(growth.values()), 2),
                "intake_save_ms": round(saves["intake"][MANY], 2),
                "rerun_ms": round(reruns["kept"], 2),
                "empty_ms": round(reruns["empty"], 2),
            }
        )
    )


def _words(reached: bool) -> str:
    return "reached" if reached else "not reached"


if __name__ == "__main__":
    main()
