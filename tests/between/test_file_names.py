"""What a file is called, made harmless to show and to save under."""

from __future__ import annotations

import re
import unicodedata
from email.message import Message
from email.utils import collapse_rfc2231_value

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.between.file_names import MOST_BYTES, ending_of, safe_name
from web.attachment import attachment

# Names as people's devices give them, and such as only an attacker would.
PIECES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "/",
                "\\",
                "..",
                "\r\n",
                '"',
                "'",
                "\u202e",
                "\u2066",
                ".pdf",
                ".exe",
                "con",
                " ",
                "%41",
                "é",
                "＂",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@given(PIECES)
def test_a_safe_name_steers_nothing(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= MOST_BYTES + 1  # "_" in front of a device's name
    assert not re.search(r"[/\\\"'`<>:|?*\x00-\x1f\x7f]", safe)
    assert not [
        sign for sign in safe if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ]
    assert safe.strip(" .") == safe
    assert safe_name(safe) == safe


@given(PIECES)
def test_a_header_says_the_same_name_and_nothing_else(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    read = Message()
    read["Content-Disposition"] = header
    assert read.get_content_disposition() == "attachment"
    kind, *names = read.get_params(header="content-disposition") or []
    assert kind == ("attachment", "")
    assert {key for key, _ in names} == {"filename"}
    assert len(names) in (1, 2)
    assert collapse_rfc2231_value(names[-1][1]) == safe_name(name)


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("letter.pdf", "letter.pdf"),
        ("Brief für Sam.PDF", "Brief für Sam.PDF"),
        ("Dr. Who's letter.docx", "Dr. Who’s letter.docx"),
        ("C:\\Users\\sam\\letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("x\u202efdp.exe", "xfdp.exe"),
        ("a\r\nSet-Cookie: b=c.pdf", "a Set-Cookie b=c.pdf"),
        ('a".html".pdf', "a.html.pdf"),
        ("NUL.txt", "_NUL.txt"),
        (".pdf", "document.pdf"),
        ("...", "document"),
        ("", "document"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_names_as_they_come(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    safe = safe_name("日" * 300 + ".docx")
    assert safe.endswith("日.docx")
    assert ending_of(safe) == "docx"
    assert len(safe.encode()) <= MOST_BYTES


def test_millions_of_signs_are_made_safe_at_once() -> None:
    assert safe_name(" " * 3_000_000 + "." * 400 + "x.pdf") == "x.pdf"
    assert safe_name("." * 3_000_000 + " " * 3_000_000) == "document"


@pytest.mark.parametrize(
    ("name", "ending"), [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("a", ""), (".pdf", "pdf"), ("a.p df", "")]
)
def test_the_ending_is_what_follows_the_last_dot(name: str, ending: str) -> None:
    assert ending_of(name) == ending
