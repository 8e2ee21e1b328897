"""Booking a session: the next free times first, a check, then the booking."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError, ConsentMissing, SlotTaken
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book
from clinic.scheduling.offers import BookableType, Offer, bookable_types, free_times
from components import access, forms, shell
from components.crisis import dial, plain
from components.errors import sentence_for
from components.slot_picker import forget_choice, pick, start_over, their_time
from components.times import clock, moment, zone_words
from components.words import how

viewer = access.require(Permission.APPOINTMENT_BOOK)
FORM_NAME = "book"


@forms.callback(FORM_NAME)
def confirm(asker: Viewer, offer: Offer) -> None:
    """Book it. The submit key makes a second click, or a resent one, the same booking."""
    forget_choice(FORM_NAME)
    key, kind = forms.submit_key(FORM_NAME), offer.session_type_id
    try:
        made = book(asker, offer.therapist_id, offer.starts_at, key, datetime.now(UTC), session_type_id=kind)
    except SlotTaken as taken:
        start_over(FORM_NAME)
        st.session_state["book:nearest"] = taken.nearest
        raise
    st.session_state["book:made"] = made
    st.session_state.pop("book:nearest", None)
    forms.submitted(FORM_NAME)


def of_another_kind() -> None:
    start_over(FORM_NAME)
    st.session_state.pop("book:nearest", None)
    st.session_state["book:kind"] = st.session_state["kind"]


def kind_of(kinds: list[BookableType]) -> str:
    """The kind of session, chosen if there are several."""
    ids = [kind.public_id for kind in kinds]
    chosen = st.session_state.get("book:kind")
    chosen = chosen if chosen in ids else ids[0]
    if len(kinds) > 1:
        words = {
            kind.public_id: f"{plain(kind.name)}: {kind.length_minutes} minutes, {how(kind.modality)}"
            for kind in kinds
        }
        st.selectbox(
            "What would you like to book?",
            ids,
            index=ids.index(chosen),
            format_func=words.__getitem__,
            key="kind",
            on_change=of_another_kind,
        )
    return chosen


def check(offer: Offer) -> None:
    """Everything about the booking, before it is made."""
    shell.page("Check your booking", viewer, back=("pages/client_home.py", "Home"), step="check")
    with st.container(border=True):
        st.write(f"**{moment(offer.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})")
        if theirs := their_time(offer, viewer.zone):
            st.write(theirs)
        st.write(f"{offer.length_minutes} minutes {how(offer.modality)}, with {plain(offer.therapist_name)}")
        st.write(plain(offer.session_type_name))
    st.button("Book", type="primary", on_click=confirm, args=(offer,))
    st.button("Choose another time", on_click=forget_choice, args=(FORM_NAME,))


def booked() -> None:
    made = st.session_state.pop("book:made")
    shell.page("Your session is booked", viewer, back=("pages/client_home.py", "Home"), step="booked")
    st.success(
        f"{moment(made.starts_at, viewer.zone)} ({zone_words(viewer.zone)}), {how(made.modality)}, "
        f"with {plain(made.therapist_name)}."
    )
    if made.room_name:
        st.write(f"You meet here: {plain(made.room_name)}.")
    if made.modality == "video":
        st.write(f"You can join from {clock(made.room_opens_at, viewer.zone)} on the day, from Home.")
    st.write("We have sent you an email with an entry for your calendar.")
    st.page_link("pages/sessions.py", label="See, move or cancel your sessions")
    st.markdown(f"[Add to my calendar](/download/appointment?id={made.public_id})")


def times() -> None:
    found = forms.problems(FORM_NAME)
    view = st.session_state.get("book:view", "")
    details = shell.page(
        "Book a session",
        viewer,
        back=("pages/client_home.py", "Home"),
        error=bool(found),
        step=f"times{view}",
    )
    forms.show_problems(found)
    kinds = bookable_types(viewer)
    try:
        kind = kind_of(kinds) if kinds else None
        offers = free_times(viewer, datetime.now(UTC), session_type_id=kind)
    except ConsentMissing as error:
        st.warning(sentence_for(error))
        st.page_link("pages/consent.py", label="Read and sign the consent")
        return
    except ClinicError as error:
        st.warning(sentence_for(error))
        return
    wanted = st.query_params.get("therapist")
    theirs = [offer for offer in offers if offer.therapist_id == wanted]
    if theirs:
        offers = theirs
        st.write(f"With {plain(theirs[0].therapist_name)}.")
    elif wanted:
        st.info("No free times with the therapist you chose. These are with others.")
    if offers:
        pick(FORM_NAME, viewer.zone, offers, found, st.session_state.get("book:nearest", ()))
    else:
        st.info("No free times now.")
        if details:
            st.write(f"Call us and we will find one: {dial(details.phone)}")
    st.page_link("pages/waiting.py", label="No time that suits you? Join the waiting list")


chosen = st.session_state.get("book:chosen")
if "book:made" in st.session_state:
    booked()
elif chosen is not None:
    check(chosen)
else:
    times()
shell.foot(viewer)
