"""The client's measures beside the call: the therapist reads a question out and notes the answer.

The same forms and services as the page for it; here so that the call goes on.
"""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import AnsweredTooLate
from clinic.measures.asking import due
from clinic.measures.questionnaires import Response, finish, keep_answer, open_response
from clinic.measures.risk import triggered
from clinic.measures.scoring import Question, questions
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms
from components.crisis import known_details
from components.errors import friendly_errors
from components.risk_in_session import risk_in_session

FORM_NAME = "session-measure"
_OPEN, _STEP, _SENT, _RISK = "measures:open", "measures:step", "measures:sent", "measures:risk"


@st.fragment
def session_measures(client_id: str, client_name: str) -> None:
    """What is due now, and the one that is being filled in. It alone runs again as answers are chosen."""
    viewer = access.require(Permission.QUESTIONNAIRE_FILL)
    if at_risk := st.session_state.get(f"{_RISK}:{client_id}"):
        risk_in_session(known_details(), client_name, at_risk == "told")
    with friendly_errors():
        chosen = st.session_state.get(f"{_OPEN}:{client_id}")
        if chosen is None:
            _choose(viewer, client_id)
        else:
            form = open_response(viewer, chosen, datetime.now(UTC), client_id)
            _question(form, client_id)


def _choose(viewer: Viewer, client_id: str) -> None:
    if sent := st.session_state.get(f"{_SENT}:{client_id}"):
        st.success(f"{sent}: sent. It is in the record.")
    open_now = due(viewer, datetime.now(UTC), client_id)
    if not open_now:
        st.write("No measure is due now.")
    for one in open_now:
        st.button(
            f"Fill in together: {one.instrument.name}",
            key=f"measures:{one.instrument.id}",
            on_click=_begin,
            args=(client_id, one.instrument.id),
        )


def _question(form: Response, client_id: str) -> None:
    asked = questions(form.instrument, form.answers)
    first = next((n for n, one in enumerate(asked, 1) if one.number not in form.answers), len(asked))
    step = min(st.session_state.get(f"{_STEP}:{client_id}", first), len(asked))
    one = asked[step - 1]
    found = forms.problems(FORM_NAME)
    st.caption(f"{form.instrument.name}, question {step} of {len(asked)}. Read it out as it stands.")
    if step == 1 and form.instrument.instructions:
        st.write(form.instrument.instructions)
    if one.lead:
        st.write(one.lead)
    _answer(form, one, client_id)
    for sentence in found.values():
        st.markdown(f":red[**Error:** {sentence}]")
    with st.container(horizontal=True):
        if step > 1:
            st.button("Back", key="measures:back", on_click=_go, args=(client_id, step - 1))
        if step < len(asked):
            st.button("Next question", key="measures:next", on_click=_go, args=(client_id, step + 1))
        else:
            st.button("Send", key="measures:send", on_click=_send, args=(client_id, form.public_id))
        st.button("Close", key="measures:close", on_click=_close, args=(client_id,))


def _answer(form: Response, one: Question, client_id: str) -> None:
    labels = {option.value: option.label for option in one.options}
    key = f"measures:item:{form.public_id}:{one.number}"
    if key not in st.session_state:
        st.session_state[key] = form.answers.get(one.number)
    st.radio(
        one.text,
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        key=key,
        on_change=_chosen,
        args=(client_id, form, one.number, key),
    )


def _chosen(client_id: str, form: Response, item: int, key: str) -> None:
    """The answer is kept, and its alert raised, the moment it is chosen. What to do now shows all the same
    where that did not work."""
    value = st.session_state.get(key)
    told: list[bool] = []
    _keep(client_id, form, item, value, told)
    if value is not None and triggered(form.instrument, item, value):
        st.session_state[f"{_RISK}:{client_id}"] = "told" if told else "not told"


@forms.callback(FORM_NAME)
def _keep(
    asker: Viewer, client_id: str, form: Response, item: int, value: int | None, told: list[bool]
) -> None:
    try:
        keep_answer(asker, form.public_id, item, value, datetime.now(UTC), client_id)
    except AnsweredTooLate:
        told.append(True)
        raise
    told.append(True)


@forms.callback(FORM_NAME)
def _send(asker: Viewer, client_id: str, response_id: str) -> None:
    done = finish(asker, response_id, datetime.now(UTC), client_id)
    _close(client_id)
    st.session_state[f"{_SENT}:{client_id}"] = done.instrument.name


def _begin(client_id: str, instrument_id: str) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state[f"{_OPEN}:{client_id}"] = instrument_id
    for name in (_SENT, _RISK):
        st.session_state.pop(f"{name}:{client_id}", None)


def _go(client_id: str, step: int) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state[f"{_STEP}:{client_id}"] = step


def _close(client_id: str) -> None:
    forms.forget_problems(FORM_NAME)
    for name in (_OPEN, _STEP):
        st.session_state.pop(f"{name}:{client_id}", None)
