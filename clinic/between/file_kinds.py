"""Which files are taken into a record: decided by what is in them, and the name must agree. Pure rules.

A look at the form of a file, not a search for viruses: what is taken is kept sealed, never opened here, and
handed out as a download only.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

from clinic.between.file_names import ending_of
from clinic.between.packed import DOCX, ODT, packed_kind
from clinic.errors import FileRefused

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 250_000_000  # more than any phone takes, and less than stops a computer that opens it

_EMPTY = "This file is empty. Choose another one."
TOO_LARGE = "This file is larger than 10 MB. Make it smaller, or send it in parts."
_BROKEN = "This file is damaged or incomplete. Save it again, then choose it here."
_HEIC = "This photo is of a kind (HEIC) that not everybody can open. Save it as a JPEG, then choose that."
_OLD_WORD = "This is an old Word document. Save it as .docx or as a PDF, then choose that."
_NOT_UTF8 = "We can't read the letters in this text file. Save it as UTF-8, or as a PDF, then choose that."
_PIXELS = "This picture has too many pixels. Make it smaller, then choose it here."
_LAUNCHES = "This PDF would start a program. Print it to a new PDF, then choose that."

_PDF_TAIL, _PDF_END = 1024, b"%%EOF"
_LAUNCH = re.compile(rb"/Launch\b")
_PNG = b"\x89PNG\r\n\x1a\n"
# A picture of a camera has some dozens of parts before the picture itself.
_MOST_MARKERS = 5_000
# What makes a text a web page or a drawing to a browser that guesses; what other files begin with.
# Searched for as plain words: an expression would hold up everything else for a second, calls too.
_MARKUP = (
    *("<!doctype", "<?xml", "<html", "<head", "<body", "<svg", "<script", "<iframe", "<object", "<embed"),
    *("<style", "<meta"),
)
_BEGINNINGS = ("#!", "{\\rtf", "%pdf")
# Control characters that no text has: a file with one is something else. UTF-8 has them for nothing else.
_NO_TEXT = bytes(sign for sign in (*range(32), 127) if sign not in b"\t\n\r\f")


@dataclass(frozen=True)
class FileKind:
    """What a file was found to be. `ending` has no dot; `words` is how a person calls it."""

    media_type: str
    ending: str
    words: str
    endings: frozenset[str]


PDF = FileKind("application/pdf", "pdf", "PDF", frozenset({"pdf"}))
JPEG = FileKind("image/jpeg", "jpg", "picture", frozenset({"jpg", "jpeg"}))
PNG = FileKind("image/png", "png", "picture", frozenset({"png"}))
TEXT = FileKind("text/plain", "txt", "text", frozenset({"txt"}))
WORD = FileKind(DOCX, "docx", "Word document", frozenset({"docx"}))
OPEN_DOCUMENT = FileKind(ODT, "odt", "OpenDocument text", frozenset({"odt"}))
KINDS = (PDF, JPEG, PNG, TEXT, WORD, OPEN_DOCUMENT)
BY_MEDIA_TYPE = {kind.media_type: kind for kind in KINDS}


def kind_of(name: str, content: bytes) -> FileKind:
    """What this file is.

    Raises:
        FileRefused: empty, more than 10 MB (10,485,760 bytes), none of the kinds, or none that its name says.
    """
    if not content:
        raise FileRefused(_EMPTY)
    if len(content) > LARGEST:
        raise FileRefused(TOO_LARGE)
    kind = _by_content(content)
    said = ending_of(name)
    if said not in kind.endings:
        ends = f"ends in .{said}" if said else "has no ending"
        article = "an" if kind.words.startswith("O") else "a"
        raise FileRefused(
            f"Inside, this file is {article} {kind.words}, but its name {ends}. Give it a name that ends in "
            f".{kind.ending}, then choose it again."
        )
    return kind


def _by_content(content: bytes) -> FileKind:
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(b"PK\x03\x04"):
        packed = packed_kind(content)
        if packed is None:
            raise FileRefused()
        return BY_MEDIA_TYPE[packed]
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        raise FileRefused(_HEIC)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise FileRefused(_OLD_WORD)
    return _text(content)


def _pdf(content: bytes) -> FileKind:
    if not re.match(rb"%PDF-[12]\.\d", content) or _PDF_END not in content[-_PDF_TAIL:]:
        raise FileRefused(_BROKEN)
    if _LAUNCH.search(content):
        raise FileRefused(_LAUNCHES)
    return PDF


def _jpeg(content: bytes) -> FileKind:
    """Marker by marker up to the picture itself. After its end phones add a film or a second picture."""
    at, framed = 2, False
    for _ in range(_MOST_MARKERS):
        if at + 4 > len(content) or content[at] != 0xFF:
            raise FileRefused(_BROKEN)
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xFF:  # filling
            at += 1
            continue
        if length < 2 or at + 2 + length > len(content):
            raise FileRefused(_BROKEN)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if length < 8:
                raise FileRefused(_BROKEN)
            _measured(*struct.unpack(">HH", content[at + 5 : at + 9]))
            framed = True
        if marker == 0xDA:  # from here on, the picture
            if framed and content.find(b"\xff\xd9", at) > 0:
                return JPEG
            break
        at += 2 + length
    raise FileRefused(_BROKEN)


def _png(content: bytes) -> FileKind:
    """Chunk by chunk, each with the sum that it carries, and nothing after the last."""
    at, first = len(_PNG), True
    while True:
        if at + 12 > len(content):
            raise FileRefused(_BROKEN)
        length = int.from_bytes(content[at : at + 4], "big")
        end = at + 12 + length
        kind, carried = content[at + 4 : at + 8], content[end - 4 : end]
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(carried, "big"):
            raise FileRefused(_BROKEN)
        if first != (kind == b"IHDR") or (first and length != 13):
            raise FileRefused(_BROKEN)
        if first:
            _measured(*struct.unpack(">II", content[at + 8 : at + 16]))
        at, first = end, False
        if kind == b"IEND":
            break
    if at != len(content):
        raise FileRefused(_BROKEN)
    return PNG


def _measured(one: int, other: int) -> None:
    if not one or not other:
        raise FileRefused(_BROKEN)
    if one * other > MOST_PIXELS:
        raise FileRefused(_PIXELS)


def _text(content: bytes) -> FileKind:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(_NOT_UTF8)  # UTF-16
    if b"\x00" in content:
        raise FileRefused()  # no text has it: a program, or a kind that is not taken
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(_NOT_UTF8 if _looks_typed(content) else None) from error
    small = text.lower()
    if len(content.translate(None, _NO_TEXT)) < len(content) or any(tag in small for tag in _MARKUP):
        raise FileRefused()
    beginning = small.lstrip()
    if not beginning:
        raise FileRefused(_EMPTY)
    if beginning.startswith(_BEGINNINGS):
        raise FileRefused()
    return TEXT


def _looks_typed(content: bytes) -> bool:
    """Whether it may be a text in an older code: nearly no control characters."""
    beginning = content[:4096]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in beginning)
    return odd * 100 < len(beginning)
