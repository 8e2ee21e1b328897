"""Booking a session: the next free times first, a check, then the booking."""

from datetime import UTC, date, datetime

import streamlit as st

from clinic.errors import ClinicError
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import Offer, book, free_times
from components import access, forms, shell
from components.crisis import plain
from components.errors import sentence_for
from components.times import clock, day_of, long_day, moment, short_day, zone_words

viewer = access.require(Permission.APPOINTMENT_BOOK)
FORM_NAME = "book"
FIRST = 3


def choose(offers: list[Offer]) -> None:
    """Continue: remember which time, and go on to the check."""
    picked = st.session_state.get("time")
    if picked is None:
        st.session_state["problems:book"] = {"time": "Choose a time."}
        return
    forms.forget_problems(FORM_NAME)
    st.session_state["book:chosen"] = offers[picked]


def back_to_times() -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state.pop("book:chosen", None)


def show_more() -> None:
    st.session_state["book:more"] = True
    st.session_state.pop("time", None)


@forms.callback(FORM_NAME)
def confirm(asker: Viewer, offer: Offer) -> None:
    """Book it. The submit key makes a second click, or a resent one, the same booking."""
    st.session_state.pop("book:chosen", None)
    key = forms.submit_key(FORM_NAME)
    st.session_state["book:made"] = book(asker, offer.therapist_id, offer.starts_at, key, datetime.now(UTC))
    forms.submitted(FORM_NAME)


def their_time(offer: Offer) -> str:
    """The therapist's own clock, said only where it differs."""
    if same_clock(offer):
        return ""
    return f" ({clock(offer.starts_at, offer.therapist_zone)} {zone_words(offer.therapist_zone)})"


def same_clock(offer: Offer) -> bool:
    return clock(offer.starts_at, offer.therapist_zone) == clock(offer.starts_at, viewer.zone)


def pick(offers: list[Offer], found: dict[str, str]) -> None:
    """The next free times; then, if asked for, a day and its times."""
    several = len({offer.therapist_id for offer in offers}) > 1
    st.write(f"Times are shown in {zone_words(viewer.zone)}.")
    if st.session_state.get("book:more"):
        days = sorted({day_of(offer.starts_at, viewer.zone) for offer in offers})
        day: date = st.selectbox("Day", days, format_func=long_day, key="day")
        shown = [offer for offer in offers if day_of(offer.starts_at, viewer.zone) == day]
    else:
        shown = offers[:FIRST]

    def words(index: int) -> str:
        offer = shown[index]
        when = f"{short_day(day_of(offer.starts_at, viewer.zone))}, {clock(offer.starts_at, viewer.zone)}"
        who = f", with {plain(offer.therapist_name)}" if several else ""
        return f"{when}{their_time(offer)}{who}"

    title = "Free times" if st.session_state.get("book:more") else "Next free times"
    st.radio(title, range(len(shown)), index=None, format_func=words, key="time")
    forms.beside(found, "time")
    st.button("Continue", type="primary", on_click=choose, args=(shown,))
    if not st.session_state.get("book:more"):
        st.button("See more days", on_click=show_more)


def check(offer: Offer) -> None:
    """Everything about the booking, before it is made."""
    shell.page("Check your booking", viewer, back=("pages/client_home.py", "Home"), step="check")
    with st.container(border=True):
        st.write(f"**{moment(offer.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})")
        if not same_clock(offer):
            st.write(
                f"That is {clock(offer.starts_at, offer.therapist_zone)} {zone_words(offer.therapist_zone)}."
            )
        minutes = int((offer.ends_at - offer.starts_at).total_seconds() // 60)
        st.write(f"{minutes} minutes by video, with {plain(offer.therapist_name)}")
    st.button("Book", type="primary", on_click=confirm, args=(offer,))
    st.button("Choose another time", on_click=back_to_times)


def booked() -> None:
    made = st.session_state.pop("book:made")
    shell.page("Your session is booked", viewer, back=("pages/client_home.py", "Home"), step="booked")
    st.success(
        f"{moment(made.starts_at, viewer.zone)} ({zone_words(viewer.zone)}), by video, "
        f"with {plain(made.therapist_name)}."
    )
    st.write(
        f"You can join from {clock(made.room_opens_at, viewer.zone)} on the day, from Home. "
        "To cancel, open Sessions."
    )
    st.page_link("pages/sessions.py", label="See your sessions")
    st.page_link("pages/room.py", label="Open the video room", query_params={"appointment": made.public_id})


def times() -> None:
    found = forms.problems(FORM_NAME)
    details = shell.page(
        "Book a session", viewer, back=("pages/client_home.py", "Home"), error=bool(found), step="times"
    )
    forms.show_problems(found)
    try:
        offers = free_times(viewer, datetime.now(UTC))
    except ClinicError as error:
        st.warning(sentence_for(error))
        st.page_link("pages/consent.py", label="Read and sign the consent")
        return
    if offers:
        pick(offers, found)
    else:
        st.info("No free times in the next 4 weeks.")
        if details:
            st.write(f"Call us and we will find one: {plain(details.phone)}")


chosen = st.session_state.get("book:chosen")
if "book:made" in st.session_state:
    booked()
elif chosen is not None:
    check(chosen)
else:
    times()
shell.foot(viewer)
