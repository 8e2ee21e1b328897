"""A risk answer whose form could not take it: help stands on whatever screen comes next.

That may be another one than the question: the form was sent from another tab, the session has ended, the
database is away, or something went wrong. What somebody chose is enough to show help.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from clinic.people.viewer import Viewer
from components.crisis import after_risk_answer, known_details
from components.risk_in_session import risk_in_session

_KEY = "unheard"


@dataclass(frozen=True)
class Unheard:
    """`question`: the title of the screen it was chosen on, which shows help itself. `client_name`: with
    whom a therapist filled it in, or "". `told`: its alert is raised. `shown_on`: the screen that shows it.
    """

    question: str
    client_name: str
    told: bool
    shown_on: str | None = None


def remember(question: str, client_name: str, *, told: bool) -> None:
    st.session_state[_KEY] = Unheard(question, client_name, told)


def forget() -> None:
    st.session_state.pop(_KEY, None)


def told_by_question() -> bool | None:
    """For the question's own screen, which shows help: whether the alert is raised all the same. None where
    nothing is unheard."""
    found: Unheard | None = st.session_state.get(_KEY)
    if found is None:
        return None
    st.session_state[_KEY] = replace(found, shown_on=found.question)
    return found.told


def show(title: str, viewer: Viewer | None) -> bool:
    """Help, where the question's own screen does not come back: on the one that comes in its place, for as
    long as the person is on it. Whether it is there."""
    found: Unheard | None = st.session_state.get(_KEY)
    if found is None:
        return False
    if found.shown_on not in (None, title):
        forget()
        return False
    if title == found.question:
        return False
    st.session_state[_KEY] = replace(found, shown_on=title)
    if found.client_name:
        # Who reads this signed out may be anybody.
        name = found.client_name if viewer is not None else "the client"
        risk_in_session(known_details(), name, found.told)
    else:
        after_risk_answer(viewer, found.told)
    return True
