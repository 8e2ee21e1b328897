"""The documents' screen, for a client and for a therapist."""

from __future__ import annotations

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from clinic.between import documents
from tests.pages.conftest import Practice, links_of, text_of


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def _letter(practice: Practice) -> str:
    who = practice.client
    return documents.add(who, who.public_id, "letter.txt", b"Words", "letter", datetime.now(UTC))


def test_with_nothing_yet_the_screen_says_so(practice: Practice) -> None:
    assert "No documents yet." in text_of(practice.open("documents", practice.client))
    assert "Nothing new." in text_of(practice.open("documents", practice.therapist))
    of_sam = practice.open("documents", practice.therapist, client=practice.client.public_id)
    assert "Sam Rivera: documents" in text_of(of_sam)
    assert "No documents yet." in text_of(of_sam)


def test_a_stranger_is_told_that_there_is_no_such_page(practice: Practice) -> None:
    _letter(practice)
    whose = practice.client.public_id
    assert "letter.txt" in text_of(practice.open("documents", practice.therapist, client=whose))
    app = practice.open("documents", practice.other_therapist, client=whose)
    assert "We can't find that page." in text_of(app)
    assert "letter.txt" not in text_of(app)
    assert "letter.txt" not in text_of(practice.open("documents", practice.other_client, client=whose))


def test_who_looks_after_nobody_reads_why_nothing_can_be_sent(practice: Practice) -> None:
    said = text_of(practice.open("documents", practice.other_client))
    assert "nobody would read this" in said
    assert "Send your therapist a file." not in said
    assert "Send your therapist a file." in text_of(practice.open("documents", practice.client))


def test_what_is_new_is_led_to_from_today_from_home_and_from_the_record(practice: Practice) -> None:
    _letter(practice)
    whose = practice.client.public_id
    documents.add(practice.therapist, whose, "sheet.txt", b"Words", "sheet", datetime.now(UTC))
    for page, viewer, label, query in (
        ("today", practice.therapist, "Open the documents", {}),
        ("client_home", practice.client, "Open the new documents", {}),
        ("client_record", practice.therapist, "Documents", {"client": whose}),
    ):
        app = practice.open(page, viewer, **query)
        assert label in [link.label for link in links_of(app)], page


def test_withdrawing_asks_first(practice: Practice) -> None:
    _letter(practice)
    app = practice.open("documents", practice.client)
    _press(app, "Withdraw")
    _press(app, "Keep it")
    assert "letter.txt" in text_of(app)
    _press(app, "Withdraw")
    _press(app, "Withdraw it")
    assert "Withdrawn. Nobody can open it any more." in text_of(app)
    assert "letter.txt" not in text_of(app)
    therapist = practice.open("documents", practice.therapist, client=practice.client.public_id)
    assert "letter.txt" not in text_of(therapist)
