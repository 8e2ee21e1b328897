"""Sign-in by an OIDC provider, where `[auth]` in the secrets names one (st.login).

The provider only says who somebody is. What lets them in is our own cookie, as always; the provider's is
taken back as soon as ours is set (web/routes.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.secrets import secrets_singleton


def is_there() -> bool:
    return secrets_singleton.load_if_toml_exists() and "auth" in st.secrets


def has_answered() -> bool:
    """Whether this browser comes back from the provider, recognised."""
    return is_there() and bool(st.user.get("is_logged_in"))


def claims() -> Mapping[str, object]:
    """What the provider says of the person."""
    return dict(st.user.to_dict())


def go() -> None:
    """Off to the provider; the browser comes back to the sign-in page."""
    st.login()
