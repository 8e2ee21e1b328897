"""From the record to the summary as a PDF, and back into care, at both sizes."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Street, arrived, settled

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_care_ends_with_a_summary_and_begins_again(
    street: Street, size: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(size)
    street.let_in(page, "dana@example.org")
    page.goto(f"{street.portal.address}/clients")
    page.get_by_role("link", name="Sam Rivera").first.click()
    arrived(page, "Sam Rivera")
    page.get_by_role("link", name="End of care").click()
    arrived(page, "End of care: Sam Rivera")
    client = parse_qs(urlsplit(page.url).query)["client"][0]
    page.get_by_label("Summary for the client").fill("You came a long way.")
    expect(page.get_by_text("by Dana Okafor")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Summary for the client")).to_have_value("You came a long way.")
    page.get_by_label("Why care ends").click()
    page.get_by_role("option", name="We agreed that the work is done").click()
    settled(page)
    page.get_by_role("button", name="End care", exact=True).click()
    expect(page.get_by_text(re.compile("Care ended on"))).to_be_visible()
    link = f"{street.portal.address}/download/discharge-summary"
    assert page.request.get(f"{link}?client={client}").body().startswith(b"%PDF")
    street.let_in(page, "sam@example.org")
    expect(page.get_by_role("heading", name="Your care here has ended")).to_be_visible()
    assert page.request.get(link).body().startswith(b"%PDF")
    street.let_in(page, "dana@example.org")
    page.goto(f"{street.portal.address}/discharge?client={client}")
    page.get_by_role("button", name="Begin care again").click()
    expect(page.get_by_role("heading", name="Earlier")).to_be_visible()
    street.let_in(page, "sam@example.org")
    assert page.request.get(link).status == 404
