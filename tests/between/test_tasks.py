"""Tasks between sessions, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

import db
from clinic.between import task_drafts, task_list, task_replies, tasks
from clinic.between.news import read_news
from clinic.between.task_states import LONGEST_REPLY, Act, Due, State, TaskDraft
from clinic.errors import (
    CareEnded,
    EditedElsewhere,
    FileRefused,
    InvalidInput,
    NotAsked,
    NotFound,
    TaskEnded,
    TaskNotDone,
)
from clinic.measures import asking, questionnaires
from clinic.people import emergency
from clinic.people.viewer import Viewer
from clinic.records import check_in_items, client_record, home
from db.tables import (
    AuditEvent,
    Base,
    CareAssignment,
    Discharge,
    Document,
    MessageDraft,
    OutboxMail,
    ResponsePolicy,
    Task,
)
from tests.databases import Database
from tests.factories import (
    NOW,
    assign,
    make_administrator,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SECRET = "The heron by the lake"
WALK = TaskDraft("text", "Walk around the park", SECRET, (NOW + DAY).date())
SHEET = TaskDraft("file", "The worksheet", worksheet_name="sheet.txt", worksheet=b"What went well?")


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana Okafor", email="dana@example.org")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", email="sam@example.org", therapist=dana)


@pytest.fixture
def walk(dana: Viewer, sam: Viewer) -> str:
    return tasks.set_task(dana, sam.public_id, WALK, "walk", NOW)


def _reply(viewer: Viewer, task_id: str) -> str:
    return task_list.read_task(viewer, task_id, NOW).reply


def _state(viewer: Viewer, task_id: str) -> State:
    return task_list.read_task(viewer, task_id, NOW).standing.state


def _to_look_at(viewer: Viewer) -> list[str]:
    """As the list says, and as the number on the first screen does."""
    with db.reading() as session:
        number = read_news(session, viewer).tasks
    found = [row.public_id for row in task_list.to_look_at(viewer, NOW)]
    assert number == len(found)
    return found


def _count(table: type[Base]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _mails() -> list[str]:
    with db.reading() as session:
        return [row.recipient or "" for row in session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def _discharge(client: Viewer, by: Viewer) -> None:
    with db.unit_of_work() as session:
        session.add(
            Discharge(
                client_id=client.account_id,
                by_id=by.account_id,
                revision=1,
                started_at=NOW,
                kept_at=NOW,
                discharged_at=NOW,
            )
        )


def _answer(client: Viewer, name: str, at: datetime = NOW) -> None:
    form = questionnaires.open_response(client, name, at).public_id
    questionnaires.keep_answer(client, form, 1, 1, at)
    questionnaires.finish(client, form, at)


def test_a_task_goes_there_and_back(dana: Viewer, sam: Viewer, walk: str) -> None:
    [row] = task_list.client_tasks(sam, sam.public_id, NOW).open
    assert (row.public_id, row.title, row.due, row.state) == (walk, WALK.title, Due.LATER, State.OPEN)
    view = task_list.read_task(sam, walk, NOW)
    assert (view.words, view.set_by) == (SECRET, "Dana Okafor")
    revision = task_replies.keep_reply(sam, walk, "Twice round", 0, NOW)
    assert _to_look_at(dana) == []
    task_replies.finish(sam, walk, "Twice round the lake", revision, NOW)
    assert _to_look_at(dana) == [walk]
    assert _reply(dana, walk) == "Twice round the lake"
    tasks.look_at(dana, walk, NOW)
    assert _to_look_at(dana) == []
    assert [one.public_id for one in task_list.client_tasks(dana, sam.public_id, NOW).ended] == [walk]


def test_until_it_is_done_the_reply_is_the_clients_alone(dana: Viewer, sam: Viewer, walk: str) -> None:
    revision = task_replies.keep_reply(sam, walk, SECRET, 0, NOW)
    assert (_reply(sam, walk), _reply(dana, walk)) == (SECRET, "")
    task_replies.finish(sam, walk, SECRET, revision, NOW)
    assert _reply(dana, walk) == SECRET
    task_replies.take_back(sam, walk, NOW)
    assert (_reply(sam, walk), _reply(dana, walk)) == (SECRET, "")


def test_a_stranger_a_supervisor_and_an_administrator_find_nothing(
    dana: Viewer, sam: Viewer, walk: str
) -> None:
    supervisor = make_therapist("Per")
    with db.unit_of_work() as session:
        session.add(
            CareAssignment(
                client_id=sam.account_id, therapist_id=supervisor.account_id, since_at=NOW, supervises=True
            )
        )
    strangers = (supervisor, make_therapist("Lin"), make_administrator(), make_client(consented=False))
    for stranger in strangers:
        for attempt in (
            lambda who: task_list.read_task(who, walk, NOW),
            lambda who: task_list.client_tasks(who, sam.public_id, NOW),
            lambda who: tasks.set_task(who, sam.public_id, WALK, f"key-{who.name}", NOW),
            lambda who: tasks.withdraw(who, walk, "No", NOW),
            lambda who: tasks.look_at(who, walk, NOW),
            lambda who: task_replies.keep_reply(who, walk, "Mine", 0, NOW),
            lambda who: task_replies.finish(who, walk, "Mine", 0, NOW),
            lambda who: task_replies.hand_in(who, walk, "a.txt", b"Mine", "in", NOW),
        ):
            with pytest.raises(NotFound):
                attempt(stranger)
    # The therapist answers nothing in the client's place, and the client sets nothing.
    with pytest.raises(NotFound):
        task_replies.keep_reply(dana, walk, "Mine", 0, NOW)
    with pytest.raises(NotFound):
        tasks.set_task(sam, sam.public_id, WALK, "own", NOW)
    assert _state(dana, walk) is State.OPEN


def test_an_emergency_opens_a_record_and_not_its_tasks(dana: Viewer, sam: Viewer, walk: str) -> None:
    other = make_therapist("Lin")
    emergency.open_anyway(other, "sam@example.org", "Called in distress, Dana is away", NOW)
    assert client_record.client_record(other, sam.public_id, NOW).name == "Sam Rivera"
    for attempt in (
        lambda who: task_list.client_tasks(who, sam.public_id, NOW),
        lambda who: task_list.read_task(who, walk, NOW),
        lambda who: tasks.set_task(who, sam.public_id, WALK, "emergency", NOW),
    ):
        with pytest.raises(NotFound):
            attempt(other)
        attempt(dana)


def test_a_task_belongs_to_the_client_so_a_new_therapist_goes_on_with_it(
    dana: Viewer, sam: Viewer, walk: str
) -> None:
    new = make_therapist("Lin")
    assign(sam, new)
    task_replies.finish(sam, walk, "Done", 0, NOW)
    assert _to_look_at(new) == [walk]
    assert task_list.read_task(new, walk, NOW).set_by == "Dana Okafor"
    with db.unit_of_work() as session:
        gone = session.scalars(
            select(CareAssignment).where(CareAssignment.therapist_id == dana.account_id)
        ).one()
        gone.until_at = NOW
    assert _to_look_at(dana) == []
    with pytest.raises(NotFound):
        task_list.read_task(dana, walk, NOW)


def test_the_same_press_twice_is_one_task_one_mail_and_one_worksheet(dana: Viewer, sam: Viewer) -> None:
    first = tasks.set_task(dana, sam.public_id, SHEET, "press", NOW)
    assert tasks.set_task(dana, sam.public_id, SHEET, "press", NOW) == first
    assert (_count(Task), _count(Document), _mails()) == (1, 1, ["sam@example.org"])
    other = make_therapist("Lin")
    assign(sam, other)
    with pytest.raises(NotFound):  # somebody else's key
        tasks.set_task(other, sam.public_id, WALK, "press", NOW)


def test_two_presses_in_one_moment_are_one_task(dana: Viewer, sam: Viewer) -> None:
    start = threading.Barrier(2)

    def press(_: int) -> str:
        start.wait()
        return tasks.set_task(dana, sam.public_id, SHEET, "press", NOW)

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(press, range(2)))) == 1
    assert (_count(Task), _count(Document)) == (1, 1)


def test_what_is_set_in_one_sitting_is_told_once_and_says_nothing(dana: Viewer, sam: Viewer) -> None:
    for number, at in enumerate((NOW, NOW + SECOND, NOW + tasks.ONE_SITTING)):
        tasks.set_task(dana, sam.public_id, WALK, f"sitting-{number}", at)
    assert len(_mails()) == 1
    tasks.set_task(dana, sam.public_id, WALK, "next", NOW + 3 * HOUR)
    assert len(_mails()) == 2
    with db.reading() as session:
        for mail in session.scalars(select(OutboxMail)):
            assert SECRET not in (mail.body or "")
            assert WALK.title not in f"{mail.subject} {mail.body}"
            assert "task" not in f"{mail.subject} {mail.body}".lower()


def test_of_two_windows_the_later_is_told_and_both_texts_are_kept(sam: Viewer, walk: str) -> None:
    first = task_replies.keep_reply(sam, walk, "In one window", 0, NOW)
    with pytest.raises(EditedElsewhere) as told:
        task_replies.keep_reply(sam, walk, "In the other", 0, NOW + SECOND)
    there = told.value.now["reply"]
    assert (there.value, there.revision, there.at) == ("In one window", first, NOW)
    assert _reply(sam, walk) == "In one window"
    # Nor is it finished over the head of what the other window says.
    with pytest.raises(EditedElsewhere):
        task_replies.finish(sam, walk, "In the other", 0, NOW)
    assert _state(sam, walk) is State.OPEN
    assert task_replies.keep_reply(sam, walk, "In the other", there.revision, NOW) == first + 1


def test_two_windows_in_one_moment_lose_no_text(sam: Viewer, walk: str) -> None:
    start = threading.Barrier(2)

    def write(text: str) -> str | None:
        start.wait()
        try:
            task_replies.keep_reply(sam, walk, text, 0, NOW)
        except EditedElsewhere as error:
            return error.now["reply"].value
        return None

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(write, ("One", "Two")))
    assert sorted(told, key=lambda said: said is not None) == [None, _reply(sam, walk)]


def test_what_is_typed_after_it_was_finished_elsewhere_is_told_and_not_written_over(
    sam: Viewer, walk: str
) -> None:
    task_replies.finish(sam, walk, "Done", 0, NOW)
    # The same text that comes once more is no news to anybody.
    assert task_replies.keep_reply(sam, walk, "Done", 0, NOW) == 1
    task_replies.finish(sam, walk, "Done", 0, NOW)
    for act in (task_replies.keep_reply, task_replies.finish):
        with pytest.raises(TaskEnded, match="another window"):
            act(sam, walk, "And more", 1, NOW)
    assert _reply(sam, walk) == "Done"
    task_replies.take_back(sam, walk, NOW)
    task_replies.keep_reply(sam, walk, "And more", 1, NOW)
    assert _reply(sam, walk) == "And more"


def test_taken_back_it_is_looked_at_anew(dana: Viewer, sam: Viewer, walk: str) -> None:
    task_replies.finish(sam, walk, "Done", 0, NOW)
    tasks.look_at(dana, walk, NOW)
    tasks.look_at(dana, walk, NOW + HOUR)
    assert task_list.read_task(dana, walk, NOW).row.looked_at == NOW
    task_replies.take_back(sam, walk, NOW)
    task_replies.take_back(sam, walk, NOW)
    with pytest.raises(TaskNotDone):
        tasks.look_at(dana, walk, NOW)
    task_replies.finish(sam, walk, "Done better", 1, NOW)
    assert _to_look_at(dana) == [walk]


def test_withdrawn_with_a_reason_the_client_keeps_what_they_wrote(
    dana: Viewer, sam: Viewer, walk: str
) -> None:
    task_replies.keep_reply(sam, walk, SECRET, 0, NOW)
    with pytest.raises(InvalidInput):
        tasks.withdraw(dana, walk, " ", NOW)
    tasks.withdraw(dana, walk, " It rains too much ", NOW)
    tasks.withdraw(dana, walk, "Another reason", NOW + HOUR)
    view = task_list.read_task(sam, walk, NOW)
    assert (view.withdrawn_reason, view.withdrawn_at, view.reply) == ("It rains too much", NOW, SECRET)
    assert _reply(dana, walk) == ""
    for act in (task_replies.keep_reply, task_replies.finish):
        with pytest.raises(TaskEnded):
            act(sam, walk, "More", 1, NOW)
    with pytest.raises(TaskEnded):
        task_replies.take_back(sam, walk, NOW)
    assert _reply(sam, walk) == SECRET


def test_what_was_done_meanwhile_is_not_withdrawn(dana: Viewer, sam: Viewer, walk: str) -> None:
    task_replies.finish(sam, walk, "Done", 0, NOW)
    with pytest.raises(TaskEnded):
        tasks.withdraw(dana, walk, "Too late", NOW)
    assert _state(dana, walk) is State.DONE


def test_a_worksheet_is_a_document_for_the_client_and_what_is_handed_in_one_of_theirs(
    dana: Viewer, sam: Viewer
) -> None:
    sheet = tasks.set_task(dana, sam.public_id, SHEET, "sheet", NOW)
    view = task_list.read_task(sam, sheet, NOW)
    assert view.worksheet is not None
    assert view.worksheet.name == "sheet.txt"
    assert view.handed_in == ()
    for _ in range(2):
        task_replies.hand_in(sam, sheet, "filled in.txt", b"The walk", "in", NOW)
    [paper] = task_list.read_task(dana, sheet, NOW).handed_in
    assert paper.name == "filled in.txt"
    assert _mails() == ["sam@example.org", "dana@example.org"], "twice is once, and told once"
    with db.reading() as session:
        assert len(session.scalars(select(AuditEvent).where(AuditEvent.action == "task.hand-in")).all()) == 1
    assert _state(sam, sheet) is State.OPEN
    task_replies.finish(sam, sheet, "", 0, NOW)
    with pytest.raises(TaskEnded, match="another window"):
        task_replies.hand_in(sam, sheet, "late.txt", b"More", "late", NOW)
    assert _count(Document) == 2


def test_a_file_that_is_not_taken_leaves_no_half_a_task(dana: Viewer, sam: Viewer) -> None:
    for name, content in (("run.exe", b"MZ\x90\x00"), ("sheet.pdf", b"no PDF at all")):
        with pytest.raises(FileRefused):
            tasks.set_task(
                dana, sam.public_id, replace(SHEET, worksheet_name=name, worksheet=content), name, NOW
            )
    assert (_count(Task), _count(Document), _mails()) == (0, 0, [])
    tasks.set_task(dana, sam.public_id, SHEET, "good", NOW)
    assert (_count(Task), _count(Document)) == (1, 1)


def test_a_measure_is_asked_and_answering_it_is_what_does_the_task(dana: Viewer, sam: Viewer) -> None:
    draft = TaskDraft("measure", "How you worry", instrument="pswq")
    task = tasks.set_task(dana, sam.public_id, draft, "pswq", NOW)
    assert "pswq" in [one.instrument.id for one in asking.due(sam, NOW)]
    assert task_list.read_task(sam, task, NOW).asked == "pswq"
    for act in (
        lambda: task_replies.finish(sam, task, "", 0, NOW),
        lambda: task_replies.hand_in(sam, task, "a.txt", b"A", "in", NOW),
    ):
        with pytest.raises(InvalidInput, match="problem"):
            act()
    _answer(sam, "gad-7", NOW + HOUR)
    assert _state(sam, task) is State.OPEN
    _answer(sam, "pswq", NOW + HOUR)
    assert _to_look_at(dana) == [task]
    assert task_list.read_task(sam, task, NOW).row.done_at == NOW + HOUR
    with pytest.raises(InvalidInput):
        task_replies.take_back(sam, task, NOW + HOUR)


def test_a_measure_that_was_answered_today_is_not_asked_and_nothing_is_set(dana: Viewer, sam: Viewer) -> None:
    _answer(sam, "gad-7")
    draft = TaskDraft("measure", "Once more", instrument="gad-7")
    with pytest.raises(NotAsked):
        tasks.set_task(dana, sam.public_id, draft, "again", NOW + HOUR)
    assert _count(Task) == 0
    task = tasks.set_task(dana, sam.public_id, draft, "again", NOW + DAY)
    assert _state(sam, task) is State.OPEN, "what was answered before it was set does not count"
    _answer(sam, "gad-7", NOW + DAY)
    assert _state(sam, task) is State.DONE


def test_what_stands_in_for_a_measure_does_its_task_too(dana: Viewer, sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(delete(ResponsePolicy))
    draft = TaskDraft("measure", "Mood", instrument="phq-9")
    task = tasks.set_task(dana, sam.public_id, draft, "mood", NOW)
    assert task_list.read_task(sam, task, NOW).asked == "phq-8"
    _answer(sam, "phq-8")
    assert _state(sam, task) is State.DONE


def test_a_focus_is_something_the_check_in_asks(dana: Viewer, sam: Viewer) -> None:
    check_in_items.choose_client_items(dana, sam.public_id, ["mood", "sleep"], NOW)
    focus = TaskDraft("focus", "Your nights", focus="energy")
    with pytest.raises(InvalidInput) as told:
        tasks.set_task(dana, sam.public_id, focus, "focus", NOW)
    assert set(told.value.fields) == {"focus"}
    task = tasks.set_task(dana, sam.public_id, replace(focus, focus="sleep"), "focus", NOW)
    assert task_list.read_task(sam, task, NOW).focus_asked
    check_in_items.choose_client_items(dana, sam.public_id, ["mood"], NOW)
    assert not task_list.read_task(sam, task, NOW).focus_asked


def test_nothing_is_set_for_a_discharged_client_and_nothing_typed_is_lost(
    dana: Viewer, sam: Viewer, walk: str
) -> None:
    draft = replace(WALK, title="One more walk")
    task_replies.keep_reply(sam, walk, SECRET, 0, NOW)
    revision = task_drafts.keep_task_draft(dana, sam.public_id, draft, 0, NOW)
    _discharge(sam, dana)
    with pytest.raises(CareEnded):
        tasks.set_task(dana, sam.public_id, draft, "ended", NOW, draft_revision=revision)
    assert task_drafts.read_task_draft(dana, sam.public_id)[0] == draft
    for act in (task_replies.keep_reply, task_replies.finish):
        with pytest.raises(CareEnded):
            act(sam, walk, "More", 1, NOW)
    assert _reply(sam, walk) == SECRET
    assert home.client_home(sam, NOW).tasks == ()
    found = task_list.client_tasks(sam, sam.public_id, NOW)
    assert (found.care_ended, [row.public_id for row in found.open]) == (True, [walk])
    view = task_list.read_task(sam, walk, NOW)
    assert not any(view.may(act) for act in (Act.REPLY, Act.FINISH, Act.HAND_IN))
    tasks.withdraw(dana, walk, "Care has ended", NOW)


def test_a_draft_outlives_a_reload_and_two_windows_are_told(dana: Viewer, sam: Viewer) -> None:
    first = task_drafts.keep_task_draft(dana, sam.public_id, WALK, 0, NOW)
    assert task_drafts.read_task_draft(dana, sam.public_id) == (WALK, first)
    with pytest.raises(EditedElsewhere) as told:
        task_drafts.keep_task_draft(dana, sam.public_id, replace(WALK, words="Other"), 0, NOW)
    assert told.value.now["words"].value == SECRET
    tasks.set_task(dana, sam.public_id, WALK, "set", NOW, draft_revision=first)
    assert task_drafts.read_task_draft(dana, sam.public_id)[1] == 0
    assert _count(MessageDraft) == 0


def test_what_is_too_long_is_told_and_what_was_there_stays(sam: Viewer, walk: str) -> None:
    longest = "x" * LONGEST_REPLY
    assert task_replies.keep_reply(sam, walk, longest, 0, NOW) == 1
    with pytest.raises(InvalidInput):
        task_replies.keep_reply(sam, walk, longest + "x", 1, NOW)
    assert _reply(sam, walk) == longest


def test_each_act_is_in_the_audit_log_once_and_says_no_word_of_it(
    dana: Viewer, sam: Viewer, walk: str
) -> None:
    for revision, text in enumerate(("T", "Tw", "Twice")):
        task_replies.keep_reply(sam, walk, text, revision, NOW)
    task_replies.finish(sam, walk, "Twice", 3, NOW)
    task_replies.finish(sam, walk, "Twice", 3, NOW)
    tasks.look_at(dana, walk, NOW)
    task_replies.take_back(sam, walk, NOW)
    tasks.withdraw(dana, walk, "Enough", NOW)
    with db.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action.startswith("task."))).all()
    assert [event.action for event in events] == [
        "task.set",
        "task.reply",
        "task.finish",
        "task.look",
        "task.take-back",
        "task.withdraw",
    ]
    assert {event.object_id for event in events} == {walk}
    assert {event.client_id for event in events} == {sam.account_id}


def test_open_tasks_are_in_order_of_their_day(dana: Viewer, sam: Viewer) -> None:
    days = {"later": 5, "never": None, "past": 1, "today": 3}
    for name, days_on in days.items():
        due_on = None if days_on is None else NOW.date() + days_on * DAY
        tasks.set_task(dana, sam.public_id, TaskDraft("text", name, due_on=due_on), name, NOW)
    now = NOW + 3 * DAY
    found = task_list.client_tasks(sam, sam.public_id, now).open
    assert [(row.title, row.due) for row in found] == [
        ("past", Due.OVERDUE),
        ("today", Due.TODAY),
        ("later", Due.LATER),
        ("never", Due.WHENEVER),
    ]
    assert home.client_home(sam, now).tasks == found
