"""The clinic's palettes can be read by everybody."""

from __future__ import annotations

import tomllib

import pytest

from clinic.people.look import Colour
from components.look import PALETTES
from tests.portal import ROOT

DARK = "#12191D"


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colour", list(Colour))
def test_white_on_a_button_and_a_button_on_the_dark_can_be_seen(colour: Colour) -> None:
    light, dark = PALETTES[colour]
    assert _contrast("#FFFFFF", light) >= 4.5
    assert _contrast("#FFFFFF", dark) >= 4.5
    assert _contrast(DARK, dark) >= 3


def test_the_first_palette_is_the_themes_own() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    own = theme["light"]["primaryColor"], theme["dark"]["primaryColor"]
    assert PALETTES[Colour.TEAL] == own
    assert theme["dark"]["backgroundColor"] == DARK
