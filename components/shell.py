"""The frame around every screen: title, stylesheet, links, heading, focus."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import streamlit as st

from clinic.people.details import ClinicDetails
from clinic.people.viewer import Role, Viewer
from components import idle
from components.crisis import known_details, plain
from components.focus import focus
from components.leave import leave_button

_HERE = Path(__file__).parent
# Read once, as text: given a path, Streamlit reads the file anew in each run.
_ICON, _STYLE, _DARK_STYLE = (
    f"data:image/png;base64,{b64encode((_HERE / 'icon.png').read_bytes()).decode()}",
    *(f"<style>{(_HERE / name).read_text('utf-8')}</style>" for name in ("portal.css", "dark.css")),
)
CLIENT_LINKS = (
    ("pages/client_home.py", "Home"),
    ("pages/sessions.py", "Sessions"),
    ("pages/progress.py", "Progress"),
    ("pages/help_now.py", "Help now"),
)


def page(
    title: str,
    viewer: Viewer | None,
    *,
    back: tuple[str, str] | None = None,
    error: bool = False,
    step: str = "",
    wide: bool = False,
) -> ClinicDetails | None:
    """Begin a screen: its one h1 is `title`. Returns the clinic's details for what follows.

    Args:
        back: file and label of the page one level up.
        error: the screen shows a problem: said in the title, and focus goes to the summary.
        step: changes when the screen's content becomes another step, so that focus moves.
        wide: staff screens with tables use the whole width.
    """
    details = known_details()
    clinic = details.name if details else "Quiet Room"
    st.set_page_config(
        page_title=f"{'Error: ' if error else ''}{title} - {clinic}",
        page_icon=_ICON,
        layout="wide" if wide else "centered",
    )
    st.html(_STYLE + _DARK_STYLE if st.context.theme.type == "dark" else _STYLE)
    if viewer is None or viewer.role is Role.CLIENT:
        st.caption(clinic)
    if viewer is not None and viewer.role is Role.CLIENT:
        with st.container(horizontal=True, gap="small", key="links"):
            for file, label in CLIENT_LINKS:
                st.page_link(file, label=label)
            leave_button()
    if back:
        st.page_link(back[0], label=f"‹ Back to {back[1]}")
    st.title(title, anchor=False)
    focus(f"{title}|{step}|{'error' if error else ''}", error)
    return details


def foot(viewer: Viewer) -> None:
    """The end of a screen: who is signed in, and the way out."""
    idle.watch()
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Signed in as {plain(viewer.name)}")
        st.page_link("pages/account.py", label="My account")
        st.page_link("pages/sign_out.py", label="Sign out")
