"""Documents that are packed archives inside: Word's (.docx) and OpenDocument's (.odt). Pure rules.

What an archive says of itself is held against limits before any of it is unpacked; then all of it is unpacked
once, a piece at a time, to see that it said the truth.
"""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from clinic.errors import FileRefused

MOST_MEMBERS = 2_000
MOST_UNPACKED = 64 * 1024 * 1024
LARGEST_LIST = (
    1024 * 1024
)  # of the parts that say what the document is, and of those that say what belongs to it
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"

_BROKEN = "This document is damaged or incomplete. Save it again, then choose it here."
_TOO_MUCH = "This document unpacks to far more than it should. Save it as a PDF, then choose that."
_LOCKED = "This document is locked with a password, so nobody here could open it. Save it without one."
_MACROS = "This document holds macros or programs. Save it without them, or as a PDF, then choose that."
_ENCRYPTED = 0x1
# Where macros, controls and packed-in programs are kept.
_MACRO_PARTS = re.compile(
    r"(^|/)(vba[^/]*|activex|macrosheets|oleobject[^/]*\.bin|basic|scripts)(/|$)", re.IGNORECASE
)
_MACRO_KIND = re.compile(rb"macroEnabled|vbaProject|activeX", re.IGNORECASE)
# A template that would be fetched when the document is opened can bring macros with it. One beside the
# document, on the writer's own computer, is usual.
_TEMPLATE, _OWN_TEMPLATE = b"attachedtemplate", re.compile(rb"target\s*=\s*[\"']file:///[^/\\]")


def packed_kind(content: bytes) -> str | None:
    """The media type of a Word or OpenDocument text; None for any other archive.

    Raises:
        FileRefused: damaged, locked, too much inside, or with macros.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            _within_limits(archive)
            kind = _said_kind(archive)
            if kind is not None:
                _without_macros(archive)
                # Ends at what each part said it holds, so a lie is found and never unpacked.
                if archive.testzip() is not None:
                    raise FileRefused(_BROKEN)
            return kind
    # A damaged or hostile archive fails in as many ways as there are fields in it.
    except (
        BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
    ) as error:
        raise FileRefused(_BROKEN) from error


def _within_limits(archive: ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_MEMBERS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused(_TOO_MUCH)
    names = [part.filename.lower() for part in parts]
    if len(set(names)) < len(names) or any(_leads_out(name) for name in names):
        raise FileRefused(_BROKEN)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise FileRefused(_LOCKED)
    # Other ways of packing may need far more memory than what comes out of them.
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise FileRefused(_BROKEN)


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _said_kind(archive: ZipFile) -> str | None:
    parts = archive.namelist()
    if parts[:1] == ["mimetype"]:
        # Rules of OpenDocument: the first part, and nothing but the kind in it.
        return ODT if _read(archive, "mimetype") == ODT.encode() and "content.xml" in parts else None
    if "[Content_Types].xml" in parts and "word/document.xml" in parts:
        said = _read(archive, "[Content_Types].xml")
        if _MACRO_KIND.search(said):
            raise FileRefused(_MACROS)
        return DOCX if f"{DOCX}.main+xml".encode() in said else None
    return None


def _without_macros(archive: ZipFile) -> None:
    related = [part for part in archive.infolist() if part.filename.lower().endswith(".rels")]
    if sum(part.file_size for part in related) > LARGEST_LIST:
        raise FileRefused(_TOO_MUCH)
    for name in archive.namelist():
        if _MACRO_PARTS.search(name):
            raise FileRefused(_MACROS)
        if name.lower().endswith(".rels"):
            said = _read(archive, name).lower()
            # In letters that only a reader of XML puts together, a template could hide.
            if b"\0" in said or b"&#" in said:
                raise FileRefused(_BROKEN)
            templates = (tag for tag in said.split(b"<") if _TEMPLATE in tag)
            if any(not _OWN_TEMPLATE.search(one) for one in templates):
                raise FileRefused(_MACROS)


def _read(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        read = part.read(LARGEST_LIST + 1)
    if len(read) > LARGEST_LIST:
        raise FileRefused(_TOO_MUCH)
    return read
