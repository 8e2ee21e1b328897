"""No secret lies in the repository."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter

import pytest

from tests.architecture.source import ROOT

KNOWN = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{10,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\."),
    re.compile(r"://[^/\s:@\"']+:(?!password@|…|\*)[^/\s:@\"'{}]{8,}@"),
)
# Looks random and is not: a walk over the keyboard.
_NO_SECRET = {"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"}
_LITERAL = re.compile(r"[\"']([A-Za-z0-9+/_=-]{32,})[\"']")
_RANDOM = 4.3  # bits a sign; words and names stay below
# Pins of packages, and files that are no text.
_SKIPPED = ("requirements.txt", "requirements-dev.txt", ".png", ".ttf", ".gz", "LICENSE")


def secrets_in(text: str) -> list[str]:
    """Whatever looks like a key, a token or a password."""
    found = [match.group() for pattern in KNOWN for match in pattern.finditer(text)]
    words = [word for word in _LITERAL.findall(text) if word not in _NO_SECRET]
    return found + [word for word in words if _bits(word) > _RANDOM]


def _bits(word: str) -> float:
    counted = Counter(word)
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counted.values())


def test_no_file_holds_a_secret() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    found = {}
    for name in tracked:
        if name and not name.endswith(_SKIPPED):
            said = secrets_in((ROOT / name).read_text(encoding="utf-8"))
            if said:
                found[name] = said
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = 'AKIA" + "ABCDEFGHIJKLMNOP'",
        "url = 'postgresql://clinic:" + "hunter2hunter2@db/x'",
        "key = '" + "q8Zt2LwXv5Rk9B" + "nYc3MhJp7DfGsTaUeQW1oV4i6K" + "'",
    ],
)
def test_a_secret_is_found(text: str) -> None:
    assert secrets_in(text)


def test_ordinary_text_is_let_be() -> None:
    assert (
        secrets_in("name = 'a_rather_long_name_of_a_function_here'\nurl = 'postgresql://u:password@host/n'")
        == []
    )
