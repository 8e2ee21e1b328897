"""Two people with cameras: real Chromium, one process each, fed with a picture and a tone of their own.

Each picture moves, and its upper left corner has the person's colour; each tone has their pitch. So a
test can tell whose picture arrived, that it is alive, and that it is not one's own come back.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Frame, Page, Playwright, expect

from tests.programs import program

_KEEP_CONNECTIONS = """
(() => {
  const Real = window.RTCPeerConnection;
  if (!Real) return;
  window.connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); window.connections.push(this); }
  };
})();
"""
_INBOUND = """
async () => {
  const sum = { frames: 0, packets: 0, energy: 0 };
  for (const connection of window.connections || []) {
    if (connection.connectionState === 'closed') continue;
    for (const report of (await connection.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue;
      if (report.kind === 'video') sum.frames += report.framesDecoded || 0;
      if (report.kind === 'audio') {
        sum.packets += report.packetsReceived || 0;
        sum.energy += report.totalAudioEnergy || 0;
      }
    }
  }
  return sum;
}
"""
_CORNER = """
() => {
  const video = document.querySelector('video');
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const size = Math.floor(canvas.width / 16);
  const data = context.getImageData(size, size, size, size).data;
  const mean = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) mean[c] += data[i + c];
  return mean.map((value) => value / (data.length / 4));
}
"""


@dataclass(frozen=True)
class Caller:
    """A person's media files. `colour` is the channel that their corner is bright in."""

    colour: str
    picture: Path
    tone: Path


@dataclass(frozen=True)
class Inbound:
    """What a browser has received since its connection began."""

    frames: int
    packets: int
    energy: float

    def less(self, before: Inbound) -> Inbound:
        return Inbound(
            self.frames - before.frames, self.packets - before.packets, self.energy - before.energy
        )


def make_caller(folder: Path, colour: str, hertz: int) -> Caller:
    """Draw and sound a person: ten seconds, looped by the browser."""
    picture, tone = folder / f"{colour}.mjpeg", folder / f"{colour}.wav"
    corner = f"drawbox=x=0:y=0:w=160:h=160:color={colour}:t=fill"
    # Chromium reads full-range JPEG with the standard Huffman tables; anything else comes out green.
    _ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=size=640x480:rate=30:duration=10", "-vf", corner),
        *("-pix_fmt", "yuvj420p", "-huffman", "default", "-q:v", "5", picture),
    )
    _ffmpeg("-f", "lavfi", "-i", f"sine=frequency={hertz}:duration=10", "-ar", "48000", tone)
    return Caller(colour, picture, tone)


@contextmanager
def browser_of(
    playwright: Playwright, caller: Caller | None, *, any_certificate: bool = False
) -> Iterator[Page]:
    """A browser process of its own with the caller's camera and microphone; with None, a refused camera."""
    args = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    if caller is not None:
        args += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={caller.picture}",
            f"--use-file-for-fake-audio-capture={caller.tone}",
        ]
    browser = playwright.chromium.launch(executable_path=program("chromium"), args=args)
    try:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, ignore_https_errors=any_certificate
        )
        context.add_init_script(_KEEP_CONNECTIONS)
        yield context.new_page()
    finally:
        browser.close()


def confirm_lobby(
    page: Page,
    *,
    place: str = "At home, 5 Elm Road",
    call_back: str = "020 7946 0100",
    contact: str = "Lena Rivera (sister), 020 7946 0101",
    alone: bool = True,
) -> None:
    """As a client in the waiting room: say where one is, and wait until the therapist may let one in."""
    for label, words in (
        ("Where are you now?", place),
        ("A number we can call you on now", call_back),
        ("Who to call in an emergency: a name and a number", contact),
    ):
        field = page.get_by_label(label, exact=True)
        field.fill(words)
        field.press("Tab")
    whether = "I am alone" if alone else "Somebody is with me, or can hear me"
    page.get_by_role("radiogroup", name="Are you alone?").get_by_text(whether, exact=True).click()
    page.get_by_role("button", name="Yes, this is right").click()
    expect(page.get_by_text("Thank you. The session starts here by itself.")).to_be_visible()


def call_frame(page: Page) -> Frame | None:
    """The frame the call lives in, once it is there."""
    return next((frame for frame in page.frames if "streamlit_webrtc" in frame.url), None)


def ask(page: Page, script: str) -> Any:
    """What the script says in the call's frame; None where there is no call, or it ended meanwhile."""
    frame = call_frame(page)
    if frame is None:
        return None
    try:
        return frame.evaluate(script)
    except Error:
        if frame.is_detached():
            return None
        raise


def inbound(page: Page) -> Inbound:
    found: dict[str, Any] | None = ask(page, _INBOUND)
    return Inbound(found["frames"], found["packets"], found["energy"]) if found else Inbound(0, 0, 0.0)


def corner_colour(page: Page) -> str | None:
    """The colour in the corner of the picture shown, or None while it is nobody's."""
    mean = ask(page, _CORNER)
    if mean is None:
        return None
    red, _, blue = mean
    return "red" if red > 150 > blue else "blue" if blue > 150 > red else None


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run([program("ffmpeg"), "-loglevel", "error", "-y", *arguments], check=True)
