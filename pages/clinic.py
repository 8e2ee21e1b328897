"""The administrator's screen: the people, and the clinic's own details. No clinical content."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.accounts import Person, create_account, people
from clinic.people.details import clinic_details, update_details
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, clinic_fields, forms, shell
from components.crisis import forget_details, plain
from components.times import zone_words

viewer = access.require(Permission.CLINIC_MANAGE)
PEOPLE, ADD, DETAILS = "people", "add", "details"
ROLE_WORDS = {Role.CLIENT: "Client", Role.THERAPIST: "Therapist", Role.ADMINISTRATOR: "Administrator"}


def show(part: str) -> None:
    """Another part of this page; its problems and its last success are left behind."""
    for form in (ADD, DETAILS):
        forms.forget_problems(form)
    st.session_state.pop("clinic:said", None)
    st.session_state["clinic:part"] = part


@forms.callback(ADD)
def add(asker: Viewer) -> None:
    role = list(Role)[st.session_state["account:role"]]
    name, email, password = clinic_fields.account_typed()
    therapist: Person | None = st.session_state.get("account:therapist")
    zone = st.session_state.get("account:zone") or ""
    create_account(
        asker,
        role,
        name,
        email,
        password,
        zone,
        datetime.now(UTC),
        therapist_id=therapist.public_id if therapist and role is Role.CLIENT else None,
    )
    show(PEOPLE)
    st.session_state["clinic:said"] = (
        f"{name.strip()} can sign in now with the email and the password you gave. "
        "Tell them both in person or by phone."
    )


@forms.callback(DETAILS)
def save(asker: Viewer) -> None:
    update_details(asker, clinic_fields.details_typed(), datetime.now(UTC))
    forget_details()
    show(PEOPLE)
    st.session_state["clinic:said"] = "The clinic's details are saved. Every screen shows them from now on."


def list_people() -> None:
    shell.page("Clinic", viewer, wide=True, step=st.session_state.get("clinic:said", ""))
    if said := st.session_state.get("clinic:said"):
        st.success(plain(said))
    with st.container(horizontal=True):
        st.button("Add a person", type="primary", on_click=show, args=(ADD,))
        st.button("Change the clinic's details", on_click=show, args=(DETAILS,))
    everyone = people(viewer)
    staff = [person for person in everyone if person.role is not Role.CLIENT]
    clients = [person for person in everyone if person.role is Role.CLIENT]
    if not any(person.role is Role.THERAPIST for person in staff):
        st.info("Add a therapist first. Then you can add the clients they look after.")
    for heading, listed in (("Staff", staff), ("Clients", clients)):
        st.subheader(f"{heading} ({len(listed)})", anchor=False)
        if not listed:
            st.write("Nobody yet.")
            continue
        st.table(
            {
                "Name": [plain(person.name) for person in listed],
                "Email": [plain(person.email) for person in listed],
                "Role": [
                    ROLE_WORDS[person.role] + (", closed" if person.disabled else "") for person in listed
                ],
                "Time": [plain(zone_words(person.zone)) for person in listed],
            }
        )


def add_person() -> None:
    found = forms.problems(ADD)
    shell.page("Add a person", viewer, error=bool(found), step=ADD)
    forms.show_problems(found)
    st.button("‹ Back to the clinic", on_click=show, args=(PEOPLE,), type="tertiary")
    roles = list(Role)
    role = roles[st.radio("Role", range(3), format_func=lambda n: ROLE_WORDS[roles[n]], key="account:role")]
    clinic_fields.account_fields(found)
    clinic_fields.zone_field("Their time zone", "account:zone")
    forms.beside(found, "zone")
    if role is Role.CLIENT:
        therapists = [person for person in people(viewer) if person.role is Role.THERAPIST]
        st.selectbox(
            "Their therapist",
            therapists,
            index=0 if len(therapists) == 1 else None,
            format_func=lambda person: person.name,
            key="account:therapist",
            placeholder="",
        )
        forms.beside(found, "therapist")
    elif role is Role.THERAPIST:
        st.caption("Starts with weekday hours from 9:00 to 17:00 in this zone.")
    st.button("Add", type="primary", on_click=add)


def change_details() -> None:
    found = forms.problems(DETAILS)
    shell.page("The clinic's details", viewer, error=bool(found), step=DETAILS)
    forms.show_problems(found)
    st.button("‹ Back to the clinic", on_click=show, args=(PEOPLE,), type="tertiary")
    clinic_fields.details_fields(clinic_details(), found)
    st.button("Save", type="primary", on_click=save)


{PEOPLE: list_people, ADD: add_person, DETAILS: change_details}[st.session_state.get("clinic:part", PEOPLE)]()
shell.foot(viewer)
