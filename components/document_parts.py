"""A document on the screen: what it is, from whom, whether it was opened; and which files are taken."""

from __future__ import annotations

import streamlit as st

from clinic.between.file_kinds import KINDS, LARGEST, TOO_LARGE
from clinic.between.folder import DocumentRow
from clinic.people.viewer import Role, Viewer
from components.crisis import plain
from components.times import day_of, moment, short_day
from components.upload import Kind
from components.words import size_words

FILE = Kind(
    ",".join(
        [kind.media_type for kind in KINDS] + [f".{one}" for kind in KINDS for one in sorted(kind.endings)]
    ),
    LARGEST,
    TOO_LARGE,
)


def before_adding(own: bool) -> None:
    """Who can open what is sent, what is taken, and how soon somebody looks."""
    st.write(
        "Send your therapist a file. Only you and whoever looks after you here can open it."
        if own
        else "Send this client a file. Only they and whoever looks after them here can open it."
    )
    st.caption(
        "PDF, picture (JPEG or PNG), text file, Word (.docx) or OpenDocument (.odt), 10 MB at the most."
        + (" Nobody watches this around the clock." if own else "")
    )


def facts(one: DocumentRow, viewer: Viewer) -> None:
    """Name, kind, size, from whom and when; then whether it is new, or the other side has opened it."""
    st.markdown(f"{'**New** · ' if one.new else ''}**{plain(one.name)}**")
    by = "you" if one.own and viewer.role is Role.CLIENT else plain(one.by)
    st.caption(
        f"{one.kind[:1].upper()}{one.kind[1:]}, {size_words(one.size)}. "
        f"From {by}, {moment(one.added_at, viewer.zone)}. {_seen(one, viewer)}"
    )


def _seen(one: DocumentRow, viewer: Viewer) -> str:
    if not one.own:
        return ""
    if one.seen_at is None:
        return "Not opened yet."
    return f"Seen on {short_day(day_of(one.seen_at, viewer.zone))}."
