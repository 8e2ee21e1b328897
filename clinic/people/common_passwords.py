"""Passwords that everybody thinks of, in the length we ask for. Pure.

Lists of leaked passwords hold few of 15 characters; what people do instead is to say a short one twice,
to run along the keyboard, or to put well-known words and a year in a row. So the rule is about what a
password is made of: one whose every part is such a piece is refused.
"""

from __future__ import annotations

import re
from functools import cache

_WORDS = frozenset(
    """
    password passwort passwd motdepasse contrasena senha secret letmein welcome hello admin
    administrator root user guest login access master changeme default test testing temp qwerty
    azerty qwertz asdf zxcv iloveyou love lovely loveyou baby babygirl princess angel sunshine
    flower butterfly monkey dragon tiger lion shadow ninja superman batman spiderman pokemon
    starwars football soccer baseball basketball hockey liverpool arsenal chelsea barcelona jordan
    michael michelle jessica jennifer ashley daniel thomas robert charlie george andrew joshua
    matthew anthony nicole amanda hannah summer winter spring autumn monday tuesday wednesday
    thursday friday saturday sunday january february march april june july august september october
    november december london paris berlin america england freedom whatever trustno1 computer
    internet google facebook samsung apple android windows microsoft mustang ferrari porsche harley
    pepper cookie cheese chocolate banana orange purple yellow silver golden diamond heaven jesus
    christ blessed forever family friends mother father sister brother happy smile lucky money
    million business company office clinic therapy therapist doctor patient client health hospital
    quietroom quiet room the a i my is and you me your this that of to in for not one two three four
    five six seven eight nine ten zero
    """.split()  # noqa: SIM905 - a list this long reads better as words
)
_ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qwertzuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
)
_LEET = str.maketrans("@$!013457", "asioleast")
_SHORTEST_RUN = 3


def is_common(password: str, about: str = "") -> bool:
    """Whether the password is nothing but well-known pieces.

    Args:
        about: what others know of the person: their e-mail and name are such pieces too.
    """
    plain = password.casefold().strip()
    if len(set(plain)) < 5:
        return True
    if re.fullmatch(r"(.{1,8})\1+.{0,4}", plain, re.DOTALL):
        return True
    known = _WORDS | {part for part in re.split(r"[\W_]+", about.casefold()) if len(part) > 2}
    return any(_made_of(re.sub(r"[\W_]", "", form), known) for form in (plain, plain.translate(_LEET)))


def _made_of(text: str, known: frozenset[str] | set[str]) -> bool:
    """Whether `text` can be cut into known words, runs along a row of keys, repeats and numbers."""
    longest = max(len(word) for word in known)

    @cache
    def rest_is(start: int) -> bool:
        if start == len(text):
            return True
        for end in range(min(len(text), start + max(longest, 36)), start, -1):
            piece = text[start:end]
            if (piece in known or _runs(piece) or piece.isdigit()) and rest_is(end):
                return True
        return False

    return rest_is(0) if text and len(text) <= 200 else False


def _runs(piece: str) -> bool:
    if len(piece) < _SHORTEST_RUN:
        return False
    return len(set(piece)) == 1 or any(piece in row or piece in row[::-1] for row in _ROWS)
