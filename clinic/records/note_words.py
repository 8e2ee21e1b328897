"""Finding words in a text, and a piece of it around them. Pure."""

from __future__ import annotations

_AROUND = 60


def wanted(query: str) -> tuple[str, ...]:
    """The words that are looked for: in small letters, each once."""
    return tuple(dict.fromkeys(query.casefold().split()))


def has_all(text: str, words: tuple[str, ...]) -> bool:
    """Whether each word occurs, in any order, also as a part of another word."""
    folded = text.casefold()
    return all(word in folded for word in words)


def snippet(text: str, words: tuple[str, ...]) -> str:
    """The text around the first of the words, on one line, with dots where more is left out."""
    # A letter may fold to several ("ß" to "ss"): each folded one remembers where it came from.
    origins = [place for place, letter in enumerate(text) for _ in letter.casefold()]
    folded = text.casefold()
    found = [place for place in (folded.find(word) for word in words) if place >= 0]
    middle = origins[min(found)] if found else 0
    start, end = max(0, middle - _AROUND), min(len(text), middle + 2 * _AROUND)
    return f"{'… ' if start else ''}{' '.join(text[start:end].split())}{' …' if end < len(text) else ''}"
