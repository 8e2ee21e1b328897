"""Answering a measure, one question a screen. A risk answer brings crisis help before anything else."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.measures.questionnaires import DIFFICULTY, Response, finish, keep_answer, open_response
from clinic.measures.risk import triggered
from clinic.people.care import own_therapists
from clinic.people.details import ClinicDetails
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.crisis import crisis_card, plain
from components.words import joined, measure_title

viewer = access.require(Permission.QUESTIONNAIRE_FILL)
FORM_NAME = "questionnaire"


def go(step: int) -> None:
    forms.forget_problems(FORM_NAME)
    st.query_params["step"] = str(step)


@forms.callback(FORM_NAME)
def keep(asker: Viewer, response_id: str, item: int) -> None:
    """The radio's callback: the answer is kept, and its alert raised, the moment it is chosen."""
    keep_answer(asker, response_id, item, st.session_state.get(f"item:{item}"), datetime.now(UTC))


@forms.callback(FORM_NAME)
def send(asker: Viewer, response_id: str) -> None:
    done = finish(asker, response_id, datetime.now(UTC))
    st.session_state["questionnaire:done"] = (done.instrument.id, done.at_risk)


def steps(response: Response) -> list[int]:
    """The questions to ask, in order: the items, then the difficulty item once any is above zero."""
    numbers = [item.number for item in response.instrument.items]
    bothered = any(response.answers.get(number, 0) > 0 for number in numbers)
    return [*numbers, DIFFICULTY] if response.instrument.difficulty and bothered else numbers


def intro(response: Response) -> None:
    shell.page(title, viewer, back=("pages/client_home.py", "Home"))
    st.write(
        f"{len(response.instrument.items)} questions, about 2 minutes. Your therapist sees your answers."
    )
    st.write("Each answer is saved as you choose it. You can leave a question out, stop, and carry on later.")
    st.warning(
        "Your answers are not watched around the clock. If you are in danger now, use Help now at the top."
    )
    first = next((n for n, item in enumerate(steps(response), 1) if item not in response.answers), 1)
    st.button(
        "Carry on" if response.answers else "Begin",
        type="primary",
        on_click=go,
        args=(first if response.answers else 1,),
    )


def question(response: Response, step: int, asked: list[int]) -> None:
    """One item, with the measure's exact words; nothing chosen beforehand."""
    item = asked[step - 1]
    measure = response.instrument
    if item == DIFFICULTY and measure.difficulty is not None:
        lead, text, options = "", measure.difficulty.text, measure.difficulty.options
    else:
        lead, text = measure.stem, next(i.text for i in measure.items if i.number == item)
        options = measure.options
    found = forms.problems(FORM_NAME)
    details = shell.page(
        title, viewer, back=("pages/client_home.py", "Home"), error=bool(found), step=str(step)
    )
    st.caption(f"Question {step} of {len(asked)}")
    forms.show_problems(found)
    labels = {option.value: option.label for option in options}
    chosen = response.answers.get(item)
    if lead:
        st.write(lead)
    picked = st.radio(
        text,
        list(labels),
        index=list(labels).index(chosen) if chosen in labels else None,
        format_func=labels.__getitem__,
        key=f"item:{item}",
        on_change=keep,
        args=(response.public_id, item),
    )
    if picked is not None and item != DIFFICULTY and triggered(measure, item, picked):
        # From what was chosen, not from what was saved: help must show even when saving failed.
        help_first(details, saved=not found)
    last = step == len(asked)
    if last:
        st.button("Send my answers", type="primary", on_click=send, args=(response.public_id,))
    else:
        st.button("Continue", type="primary", on_click=go, args=(step + 1,))
    if step > 1:
        st.button("Back", on_click=go, args=(step - 1,))


def help_first(details: ClinicDetails | None, saved: bool) -> None:
    """Crisis help in the person's own screen: no score, no timer, nothing to confirm."""
    when = details.alert_response if details else ""
    if saved:
        who = joined([plain(name) for name in own_therapists(viewer)], "Our therapists")
        told = f"{who} will see your answer {plain(when)}." if when else f"{who} will see your answer."
    else:
        phone = details.phone if details else ""
        told = f"We could not save this answer, so nobody here has been told. Call us: {plain(phone)}."
    crisis_card(
        details,
        "Thank you for telling us. Thoughts like this are hard to carry, and help is there now. "
        f"{told} This page is not watched all the time.",
    )


def thanks(instrument_id: str, at_risk: bool) -> None:
    details = shell.page("Thank you", viewer, back=("pages/client_home.py", "Home"), step="done")
    if at_risk:
        help_first(details, saved=True)
    st.success(f"{measure_title(instrument_id)}: sent. Your therapist sees your answers before you meet.")
    if st.button("Go on", type="primary"):
        st.session_state.pop("questionnaire:done", None)
        st.switch_page(
            "pages/intake.py" if st.query_params.get("from") == "intake" else "pages/client_home.py"
        )


measure_id = st.query_params.get("measure", "")
title = measure_title(measure_id)
done = st.session_state.get("questionnaire:done")
if done and done[0] == measure_id:
    thanks(*done)
else:
    try:
        response = open_response(viewer, measure_id, datetime.now(UTC))
    except NotFound as error:
        shell.page(title, viewer, back=("pages/client_home.py", "Home"))
        st.info(error.sentence)
        shell.foot(viewer)
        st.stop()
    asked = steps(response)
    wanted = st.query_params.get("step", "0")
    step = min(int(wanted), len(asked)) if wanted.isascii() and wanted.isdigit() else 0
    if step:
        question(response, step, asked)
    else:
        intro(response)
shell.foot(viewer)
