"""A document from a phone to a desk, and one back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.between.files import pdf
from tests.browser.conftest import Street, arrived, settled

pytestmark = pytest.mark.timeout(240)
MEGABYTE = 1_000_000


def _choose(page: Page, path: Path) -> None:
    page.get_by_label("Choose a file").set_input_files(path)
    page.get_by_role("button", name="Send this file").click()


def _saved(page: Page, name: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Download {name}").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_letter_goes_from_a_phone_to_a_desk_and_a_worksheet_comes_back(
    street: Street, phone: Page, desk: Page, tmp_path: Path
) -> None:
    letter, sheet = tmp_path / "Brief für Dana.pdf", tmp_path / "worksheet.txt"
    letter.write_bytes(pdf())
    sheet.write_text("One small step a day", encoding="utf-8")
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="My documents").click()
    arrived(phone, "Documents")
    expect(phone.get_by_text("No documents yet.")).to_be_visible()
    _choose(phone, letter)
    expect(phone.get_by_text("Sent. It is in the list below.")).to_be_visible()
    expect(phone.get_by_text("Not opened yet.")).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "nothing runs off the side of a phone"

    street.let_in(desk, "dana@example.org")
    desk.get_by_role("link", name="Open the documents").click()
    arrived(desk, "Documents")
    desk.get_by_role("link", name="Sam Rivera").click()
    arrived(desk, "Sam Rivera: documents")
    expect(desk.get_by_text("New ·")).to_be_visible()
    assert _saved(desk, letter.name) == (letter.name, letter.read_bytes())
    _choose(desk, sheet)
    expect(desk.get_by_text("Sent. It is in the list below.")).to_be_visible()
    expect(desk.get_by_text("New ·")).to_have_count(0)

    phone.goto(street.portal.address)
    arrived(phone, "Home")
    expect(phone.get_by_text("1 new document")).to_be_visible()
    phone.get_by_role("link", name="Open the new documents").click()
    arrived(phone, "Documents")
    expect(phone.get_by_text("Seen on")).to_be_visible()
    assert _saved(phone, sheet.name) == (sheet.name, sheet.read_bytes())
    # Taken back, it is gone on the desk too.
    phone.get_by_role("button", name="Withdraw", exact=True).click()
    expect(phone.get_by_text("Nobody can open it any more. It can't be undone.")).to_be_visible()
    phone.get_by_role("button", name="Withdraw it").click()
    expect(phone.get_by_text("Withdrawn.")).to_be_visible()
    desk.reload()
    arrived(desk, "Sam Rivera: documents")
    settled(desk)
    expect(desk.get_by_role("link", name="Download")).to_have_count(1)


def test_nine_megabytes_arrive_and_twenty_never_leave_the_browser(
    street: Street, phone: Page, tmp_path: Path
) -> None:
    large, larger, page = tmp_path / "nine.txt", tmp_path / "twenty.txt", tmp_path / "page.pdf"
    large.write_bytes(b"0123456789" * (9 * MEGABYTE // 10))
    larger.write_bytes(b"0123456789" * (20 * MEGABYTE // 10))
    page.write_text("<!DOCTYPE html><html></html>", encoding="utf-8")
    street.let_in(phone, "sam@example.org")
    phone.goto(f"{street.portal.address}/documents")
    arrived(phone, "Documents")
    phone.get_by_label("Choose a file").set_input_files(larger)
    expect(phone.get_by_text("This file is larger than 10 MB.")).to_be_visible()
    expect(phone.get_by_role("button", name="Send this file")).to_be_hidden()
    _choose(phone, page)
    expect(phone.get_by_text("This file can't be taken.")).to_be_visible()
    _choose(phone, large)
    expect(phone.get_by_text("Sent. It is in the list below.")).to_be_visible()
    assert _saved(phone, large.name)[1] == large.read_bytes()
    # The field is ready for the next one.
    expect(phone.get_by_text("Sending", exact=False)).to_have_count(0)
    expect(phone.get_by_label("Choose a file")).to_have_value("")
