"""How often one address may ask for something. Kept in this process only: it spares the database, and a
calendar that asks too often, nothing more."""

from __future__ import annotations

import threading
from collections import deque


class Pace:
    """At most `most` times in `seconds`, for each key."""

    def __init__(self, most: int, seconds: float, keys: int = 4096) -> None:
        self._most, self._seconds, self._keys = most, seconds, keys
        self._asked: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def allows(self, key: str, at: float) -> bool:
        """Count one more at `at` (seconds of any clock that only goes forward)."""
        with self._lock:
            times = self._asked.pop(key, deque())
            while times and times[0] <= at - self._seconds:
                times.popleft()
            allowed = len(times) < self._most
            if allowed:
                times.append(at)
            self._asked[key] = times  # last in the order: whoever asked longest ago is forgotten first
            if len(self._asked) > self._keys:
                del self._asked[next(iter(self._asked))]
            return allowed
