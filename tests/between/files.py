"""Files of each kind that is taken, the smallest that are whole."""

from __future__ import annotations

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from clinic.documents.pdf import Document
from tests.factories import NOW, picture

WORD_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    ),
    "_rels/.rels": "<Relationships/>",
    "word/document.xml": "<w:document/>",
}
ODT_PARTS = {
    "mimetype": "application/vnd.oasis.opendocument.text",
    "content.xml": "<office:document-content/>",
    "META-INF/manifest.xml": "<manifest:manifest/>",
}


def pdf(words: str = "A letter") -> bytes:
    page = Document("Letter", "Linden Practice", NOW)
    page.paragraph(words)
    return page.content()


def packed(parts: dict[str, str | bytes], how: int = ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, ZIP_STORED if name == "mimetype" else how)
    return made.getvalue()


def docx(**more: str | bytes) -> bytes:
    return packed({**WORD_PARTS, **more})


def odt(**more: str | bytes) -> bytes:
    return packed({**ODT_PARTS, **more})


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it has this size, with next to nothing in it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        said = kind + content
        return len(content).to_bytes(4, "big") + said + zlib.crc32(said).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def taken() -> dict[str, tuple[bytes, str]]:
    """A name, what is in it and its media type, for each kind."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return {
        "letter.pdf": (pdf(), "application/pdf"),
        "photo.jpg": (picture("JPEG", exif=True), "image/jpeg"),
        "Photo.JPEG": (picture("JPEG"), "image/jpeg"),
        "drawing.png": (picture("PNG"), "image/png"),
        "list.txt": ("Grüße, שלום, 日本\r\n\t5 < 6 > 4\n".encode(), "text/plain"),
        "marked.txt": (b"\xef\xbb\xbfWith a mark in front", "text/plain"),
        "sheet.docx": (docx(), word),
        "sheet.odt": (odt(), "application/vnd.oasis.opendocument.text"),
    }
