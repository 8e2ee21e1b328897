"""The tasks' screens, for a client and for a therapist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

import db
from clinic.between import task_drafts, task_list, task_replies, tasks
from clinic.between.task_states import State, TaskDraft
from clinic.people.viewer import Viewer
from clinic.records.check_in import today_in
from db.tables import Discharge
from tests.pages.conftest import Practice, links_of, text_of

WALK = TaskDraft("text", "Walk around the *park*", "Ten minutes.")


@pytest.fixture
def walk(practice: Practice) -> str:
    return _set(practice, WALK)


def _set(practice: Practice, draft: TaskDraft, at: datetime | None = None) -> str:
    at = at or datetime.now(UTC)
    return tasks.set_task(practice.therapist, practice.client.public_id, draft, f"key-{draft.title}", at)


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def _task(practice: Practice, viewer: Viewer, task_id: str) -> task_list.TaskView:
    return task_list.read_task(viewer, task_id, datetime.now(UTC))


def _discharge(practice: Practice) -> None:
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        session.add(
            Discharge(
                client_id=practice.client.account_id,
                by_id=practice.therapist.account_id,
                revision=1,
                started_at=now,
                kept_at=now,
                discharged_at=now,
            )
        )


def test_with_nothing_yet_each_screen_says_so(practice: Practice) -> None:
    client = practice.client.public_id
    assert "No tasks now." in text_of(practice.open("tasks", practice.client))
    assert "Nothing to look at." in text_of(practice.open("tasks", practice.therapist))
    assert "No open tasks." in text_of(practice.open("tasks", practice.therapist, client=client))


def test_a_stranger_is_told_that_there_is_no_such_page(practice: Practice, walk: str) -> None:
    assert "Ten minutes." in text_of(practice.open("tasks", practice.client, task=walk))
    assert "Ten minutes." in text_of(practice.open("tasks", practice.therapist, task=walk))
    for stranger in (practice.other_therapist, practice.other_client):
        app = practice.open("tasks", stranger, task=walk)
        assert "We can't find that page." in text_of(app)
        assert "Ten minutes." not in text_of(app)
    app = practice.open("tasks", practice.other_therapist, client=practice.client.public_id)
    assert "We can't find that page." in text_of(app)


def test_a_client_replies_and_their_therapist_looks(practice: Practice, walk: str) -> None:
    app = practice.open("tasks", practice.client, task=walk)
    assert app.title[0].value == "Walk around the \\*park\\*"
    app.text_area[0].set_value("Twice round").run()
    assert _task(practice, practice.client, walk).reply == "Twice round"
    _press(app, "This is done")
    assert "Done. Your therapist can read your reply now." in text_of(app)
    assert "Go on with it" in [button.label for button in app.button]

    app = practice.open("tasks", practice.therapist)
    assert "to look at" in text_of(app)
    assert "Sam Rivera: Walk around the \\*park\\*" in [link.label for link in links_of(app)]
    app = practice.open("tasks", practice.therapist, task=walk)
    assert "Twice round" in text_of(app)
    _press(app, "I have looked at this")
    assert "Looked at." in text_of(app)
    assert "Nothing to look at." in text_of(practice.open("tasks", practice.therapist))


def test_two_windows_with_one_reply_show_both_texts(practice: Practice, walk: str) -> None:
    app = practice.open("tasks", practice.client, task=walk)
    task_replies.keep_reply(practice.client, walk, "Typed elsewhere", 0, datetime.now(UTC))
    app.text_area[0].set_value("Typed here").run()
    assert "Typed elsewhere" in text_of(app)
    assert app.text_area[0].value == "Typed here"
    _press(app, "This is done")
    assert "Choose one of them first." in text_of(app)
    assert _task(practice, practice.client, walk).standing.state is State.OPEN
    _press(app, "Keep what I typed here")
    assert _task(practice, practice.client, walk).reply == "Typed here"
    assert "In the other window it says:" not in text_of(app)


def test_the_other_windows_text_can_be_taken(practice: Practice, walk: str) -> None:
    app = practice.open("tasks", practice.client, task=walk)
    task_replies.keep_reply(practice.client, walk, "Typed elsewhere", 0, datetime.now(UTC))
    app.text_area[0].set_value("Typed here").run()
    _press(app, "Take the other text")
    assert app.text_area[0].value == "Typed elsewhere"
    assert _task(practice, practice.client, walk).reply == "Typed elsewhere"


def test_a_screen_that_is_opened_again_shows_what_another_window_kept(practice: Practice, walk: str) -> None:
    app = practice.open("tasks", practice.client, task=walk)
    task_replies.keep_reply(practice.client, walk, "Typed elsewhere", 0, datetime.now(UTC))
    assert app.run().text_area[0].value == "Typed elsewhere"


def test_what_is_typed_after_it_was_done_elsewhere_stays_and_can_go_on(practice: Practice, walk: str) -> None:
    app = practice.open("tasks", practice.client, task=walk)
    task_replies.finish(practice.client, walk, "Done", 0, datetime.now(UTC))
    app.text_area[0].set_value("Typed too late").run()
    assert "Typed too late" in text_of(app.run())
    assert _task(practice, practice.client, walk).reply == "Done"
    _press(app, "Take the task back and keep this text")
    found = _task(practice, practice.client, walk)
    assert (found.reply, found.standing.state) == ("Typed too late", State.OPEN)
    assert app.text_area[0].value == "Typed too late"


def test_a_withdrawn_task_says_why_and_keeps_what_was_written(practice: Practice, walk: str) -> None:
    task_replies.keep_reply(practice.client, walk, "Half a sentence", 0, datetime.now(UTC))
    app = practice.open("tasks", practice.therapist, task=walk)
    assert "Half a sentence" not in text_of(app), "a draft is the client's alone"
    tasks.withdraw(practice.therapist, walk, "It rains too much", datetime.now(UTC))
    shown = text_of(practice.open("tasks", practice.client, task=walk))
    assert "It rains too much" in shown
    assert "Half a sentence" in shown
    assert "It rains too much" in text_of(practice.open("tasks", practice.therapist, task=walk))


def test_a_task_is_set_and_an_error_loses_nothing(practice: Practice) -> None:
    client, day = practice.client.public_id, (datetime.now(UTC) + timedelta(days=3)).date()
    app = practice.open("tasks", practice.therapist, client=client, new="1")
    app.text_area[0].set_value("Ten minutes are enough.").run()
    _press(app, "Set this task")
    shown = text_of(app)
    assert "Choose what kind of task this is." in shown
    assert "Write what there is to do, in a few words." in shown
    assert app.text_area[0].value == "Ten minutes are enough."
    app.radio[0].set_value("text").run()
    app.text_input[0].set_value("Walk around the park").run()
    app.date_input[0].set_value(day).run()
    # A reload in the middle: the draft was kept.
    app = practice.open("tasks", practice.therapist, client=client, new="1")
    assert (app.text_input[0].value, app.radio[0].value) == ("Walk around the park", "text")
    assert app.text_area[0].value == "Ten minutes are enough."
    _press(app, "Set this task")
    assert "Set. The client is told by mail" in text_of(app)
    [row] = task_list.client_tasks(practice.client, client, datetime.now(UTC)).open
    assert (row.title, row.due_on) == ("Walk around the park", day)
    assert task_drafts.read_task_draft(practice.therapist, client)[1] == 0


def test_two_windows_with_one_new_task_show_both_texts(practice: Practice) -> None:
    client = practice.client.public_id
    app = practice.open("tasks", practice.therapist, client=client, new="1")
    task_drafts.keep_task_draft(
        practice.therapist, client, TaskDraft("text", "Elsewhere", "Other words"), 0, datetime.now(UTC)
    )
    app.text_area[0].set_value("Typed here").run()
    assert "Other words" in text_of(app)
    assert app.text_area[0].value == "Typed here"
    _press(app, "Keep what I typed here")
    assert task_drafts.read_task_draft(practice.therapist, client)[0].words == "Typed here"


def test_a_task_for_a_discharged_client_is_told_and_what_was_typed_stays(practice: Practice) -> None:
    client = practice.client.public_id
    app = practice.open("tasks", practice.therapist, client=client, new="1")
    app.radio[0].set_value("text").run()
    app.text_input[0].set_value("Walk around the park").run()
    app.text_area[0].set_value("Ten minutes are enough.").run()
    _discharge(practice)
    _press(app, "Set this task")
    assert "This client's care here has ended." in text_of(app)
    assert (app.text_input[0].value, app.text_area[0].value) == (
        "Walk around the park",
        "Ten minutes are enough.",
    )
    assert task_list.client_tasks(practice.client, client, datetime.now(UTC)).open == ()
    listed = practice.open("tasks", practice.therapist, client=client)
    assert "Set a task" not in [button.label for button in listed.button]


def test_once_care_has_ended_a_client_reads_and_adds_nothing(practice: Practice, walk: str) -> None:
    task_replies.keep_reply(practice.client, walk, "Half a sentence", 0, datetime.now(UTC))
    assert len(practice.open("tasks", practice.client, task=walk).text_area) == 1
    _discharge(practice)
    app = practice.open("tasks", practice.client, task=walk)
    assert "Your care here has ended" in text_of(app)
    assert "Half a sentence" in text_of(app)
    assert len(app.text_area) == 0
    assert "Open your tasks" not in [
        link.label for link in links_of(practice.open("client_home", practice.client))
    ]


def test_a_measures_task_leads_to_its_questions_and_a_focus_to_the_check_in(practice: Practice) -> None:
    measure = _set(practice, TaskDraft("measure", "How you worry", instrument="gad-7"))
    app = practice.open("tasks", practice.client, task=measure)
    labels = [button.label for button in app.button]
    assert "Answer the questions" in labels
    assert "This is done" not in labels
    assert "The questions: **Questions about worry**" in text_of(app)
    assert "GAD-7" not in text_of(app)
    assert "GAD-7" in text_of(practice.open("tasks", practice.therapist, task=measure))
    focus = _set(practice, TaskDraft("focus", "Your nights", focus="sleep"))
    app = practice.open("tasks", practice.client, task=focus)
    assert "Hours and quality of sleep" in text_of(app)
    assert "Check in" in [link.label for link in links_of(app)]


def test_a_late_task_is_said_to_the_client_without_blame(practice: Practice) -> None:
    earlier = datetime.now(UTC) - timedelta(days=3)
    due_on = today_in(practice.client.zone, earlier) + timedelta(days=1)
    _set(practice, TaskDraft("text", "Late", due_on=due_on), earlier)
    assert "You can still do it." in text_of(practice.open("tasks", practice.client))
    client = practice.client.public_id
    assert "Overdue:" in text_of(practice.open("tasks", practice.therapist, client=client))


def test_the_ways_to_tasks(practice: Practice, walk: str) -> None:
    home = practice.open("client_home", practice.client)
    assert "Open your tasks" in [link.label for link in links_of(home)]
    client = practice.client.public_id
    record = practice.open("client_record", practice.therapist, client=client)
    assert "Tasks" in [link.label for link in links_of(record)]
    ending = practice.open("discharge", practice.therapist, client=client)
    assert "Walk around the *park*" in text_of(ending)
    today = practice.open("today", practice.therapist)
    assert "Look at the finished tasks" not in [link.label for link in links_of(today)]
    task_replies.finish(practice.client, walk, "", 0, datetime.now(UTC))
    today = practice.open("today", practice.therapist)
    assert "Look at the finished tasks" in [link.label for link in links_of(today)]
