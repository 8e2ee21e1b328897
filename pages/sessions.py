"""A client's coming and past sessions."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, cancel, coming, past
from components import access, forms, shell
from components.crisis import plain
from components.times import day_of, long_day, moment, zone_words

viewer = access.require(Permission.APPOINTMENT_BOOK)
FORM_NAME = "sessions"


@forms.callback(FORM_NAME)
def cancel_it(asker: Viewer, appointment: AppointmentView) -> None:
    st.session_state.pop("sessions:asked", None)
    cancel(asker, appointment.public_id, datetime.now(UTC))
    st.session_state["sessions:cancelled"] = moment(appointment.starts_at, asker.zone)


def ask(public_id: str | None) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state["sessions:asked"] = public_id


def card(appointment: AppointmentView, now: datetime) -> None:
    with st.container(border=True):
        st.write(f"**{moment(appointment.starts_at, viewer.zone)}**")
        st.write(f"By video, with {plain(appointment.therapist_name)}")
        if appointment.room_is_open(now):
            st.page_link(
                "pages/room.py", label="Join session", query_params={"appointment": appointment.public_id}
            )
        elif st.session_state.get("sessions:asked") == appointment.public_id:
            st.write("Cancel this session? You can book again any time.")
            with st.container(horizontal=True):
                st.button("Cancel session", type="primary", on_click=cancel_it, args=(appointment,))
                st.button("Keep session", on_click=ask, args=(None,))
        else:
            # The label says which: a list of buttons that all say "Cancel" is no use to a screen reader.
            st.button(
                f"Cancel {long_day(day_of(appointment.starts_at, viewer.zone))}",
                key=f"cancel:{appointment.public_id}",
                on_click=ask,
                args=(appointment.public_id,),
            )


now = datetime.now(UTC)
found = forms.problems(FORM_NAME)
cancelled = st.session_state.pop("sessions:cancelled", None)
shell.page(
    "Sessions",
    viewer,
    error=bool(found),
    step=f"{st.session_state.get('sessions:asked') or ''}{cancelled or ''}",
)
forms.show_problems(found)
if cancelled:
    st.success(f"Your session on {cancelled} is cancelled. Your therapist can see that.")
st.write(f"Times are shown in {zone_words(viewer.zone)}.")
st.subheader("Coming", anchor=False)
booked = coming(viewer, now)
for appointment in booked:
    card(appointment, now)
if not booked:
    st.write("No session booked.")
if st.button("Book a session", type="secondary" if st.session_state.get("sessions:asked") else "primary"):
    st.switch_page("pages/book.py")
st.subheader("Past", anchor=False)
gone = past(viewer, now)
if gone:
    st.table(
        {
            "When": [moment(a.starts_at, viewer.zone) for a in gone],
            "With": [plain(a.therapist_name) for a in gone],
            "": ["Cancelled" if a.cancelled else "" for a in gone],
        }
    )
else:
    st.write("No past sessions.")
shell.foot(viewer)
