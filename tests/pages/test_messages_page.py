"""The messages' screens, for a client and for a therapist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clinic.between import away, drafts, messages
from tests.pages.conftest import Practice, links_of, text_of


def test_with_nothing_yet_the_screen_says_so_and_where_help_is(practice: Practice) -> None:
    app = practice.open("messages", practice.client)
    assert "No messages yet." in text_of(app)
    assert "Messages are not watched around the clock." in text_of(app)
    assert "Help now: who to call" in [link.label for link in links_of(app)]
    assert "No messages yet." in text_of(practice.open("messages", practice.therapist))


def test_a_stranger_is_told_that_there_is_no_such_page(practice: Practice) -> None:
    now = datetime.now(UTC)
    thread = messages.begin(practice.client, practice.client.public_id, "Thursday", "At four?", "one", now)
    assert "At four?" in text_of(practice.open("messages", practice.therapist, thread=thread))
    for stranger in (practice.other_therapist, practice.other_client):
        app = practice.open("messages", stranger, thread=thread)
        assert "We can't find that page." in text_of(app)
        assert "At four?" not in text_of(app)


def test_an_away_text_is_above_a_clients_messages(practice: Practice) -> None:
    now = datetime.now(UTC)
    thread = messages.begin(practice.client, practice.client.public_id, "Thursday", "At four?", "one", now)
    first, last = (now - timedelta(days=1)).date(), (now + timedelta(days=2)).date()
    away.set_away(practice.therapist, "Back next week.", first, last, now)
    for query in ({}, {"thread": thread}, {"new": "1"}):
        app = practice.open("messages", practice.client, **query)
        assert "Dana Okafor is away until" in text_of(app)
        assert "Back next week." in text_of(app)
    assert "Back next week." not in text_of(practice.open("messages", practice.therapist, thread=thread))


def test_two_windows_with_one_answer_show_both_texts(practice: Practice) -> None:
    now, client = datetime.now(UTC), practice.client
    thread = messages.begin(client, client.public_id, "Thursday", "At four?", "one", now)
    app = practice.open("messages", client, thread=thread)
    drafts.keep_draft(client, client.public_id, thread, "", "Typed elsewhere", 0, now)
    app.text_area[0].set_value("Typed here").run()
    assert "Typed elsewhere" in text_of(app)
    assert app.text_area[0].value == "Typed here"
    next(button for button in app.button if button.label == "Keep what I typed here").click().run()
    assert drafts.read_draft(client, client.public_id, thread).body == "Typed here"
    assert "In the other window it says:" not in text_of(app)


def test_a_therapist_writes_first_and_sends_once(practice: Practice) -> None:
    app = practice.open("messages", practice.therapist, new="1", client=practice.client.public_id)
    next(button for button in app.button if button.label == "Send").click().run()
    assert "Write what this is about." in text_of(app)
    app.text_input[0].set_value("Papers").run()
    app.text_area[0].set_value("The form is ready.").run()
    next(button for button in app.button if button.label == "Send").click().run()
    assert "Sent." in text_of(app)
    [row] = messages.threads(practice.client, datetime.now(UTC))
    assert (row.subject, row.unread) == ("Papers", 1)


def test_the_link_to_messages_says_how_many_are_new_until_they_are_read(practice: Practice) -> None:
    now = datetime.now(UTC)
    thread = messages.begin(practice.therapist, practice.client.public_id, "Thursday", "At four?", "one", now)
    app = practice.open("sessions", practice.client)
    assert "Messages (1 new)" in [link.label for link in links_of(app)]
    app = practice.open("messages", practice.client, thread=thread)
    assert "Messages" in [link.label for link in links_of(app)]
    assert "Messages" in [link.label for link in links_of(practice.open("sessions", practice.client))]
    assert "Messages" in [link.label for link in links_of(practice.open("sessions", practice.other_client))]


def test_an_away_text_is_typed_put_right_and_taken_away(practice: Practice) -> None:
    def press(label: str) -> None:
        next(button for button in app.button if button.label == label).click().run()

    app = practice.open("messages", practice.therapist)
    app.session_state["disclosure:away"] = True
    app.run()
    app.text_area(key="away:words").set_value("Back on Monday.")
    press("Save the away text")
    assert "Choose the first day you are away." in text_of(app)
    assert app.text_area(key="away:words").value == "Back on Monday.", "what was typed stays"
    today = datetime.now(UTC).date()
    app.date_input(key="away:from_on").set_value(today)
    app.date_input(key="away:until_on").set_value(today + timedelta(days=3))
    press("Save the away text")
    assert "Shown to your clients from" in text_of(app)
    assert "Back on Monday." in text_of(practice.open("messages", practice.client))
    app = practice.open("messages", practice.therapist)
    app.session_state["disclosure:away"] = True
    app.run()
    press("Take it away")
    assert "Back on Monday." not in text_of(practice.open("messages", practice.client))
