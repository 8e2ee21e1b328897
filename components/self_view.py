"""One's own picture, small, during a call."""

from __future__ import annotations

import streamlit as st

_HTML = '<video autoplay playsinline muted aria-label="Your own picture"></video><p role="status"></p>'
_CSS = """
video {
  display: block; width: 100%; border-radius: 8px; background: #12191d;
  transform: scaleX(-1); aspect-ratio: 4 / 3; object-fit: cover;
}
p {
  margin: 0; padding: 0.25rem 0.5rem; border-radius: 8px; font: 0.9rem var(--st-font);
  color: #e8eef0; background: #12191d;
}
p:empty, video[hidden] { display: none; }
"""
# A second capture of the camera would take it away from the call on an iPhone or iPad, so none there. The
# call's own frame has the button that turns the camera off; what it says is the only sign of it.
_SCRIPT = """
export default function ({ data, parentElement }) {
  const video = parentElement.querySelector('video');
  const say = parentElement.querySelector('p');
  const apple = /iPad|iPhone|iPod/.test(navigator.userAgent)
    || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
  let stream = null, over = false;
  const chosen = () => { try { return localStorage.getItem(data.camera) || ''; } catch { return ''; } };
  const off = () => {
    for (const frame of document.querySelectorAll('iframe[src*="streamlit_webrtc"]')) {
      try {
        if (frame.contentDocument.querySelector(`button[aria-label="${data.words.turn_on}"]`)) return true;
      } catch { /* not ours to look into */ }
    }
    return false;
  };
  const show = () => {
    const hidden = !stream || off();
    video.hidden = hidden;
    say.textContent = stream && hidden ? data.words.off : '';
  };
  const look = async () => {
    if (apple || data.sound_only || !navigator.mediaDevices) { show(); return; }
    try {
      const id = chosen();
      const wanted = { width: { ideal: 320 }, height: { ideal: 240 } };
      if (id) wanted.deviceId = { ideal: id };
      const taken = await navigator.mediaDevices.getUserMedia({ video: wanted });
      if (over) { taken.getTracks().forEach((track) => track.stop()); return; }
      stream = taken;
      video.srcObject = taken;
    } catch { stream = null; /* the call's frame says what is wrong */ }
    show();
  };
  look();
  const timer = setInterval(show, 500);
  const moved = ({ detail }) => {
    if (detail !== data.camera || !stream) return;
    stream.getTracks().forEach((track) => track.stop());
    stream = null;
    look();
  };
  window.addEventListener('quietroom-device', moved);
  return () => {
    over = true;
    clearInterval(timer);
    window.removeEventListener('quietroom-device', moved);
    if (stream) stream.getTracks().forEach((track) => track.stop());
  };
}
"""

_component = st.components.v2.component("quiet_room_self_view", html=_HTML, css=_CSS, js=_SCRIPT)


def corner(*, sound_only: bool, camera_key: str, turn_on: str) -> None:
    """One's own picture. Nothing of it leaves the device.

    Args:
        camera_key: where the browser keeps which camera was chosen.
        turn_on: what the call's frame says on its button while the camera is off.
    """
    words = {"off": "Your camera is off.", "turn_on": turn_on}
    _component(
        data={"sound_only": sound_only, "camera": camera_key, "words": words},
        key=f"self-view:{sound_only}",
        height="content",
    )
