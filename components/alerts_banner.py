"""What needs somebody now, on every screen of the staff, until it is closed."""

from __future__ import annotations

import streamlit as st

from clinic.people.permissions import Permission, allows
from clinic.people.viewer import Viewer
from clinic.safety import alerts, oversee
from components import access, at_the_door
from components.alert_words import since
from components.crisis import plain
from components.errors import UNREACHABLE
from db.errors import DatabaseUnreachable

REFRESH = "15s"
_MAIL = "A mail about an alert could not be sent. Tell your colleagues in another way."


@st.fragment(run_every=REFRESH)
def watch() -> None:
    """Draws nothing while nothing waits, and looks every fifteen seconds. That is no sign of anybody at
    the screen. Alerts that cannot be read are never shown as none."""
    try:
        viewer = access.viewer_or_none(active=False)
        if viewer is None:
            return
        if allows(viewer.role, Permission.ALERT_OVERSEE):
            _for_administrator(viewer)
        elif allows(viewer.role, Permission.ALERT_ACKNOWLEDGE):
            _for_therapist(viewer)
            at_the_door.show(viewer)
    except DatabaseUnreachable:
        st.error(f"Alerts can't be shown now. {UNREACHABLE}")


def _for_therapist(viewer: Viewer) -> None:
    found = alerts.waiting(viewer)
    if found.since is None:
        return
    if found.unseen:
        count = "1 answer needs" if found.unseen == 1 else f"{found.unseen} answers need"
        name = plain(found.name) or "a test"
        st.error(
            f"**{count} you now:** {name}, since {since(found.since, viewer.zone)}."
            + (f" {_MAIL}" if found.mail_fails else "")
        )
    else:
        count = "1 alert is" if found.unclosed == 1 else f"{found.unclosed} alerts are"
        st.write(f"{count} not closed yet." + (f" :red[{_MAIL}]" if found.mail_fails else ""))
    one = found.unseen == 1 or found.unclosed == 1
    st.page_link(
        "pages/alerts.py",
        label="Open the alert" if one else "Open the alerts",
        query_params={"alert": found.alert_id} if one else {},
    )


def _for_administrator(viewer: Viewer) -> None:
    found = oversee.net(viewer)
    said = []
    if found.since is not None:
        count = "1 alert waits" if found.unacknowledged == 1 else f"{found.unacknowledged} alerts wait"
        said.append(f"**{count} for an answer**, since {since(found.since, viewer.zone)}.")
    if found.mail_fails:
        said.append("A mail about an alert could not be sent.")
    if found.policy_broken:
        said.append("Somebody who is to answer alerts no longer can: questions about risk are not asked.")
    if said:
        st.error(" ".join(said))
        st.page_link("pages/safety.py", label="Open safety")
