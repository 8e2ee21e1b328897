"""A private note is read and written by its author, and by nobody else in any way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import EditedElsewhere, InvalidInput, NotFound
from clinic.oversight.own_data import own_data
from clinic.people import accounts, emergency
from clinic.people.viewer import Viewer
from clinic.records.note_list import client_notes, search_notes
from clinic.records.notes import LONGEST_NOTE
from clinic.records.private_notes import begin_private_note, keep_private_note, private_notes
from db.tables import PrivateNote
from tests.databases import Database
from tests.factories import NOW, assign, make_administrator, make_client, make_clinic, make_therapist

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", email="sam@example.org", therapist=dana)


def test_a_private_note_is_kept_as_typed_and_read_again(dana: Viewer, sam: Viewer) -> None:
    note = begin_private_note(dana, sam.public_id, NOW)
    assert begin_private_note(dana, sam.public_id, LATER).public_id == note.public_id, "still empty"
    kept = keep_private_note(dana, note.public_id, "My hunch", note.revision, LATER)
    assert keep_private_note(dana, note.public_id, "My hunch", 0, LATER) == kept, "sent twice is once"
    assert [one.text for one in private_notes(dana, sam.public_id, LATER).notes] == ["My hunch"]
    assert begin_private_note(dana, sam.public_id, LATER).public_id != note.public_id
    with pytest.raises(InvalidInput):
        keep_private_note(dana, note.public_id, "x" * (LONGEST_NOTE + 1), kept.revision, LATER)
    with db.reading() as session:
        assert all(b"hunch" not in (row.body_sealed or b"") for row in session.scalars(select(PrivateNote)))


def test_the_later_of_two_windows_is_told(dana: Viewer, sam: Viewer) -> None:
    note = begin_private_note(dana, sam.public_id, NOW)
    keep_private_note(dana, note.public_id, "From the first window", 0, NOW)
    with pytest.raises(EditedElsewhere) as refused:
        keep_private_note(dana, note.public_id, "From the second window", 0, LATER)
    there = refused.value.now["private"]
    assert (there.value, there.revision) == ("From the first window", 1)
    assert keep_private_note(dana, note.public_id, "Both", there.revision, LATER).text == "Both"


def test_no_colleague_supervisor_administrator_client_or_emergency_reads_one(
    dana: Viewer, sam: Viewer
) -> None:
    note = begin_private_note(dana, sam.public_id, NOW)
    keep_private_note(dana, note.public_id, "My hunch", 0, NOW)
    colleague, supervisor, stranger = (make_therapist(name) for name in ("Per", "Uma", "Ines"))
    boss = make_administrator()
    assign(sam, colleague, NOW)
    accounts.assign(boss, sam.public_id, supervisor.public_id, True, NOW)
    emergency.open_anyway(stranger, "sam@example.org", "Called in distress, Dana is away", NOW)
    assert private_notes(colleague, sam.public_id, NOW).notes == (), "in their care, and not theirs to read"
    for viewer in (supervisor, stranger, sam, boss):
        with pytest.raises(NotFound):
            private_notes(viewer, sam.public_id, NOW)
        with pytest.raises(NotFound):
            begin_private_note(viewer, sam.public_id, NOW)
    for viewer in (colleague, supervisor, stranger, sam, boss):
        with pytest.raises(NotFound):
            keep_private_note(viewer, note.public_id, "Not theirs", 1, NOW)
    assert client_notes(dana, sam.public_id, NOW).notes == (), "apart from the record"
    assert search_notes(dana, "hunch", NOW).hits == ()
    assert b"hunch" not in own_data(sam, NOW)[2]
    assert private_notes(dana, sam.public_id, NOW).notes[0].text == "My hunch"


def test_the_author_still_reads_theirs_when_their_care_has_ended(dana: Viewer, sam: Viewer) -> None:
    note = begin_private_note(dana, sam.public_id, NOW)
    keep_private_note(dana, note.public_id, "My hunch", 0, NOW)
    boss = make_administrator()
    assign(sam, make_therapist("Per"), NOW)
    accounts.end_care(boss, sam.public_id, dana.public_id, NOW)
    assert len(private_notes(dana, sam.public_id, NOW).notes) == 1
    with pytest.raises(NotFound):
        begin_private_note(dana, sam.public_id, NOW)
