"""Which measures a client is asked, and when: their therapist's decision, one measure at a time."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.measures.due import Cadence
from clinic.measures.in_addresses import key_of
from clinic.measures.plans import MOST_DAYS, ClientPlan, PlanLine, ask_now, plan, set_plan, stop
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.disclosure import disclosure
from components.times import day_of, short_day
from components.words import measure_purpose

viewer = access.require(Permission.PLAN_MANAGE)
FORM_NAME = "plan"
NOT_ASKED, USUAL_DAYS = "", 7
CADENCES = {
    NOT_ASKED: "Not asked",
    Cadence.ONCE.value: "Once",
    Cadence.SESSION.value: "Before each session",
    Cadence.DAYS.value: "Every so many days",
}


@forms.callback(FORM_NAME)
def change(asker: Viewer, client: str, measure: str) -> None:
    cadence, now = st.session_state[f"cadence:{measure}"], datetime.now(UTC)
    if cadence == NOT_ASKED:
        stop(asker, client, measure, now)
        return
    days = st.session_state.get(f"days:{measure}") or USUAL_DAYS
    set_plan(asker, client, measure, cadence, days if cadence == Cadence.DAYS else None, now)


@forms.callback(FORM_NAME)
def ask(asker: Viewer, client: str, measure: str) -> None:
    ask_now(asker, client, measure, datetime.now(UTC))


@forms.callback(FORM_NAME)
def together(asker: Viewer, client: str, measure: str) -> None:
    """Ask it now, so that it is open for both, and go to fill it in."""
    st.session_state["plan:together"] = ask_now(asker, client, measure, datetime.now(UTC))


def line(shown: ClientPlan, one: PlanLine) -> None:
    measure = one.instrument
    with st.container(border=True):
        st.header(measure.name, anchor=False)
        st.write(measure_purpose(measure))
        st.caption(status(shown, one))
        if one.why_not:
            st.write(one.why_not)
        if one.planned or not one.why_not:
            choices(shown, one)
        disclosure(f"Source and licence: {measure.name}", lambda: licence(one), key=measure.id)


def choices(shown: ClientPlan, one: PlanLine) -> None:
    name, planned = one.instrument.id, one.planned
    args = (shown.client_id, name)
    when, how_often = st.columns(2)
    # What is kept, always: also after a change that was refused, or by somebody else.
    st.session_state[f"cadence:{name}"] = planned.cadence.value if planned else NOT_ASKED
    with when:
        chosen = st.selectbox(
            f"When to ask {one.instrument.name}",
            list(CADENCES),
            format_func=CADENCES.__getitem__,
            key=f"cadence:{name}",
            on_change=change,
            args=args,
        )
    if planned and chosen == Cadence.DAYS:
        st.session_state[f"days:{name}"] = planned.every_days
        with how_often:
            st.number_input(
                f"Days between one {one.instrument.name} and the next",
                min_value=1,
                max_value=MOST_DAYS,
                key=f"days:{name}",
                on_change=change,
                args=args,
            )
    if not one.why_not and not done_today(shown, one):
        with st.container(horizontal=True):
            if not one.due:
                st.button(f"Ask {one.instrument.name} now", key=f"ask:{name}", on_click=ask, args=args)
            st.button(
                f"Fill in {one.instrument.name} together", key=f"with:{name}", on_click=together, args=args
            )


def done_today(shown: ClientPlan, one: PlanLine) -> bool:
    """On the client's own day; it is not asked twice on one."""
    return one.last_at is not None and day_of(one.last_at, shown.zone) == day_of(now, shown.zone)


def status(shown: ClientPlan, one: PlanLine) -> str:
    """Where it stands: "Last done Mon 2 Nov. Open now." """
    last = f"Last done {short_day(day_of(one.last_at, shown.zone))}." if one.last_at else "Never done."
    stands_in = one.asked_as is not None and one.asked_as.id != one.instrument.id
    said = [last, "Open on the client's screen now." if one.due else ""]
    if done_today(shown, one):
        said.append("It can be asked again from tomorrow on.")
    if stands_in and one.asked_as:
        said.append(
            f"Asked as {one.asked_as.name}, without the question about self-harm, until your administrator "
            "names who looks at such answers."
        )
    return " ".join(filter(None, said))


def licence(one: PlanLine) -> None:
    st.write(one.instrument.licence.status)
    st.write(one.instrument.licence.attribution)
    st.caption(one.instrument.licence.source)


now = datetime.now(UTC)
client_id = st.query_params.get("client", "")
if asked := st.session_state.pop("plan:together", None):
    st.switch_page("pages/questionnaire.py", query_params={"client": client_id, "measure": key_of(asked)})
try:
    shown = plan(viewer, client_id, now)
except NotFound as error:
    shell.page("Measures", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
found = forms.problems(FORM_NAME)
shell.page(
    f"Measures for {shown.client_name}",
    viewer,
    back=("pages/client_record.py", "the record", {"client": client_id}),
    error=bool(found),
    wide=True,
)
forms.show_problems(found)
st.write(
    "What you choose is kept at once."
    if shown.of_their_own
    else "This client is asked what everyone is. The first change makes the plan theirs alone."
)
for one in shown.lines:
    line(shown, one)
shell.foot(viewer)
