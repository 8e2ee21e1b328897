"""A note on a session is kept as it is typed, is its author's alone, and is never written over unseen."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

import db
from clinic.errors import EditedElsewhere, InvalidInput, NoteNotSigned, NoteSigned, NotFound, SessionNotBegun
from clinic.measures import questionnaires
from clinic.people import accounts, emergency
from clinic.people.viewer import Viewer
from clinic.records.note_formats import Draft, Stage, drafted, free
from clinic.records.note_list import client_notes, note_desk, scores_line, search_notes
from clinic.records.note_signing import amend_note, drop_amendment, sign_note
from clinic.records.notes import (
    CHASED_FOR,
    LONGEST_NOTE,
    keep_note,
    read_note,
    read_unsigned,
)
from clinic.video.attended import confirm_attendance
from db.settings import settings
from db.tables import Account, AuditEvent, NoteVersion, ProgressNote
from tests.databases import Database
from tests.factories import (
    NOW,
    assign,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


@pytest.fixture
def meeting(dana: Viewer, sam: Viewer) -> str:
    return make_appointment(sam, dana, NOW)


def test_a_note_is_kept_as_typed_and_read_again(dana: Viewer, meeting: str) -> None:
    assert read_note(dana, meeting, NOW).revision == 0
    first = keep_note(dana, meeting, free("  Slept badly.\nTalked about work"), 0, NOW)
    assert (first.revision, first.kept_at) == (1, NOW)
    assert keep_note(dana, meeting, free("Slept badly."), 1, LATER).revision == 2
    found = read_note(dana, meeting, LATER)
    assert (found.draft, found.revision, found.kept_at) == (free("Slept badly."), 2, LATER)


def test_the_same_text_again_changes_nothing(dana: Viewer, meeting: str) -> None:
    assert keep_note(dana, meeting, free(""), 0, NOW).revision == 0
    keep_note(dana, meeting, free("Kept"), 0, NOW)
    assert keep_note(dana, meeting, free("Kept"), 0, LATER).kept_at == NOW, "sent twice is once"
    assert keep_note(dana, meeting, free("Kept"), 1, LATER).revision == 1


def test_the_later_of_two_windows_is_told_and_nothing_is_lost(dana: Viewer, meeting: str) -> None:
    keep_note(dana, meeting, free("From the first window"), 0, NOW)
    with pytest.raises(EditedElsewhere) as refused:
        keep_note(dana, meeting, free("From the second window"), 0, LATER)
    there = refused.value.now["note"]
    assert (there.value, there.revision, there.at) == ("From the first window", 1, NOW)
    assert read_note(dana, meeting, LATER).draft == free("From the first window")
    assert keep_note(dana, meeting, free("From the second window"), there.revision, LATER).revision == 2


def test_two_windows_may_begin_in_the_same_moment(dana: Viewer, meeting: str) -> None:
    ended: list[str] = []

    def write(text: str) -> None:
        try:
            keep_note(dana, meeting, free(text), 0, NOW)
            ended.append("kept")
        except EditedElsewhere:
            ended.append("told")

    threads = [threading.Thread(target=write, args=(f"Window {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["kept", "told", "told", "told"]
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(ProgressNote)).one() == 1


def test_nobody_but_the_sessions_therapist_reads_or_writes_it(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    keep_note(dana, meeting, free("A note"), 0, NOW)
    colleague = make_therapist("Per")
    assign(sam, colleague, NOW)
    for viewer in (sam, colleague, make_administrator()):
        with pytest.raises(NotFound):
            read_note(viewer, meeting, NOW)
        with pytest.raises(NotFound):
            keep_note(viewer, meeting, free("Not theirs"), 1, NOW)
    assert read_note(dana, meeting, NOW).draft == free("A note")


def test_a_note_has_a_longest_length(dana: Viewer, meeting: str) -> None:
    with pytest.raises(InvalidInput):
        keep_note(dana, meeting, free("x" * (LONGEST_NOTE + 1)), 0, NOW)
    assert keep_note(dana, meeting, free("x" * LONGEST_NOTE), 0, NOW).revision == 1


def test_its_words_are_sealed_and_its_keeping_is_in_the_audit_log(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    keep_note(dana, meeting, free("Only for Dana"), 0, NOW)
    read_note(dana, meeting, NOW)
    with db.reading() as session:
        row = session.scalars(select(ProgressNote)).one()
        assert b"Dana" not in (row.body_sealed or b"")
        kept = session.scalars(select(AuditEvent).where(AuditEvent.action.like("note.%"))).all()
    assert {event.action for event in kept} == {"note.keep", "note.open"}
    assert all(event.client_id == sam.account_id and event.actor_id == dana.account_id for event in kept)


def signed(author: Viewer, meeting: str, text: str, now: datetime = NOW) -> int:
    """A note that is signed. Its revision."""
    kept = keep_note(author, meeting, free(text), read_note(author, meeting, now).revision, now)
    return sign_note(author, meeting, kept.revision, now).revision


def test_a_note_keeps_its_format_and_its_sections(dana: Viewer, meeting: str) -> None:
    draft = drafted("soap", {"subjective": "Slept badly", "plan": "Again on Monday", "elsewhere": "x"})
    keep_note(dana, meeting, draft, 0, NOW)
    found = read_note(dana, meeting, LATER).draft
    assert found == Draft("soap", {"subjective": "Slept badly", "plan": "Again on Monday"})


def test_a_new_note_begins_in_the_format_that_its_author_used_last(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    keep_note(dana, meeting, drafted("dap", {"data": "Slept badly"}), 0, NOW)
    following = make_appointment(sam, dana, NOW + timedelta(days=7))
    assert read_note(dana, following, NOW).draft == drafted("dap", {})
    assert keep_note(dana, following, drafted("dap", {}), 0, NOW).revision == 0, "nothing is written yet"


def test_a_note_of_before_there_were_sections_is_read_as_free_text(dana: Viewer, meeting: str) -> None:
    keep_note(dana, meeting, free("now"), 0, NOW)
    with db.unit_of_work() as session:
        session.scalars(select(ProgressNote)).one().body = "[1] kept as plain text"
    assert read_note(dana, meeting, LATER).draft == free("[1] kept as plain text")


def test_a_signed_note_is_locked_and_signing_twice_is_once(dana: Viewer, meeting: str) -> None:
    keep_note(dana, meeting, free("As it was"), 0, NOW)
    first = sign_note(dana, meeting, 1, NOW)
    assert (first.stage, first.draft, len(first.versions)) == (Stage.SIGNED, free("As it was"), 1)
    assert sign_note(dana, meeting, 1, LATER) == first
    with pytest.raises(NoteSigned):
        keep_note(dana, meeting, free("Otherwise"), first.revision, LATER)
    assert read_note(dana, meeting, LATER).draft == free("As it was")


def test_an_empty_note_and_one_before_its_session_cannot_be_signed(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    with pytest.raises(InvalidInput, match="problem"):
        sign_note(dana, meeting, 0, NOW)
    keep_note(dana, meeting, free(" \n"), 0, NOW)
    with pytest.raises(InvalidInput) as refused:
        sign_note(dana, meeting, 1, NOW)
    assert "empty" in refused.value.fields["note"]
    coming = make_appointment(sam, dana, NOW + timedelta(days=1))
    keep_note(dana, coming, free("To talk about"), 0, NOW)
    with pytest.raises(SessionNotBegun):
        sign_note(dana, coming, 1, NOW)
    assert sign_note(dana, coming, 1, NOW + timedelta(days=1)).stage is Stage.SIGNED


def test_a_text_that_was_changed_in_another_window_is_not_signed_unseen(dana: Viewer, meeting: str) -> None:
    keep_note(dana, meeting, free("What I saw"), 0, NOW)
    keep_note(dana, meeting, free("What the other window says"), 1, NOW)
    with pytest.raises(EditedElsewhere) as refused:
        sign_note(dana, meeting, 1, LATER)
    assert refused.value.now["note"].value == "What the other window says"
    assert read_note(dana, meeting, LATER).stage is Stage.DRAFT
    assert sign_note(dana, meeting, 2, LATER).stage is Stage.SIGNED


def test_a_note_is_amended_with_a_reason_and_every_version_is_kept(dana: Viewer, meeting: str) -> None:
    keep_note(dana, meeting, free("On Tuesday"), 0, NOW)
    with pytest.raises(NoteNotSigned):
        amend_note(dana, meeting, NOW)
    sign_note(dana, meeting, 1, NOW)
    begun = amend_note(dana, meeting, LATER)
    assert (begun.stage, begun.draft) == (Stage.AMENDING, free("On Tuesday"))
    assert amend_note(dana, meeting, LATER) == begun, "begun, it goes on"
    kept = keep_note(dana, meeting, free("On Wednesday"), begun.revision, LATER)
    with pytest.raises(InvalidInput) as refused:
        sign_note(dana, meeting, kept.revision, LATER)
    assert set(refused.value.fields) == {"reason"}
    because = drafted("free", {"text": "On Wednesday"}, "The wrong day")
    kept = keep_note(dana, meeting, because, kept.revision, LATER)
    done = sign_note(dana, meeting, kept.revision, LATER)
    assert done.stage is Stage.SIGNED
    assert [(v.number, v.draft, v.signed_at) for v in done.versions] == [
        (1, free("On Tuesday"), NOW),
        (2, because, LATER),
    ]
    assert {v.signed_by for v in done.versions} == {"Dana Okafor"}


def test_an_amendment_that_changes_nothing_is_told_and_can_be_dropped(dana: Viewer, meeting: str) -> None:
    signed(dana, meeting, "As it was")
    begun = amend_note(dana, meeting, LATER)
    kept = keep_note(dana, meeting, drafted("free", {"text": "As it was"}, "Why"), begun.revision, LATER)
    with pytest.raises(InvalidInput) as refused:
        sign_note(dana, meeting, kept.revision, LATER)
    assert set(refused.value.fields) == {"note"}
    with pytest.raises(EditedElsewhere):
        drop_amendment(dana, meeting, begun.revision, LATER)
    dropped = drop_amendment(dana, meeting, kept.revision, LATER)
    assert (dropped.stage, dropped.draft, len(dropped.versions)) == (Stage.SIGNED, free("As it was"), 1)


def test_the_database_refuses_another_moment_or_number_for_a_signed_version(
    dana: Viewer, meeting: str
) -> None:
    signed(dana, meeting, "As it was")
    for changed in ({"version": 2}, {"signed_at": LATER}, {"format": "soap"}):
        with pytest.raises(DBAPIError), db.unit_of_work() as session:
            session.execute(update(NoteVersion).values(changed))
    assert read_note(dana, meeting, LATER).versions[0].signed_at == NOW


def test_nobody_else_signs_amends_or_drops(dana: Viewer, sam: Viewer, meeting: str) -> None:
    revision = signed(dana, meeting, "A note")
    colleague = make_therapist("Per")
    assign(sam, colleague, NOW)
    for viewer in (sam, colleague, make_administrator()):
        for act in (
            lambda who: sign_note(who, meeting, revision, NOW),
            lambda who: amend_note(who, meeting, NOW),
            lambda who: drop_amendment(who, meeting, revision, NOW),
            lambda who: note_desk(who, meeting, NOW),
            lambda who: scores_line(who, meeting, NOW),
        ):
            with pytest.raises(NotFound):
                act(viewer)
    assert amend_note(dana, meeting, NOW).stage is Stage.AMENDING


def test_who_may_open_the_record_reads_what_is_signed_and_no_draft(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    keep_note(dana, meeting, free("Signed text"), 0, NOW)
    colleague, stranger = make_therapist("Per"), make_therapist("Uma")
    assign(sam, colleague, NOW)
    assert client_notes(colleague, sam.public_id, NOW).notes == ()
    sign_note(dana, meeting, 1, NOW)
    amending = amend_note(dana, meeting, NOW)
    keep_note(dana, meeting, free("Being changed"), amending.revision, NOW)
    (theirs,) = client_notes(colleague, sam.public_id, NOW).notes
    assert (theirs.draft, theirs.own, theirs.author, theirs.words) == (
        None,
        False,
        "Dana Okafor",
        "Signed text",
    )
    (own,) = client_notes(dana, sam.public_id, NOW).notes
    assert own.draft == free("Being changed")
    for viewer in (stranger, sam, make_administrator()):
        with pytest.raises(NotFound):
            client_notes(viewer, sam.public_id, NOW)
    email = "sam-notes@example.org"
    with db.unit_of_work() as session:
        session.get_one(Account, sam.account_id).email = email
    emergency.open_anyway(stranger, email, "Called in distress, Dana is away", NOW)
    assert client_notes(stranger, sam.public_id, NOW).notes[0].words == "Signed text"


def test_words_are_found_in_the_notes_of_ones_own_clients_only(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    noor = make_client("Noor", therapist=(per := make_therapist("Per")))
    theirs = make_appointment(noor, per, NOW)
    signed(per, theirs, "The letter to her brother")
    signed(dana, meeting, "The LETTER to his sister, in the Gro\u00dfe Stra\u00dfe")
    assert [hit.note.client_name for hit in search_notes(dana, "letter", NOW).hits] == ["Sam Rivera"]
    (hit,) = search_notes(dana, "strasse  SISTER letter", NOW).hits
    assert "LETTER" in hit.around
    assert search_notes(dana, "letter brother", NOW).hits == (), "all of the words"
    assert search_notes(per, "sister", NOW).hits == ()
    boss = make_administrator()
    accounts.assign(boss, sam.public_id, per.public_id, True, NOW)
    assert search_notes(per, "sister", NOW).hits == (), "a supervisor's clients are not their own"
    for wrong in (" ", "x" * 101):
        with pytest.raises(InvalidInput):
            search_notes(dana, wrong, NOW)
    with db.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "notes.search")).all()
    assert events
    assert all("letter" not in f"{event.object_id}" for event in events)


def test_a_draft_is_found_by_its_author_alone(dana: Viewer, sam: Viewer, meeting: str) -> None:
    keep_note(dana, meeting, free("A heron by the river"), 0, NOW)
    colleague = make_therapist("Per")
    assign(sam, colleague, NOW)
    assert len(search_notes(dana, "heron", NOW).hits) == 1
    assert search_notes(colleague, "heron", NOW).hits == ()
    sign_note(dana, meeting, 1, NOW)
    assert len(search_notes(colleague, "heron", NOW).hits) == 1


def test_sessions_without_a_signed_note_are_chased_until_it_is_signed(
    dana: Viewer, sam: Viewer, meeting: str
) -> None:
    def chased(now: datetime) -> list[tuple[str, bool]]:
        with db.reading() as session:
            return [(one.appointment_id, one.begun) for one in read_unsigned(session, dana, now)]

    over = NOW + timedelta(hours=1)
    assert chased(NOW) == [], "it is not over"
    assert chased(over) == [(meeting, False)]
    make_appointment(sam, dana, NOW - timedelta(days=1), cancelled=True)
    missed = make_appointment(sam, dana, NOW - timedelta(days=2))
    confirm_attendance(dana, missed, "no_show", NOW)
    assert chased(over) == [(meeting, False)], "not cancelled ones, nor where nobody came"
    assert chased(over + CHASED_FOR) == [], "nor for ever"
    keep_note(dana, meeting, free("Begun"), 0, NOW)
    assert chased(over + 3 * CHASED_FOR) == [(meeting, True)], "what was begun is"
    sign_note(dana, meeting, 1, over)
    assert chased(over) == []


def test_the_days_scores_are_a_plain_line(dana: Viewer, sam: Viewer, meeting: str) -> None:
    make_policy(dana)
    assert scores_line(dana, meeting, NOW) == ""
    form = questionnaires.open_response(sam, "phq-9", NOW)
    for item in form.instrument.items:
        questionnaires.keep_answer(sam, form.public_id, item.number, 1, NOW)
    questionnaires.finish(sam, form.public_id, NOW)
    said = scores_line(dana, meeting, LATER)
    assert said == "Scores of Monday 2 March 2026: PHQ-9 9 (range 0 to 27)."
    assert note_desk(dana, meeting, LATER).scores == said
    another_day = make_appointment(sam, dana, NOW + timedelta(days=1))
    assert scores_line(dana, another_day, LATER) == ""


def test_ones_last_signed_note_stands_beside_the_next(dana: Viewer, sam: Viewer, meeting: str) -> None:
    signed(dana, meeting, "Last time")
    following = make_appointment(sam, dana, NOW + timedelta(days=7))
    last = note_desk(dana, following, NOW).last
    assert last is not None
    assert last.words == "Last time"
    assert note_desk(dana, meeting, NOW).last is None


def test_no_file_of_the_database_has_a_word_of_it_in_the_clear(
    database: Database, dana: Viewer, sam: Viewer, meeting: str
) -> None:
    revision = signed(dana, meeting, "Quetzalcoatlus in the note")
    amend_note(dana, meeting, NOW)
    draft = drafted("free", {"text": "Quetzalcoatlus again"}, "Quetzalcoatlus why")
    keep_note(dana, meeting, draft, revision + 1, NOW)
    search_notes(dana, "quetzalcoatlus", NOW)
    with db.reading() as session:
        rows = [
            *session.execute(text("SELECT * FROM progress_note")),
            *session.execute(text("SELECT * FROM note_version")),
            *session.execute(text("SELECT * FROM audit_event")),
        ]
    assert rows
    assert not any("uetzalcoatlus" in str(value) for row in rows for value in row)
    for file in settings().var.rglob("*.db*"):
        assert b"uetzalcoatlus" not in file.read_bytes()
