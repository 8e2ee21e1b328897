"""Work that goes out to the network, with a limit that holds.

A name server that does not answer holds a thread for as long as it likes, whatever timeout the library has.
So the work gets a thread of its own, and whoever asked goes on without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")


def in_time(seconds: float, work: Callable[[], R]) -> R:
    """What `work` returns or raises. What takes longer goes on in the background, and nobody hears of it.

    Raises:
        TimeoutError: it did not end within `seconds`.
    """
    done: list[R] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True, name="in-time")
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError(f"not done within {seconds:.0f} seconds")
    return done[0]
