"""Answering a measure, one question a screen: a client alone, or a therapist with them.

A risk answer brings crisis help before anything else. Without a measure in its address it opens the first
that is due: that is what a reminder's link leads to.
"""

from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from clinic.errors import AnsweredTooLate, NotFound
from clinic.measures.asking import Due, due
from clinic.measures.in_addresses import key_of, meant_by
from clinic.measures.questionnaires import Response, finish, keep_answer, open_response
from clinic.measures.risk import triggered
from clinic.measures.scoring import Question, questions
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from clinic.records.home import client_home
from components import access, address, forms, shell, to_do, unheard
from components.crisis import after_risk_answer, known_details
from components.errors import friendly_errors
from components.risk_in_session import risk_in_session
from components.words import lower_first, measure_title

viewer = access.require(Permission.QUESTIONNAIRE_FILL)
address.hold()
FORM_NAME = "questionnaire"
SEEN, DONE = "questionnaire:seen", "questionnaire:done"


def go(step: str) -> None:
    forms.forget_problems(FORM_NAME)
    unheard.forget()
    st.query_params["step"] = step


def widget_of(response_id: str, item: int) -> str:
    """Of this very form: no answer to one question ever stands under another measure's."""
    return f"item:{response_id}:{item}"


def choose(response: Response, item: int, client: str | None, fresh: list[Response]) -> None:
    """The radio's callback: the answer is kept, and its alert raised, the moment it is chosen. Where that
    does not work, and even where nobody is signed in any more, help shows all the same."""
    chosen = st.session_state.get(widget_of(response.public_id, item))
    told: list[bool] = []
    unheard.forget()
    keep(response, item, chosen, client, fresh, told)
    if forms.problems(FORM_NAME) and chosen is not None and triggered(response.instrument, item, chosen):
        unheard.remember(title_of(response), response.client_name if helping else "", told=bool(told))


@forms.callback(FORM_NAME)
def keep(
    asker: Viewer,
    response: Response,
    item: int,
    chosen: int | None,
    client: str | None,
    fresh: list[Response],
    told: list[bool],
) -> None:
    try:
        fresh[:] = [keep_answer(asker, response.public_id, item, chosen, datetime.now(UTC), client).form]
    except AnsweredTooLate:
        told.append(True)
        raise
    st.session_state.setdefault(SEEN, {})[(response.public_id, item)] = chosen


@forms.callback(FORM_NAME)
def leave_out(asker: Viewer, response_id: str, item: int, client: str | None, onward: str) -> None:
    unheard.forget()
    keep_answer(asker, response_id, item, None, datetime.now(UTC), client)
    st.session_state.setdefault(SEEN, {})[(response_id, item)] = None
    st.session_state[widget_of(response_id, item)] = None
    st.query_params["step"] = onward


@forms.callback(FORM_NAME)
def send(asker: Viewer, response_id: str, client: str | None) -> None:
    st.session_state[DONE] = (client, finish(asker, response_id, datetime.now(UTC), client))
    st.query_params["step"] = "done"


def head(title: str, *, error: bool = False, step: str = "") -> None:
    """The screen's beginning, with the way back to where this person came from."""
    if helping:
        back = ("pages/measure_plan.py", "the client's measures", {"client": client or ""})
    elif st.query_params.get("from") == "intake":
        back = ("pages/intake.py", "your intake", {})
    else:
        back = ("pages/client_home.py", "Home", {})
    shell.page(title, viewer, back=back, error=error, step=step, tab="Questions")


def title_of(response: Response) -> str:
    measure = response.instrument
    return f"{measure.name} with {response.client_name}" if helping else measure_title(measure.id)


def intro(response: Response) -> None:
    measure, asked = response.instrument, questions(response.instrument, response.answers)
    head(title_of(response))
    minutes = "1 minute" if measure.minutes == 1 else f"{measure.minutes} minutes"
    if response.anew:
        st.info(
            "These questions have changed since you began. What you answered is kept; these are the new ones."
        )
    if helping:
        st.write(
            f"{len(asked)} questions, about {minutes}. Read them out as they stand, with all the answers."
        )
        st.write("Each answer is saved as you choose it. The record says that you filled it in together.")
    else:
        st.write(f"{len(asked)} questions, about {minutes}. Your therapist sees your answers.")
        st.write(
            "Each answer is saved as you choose it. You can leave a question out, stop, and carry on later."
        )
        st.warning(
            "Your answers are not watched around the clock. If you are in danger now, use Help now above."
        )
    if measure.instructions:
        st.write(measure.instructions)
    first = next((n for n, one in enumerate(asked, 1) if one.number not in response.answers), len(asked))
    st.button("Carry on" if response.answers else "Begin", type="primary", on_click=go, args=(str(first),))


def question(response: Response, wanted: str) -> None:
    """The screen of one item."""
    found = bool(forms.problems(FORM_NAME))
    head(title_of(response), error=found, step=wanted)
    item(wanted, found, [response])


@st.fragment
def item(wanted: str, said_wrong: bool, fresh: list[Response]) -> None:
    """One item, with the measure's exact words; nothing chosen beforehand.

    It alone runs again when an answer is chosen: the frame around it stays. Another step, and the first
    sight of a problem, are the whole screen's. `fresh` holds the form if this very run has read it already,
    for somebody who is known to be here.
    """
    found = forms.problems(FORM_NAME)
    if st.query_params.get("step", "0") != wanted or bool(found) != said_wrong:
        st.rerun()
    drawn = False
    with friendly_errors():
        if not fresh:
            access.require(Permission.QUESTIONNAIRE_FILL)
        try:
            response = fresh.pop() if fresh else opened(st.query_params.get("measure", ""))
        except NotFound:
            response = None
        if response is None:
            st.rerun()
        asked = questions(response.instrument, response.answers)
        step = min(int(wanted), len(asked))
        st.caption(f"Question {step} of {len(asked)}")
        forms.show_problems(found)
        at_risk = answer(response, asked[step - 1], fresh, saved=not found)
        onward(response, asked[step - 1], step, last=step == len(asked), at_risk=at_risk)
        drawn = True
    if not drawn:
        # It could not be read again: what was chosen a moment ago is enough to show help.
        unheard.show("unreachable", viewer)


def answer(response: Response, one: Question, fresh: list[Response], saved: bool) -> bool:
    """The question with its answers. Whether the one that is chosen brought help onto the screen."""
    key = widget_of(response.public_id, one.number)
    labels = {option.value: option.label for option in one.options}
    as_kept(response, one, key, saved=saved)
    if one.lead:
        st.write(one.lead)
    with st.container(key="question"):
        picked = st.radio(
            one.text,
            list(labels),
            index=None,
            format_func=labels.__getitem__,
            key=key,
            on_change=choose,
            args=(response, one.number, client, fresh),
        )
    told = unheard.told_by_question()
    at_risk = picked is not None and triggered(response.instrument, one.number, picked)
    if told is not None or at_risk:
        # From what was chosen, not from what was saved: help must show even when saving failed.
        help_first(response, saved if told is None else told)
    return told is not None or at_risk


def onward(response: Response, one: Question, step: int, last: bool, at_risk: bool) -> None:
    # Beside the numbers to call, going on is not what the screen asks for.
    weight: Literal["primary", "secondary"] = "secondary" if at_risk else "primary"
    if last:
        label = "Send" if helping else "Send my answers"
        st.button(label, type=weight, on_click=send, args=(response.public_id, client))
    else:
        st.button("Continue", type=weight, on_click=go, args=(str(step + 1),))
    with st.container(horizontal=True):
        if step > 1:
            st.button("Back", on_click=go, args=(str(step - 1),))
        if not last or st.session_state[widget_of(response.public_id, one.number)] is not None:
            following = str(step if last else step + 1)
            args = (response.public_id, one.number, client, following)
            st.button("Leave this one out", on_click=leave_out, args=args)


def as_kept(response: Response, one: Question, key: str, *, saved: bool) -> None:
    """Show what is kept, and say so where somebody changed it on another screen since it was shown here."""
    kept = response.answers.get(one.number)
    seen = st.session_state.setdefault(SEEN, {})
    place = (response.public_id, one.number)
    if key not in st.session_state:
        st.session_state[key] = kept
    elif place in seen and seen[place] != kept and saved:
        st.session_state[key] = kept
        st.info("This answer was changed on another screen. This is how it is kept now.")
    seen[place] = kept


def help_first(response: Response, saved: bool) -> None:
    """Crisis help in the person's own screen: no score, no timer, nothing to confirm."""
    if helping:
        risk_in_session(known_details(), response.client_name, saved)
    else:
        after_risk_answer(viewer, saved)


def thanks(done: Response, left: tuple[Due, ...]) -> None:
    """It is sent; what follows is the next one that is due."""
    head("Sent" if helping else "Thank you", step="done")
    if done.at_risk:
        help_first(done, saved=True)
    if helping:
        st.success(f"{title_of(done)}: sent. It is in the record.")
    else:
        st.success(f"{title_of(done)}: sent. Your therapist sees your answers before you meet.")
    if left:
        following = left[0].instrument
        name = following.name if helping else lower_first(measure_title(following.id))
        st.button(f"Go on: {name}", type="primary", on_click=go_to, args=(following.id,))
    elif helping:
        st.page_link("pages/client_record.py", label="Open the record", query_params={"client": client or ""})
    elif st.button("Go on", type="primary"):
        from_intake = st.query_params.get("from") == "intake"
        st.switch_page("pages/intake.py" if from_intake else "pages/client_home.py")


def go_to(measure: str) -> None:
    st.query_params["measure"] = key_of(measure)
    st.query_params["step"] = "0"


def nothing_open(sentence: str) -> None:
    """Nothing to answer here: said kindly, with what else is open."""
    head("Nothing to answer now")
    st.info(sentence)
    if not helping:
        left = to_do.steps(client_home(viewer, datetime.now(UTC)))
        if left:
            st.write("Something else is still open:")
            to_do.show(left, primary=True)


def opened(measure: str) -> Response | None:
    """The form to fill: the one in the address, else the first that is due."""
    now = datetime.now(UTC)
    name = meant_by(measure) or next((one.instrument.id for one in due(viewer, now, client)), "")
    return open_response(viewer, name, now, client) if name else None


helping = viewer.role is Role.THERAPIST
client = st.query_params.get("client")
wanted = st.query_params.get("step", "0")
try:
    whose, done = st.session_state.get(DONE, (None, None))
    if wanted == "done" and done is not None and whose == client:
        thanks(done, due(viewer, datetime.now(UTC), client))
    elif (response := opened(st.query_params.get("measure", ""))) is None:
        nothing_open("Everything is answered for now. When it is time again, Home says so.")
    else:
        if wanted.isascii() and wanted.isdigit() and int(wanted):
            question(response, wanted)
        else:
            intro(response)
except NotFound as error:
    nothing_open(error.sentence)
shell.foot(viewer)
