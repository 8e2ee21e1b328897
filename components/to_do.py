"""What a client has left to do, as steps in words: the next one to press, the others to open."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from clinic.measures.asking import Due
from clinic.measures.in_addresses import key_of
from clinic.records.home import ClientHome
from components.words import lower_first, measure_title


@dataclass(frozen=True)
class Step:
    """A screen to go to, what it is called here, and what it needs in its address."""

    file: str
    label: str
    params: dict[str, str]


def steps(home: ClientHome) -> list[Step]:
    """Consent, intake, the measures that are due, then the device check; empty when all is done."""
    found = []
    if not home.consent_signed:
        found.append(Step("pages/consent.py", "Read and sign the consent", {}))
    if not home.intake_sent:
        label = "Carry on with your intake" if home.intake_begun else "Fill in your intake"
        found.append(Step("pages/intake.py", label, {}))
    found += [of_measure(due) for due in home.due]
    if home.check_due:
        found.append(Step("pages/device_check.py", "Check your camera and sound", {}))
    return found


def of_measure(due: Due) -> Step:
    verb = "Carry on with" if due.begun else "Answer"
    label = f"{verb}: {lower_first(measure_title(due.instrument.id))}"
    return Step("pages/questionnaire.py", label, {"measure": key_of(due.instrument.id)})


def show(left: list[Step], *, primary: bool) -> None:
    """The first as a button, the screen's main one if it has no other; the rest as links."""
    for n, step in enumerate(left):
        if n:
            st.page_link(step.file, label=step.label, query_params=step.params)
        elif st.button(step.label, type="primary" if primary else "secondary", key="to-do"):
            st.switch_page(step.file, query_params=step.params)
