"""A check-in on a phone: from the reminder's address to the chart, with a reload on the way."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from clinic.people.viewer import Role, Viewer
from clinic.records.check_in import Answers
from clinic.records.mood import check_in, check_in_day
from db.tables import Account
from tests.browser.conftest import Street, arrived, settled
from tests.factories import PASSWORD

pytestmark = pytest.mark.timeout(240)


def _sam() -> Viewer:
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.email == "sam@example.org")).one()
    return Viewer(account.id, account.public_id, Role.CLIENT, account.name, account.zone, 0)


def _choose(page: Page, question: str, option: str) -> None:
    page.get_by_role("radiogroup", name=question).get_by_text(option, exact=True).click()
    settled(page)


def _chosen(page: Page, question: str, option: str) -> None:
    group = page.get_by_role("radiogroup", name=question)
    expect(group.get_by_role("radio", name=option, exact=True)).to_be_checked()


def test_a_check_in_outlives_a_reload_and_a_change_of_mind(street: Street, phone: Page) -> None:
    phone.goto(f"{street.portal.address}/check_in")  # as the reminder's mail says
    settled(phone)
    phone.get_by_label("Email").fill("sam@example.org")
    phone.get_by_role("textbox", name="Password").fill(PASSWORD)
    phone.get_by_role("button", name="Sign in", exact=True).click()
    arrived(phone, "Check-in")
    expect(phone.get_by_text("They are not watched around the clock.")).to_be_visible()
    _choose(phone, "How did you feel?", "Very low")
    expect(phone.get_by_role("link", name="112")).to_be_visible()
    _choose(phone, "How did you feel?", "Good")
    expect(phone.get_by_role("link", name="112")).to_have_count(0)
    _choose(phone, "How anxious or calm?", "A little anxious")
    _choose(phone, "Medication", "Taken")
    phone.get_by_role("button", name="Leave out medication").click()
    expect(phone.get_by_role("button", name="Leave out medication")).to_have_count(0)
    phone.get_by_label("Hours of sleep in the night before").fill("7.5")
    phone.get_by_label("Hours of sleep in the night before").press("Tab")
    settled(phone)
    tag = phone.get_by_role("button", name="A walk or exercise")
    tag.click()
    settled(phone)
    height = tag.bounding_box()
    assert height is not None
    assert height["height"] >= 44, "a finger finds it"
    phone.get_by_label("A note").press_sequentially("Half a thought")

    def draft() -> Answers | None:
        return check_in_day(_sam(), datetime.now(UTC)).draft

    wanted = Answers(mood=4, anxiety=3, sleep_minutes=450, tags=("walk",), note="Half a thought")
    for _ in range(60):  # nothing was pressed: it is sent when the person pauses
        if draft() == wanted:
            break
        phone.wait_for_timeout(250)
    assert draft() == wanted
    phone.reload()
    arrived(phone, "Check-in")
    _chosen(phone, "How did you feel?", "Good")
    _chosen(phone, "How anxious or calm?", "A little anxious")
    expect(phone.get_by_label("A note")).to_have_value("Half a thought")
    expect(phone.get_by_label("Hours of sleep in the night before")).to_have_value("7.5")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_text(re.compile("^Saved for Today"))).to_be_visible()
    expect(phone.get_by_text("You changed this day.")).to_have_count(0)
    kept = check_in_day(_sam(), datetime.now(UTC))
    assert kept.draft is None
    assert kept.kept is not None
    assert kept.kept.answers == wanted
    _choose(phone, "How did you feel?", "OK")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_text("You changed this day.")).to_be_visible()


def test_the_days_of_a_week_become_a_chart_with_its_table(street: Street, phone: Page) -> None:
    now = datetime.now(UTC)
    today = check_in_day(_sam(), now).today
    for back in range(7):
        check_in(_sam(), Answers(mood=3 + back % 2), now, today - timedelta(days=back))
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="Progress").click()
    arrived(phone, "Progress")
    expect(phone.get_by_text("You chose one on 7 days")).to_be_visible()
    expect(phone.locator(".js-plotly-plot").first).to_be_visible()
    phone.get_by_text("Show as table").first.click()
    expect(phone.get_by_role("cell", name="Good").first).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "nothing runs off the side of a phone"
    with phone.expect_download() as waiting:
        phone.get_by_role("link", name="Download a summary (PDF)").click()
    assert re.fullmatch(r"my-progress-\d{4}-\d\d-\d\d\.pdf", waiting.value.suggested_filename)
