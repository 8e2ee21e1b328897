"""What a chart says: a sentence and a table, for those who do not see it and for everybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clinic.measures.change import change
from clinic.measures.definition import GATE, Instrument
from clinic.measures.instrument import instrument, shipped
from clinic.measures.verdict import verdict
from components import chart_words
from tests.components.test_series import Filled, _days
from tests.factories import NOW

PHQ = instrument("phq-9")
MONTH = timedelta(days=30)


def _forms(*totals: int | None) -> list[Filled]:
    return [Filled(NOW + n * MONTH, total) for n, total in enumerate(totals)]


def _for_staff(measure: Instrument, forms: list[Filled]) -> str:
    return chart_words.outcome_sentence_for_staff(measure, verdict(measure, forms, []))


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


def test_scores_of_other_questions_are_not_compared_for_a_client_either() -> None:
    note = " The questions changed on 1 April, so earlier scores are not compared."
    before, first, last = Filled(NOW, 20), Filled(NOW + MONTH, 17, "2"), Filled(NOW + 2 * MONTH, 8, "2")
    said = chart_words.outcome_sentence(PHQ, [before, first, last], "UTC")
    assert said == "Your score is 8. It was 17 on 1 April. Lower means fewer problems." + note
    alone = chart_words.outcome_sentence(PHQ, [before, first], "UTC")
    assert alone.startswith("Your score was 17 on 1 April")
    assert "20" not in alone.replace("2026", "")
    assert "not compared" in alone


def test_the_year_is_said_when_it_is_another_one() -> None:
    forms = [Filled(NOW - timedelta(days=100), 17), Filled(NOW, 8)]
    assert "on 22 November 2025" in chart_words.outcome_sentence(PHQ, forms, "Europe/London")


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ((12,), "One score so far: 12, moderate."),
        ((12, 12), "No change since the first score (12)."),
        ((9, 16), "Up 7 since the first score (9 to 16): more than measurement error alone (6)."),
        ((16, 10), "Down 6 since the first score (16 to 10): more than measurement error alone (6)."),
        (
            (16, 11),
            "Down 5 since the first score (16 to 11): measurement error alone could explain it (under 6).",
        ),
    ],
)
def test_a_therapist_reads_the_change_beside_its_rule(totals: tuple[int, ...], words: str) -> None:
    assert _for_staff(PHQ, _forms(*totals)).startswith(words)


@pytest.mark.parametrize("totals", [(5, 20), (20, 5), (5,), ()])
def test_no_sentence_passes_a_verdict(totals: tuple[int, ...]) -> None:
    said = chart_words.outcome_sentence(PHQ, _forms(*totals), "UTC")
    said += _for_staff(PHQ, _forms(*totals))
    for word in ("fail", "deteriorat", "worse", "depress", "diagnos", "recover"):
        assert word not in said.lower()


def test_the_therapists_sentence_is_the_commands_sentence() -> None:
    said = _for_staff(PHQ, _forms(16, None, 9))
    assert said == change(PHQ, 16, 9).sentence
    assert said.endswith("Now below the case cut-off (10).")


def test_a_measure_without_bands_is_said_without_one() -> None:
    worry = instrument("pswq")
    assert _for_staff(worry, _forms(40)) == "One score so far: 40."
    down = _for_staff(worry, _forms(60, 40))
    assert down == "Down 20 since the first score (60 to 40)."
    assert chart_words.outcome_rows(worry, _forms(40), "UTC") == [{"Date": "2 March 2026", "Score": "40"}]


def test_a_screen_and_a_measure_without_a_total_are_no_course() -> None:
    screen, wellbeing = instrument("pc-ptsd-5"), instrument("ons4")
    told = "You answered these on 1 April 2026. Your therapist has your answers."
    assert chart_words.outcome_sentence(screen, _forms(4, 2), "UTC") == told
    assert chart_words.outcome_sentence(wellbeing, _forms(None, None), "UTC") == told
    said = _for_staff(screen, _forms(4, 2))
    assert said == "Latest score: 2, on a scale of 0 to 5."
    assert "no total" in _for_staff(wellbeing, _forms(None))


def test_answers_are_read_in_their_own_words() -> None:
    rows = chart_words.answer_rows(instrument("audit-c"), {1: 1, 2: 0})
    assert [row["Answer"] for row in rows] == ["Monthly or less", "1 or 2", "Not answered"]
    assert len(chart_words.answer_rows(instrument("audit-c"), {1: 0})) == 1
    gated = chart_words.answer_rows(instrument("pc-ptsd-5"), {GATE: 1, 1: 1})
    assert gated[0]["Question"].startswith("Sometimes things happen")
    assert gated[1]["Question"].startswith("1. Had nightmares")
    wellbeing = chart_words.answer_rows(instrument("ons4"), {1: 4, 4: 4})
    assert [(row["Answer"], row["Range"]) for row in wellbeing] == [
        ("4", "Low"),
        ("Not answered", ""),
        ("Not answered", ""),
        ("4", "Medium"),
    ]


def test_cut_offs_are_told_with_whom_they_are_for_and_their_source() -> None:
    found = chart_words.score_of(instrument("audit-c"), {1: 1, 2: 1, 3: 1})
    assert found is not None
    rows = chart_words.screen_rows(found)
    assert [(row["Cut-off"], row["Met"]) for row in rows] == [
        ("AUDIT-C: 4 or more for men", "No"),
        ("AUDIT-C: 3 or more for women", "Yes"),
    ]
    assert rows[0]["Meaning and source"] == (
        "Positive screen for unhealthy drinking. LOINC 75626-2; PubMed 12695273"
    )


def test_answers_of_an_older_version_have_no_score_here_and_are_still_read() -> None:
    assert chart_words.score_of(PHQ, {1: 1}) is not None
    assert chart_words.score_of(PHQ, {1: 7}) is None
    assert chart_words.answer_rows(PHQ, {1: 7})[0]["Answer"] == "7"


def test_the_question_about_risk_taking_asks_the_therapist_to_look() -> None:
    pcl = instrument("pcl-5")
    assert chart_words.review_sentences(pcl, {16: 0}) == []
    (said,) = chart_words.review_sentences(pcl, {16: 3, 1: 4})
    assert said.startswith("Question 16, “Quite a bit”. Ask about this answer")


@pytest.mark.parametrize("measure", shipped().values(), ids=lambda measure: measure.id)
def test_no_client_reads_a_band_or_a_limit(measure: Instrument) -> None:
    forms = _forms(measure.highest, measure.lowest)
    said = chart_words.outcome_sentence(measure, forms, "UTC").lower()
    labels = {band.label for band in measure.bands}
    labels |= {band.label for item in measure.items for band in item.bands}
    assert not any(f" {label}" in said for label in labels)
    assert "cut-off" not in said


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
