"""What is installed is pinned, by hash, from the registry the reader's own pip is set to."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT

_PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)(?: ; [^@\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
_NEED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # "-r another.in" is none


def foreign_lines(text: str) -> list[str]:
    """Lines that are neither a pin nor a hash: an index, a host, a path, an unpinned name."""
    return [line for line in text.splitlines() if not (_PIN.fullmatch(line) or _HASH.fullmatch(line))]


def pins(name: str) -> dict[str, str]:
    """Package to version and marker, as locked."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {found.group(1): found.group(0) for line in text.splitlines() if (found := _PIN.fullmatch(line))}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_pins_and_hashes_only(name: str) -> None:
    assert foreign_lines((ROOT / name).read_text(encoding="utf-8")) == []


def test_the_development_lock_holds_every_pin_of_the_portal() -> None:
    portal, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: pin for name, pin in portal.items() if development.get(name) != pin} == {}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_need_is_locked(name: str) -> None:
    locked = pins(f"{name}.txt")
    for line in (ROOT / f"{name}.in").read_text(encoding="utf-8").splitlines():
        if found := _NEED.match(line):
            assert found.group(0).lower().replace("_", "-") in locked, "run make lock"


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example.org/simple",
        "--find-links /opt/wheels",
        "streamlit>=1.67",
        "av @ file:///opt/wheels/av.whl \\",
        "av @ https://packages.example.org/av.whl",
        "./vendored",
    ],
)
def test_a_line_that_leads_elsewhere_is_found(line: str) -> None:
    assert foreign_lines(line)
