"""Days and times of day, as fields; and a day with a time, as the instant it is in a zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from clinic.errors import InvalidInput
from clinic.scheduling.wall_clock import DAY_MINUTES, instant

STEP = timedelta(minutes=5)


def day_field(label: str, key: str, value: date | None = None) -> None:
    """A day, empty unless one is given."""
    st.date_input(label, value, key=key, format="DD/MM/YYYY")


def time_field(
    label: str,
    key: str,
    minute: int | None = None,
    *,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> None:
    """A time of day, empty unless one is given; `minute_typed` reads it."""
    value = None if minute is None else time(minute % DAY_MINUTES // 60, minute % 60)
    st.time_input(label, value, key=key, step=STEP, format="12h", on_change=on_change, args=args)


def day_typed(key: str) -> date | None:
    value = st.session_state.get(key)
    return value if isinstance(value, date) else None


def minute_typed(key: str, *, ends: bool = False) -> int | None:
    """The minute of the day; midnight is the day's beginning, or its end where something `ends`."""
    value = st.session_state.get(key)
    if not isinstance(value, time):
        return None
    minute = value.hour * 60 + value.minute
    return DAY_MINUTES if ends and minute == 0 else minute


def moment_typed(day_key: str, time_key: str, zone: str) -> datetime:
    """The instant of a day and a time on the zone's clock.

    Raises:
        InvalidInput: one is missing, or the clocks skip it; under the two keys.
    """
    day, minute = day_typed(day_key), minute_typed(time_key)
    if day is None:
        raise InvalidInput({day_key: "Enter the day."})
    if minute is None:
        raise InvalidInput({time_key: "Enter the time."})
    at = instant(day, minute, zone)
    if at is None:
        raise InvalidInput({time_key: "The clocks go forward then: there is no such time. Choose another."})
    return at
