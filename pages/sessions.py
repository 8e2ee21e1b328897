"""A client's coming and past sessions: joining, moving and cancelling them."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError, SlotTaken
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, coming, past
from clinic.scheduling.booking import cancel, move
from clinic.scheduling.offers import Offer, times_to_move_to
from components import access, forms, offered, shell
from components.crisis import plain
from components.errors import sentence_for
from components.slot_picker import forget_choice, pick, start_over, their_time
from components.times import clock, day_of, moment, short_day, zone_words
from components.words import how

viewer = access.require(Permission.APPOINTMENT_BOOK)
FORM_NAME = "sessions"


@forms.callback(FORM_NAME)
def cancel_it(asker: Viewer, appointment: AppointmentView) -> None:
    st.session_state.pop("sessions:asked", None)
    cancel(asker, appointment.public_id, datetime.now(UTC), sequence=appointment.sequence)
    when = moment(appointment.starts_at, asker.zone)
    st.session_state["sessions:done"] = f"Your session on {when} is cancelled. Your therapist is told."


@forms.callback(FORM_NAME)
def move_it(asker: Viewer, appointment: AppointmentView, offer: Offer) -> None:
    """Move it. The submit key makes a second click the same move."""
    forget_choice(FORM_NAME)
    key, now = forms.submit_key(FORM_NAME), datetime.now(UTC)
    try:
        moved = move(asker, appointment.public_id, offer.starts_at, key, now, sequence=appointment.sequence)
    except SlotTaken as taken:
        start_over(FORM_NAME)
        st.session_state["sessions:nearest"] = taken.nearest
        raise
    except ClinicError:
        leave_moving()
        raise
    leave_moving()
    forms.submitted(FORM_NAME)
    when = moment(moved.starts_at, asker.zone)
    st.session_state["sessions:done"] = f"Your session is moved to {when}. Your therapist is told."


def ask(public_id: str | None) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state["sessions:asked"] = public_id


def begin_moving(public_id: str) -> None:
    ask(None)
    start_over(FORM_NAME)
    st.session_state["sessions:moving"] = public_id


def leave_moving() -> None:
    start_over(FORM_NAME)
    for name in ("moving", "nearest"):
        st.session_state.pop(f"sessions:{name}", None)


def when_and_what(appointment: AppointmentView) -> None:
    st.write(f"**{moment(appointment.starts_at, viewer.zone)}**")
    theirs = clock(appointment.starts_at, appointment.therapist_zone)
    if theirs != clock(appointment.starts_at, viewer.zone):
        st.write(f"That is {theirs} {zone_words(appointment.therapist_zone)}.")
    where = f", {plain(appointment.room_name)}" if appointment.room_name else ""
    st.write(f"{how(appointment.modality).capitalize()}{where}, with {plain(appointment.therapist_name)}")


def card(appointment: AppointmentView, now: datetime) -> None:
    with st.container(border=True):
        when_and_what(appointment)
        if appointment.is_open(now):
            label = "Join session" if appointment.modality == "video" else "Open session"
            st.page_link("pages/room.py", label=label, query_params={"appointment": appointment.public_id})
        if st.session_state.get("sessions:asked") == appointment.public_id:
            confirm_cancelling(appointment, now)
        elif now < appointment.starts_at:
            st.markdown(f"[Add to my calendar](/download/appointment?id={appointment.public_id})")
            if appointment.modality == "video":
                st.page_link("pages/device_check.py", label="Check your camera and sound")
            change(appointment, now)


def confirm_cancelling(appointment: AppointmentView, now: datetime) -> None:
    if now > appointment.change_until:
        st.warning(
            f"The time to cancel ended on {moment(appointment.change_until, viewer.zone)}. "
            "You can still cancel. It will be marked as cancelled late."
        )
    st.write("Cancel this session? You can book again any time.")
    with st.container(horizontal=True):
        st.button("Cancel session", type="primary", on_click=cancel_it, args=(appointment,))
        st.button("Keep session", on_click=ask, args=(None,))


def change(appointment: AppointmentView, now: datetime) -> None:
    # The label says which: a list of buttons that all say "Cancel" is no use to a screen reader.
    at = appointment.starts_at
    which = f"{short_day(day_of(at, viewer.zone))}, {clock(at, viewer.zone)}"
    with st.container(horizontal=True):
        if now <= appointment.change_until:
            st.button(
                f"Move {which}",
                key=f"move:{appointment.public_id}",
                on_click=begin_moving,
                args=(appointment.public_id,),
            )
        st.button(
            f"Cancel {which}",
            key=f"cancel:{appointment.public_id}",
            on_click=ask,
            args=(appointment.public_id,),
        )
    if now <= appointment.change_until:
        st.caption(f"You can move it until {moment(appointment.change_until, viewer.zone)}.")


def overview(found: dict[str, str], now: datetime) -> None:
    done = st.session_state.pop("sessions:done", None)
    asked = st.session_state.get("sessions:asked")
    shell.page("Sessions", viewer, error=bool(found), step=f"{asked or ''}{done or ''}")
    forms.show_problems(found)
    if done:
        st.success(done)
    offered.panel(viewer, now)
    st.write(f"Times are shown in {zone_words(viewer.zone)}.")
    st.header("Coming", anchor=False)
    booked = coming(viewer, now)
    for appointment in booked:
        card(appointment, now)
    if not booked:
        st.write("No session booked.")
    if st.button("Book a session", type="secondary" if asked else "primary"):
        st.switch_page("pages/book.py")
    st.page_link("pages/waiting.py", label="Waiting list: hear of times that become free")
    st.header("Past", anchor=False)
    gone = past(viewer, now)
    if gone:
        st.table(
            {
                "When": [moment(a.starts_at, viewer.zone) for a in gone],
                "With": [plain(a.therapist_name) for a in gone],
                "Note": [("Cancelled late" if a.late else "Cancelled") if a.cancelled else "" for a in gone],
            }
        )
    else:
        st.write("No past sessions.")


def choose_new_time(appointment: AppointmentView, found: dict[str, str], now: datetime) -> None:
    view = st.session_state.get("sessions:view", "")
    details = shell.page("Move your session", viewer, error=bool(found), step=f"times{view}")
    forms.show_problems(found)
    with st.container(border=True):
        st.write("Your session now:")
        when_and_what(appointment)
    st.button("Keep this time", on_click=leave_moving)
    try:
        offers = times_to_move_to(viewer, appointment.public_id, now)
    except ClinicError as error:
        st.warning(sentence_for(error))
        return
    if offers:
        pick(FORM_NAME, viewer.zone, offers, found, st.session_state.get("sessions:nearest", ()))
    else:
        st.info("No other free times now.")
        if details:
            st.write(f"Call us and we will find one: {plain(details.phone)}")


def check_new_time(appointment: AppointmentView, offer: Offer) -> None:
    shell.page("Check the new time", viewer, step="check")
    with st.container(border=True):
        st.write(f"**{moment(offer.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})")
        if theirs := their_time(offer, viewer.zone):
            st.write(theirs)
        st.write(f"Instead of {moment(appointment.starts_at, viewer.zone)}.")
    st.button("Move session", type="primary", on_click=move_it, args=(appointment, offer))
    st.button("Choose another time", on_click=forget_choice, args=(FORM_NAME,))


now = datetime.now(UTC)
found = forms.problems(FORM_NAME)
wanted = st.session_state.get("sessions:moving")
moving = next((a for a in coming(viewer, now) if a.public_id == wanted), None) if wanted else None
chosen = st.session_state.get("sessions:chosen")
if moving is None:
    overview(found, now)
elif chosen is not None:
    check_new_time(moving, chosen)
else:
    choose_new_time(moving, found, now)
shell.foot(viewer)
