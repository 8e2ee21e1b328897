"""The private address under which somebody's calendar reads their appointments, as they paste it."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from clinic.people.mail import portal_address
from components import session_cookie


def is_there() -> bool:
    """Whether this server answers at such addresses at all."""
    return session_cookie.has_routes()


def of(token: str) -> str:
    """The whole address: the portal's own, as the deployment says it or as this browser came."""
    here = urlsplit(st.context.url or "")
    return f"{portal_address() or f'{here.scheme}://{here.netloc}'}/calendar/{token}.ics"
