"""Filling the intake: a list of short parts in any order, each answer kept as it is given.

A client fills in their own; a therapist one of their client's, whom the address names (?client=).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput, NotFound
from clinic.intake.form import Field, Section, is_answered
from clinic.intake.intake import carry_over, draft, keep_answers, submit
from clinic.intake.reading import IntakeDraft, KeptAnswer
from clinic.measures.asking import Due, due
from clinic.measures.in_addresses import key_of
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, address, form_change, form_tab, forms, shell
from components.autosave import autosave
from components.crisis import plain
from components.disclosure import disclosure
from components.form_answers import answers_by_section
from components.form_screen import minutes_left, section_screen
from components.intake_fields import typed
from components.times import clock, moment
from components.words import lower_first, measure_title

viewer = access.require(Permission.INTAKE_FILL)
address.hold()
FORM_NAME = "intake"
KEEPING = "intake:keep"  # apart, so that typing does not sweep the summary away under one's finger
CHECK, AMEND = "check", "amend"
client_id = st.query_params.get("client")
# With the client in it: one person's answers never stand in another's fields.
PREFIX = f"intake:{client_id}" if client_id else "intake"


def here(**params: str) -> dict[str, str]:
    """The address of another part of this intake."""
    return {**({"client": client_id} if client_id else {}), **params}


def save(asker: Viewer, answers: dict[str, tuple[str, int]], now: datetime) -> None:
    form_tab.save(PREFIX, answers, lambda given: keep_answers(asker, given, now, client_id))


@forms.callback(KEEPING, pressed=False)
def keep(asker: Viewer, section: Section) -> None:
    """A field's callback: keep what changed on this screen, half-filled or not. Where one types on fast, the
    run for one field can be broken off by the next one's, which then keeps both."""
    save(asker, form_tab.to_save(PREFIX, section.fields), datetime.now(UTC))


@forms.callback(KEEPING)
def keep_mine(asker: Viewer, field: Field, there: KeptAnswer) -> None:
    save(asker, {field.name: (typed(PREFIX, field) or "", there.revision)}, datetime.now(UTC))
    form_tab.put_aside(PREFIX, field, there.value)


@forms.callback(KEEPING)
def take_theirs(asker: Viewer, field: Field, there: KeptAnswer) -> None:
    form_tab.use_theirs(PREFIX, field, there)


@forms.callback(FORM_NAME)
def go_on(asker: Viewer, section: Section) -> None:
    """Save what this tab changed, then either say what to put right or open the next part."""
    now = datetime.now(UTC)
    save(asker, form_tab.to_save(PREFIX, section.fields), now)
    kept = draft(asker, now, client_id)
    # An answer may have brought another question onto this very screen: it is asked before going on.
    asked = kept.asked.section(section.name)
    names = {field.name for field in (asked.fields if asked else ())}
    if wrong := {name: sentence for name, sentence in kept.problems.items() if name in names}:
        raise InvalidInput(wrong)
    if names != {field.name for field in section.fields}:
        return
    order = [one.name for one in kept.asked.sections]
    following = order[order.index(section.name) + 1 :]
    back_to_check = st.query_params.get("then") == CHECK and kept.ready_to_send
    open_part(CHECK if back_to_check else following[0] if following else "")


def open_part(name: str) -> None:
    forms.forget_problems(FORM_NAME)
    forms.forget_problems(KEEPING)
    form_tab.leave(PREFIX)
    st.query_params.from_dict(here(part=name) if name else here())


@forms.callback(FORM_NAME)
def send(asker: Viewer) -> None:
    submit(asker, datetime.now(UTC), client_id)
    st.query_params.from_dict(here())


@forms.callback(FORM_NAME)
def carry_on(asker: Viewer) -> None:
    carry_over(asker, datetime.now(UTC), client_id)
    st.query_params.from_dict(here())


def frame(title: str, *, up: bool = True, error: bool = False, step: str = "") -> None:
    """The screen's head. `up`: this is a part, so the list of parts is one level up."""
    if up:
        back = ("pages/intake.py", "the intake" if client_id else "your intake", here())
    elif viewer.role is Role.CLIENT:
        back = ("pages/client_home.py", "Home", {})
    else:
        back = ("pages/client_record.py", "the record", here())
    shell.page(title, viewer, back=back, error=error, step=step)
    if viewer.role is not Role.CLIENT:
        st.caption(f"With {plain(kept.client_name)}. What you fill in is marked with your name.")


def part(section: Section) -> None:
    """One part of the form."""
    edited = form_tab.follow_all(PREFIX, section.fields, kept.kept)
    pressed = form_tab.on_screen(forms.problems(FORM_NAME), section.fields, edited)
    found = form_tab.on_screen(forms.problems(KEEPING), section.fields, ()) | pressed
    # What is met while somebody types is said beside the field, and leaves their focus where they type.
    frame(section.title, error=bool(pressed), step=section.name)

    def under(field: Field) -> None:
        if field.name in edited:
            form_tab.two_versions(PREFIX, field, kept, viewer, keep_mine, take_theirs)
        form_tab.what_was_put_aside(PREFIX, field)

    section_screen(
        kept.asked, section, kept.answers, found, lambda *_: keep(section), prefix=PREFIX, under=under
    )
    saved_at = st.session_state.get(f"{PREFIX}:saved_at") or kept.saved_at
    st.caption(
        f"Saved at {clock(saved_at, viewer.zone)}. What you type is saved as you go."
        if saved_at
        else "What you type is saved as you go."
    )
    st.button("Save and continue", type="primary", on_click=go_on, args=(section,))
    st.button("Save and leave", on_click=open_part, args=("",))
    autosave()


def measure_link(asked: Due, label: str) -> None:
    st.page_link(
        "pages/questionnaire.py",
        label=label,
        query_params={"measure": key_of(asked.instrument.id), "from": "intake"},
        width="stretch",
    )


def parts_list(to_answer: Sequence[Due]) -> None:
    """The list of parts with how far each is; the next step is the one primary button."""
    found = form_tab.on_screen(forms.problems(FORM_NAME), (), ())
    frame("Your intake" if viewer.role is Role.CLIENT else "Intake", up=False, error=bool(found))
    forms.show_problems(found)
    if kept.ready_to_send:
        st.write("Everything we need is there. Check your answers, then send them.")
    else:
        st.write(
            f"{minutes_left(kept.asked, kept.answers).capitalize()}. Do the parts in any order, and stop "
            "whenever you like: everything is kept."
        )
    next_step()
    for section in kept.asked.sections:
        begun = any(is_answered(kept.answers.get(field.name, "")) for field in section.fields)
        # What needs no answer is finished from the start; it counts once somebody has been there.
        done = section.name in kept.finished_sections and (begun or kept.ready_to_send)
        status = "Finished" if done else "Begun" if begun else "To do"
        st.page_link(
            "pages/intake.py",
            label=f"{plain(section.title)}: **{status}**",
            query_params=here(part=section.name),
            width="stretch",
        )
    for asked in to_answer:
        measure_link(
            asked, f"{measure_title(asked.instrument.id)}: **{'Begun' if asked.begun else 'To do'}**"
        )


def next_step() -> None:
    """What to do now, above the list: on a phone the list is longer than the screen."""
    if not kept.ready_to_send:
        first = next(s for s in kept.asked.sections if {f.name for f in s.fields} & set(kept.problems))
        label = "Carry on" if kept.begun else "Begin"
        st.button(label, type="primary", on_click=open_part, args=(first.name,))
    else:
        st.button("Check your answers", type="primary", on_click=open_part, args=(CHECK,))


def check() -> None:
    """Everything once more before it is sent."""
    found = forms.problems(FORM_NAME)
    frame("Check your answers", error=bool(found), step=CHECK)
    forms.show_problems(found)

    def change(section: Section) -> None:
        st.page_link(
            "pages/intake.py",
            label=f"Change: {plain(section.title)}",
            query_params=here(part=section.name, then=CHECK),
        )

    answers_by_section(kept, after_section=change)
    label = "Send to your therapist" if viewer.role is Role.CLIENT else "Send it with them"
    st.button(label, type="primary", on_click=send)


def withdrawn() -> None:
    """The clinic took this version of the form back: one way on, and everything still to read."""
    found = forms.problems(FORM_NAME)
    frame("Your intake" if viewer.role is Role.CLIENT else "Intake", up=False, error=bool(found), step="new")
    forms.show_problems(found)
    st.warning("The clinic has replaced this form with a new one. What you wrote is safe.")
    st.write("The answers that the new form asks for too go with you. The others stay here as they are.")
    st.button("Carry on with the new form", type="primary", on_click=carry_on)
    disclosure("Read what you wrote", lambda: answers_by_section(kept), key="withdrawn")


def sent(to_answer: Sequence[Due]) -> None:
    """What happens next."""
    assert kept.submitted_at is not None
    frame("Your intake" if viewer.role is Role.CLIENT else "Intake", up=False, step="sent")
    form_change.say_what_changed(PREFIX)
    st.success(f"Sent on {moment(kept.submitted_at, viewer.zone)}. Your therapist reads it before you meet.")
    if to_answer:
        st.write("Next, some short questions. Your therapist reads the answers before you meet too.")
        first, *others = to_answer
        if st.button(f"Go on: {lower_first(measure_title(first.instrument.id))}", type="primary"):
            st.switch_page(
                "pages/questionnaire.py",
                query_params={"measure": key_of(first.instrument.id), "from": "intake"},
            )
        for asked in others:
            measure_link(asked, measure_title(asked.instrument.id))
    elif viewer.role is Role.CLIENT and st.button("Book a session", type="primary"):
        st.switch_page("pages/book.py")

    def change(field: Field) -> None:
        st.page_link(
            "pages/intake.py",
            label=f"Change: {plain(field.label)}",
            query_params=here(part=AMEND, field=field.name),
        )

    disclosure(
        "Read or change what was sent", lambda: answers_by_section(kept, after_field=change), key="sent"
    )


try:
    kept: IntakeDraft = draft(viewer, datetime.now(UTC), client_id)
except NotFound as error:
    shell.page("Intake", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
open_measures = due(viewer, datetime.now(UTC)) if viewer.role is Role.CLIENT else []
wanted = st.query_params.get("part", "")
wanted_section = kept.asked.section(wanted)
wanted_field = kept.asked.field(st.query_params.get("field", ""))
if kept.submitted_at and wanted == AMEND and wanted_field:
    form_change.change_answer(
        viewer,
        client_id,
        wanted_field,
        kept,
        PREFIX,
        after=here(),
        frame=lambda wrong: frame(
            "Change an answer", error=wrong, step=f"{AMEND}:{st.query_params.get('field')}"
        ),
    )
elif kept.submitted_at:
    sent(open_measures)
elif kept.withdrawn:
    withdrawn()
elif wanted_section:
    part(wanted_section)
elif wanted == CHECK and kept.ready_to_send:
    check()
else:
    parts_list(open_measures)
shell.foot(viewer)
