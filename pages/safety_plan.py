"""A client's safety plan: theirs to write, with their therapist or alone; each step kept as it is typed."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound, PlanEditedElsewhere
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from clinic.safety.safety_plan import (
    LONGEST_STEP,
    STEPS,
    Plan,
    PlanStep,
    keep_step,
    plan_history,
    safety_plan,
)
from components import access, forms, shell
from components.autosave import autosave
from components.crisis import plain, with_numbers
from components.disclosure import disclosure
from components.errors import friendly_errors
from components.times import moment

viewer = access.require(Permission.SAFETY_PLAN_EDIT)
own = viewer.role is Role.CLIENT
FORM_NAME = "safety-plan"
HEADINGS = {step.name: step.heading for step in STEPS}
client_id = viewer.public_id if own else st.query_params.get("client", "")
# Session keys: of each step the version and text that this screen has, and the steps changed elsewhere.
BASE, CLASHES = f"plan:{client_id}:base", f"plan:{client_id}:clashes"


def field(step: PlanStep | str) -> str:
    return f"plan:{client_id}:{step if isinstance(step, str) else step.name}"


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer, client: str, name: str) -> None:
    text = str(st.session_state.get(field(name)) or "")
    base, clashes = st.session_state[BASE], st.session_state[CLASHES]
    try:
        version = keep_step(asker, client, name, text, base[name][0], datetime.now(UTC))
    except PlanEditedElsewhere:
        clashes.add(name)
        raise
    base[name] = (version, text)
    clashes.discard(name)


@forms.callback(FORM_NAME)
def take(asker: Viewer, client: str, name: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    _, newest = safety_plan(asker, client, datetime.now(UTC))
    if not mine:
        st.session_state[field(name)] = newest.steps[name]
    text = str(st.session_state.get(field(name)) or "")
    version = keep_step(asker, client, name, text, newest.version, datetime.now(UTC))
    st.session_state[BASE][name] = (version, text)
    st.session_state[CLASHES].discard(name)


def fresh(name: str, plan: Plan) -> None:
    """The field shows the plan as it is now, unless something was typed into it that is not kept."""
    key, base = field(name), st.session_state.setdefault(BASE, {})
    st.session_state.setdefault(CLASHES, set())
    untouched = name in base and st.session_state.get(key) == base[name][1]
    if key not in st.session_state or untouched:
        st.session_state[key] = plan.steps[name]
        base[name] = (plan.version, plan.steps[name])
        st.session_state[CLASHES].discard(name)


def show_step(step: PlanStep, plan: Plan, found: dict[str, str]) -> None:
    fresh(step.name, plan)
    st.text_area(
        step.heading,
        key=field(step),
        max_chars=LONGEST_STEP,
        placeholder="",
        on_change=keep,
        args=(client_id, step.name),
    )
    st.caption(step.hint)
    forms.beside(found, step.name)
    if step.name in st.session_state[CLASHES]:
        with st.container(border=True):
            st.markdown("**Changed somewhere else. There it says now:**")
            st.text(plan.steps[step.name] or "(nothing)")
            with st.container(horizontal=True):
                for label, mine in (("Keep what I typed here", True), ("Take the other text", False)):
                    st.button(
                        label,
                        key=f"{field(step)}:{mine}",
                        on_click=take,
                        args=(client_id, step.name, mine),
                    )
    elif step.numbers and plan.steps[step.name].strip():
        st.markdown(with_numbers(plan.steps[step.name]))


def show_history() -> None:
    """Read once somebody opens it. Text from people as they wrote it: nothing in it acts."""
    with friendly_errors():
        for one in plan_history(viewer, client_id, datetime.now(UTC)):
            st.markdown(f"**{moment(one.ended_at, viewer.zone)}, {plain(one.edited_by)}**")
            for change in one.changed:
                st.markdown(HEADINGS[change.step])
                for label, text in (("Before", change.before), ("After", change.after)):
                    st.caption(label)
                    st.text(text.strip() or "(nothing)")


try:
    name, plan = safety_plan(viewer, client_id, datetime.now(UTC))
except NotFound as error:
    shell.page("Safety plan", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
found = forms.problems(FORM_NAME)
back = ("pages/client_home.py", "Home") if own else ("pages/clients.py", "clients")
shell.page("My safety plan" if own else f"Safety plan: {name}", viewer, back=back, error=bool(found))
forms.show_problems(found)
if own:
    st.write(
        "For a bad moment, written in a better one. Write what you like, in your own words, alone or with "
        "your therapist. It is kept as you type, you and your therapist see it, and it is under Help now."
    )
else:
    st.write("The client's own words. Each change is kept as a new version, with who made it.")
for one in STEPS:
    show_step(one, plan, found)
autosave()
if plan.edited_at is not None:
    st.caption(f"Kept {moment(plan.edited_at, viewer.zone)}, by {plain(plan.edited_by)}.")
st.link_button("Print: the plan as a PDF", f"/download/safety-plan?client={client_id}")
if plan.edited_at is not None:
    disclosure("What was changed, and when", show_history, key="plan-history")
shell.foot(viewer)
