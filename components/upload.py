"""Choosing a file, which is handed over with the press itself.

Streamlit's own uploader keeps files at an address under /_stcore/upload_file, and that is closed
(web/headers.py). Here the browser reads the file and sends it, piece by piece, over the connection the person
is signed in with; it is in memory until the run that takes it ends.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from components import forms

_HTML = """
<div class="upload">
  <label></label>
  <input type="file">
  <p class="say" role="status"></p>
  <button type="button" hidden></button>
</div>
"""
_CSS = """
.upload { font-family: var(--st-font); color: var(--st-text-color); }
label { display: block; margin-bottom: 0.25rem; font-size: 0.875rem; }
input { font: inherit; min-height: 44px; max-width: 100%; }
input::file-selector-button {
  min-height: 44px; padding: 0 1rem; margin-right: 1rem; font: inherit; border-radius: 8px;
  cursor: pointer; color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color);
}
input:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px; }
button {
  min-height: 44px; margin-top: 0.5rem; padding: 0 1rem; font: inherit; border-radius: 8px; cursor: pointer;
  color: #fff; background: var(--st-primary-color); border: 1px solid var(--st-primary-color);
}
button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px; }
[hidden] { display: none; }
.say { overflow-wrap: anywhere; margin: 0.5rem 0 0; }
.say:empty { display: none; }
"""
_component = st.components.v2.component(
    "quiet_room_upload", html=_HTML, css=_CSS, js=Path(__file__).with_suffix(".js").read_text("utf-8")
)


@dataclass(frozen=True)
class Kind:
    """Which files are offered to choose from, and how large one may be. The service looks for itself."""

    accept: str
    most_bytes: int
    too_large: str


@dataclass(frozen=True)
class Picked:
    """A file as the browser gave it; its name is what the person's own device calls it."""

    name: str
    content: bytes


@dataclass
class _Arriving:
    """A file on its way: what has come of it. `heard` counts messages, those that brought nothing new too."""

    id: str
    content: bytearray = field(default_factory=bytearray)
    heard: int = 0
    done: bool = False


@st.fragment
def upload(label: str, kind: Kind, *, key: str, on_picked: Callable[[Picked], None], press: str = "") -> None:
    """A file to choose; `on_picked` is a callback that is given it, and the whole page runs after it.

    Args:
        press: words on a button that sends what was chosen. Without it, choosing sends.
    """
    whole = f"{key}:whole"
    if st.session_state.pop(whole, False):
        st.rerun()

    def arrived() -> None:
        with forms.unbroken():
            picked = _take(key, kind.most_bytes, getattr(st.session_state.get(key), "piece", None))
            if picked is not None:
                st.session_state[whole] = True
                on_picked(picked)

    now: _Arriving | None = st.session_state.get(f"{key}:arriving")
    _component(
        data={
            "label": label,
            "key": key,
            "kinds": kind.accept,
            "most": kind.most_bytes,
            "too_large": kind.too_large,
            "press": press,
            "id": now.id if now else "",
            "arrived": len(now.content) if now else 0,
            "heard": now.heard if now else 0,
            "done": now.id if now and now.done else "",
        },
        key=key,
        on_piece_change=arrived,
    )


def _take(key: str, most: int, sent: object) -> Picked | None:
    """Take a piece; gives the file once it is whole, or longer than it may be: the service says so. What is
    not from our own script is an empty file. No more than `most` and one piece is ever held."""
    match sent:
        case {"id": str(id_), "name": str(name), "at": int(at), "size": int(size), "content": str(content)}:
            pass
        case _:
            return Picked("", b"")
    now: _Arriving | None = st.session_state.get(f"{key}:arriving")
    if now is None or now.id != id_:
        now = _Arriving(id_)
        st.session_state[f"{key}:arriving"] = now
    now.heard += 1
    if now.done or at != len(now.content):
        return None  # sent once more, or begun in a session that is gone: the browser is told how far it is
    try:
        piece = b64decode(content, validate=True)
    except (Error, ValueError):
        piece = b""
    now.content += piece
    if piece and len(now.content) < size and len(now.content) <= most:
        return None
    whole, now.content, now.done = bytes(now.content) if piece else b"", bytearray(), True
    return Picked(name, whole)
