"""Choosing a file, which is handed over with the press itself.

Streamlit's own uploader keeps files at an address under /_stcore/upload_file, and that is closed
(web/headers.py). Here the browser reads the file and sends it over the connection the person is signed in
with; it is in memory until the run that takes it ends.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

_HTML = """
<div class="upload">
  <label></label>
  <input type="file">
  <p class="say" role="status"></p>
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
.say { margin: 0.5rem 0 0; }
.say:empty { display: none; }
"""
_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  const input = parentElement.querySelector('input');
  const label = parentElement.querySelector('label');
  const say = parentElement.querySelector('.say');
  input.id = 'file-' + data.key;
  label.htmlFor = input.id;
  label.textContent = data.label;
  input.accept = data.kinds;
  input.onchange = () => {
    const file = input.files[0];
    if (!file) return;
    if (file.size > data.most) {
      say.textContent = data.too_large;
      input.value = '';
      return;
    }
    say.textContent = 'Sending …';
    const reader = new FileReader();
    reader.onload = () => {
      say.textContent = '';
      input.value = '';
      setTriggerValue('picked', String(reader.result).split(',', 2)[1] || '');
    };
    reader.onerror = () => { say.textContent = 'This file could not be read. Choose another one.'; };
    reader.readAsDataURL(file);
  };
}
"""
_component = st.components.v2.component("quiet_room_upload", html=_HTML, css=_CSS, js=_SCRIPT)


@dataclass(frozen=True)
class Kind:
    """Which files are offered to choose from, and how large one may be. The service looks for itself."""

    accept: str
    most_bytes: int
    too_large: str


def upload(label: str, kind: Kind, *, key: str, on_picked: Callable[[bytes], None]) -> None:
    """A file to choose; `on_picked` is a callback that is given its content."""

    def picked() -> None:
        on_picked(_content(st.session_state.get(key)))

    _component(
        data={
            "label": label,
            "key": key,
            "kinds": kind.accept,
            "most": kind.most_bytes,
            "too_large": kind.too_large,
        },
        key=key,
        on_picked_change=picked,
    )


def _content(state: object) -> bytes:
    """What the browser sent; nothing where it is not what our own script sends."""
    sent = getattr(state, "picked", None)
    try:
        return b64decode(sent, validate=True) if isinstance(sent, str) else b""
    except (Error, ValueError):
        return b""
