"""Handing the browser its cookie, and taking it back: a script of ours speaks to the portal's own routes.

A Streamlit run cannot set a cookie. So the run makes a one-time ticket, and the browser trades it at
POST /session (web/routes.py) for a cookie that no script can read.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

_SCRIPT = """
export default async function ({ data, setTriggerValue }) {
  if (window.__quietRoomSession === data.once) return;
  window.__quietRoomSession = data.once;
  try {
    const answer = await fetch('/' + data.route, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(data.ticket ? { ticket: data.ticket } : {}),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    if (data.then) window.location.assign(data.then);
    else window.location.reload();
  } catch (error) {
    setTriggerValue('failed', true);
  }
}
"""

_component = st.components.v2.component("quiet_room_session", js=_SCRIPT)


def begin(ticket: str) -> bool:
    """Trade the ticket for the cookie and load the page anew. Returns True once it has failed."""
    return _post("session", once=ticket, ticket=ticket, then=None)


def end(attempt: int) -> bool:
    """End this sign-in in every tab and go to the first page. Returns True once it has failed."""
    return _post("session/end", once=f"end-{attempt}", ticket=None, then="/")


def _post(route: str, once: str, ticket: str | None, then: str | None) -> bool:
    data: dict[str, Any] = {"route": route, "once": once, "ticket": ticket, "then": then}
    answer = _component(data=data, key=f"session-{once}", height=1, on_failed_change=lambda: None)
    return bool(answer.failed)
