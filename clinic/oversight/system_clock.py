"""Whether something keeps this machine's clock right, as its kernel says (adjtimex(2) on Linux)."""

from __future__ import annotations

import ctypes

_TIME_ERROR = 5
_STRUCT_BYTES = 512  # more than struct timex has on any machine; all zeros asks and sets nothing


def is_synchronised() -> bool | None:
    """None where the system does not say."""
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError):
        return None
    said = ask(ctypes.create_string_buffer(_STRUCT_BYTES))
    return None if said < 0 else said != _TIME_ERROR
