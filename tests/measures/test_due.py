"""When a measure is asked: rules on values alone, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clinic.measures.due import (
    BEFORE_SESSION,
    Asked,
    Cadence,
    Circumstances,
    Planned,
    asked_as,
    days_between,
    family,
    is_adult,
    is_due,
    what_is_due,
)
from clinic.measures.instrument import shipped

VIENNA = "Europe/Vienna"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONES = (VIENNA, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland", "UTC")
MOMENTS = some.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CADENCES = some.one_of(
    some.builds(lambda days: ("days", days), some.integers(1, 366)),
    some.sampled_from([("once", None), ("session", None)]),
)


def planned(cadence: str, every_days: int | None = None, since: datetime = LONG_AGO) -> Planned:
    return Planned("gad-7", Cadence(cadence), every_days, since)


def at(*parts: int, zone: str = VIENNA) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc,arg-type]


def every(days: int, last: datetime, now: datetime, zone: str = VIENNA) -> bool:
    return is_due(planned("days", days), last, None, zone, now)


def test_a_measure_never_answered_is_due_at_once() -> None:
    for plan in (planned("days", 7), planned("once")):
        assert is_due(plan, None, None, VIENNA, at(2026, 3, 2, 9))
    assert not is_due(planned("session"), None, None, VIENNA, at(2026, 3, 2, 9)), "no session is booked"


def test_every_seven_days_means_the_same_weekday_from_midnight_on() -> None:
    last = at(2026, 3, 2, 23, 50)
    assert not every(7, last, at(2026, 3, 8, 23, 59))
    assert every(7, last, at(2026, 3, 9, 0, 0))


def test_days_are_the_clients_own() -> None:
    last, later = at(2026, 3, 2, 23, 30), at(2026, 3, 3, 0, 30)
    assert every(1, last, later)
    assert not every(1, last, later, zone="America/New_York")


def test_a_night_of_23_hours_and_one_of_25_are_one_night_each() -> None:
    # Spring: the clocks jump from 2:00 to 3:00 on 29 March; seven days are 167 hours.
    last = at(2026, 3, 26, 0, 10)
    assert at(2026, 4, 2, 0, 0) - last < timedelta(hours=167)
    assert every(7, last, at(2026, 4, 2, 0, 0))
    assert not every(7, last, at(2026, 4, 1, 23, 59))
    # Autumn: 25 October has 25 hours, and twice 24 hours later it is still the day after.
    last = at(2026, 10, 24, 23, 59)
    assert not every(2, last, last + timedelta(hours=24))
    assert not every(2, last, at(2026, 10, 25, 23, 59))
    assert every(2, last, at(2026, 10, 26, 0, 0))


def test_a_form_before_the_session_is_due_three_days_ahead_until_it_is_done() -> None:
    plan, session = planned("session"), at(2026, 3, 12, 14)
    opens = session - BEFORE_SESSION

    def due(last: datetime | None, now: datetime, booked: datetime | None = session) -> bool:
        return is_due(plan, last, booked, VIENNA, now)

    assert not due(None, opens - timedelta(seconds=1))
    assert due(None, opens)
    assert due(opens - timedelta(days=2), opens)
    assert due(None, session + timedelta(minutes=20)), "still, while the session goes on"
    assert not due(opens + timedelta(minutes=1), session), "done since the window opened"
    assert due(opens + timedelta(minutes=1), session + timedelta(days=5), session + timedelta(days=7))


def test_once_is_asked_again_when_somebody_asks_again() -> None:
    first, again = at(2026, 3, 2, 9), at(2026, 3, 20, 9)
    done = first + timedelta(hours=1)
    assert is_due(planned("once", since=first), None, None, VIENNA, first)
    assert not is_due(planned("once", since=first), done, None, VIENNA, again)
    assert is_due(planned("once", since=again), done, None, VIENNA, again)
    assert not is_due(planned("once", since=done + timedelta(hours=1)), done, None, VIENNA, done)


@given(CADENCES, MOMENTS, MOMENTS, some.none() | MOMENTS, some.sampled_from(ZONES))
def test_nothing_is_asked_twice_on_one_of_the_clients_days(
    cadence: tuple[str, int | None], last: datetime, since: datetime, session: datetime | None, zone: str
) -> None:
    plan = planned(*cadence, since=since)
    day = last.astimezone(ZoneInfo(zone)).date()
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    moments = [last + (midnight.astimezone(UTC) - last) * part / 8 for part in range(8)]
    for now in moments:
        if now.astimezone(ZoneInfo(zone)).date() == day:
            assert not is_due(plan, last, session, zone, now)


@given(some.integers(1, 366), MOMENTS, some.sampled_from(ZONES))
def test_every_so_many_days_comes_on_its_day_and_stays_due(days: int, last: datetime, zone: str) -> None:
    day = last.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    noon = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)) + timedelta(hours=12)
    assert days_between(last, noon, zone) == days
    assert every(days, last, noon.astimezone(UTC), zone)
    assert every(days, last, noon.astimezone(UTC) + timedelta(days=400), zone)
    assert not every(days, last, (noon - timedelta(days=1)).astimezone(UTC), zone)


def _due(
    *names: str,
    policy: bool = True,
    adult: bool = True,
    finished: dict[str, datetime] | None = None,
    unfinished: dict[str, bool] | None = None,
) -> list[Asked]:
    plan = [Planned(name, Cadence.DAYS, 7, LONG_AGO) for name in names]
    around = Circumstances(VIENNA, adult, None, policy)
    now = at(2026, 3, 2, 9)
    return what_is_due(plan, finished or {}, unfinished or {}, around, shipped(), now)


def test_a_risk_item_without_anybody_to_answer_it_is_not_asked() -> None:
    assert [one.instrument_id for one in _due("phq-9", "gad-7")] == ["phq-9", "gad-7"]
    assert [one.instrument_id for one in _due("phq-9", "gad-7", policy=False)] == ["phq-8", "gad-7"]
    around = Circumstances(VIENNA, True, None, False)
    alone = {"own-risk": shipped()["phq-9"]}
    assert asked_as("own-risk", around, alone) is None, "no stand-in: it is left out"
    assert asked_as("gone", around, alone) is None


def test_a_phq_9_that_was_begun_is_finished_not_begun_again_as_a_phq_8() -> None:
    [asked] = _due("phq-9", policy=False, unfinished={"phq-9": True})
    assert asked == Asked("phq-9", begun=True, first=True)
    [asked] = _due("phq-9", policy=True, unfinished={"phq-8": False})
    assert (asked.instrument_id, asked.begun) == ("phq-8", False)


def test_having_done_the_stand_in_is_having_done_it() -> None:
    yesterday = at(2026, 3, 1, 9)
    assert _due("phq-9", policy=True, finished={"phq-8": yesterday}) == []
    assert _due("phq-9", policy=False, finished={"phq-9": yesterday}) == []
    week_ago = at(2026, 2, 23, 9)
    assert _due("phq-9", finished={"phq-8": week_ago}) == [Asked("phq-9", begun=False, first=False)]
    assert family("gad-7") == ("gad-7",)


def test_what_is_for_adults_is_not_asked_of_a_child() -> None:
    assert shipped()["gad-7"].adult_only
    assert _due("gad-7", adult=False) == []
    assert _due("gad-7", adult=False, unfinished={"gad-7": True}) == []


def test_an_unfinished_form_is_due_whenever_the_plan_asks_next() -> None:
    today = at(2026, 3, 2, 8)
    assert _due("gad-7", finished={"gad-7": today}, unfinished={"gad-7": False}) == [
        Asked("gad-7", begun=False, first=False)
    ]
    assert _due("phq-9", finished={"phq-9": today}, unfinished={"gad-7": True}) == [], "not planned"
    assert _due("no-such", unfinished={"no-such": True}) == []


@pytest.mark.parametrize(
    ("born", "adult"),
    [
        (None, True),
        (date(2008, 3, 2), True),
        (date(2008, 3, 3), False),
        (date(2008, 2, 29), True),
        (date(2020, 1, 1), False),
    ],
)
def test_an_adult_has_had_the_eighteenth_birthday_or_is_of_unknown_age(
    born: date | None, adult: bool
) -> None:
    assert is_adult(born, date(2026, 3, 2)) is adult
