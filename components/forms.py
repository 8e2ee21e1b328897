"""What forms share: a summary of what to put right, and the sentence beside each field."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from clinic.errors import InvalidInput, NotSignedIn
from clinic.people.viewer import Viewer
from components import access
from components.errors import sentence_for

P = ParamSpec("P")
WHOLE_FORM = "form"  # a problem that belongs to no single field
_PRESSES = "problems:presses"


def callback(
    form: str, *, pressed: bool = True
) -> Callable[[Callable[Concatenate[Viewer, P], None]], Callable[P, None]]:
    """Makes a function that takes the viewer first into a widget's callback.

    A callback runs before the page's guard and may come from a screen drawn before access was
    revoked, so it asks anew who is here. What goes wrong is kept for `problems(form)`, which the
    page draws in the run that follows; nothing is raised, so nothing typed is lost.

    Args:
        pressed: the person asked for it; False where a field is kept while it is typed, which moves nobody's
            focus.
    """

    def make(act: Callable[Concatenate[Viewer, P], None]) -> Callable[P, None]:
        @wraps(act)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with keeping_problems(form, pressed=pressed):
                viewer = access.viewer_or_none()
                if viewer is None:
                    raise NotSignedIn()
                act(viewer, *args, **kwargs)

        return run

    return make


@contextmanager
def keeping_problems(form: str, *, pressed: bool = True) -> Iterator[None]:
    """Keep what goes wrong in the block for `problems(form)`, instead of raising it out of a callback."""
    found: dict[str, str] = {}
    with unbroken():
        try:
            yield
        except InvalidInput as error:
            found = error.fields
        except Exception as error:
            found = {WHOLE_FORM: sentence_for(error)}
        st.session_state[f"problems:{form}"] = found
        if found and pressed:
            st.session_state[_PRESSES] = presses() + 1


@contextmanager
def unbroken() -> Iterator[None]:
    """What is begun here is finished, whatever the page is asked for meanwhile.

    Streamlit breaks a run off for a newer one at each look into the session's state, inside a callback too: a
    press would be half done, or not at all and forgotten. The newer run begins right after the callback.
    There is no public switch for it; `tests/socket/test_presses.py` fails if this stops working.
    """
    context = get_script_run_ctx()
    if context is None:
        yield
        return
    state = context.session_state
    breaks_off = state._yield_callback
    object.__setattr__(state, "_yield_callback", lambda: None)
    try:
        yield
    finally:
        object.__setattr__(state, "_yield_callback", breaks_off)


def presses() -> int:
    """How many presses met a problem so far: each leads back to the summary, the second time too."""
    return int(st.session_state.get(_PRESSES, 0))


def problems(form: str) -> dict[str, str]:
    """What the last callback of this form met: field name to sentence. Empty when it went well."""
    return dict(st.session_state.get(f"problems:{form}", {}))


def forget_problems(form: str) -> None:
    """The person moved on: another step begins without the last one's problems."""
    st.session_state.pop(f"problems:{form}", None)


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
