"""How many messages somebody has not read, for the link that leads to them."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from clinic.between.messages import unread
from clinic.people.permissions import Permission, allows
from clinic.people.viewer import Viewer
from db.errors import DatabaseUnreachable

_KEPT = "unread:kept"
# A run costs a few milliseconds; the number need not be newer than this where nobody reads messages.
_LASTS = timedelta(seconds=20)


def count(viewer: Viewer | None) -> int:
    """Asked anew every twenty seconds, and after `forget`. What can't be read now is as it was."""
    if viewer is None or viewer.second_factor_due or not allows(viewer.role, Permission.MESSAGE_WRITE):
        return 0
    who, number, at = st.session_state.get(_KEPT, (None, 0, None))
    if who == viewer.public_id and at is not None and viewer.asked_at - at < _LASTS:
        return int(number)
    try:
        number = unread(viewer)
    except DatabaseUnreachable:
        return int(number) if who == viewer.public_id else 0
    st.session_state[_KEPT] = (viewer.public_id, number, viewer.asked_at)
    return number


def forget() -> None:
    """Something was read: ask again at the next run."""
    st.session_state.pop(_KEPT, None)


def titled(title: str, number: int) -> str:
    """A link's words, with how many are new: "Messages (2 new)"."""
    return f"{title} ({number} new)" if number else title
