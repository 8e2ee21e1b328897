"""Outcomes on a client's record: one measure after the other, each with its sentence, chart, table and rule.

Colours are for therapists, and never alone: each stands with its word, its rule is one tap away.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from clinic.measures.definition import Instrument
from clinic.measures.verdict import Colour
from clinic.records.outcomes import MeasureOutcome, Outcomes
from components import chart_words, figure_outcomes, outcome_forms
from components.crisis import plain
from components.disclosure import disclosure
from components.figure_marks import risk_figure
from components.figure_outcomes import Around
from components.record_parts import chart, dark

_BADGES = {Colour.RED: "red", Colour.AMBER: "orange", Colour.GREEN: "green"}


def badge(colour: Colour, label: str) -> str:
    """The colour's word on its colour; a plain word where there is none."""
    return f":{_BADGES[colour]}-background[**{label}**]" if colour in _BADGES else label


def panel(outcomes: Outcomes, client_id: str, zone: str, found: Mapping[str, str]) -> None:
    """Everything about a client's measures."""
    if not outcomes.measures:
        st.header("Measures", anchor=False)
        st.write("No measures answered yet. Clients are asked with their intake, then about once a week.")
        return
    outcome_forms.to_review(outcomes, client_id, zone, found)
    outcome_forms.choices(outcomes, client_id, zone)
    for one in outcomes.measures:
        measure_over_time(one, outcomes, zone)
    st.header("On the charts", anchor=False)
    disclosure(
        f"Medication and life events ({len(outcomes.marks)})",
        lambda: outcome_forms.marks(outcomes, client_id, found),
        key="marks",
    )
    disclosure(
        "Count change from another day on",
        lambda: outcome_forms.episodes(outcomes, client_id, zone, found),
        key="episodes",
    )
    disclosure("What the client sees", lambda: outcome_forms.sharing(outcomes, client_id), key="sharing")
    disclosure(
        "As a file, to print or to hand over", lambda: outcome_forms.files(outcomes, client_id), key="files"
    )


def measure_over_time(one: MeasureOutcome, outcomes: Outcomes, zone: str) -> None:
    """The word, the sentence and the chart on its full range; the rest one tap away.

    A measure without a total shows its latest answers, a screen its cut-offs, in place of a chart.
    """
    measure, said = one.instrument, one.verdict
    st.header(measure.name, anchor=False)
    sentence = chart_words.outcome_sentence_for_staff(measure, said)
    lead = f"{badge(said.colour, said.label)} " if said.colour is not Colour.NONE else ""
    helped = f". The latest was filled in with {plain(by)}" if (by := one.latest.entered_by) else ""
    asks = "".join(f"\n\n{ask}" for ask in chart_words.review_sentences(measure, one.latest.answers))
    around = Around(said.first if said.change else None, outcomes.sessions, outcomes.marks)
    figure = figure_outcomes.outcome_figure(measure, one.points, dark(), zone, staff=True, around=around)
    few = "\n\nA chart needs two scores in the period shown." if measure.charted and figure is None else ""
    st.markdown(f"{lead}{sentence}  \n:small[{measure.full_name}{helped}]{asks}{few}")
    if figure is not None:
        chart(figure, sentence, key=f"chart:{measure.id}")
    risk_strip(one, around, zone)
    if not measure.charted and (measure.cut_offs or measure.subscales or measure.rules):
        limits(measure, one.latest.answers)
    if not measure.has_total:
        answers(measure, one.latest.answers)
    coloured = said.colour is not Colour.NONE
    disclosure(
        f"{'Why this colour, table' if coloured else 'Table'}, answers, sources: {measure.name}",
        lambda: details(one, zone),
        key=f"{measure.id}:details",
    )


def details(one: MeasureOutcome, zone: str) -> None:
    """The rule first, then the chart as a table, the limits, the latest answers and every source."""
    measure, said = one.instrument, one.verdict
    st.markdown("**The rule**")
    st.write(said.words)
    for source in said.sources:
        st.caption(source)
    if one.points and measure.charted:
        st.markdown("**The chart as a table**")
        table(one, zone)
    if measure.charted and (measure.cut_offs or measure.subscales or measure.rules):
        st.markdown("**Limits, and what the latest answers meet**")
        limits(measure, one.latest.answers)
    if measure.has_total:
        st.markdown("**The latest answers**")
        answers(measure, one.latest.answers)
    st.markdown("**Where the numbers come from**")
    _sources(measure)


def risk_strip(one: MeasureOutcome, around: Around, zone: str) -> None:
    """Answers to risk items by themselves: never part of a colour. Drawn once one called for help."""
    if not one.risk:
        return
    sentence = chart_words.risk_sentence(one.risk, zone)
    st.markdown(f"**Risk answers.** {plain(sentence)}")
    if any(answer.calls for answer in one.risk) and one.points:
        axis = figure_outcomes.time_axis(one.points, around, zone)
        chart(risk_figure(one.risk, axis, dark(), zone), sentence, key=f"risk:{one.instrument.id}")


def table(one: MeasureOutcome, zone: str) -> None:
    """The scores, and the risk answers where the measure asks for them."""
    first = one.verdict.first if one.verdict.change else None
    st.table(chart_words.outcome_rows_for_staff(one.instrument, one.points, first, zone))
    if one.risk:
        st.table(chart_words.risk_rows(one.risk, zone))


def limits(measure: Instrument, given: Mapping[int, int]) -> None:
    """The subscales of the latest form, and every cut-off with its source."""
    found = chart_words.score_of(measure, given)
    if found is None or not found.complete:
        st.write("Not all questions were answered, so there is nothing to compare.")
        return
    if found.subscales:
        st.table(
            [
                {"Part": part.name, "Score": str(part.total), "Range": f"{part.lowest} to {part.highest}"}
                for part in found.subscales
            ]
        )
    if found.screens:
        st.table(chart_words.screen_rows(found))
    st.caption("A score is a summary of answers. It is not a diagnosis.")


def _sources(measure: Instrument) -> None:
    """Every source of the measure's numbers, and whose the words are."""
    bands = dict.fromkeys([measure.bands_source, *(item.bands_source for item in measure.items)])
    for source in filter(None, bands):
        st.write(f"Ranges in words: {source}")
    for cut in measure.cut_offs:
        st.write(f"{cut.words}, {cut.meaning}: {cut.source}")
    for change in measure.reliable_changes:
        st.write(f"Reliable change, {change.points} points ({change.name}): {change.source}")
    for notable in measure.important_changes:
        points = (
            f"{notable.lowest} to {notable.highest}" if notable.highest > notable.lowest else notable.lowest
        )
        st.write(f"The smallest change that people notice, {points} points: {notable.source}")
    st.write(f"Questions: {measure.licence.attribution}")


def answers(measure: Instrument, given: Mapping[int, int]) -> None:
    """Each question with the answer's own words."""
    st.table(chart_words.answer_rows(measure, given))
