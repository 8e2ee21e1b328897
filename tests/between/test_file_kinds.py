"""Which files are taken: decided by what is in them, whatever they are called."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_LZMA, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.between import packed as limits
from clinic.between.file_kinds import KINDS, LARGEST, MOST_PIXELS, kind_of
from clinic.errors import FileRefused
from tests.between.files import ODT_PARTS, WORD_PARTS, docx, odt, packed, pdf, png_of, taken
from tests.factories import picture

TAKEN = taken()
ENDINGS = sorted(ending for kind in KINDS for ending in kind.endings)
TEMPLATE = (
    '<Relationships><Relationship Type="http://x/attachedTemplate" Target="{}" TargetMode="External"/>'
    "</Relationships>"
)
SETTINGS = "word/_rels/settings.xml.rels"


def _sentence(name: str, content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        kind_of(name, content)
    return refused.value.sentence


@pytest.mark.parametrize("name", TAKEN)
def test_each_kind_is_known_by_what_is_in_it(name: str) -> None:
    content, media_type = TAKEN[name]
    assert kind_of(name, content).media_type == media_type


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_says_another_kind_is_refused_and_the_sentence_says_which(name: str) -> None:
    content, _ = TAKEN[name]
    kind = kind_of(name, content)
    for ending in ("exe", "html", "zip", "docm", *set(ENDINGS) - kind.endings):
        assert f".{kind.ending}" in _sentence(f"file.{ending}", content)
    assert "has no ending" in _sentence("file", content)
    # Turned around by a mark that is not seen, "x<RLO>fdp.exe" looks like "xexe.pdf".
    assert "ends in .exe" in _sentence("x\u202e" + kind.ending[::-1] + ".exe", content)


DISGUISED = {
    "a web page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "a web page far down": b"Dear all,\n" * 3000 + b"<script src=//x></script>",
    "a drawing that runs": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a drawing behind a declaration": b'\xef\xbb\xbf  <?xml version="1.0"?><svg onload="x"/>',
    "a Windows program": b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 200,
    "a Linux program": b"\x7fELF\x02\x01\x01" + b"\0" * 200,
    "a script": b"#!/bin/sh\nrm -rf ~\n",
    "rich text": rb"{\rtf1 hello}",
    "an archive": packed({"a.txt": "x"}),
    "an archive behind a program": b"MZ\0\0" + docx(),
    "a spreadsheet": packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"}),
    "an old Word document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "a picture of another kind": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "a HEIC photo": b"\x00\x00\x00\x18ftypheic" + b"\0" * 40,
    "a PDF behind a web page": b"<html>" + pdf(),
    "letters in an older code": "Grüße und Küsse".encode("latin-1"),
    "letters in UTF-16": "Hello".encode("utf-16"),
    "a bell in a text": b"ding \x07",
    "only a beginning of a PDF": b"%PDF-1.7\n" + b"x" * 5000,
    "a PDF that starts a program": pdf().replace(b"%%EOF", b"<</S /Launch /F (cmd.exe)>>\n%%EOF"),
    "only a beginning of a JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "a JPEG with no picture": b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9",
    "a JPEG of millions of parts": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 10_000 + picture("JPEG")[2:],
    "a JPEG of nothing but filling": b"\xff\xd8" + b"\xff" * 10_000 + picture("JPEG")[2:],
    "a JPEG cut off": picture("JPEG")[:400],
    "a PNG cut off": picture("PNG")[:-4],
    "a PNG with an archive behind it": picture("PNG") + docx(),
    "a PNG with another letter": picture("PNG").replace(b"IDAT", b"IDAZ", 1),
    "a PNG too large to open": png_of(65_000, 65_000),
    "nothing but spaces": b" \n\n",
    "nothing": b"",
}


@pytest.mark.parametrize("what", DISGUISED)
def test_what_is_disguised_is_refused_under_every_name(what: str) -> None:
    for ending in ENDINGS:
        assert _sentence(f"letter.{ending}", DISGUISED[what])


def test_the_sentence_says_what_to_do() -> None:
    assert "empty" in _sentence("a.pdf", b"")
    assert "is an OpenDocument text" in _sentence("a.docx", odt())
    assert "is a PDF" in _sentence("a.docx", pdf())
    assert "10 MB" in _sentence("a.txt", b"a" * (LARGEST + 1))
    assert "JPEG" in _sentence("a.jpg", DISGUISED["a HEIC photo"])
    assert ".docx" in _sentence("a.doc", DISGUISED["an old Word document"])
    assert "UTF-8" in _sentence("a.txt", DISGUISED["letters in an older code"])
    assert "UTF-8" in _sentence("a.txt", DISGUISED["letters in UTF-16"])
    assert "Send a PDF" in _sentence("a.pdf", DISGUISED["a Windows program"])


def test_the_largest_is_taken_and_one_byte_more_is_not() -> None:
    assert kind_of("a.txt", b"a" * LARGEST).ending == "txt"
    assert LARGEST == 10_485_760
    with pytest.raises(FileRefused):
        kind_of("a.txt", b"a" * (LARGEST + 1))


def test_a_picture_may_have_a_film_behind_it_and_as_many_pixels_as_phones_take() -> None:
    assert kind_of("motion.jpg", picture("JPEG") + b"\0\0\0\x18ftypmp42" + b"\0" * 99).ending == "jpg"
    assert MOST_PIXELS > 16_384 * 12_288
    assert kind_of("large.png", png_of(16_384, 12_288)).ending == "png"


MACROS = {
    "Word's macros": docx(**{"word/vbaProject.bin": b"\xd0\xcf"}),
    "Word's macros by their kind": docx(
        **{
            "[Content_Types].xml": WORD_PARTS["[Content_Types].xml"]
            + "application/vnd.ms-word.document.macroEnabled"
        }
    ),
    "controls": docx(**{"word/activeX/activeX1.xml": "<ax/>"}),
    "a program packed in": docx(**{"word/embeddings/oleObject1.bin": b"MZ"}),
    "a template from elsewhere": docx(**{SETTINGS: TEMPLATE.format("https://example.org/a.dotm")}),
    "a template from a share": docx(**{SETTINGS: TEMPLATE.format(r"file:///\\example.org\a.dotm")}),
    "OpenDocument's macros": odt(**{"Basic/Standard/Module1.xml": "<m/>"}),
    "OpenDocument's scripts": odt(**{"Scripts/python/a.py": "print(1)"}),
}


@pytest.mark.parametrize("what", MACROS)
def test_a_document_with_macros_is_refused(what: str) -> None:
    ending = "odt" if what.startswith("Open") else "docx"
    assert "macros" in _sentence(f"a.{ending}", MACROS[what])


def test_a_template_on_the_writers_own_computer_is_usual() -> None:
    rels = {SETTINGS: TEMPLATE.format("file:///C:\\Users\\sam\\Letter.dotm")}
    assert kind_of("a.docx", docx(**rels)).ending == "docx"
    hidden = {SETTINGS: TEMPLATE.format("x").replace("attachedT", "attached&#84;")}
    with pytest.raises(FileRefused):
        kind_of("a.docx", docx(**hidden))


def _bomb() -> bytes:
    """100 MB of nothing, in a hundred kilobytes."""
    return docx(**{"word/media/image1.bin": b"\0" * (limits.MOST_UNPACKED + 1)})


def _lying() -> bytes:
    """Says of its last part that it holds five bytes, and would unpack to a megabyte."""
    content = bytearray(docx(**{"word/z.xml": b"z" * 1_000_000}))
    real, said = (1_000_000).to_bytes(4, "little"), (5).to_bytes(4, "little")
    assert content.count(real) == 2
    return bytes(content).replace(real, said)


def _locked() -> bytes:
    content = bytearray(docx())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def _twice() -> bytes:
    made = BytesIO(docx())
    with pytest.warns(UserWarning, match="Duplicate"), ZipFile(made, "a") as archive:
        archive.writestr("word/document.xml", "<other/>")
    return made.getvalue()


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    assert "unpacks to far more" in _sentence("a.docx", _bomb())
    many = {f"word/{n}.xml": "x" for n in range(limits.MOST_MEMBERS)}
    assert "unpacks to far more" in _sentence("a.docx", docx(**many))
    related = {f"word/_rels/{n}.rels": "<" * (limits.LARGEST_LIST // 4) for n in range(5)}
    assert "unpacks to far more" in _sentence("a.docx", docx(**related))
    listed = {"[Content_Types].xml": WORD_PARTS["[Content_Types].xml"] + " " * limits.LARGEST_LIST}
    assert "unpacks to far more" in _sentence("a.docx", docx(**listed))


def test_an_archive_that_lies_leads_out_or_is_locked_is_refused() -> None:
    assert "damaged" in _sentence("a.docx", _lying())
    assert "damaged" in _sentence("a.docx", _twice())
    assert "damaged" in _sentence("a.docx", docx()[:-10])
    for name in ("../../a.xml", "/etc/a.xml", "C:/a.xml"):
        assert "damaged" in _sentence("a.docx", docx(**{name: "x"}))
    assert "password" in _sentence("a.docx", _locked())
    assert "damaged" in _sentence("a.docx", packed(dict(WORD_PARTS), ZIP_LZMA))


def test_an_opendocument_text_says_so_in_its_first_part() -> None:
    later = {name: ODT_PARTS[name] for name in ("content.xml", "mimetype")}
    sheet = {**ODT_PARTS, "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
    for parts in (later, sheet):
        with pytest.raises(FileRefused):
            kind_of("a.odt", packed(dict(parts)))


@given(st.binary(max_size=400), st.sampled_from(ENDINGS))
def test_whatever_is_in_it_there_is_a_kind_or_a_refusal(content: bytes, ending: str) -> None:
    try:
        kind = kind_of(f"a.{ending}", content)
    except FileRefused:
        return
    assert ending in kind.endings


@given(st.sampled_from(sorted(TAKEN)), st.data())
def test_a_damaged_file_is_a_kind_or_a_refusal_and_never_another_kind(name: str, data: st.DataObject) -> None:
    content, media_type = TAKEN[name]
    at = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[at] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.integers(1, len(content)))])
    with suppress(FileRefused):
        assert kind_of(name, cut).media_type == media_type


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="<")))
def test_a_text_in_any_letters_is_taken(words: str) -> None:
    assert kind_of("a.txt", f"Dear Sam, {words}".encode()).media_type == "text/plain"
