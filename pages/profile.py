"""A therapist's own page: photo, what they help with, where they are licensed, what they offer."""

from datetime import UTC, datetime

import streamlit as st

from clinic.documents.pictures import MOST_BYTES
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling import profiles
from clinic.scheduling.profiles import LISTS, LONGEST, OwnProfile, Profile, own_profile
from components import access, forms, shell, therapist_card
from components.crisis import plain
from components.schedule_words import MINUTES_OF
from components.upload import Kind, Picked, upload
from components.words import how

viewer = access.require(Permission.PROFILE_MANAGE)
FORM_NAME, SAID = "profile", "profile:said"
PHOTO = Kind("image/jpeg,image/png", MOST_BYTES, "The picture is larger than 2 MB. Choose a smaller one.")
HINTS = {
    "helps_with": "One a line, in the words clients use, for example: Worry",
    "languages": "One a line.",
    "licensed_in": "One a line: each place in which you may see clients.",
    "approaches": "One a line.",
    "sees": "One a line, for example: Adults",
}


@forms.callback(FORM_NAME)
def save(asker: Viewer, types: tuple[str, ...]) -> None:
    state = st.session_state
    lists = {name: tuple((state.get(f"profile:{name}") or "").splitlines()) for name in LISTS}
    notice = state.get("profile:notice")
    profile = Profile(
        about=state.get("profile:about") or "",
        helps_with=lists["helps_with"],
        approaches=lists["approaches"],
        languages=lists["languages"],
        sees=lists["sees"],
        licensed_in=lists["licensed_in"],
        fee=state.get("profile:fee") or "",
        listed=bool(state.get("profile:listed")),
        notice_minutes=None if notice is None else int(notice) * MINUTES_OF["hours"],
        horizon_days=state.get("profile:horizon"),
        daily_limit=state.get("profile:daily"),
    )
    offers = frozenset(one for one in types if state.get(f"profile:offers:{one}"))
    profiles.save_profile(asker, profile, offers, datetime.now(UTC))
    said = "Saved. Clients can find you." if profile.listed else "Saved. You are not listed."
    st.session_state[SAID] = said


@forms.callback(FORM_NAME)
def keep_photo(asker: Viewer, picked: Picked) -> None:
    profiles.keep_photo(asker, picked.content, datetime.now(UTC))
    st.session_state[SAID] = "Your photo is saved."


@forms.callback(FORM_NAME)
def remove_photo(asker: Viewer) -> None:
    profiles.remove_photo(asker, datetime.now(UTC))
    st.session_state[SAID] = "Your photo is removed."


def the_photo(own: OwnProfile, found: dict[str, str]) -> None:
    st.header("Photo", anchor=False)
    if own.has_photo:
        therapist_card.photo(viewer.public_id, viewer.name)
        st.button("Remove the photo", on_click=remove_photo)
    upload("Another photo" if own.has_photo else "A photo", PHOTO, key="profile:photo", on_picked=keep_photo)
    st.caption("JPEG or PNG, 2 MB at the most. It is saved at once; where it was taken is removed from it.")
    forms.beside(found, "photo")


def about(profile: Profile, found: dict[str, str]) -> None:
    st.header("What clients read", anchor=False)
    area("About me", "about", profile.about, found, LONGEST["about"])
    for name, label in LISTS.items():
        area(label, name, "\n".join(getattr(profile, name)), found)
        st.caption(HINTS[name])
    area("Fees", "fee", profile.fee, found, LONGEST["fee"])
    st.caption("With a sliding scale, say how it works.")
    st.checkbox("Clients can find me", profile.listed, key="profile:listed")


def area(label: str, name: str, value: str, found: dict[str, str], most: int | None = None) -> None:
    st.text_area(label, value, key=f"profile:{name}", max_chars=most, height=110)
    forms.beside(found, name)


def offers(own: OwnProfile, found: dict[str, str]) -> None:
    st.header("Sessions I offer", anchor=False)
    for kind in own.types:
        words = f"{kind.name}, {kind.length_minutes} minutes, {how(kind.modality)}"
        st.checkbox(plain(words), kind.public_id in own.offers, key=f"profile:offers:{kind.public_id}")
    forms.beside(found, "offers")


def limits(profile: Profile, found: dict[str, str]) -> None:
    st.header("My own limits", anchor=False)
    st.write("Leave one empty to have the clinic's.")
    hours = None if profile.notice_minutes is None else profile.notice_minutes // MINUTES_OF["hours"]
    number("Notice, in hours", "notice", hours, 720)
    forms.beside(found, "notice_minutes")
    number("How far ahead, in days", "horizon", profile.horizon_days, 366)
    forms.beside(found, "horizon_days")
    number("Sessions a day at the most", "daily", profile.daily_limit, 50)
    forms.beside(found, "daily_limit")


def number(label: str, name: str, value: int | None, most: int) -> None:
    st.number_input(label, 0, most, value, step=1, key=f"profile:{name}", placeholder="")


found = forms.problems(FORM_NAME)
said = st.session_state.pop(SAID, "") if not found else ""
shell.page("My profile", viewer, back=("pages/calendar.py", "my week"), error=bool(found), step=said)
forms.show_problems(found)
if said:
    st.success(said)
own = own_profile(viewer)
st.write("This is how clients find you. Write as you would speak to them.")
the_photo(own, found)
about(own.profile, found)
offers(own, found)
limits(own.profile, found)
st.button("Save", type="primary", on_click=save, args=(tuple(one.public_id for one in own.types),))
shell.foot(viewer)
