"""Errors as a person meets them: a sentence and a next step; anything unexpected, a reference number."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from clinic.errors import ClinicError, InvalidInput
from db.errors import DatabaseUnreachable, NoRoom

UNREACHABLE = (
    "We could not reach our records just now. Nothing you saved is lost. "
    "Wait a minute, then reload this page. If you need help now, call the clinic."
)
NO_ROOM = (
    "We could not save this: our server has no room left. Your words are still on this page, and what you "
    "saved before is safe. Tell the clinic, and try again later."
)
_log = logging.getLogger("quietroom.errors")


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Show a ClinicError's sentence where the block stands. InvalidInput passes: forms show it by field."""
    try:
        yield
    except InvalidInput:
        raise
    except (ClinicError, DatabaseUnreachable) as error:
        st.error(sentence_for(error))


def show_error(error: BaseException) -> bool:
    """Say an error where the run stopped. True, so that Streamlit adds nothing of its own."""
    st.error(sentence_for(error))
    if not isinstance(error, DatabaseUnreachable):
        st.markdown("[Go to the first page](/)")
    return True


def sentence_for(error: BaseException) -> str:
    """What to tell the person about any error. One that is not ours gets a reference number in the log."""
    if isinstance(error, ClinicError):
        return error.sentence
    if isinstance(error, NoRoom):
        return NO_ROOM
    if isinstance(error, DatabaseUnreachable):
        return UNREACHABLE
    return (
        "Something went wrong on our side. What you saved is safe. Reload this page and try again. "
        f"If it happens again, tell the clinic this number: {log_reference(error)}."
    )


def log_reference(error: BaseException) -> str:
    """Log where an error came from, without its values, and return the number it is logged under."""
    reference = secrets.token_hex(4)
    frames = reversed(traceback.extract_tb(error.__traceback__)[-6:])
    where = " < ".join(f"{f.filename.rsplit('/', 2)[-1]}:{f.lineno} {f.name}" for f in frames)
    _log.error("reference %s: %s at %s", reference, type(error).__name__, where)
    return reference
