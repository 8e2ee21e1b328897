"""Seeing and hearing oneself: the check before a call, and the small picture during it."""

from __future__ import annotations

import streamlit as st

_HTML = """
<div class="self">
  <video autoplay playsinline muted></video>
  <p class="say" role="status"></p>
  <div class="sound">
    <label>Your microphone <meter min="0" max="100" value="0"></meter></label>
    <button type="button">Play a sound</button>
  </div>
</div>
"""
_CSS = """
.self { font-family: var(--st-font); color: var(--st-text-color); }
video {
  width: 100%; max-width: 480px; border-radius: 8px; background: #12191d;
  transform: scaleX(-1); aspect-ratio: 4 / 3; object-fit: cover;
}
.corner video { max-width: 160px; }
.corner .sound { display: none; }
.off video { display: none; }
.say { margin: 0.5rem 0; }
.say:empty { display: none; }
.sound { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
meter { width: 160px; height: 20px; vertical-align: middle; }
button {
  min-height: 44px; padding: 0 1rem; font: inherit; border-radius: 8px; cursor: pointer;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color);
}
button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px; }
"""
# A second capture of the camera would take it away from the call on an iPhone or iPad, so none there.
_SCRIPT = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.self');
  const video = root.querySelector('video');
  const say = root.querySelector('.say');
  const meter = root.querySelector('meter');
  const corner = data.place === 'corner';
  root.classList.toggle('corner', corner);
  const apple = /iPad|iPhone|iPod/.test(navigator.userAgent)
    || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
  if (corner && apple) { root.hidden = true; return; }
  let stream = null, context = null, timer = null, over = false;

  const explain = (error) => {
    root.classList.add('off');
    const name = error && error.name;
    say.textContent = name === 'NotAllowedError' ? data.words.blocked
      : name === 'NotFoundError' || name === 'NotReadableError' ? data.words.missing
      : data.words.unable;
  };
  const listen = () => {
    context = new (window.AudioContext || window.webkitAudioContext)();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    timer = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      const loudest = samples.reduce((most, one) => Math.max(most, Math.abs(one - 128)), 0);
      meter.value = Math.min(100, loudest * 2);
    }, 150);
  };
  const look = async () => {
    if (!navigator.mediaDevices) { explain(null); return; }
    try {
      const taken = await navigator.mediaDevices.getUserMedia({
        video: data.sound_only ? false : { width: { ideal: 320 }, height: { ideal: 240 } },
        audio: !corner,
      });
      if (over) { taken.getTracks().forEach((track) => track.stop()); return; }
      stream = taken;
      root.classList.toggle('off', !!data.sound_only);
      video.srcObject = taken;
      say.textContent = corner ? '' : data.words.working;
      if (!corner) listen();
    } catch (error) { explain(error); }
  };
  const beep = () => {
    const speaker = new (window.AudioContext || window.webkitAudioContext)();
    const tone = speaker.createOscillator();
    const volume = speaker.createGain();
    volume.gain.value = 0.15;
    tone.frequency.value = 440;
    tone.connect(volume).connect(speaker.destination);
    tone.start();
    tone.stop(speaker.currentTime + 0.8);
    tone.onended = () => speaker.close();
  };
  const button = root.querySelector('button');
  button.onclick = beep;
  if (!(corner && data.sound_only)) look(); else root.hidden = true;
  return () => {
    over = true;
    clearInterval(timer);
    if (context) context.close();
    if (stream) stream.getTracks().forEach((track) => track.stop());
  };
}
"""
_WORDS = {
    "working": "This is you. Speak: the bar moves when we can hear you.",
    "blocked": (
        "We can't use your camera yet. Your browser is blocking it. "
        "1. Choose the camera sign or the lock beside the address. "
        "2. Allow camera and microphone. 3. Reload this page. "
        "Or choose Sound only, or call the clinic."
    ),
    "missing": (
        "We can't find a camera, or another program is using it. Close that program and reload this page. "
        "Or choose Sound only, or call the clinic."
    ),
    "unable": (
        "This browser can't use a camera here. Try Chrome, Edge, Firefox or Safari, "
        "with an address that begins with https. Or call the clinic."
    ),
}

_component = st.components.v2.component("quiet_room_self_view", html=_HTML, css=_CSS, js=_SCRIPT)


def device_check(sound_only: bool) -> None:
    """One's own picture, a bar that moves with one's voice, a sound to hear. Nothing leaves the device."""
    _show("check", sound_only)


def corner(sound_only: bool) -> None:
    """One's own picture, small, beside the call."""
    _show("corner", sound_only)


def _show(place: str, sound_only: bool) -> None:
    _component(
        data={"place": place, "sound_only": sound_only, "words": _WORDS},
        key=f"self-view:{place}:{sound_only}",
        height="content",
    )
