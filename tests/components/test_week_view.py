"""A week as boxes and as sentences: cut at midnight, right on the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import plotly.graph_objects as go
import pytest

from clinic.scheduling.appointments import AppointmentView
from clinic.scheduling.calendar import TimeOff, Week
from clinic.scheduling.intervals import Span
from components.week_view import Box, boxes, day_lines, picture, session_words

VIENNA = "Europe/Vienna"
MONDAY = date(2026, 3, 23)  # the clocks go forward on this week's Sunday
BACK = date(2026, 10, 19)  # the clocks go back on this week's Sunday


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def _session(starts_at: datetime, minutes: int = 50) -> AppointmentView:
    return AppointmentView(
        public_id="a",
        client_id="c",
        client_name="Sam *Rivera*",
        therapist_id="t",
        therapist_name="Dana",
        therapist_zone=VIENNA,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        cancelled=False,
        late=False,
        session_type_id="k",
        session_type_name="Talk",
        modality="in_person",
        room_name="Green room",
        series=None,
        sequence=0,
        change_until_minutes=60,
        room_opens_minutes=15,
    )


def _week(
    *sessions: AppointmentView,
    free: tuple[Span, ...] = (),
    off: tuple[TimeOff, ...] = (),
    held: tuple[Span, ...] = (),
    monday: date = MONDAY,
) -> Week:
    return Week(monday, VIENNA, sessions, free, held, off)


def test_a_session_over_midnight_is_cut_into_its_two_days() -> None:
    shown = boxes(_week(_session(_utc(2026, 3, 23, 22, 40)))).sessions
    assert shown == [Box(0, 23 * 60 + 40, 24 * 60, "Sam *Rivera*"), Box(1, 0, 30, "Sam *Rivera*")]


def test_the_wall_clock_is_shown_on_the_day_the_clocks_go_forward() -> None:
    # 1:30 am to 3:30 am on the wall is one real hour.
    shown = boxes(_week(free=(Span(_utc(2026, 3, 29, 0, 30), _utc(2026, 3, 29, 1, 30)),))).free
    assert shown == [Box(6, 90, 210, "")]


def test_an_hour_that_the_clocks_repeat_keeps_its_length() -> None:
    # 2:30 am, an hour long, ends at 2:30 am on the wall.
    span = Span(_utc(2026, 10, 25, 0, 30), _utc(2026, 10, 25, 1, 30))
    assert boxes(_week(free=(span,), monday=BACK)).free == [Box(6, 150, 210, "")]


@pytest.mark.parametrize("monday", [MONDAY, BACK])
def test_a_day_that_is_off_from_end_to_end_is_said_so(monday: date) -> None:
    sunday = monday + timedelta(days=6)
    hour = 23 if monday == MONDAY else 22
    begins = datetime.combine(sunday, datetime.min.time(), UTC) - timedelta(hours=24 - hour)
    ends = begins + timedelta(hours=23 if monday == MONDAY else 25)
    week = _week(off=(TimeOff(Span(begins, ends), True, "Holy day"),), monday=monday)
    assert day_lines(week, sunday) == ["The clinic is closed (Holy day): all day"]
    assert boxes(week).off == [Box(6, 0, 24 * 60, "")]


def test_a_day_says_what_is_free_kept_and_off_and_not_the_minutes_between() -> None:
    day = MONDAY
    week = _week(
        free=(
            Span(_utc(2026, 3, 23, 8), _utc(2026, 3, 23, 9)),
            Span(_utc(2026, 3, 23, 9, 50), _utc(2026, 3, 23, 10)),
        ),
        held=(Span(_utc(2026, 3, 23, 12), _utc(2026, 3, 23, 13)),),
        off=(TimeOff(Span(_utc(2026, 3, 23, 14), _utc(2026, 3, 23, 15)), False, "Own [note]"),),
    )
    assert day_lines(week, day) == [
        "Off (Own \\[note\\]): 3:00 pm to 4:00 pm",
        "Free: 9:00 am to 10:00 am",
        "Kept for somebody: 1:00 pm to 2:00 pm",
    ]
    assert day_lines(week, day + timedelta(days=1)) == []


def test_a_session_says_when_who_and_how_and_a_name_is_no_markup() -> None:
    said = session_words(_session(_utc(2026, 3, 23, 8)), VIENNA)
    assert said == "9:00 am to 9:50 am, Sam \\*Rivera\\*, in person, Green room"


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_is_one_that_plotly_accepts(dark: bool) -> None:
    week = _week(
        _session(_utc(2026, 3, 23, 4)),
        free=(Span(_utc(2026, 3, 23, 8), _utc(2026, 3, 23, 16)),),
        off=(TimeOff(Span(_utc(2026, 3, 26, 23), _utc(2026, 3, 27, 23)), False, ""),),
        held=(Span(_utc(2026, 3, 25, 12), _utc(2026, 3, 25, 13)),),
    )
    drawn = picture(week, dark).to_dict()
    figure = go.Figure(drawn)
    # It reaches from the earliest session, and days off do not stretch it to midnight.
    assert tuple(figure.layout.yaxis.range) == (18 * 60, 5 * 60)
    assert [trace.name for trace in figure.data] == ["Free", "Off", "Kept for somebody", "Session"]


def test_an_empty_week_is_still_a_week() -> None:
    figure = go.Figure(picture(_week(), False).to_dict())
    assert tuple(figure.layout.yaxis.range) == (18 * 60, 8 * 60)
