"""Who is at this screen: the cookie, checked against the database on every run."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound, NotSignedIn
from clinic.people import sign_in
from clinic.people.permissions import Permission, allows
from clinic.people.viewer import Viewer


def require(permission: Permission) -> Viewer:
    """A page's first statement: the signed-in person, if their role may do this; else the run ends here.

    A courtesy to the person, so that they read a sentence and not half a page. What protects the
    data is each service's own check: callbacks and fragments run without their page's guard.
    """
    viewer = viewer_or_none()
    if viewer is None:
        _stop_with(NotSignedIn.sentence)
    elif not allows(viewer.role, permission):
        # Not "forbidden": a stranger is not told what exists.
        _stop_with(NotFound.sentence)
    else:
        return viewer
    raise AssertionError("st.stop() ends the run")


def viewer_or_none() -> Viewer | None:
    """The signed-in person, or None. Nothing is remembered between runs, so revoking takes effect at once.

    Raises:
        DatabaseUnreachable: it cannot be asked; nobody is let in on an old answer.
    """
    token = _token()
    if token is None:
        return None
    try:
        return sign_in.viewer_for(token, datetime.now(UTC))
    except NotSignedIn:
        return None


def _token() -> str | None:
    # The cookies of this connection's handshake. Never st.session_state: its id opens it to anyone.
    token = st.context.cookies.get(sign_in.COOKIE)
    return token if isinstance(token, str) and token else None


def _stop_with(sentence: str) -> None:
    st.title("Quiet Room", anchor=False)
    st.warning(sentence)
    st.markdown("[Go to the first page](/)")
    st.stop()
