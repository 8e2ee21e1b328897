"""Handing the browser its cookie, and taking it back.

A Streamlit run cannot set a cookie. So the run makes a one-time ticket, and a script of ours trades it
at POST /session (web/routes.py) for a cookie that no script can read.

Some hosts run the portal's script without the application around it, or let nobody reach its routes.
There the script sets the cookie itself: signing in works, the cookie is less well guarded, and the page says
so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import streamlit as st

from clinic.people import sign_in
from clinic.people.viewer import Viewer

WITHOUT_ROUTES = (
    "This server runs the portal without its own web routes. You can use it. But scripts in your browser "
    "could read your sign-in, so whoever runs this clinic should move it to a server of its own."
)
_has_routes = False
_UNREACHED = "session-cookie:unreached"

# Community Cloud shows the portal in a frame under /~/+/ and answers every other address itself.
_SCRIPT = """
const home = window.location.pathname.startsWith('/~/+/') ? '/~/+/' : '/';
const refusals = [400, 401, 403, 503];
export default async function ({ data, setTriggerValue }) {
  if (window.__quietRoomSession === data.once) return;
  window.__quietRoomSession = data.once;
  try {
    if (data.route) {
      const answer = await fetch(home + data.route, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(data.body || {}),
      });
      if (answer.status !== 204) {
        // Somebody else's answer: our routes are not to be had here.
        if (!refusals.includes(answer.status)) return setTriggerValue('unreached', true);
        throw new Error(String(answer.status));
      }
    } else {
      const secure = window.location.protocol === 'https:' ? '; Secure' : '';
      document.cookie = data.cookie + '; Path=/; SameSite=Strict' + secure;
    }
    if (data.then) window.location.assign(home + data.then.slice(1));
    else window.location.reload();
  } catch (error) {
    setTriggerValue('failed', true);
  }
}
"""

_component = st.components.v2.component("quiet_room_session", js=_SCRIPT)


def routes_are_there() -> None:
    """Said once, by the launcher, in the process that serves the routes."""
    global _has_routes
    _has_routes = True


def has_routes() -> bool:
    """Whether this browser can reach them, as far as it has tried."""
    return _has_routes and not st.session_state.get(_UNREACHED)


def begin(ticket: str, *, shared: bool = False, then: str = "") -> bool:
    """Trade the ticket for the cookie and load the page anew, or go to `then`. True once it has failed.

    On a `shared` device the cookie goes with the browser's last window, and the device is not remembered.
    """
    if has_routes():
        failed = _send(
            {"once": ticket, "route": "session", "body": {"ticket": ticket, "shared": shared}, "then": then}
        )
        if has_routes():
            return failed
    if "session-cookie:token" not in st.session_state:
        agent = st.context.headers.get("User-Agent") or ""
        st.session_state["session-cookie:token"] = sign_in.redeem(ticket, datetime.now(UTC), agent)
    token = st.session_state["session-cookie:token"]
    lasts = sign_in.SIGN_IN_HOURS * 3600
    age = "" if shared else f"; Max-Age={lasts}"
    return _send({"once": f"{ticket} by script", "cookie": f"{sign_in.COOKIE}={token}{age}", "then": then})


def end(viewer: Viewer, attempt: int) -> bool:
    """End this sign-in in every tab and go to the first page. Returns True once it has failed."""
    once = f"end-{attempt}"
    if has_routes():
        failed = _send({"once": once, "route": "session/end", "then": "/"})
        if has_routes():
            return failed
    sign_in.sign_out(viewer, datetime.now(UTC))
    return _send({"once": f"{once} by script", "cookie": f"{sign_in.COOKIE}=; Max-Age=0", "then": "/"})


def _send(data: dict[str, Any]) -> bool:
    # Not the ticket itself: Streamlit refuses a key with "__" in it, and one ticket in a hundred has that.
    key = f"session-{sha256(data['once'].encode()).hexdigest()[:16]}"
    answer = _component(
        data=data, key=key, height=1, on_failed_change=lambda: None, on_unreached_change=lambda: None
    )
    if answer.unreached:
        st.session_state[_UNREACHED] = True
    return bool(answer.failed)
