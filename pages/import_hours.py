"""A therapist brings in busy times from another calendar: a file, a look at what it holds, then time off."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.icalendar_in import LARGEST_BYTES, add_time_off_from, read_calendar
from components import access, forms, shell
from components.crisis import plain
from components.schedule_words import span_words
from components.times import day_of, zone_words
from components.upload import Kind, Picked, upload

viewer = access.require(Permission.HOURS_MANAGE)
FORM_NAME, DATA, SAID = "import_hours", "import:data", "import:said"
AHEAD = timedelta(days=365)
FILE = Kind(
    "text/calendar,.ics", LARGEST_BYTES, "This file is too large. Export a shorter time and try again."
)


@forms.callback(FORM_NAME)
def look(asker: Viewer, picked: Picked) -> None:
    st.session_state.pop(SAID, None)
    st.session_state[DATA] = picked.content


@forms.callback(FORM_NAME)
def keep(asker: Viewer) -> None:
    now = datetime.now(UTC)
    today = day_of(now, asker.zone)
    added = add_time_off_from(asker, st.session_state.pop(DATA), today, today + AHEAD, now)
    st.session_state[SAID] = f"Added as time off: {added}. What was there already is not added again."


def again() -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(DATA, None)


def preview(content: bytes) -> None:
    """What would be added, and what cannot be read; nothing is written yet."""
    today = day_of(datetime.now(UTC), viewer.zone)
    spans, unreadable = read_calendar(content, viewer.zone, today, today + AHEAD)
    for sentence in unreadable:
        st.warning(plain(sentence))
    st.header(f"Busy times found: {len(spans)}", anchor=False)
    for span in spans:
        st.write(span_words(span.starts_at, span.ends_at, viewer.zone))
    with st.container(horizontal=True):
        if spans:
            st.button("Add as time off", type="primary", on_click=keep)
        st.button("Choose another file", on_click=again)


found = forms.problems(FORM_NAME)
content: bytes | None = st.session_state.get(DATA)
shell.page(
    "Busy times from another calendar",
    viewer,
    back=("pages/hours.py", "my hours"),
    error=bool(found),
    step="file" if content is None else "look",
)
forms.show_problems(found)
if said := st.session_state.get(SAID):
    st.success(said)
if content is None:
    st.write(
        "Export your calendar as an .ics file and choose it here. Only when you are busy is read, for the "
        f"next 12 months, in {zone_words(viewer.zone)}. Names, places and people stay in the file."
    )
    upload("Calendar file", FILE, key="import:file", on_picked=look)
else:
    preview(content)
shell.foot(viewer)
