"""The frame around every screen: title, stylesheet, links, heading, focus."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import streamlit as st

from clinic.people.details import ClinicDetails
from clinic.people.viewer import Role, Viewer
from components import alerts_banner, forms, idle, unheard, unread, whole_screen
from components.crisis import known_details, plain
from components.focus import focus
from components.leave import leave_button

_HERE = Path(__file__).parent
# Read once, as text: given a path, Streamlit reads the file anew in each run.
_ICON, _STYLE, _DARK_STYLE = (
    f"data:image/png;base64,{b64encode((_HERE / 'icon.png').read_bytes()).decode()}",
    *(f"<style>{(_HERE / name).read_text('utf-8')}</style>" for name in ("portal.css", "dark.css")),
)
MESSAGES = "pages/messages.py"
CLIENT_LINKS = (
    ("pages/client_home.py", "Home"),
    ("pages/sessions.py", "Sessions"),
    ("pages/progress.py", "Progress"),
    # Before the one whose words grow: it stays where it is, on a phone's first row.
    ("pages/help_now.py", "Help now"),
    (MESSAGES, "Messages"),
)


def page(
    title: str,
    viewer: Viewer | None,
    *,
    back: tuple[str, str] | tuple[str, str, dict[str, str]] | None = None,
    error: bool = False,
    step: str = "",
    wide: bool = False,
    tab: str | None = None,
) -> ClinicDetails | None:
    """Begin a screen: its one h1 is `title`. Returns the clinic's details for what follows.

    Args:
        back: file and label of the page one level up, and what its address needs.
        error: the screen shows a problem: said in the title, and focus goes to the summary.
        step: changes when the screen's content becomes another step, so that focus moves.
        wide: staff screens with tables use the whole width.
        tab: what the browser's tab and history say, where the heading says more than others should read.
    """
    whole_screen.drawn()
    details = known_details()
    clinic = details.name if details else "Quiet Room"
    st.set_page_config(
        page_title=f"{'Error: ' if error else ''}{tab or title} - {clinic}",
        page_icon=_ICON,
        layout="wide" if wide else "centered",
    )
    st.html(_STYLE + _DARK_STYLE if st.context.theme.type == "dark" else _STYLE)
    if viewer is None or viewer.role is Role.CLIENT:
        st.caption(clinic)
    if viewer is not None and viewer.role is Role.CLIENT:
        with st.container(horizontal=True, gap="small", key="links"):
            for file, label in CLIENT_LINKS:
                st.page_link(file, label=_with_news(file, label, viewer))
            leave_button()
    if viewer is not None and viewer.role is not Role.CLIENT and not viewer.second_factor_due:
        alerts_banner.watch()
    if back:
        params = back[2] if len(back) > 2 else None
        st.page_link(back[0], label=f"‹ Back to {back[1]}", query_params=params)
    st.title(title, anchor=False)
    focus(f"{title}|{step}|{f'error {forms.presses()}' if error else ''}", error)
    unheard.show(title, viewer)
    return details


def _with_news(file: str, label: str, viewer: Viewer) -> str:
    return unread.titled(label, unread.count(viewer)) if file == MESSAGES else label


def foot(viewer: Viewer) -> None:
    """The end of a screen: who is signed in, and the way out."""
    idle.watch()
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Signed in as {plain(viewer.name)}")
        st.page_link("pages/account.py", label="My account")
        st.page_link("pages/sign_out.py", label="Sign out")
