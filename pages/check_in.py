"""The daily check-in: a minute, everything optional, for today or one of the days before."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.check_in import Answers
from clinic.records.drafts import Form, keep_draft
from clinic.records.mood import check_in, check_in_day
from components import access, check_in_fields, forms, shell
from components.autosave import autosave
from components.times import day_of

viewer = access.require(Permission.MOOD_LOG)
FORM_NAME, DAY, SAVED = "check-in", "check-in:day", "check-in:saved"


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer, day: date) -> None:
    keep_draft(asker, Form.CHECK_IN, asdict(check_in_fields.typed(day)), datetime.now(UTC), day)


@forms.callback(FORM_NAME)
def save(asker: Viewer, day: date) -> None:
    check_in(asker, check_in_fields.typed(day), datetime.now(UTC), day)
    st.session_state[SAVED] = day


now = datetime.now(UTC)
today = day_of(now, viewer.zone)
found = forms.problems(FORM_NAME)
saved = st.session_state.pop(SAVED, None) if not found else None
details = shell.page(
    "Check-in",
    viewer,
    back=("pages/client_home.py", "Home"),
    error=bool(found),
    step="saved" if saved else "",
)
forms.show_problems(found)
if saved:
    st.success(f"Saved for {check_in_fields.day_name(saved, today)}. You can change it for 7 days.")
else:
    st.write(
        "Leave out what you like. Your therapist can see your check-ins. They are not watched around the "
        "clock."
    )
chosen = check_in_fields.day_choice("Which day?", DAY, today, lambda: forms.forget_problems(FORM_NAME))
shown = check_in_day(viewer, now, chosen)
if shown.changed:
    st.write("You changed this day. What you said before is kept with it.")
answers = shown.draft or (shown.kept.answers if shown.kept else Answers())
check_in_fields.fill(chosen, answers)
check_in_fields.fields(chosen, shown.items, found, details, lambda: keep(chosen))
autosave()
st.button("Save", type="primary", on_click=save, args=(chosen,))
st.caption("These are our own questions, not a validated scale.")
st.page_link("pages/progress.py", label="See your progress")
st.page_link("pages/check_in_reminder.py", label="Remind me to check in")
shell.foot(viewer)
