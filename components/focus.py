"""Moving focus to where a person should read next. The page works without it."""

from __future__ import annotations

import streamlit as st

# Streamlit leaves focus on the body after a page switch, and the view where it was after a rerun.
# On a new page, step or error: the error summary if there is one, else the heading.
_SCRIPT = """
let last = null;
export default function ({ data }) {
  if (last === data.place) return;
  const first = last === null;
  last = data.place;
  let tries = 0;
  const move = () => {
    const main = document.querySelector('[data-testid="stMain"]') || document;
    const problems = data.error ? main.querySelector('.st-key-problems') : null;
    const target = problems || main.querySelector('h1');
    if (!target) {
      if (tries++ < 20) requestAnimationFrame(move);
      return;
    }
    if (first && !problems) return;
    target.setAttribute('tabindex', '-1');
    target.focus({ preventScroll: true });
    // The heading stands under the links: the top shows both, Help now among them.
    if (problems) target.scrollIntoView({ block: 'start' });
    else main.scrollTo(0, 0);
  };
  requestAnimationFrame(move);
}
"""

_component = st.components.v2.component("quiet_room_focus", js=_SCRIPT)


def focus(place: str, error: bool) -> None:
    """Move focus once for each new `place` (page, step, error): to the error summary or the heading."""
    _component(data={"place": place, "error": error}, key="focus", height=1)
