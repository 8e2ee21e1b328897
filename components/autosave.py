"""Sending what is typed in a long field while it is being typed, so that a reload loses nothing."""

from __future__ import annotations

import streamlit as st

# Streamlit sends a text area when it loses focus, or on Ctrl+Enter. A person who writes for ten
# minutes does neither, so this presses Ctrl+Enter for them while they type, never more than AFTER_MS
# after a letter: what a server that is killed can lose is the last second. Focus stays.
_SCRIPT = """
const AFTER_MS = 500;
let timer = null;
export default function () {
  const typed = (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement) || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      field.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true })
      );
    }, AFTER_MS);
  };
  document.addEventListener('input', typed);
  return () => {
    clearTimeout(timer);
    timer = null;
    document.removeEventListener('input', typed);
  };
}
"""

_component = st.components.v2.component("quiet_room_autosave", js=_SCRIPT)


def autosave() -> None:
    """Keep every text area on this screen as it is typed. Without scripts: when it loses focus."""
    _component(key="autosave", height=1)
