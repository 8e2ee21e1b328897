"""What a file that somebody hands in is called, made harmless to show and to save under. Pure rules."""

from __future__ import annotations

import re
import unicodedata

MOST_BYTES = 180  # of a name in UTF-8: file systems stop at 255, and a browser adds " (1)"
NAMELESS = "document"
_LONGEST_READ = 1_000  # characters, the last ones: the ending and the name before it
# Nothing that steers a line, a header or the order in which letters are drawn; nothing without a meaning.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_REFUSED_BY_SYSTEMS = re.compile(r'["`<>:|?*]')
_ENDING = re.compile(r"[A-Za-z0-9]{1,8}")
# Names that Windows keeps for devices.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """The name without a folder, quotes, line ends, invisible and turning characters; never empty, never
    longer than 180 bytes, its ending kept. Made safe twice is made safe once."""
    name = unicodedata.normalize("NFC", name[-_LONGEST_READ:])
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(sign if unicodedata.category(sign) not in _UNSEEN else _gone(sign) for sign in name)
    name = _REFUSED_BY_SYSTEMS.sub("", name).replace("'", "\u2019")
    # Again: what stood apart may stand together now.
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", name))
    name = re.sub(r"[ .]+\.", ".", name).rstrip(" .").lstrip(" ")
    stem, dot, ending = name.rpartition(".")
    if not dot or not _ENDING.fullmatch(ending):
        stem, ending = name, ""
    tail = f".{ending}" if ending else ""
    stem = _cut(stem.strip(" ."), MOST_BYTES - len(tail)) or NAMELESS
    return f"_{stem}{tail}" if _DEVICE.fullmatch(stem) else f"{stem}{tail}"


def ending_of(name: str) -> str:
    """What follows the last dot of the name made safe, in small letters; "" where there is none."""
    _, dot, ending = safe_name(name).rpartition(".")
    return ending.lower() if dot and _ENDING.fullmatch(ending) else ""


def _gone(sign: str) -> str:
    return " " if sign in "\t\n\r\v\f\u2028\u2029\x85" else ""


def _cut(stem: str, most: int) -> str:
    """As many whole characters as fit."""
    return stem.encode()[:most].decode(errors="ignore").rstrip(" .")
