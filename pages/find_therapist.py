"""Finding the right person: a few questions, and everybody who fits with why; the choice is the client's."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.scheduling.directory import Directory, directory
from clinic.scheduling.finding import Match, find
from components import access, need_fields, shell, therapist_card
from components.crisis import plain
from components.times import zone_words
from components.words import joined

viewer = access.require(Permission.APPOINTMENT_BOOK)


def therapist(match: Match, everyone: Directory, bookable: bool) -> None:
    one = next(one for one in everyone.listed if one.therapist_id == match.therapist_id)
    with st.container(border=True):
        therapist_card.card(one, match, viewer.zone, bookable=one.therapist_id in everyone.bookable)
        if bookable and one.therapist_id in everyone.bookable:
            st.page_link(
                "pages/book.py",
                label=f"See times with {plain(one.name)}",
                query_params={"therapist": one.therapist_id},
            )


details = shell.page("Find a therapist", viewer, back=("pages/client_home.py", "Home"))
everyone = directory(viewer, datetime.now(UTC))
if everyone.in_care_of:
    st.write(f"You are in the care of {plain(joined(list(everyone.in_care_of), ''))}.")
    if details:
        st.write(f"To see somebody else, call the clinic: {plain(details.phone)}")
if everyone.listed:
    wish = need_fields.need_fields(everyone.candidates)
    found = find(everyone.candidates, wish, viewer.zone)
    st.header(need_fields.found_words(found), anchor=False)
    st.write(f"Times are shown in {zone_words(viewer.zone)}. You choose.")
    for match in found.matches:
        therapist(match, everyone, True)
    if found.elsewhere:
        st.header("Not licensed where you will be", anchor=False)
        st.write("They may not see you there. If you will be somewhere else, change your answer above.")
        for match in found.elsewhere:
            therapist(match, everyone, False)
else:
    st.write("No therapist has written about themselves yet.")
    st.page_link("pages/book.py", label="See all free times")
shell.foot(viewer)
