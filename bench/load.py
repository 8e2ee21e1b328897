"""A hundred signed-in people at once on the real pages, beside the same pages on an untuned `streamlit run`.

80 clients, 18 therapists and 2 administrators, each with a session, a cookie and rows of their own, over
WebSockets without the drawing. Each does what such a person does (open pages, check in, write a message,
read a record), with some 10 seconds of thought before each step, and their tabs refresh by themselves what
refreshes itself. What a person waits for is wall time from the press to the end of the run it causes, and a
press that has to queue is counted from when it was meant; one that is not answered at the end counts for as
long as it was waited for, but not into the throughput. CPU and memory are the server's process alone.

- `tuned` is this repository as `make run` starts it.
- `untuned` is what `streamlit run` gives a script without any of decision 3: the same Home.py without its
  application (no lifespan, so nothing frozen, nothing imported beforehand, Nagle left on; no middleware) and
  without .streamlit/config.toml (Streamlit's own settings and its file watcher, but for headless and no usage
  statistics). It does less: no rounds, no check of who resumes a session, no compression. Same pages,
  services, database and people.

Both are measured in the same run, one after the other, so that neither has the other beside it.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import sync_playwright

from bench.crowd.habits import live
from bench.crowd.practice import Person, make_crowd
from bench.crowd.tabs import Told, tab
from bench.portal import cpu_of, environment_in
from tests.portal import ROOT, Portal, running_portal
from tests.programs import program
from tests.socket.streamlit_client import visitor

PEOPLE, LOOP = 100, 10
THINK, RAMP, GRACE = 10.0, 10.0, 10.0
LOAD, UNTUNED_LOAD, CLOSED, WARM_UP = 75.0, 45.0, 20.0, 8.0
P95, RATIO, MEGABYTES = 300.0, 6.0, 1.0
_PACKAGES = ("pages", "components", "clinic", "web", "db")
_UNTUNED = {"STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}


@dataclass(frozen=True)
class Measured:
    """One server. Milliseconds, cores, reruns a second, MB, seconds, bytes."""

    p50: float
    p95: float
    refresh_p95: float
    steps: int
    cores: float
    throughput: float
    mb_per_session: float
    cold_start: float
    first_load_bytes: int


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quiet-room-bench-") as folder:
        here = Path(folder)
        environment = environment_in(here)
        people = make_crowd(environment)
        servers: dict[str, Callable[[], Any]] = {
            "tuned": lambda: _tuned(here),
            "untuned": lambda: _untuned(here),
        }
        measured = {
            name: _measure(start, people, LOAD if name == "tuned" else UNTUNED_LOAD)
            for name, start in servers.items()
        }
    _report(measured)


@contextmanager
def _tuned(here: Path) -> Iterator[Portal]:
    with running_portal(here, _own_copy(here, "tuned")) as portal:
        yield portal


@contextmanager
def _untuned(here: Path) -> Iterator[Portal]:
    """The router of Home.py alone, in a folder without settings."""
    bare = here / "bare"
    bare.mkdir()
    for name in _PACKAGES:
        (bare / name).symlink_to(ROOT / name)
    script, application, _ = (ROOT / "Home.py").read_text(encoding="utf-8").partition("\nelse:\n")
    assert application
    (bare / "Home.py").write_text(script + "\n", encoding="utf-8")
    with running_portal(here, _own_copy(here, "untuned") | _UNTUNED, cwd=bare) as portal:
        yield portal


def _own_copy(here: Path, name: str) -> dict[str, str]:
    """Each server has the same clinic, as it was before anybody came."""
    (here / name).mkdir()
    shutil.copytree(here / "var", here / name / "var")
    return environment_in(here / name)


def _measure(start: Callable[[], Any], people: Sequence[Person], seconds: float) -> Measured:
    began = time.monotonic()
    with start() as portal:
        with visitor(portal.host) as stranger:
            assert stranger.open("").title
        cold_start = time.monotonic() - began
        first_load = _first_load(portal)
        # Each page once by somebody, so that a session's memory is not what a page's first import needs.
        asyncio.run(_crowd(portal, people[:LOOP], 0.0, WARM_UP))
        loaded = asyncio.run(_crowd(portal, people, THINK, seconds))
        closed = asyncio.run(_crowd(portal, people[:LOOP], 0.0, CLOSED))
    cuts = statistics.quantiles(loaded.told.acts, n=100)
    return Measured(
        p50=cuts[49],
        p95=cuts[94],
        refresh_p95=statistics.quantiles(loaded.told.refreshes or [0.0] * 2, n=100)[94],
        steps=len(loaded.told.acts),
        cores=loaded.cpu / loaded.seconds,
        throughput=closed.told.finished / closed.seconds,
        mb_per_session=loaded.memory / 2**20,
        cold_start=cold_start,
        first_load_bytes=first_load,
    )


@dataclass(frozen=True)
class _Time:
    """What a stretch of time held: the server's CPU seconds, and the bytes each who came added to it."""

    told: Told
    seconds: float
    cpu: float
    memory: float


async def _crowd(portal: Portal, people: Sequence[Person], think: float, seconds: float) -> _Time:
    """Everybody comes, one after the other, does what they do for so long once all have come, and goes."""
    ramp = RAMP if think else 0.0
    before, begins = _memory(portal), time.monotonic() + ramp
    told, there = Told(begins, begins + seconds), 0

    async def life(number: int, person: Person) -> None:
        nonlocal there
        await asyncio.sleep(ramp * number / len(people))
        async with tab(portal.host, person.cookie, told) as own:
            await own.open("")
            there += 1
            chance = random.Random(number)  # noqa: S311 - the same habits each time
            await live(person, own, chance, think, begins + seconds)

    lives = [asyncio.create_task(life(*each)) for each in enumerate(people)]
    await asyncio.sleep(ramp)
    cpu = cpu_of(portal)
    failed, _ = await asyncio.wait(lives, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    time_spent, cpu_spent, after = time.monotonic() - begins, cpu_of(portal) - cpu, _memory(portal)
    if not failed:
        # Who waits for an answer gets it, unless it takes too long.
        failed, _ = await asyncio.wait(lives, timeout=GRACE, return_when=asyncio.FIRST_EXCEPTION)
    for one in failed:
        one.result()
    for one in lives:
        one.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    return _Time(told, time_spent, cpu_spent, (after - before) / max(there, 1))


def _memory(portal: Portal) -> int:
    """Bytes that would be free if the process ended."""
    return int(psutil.Process(portal.pid).memory_full_info().uss)


def _first_load(portal: Portal) -> int:
    """Bytes over the wire until the first page stands in a browser that was never here: headers and bodies
    as they are sent, and what the WebSocket said."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        page = browser.new_context().new_page()
        network, received = page.context.new_cdp_session(page), 0

        def add(number: float) -> None:
            nonlocal received
            received += int(number)

        network.on("Network.loadingFinished", lambda event: add(event["encodedDataLength"]))
        network.on("Network.webSocketFrameReceived", lambda event: add(_length(event["response"])))
        network.send("Network.enable")
        page.goto(portal.address)
        page.get_by_role("heading", level=1).wait_for(timeout=60_000)
        page.wait_for_load_state("networkidle")
        browser.close()
    return received


def _length(frame: dict[str, Any]) -> float:
    # A binary frame comes as base64.
    return len(frame["payloadData"]) * (0.75 if frame["opcode"] == 2 else 1)


def _report(measured: dict[str, Measured]) -> None:
    tuned, untuned = measured["tuned"], measured["untuned"]
    ratio = tuned.throughput / untuned.throughput
    rows: list[tuple[str, str, Callable[[Measured], float], str]] = [
        (f"p50 at {PEOPLE} people, ms", ".0f", lambda one: one.p50, ""),
        (f"p95 at {PEOPLE} people, ms", ".0f", lambda one: one.p95, _words(tuned.p95 < P95, f"< {P95:.0f}")),
        ("p95 of their tabs' refreshes, ms", ".0f", lambda one: one.refresh_p95, ""),
        ("steps measured", ".0f", lambda one: one.steps, ""),
        (f"CPU at {PEOPLE} people, cores", ".2f", lambda one: one.cores, ""),
        (f"closed loop of {LOOP}, reruns/s", ".1f", lambda one: one.throughput, ""),
        (
            "memory a session that got in, MB",
            ".2f",
            lambda one: one.mb_per_session,
            _words(tuned.mb_per_session < MEGABYTES, f"< {MEGABYTES:.0f}"),
        ),
        ("cold start to first page, s", ".1f", lambda one: one.cold_start, ""),
        ("first load, kB", ".0f", lambda one: one.first_load_bytes / 1000, ""),
    ]
    print(f"{PEOPLE} people, {THINK:.0f} s of thought before each step; then {LOOP} without any\n")
    print(f"{'':<36}{'tuned':>10}{'untuned':>10}   reach")
    for name, how, value, reach in rows:
        said = [format(value(one), how) for one in (tuned, untuned)]
        print(f"{name:<36}{said[0]:>10}{said[1]:>10}   {reach}")
    print(
        f"{'reruns/s, times untuned':<36}{ratio:>10.1f}{'':>10}   {_words(ratio >= RATIO, f'>= {RATIO:.0f}')}"
    )
    print(
        json.dumps(
            {
                "bench": "load",
                "p95_ms_100": round(tuned.p95, 1),
                "cpu_cores_100": round(tuned.cores, 3),
                "throughput_ratio_to_untuned": round(ratio, 2),
                "mb_per_session": round(tuned.mb_per_session, 3),
                "cold_start_s": round(tuned.cold_start, 2),
                "first_load_bytes": tuned.first_load_bytes,
                "throughput": round(tuned.throughput, 1),
                "untuned": {
                    "p95_ms_100": round(untuned.p95, 1),
                    "cpu_cores_100": round(untuned.cores, 3),
                    "mb_per_session": round(untuned.mb_per_session, 3),
                    "cold_start_s": round(untuned.cold_start, 2),
                    "first_load_bytes": untuned.first_load_bytes,
                    "throughput": round(untuned.throughput, 1),
                },
            }
        )
    )


def _words(reached: bool, limit: str) -> str:
    return f"{limit}: {'reached' if reached else 'not reached'}"


if __name__ == "__main__":
    main()
