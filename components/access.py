"""Who is at this screen: the cookie, checked against the database on every run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound, NotSignedIn
from clinic.oversight.audit import coming_from
from clinic.people import devices, sign_in
from clinic.people.permissions import BEFORE_SECOND_FACTOR, Permission, allows
from clinic.people.remote import remote_address
from clinic.people.viewer import Viewer

# Whom the router found a moment ago, in this very run. Fragments and callbacks run without the router.
_arrived: ContextVar[Viewer | None] = ContextVar("arrived", default=None)


@contextmanager
def arrived(viewer: Viewer | None) -> Iterator[None]:
    """Run the screen for the person the router has just found: they are not looked up again."""
    before = _arrived.set(viewer)
    try:
        yield
    finally:
        _arrived.reset(before)


def require(permission: Permission, *, active: bool = True) -> Viewer:
    """A page's first statement: the signed-in person, if their role may do this; else the run ends here.

    A fragment that refreshes itself says `active=False`: that is no sign of anybody at the screen.

    A courtesy to the person, so that they read a sentence and not half a page. What protects the
    data is each service's own check: callbacks and fragments run without their page's guard.
    """
    viewer = viewer_or_none(active=active)
    if viewer is None:
        _stop_with(NotSignedIn.sentence)
    elif viewer.second_factor_due and permission not in BEFORE_SECOND_FACTOR:
        st.switch_page("pages/account.py", query_params={"part": "second-step"})
    elif not allows(viewer.role, permission):
        # Not "forbidden": a stranger is not told what exists.
        _stop_with(NotFound.sentence)
    else:
        return viewer
    raise AssertionError("st.stop() ends the run")


def viewer_or_none(*, active: bool = True) -> Viewer | None:
    """The signed-in person, or None. Nothing is kept from run to run: what is revoked ends at once.

    Raises:
        DatabaseUnreachable: it cannot be asked; nobody is let in on an old answer.
    """
    if (viewer := _arrived.get()) is not None:
        return viewer
    coming_from.set(address())
    token = _token()
    if token is None:
        return None
    try:
        return sign_in.viewer_for(token, datetime.now(UTC), active=active)
    except NotSignedIn:
        return None


def address() -> str:
    """Where this browser is, for the audit log and for counting guesses; "" where unknown."""
    connected = st.context.ip_address
    forwarded = st.context.headers.get("X-Forwarded-For")
    return remote_address(connected if isinstance(connected, str) else None, forwarded)


def known_device() -> str:
    """The browser's word that somebody signed in with it before, or ""."""
    return st.context.cookies.get(devices.COOKIE) or ""


def _token() -> str | None:
    # The cookies of this connection's handshake. Never st.session_state: its id opens it to anyone.
    token = st.context.cookies.get(sign_in.COOKIE)
    return token if isinstance(token, str) and token else None


def _stop_with(sentence: str) -> None:
    st.title("Quiet Room", anchor=False)
    st.warning(sentence)
    st.markdown("[Go to the first page](/)")
    st.stop()
