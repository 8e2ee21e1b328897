"""What the call's frame does not do by itself: large controls, a name, and the devices that were chosen.

The frame is the video library's own page inside ours, at the same address, so a script beside it may look in.
It remembers devices under a name of its own; ours come from the device check. Without this script the call
works all the same, with the browser's first camera and smaller buttons.
"""

from __future__ import annotations

import streamlit as st

from components.device_check import KEPT_AS

# Of streamlit-webrtc 0.79: {"video": id, "audio": id}, and the same for each call under a name that begins
# with it. Written before its page has loaded, which reads it then.
_THEIRS = "streamlit-webrtc:device-ids"
_SCRIPT = """
const STYLE = `
  button { min-width: 44px !important; min-height: 44px !important; }
  button:focus-visible { outline: 3px solid #247f8c !important; outline-offset: 2px; }
  div:has(> select) { width: 44px !important; height: 44px !important; }
  .dark video { filter: brightness(0); }
`;
const read = (key) => { try { return localStorage.getItem(key) || ''; } catch { return ''; } };
const write = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } };

export default function ({ data, setStateValue }) {
  const { camera, microphone } = data.ours;
  const forget = () => {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(`${data.theirs}:`)) localStorage.removeItem(key);
      }
    } catch { /* private mode */ }
  };
  const hand_over = () => {
    const ids = {};
    if (read(camera)) ids.video = read(camera);
    if (read(microphone)) ids.audio = read(microphone);
    forget();
    if (Object.keys(ids).length) write(data.theirs, JSON.stringify(ids));
  };
  const take_back = (event) => {
    if (event.key !== data.theirs || !event.newValue) return;
    let ids;
    try { ids = JSON.parse(event.newValue); } catch { return; }
    for (const [ours, id] of [[camera, ids.video], [microphone, ids.audio]]) {
      if (typeof id !== 'string' || id === read(ours)) continue;
      write(ours, id);
      window.dispatchEvent(new CustomEvent('quietroom-device', { detail: ours }));
    }
  };
  // Told to start, the library asks for a refused camera again at once, for ever, and shows no word of it.
  // Its own second thoughts (a device that is gone) pass; then it waits, and the page says what is wrong.
  const listen = (media) => {
    if (!media || media.quietroom) return;
    const ask = media.getUserMedia.bind(media);
    let failures = 0;
    media.quietroom = true;
    media.getUserMedia = async (wanted) => {
      try {
        const stream = await ask(wanted);
        failures = 0;
        return stream;
      } catch (error) {
        failures += 1;
        if (failures < 3) throw error;
        setStateValue('problem', error.name);
        return new Promise(() => {});
      }
    };
  };
  const dress = () => {
    for (const frame of document.querySelectorAll('iframe[src*="streamlit_webrtc"]')) {
      frame.title = data.name;
      try {
        listen(frame.contentWindow.navigator.mediaDevices);
        const inside = frame.contentDocument;
        // The last picture before "Sound only" would look like a call that stands still.
        inside.documentElement.classList.toggle('dark', data.dark);
        if (!inside.head || inside.getElementById('quietroom')) continue;
        const style = inside.createElement('style');
        style.id = 'quietroom';
        style.textContent = STYLE;
        inside.head.append(style);
      } catch { /* not loaded yet */ }
    }
  };
  hand_over();
  window.addEventListener('storage', take_back);
  const timer = setInterval(dress, 500);
  return () => { clearInterval(timer); window.removeEventListener('storage', take_back); forget(); };
}
"""

_component = st.components.v2.component("quiet_room_call_frame", js=_SCRIPT)


def dress(name: str, number: int, *, dark: bool) -> str:
    """Call it above the frame. Returns why camera or microphone can't be used, as the browser's name for the
    error (NotAllowedError); "" while nothing is wrong.

    Args:
        name: what the frame is called for those who do not see it.
        number: the frame's: another one asks anew. No room's id in the key: "__" may be in it, which
            Streamlit refuses there.
        dark: no picture comes just now.
    """
    data = {"ours": KEPT_AS, "theirs": _THEIRS, "name": name, "dark": dark}
    found = _component(data=data, key=f"call-frame:{number}", on_problem_change=lambda: None, height=1)
    return str(found.problem or "")
