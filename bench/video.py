"""What a call costs the server: decoded and encoded again, and forwarded as it arrives, in the same run.

The people are aiortc in processes of their own, with pictures that were encoded beforehand; they talk to the
relay in a process without Streamlit, by a signalling of one line (`bench/call/`). So what is counted, the CPU
time of that process alone (user and system), is the media path and nothing else. Latency is from a picture's
last packet leaving its sender to its last packet at the receiver, both in one process: the people's own
share is in it. Where Janus is installed, the same people call through it, in turn.

Everything here runs beside whatever else the machine does. How busy that kept it is printed beside each
figure: CPU that neither the server nor the people took, and CPU that the machine did not get (steal).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from bench.call.janus import janus
from bench.call.pictures import encoded

SMALL, LARGE = (640, 480), (1280, 720)
# Pictures a second at which a call counts as held, and how late they may be.
HELD_RATE, HELD_LATENCY_MS = 28.5, 500.0
WARM_UP_SECONDS, WINDOW_SECONDS = 4.0, 10.0


@dataclass(frozen=True)
class Window:
    """What was seen in one stretch of time."""

    calls: int
    cpu: float  # seconds of the server's process for each second of each call
    rss_mb: float
    rates: list[float]
    latencies: list[float]
    others: float  # cores that others took
    steal: float  # cores that the machine did not get

    @property
    def held(self) -> bool:
        return min(self.rates) >= HELD_RATE and self.late(95) < HELD_LATENCY_MS

    def late(self, percent: int) -> float:
        if len(self.latencies) < 2:
            return float("inf")
        return statistics.quantiles(self.latencies, n=100)[percent - 1]

    def told(self, name: str) -> str:
        return (
            f"{name:<28} {self.calls:>2} calls  {self.cpu:.4f} CPU-s per call-second  "
            f"p50 {self.late(50):6.1f}  p95 {self.late(95):7.1f} ms  "
            f"{min(self.rates):4.1f} fps at least  RSS {self.rss_mb:5.0f} MB  "
            f"(others {self.others:.2f}, steal {self.steal:.2f} of {psutil.cpu_count()} cores)"
        )


@dataclass
class Street:
    """A server, and the people who call through it; more can come."""

    how: str
    size: tuple[int, int]
    server: psutil.Process
    port: int
    people: list[subprocess.Popen[str]] = field(default_factory=list)
    calls: int = 0

    def come(self, calls: int) -> None:
        """So many calls more, in a process of their own."""
        arguments = [self.how, self.port, self.calls, calls, *self.size]
        more = subprocess.Popen(
            [sys.executable, "-m", "bench.call.people", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.people.append(more)
        assert _line(more) == "joined"
        self.calls += calls

    def look(self, seconds: float) -> Window:
        time.sleep(WARM_UP_SECONDS)
        before, machine, own, began = _cpu(self.server), psutil.cpu_times(), self._cpu(), time.monotonic()
        for each in self.people:
            assert each.stdin is not None
            each.stdin.write(f"{seconds}\n")
            each.stdin.flush()
        seen = [_line(each) for each in self.people]
        passed = time.monotonic() - began
        spent = _cpu(self.server) - before
        idle = psutil.cpu_times().idle - machine.idle
        steal = (psutil.cpu_times().steal - machine.steal) / passed
        cores = psutil.cpu_count() or 1
        others = cores - (idle + spent + self._cpu() - own) / passed - steal
        return Window(
            calls=self.calls,
            cpu=spent / passed / self.calls,
            rss_mb=self.server.memory_info().rss / 1e6,
            rates=[rate for each in seen for rate in each["rates"]],
            latencies=[latency for each in seen for latency in each["latencies"]],
            others=max(0.0, others),
            steal=steal,
        )

    def _cpu(self) -> float:
        return sum(_cpu(psutil.Process(each.pid)) for each in self.people)

    def leave(self) -> None:
        for each in self.people:
            each.kill()
            each.wait()


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    for size in (SMALL,) if quick else (SMALL, LARGE):
        encoded(*size)  # outside of what is timed
    report = _quick() if quick else _whole()
    print(json.dumps({"bench": "video", **report}))


def _quick() -> dict[str, object]:
    """One call each way at 480p."""
    with _street("transcoding", SMALL) as street:
        transcoded = _look(street, 1, 5.0)
        _told_if_starved(transcoded)
    with _street("forwarding", SMALL) as street:
        forwarded = _look(street, 1, 5.0)
    return _figures(transcoded, forwarded)


def _whole() -> dict[str, object]:
    with _street("transcoding", SMALL) as street:
        transcoded = _look(street, 1)
        _told_if_starved(transcoded)
        holds = _hold(street, transcoded, (2, 3))
    with _street("transcoding", LARGE) as street:
        transcoded_large = _look(street, 1)
        _told_if_starved(transcoded_large)
    with _street("forwarding", LARGE) as street:
        forwarded_large = _look(street, 1)
    with _street("forwarding", SMALL) as street:
        forwarded = _look(street, 1)
        eight = _look(street, 8)
        carries = _hold(street, eight, (12, 16, 20))
    by_janus = None
    with janus() as server:
        if server is None:
            print("Janus is not installed here (Debian: janus), so it is not compared with.")
        else:
            street = Street("janus", SMALL, *server)
            try:
                by_janus = _look(street, 8)
            finally:
                street.leave()
    return {
        **_figures(transcoded, forwarded),
        "cpu_ratio_720p": round(transcoded_large.cpu / forwarded_large.cpu, 1),
        "latency_8_calls_ms": _latency(eight),
        "calls_forwarding": carries,
        "calls_transcoding": holds,
        "rss_mb_per_call": round((eight.rss_mb - forwarded.rss_mb) / (eight.calls - forwarded.calls), 2),
        "janus_ratio": None if by_janus is None else round(eight.cpu / by_janus.cpu, 2),
    }


def _figures(transcoded: Window, forwarded: Window) -> dict[str, object]:
    """What both forms of the bench say; what only the long one finds out is null."""
    return {
        "cpu_ratio_480p": round(transcoded.cpu / forwarded.cpu, 1),
        "cpu_ratio_720p": None,
        "latency_ms": _latency(forwarded),
        "transcoding_latency_ms": _latency(transcoded),
        "calls_forwarding": int(forwarded.held),
        "calls_transcoding": int(transcoded.held),
        "rss_mb_per_call": None,
        "janus_ratio": None,
    }


def _told_if_starved(window: Window) -> None:
    """Pictures that the machine had no time for cost nothing: say so beside a ratio that they are in."""
    if not window.held:
        rate = statistics.mean(window.rates)
        print(
            f"  Not held ({rate:.0f} pictures a second): a call that is takes more, and the ratio is higher."
        )


def _latency(window: Window) -> dict[str, float]:
    return {"p50": round(window.late(50), 1), "p95": round(window.late(95), 1)}


def _hold(street: Street, known: Window, steps: tuple[int, ...]) -> int:
    """The most calls, of these numbers, in which everybody gets 30 pictures a second in time."""
    most = known.calls if known.held else 0
    for calls in steps:
        window = _look(street, calls)
        if not window.held:
            break
        most = calls
    return most


def _look(street: Street, calls: int, seconds: float = WINDOW_SECONDS) -> Window:
    while street.calls < calls:
        street.come(min(8, calls - street.calls))
    window = street.look(seconds)
    print(window.told(f"{street.how} {street.size[0]}x{street.size[1]}"), flush=True)
    return window


@contextmanager
def _street(how: str, size: tuple[int, int]) -> Iterator[Street]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.call.server", how], stdout=subprocess.PIPE, text=True
    )
    street = Street(how, size, psutil.Process(server.pid), int(_line(server)))
    try:
        yield street
    finally:
        street.leave()
        server.kill()
        server.wait()


def _line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{process.args!r} stopped without a word")
    return json.loads(line)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
