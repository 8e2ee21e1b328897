"""My goals: up to three, in the client's own words, rated when they like, ended when they are done."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.drafts import Form, keep_draft
from clinic.records.goals import (
    HIGHEST,
    LONGEST,
    LOWEST,
    GoalsPage,
    KeptGoal,
    add_goal,
    end_goal,
    goals_page,
    rate_goal,
)
from components import access, forms, shell
from components.autosave import autosave
from components.crisis import plain
from components.disclosure import disclosure
from components.times import day_of, short_day

viewer = access.require(Permission.MOOD_LOG)
FORM_NAME, SAID, WORDS, ENDING = "goals", "goals:said", "goals:words", "goals:ending"


def key_of(goal: KeptGoal) -> str:
    return f"goal:{goal.public_id}"


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer) -> None:
    keep_draft(asker, Form.GOAL, {"words": st.session_state.get(WORDS) or ""}, datetime.now(UTC))


@forms.callback(FORM_NAME)
def add(asker: Viewer) -> None:
    add_goal(asker, st.session_state.get(WORDS) or "", datetime.now(UTC))
    st.session_state[WORDS] = ""
    st.session_state[SAID] = "Your goal is added."


@forms.callback(FORM_NAME)
def rate(asker: Viewer, goals: tuple[KeptGoal, ...]) -> None:
    """Keep the numbers that were chosen; a goal without one is left as it is."""
    chosen = {goal.public_id: st.session_state.get(key_of(goal)) for goal in goals}
    for goal_id, rating in chosen.items():
        if rating is not None:
            rate_goal(asker, goal_id, rating, datetime.now(UTC))
    st.session_state[SAID] = "Saved for today." if any(n is not None for n in chosen.values()) else ""


@forms.callback(FORM_NAME)
def ask_to_end(_asker: Viewer, goal_id: str | None) -> None:
    st.session_state[ENDING] = goal_id


@forms.callback(FORM_NAME)
def end(asker: Viewer, goal_id: str) -> None:
    end_goal(asker, goal_id, datetime.now(UTC))
    st.session_state[ENDING] = None
    st.session_state[SAID] = "You are done with this goal. What you said of it is kept."


def show(goal: KeptGoal, page: GoalsPage) -> None:
    with st.container(border=True):
        st.text(goal.words)
        st.session_state.setdefault(key_of(goal), goal.on(page.today))
        st.radio(
            f"How close are you today? {LOWEST} is not at all, {HIGHEST} is reached.",
            range(LOWEST, HIGHEST + 1),
            index=None,
            horizontal=True,
            key=key_of(goal),
        )
        earlier = [one for one in goal.ratings if one.day_on < page.today]
        if earlier:
            st.caption(f"You said {earlier[-1].rating} on {short_day(earlier[-1].day_on)}.")
        if st.session_state.get(ENDING) != goal.public_id:
            st.button(
                "I am done with this goal",
                key=f"{key_of(goal)}:end",
                type="tertiary",
                on_click=ask_to_end,
                args=(goal.public_id,),
            )
            return
        st.write("End this goal? What you said of it stays in your progress.")
        with st.container(horizontal=True):
            st.button("End it", key=f"{key_of(goal)}:yes", on_click=end, args=(goal.public_id,))
            st.button("Keep it", key=f"{key_of(goal)}:no", on_click=ask_to_end, args=(None,))


def new_goal(page: GoalsPage, found: dict[str, str]) -> None:
    st.session_state.setdefault(WORDS, page.draft)
    st.text_area(
        "What do you want to get closer to?",
        key=WORDS,
        max_chars=LONGEST,
        placeholder="",
        height=100,
        on_change=keep,
    )
    st.caption("In your own words. Small and near is fine: “Call a friend once a week”.")
    forms.beside(found, "words")
    st.button("Add this goal", type="secondary" if page.open else "primary", on_click=add)


def done(page: GoalsPage) -> None:
    for goal in page.ended:
        ended = short_day(day_of(goal.ended_at, viewer.zone)) if goal.ended_at else ""
        st.markdown(f"{plain(goal.words)} (until {ended})")


page = goals_page(viewer, datetime.now(UTC))
found = forms.problems(FORM_NAME)
said = st.session_state.pop(SAID, "") if not found else ""
shell.page("My goals", viewer, back=("pages/client_home.py", "Home"), error=bool(found), step=said)
forms.show_problems(found)
if said:
    st.success(said)
if page.open:
    st.write("Your therapist can see these. They are not watched around the clock.")
else:
    st.write(
        "Up to three things you want to get closer to. You say now and then how close you are, and see how "
        "it moves. Your therapist can see them."
    )
for one in page.open:
    show(one, page)
if page.open:
    st.button("Save for today", type="primary", on_click=rate, args=(page.open,))
if page.may_add:
    if page.open:
        st.header("Another goal", anchor=False)
    new_goal(page, found)
    autosave()
if page.ended:
    disclosure("Goals you are done with", lambda: done(page), key="goals-ended")
if page.open or page.ended:
    st.page_link("pages/progress.py", label="See your progress")
shell.foot(viewer)
