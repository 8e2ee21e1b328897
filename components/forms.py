"""What forms share: a summary of what to put right, and the sentence beside each field."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from clinic.errors import InvalidInput
from components.errors import sentence_for

_WHOLE_FORM = "form"  # a problem that belongs to no single field


@contextmanager
def attempt(name: str) -> Iterator[None]:
    """Do what the form `name` asks, in a button's callback. What goes wrong is kept for `problems`,
    which the page draws in the run that follows; nothing is raised, so nothing typed is lost."""
    key = f"problems:{name}"
    st.session_state.pop(key, None)
    try:
        yield
    except InvalidInput as error:
        st.session_state[key] = error.fields
    except Exception as error:
        st.session_state[key] = {_WHOLE_FORM: sentence_for(error)}


def problems(name: str) -> dict[str, str]:
    """What the last `attempt` met: field name to sentence. Empty when it went well."""
    return dict(st.session_state.get(f"problems:{name}", {}))


def forget_problems(name: str) -> None:
    """The person moved on: another step begins without the last one's problems."""
    st.session_state.pop(f"problems:{name}", None)


def submit_key(name: str) -> str:
    """A key for one submission of the form `name`; the database keeps it unique. See `submitted`."""
    return str(st.session_state.setdefault(f"submit:{name}", secrets.token_urlsafe(16)))


def submitted(name: str) -> None:
    """This submission is done: the next one gets a key of its own."""
    st.session_state.pop(f"submit:{name}", None)


def show_problems(found: Mapping[str, str]) -> None:
    """The summary above the form; `components.focus` moves focus to it. Nothing when all is well."""
    if not found:
        return
    with st.container(key="problems"):
        lines = "\n".join(f"- {sentence}" for sentence in dict.fromkeys(found.values()))
        st.error(f"**There is a problem**\n\n{lines}")


def beside(found: Mapping[str, str], field: str) -> None:
    """The same words again, at the field itself."""
    if field in found:
        st.markdown(f":red[**Error:** {found[field]}]")
