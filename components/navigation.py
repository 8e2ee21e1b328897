"""Every screen there is, and which of them each role can open."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from clinic.people.viewer import Role, Viewer
from components import access, look, unheard, unread
from components.crisis import crisis_card, known_details
from components.errors import show_error
from db.errors import DatabaseUnreachable, NoRoom, WrongKey

SIGN_IN = "sign_in"
SET_UP = "set_up"


@dataclass(frozen=True)
class Screen:
    """A file in pages/. `listed`: it stands in the staff's navigation bar."""

    name: str
    title: str
    roles: tuple[Role, ...]
    listed: bool = False

    @property
    def file(self) -> str:
        return f"pages/{self.name}.py"


_ALL = tuple(Role)
_CLIENT, _THERAPIST, _ADMINISTRATOR = (Role.CLIENT,), (Role.THERAPIST,), (Role.ADMINISTRATOR,)
# The first of a role's screens is the one it starts on.
SCREENS = (
    Screen("client_home", "Home", _CLIENT),
    Screen("today", "Today", _THERAPIST, listed=True),
    Screen("clinic", "Clinic", _ADMINISTRATOR, listed=True),
    Screen("calendar", "My week", _THERAPIST, listed=True),
    Screen("clients", "Clients", _THERAPIST, listed=True),
    Screen("alerts", "Alerts", _THERAPIST, listed=True),
    Screen("messages", "Messages", (Role.CLIENT, Role.THERAPIST), listed=True),
    Screen("tasks", "Tasks", (Role.CLIENT, Role.THERAPIST)),
    Screen("documents", "Documents", (Role.CLIENT, Role.THERAPIST)),
    Screen("book_for", "Book a session", _THERAPIST),
    Screen("hours", "My hours", _THERAPIST),
    Screen("import_hours", "Busy times from another calendar", _THERAPIST),
    Screen("profile", "My profile", _THERAPIST),
    Screen("booking_rules", "Booking", _ADMINISTRATOR, listed=True),
    Screen("booked", "Who is booked when", _ADMINISTRATOR),
    Screen("client_record", "Client", _THERAPIST),
    Screen("client_days", "Check-ins, sleep and goals", _THERAPIST),
    Screen("report", "Outcomes report", (Role.THERAPIST, Role.ADMINISTRATOR)),
    Screen("invite", "Invite a client", _THERAPIST),
    Screen("emergency", "Emergency", _THERAPIST),
    Screen("sessions", "Sessions", _CLIENT),
    Screen("progress", "Progress", _CLIENT),
    Screen("consent", "Consent", _CLIENT),
    Screen("intake", "Intake", (Role.CLIENT, Role.THERAPIST)),
    Screen("questionnaire", "Questions", (Role.CLIENT, Role.THERAPIST)),
    Screen("measure_plan", "Measures", _THERAPIST),
    Screen("book", "Book a session", _CLIENT),
    Screen("find_therapist", "Find a therapist", _CLIENT),
    Screen("waiting", "Waiting list", _CLIENT),
    Screen("check_in", "Check-in", _CLIENT),
    Screen("check_in_reminder", "Remind me to check in", _CLIENT),
    Screen("sleep", "Sleep diary", _CLIENT),
    Screen("goals", "My goals", _CLIENT),
    Screen("check_in_plan", "What a check-in asks", _THERAPIST),
    Screen("check_in_items", "What check-ins ask", _ADMINISTRATOR),
    Screen("room", "Video room", (Role.CLIENT, Role.THERAPIST)),
    Screen("device_check", "Camera and sound check", (Role.CLIENT, Role.THERAPIST)),
    Screen("attendance", "Sessions to confirm", _THERAPIST),
    Screen("note", "Note", _THERAPIST),
    Screen("notes", "Notes", _THERAPIST),
    Screen("private_notes", "Private notes", _THERAPIST),
    Screen("safety_plan", "Safety plan", (Role.CLIENT, Role.THERAPIST)),
    Screen("safety", "Safety", _ADMINISTRATOR),
    Screen("video_settings", "Video", _ADMINISTRATOR),
    Screen("getting_ready", "Getting ready", _ADMINISTRATOR),
    Screen("look", "Logo and colour", _ADMINISTRATOR),
    Screen("working", "Is everything working?", _ADMINISTRATOR),
    Screen("form_builder", "Intake form", _ADMINISTRATOR),
    Screen("audit", "Audit log", _ADMINISTRATOR),
    Screen("consents", "Consents", _ADMINISTRATOR),
    Screen("records_kept", "Records kept and erased", _ADMINISTRATOR),
    Screen("handover", "Who looks after a client", _THERAPIST),
    Screen("discharge", "End of care", _THERAPIST),
    Screen("record_file", "Take the record along", _THERAPIST),
    Screen("account", "My account", _ALL),
    Screen("welcome", "Welcome", _ALL),
    Screen("help_now", "Help now", _ALL),
    Screen("first_contact", "Find a therapist", ()),
    Screen(SIGN_IN, "Sign in", _ALL),
    Screen(SET_UP, "Set up the clinic", ()),
    Screen("sign_out", "Sign out", _ALL, listed=True),
)
_PUBLIC = ("help_now", "welcome", "first_contact", "sign_out", SIGN_IN, SET_UP)


def register() -> None:
    """Tell Streamlit once that this portal names its own pages.

    Until st.navigation was called in a process, Streamlit serves whatever lies in pages/ to the first
    visitor who asks for it. The launcher calls this before there is a visitor.
    """
    speaks = logging.getLogger(get_script_run_ctx.__module__)
    level = speaks.level
    speaks.setLevel(logging.ERROR)  # that there is no visitor yet is known
    st.navigation([st.Page(screen.file, title=screen.title) for screen in SCREENS], position="hidden")
    speaks.setLevel(level)


def run(viewer: Viewer | None) -> None:
    """Run the screen that was asked for, of those this person can open."""
    staff = viewer is not None and viewer.role is not Role.CLIENT
    look.wear()
    current = st.navigation(_pages(viewer), position="top" if staff else "hidden")
    try:
        with access.arrived(viewer):
            current.run()
    except DatabaseUnreachable as error:
        unreachable(error)
    except Exception as error:
        show_error(error)
        unheard.show("error", viewer)


def first_screen(viewer: Viewer) -> str:
    """The file of the screen this person starts on."""
    return next(screen.file for screen in SCREENS if viewer.role in screen.roles)


def unreachable(error: DatabaseUnreachable | WrongKey) -> None:
    """The one screen that needs no database: what happened, and help all the same."""
    full = isinstance(error, NoRoom)
    st.title("We can't save anything now" if full else "We can't reach our records", anchor=False)
    show_error(error)
    if not unheard.show("unreachable", None):
        crisis_card(known_details())


def _pages(viewer: Viewer | None) -> list[StreamlitPage]:
    """This visitor's pages, made once a session: making them anew would cost each rerun 1.4 ms."""
    first = viewer.role if viewer else SIGN_IN if known_details() else SET_UP
    # The staff's bar says how many messages are new; the client's row of links says it by itself.
    new = unread.count(viewer) if viewer and viewer.role is not Role.CLIENT else 0
    kept: tuple[tuple[str, int], list[StreamlitPage]] | None = st.session_state.get("navigation:pages")
    if kept is None or kept[0] != (first, new):
        kept = (first, new), _for(viewer.role, new) if viewer else _signed_out(first)
        st.session_state["navigation:pages"] = kept
    return kept[1]


def _for(role: Role, new: int) -> list[StreamlitPage]:
    own = [screen for screen in SCREENS if role in screen.roles]
    first = own[0]
    # Streamlit serves the default page at / alone; listed again, its own name is an address too.
    pages = [
        st.Page(first.file, title=first.title, default=True, url_path="start"),
        st.Page(first.file, title=first.title, url_path=first.name, visibility="hidden"),
    ]
    for screen in own[1:]:
        pages.append(
            st.Page(
                screen.file,
                title=unread.titled(screen.title, new) if screen.name == "messages" else screen.title,
                visibility="visible" if screen.listed else "hidden",
            )
        )
    return pages


def _signed_out(first: str) -> list[StreamlitPage]:
    """The public screens; every other address shows the sign-in, and is there once one has signed in."""
    pages = [st.Page(f"pages/{first}.py", title="Quiet Room", default=True, url_path="start")]
    for screen in SCREENS:
        if screen.name in _PUBLIC:
            pages.append(st.Page(screen.file, title=screen.title))
        else:
            pages.append(st.Page(f"pages/{SIGN_IN}.py", title="Sign in", url_path=screen.name))
    return pages
