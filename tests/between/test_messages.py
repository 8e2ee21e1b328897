"""Messages between a client and whoever looks after them, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

import db
from clinic.between import away, drafts, messages
from clinic.between.news import read_news
from clinic.errors import CareEnded, EditedElsewhere, InvalidInput, NobodyReads, NotFound, ThreadClosed
from clinic.people import postman
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent, CareAssignment, Discharge, OutboxMail
from tests.databases import Database
from tests.factories import NOW, assign, make_administrator, make_client, make_clinic, make_therapist
from tests.scheduling.letterbox import open_letterbox

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SECRET = "The heron by the lake"


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor", email="dana@example.org")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", email="sam@example.org", therapist=dana, consented=False)


@pytest.fixture
def thread(sam: Viewer) -> str:
    return messages.begin(sam, sam.public_id, "Thursday", SECRET, "first", NOW)


def _bodies(viewer: Viewer, thread_id: str, after: timedelta = HOUR) -> list[str]:
    return [said.body for said in messages.read_thread(viewer, thread_id, NOW + after).said]


def _unread(viewer: Viewer) -> int:
    with db.reading() as session:
        number = read_news(session, viewer).messages
    assert number == sum(row.unread for row in messages.threads(viewer, NOW)) == messages.unread(viewer)
    return number


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


def test_what_one_writes_the_other_reads_and_it_is_unread_until_then(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    assert (_unread(dana), _unread(sam)) == (1, 0)
    assert _bodies(dana, thread) == [SECRET]
    assert _unread(dana) == 0
    messages.send(dana, thread, "  Thank you ", "answer", NOW + 2 * HOUR)
    assert _unread(sam) == 1
    assert _bodies(sam, thread, 3 * HOUR) == [SECRET, "Thank you"]
    assert (_unread(sam), _unread(dana)) == (0, 0)


def test_a_stranger_a_supervisor_and_an_administrator_find_nothing(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    supervisor = make_therapist("Per")
    with db.unit_of_work() as session:
        session.add(
            CareAssignment(
                client_id=sam.account_id, therapist_id=supervisor.account_id, since_at=NOW, supervises=True
            )
        )
    for stranger in (supervisor, make_therapist("Lin"), make_administrator(), make_client(consented=False)):
        with pytest.raises(NotFound):
            messages.read_thread(stranger, thread, NOW)
        with pytest.raises(NotFound):
            messages.send(stranger, thread, "Hello", f"key-{stranger.name}", NOW)
        with pytest.raises(NotFound):
            messages.begin(stranger, sam.public_id, "Hello", "Hello", f"key-{stranger.name}", NOW)
    assert _bodies(dana, thread) == [SECRET]


def test_a_thread_belongs_to_the_client_so_a_new_therapist_reads_it_and_the_old_one_does_not(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    new = make_therapist("Lin")
    assign(sam, new)
    with db.unit_of_work() as session:
        session.execute(
            text("UPDATE care_assignment SET until_at = since_at WHERE therapist_id = :dana"),
            {"dana": dana.account_id},
        )
    assert _bodies(new, thread) == [SECRET]
    with pytest.raises(NotFound):
        messages.read_thread(dana, thread, NOW)
    assert messages.threads(dana, NOW) == ()


def test_sent_twice_is_once(sam: Viewer, dana: Viewer, thread: str) -> None:
    assert messages.begin(sam, sam.public_id, "Thursday", SECRET, "first", NOW) == thread
    for _ in range(2):
        messages.send(dana, thread, "Once", "twice", NOW)
    assert _bodies(sam, thread) == [SECRET, "Once"]
    with pytest.raises(NotFound):
        messages.send(sam, thread, "With another's key", "twice", NOW)


def _together(acts: list[Callable[[], object]]) -> None:
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> None:
        gate.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(one, acts))


def test_two_at_once_are_both_there_and_one_pressed_twice_at_once_is_one(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    _together(
        [
            lambda: messages.send(dana, thread, "From Dana", "dana", NOW),
            lambda: messages.send(sam, thread, "From Sam", "sam", NOW),
            lambda: messages.send(sam, thread, "From Sam", "sam", NOW),
        ]
    )
    assert sorted(_bodies(dana, thread)) == sorted([SECRET, "From Dana", "From Sam"])
    moments = [said.sent_at for said in messages.read_thread(sam, thread, NOW + HOUR).said]
    assert len(set(moments)) == 3


def test_a_message_after_a_look_is_unread_even_by_a_clock_that_is_behind(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    messages.read_thread(dana, thread, NOW + SECOND)
    messages.send(sam, thread, "A second earlier, by this clock", "behind", NOW)
    assert _unread(dana) == 1


def test_a_closed_thread_refuses_until_it_is_opened_again(sam: Viewer, dana: Viewer, thread: str) -> None:
    messages.close(dana, thread, NOW)
    for writer in (sam, dana):
        with pytest.raises(ThreadClosed):
            messages.send(writer, thread, "Hello", f"key-{writer.name}", NOW)
    with pytest.raises(NotFound):
        messages.open_again(sam, thread, NOW)
    messages.open_again(dana, thread, NOW)
    messages.send(sam, thread, "Hello", "again", NOW)
    assert _bodies(dana, thread) == [SECRET, "Hello"]


def test_after_care_has_ended_one_reads_and_nobody_writes(sam: Viewer, dana: Viewer, thread: str) -> None:
    _discharge(sam, dana)
    assert _bodies(sam, thread) == [SECRET]
    assert not messages.read_thread(sam, thread, NOW).may_write
    for writer in (sam, dana):
        with pytest.raises(CareEnded):
            messages.send(writer, thread, "Hello", f"key-{writer.name}", NOW)
        with pytest.raises(CareEnded):
            messages.begin(writer, sam.public_id, "Hello", "Hello", f"new-{writer.name}", NOW)
    assert messages.correspondents(dana) == ()


def test_nobody_writes_where_nobody_would_read(dana: Viewer) -> None:
    alone = make_client("Noor", consented=False)
    with pytest.raises(NobodyReads):
        messages.begin(alone, alone.public_id, "Hello", "Hello", "alone", NOW)


def test_one_mail_until_they_have_read_and_none_while_they_read(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    messages.send(sam, thread, "One more", "more", NOW + SECOND)
    assert _mails() == ["dana@example.org"]
    messages.read_thread(dana, thread, NOW + HOUR)
    messages.send(sam, thread, "While Dana reads", "reads", NOW + HOUR + SECOND)
    assert _mails() == ["dana@example.org"]
    messages.read_thread(dana, thread, NOW + HOUR + 2 * SECOND)
    messages.send(sam, thread, "Later", "later", NOW + 2 * HOUR)
    messages.send(dana, thread, "An answer", "answer", NOW + 2 * HOUR)
    assert _mails() == ["dana@example.org", "dana@example.org", "sam@example.org"]


def test_the_mail_says_that_there_is_a_message_and_nothing_of_it(
    sam: Viewer, dana: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_letterbox(monkeypatch) as box:
        messages.begin(sam, sam.public_id, "Thursday", SECRET, "first", NOW)
        assert postman.send_due(NOW) == 1
        [got] = box.to("dana@example.org")
    assert "You have a new message. Sign in to read it." in got.text
    whole = got.message.as_string()
    assert not [word for word in (SECRET, "heron", "Thursday,", "Sam", "Rivera") if word in whole]


def test_a_draft_outlives_its_screen_and_goes_with_what_is_sent(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    kept = drafts.keep_draft(dana, sam.public_id, thread, "", "Half a", 0, NOW)
    kept = drafts.keep_draft(dana, sam.public_id, thread, "", "Half an\nanswer", kept.revision, NOW)
    assert drafts.read_draft(dana, sam.public_id, thread) == kept
    assert drafts.read_draft(sam, sam.public_id, thread).revision == 0
    messages.send(dana, thread, kept.body, "sent", NOW, draft_revision=kept.revision)
    assert drafts.read_draft(dana, sam.public_id, thread) == drafts.Draft("", "", 0)
    new = drafts.keep_draft(sam, sam.public_id, "", "About", "Words", 0, NOW)
    messages.begin(sam, sam.public_id, "About", "Words", "new", NOW, draft_revision=new.revision)
    assert drafts.read_draft(sam, sam.public_id, "").revision == 0


def test_of_two_windows_the_later_one_is_told_and_both_texts_are_kept(
    sam: Viewer, dana: Viewer, thread: str
) -> None:
    first = drafts.keep_draft(dana, sam.public_id, thread, "", "In one window", 0, NOW)
    with pytest.raises(EditedElsewhere) as told:
        drafts.keep_draft(dana, sam.public_id, thread, "", "In the other", 0, NOW)
    assert told.value.now["body"].value == "In one window"
    # The other one sends its own: what the first one keeps stays.
    messages.send(dana, thread, "In the other", "other", NOW, draft_revision=0)
    assert drafts.read_draft(dana, sam.public_id, thread) == first


def test_what_is_wrong_is_said_and_nothing_is_sent(sam: Viewer, dana: Viewer, thread: str) -> None:
    for body in ("", "  ", "x" * 5_001):
        with pytest.raises(InvalidInput):
            messages.send(dana, thread, body, "wrong", NOW)
    with pytest.raises(InvalidInput):
        drafts.keep_draft(dana, sam.public_id, thread, "", "x" * 5_001, 0, NOW)
    with pytest.raises(InvalidInput):
        messages.begin(dana, sam.public_id, "", "Hello", "wrong", NOW)
    assert _bodies(sam, thread) == [SECRET]


def test_the_database_holds_ciphertext_and_the_log_no_content(sam: Viewer, dana: Viewer, thread: str) -> None:
    drafts.keep_draft(dana, sam.public_id, thread, "", SECRET, 0, NOW)
    _bodies(dana, thread)
    with db.reading() as session:
        for column in ("message.body_sealed", "message_draft.body_sealed", "message_thread.subject_sealed"):
            table, name = column.split(".")
            for held in session.scalars(text(f"SELECT {name} FROM {table}")):
                assert SECRET.encode() not in bytes(held)
                assert b"Thursday" not in bytes(held)
        acts = session.scalars(select(AuditEvent)).all()
    assert {"thread.begin", "message.send", "message.read"} <= {act.action for act in acts}
    assert not [act for act in acts if "heron" in f"{act.object_id} {act.action}"]


def test_an_away_text_is_shown_on_its_days_to_ones_own_clients(sam: Viewer, dana: Viewer) -> None:
    first, last = NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=2)
    away.set_away(dana, "Back on Monday.", first, last, NOW)
    other = make_client("Noor", therapist=make_therapist("Per"), consented=False)
    for day, there in ((0, False), (1, True), (2, True), (3, False)):
        shown = away.away_now(sam, NOW + timedelta(days=day))
        assert [one.words for one in shown] == (["Back on Monday."] if there else [])
        assert away.away_now(other, NOW + timedelta(days=day)) == ()
    with pytest.raises(InvalidInput):
        away.set_away(dana, "", last, first, NOW)
    away.end_away(dana, NOW)
    assert away.own_away(dana) is None


def test_whoever_is_disabled_gets_no_mail(sam: Viewer, dana: Viewer, thread: str) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, sam.account_id).disabled_at = NOW
    before = _mails()
    messages.send(dana, thread, "Hello", "disabled", NOW)
    assert _mails() == before
