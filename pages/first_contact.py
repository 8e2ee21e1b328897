"""For somebody without an account: find a therapist, keep a time, sign up. Only where the clinic allows."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput, NotFound
from clinic.scheduling.directory import Directory, public_directory
from clinic.scheduling.finding import Match, find
from clinic.scheduling.first_contact import KEPT_LEAST, Newcomer, keep_time, public_times
from clinic.scheduling.offers import Offer
from components import access, clinic_fields, forms, need_fields, shell, therapist_card
from components.crisis import plain
from components.times import clock, day_of, moment, short_day, zone_words

FORM_NAME = "first_contact"
WITH, KEPT = "first_contact:with", "first_contact:kept"
MOST = 60


def go(therapist_id: str | None) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state[WITH] = therapist_id


def keep() -> None:
    state = st.session_state
    with forms.keeping_problems(FORM_NAME):
        offer: Offer | None = state.get("first_contact:time")
        if offer is None:
            raise InvalidInput({"time": "Choose a time."})
        newcomer = Newcomer(
            state.get("account:name") or "", state.get("account:email") or "", state.get("zone") or ""
        )
        until = keep_time(offer, newcomer, datetime.now(UTC), address=access.address())
        state[KEPT] = (offer, until, newcomer.zone)


def zone() -> str:
    """The browser's own zone, until another is chosen."""
    here = st.session_state.get("zone") or st.context.timezone
    return here if here in clinic_fields.zones() else "UTC"


def find_somebody(everyone: Directory) -> None:
    shell.page("Find a therapist", None, step="find")
    st.write("Choose a therapist and a time. We keep it for a day while you make your account.")
    if not everyone.listed:
        st.write("No therapist can be chosen here yet. Call the clinic.")
        return
    wish = need_fields.need_fields(everyone.candidates)
    found = find(everyone.candidates, wish, zone())
    st.header(need_fields.found_words(found), anchor=False)
    st.write(f"Times are shown in {zone_words(zone())}. You choose.")
    for match in found.matches:
        therapist(match, everyone, True)
    if found.elsewhere:
        st.header("Not licensed where you will be", anchor=False)
        st.write("They may not see you there. If you will be somewhere else, change your answer above.")
        for match in found.elsewhere:
            therapist(match, everyone, False)


def therapist(match: Match, everyone: Directory, bookable: bool) -> None:
    one = next(one for one in everyone.listed if one.therapist_id == match.therapist_id)
    with st.container(border=True):
        therapist_card.card(one, match, zone(), bookable=True)
        if bookable and match.first_free_at is not None:
            st.button(
                f"See times with {plain(one.name)}",
                key=f"times:{one.therapist_id}",
                on_click=go,
                args=(one.therapist_id,),
            )


def choose_time(everyone: Directory, therapist_id: str) -> None:
    found = forms.problems(FORM_NAME)
    one = next(one for one in everyone.listed if one.therapist_id == therapist_id)
    shell.page("Choose a time", None, error=bool(found), step="time")
    forms.show_problems(found)
    st.button("‹ Back to all therapists", on_click=go, args=(None,), type="tertiary")
    st.write(f"With {plain(one.name)}")
    clinic_fields.zone_field("Your time zone", "zone", zone())
    forms.beside(found, "zone")
    times = public_times(therapist_id, datetime.now(UTC))[:MOST]
    st.selectbox(
        "Free time", times, index=None, format_func=time_words, key="first_contact:time", placeholder=""
    )
    forms.beside(found, "time")
    clinic_fields.person_fields(found)
    st.caption("We send you an email to go on. Name and email are all we ask now.")
    st.button("Keep this time", type="primary", on_click=keep)


def time_words(offer: Offer) -> str:
    when = f"{short_day(day_of(offer.starts_at, zone()))}, {clock(offer.starts_at, zone())}"
    return f"{when}, {offer.session_type_name}, {offer.length_minutes} minutes"


def kept() -> None:
    offer, until, where = st.session_state[KEPT]
    shell.page("Check your email", None, step="kept")
    st.success(
        f"{moment(offer.starts_at, where)} ({zone_words(where)}) with {plain(offer.therapist_name)} is kept "
        f"for you until {moment(until, where)}. It is not booked yet."
    )
    st.write(
        "Open the link in our email. Choose a password, read and sign the consent, then book your time. "
        "The email can take some minutes. Look in the spam folder too."
    )


try:
    everyone = public_directory(datetime.now(UTC), KEPT_LEAST)
except NotFound as error:
    shell.page("Not found", None)
    st.warning(error.sentence)
    st.page_link("pages/sign_in.py", label="Go to sign-in")
    st.stop()
chosen: str = st.session_state.get(WITH) or ""
if KEPT in st.session_state:
    kept()
elif any(one.therapist_id == chosen for one in everyone.listed):
    choose_time(everyone, chosen)
else:
    find_somebody(everyone)
st.page_link("pages/sign_in.py", label="I have an account already")
st.page_link("pages/help_now.py", label="Help now")
