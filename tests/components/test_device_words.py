"""A device check in words."""

from __future__ import annotations

import pytest

from clinic.video.device_checks import Checked
from components.device_words import last_check
from tests.factories import NOW

FINE = {"camera": "ok", "microphone": "ok", "sound": "heard", "network": "ok"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Camera and sound worked on Monday 2 March 2026."),
        ({"network": "relay_only"}, "Camera and sound worked on Monday 2 March 2026. The network lets"),
        ({"camera": "blocked"}, "On Monday 2 March 2026: camera blocked by the browser."),
        (
            {"microphone": "in_use", "sound": "not_heard"},
            "microphone used by another program and the test sound was not heard.",
        ),
        ({"network": "blocked"}, "the network lets no call through."),
        ({"camera": "not_tried"}, "were not tried to the end"),
    ],
)
def test_a_check_is_said_in_words(changed: dict[str, str], words: str) -> None:
    parts = {**FINE, **changed}
    assert words in last_check(Checked(NOW, **parts), "Europe/Vienna")


def test_no_check_is_said_too() -> None:
    assert last_check(None, "Europe/Vienna") == "Camera and sound: not tried yet."
