"""Filling the intake: a list of short parts in any order, each answer kept as it is given."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput
from clinic.intake.form import FORM, SECTIONS, Kind, Section, problems_in
from clinic.intake.intake import IntakeDraft, draft, keep_answers, submit
from clinic.measures.questionnaires import due
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.autosave import autosave
from components.disclosure import disclosure
from components.intake_fields import section_fields, typed
from components.times import clock, day_of, moment
from components.words import measure_title

viewer = access.require(Permission.INTAKE_FILL)
FORM_NAME = "intake"
KEEPING = "intake:keep"  # apart, so that typing does not sweep the summary away under one's finger
CHECK = "check"


@forms.callback(KEEPING)
def keep(asker: Viewer, field: str, value: str) -> None:
    """A field's callback: keep it as it stands, half-filled or not."""
    st.session_state["intake:saved_at"] = keep_answers(asker, {field: value}, datetime.now(UTC))


@forms.callback(FORM_NAME)
def go_on(asker: Viewer, section: Section) -> None:
    """Save and continue: keep everything, then either say what to put right or open the next part."""
    now = datetime.now(UTC)
    values = typed(section)
    keep_answers(asker, values, now)
    wrong = problems_in(section, values, day_of(now, asker.zone))
    if wrong:
        raise InvalidInput(wrong)
    following = FORM.index(section) + 1
    open_part(FORM[following].name if following < len(FORM) else "")


def open_part(name: str) -> None:
    forms.forget_problems(FORM_NAME)
    forms.forget_problems(KEEPING)
    if name:
        st.query_params["part"] = name
    else:
        st.query_params.clear()


@forms.callback(FORM_NAME)
def send(asker: Viewer) -> None:
    submit(asker, datetime.now(UTC))
    st.query_params.clear()


def part(section: Section, kept: IntakeDraft) -> None:
    """One part of the form."""
    found = forms.problems(FORM_NAME) | forms.problems(KEEPING)
    step = f"Step {FORM.index(section) + 1} of {len(FORM)}"
    shell.page(
        section.title, viewer, back=("pages/intake.py", "your intake"), error=bool(found), step=section.name
    )
    st.caption(step)
    forms.show_problems(found)
    st.write(section.why)
    section_fields(section, kept.answers, found, keep)
    saved_at = st.session_state.get("intake:saved_at") or kept.saved_at
    st.caption(
        f"Saved at {clock(saved_at, viewer.zone)}. What you type is saved as you go."
        if saved_at
        else "What you type is saved as you go."
    )
    st.button("Save and continue", type="primary", on_click=go_on, args=(section,))
    st.button("Save and leave", on_click=open_part, args=("",))
    autosave()


def parts_list(kept: IntakeDraft, now: datetime) -> None:
    """The list of parts with how far each is; the next step is the one primary button."""
    found = forms.problems(FORM_NAME)
    shell.page("Your intake", viewer, back=("pages/client_home.py", "Home"), error=bool(found))
    forms.show_problems(found)
    st.write("About 10 minutes. Do the parts in any order, and stop whenever you like: everything is kept.")
    for section in FORM:
        begun = any(kept.answers.get(field.name, "").strip("/ ") for field in section.fields)
        done = section.name in kept.finished_sections
        status = "Finished" if done else "Begun" if begun else "To do"
        st.page_link(
            "pages/intake.py",
            label=f"{section.title}: **{status}**",
            query_params={"part": section.name},
            width="stretch",
        )
    open_measures = due(viewer, now)
    for asked in open_measures:
        st.page_link(
            "pages/questionnaire.py",
            label=f"{measure_title(asked.instrument.id)}: **{'Begun' if asked.begun else 'To do'}**",
            query_params={"measure": asked.instrument.id, "from": "intake"},
            width="stretch",
        )
    if not kept.ready_to_send:
        first = next(section for section in FORM if section.name not in kept.finished_sections)
        label = "Carry on" if kept.answers else "Begin"
        st.button(label, type="primary", on_click=open_part, args=(first.name,))
    elif open_measures:
        if st.button(f"Go on: {measure_title(open_measures[0].instrument.id).lower()}", type="primary"):
            st.switch_page(
                "pages/questionnaire.py",
                query_params={"measure": open_measures[0].instrument.id, "from": "intake"},
            )
        st.button("Check your answers", on_click=open_part, args=(CHECK,))
    else:
        st.button("Check your answers", type="primary", on_click=open_part, args=(CHECK,))


def check(kept: IntakeDraft) -> None:
    """Everything once more before it is sent."""
    found = forms.problems(FORM_NAME)
    shell.page(
        "Check your answers", viewer, back=("pages/intake.py", "your intake"), error=bool(found), step=CHECK
    )
    forms.show_problems(found)
    answers_by_section(kept, change=True)
    st.button("Send to your therapist", type="primary", on_click=send)


def answers_by_section(kept: IntakeDraft, change: bool) -> None:
    for section in FORM:
        st.subheader(section.title, anchor=False)
        for field in section.fields:
            value = kept.answers.get(field.name, "").strip()
            st.caption(field.label)
            st.text((value.replace("/", " ") if field.kind is Kind.BIRTH_DATE else value) or "Not provided")
        if change:
            st.page_link(
                "pages/intake.py",
                label=f"Change: {section.title.lower()}",
                query_params={"part": section.name},
            )


def sent(kept: IntakeDraft, now: datetime) -> None:
    """What happens next."""
    assert kept.submitted_at is not None
    shell.page("Your intake", viewer, back=("pages/client_home.py", "Home"), step="sent")
    st.success(f"Sent on {moment(kept.submitted_at, viewer.zone)}. Your therapist reads it before you meet.")
    open_measures = due(viewer, now)
    if open_measures:
        st.write("One more thing, about 2 minutes each:")
        for asked in open_measures:
            st.page_link(
                "pages/questionnaire.py",
                label=measure_title(asked.instrument.id),
                query_params={"measure": asked.instrument.id, "from": "intake"},
            )
    elif st.button("Book a session", type="primary"):
        st.switch_page("pages/book.py")
    disclosure("Read what you sent", lambda: answers_by_section(kept, change=False), key="sent")


now = datetime.now(UTC)
kept = draft(viewer, now)
wanted = st.query_params.get("part", "")
if kept.submitted_at:
    sent(kept, now)
elif wanted in SECTIONS:
    part(SECTIONS[wanted], kept)
elif wanted == CHECK and kept.ready_to_send:
    check(kept)
else:
    parts_list(kept, now)
shell.foot(viewer)
