"""The administrator's page: who is here, who looks after whom, the clinic's details."""

from datetime import UTC, datetime

import streamlit as st

from clinic.measures.instrument import load_problems
from clinic.oversight.doctor import broken
from clinic.oversight.getting_ready import Stand, steps
from clinic.people import accounts, emergency, links
from clinic.people.accounts import Person, people
from clinic.people.details import clinic_details, update_details
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, clinic_fields, forms, invited, shell
from components.crisis import forget_details, plain
from components.password_again import recently_given
from components.times import moment, zone_words
from components.words import counted

viewer = access.require(Permission.CLINIC_MANAGE)
PEOPLE, ADD, PERSON, DETAILS = "people", "add", "person", "details"
FORM_NAME, SAID, WHO = "clinic", "clinic:said", "clinic:who"
ROLE_WORDS = {Role.CLIENT: "Client", Role.THERAPIST: "Therapist", Role.ADMINISTRATOR: "Administrator"}


def show(part: str, who: str = "") -> None:
    """Another part of this page; its problems and its last success are left behind."""
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(SAID, None)
    invited.forget()
    st.session_state["clinic:part"], st.session_state[WHO] = part, who


def done(sentence: str) -> None:
    show(PEOPLE)
    st.session_state[SAID] = sentence


@forms.callback(FORM_NAME)
def invite(asker: Viewer) -> None:
    role = list(Role)[st.session_state["account:role"]]
    name, email = st.session_state.get("account:name") or "", st.session_state.get("account:email") or ""
    therapist: Person | None = st.session_state.get("account:therapist")
    made = links.invite(
        asker,
        role,
        name,
        email,
        datetime.now(UTC),
        therapist_id=therapist.public_id if therapist and role is Role.CLIENT else None,
    )
    done(f"{name.strip()} is invited.")
    invited.keep(made)


@forms.callback(FORM_NAME)
def invite_again(asker: Viewer, person: Person) -> None:
    made = links.invite_again(asker, person.public_id, datetime.now(UTC))
    done(f"{person.name} is invited again. The older link no longer opens.")
    invited.keep(made)


@forms.callback(FORM_NAME)
def disable(asker: Viewer, person: Person) -> None:
    accounts.disable(asker, person.public_id, datetime.now(UTC))
    done(f"The account of {person.name} is closed. They are signed out everywhere.")


@forms.callback(FORM_NAME)
def enable(asker: Viewer, person: Person) -> None:
    accounts.enable(asker, person.public_id, datetime.now(UTC))
    done(f"The account of {person.name} is open again.")


@forms.callback(FORM_NAME)
def change_role(asker: Viewer, person: Person, role: Role) -> None:
    accounts.change_role(asker, person.public_id, role, datetime.now(UTC))
    done(f"{person.name} is now: {ROLE_WORDS[role].lower()}.")


@forms.callback(FORM_NAME)
def reset_second_factor(asker: Viewer, person: Person) -> None:
    accounts.reset_second_factor(asker, person.public_id, datetime.now(UTC))
    done(f"{person.name} signs in with the password alone, once, and sets the second step up again.")


@forms.callback(FORM_NAME)
def assign(asker: Viewer, person: Person) -> None:
    therapist: Person | None = st.session_state.get("care:therapist")
    supervises = bool(st.session_state.get("care:supervises"))
    if therapist is not None:
        accounts.assign(asker, person.public_id, therapist.public_id, supervises, datetime.now(UTC))


@forms.callback(FORM_NAME)
def end_care(asker: Viewer, person: Person, therapist_id: str) -> None:
    accounts.end_care(asker, person.public_id, therapist_id, datetime.now(UTC))


@forms.callback(FORM_NAME)
def mark_seen(asker: Viewer, opening_id: str) -> None:
    emergency.mark_seen(asker, opening_id, datetime.now(UTC))


@forms.callback(FORM_NAME)
def save(asker: Viewer) -> None:
    update_details(asker, clinic_fields.details_typed(), datetime.now(UTC))
    forget_details()
    done("The clinic's details are saved. Every screen shows them from now on.")


def measures_left_out() -> None:
    """A file of the clinic's own that cannot be used is not asked of anybody: somebody has to know."""
    problems = load_problems()
    if problems:
        number = len(problems)
        st.warning(
            f"{number} of your clinic's own measures {'is' if number == 1 else 'are'} left out, and asked of "
            "nobody."
        )
        for problem in problems:
            st.text(problem.sentence)


def list_people(found: dict[str, str]) -> None:
    shell.page("Clinic", viewer, wide=True, error=bool(found), step=str(st.session_state.get(SAID, "")))
    forms.show_problems(found)
    if said := st.session_state.get(SAID):
        st.success(plain(said))
    invited.show()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Invite a person", type="primary", on_click=show, args=(ADD,))
        st.button("Change the clinic's details", on_click=show, args=(DETAILS,))
        st.page_link("pages/form_builder.py", label="Intake form")
        st.page_link("pages/consents.py", label="Consents")
        st.page_link("pages/safety.py", label="Safety: who answers, crisis numbers")
        st.page_link("pages/booking_rules.py", label="Booking")
        st.page_link("pages/video_settings.py", label="Video")
        st.page_link("pages/check_in_items.py", label="Check-ins")
        st.page_link("pages/report.py", label="Outcomes report")
        st.page_link("pages/audit.py", label="Audit log")
        st.page_link("pages/working.py", label="Is everything working?")
        st.page_link("pages/records_kept.py", label="Records kept and erased")
        st.page_link("pages/look.py", label="Logo and colour")
    not_ready()
    for one in broken(viewer, datetime.now(UTC)):
        st.error(f"{one.title}: {plain(one.said)} {plain(one.next_step)}")
    measures_left_out()
    emergencies()
    everyone = people(viewer)
    staff = [person for person in everyone if person.role is not Role.CLIENT]
    clients = [person for person in everyone if person.role is Role.CLIENT]
    if not any(person.role is Role.THERAPIST for person in staff):
        st.info("Invite a therapist first. Then you can invite the clients they look after.")
    for heading, listed in (("Staff", staff), ("Clients", clients)):
        st.header(f"{heading} ({len(listed)})", anchor=False)
        if listed:
            st.selectbox(
                f"Open one of the {heading.lower()}",
                listed,
                index=None,
                format_func=lambda person: f"{person.name}, {person.email}",
                key=f"clinic:open:{heading}",
                placeholder="",
                on_change=opened,
                args=(f"clinic:open:{heading}",),
            )
            st.table(
                {
                    "Name": [plain(person.name) for person in listed],
                    "Email": [plain(person.email) for person in listed],
                    "Role": [ROLE_WORDS[person.role] for person in listed],
                    "State": [state_words(person) for person in listed],
                }
            )
        else:
            st.write("Nobody yet.")


def not_ready() -> None:
    left = sum(stand is not Stand.DONE for stand in steps(viewer).values())
    if left:
        words = counted(left, "step of setting up is left", "steps of setting up are left")
        st.page_link("pages/getting_ready.py", label=f"Getting ready: {words}")


def opened(key: str) -> None:
    chosen: Person | None = st.session_state.pop(key, None)
    if chosen is not None:
        show(PERSON, chosen.public_id)


def state_words(person: Person) -> str:
    if person.disabled:
        return "Closed"
    if person.invited:
        return "Invited, no password yet"
    return "Password and second step" if person.second_factor else "Password"


def emergencies() -> None:
    unseen = [opening for opening in emergency.openings(viewer) if not opening.seen]
    if not unseen:
        return
    st.header("Records opened in an emergency", anchor=False)
    for opening in unseen:
        with st.container(border=True):
            st.markdown(
                f"**{plain(opening.therapist_name)}** opened the record of **{plain(opening.client_name)}**, "
                f"{moment(opening.since_at, viewer.zone)}."
            )
            st.text(opening.reason)
            st.button(
                "I have seen this", key=opening.public_id, on_click=mark_seen, args=(opening.public_id,)
            )


def add_person(found: dict[str, str]) -> None:
    shell.page("Invite a person", viewer, error=bool(found), step=ADD)
    forms.show_problems(found)
    st.button("‹ Back to the clinic", on_click=show, args=(PEOPLE,), type="tertiary")
    roles = list(Role)
    role = roles[st.radio("Role", range(3), format_func=lambda n: ROLE_WORDS[roles[n]], key="account:role")]
    clinic_fields.person_fields(found)
    if role is Role.CLIENT:
        choose_therapist("Their therapist", "account:therapist")
        forms.beside(found, "therapist")
    elif role is Role.THERAPIST:
        st.caption("Starts with weekday hours from 9:00 to 17:00 in their own zone.")
    st.button("Invite", type="primary", on_click=invite)


def choose_therapist(label: str, key: str) -> None:
    therapists = [p for p in people(viewer) if p.role is Role.THERAPIST and not p.disabled]
    st.selectbox(
        label,
        therapists,
        index=0 if len(therapists) == 1 else None,
        format_func=lambda person: person.name,
        key=key,
        placeholder="",
    )


def one_person(found: dict[str, str]) -> None:
    person = next((p for p in people(viewer) if p.public_id == st.session_state.get(WHO)), None)
    shell.page(person.name if person else "Clinic", viewer, error=bool(found), step=PERSON)
    forms.show_problems(found)
    st.button("‹ Back to the clinic", on_click=show, args=(PEOPLE,), type="tertiary")
    if person is None:
        st.write("This person is not here any more.")
        return
    st.write(f"{ROLE_WORDS[person.role]}. {plain(person.email)}. {zone_words(person.zone)}.")
    st.write(state_words(person))
    if person.invited and not person.disabled:
        st.button("Invite again", on_click=invite_again, args=(person,))
    if not recently_given(viewer):
        return
    if person.role is Role.CLIENT:
        care_of(person)
    else:
        other = Role.THERAPIST if person.role is Role.ADMINISTRATOR else Role.ADMINISTRATOR
        st.button(f"Make them {ROLE_WORDS[other].lower()}", on_click=change_role, args=(person, other))
    if person.second_factor:
        st.button("Forget their second step", on_click=reset_second_factor, args=(person,))
    if person.disabled:
        st.button("Open the account again", on_click=enable, args=(person,))
    else:
        st.button("Close the account", on_click=disable, args=(person,))


def care_of(person: Person) -> None:
    st.header("Who looks after them", anchor=False)
    for one in accounts.care(viewer):
        if one.client_id == person.public_id:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(plain(one.therapist_name) + (", as supervisor" if one.supervises else ""))
                st.button(
                    f"End: {one.therapist_name}",
                    key=f"end:{one.therapist_id}",
                    on_click=end_care,
                    args=(person, one.therapist_id),
                )
    choose_therapist("Therapist", "care:therapist")
    st.checkbox("As supervisor: reads the record, has no sessions with them", key="care:supervises")
    st.button("Put into their care", type="primary", on_click=assign, args=(person,))


def change_details(found: dict[str, str]) -> None:
    shell.page("The clinic's details", viewer, error=bool(found), step=DETAILS)
    forms.show_problems(found)
    st.button("‹ Back to the clinic", on_click=show, args=(PEOPLE,), type="tertiary")
    clinic_fields.details_fields(clinic_details(), found)
    st.button("Save", type="primary", on_click=save)


PARTS = {PEOPLE: list_people, ADD: add_person, PERSON: one_person, DETAILS: change_details}
PARTS[st.session_state.get("clinic:part", PEOPLE)](forms.problems(FORM_NAME))
shell.foot(viewer)
