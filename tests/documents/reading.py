"""The words of a PDF, read back as any reader would: its streams, its fonts' own tables of letters."""

from __future__ import annotations

import re
import zlib

_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def words_of(pdf: bytes) -> str:
    """Everything that is drawn, a space between two pieces; runs of blanks are one."""
    objects = {
        int(number): content
        for number, content in re.findall(rb"^(\d+) 0 obj\n(.*?)\nendobj", pdf, re.MULTILINE | re.DOTALL)
    }
    fonts: dict[bytes, dict[int, str]] = {}
    for content in objects.values():
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", content):
            to_unicode = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
            if to_unicode:
                fonts[name] = _letters(_stream(objects[int(to_unicode[1])]))
    drawn = []
    for content in objects.values():
        page = _stream(content)
        if b" Tf" in page and b"BT" in page:
            drawn += _drawn(page, fonts)
    return re.sub(r"\s+", " ", " ".join(drawn))


def _stream(content: bytes) -> bytes:
    found = re.search(rb"stream\n(.*)\nendstream", content, re.DOTALL)
    if not found:
        return b""
    return zlib.decompress(found[1]) if b"/FlateDecode" in content else found[1]


def _letters(table: bytes) -> dict[int, str]:
    letters = {}
    for code, unicode in re.findall(rb"^<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", table, re.MULTILINE):
        letters[int(code, 16)] = bytes.fromhex(unicode.decode()).decode("utf-16-be")
    return letters


def _drawn(page: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    said, letters = [], {}
    for font, text in re.findall(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", page, re.DOTALL):
        if font:
            letters = fonts[font]
            continue
        raw = re.sub(rb"\\(.)", lambda sign: _ESCAPES.get(sign[1], sign[1]), text, flags=re.DOTALL)
        codes = [raw[place] << 8 | raw[place + 1] for place in range(0, len(raw), 2)]
        said.append("".join(letters.get(code, "?") for code in codes))
    return said
