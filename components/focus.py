"""Moving focus to where a person should read next. The page works without it."""

from __future__ import annotations

import streamlit as st

# Streamlit leaves focus on the body after a page switch, and the view where it was after a rerun.
# On a new page, step or error: the error summary if there is one, else the heading.
_SCRIPT = """
let last = null;
// A table that is wider than the screen can be scrolled by keyboard once it can be reached.
const reach = () => {
  for (const table of document.querySelectorAll('[data-testid="stMain"] table')) {
    const box = table.parentElement;
    if (box.scrollWidth > box.clientWidth) box.setAttribute('tabindex', '0');
  }
};
const drawn = new MutationObserver(() => requestAnimationFrame(reach));
drawn.observe(document.body, { childList: true, subtree: true });
export default function ({ data }) {
  requestAnimationFrame(reach);  // a table that was there before this
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


# Once for each time the container appears: choosing something in it must not move the view again.
_SHOW = """
export default function ({ data }) {
  let tries = 0;
  const move = () => {
    const box = document.querySelector('.st-key-' + data.container);
    const heading = box && box.querySelector('h2');
    if (!heading) {
      if (tries++ < 20) requestAnimationFrame(move);
      return;
    }
    if (box.dataset.shown) return;
    box.dataset.shown = '1';
    heading.setAttribute('tabindex', '-1');
    heading.focus({ preventScroll: true });
    box.scrollIntoView({ block: 'start' });
  };
  requestAnimationFrame(move);
}
"""

_shower = st.components.v2.component("quiet_room_bring_into_view", js=_SHOW)


def bring_into_view(container: str) -> None:
    """Move view and focus to the heading of the container with this key, once, when it appears."""
    _shower(data={"container": container}, key=f"into-view:{container}", height=1)
