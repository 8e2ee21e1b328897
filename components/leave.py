"""Leaving at once: the button on every client's screen, and Esc pressed twice.

The sign-in ends, a harmless page takes this one's place, and for a while the back button leads there too
(web/leaving.py).
"""

from __future__ import annotations

import streamlit as st

_ELSEWHERE = "https://www.wikipedia.org/"
_HTML = '<button type="button" id="leave" title="Or press Esc twice">Leave this page</button>'
_CSS = """
button { font: inherit; color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: 0.4rem 0.8rem; min-height: 44px;
  cursor: pointer; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
_SCRIPT = """
const BETWEEN_MS = 1500;
export default function ({ parentElement, data }) {
  let gone = false;
  const away = () => {
    if (gone) return;
    gone = true;
    // In a host's frame the whole window goes, where the frame may do that.
    try { window.top.location.replace(data.elsewhere); }
    catch (refused) { window.location.replace(data.elsewhere); }
  };
  const leave = () => {
    document.title = '';
    document.documentElement.style.visibility = 'hidden';
    // keepalive: the answer may come when this page is gone.
    const home = window.location.pathname.startsWith('/~/+/') ? '/~/+/' : '/';
    fetch(home + 'session/end', {
      method: 'POST', keepalive: true, credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ leave: true }),
    }).finally(away);
    setTimeout(away, 700);
  };
  let last = 0;
  const pressed = (event) => {
    if (event.key !== 'Escape') return;
    if (event.timeStamp - last < BETWEEN_MS) leave();
    last = event.timeStamp;
  };
  const button = parentElement.querySelector('#leave');
  button.addEventListener('click', leave);
  document.addEventListener('keydown', pressed, true);
  return () => {
    button.removeEventListener('click', leave);
    document.removeEventListener('keydown', pressed, true);
  };
}
"""

_component = st.components.v2.component("quiet_room_leave", html=_HTML, css=_CSS, js=_SCRIPT)


def leave_button() -> None:
    """For clients: people come because nobody needs to know."""
    _component(data={"elsewhere": _ELSEWHERE}, key="leave", height=48, width="content")
