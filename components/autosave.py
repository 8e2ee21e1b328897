"""Sending what is typed in a long field while it is being typed, so that a reload loses nothing."""

from __future__ import annotations

import streamlit as st

# Streamlit sends a text area when it loses focus, or on Ctrl+Enter. A person who writes for ten
# minutes does neither, so this presses Ctrl+Enter for them when they pause; focus stays.
_SCRIPT = """
const PAUSE_MS = 1200;
let timer = null;
export default function () {
  const typed = (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      field.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true })
      );
    }, PAUSE_MS);
  };
  document.addEventListener('input', typed);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('input', typed);
  };
}
"""

_component = st.components.v2.component("quiet_room_autosave", js=_SCRIPT)


def autosave() -> None:
    """Keep every text area on this screen as it is typed. Without scripts: when it loses focus."""
    _component(key="autosave", height=1)
