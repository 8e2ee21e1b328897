"""What the host decides, put right before anything else is done: Streamlit Community Cloud keeps the secrets
where Streamlit finds them, and shows what went wrong inside unless it is told not to."""

from __future__ import annotations

import os
from functools import cache

import streamlit as st
from streamlit.runtime.secrets import secrets_singleton


@cache
def prepare() -> None:
    """Once a process: secrets become settings, and nothing of an error's inside is on a screen."""
    st.set_option("client.showErrorDetails", "none")
    if secrets_singleton.load_if_toml_exists():
        for name, value in st.secrets.items():
            # Sections, as [auth], are Streamlit's. What the environment says already comes first.
            if isinstance(value, str | int):
                os.environ.setdefault(name, str(value))
