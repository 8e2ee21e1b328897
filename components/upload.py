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
_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  const [label, input, say, button] =
    ['label', 'input', '.say', 'button'].map((one) => parentElement.querySelector(one));
  input.id = 'file-' + data.key;
  label.htmlFor = input.id;
  label.textContent = data.label;
  input.accept = data.kinds;
  button.textContent = data.press;
  const empty = (words) => {
    input.value = '';
    button.hidden = true;
    say.textContent = words;
  };
  // What was sent has arrived: ready for the next one.
  if (input.dataset.round !== String(data.round)) {
    if (input.dataset.round !== undefined) empty('');
    input.dataset.round = data.round;
  }
  const send = () => {
    const file = input.files[0];
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => {
      const content = String(reader.result).split(',', 2)[1] || '';
      empty('Sending ' + file.name + ' …');
      setTriggerValue('picked', { name: file.name, content });
    };
    reader.onerror = () => empty('This file could not be read. Choose another one.');
    button.hidden = true;
    reader.readAsDataURL(file);
  };
  input.onchange = () => {
    const file = input.files[0];
    button.hidden = !(file && data.press);
    say.textContent = '';
    if (!file) return;
    if (file.size > data.most) empty(data.too_large);
    else if (!data.press) send();
  };
  button.onclick = send;
}
"""
_component = st.components.v2.component("quiet_room_upload", html=_HTML, css=_CSS, js=_SCRIPT)


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


def upload(label: str, kind: Kind, *, key: str, on_picked: Callable[[Picked], None], press: str = "") -> None:
    """A file to choose; `on_picked` is a callback that is given it.

    Args:
        press: words on a button that sends what was chosen. Without it, choosing sends.
    """
    rounds = f"{key}:rounds"

    def picked() -> None:
        st.session_state[rounds] = st.session_state.get(rounds, 0) + 1
        on_picked(_picked(st.session_state.get(key)))

    _component(
        data={
            "label": label,
            "key": key,
            "kinds": kind.accept,
            "most": kind.most_bytes,
            "too_large": kind.too_large,
            "press": press,
            "round": st.session_state.get(rounds, 0),
        },
        key=key,
        on_picked_change=picked,
    )


def _picked(state: object) -> Picked:
    """What the browser sent; nothing where it is not what our own script sends."""
    sent = getattr(state, "picked", None)
    name, content = (sent.get("name"), sent.get("content")) if isinstance(sent, dict) else (None, None)
    if not (isinstance(name, str) and isinstance(content, str)):
        return Picked("", b"")
    try:
        return Picked(name, b64decode(content, validate=True))
    except (Error, ValueError):
        return Picked("", b"")
