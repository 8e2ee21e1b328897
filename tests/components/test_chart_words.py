"""What a chart says: a sentence and a table, for those who do not see it and for everybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clinic.measures.instrument import instrument
from components import chart_words
from tests.components.test_series import Filled, _days
from tests.factories import NOW

PHQ = instrument("phq-9")
MONTH = timedelta(days=30)


def _forms(*totals: int | None) -> list[Filled]:
    return [Filled(NOW + n * MONTH, total) for n, total in enumerate(totals)]


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ((), "There is no score yet."),
        ((None,), "There is no score yet."),
        ((8,), "Your score was 8 on 2 March 2026. Lower means fewer problems."),
        ((17, 8), "Your score is 8. It was 17 on 2 March. Lower means fewer problems."),
    ],
)
def test_a_client_reads_where_they_are_and_were(totals: tuple[int | None, ...], sentence: str) -> None:
    assert chart_words.outcome_sentence(PHQ, _forms(*totals), "Europe/London") == sentence


def test_the_year_is_said_when_it_is_another_one() -> None:
    forms = [Filled(NOW - timedelta(days=100), 17), Filled(NOW, 8)]
    assert "on 22 November 2025" in chart_words.outcome_sentence(PHQ, forms, "Europe/London")


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ((12,), "One score so far: 12, moderate."),
        ((12, 12), "No change since the first score (12)."),
        ((9, 16), "Up 7 since the first score (9 to 16): more than measurement error alone (6, "),
        ((16, 10), "Down 6 since the first score (16 to 10): more than measurement error alone (6, "),
        (
            (16, 11),
            "Down 5 since the first score (16 to 11): measurement error alone could explain it (under 6",
        ),
    ],
)
def test_a_therapist_reads_the_change_beside_its_rule(totals: tuple[int, ...], words: str) -> None:
    assert chart_words.outcome_sentence_for_staff(PHQ, _forms(*totals)).startswith(words)


@pytest.mark.parametrize("totals", [(5, 20), (20, 5), (5,), ()])
def test_no_sentence_passes_a_verdict(totals: tuple[int, ...]) -> None:
    said = chart_words.outcome_sentence(PHQ, _forms(*totals), "UTC")
    said += chart_words.outcome_sentence_for_staff(PHQ, _forms(*totals))
    for word in ("fail", "deteriorat", "worse", "depress", "diagnos", "recover"):
        assert word not in said.lower()


def test_the_table_is_newest_first_and_a_form_without_a_score_is_no_number() -> None:
    rows = chart_words.outcome_rows(PHQ, _forms(4, None, 20), "UTC")
    assert [row["Score"] for row in rows] == ["20", "Not all answered", "4"]
    assert [row["Range"] for row in rows] == ["Severe", "", "Minimal"]


def test_a_form_belongs_to_the_readers_own_day() -> None:
    late = [Filled(datetime(2026, 3, 3, 4, 30, tzinfo=UTC), 4)]
    assert chart_words.outcome_rows(PHQ, late, "America/New_York")[0]["Date"] == "2 March 2026"
    assert chart_words.outcome_rows(PHQ, late, "Europe/London")[0]["Date"] == "3 March 2026"


def test_moods_are_said_in_words() -> None:
    assert chart_words.mood_sentence([]) == "There are no check-ins yet."
    assert chart_words.mood_sentence(_days(2)) == "The latest check-in, on 1 March 2026, was Low."
    said = chart_words.mood_sentence(_days(1, 2, 3, 4, 5))
    assert "5 days logged since 1 March." in said
    assert "went from 2.5 to 3.0" in said
    assert [row["Mood"] for row in chart_words.mood_rows(_days(1, 5))] == ["Very good", "Very low"]
