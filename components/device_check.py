"""Trying camera, microphone, sound and network before a session.

One component with plain JavaScript. The picture and the sound stay on the device; what goes to the server
is how each part went. Which devices were chosen stays in the browser, under the names in `KEPT_AS`, and
the call takes them from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.video.device_checks import keep_check, servers_to_try
from components import access, device_check_words, forms

FORM_NAME = "device-check"
KEY = "device-check"
KEPT_AS = {
    "camera": "quietroom.camera",
    "microphone": "quietroom.microphone",
    "speaker": "quietroom.speaker",
}
_HERE = Path(__file__).parent
_HTML = """
<div class="check">
  <section aria-label="Camera">
    <video autoplay playsinline muted aria-label="Your own picture"></video>
    <p class="say camera" role="status"></p>
    <ol class="steps camera"></ol>
    <p class="choose"><label>Camera <select class="camera"></select></label></p>
  </section>
  <section aria-label="Microphone">
    <p><label>Your voice <meter min="0" max="100" value="0"></meter></label></p>
    <p class="say microphone" role="status"></p>
    <ol class="steps microphone"></ol>
    <p class="choose"><label>Microphone <select class="microphone"></select></label></p>
  </section>
  <p><button type="button" class="again" hidden>Try again</button></p>
  <section aria-label="Sound">
    <p><button type="button" class="play">Play a sound</button></p>
    <p class="heard" hidden>
      <button type="button" class="yes">I heard it</button>
      <button type="button" class="no">I didn't</button>
    </p>
    <p class="say sound" role="status"></p>
    <p class="choose"><label>Speaker <select class="speaker"></select></label></p>
  </section>
  <section aria-label="Network">
    <p class="say network" role="status"></p>
  </section>
</div>
"""
_component = st.components.v2.component(
    "quiet_room_device_check",
    html=_HTML,
    css=(_HERE / "device_check.css").read_text("utf-8"),
    js=(_HERE / "device_check.js").read_text("utf-8"),
)


@st.fragment
def device_check(*, sound_only: bool = False) -> None:
    """The check, which begins by itself. How it went is kept as it goes, for this person and their
    therapist."""
    viewer = access.require(Permission.ROOM_ENTER)
    data = {
        "sound_only": sound_only,
        "servers": servers_to_try(viewer, datetime.now(UTC)),
        "words": device_check_words.WORDS,
        "steps": device_check_words.STEPS,
        "kept_as": KEPT_AS,
    }
    _component(data=data, key=f"{KEY}:{sound_only}", height="content", on_result_change=_kept_of(sound_only))


def _kept_of(sound_only: bool) -> Callable[[], None]:
    @forms.callback(FORM_NAME, pressed=False)
    def kept(asker: Viewer) -> None:
        sent = getattr(st.session_state.get(f"{KEY}:{sound_only}"), "result", None)
        keep_check(asker, sent if isinstance(sent, Mapping) else {}, datetime.now(UTC))

    return kept
