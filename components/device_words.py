"""A person's last device check, in words."""

from __future__ import annotations

from clinic.video.device_checks import Checked
from components.times import day_of, long_day
from components.words import joined

# What is said of a part that did not work; "" where it did, or was not tried.
_DEVICE = {
    "blocked": "{} blocked by the browser",
    "missing": "no {} found",
    "in_use": "{} used by another program",
    "unable": "{} could not be tried in that browser",
}
_SOUND = {"not_heard": "the test sound was not heard"}
_NETWORK = {
    "blocked": "the network lets no call through",
    "relay_only": "the network lets calls through by a detour only",
}


def last_check(checked: Checked | None, zone: str) -> str:
    """ "Camera and sound worked on Tuesday, 3 March 2026.", or what did not."""
    if checked is None:
        return "Camera and sound: not tried yet."
    when = long_day(day_of(checked.at, zone))
    wrong = _wrong(checked)
    if not wrong and checked.works:
        return f"Camera and sound worked on {when}." + _detour(checked)
    if not wrong:
        return f"Camera and sound were not tried to the end on {when}."
    return f"On {when}: {joined(wrong, '')}."


def _wrong(checked: Checked) -> list[str]:
    said = [
        _DEVICE.get(checked.camera, "").format("camera"),
        _DEVICE.get(checked.microphone, "").format("microphone"),
        _SOUND.get(checked.sound, ""),
        _NETWORK["blocked"] if checked.network == "blocked" else "",
    ]
    return [words for words in said if words]


def _detour(checked: Checked) -> str:
    words = _NETWORK["relay_only"]
    return f" {words[:1].upper()}{words[1:]}." if checked.network == "relay_only" else ""
