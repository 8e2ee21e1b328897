"""What forms share: a summary of what to put right, and the sentence beside each field."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import streamlit as st


def submit_key(name: str) -> str:
    """A key for one submission of the form `name`; the database keeps it unique. See `submitted`."""
    return str(st.session_state.setdefault(f"submit:{name}", secrets.token_urlsafe(16)))


def submitted(name: str) -> None:
    """This submission is done: the next one gets a key of its own."""
    st.session_state.pop(f"submit:{name}", None)


def show_problems(problems: Mapping[str, str]) -> None:
    """The summary above the form; `components.focus` moves focus to it. Nothing when all is well."""
    if not problems:
        return
    with st.container(key="problems"):
        lines = "\n".join(f"- {sentence}" for sentence in dict.fromkeys(problems.values()))
        st.error(f"**There is a problem**\n\n{lines}")


def beside(problems: Mapping[str, str], field: str) -> None:
    """The same words again, at the field itself."""
    if field in problems:
        st.markdown(f":red[**Error:** {problems[field]}]")
