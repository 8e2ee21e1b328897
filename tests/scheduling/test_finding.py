"""Who fits, why, and in which order: the rules alone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clinic.scheduling.finding import Candidate, Match, Wish, choices, find, first_free

THURSDAY = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
DANA = Candidate("dana", "Dana", ("Worry", "Low mood"), ("English", "Polish"), ("Scotland",), (THURSDAY,))
PER = Candidate("per", "Per", ("Grief",), ("English",), ("Scotland", "England"), (FRIDAY,))
MIA = Candidate("mia", "Mia", ("worry",), ("Spanish",), ("England",), ())
ALL = (PER, MIA, DANA)


def _order(matches: tuple[Match, ...]) -> list[str]:
    return [match.therapist_id for match in matches]


def test_each_who_fits_is_said_with_why() -> None:
    found = find(ALL, Wish("Worry", "Polish", "Scotland"), "UTC")
    dana, per = found.matches
    assert dana.fits == ("Helps with worry", "Speaks Polish", "Licensed in Scotland")
    assert dana.misses == ()
    assert dana.first_free_at == THURSDAY
    assert per.fits == ("Licensed in Scotland",)
    assert per.misses == ("Does not name worry", "Does not speak Polish")


def test_where_they_are_not_licensed_is_a_condition_and_said_apart() -> None:
    found = find(ALL, Wish(need="Worry", place="scotland"), "UTC")
    assert _order(found.matches) == ["dana", "per"]
    assert _order(found.elsewhere) == ["mia"]
    assert "Not licensed in scotland" in found.elsewhere[0].misses


def test_without_wishes_everybody_is_there_by_their_first_free_time() -> None:
    found = find(ALL, Wish(), "UTC")
    assert _order(found.matches) == ["dana", "per", "mia"]
    assert found.elsewhere == ()
    assert all(match.fits == () for match in found.matches)
    assert found.matches[2].first_free_at is None


def test_how_well_they_fit_comes_before_how_soon_they_are_free() -> None:
    assert _order(find(ALL, Wish(need="Grief"), "UTC").matches)[0] == "per"
    assert _order(find(ALL, Wish(language="English"), "UTC").matches) == ["dana", "per", "mia"]


def test_the_wished_weekday_and_time_of_day_are_the_clients_own() -> None:
    # 14:30 UTC on Thursday is Friday morning in Auckland.
    morning = Wish(weekdays=frozenset({4}), parts=frozenset({"morning"}))
    assert first_free((THURSDAY,), morning, "Pacific/Auckland") == THURSDAY
    assert first_free((THURSDAY,), morning, "UTC") is None
    found = find((DANA, PER), Wish(parts=frozenset({"morning"})), "UTC")
    per, dana = found.matches
    assert per.fits == ("Free at the times you chose",)
    assert per.at_wished_time
    assert dana.misses == ("No free time at the times you chose",)
    assert (dana.first_free_at, dana.at_wished_time) == (THURSDAY, False)


def test_a_time_of_day_ends_where_the_next_begins() -> None:
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert first_free((noon,), Wish(parts=frozenset({"morning"})), "UTC") is None
    assert first_free((noon,), Wish(parts=frozenset({"afternoon"})), "UTC") == noon


def test_what_the_therapists_say_is_offered_once_however_it_is_written() -> None:
    assert choices([("Worry", "ADHD"), ("worry", "Grief")]) == ["ADHD", "Grief", "Worry"]


def test_a_need_reads_well_inside_a_sentence() -> None:
    person = Candidate("x", "X", ("ADHD",), (), (), ())
    assert find([person], Wish(need="ADHD"), "UTC").matches[0].fits == ("Helps with ADHD",)
    assert find([person], Wish(need="Low mood"), "UTC").matches[0].misses == ("Does not name low mood",)


words = st.lists(st.sampled_from(["a", "B", "c", "A"]), max_size=3).map(tuple)
free = st.lists(st.integers(0, 500), max_size=4).map(
    lambda hours: tuple(sorted(datetime.fromtimestamp(1_772_000_000 + 3600 * h, UTC) for h in hours))
)
people = st.lists(
    st.builds(Candidate, st.uuids().map(str), st.sampled_from(["X", "Y"]), words, words, words, free),
    max_size=6,
)
wish = st.builds(
    Wish,
    st.none() | st.sampled_from("abc"),
    st.none() | st.sampled_from("abc"),
    st.none() | st.sampled_from("abc"),
    st.frozensets(st.integers(0, 6)),
    st.frozensets(st.sampled_from(["morning", "afternoon", "evening"])),
)


@given(people, wish)
def test_nobody_is_lost_and_the_order_is_by_fit_then_time(everyone: list[Candidate], asked: Wish) -> None:
    found = find(everyone, asked, "Europe/Vienna")
    both = (*found.matches, *found.elsewhere)
    assert sorted(_order(both)) == sorted(one.therapist_id for one in everyone)
    places = {one.therapist_id: {p.casefold() for p in one.licensed_in} for one in everyone}
    if asked.place is not None:
        assert all(asked.place.casefold() in places[match.therapist_id] for match in found.matches)
        assert all(asked.place.casefold() not in places[match.therapist_id] for match in found.elsewhere)
    for group in (found.matches, found.elsewhere):
        for one, following in pairwise(group):
            assert len(one.fits) >= len(following.fits)
            if len(one.fits) == len(following.fits) and following.first_free_at is not None:
                assert one.first_free_at is not None
                assert one.first_free_at <= following.first_free_at
