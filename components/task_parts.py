"""Tasks on the screen: a line in a list, and what one task asks for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.between.task_list import Paper, TaskRow, TaskView
from clinic.between.task_states import Due, Kind, State
from clinic.measures.in_addresses import key_of
from clinic.measures.instrument import load_instruments
from clinic.people.viewer import Role, Viewer
from clinic.records.check_in import ITEM_WORDS
from components.crisis import plain
from components.times import day_of, long_day, moment, short_day
from components.words import measure_title

PAGE = "pages/tasks.py"
KINDS = {
    Kind.TEXT: "Something to do or to write about",
    Kind.FILE: "A worksheet to fill in",
    Kind.MEASURE: "Questions to answer",
    Kind.FOCUS: "A part of the check-in to look at",
}


def rows(found: Sequence[TaskRow], viewer: Viewer, *, named: bool = False) -> None:
    """A list of tasks, each with its link; `named`: of several clients."""
    for one in found:
        with st.container(border=True):
            who = f"{plain(one.client_name)}: " if named else ""
            st.page_link(PAGE, label=f"{who}{plain(one.title)}", query_params={"task": one.public_id})
            st.markdown(standing(one, viewer))


def standing(one: TaskRow, viewer: Viewer) -> str:
    """How a task stands, in words; the colour only underlines them. A client is not blamed for a late one."""
    if one.state is State.WITHDRAWN:
        return "No longer needed"
    if one.state is State.DONE and one.done_at is not None:
        done = f"Done on {short_day(day_of(one.done_at, viewer.zone))}"
        if viewer.role is Role.CLIENT:
            return done
        return done if one.looked_at is not None else f"**{done}, to look at**"
    return by_when(one, viewer)


def by_when(one: TaskRow, viewer: Viewer) -> str:
    """By when an open task is due, on the client's own calendar."""
    if one.due_on is None:
        return "When it suits you" if viewer.role is Role.CLIENT else "No day set"
    if one.due is Due.TODAY:
        return "**By today**"
    if one.due is Due.OVERDUE:
        was = long_day(one.due_on)
        if viewer.role is Role.CLIENT:
            return f"**▲ It was for {was}.** You can still do it."
        return f":orange[**▲ Overdue:**] it was for {was}"
    return f"By {long_day(one.due_on)}"


def asked_for(view: TaskView, viewer: Viewer) -> None:
    """What there is to do: the words, and the worksheet, the questions or the part of the check-in."""
    own, row = viewer.role is Role.CLIENT, view.row
    st.caption(f"From {plain(view.set_by)}, {moment(row.set_at, viewer.zone)}.")
    if row.state is State.OPEN:
        st.markdown(by_when(row, viewer))
    if view.words:
        st.text(view.words)
    if view.worksheet is not None:
        paper(view.worksheet, "Open the worksheet")
    if view.instrument is not None:
        st.markdown(f"The questions: **{_questions(view.instrument, own)}**")
    if view.focus is not None:
        _focus(view, own)


def _questions(instrument_id: str, own: bool) -> str:
    """What a measure is called; a clinic may have taken its file away since."""
    measure = load_instruments().get(instrument_id)
    return measure_title(instrument_id) if own or measure is None else plain(measure.name)


def paper(one: Paper, label: str) -> None:
    """A document to open, or that it is not there any more."""
    if one.withdrawn:
        st.write(f"{plain(one.name)}: withdrawn, so nobody can open it any more.")
        return
    address = f"/download/document?id={one.public_id}"
    st.link_button(f"{label}: {plain(one.name)}", address, width="content")


def answer_button(view: TaskView) -> None:
    """To the questions of a measure's task, while they are on the client's screen."""
    if view.asked is None:
        st.write("These questions are not open now. Your therapist can ask them again.")
    elif st.button("Answer the questions", type="primary"):
        st.switch_page("pages/questionnaire.py", query_params={"measure": key_of(view.asked)})


def _focus(view: TaskView, own: bool) -> None:
    assert view.focus is not None
    st.markdown(f"The part of the check-in to look at: **{ITEM_WORDS[view.focus]}**")
    if own:
        if view.focus_asked:
            st.page_link("pages/check_in.py", label="Check in")
        else:
            st.write("Your check-in does not ask this any more.")
        st.page_link("pages/progress.py", label="See your progress")
    else:
        if not view.focus_asked:
            st.write("This client's check-in does not ask this any more.")
        st.page_link(
            "pages/client_days.py",
            label="Their check-ins, sleep and goals",
            query_params={"client": view.row.client_id},
        )
