"""A task from a desk to a phone and back, with a reload on the way and a second window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from db.tables import Task
from tests.browser.conftest import Street, arrived, settled

pytestmark = pytest.mark.timeout(240)


def _kept(page: Page, reply: str) -> None:
    """Nothing is pressed: it is kept when the person pauses."""

    def held() -> str:
        with db.reading() as session:
            return session.scalars(select(Task)).one().reply or ""

    for _ in range(60):
        if held() == reply:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"not kept: {held()!r}")


def test_a_task_is_set_at_a_desk_answered_on_a_phone_and_looked_at(
    street: Street, phone: Page, desk: Page
) -> None:
    street.let_in(desk, "dana@example.org")
    desk.goto(f"{street.portal.address}/clients")
    desk.get_by_role("link", name="Sam Rivera").first.click()
    arrived(desk, "Sam Rivera")
    desk.get_by_role("link", name="Tasks", exact=True).click()
    arrived(desk, "Tasks: Sam Rivera")
    desk.get_by_role("button", name="Set a task").click()
    arrived(desk, "New task: Sam Rivera")
    desk.get_by_text("Something to do or to write about").click()
    desk.get_by_label("What there is to do, in a few words").fill("Walk around the park")
    desk.get_by_label("More about it (optional)").fill("Ten minutes are enough.")
    settled(desk)
    desk.get_by_role("button", name="Set this task").click()
    arrived(desk, "Tasks: Sam Rivera")
    expect(desk.get_by_text("Set. The client is told by mail")).to_be_visible()

    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="Open your tasks").click()
    arrived(phone, "Tasks")
    phone.get_by_role("link", name="Walk around the park").click()
    arrived(phone, "Walk around the park")
    expect(phone.get_by_text("Ten minutes are enough.")).to_be_visible()
    reply = phone.get_by_label("Your reply")
    reply.press_sequentially("Twice round the lake")
    _kept(phone, "Twice round the lake")
    phone.reload()
    arrived(phone, "Walk around the park")
    expect(reply).to_have_value("Twice round the lake")

    # A second window of Sam's that has the same text before it.
    other = phone.context.new_page()
    other.goto(phone.url)
    arrived(other, "Walk around the park")
    expect(other.get_by_label("Your reply")).to_have_value("Twice round the lake")
    reply.press_sequentially(", in the rain")
    _kept(phone, "Twice round the lake, in the rain")
    other.get_by_label("Your reply").press_sequentially(" and home")
    expect(other.get_by_text("In the other window it says:")).to_be_visible()
    expect(other.get_by_text("Twice round the lake, in the rain")).to_be_visible()
    expect(other.get_by_label("Your reply")).to_have_value("Twice round the lake and home")
    _kept(phone, "Twice round the lake, in the rain")
    other.get_by_role("button", name="Keep what I typed here").click()
    _kept(phone, "Twice round the lake and home")
    settled(other)
    # Pressed right after typing: both arrive in one moment, and the screen that follows is the next one.
    other.get_by_label("Your reply").press_sequentially(".")
    other.get_by_role("button", name="This is done").click()
    expect(other.get_by_text("Done. Your therapist can read your reply now.")).to_be_visible()
    # The first window, where it still looks open: what is typed there is told and stays on the screen.
    reply.press_sequentially("!")
    expect(phone.get_by_text("What you typed here, which is not kept:")).to_be_visible()
    expect(phone.get_by_text("Twice round the lake, in the rain!")).to_be_visible()
    expect(phone.get_by_role("button", name="Take the task back and keep this text")).to_be_visible()
    _kept(phone, "Twice round the lake and home.")
    wide = other.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "nothing runs off the side of a phone"

    desk.goto(f"{street.portal.address}/today")
    desk.get_by_role("link", name="Look at the finished tasks").click()
    arrived(desk, "Tasks")
    desk.get_by_role("link", name="Sam Rivera: Walk around the park").click()
    arrived(desk, "Sam Rivera: Walk around the park")
    expect(desk.get_by_text("Twice round the lake and home.")).to_be_visible()
    desk.get_by_role("button", name="I have looked at this").click()
    expect(desk.get_by_text("Looked at. It is among the tasks that are done.")).to_be_visible()


def test_a_worksheet_goes_there_and_comes_back_filled_in(street: Street, phone: Page, desk: Page) -> None:
    street.let_in(desk, "dana@example.org")
    desk.goto(f"{street.portal.address}/clients")
    desk.get_by_role("link", name="Sam Rivera").first.click()
    arrived(desk, "Sam Rivera")
    desk.get_by_role("link", name="Tasks", exact=True).click()
    desk.get_by_role("button", name="Set a task").click()
    arrived(desk, "New task: Sam Rivera")
    desk.get_by_text("A worksheet to fill in").click()
    desk.get_by_label("The worksheet", exact=True).set_input_files(
        {"name": "sheet.txt", "mimeType": "text/plain", "buffer": b"What went well?"}
    )
    expect(desk.get_by_text("The worksheet: sheet.txt")).to_be_visible()
    # What was chosen outlives a press that meets a problem.
    desk.get_by_role("button", name="Set this task").click()
    expect(desk.get_by_text("Write what there is to do, in a few words.").first).to_be_visible()
    expect(desk.get_by_text("The worksheet: sheet.txt")).to_be_visible()
    desk.get_by_label("What there is to do, in a few words").fill("One page a week")
    desk.get_by_role("button", name="Set this task").click()
    arrived(desk, "Tasks: Sam Rivera")

    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="Open your tasks").click()
    phone.get_by_role("link", name="One page a week").click()
    arrived(phone, "One page a week")
    with phone.expect_download() as coming:
        phone.get_by_role("link", name="Open the worksheet: sheet.txt").click()
    assert coming.value.path().read_bytes() == b"What went well?"
    phone.get_by_label("Send a file with it (optional)").set_input_files(
        {"name": "filled in.txt", "mimeType": "text/plain", "buffer": b"The soup."}
    )
    phone.get_by_role("button", name="Send this file").click()
    expect(phone.get_by_text("Sent. Your therapist can open it now.")).to_be_visible()
    expect(phone.get_by_role("link", name="Open: filled in.txt")).to_be_visible()
    phone.get_by_role("button", name="This is done").click()
    expect(phone.get_by_text("Done. Your therapist can read your reply now.")).to_be_visible()

    desk.goto(f"{street.portal.address}/tasks")
    desk.get_by_role("link", name="Sam Rivera: One page a week").click()
    arrived(desk, "Sam Rivera: One page a week")
    with desk.expect_download() as coming:
        desk.get_by_role("link", name="Open: filled in.txt").click()
    assert coming.value.path().read_bytes() == b"The soup."
