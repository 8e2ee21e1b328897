"""How often a fault is tried: a few times in `make test`, as often as is promised in `make test-faults`."""

from __future__ import annotations

import os
import sys

FULL = os.environ.get("QUIET_ROOM_FAULTS") == "full"
# For what the portal does alike on both: the short form asks one of them.
DATABASES = ["sqlite", "postgresql"] if FULL else ["sqlite"]


def times(short: int, full: int) -> int:
    return full if FULL else short


def say(line: str) -> None:
    """What was measured, for `make test-faults` to show."""
    sys.stdout.write(f"{line}\n")
