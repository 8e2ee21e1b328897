"""What is given to a document comes out of its file, in the scripts people have names in."""

from __future__ import annotations

import logging
import unicodedata

import pytest

from clinic.documents.pdf import Document
from tests.documents.reading import words_of
from tests.factories import NOW

NAMES = [
    "Zażółć Gęślą-Jaźń",
    "Шевченко Ґалина Їжак",
    "Nguyễn Thị Ánh Tuyết",
    "Γιώργος Παπαδόπουλος",
    "Şükrü Ağaoğlu",
    "O'Brien (née Ålund) \\ Ñandú",
    "გიორგი",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_out_as_it_went_in(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        page = Document("Title", "Footer", NOW)
        page.facts([("Signed by", name)])
        assert page.complete
        assert name in words_of(page.content())
    assert not caplog.records


def test_a_name_in_two_pieces_a_letter_is_drawn_composed() -> None:
    name = "Nguyễn Thị Ánh"
    page = Document("Title", "Footer", NOW)
    page.paragraph(unicodedata.normalize("NFD", name))
    assert name in words_of(page.content())


def test_right_to_left_letters_stand_in_the_order_they_are_drawn() -> None:
    page = Document("Title", "Footer", NOW)
    page.facts([("Signed by", "שלום")])
    assert page.complete
    assert "שלום"[::-1] in words_of(page.content())


def test_a_letter_the_font_lacks_is_a_box_said_so_and_not_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        page = Document("Title", "Footer", NOW)
        page.facts([("Signed by", "李小龙 Bruce")])
        assert not page.complete
        assert "□□□ Bruce" in words_of(page.content())
    assert "李" not in caplog.text


def test_text_is_drawn_whole_and_only_bold_is_read_as_markup() -> None:
    page = Document("Title", "Footer", NOW)
    page.markdown(
        "**First.** A line\nthat goes on -- with $5, __name__ and <b>.\n\n## More\n\n- one\n- two\n\n1. three"
    )
    words = words_of(page.content())
    assert "First. A line that goes on -- with $5, __name__ and <b>." in words.replace(" .", ".")
    assert "More • one • two 1. three" in words
    assert "**" not in words


def test_a_long_document_counts_its_pages() -> None:
    page = Document("Title", "Linden Practice", NOW)
    page.markdown("\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(60)))
    content = page.content()
    words = words_of(content)
    assert all(f"Paragraph {number}." in words for number in range(60))
    assert content.count(b"/Type /Page\n") > 3
    assert words.count("Linden Practice") == content.count(b"/Type /Page\n")


def test_a_label_at_the_foot_of_a_page_stays_with_its_value() -> None:
    page = Document("Title", "Footer", NOW)
    for number in range(60):
        page.facts([(f"label{number}", f"value{number}")])
    words = words_of(page.content())
    assert all(f"label{number} value{number}" in words for number in range(60))
