"""Documents between a client and whoever looks after them, on both databases."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text, update

import db
from clinic.between import documents
from clinic.between.news import read_news
from clinic.errors import CareEnded, FileRefused, NobodyReads, NotFound, TooManyDocuments
from clinic.oversight.backup import make_backup, prove
from clinic.oversight.own_data import own_data
from clinic.people import emergency, postman
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent, CareAssignment, Discharge, Document, OutboxMail
from tests.between.files import pdf
from tests.databases import Database
from tests.factories import NOW, assign, make_administrator, make_client, make_clinic, make_therapist
from tests.scheduling.letterbox import open_letterbox

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "The heron by the lake"
CONTENT = SECRET.encode()


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor", email="dana@example.org")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", email="sam@example.org", therapist=dana, consented=False)


@pytest.fixture
def letter(sam: Viewer) -> str:
    return _add(sam, sam, "letter")


def _add(
    by: Viewer, client: Viewer, key: str, after: timedelta = timedelta(), name: str = "heron.txt"
) -> str:
    return documents.add(by, client.public_id, name, CONTENT, key, NOW + after)


def _names(viewer: Viewer, client: Viewer | None = None) -> list[str]:
    found = documents.documents(viewer, NOW, client.public_id if client else None)
    return [one.public_id for one in found.documents]


def _new(viewer: Viewer) -> int:
    with db.reading() as session:
        return read_news(session, viewer).documents


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


def test_what_one_adds_the_other_opens_and_it_is_new_until_then(
    sam: Viewer, dana: Viewer, letter: str
) -> None:
    assert (_new(dana), _new(sam)) == (1, 0)
    assert _names(dana) == [letter]
    assert documents.read_document(sam, letter, NOW) == ("heron.txt", "text/plain", CONTENT)
    assert _new(dana) == 1, "the client's own look is none of the other side's"
    assert documents.read_document(dana, letter, NOW + HOUR)[2] == CONTENT
    assert _new(dana) == 0
    assert _names(dana) == []
    documents.read_document(dana, letter, NOW + DAY)
    [row] = documents.documents(sam, NOW).documents
    assert (row.own, row.new, row.seen_at, row.by) == (True, False, NOW + HOUR, "Sam Rivera")
    answer = _add(dana, sam, "answer", DAY)
    assert _new(sam) == 1
    assert [(one.public_id, one.own, one.new) for one in documents.documents(sam, NOW).documents] == [
        (answer, False, True),
        (letter, True, False),
    ]
    documents.read_document(sam, answer, NOW + DAY)
    assert _new(sam) == 0


def test_a_stranger_a_supervisor_and_an_administrator_find_nothing(
    sam: Viewer, dana: Viewer, letter: str
) -> None:
    supervisor, other = make_therapist("Per"), make_therapist("Lin")
    with db.unit_of_work() as session:
        session.add(
            CareAssignment(
                client_id=sam.account_id, therapist_id=supervisor.account_id, since_at=NOW, supervises=True
            )
        )
    emergency.open_anyway(other, "sam@example.org", "A reason of some length", NOW)
    for stranger in (supervisor, other, make_administrator(), make_client(therapist=other, consented=False)):
        for act in (
            lambda who: documents.read_document(who, letter, NOW),
            lambda who: documents.documents(who, NOW, sam.public_id),
            lambda who: documents.withdraw(who, letter, NOW),
            lambda who: _add(who, sam, f"of-{who.name}"),
        ):
            with pytest.raises(NotFound):
                act(stranger)
    assert documents.read_document(dana, letter, NOW)[2] == CONTENT


def test_documents_belong_to_the_client_so_a_new_therapist_opens_them_and_the_old_one_does_not(
    sam: Viewer, dana: Viewer, letter: str
) -> None:
    given = _add(dana, sam, "given")
    new = make_therapist("Lin")
    assign(sam, new)
    with db.unit_of_work() as session:
        session.execute(
            update(CareAssignment)
            .where(CareAssignment.therapist_id == dana.account_id)
            .values(until_at=CareAssignment.since_at)
        )
    for one in (letter, given):
        assert documents.read_document(new, one, NOW)[2] == CONTENT
        with pytest.raises(NotFound):
            documents.read_document(dana, one, NOW)
    assert _names(dana) == []
    documents.withdraw(new, given, NOW)
    assert _names(new, sam) == [letter]


def test_withdrawn_it_opens_for_nobody_and_is_in_no_list(sam: Viewer, dana: Viewer, letter: str) -> None:
    given = _add(dana, sam, "given")
    for other_side, one in ((dana, letter), (sam, given)):
        with pytest.raises(NotFound):
            documents.withdraw(other_side, one, NOW)
    for own_side, one in ((sam, letter), (dana, given)):
        documents.read_document(own_side, one, NOW)
        documents.withdraw(own_side, one, NOW)
        documents.withdraw(own_side, one, NOW + HOUR)
        for viewer in (sam, dana):
            with pytest.raises(NotFound):
                documents.read_document(viewer, one, NOW)
    assert (_names(sam), _names(dana, sam), _new(sam), _new(dana)) == ([], [], 0, 0)
    with db.reading() as session:
        rows = session.execute(select(Document.withdrawn_at, Document.withdrawn_by_id).order_by(Document.id))
        assert [tuple(row) for row in rows] == [(NOW, sam.account_id), (NOW, dana.account_id)]
        acts = session.scalars(select(AuditEvent.action)).all()
    assert acts.count("document.withdraw") == 2


def test_sent_twice_is_once_and_anothers_key_is_nobodys(sam: Viewer, dana: Viewer, letter: str) -> None:
    assert _add(sam, sam, "letter") == letter
    noor = make_client("Noor", therapist=dana, consented=False)
    for by, client in ((dana, sam), (noor, noor), (dana, noor)):
        with pytest.raises(NotFound):
            _add(by, client, "letter")
    assert _names(sam) == [letter]
    assert _mails() == ["dana@example.org"]


def test_pressed_twice_at_once_it_is_one_with_one_mail(sam: Viewer, dana: Viewer) -> None:
    gate = threading.Barrier(3)

    def press(_: int) -> str:
        gate.wait()
        return _add(sam, sam, "pressed")

    with ThreadPoolExecutor(3) as pool:
        made = set(pool.map(press, range(3)))
    assert _names(sam) == list(made)
    assert _mails() == ["dana@example.org"]


def test_there_are_two_hundred_at_the_most_that_were_not_withdrawn(
    sam: Viewer, dana: Viewer, letter: str
) -> None:
    assert documents.MOST_DOCUMENTS == 200
    with db.unit_of_work() as session:
        for n in range(198):
            row = Document(
                client_id=sam.account_id,
                by_id=dana.account_id,
                media_type="text/plain",
                size=1,
                submit_key=f"many-{n}",
                added_at=NOW - 2 * DAY,
            )
            row.name, row.content = "a.txt", "YQ=="
            session.add(row)
    gate = threading.Barrier(2)

    def last(n: int) -> bool:
        gate.wait()
        try:
            _add(sam, sam, f"last-{n}")
        except TooManyDocuments:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(last, range(2))) == [False, True]
    with pytest.raises(TooManyDocuments):
        _add(dana, sam, "one-more")
    documents.withdraw(sam, letter, NOW)
    _add(dana, sam, "one-more")


def test_adding_and_withdrawing_all_day_comes_to_an_end(
    sam: Viewer, dana: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert documents.MOST_A_DAY == 50
    monkeypatch.setattr(documents, "MOST_A_DAY", 3)
    for n in range(3):
        documents.withdraw(sam, _add(sam, sam, f"again-{n}"), NOW)
    with pytest.raises(TooManyDocuments):
        _add(sam, sam, "again-3", DAY - HOUR)
    _add(dana, sam, "of-the-other-side")
    _add(sam, sam, "again-3", DAY)


def test_a_file_that_is_refused_leaves_nothing(sam: Viewer, dana: Viewer) -> None:
    for name, content in (
        ("page.pdf", b"<html><script>x</script></html>"),
        ("letter.txt", pdf()),
        ("empty.txt", b""),
        ("large.txt", b"a" * 20_000_000),
    ):
        with pytest.raises(FileRefused):
            documents.add(sam, sam.public_id, name, content, "refused", NOW)
    assert _names(sam) == []
    assert _mails() == []
    # The key that nothing was kept under is good for the right file.
    documents.add(sam, sam.public_id, "letter.pdf", pdf(), "refused", NOW)
    assert [one.kind for one in documents.documents(sam, NOW).documents] == ["PDF"]


def test_a_name_is_kept_without_what_could_steer_something(sam: Viewer, dana: Viewer) -> None:
    made = documents.add(sam, sam.public_id, '../a"\r\nX: y\u202e.txt', CONTENT, "steers", NOW)
    assert documents.read_document(dana, made, NOW)[0] == "a X y.txt"


def test_after_care_has_ended_one_opens_and_nobody_adds(sam: Viewer, dana: Viewer, letter: str) -> None:
    given = _add(dana, sam, "given")
    _discharge(sam, dana)
    for viewer in (sam, dana):
        assert documents.read_document(viewer, letter, NOW)[2] == CONTENT
        assert documents.documents(viewer, NOW, sam.public_id).refusal
        with pytest.raises(CareEnded):
            _add(viewer, sam, f"late-{viewer.name}")
    with pytest.raises(CareEnded):
        documents.withdraw(dana, given, NOW)
    documents.withdraw(sam, letter, NOW)
    assert _names(sam) == [given]


def test_nobody_adds_what_no_one_would_open(dana: Viewer) -> None:
    alone = make_client("Noor", consented=False)
    with pytest.raises(NobodyReads):
        _add(alone, alone, "alone")
    assert documents.documents(alone, NOW).refusal == NobodyReads.sentence


def test_one_mail_until_they_have_looked(sam: Viewer, dana: Viewer, letter: str) -> None:
    _add(sam, sam, "second", HOUR)
    assert _mails() == ["dana@example.org"]
    documents.read_document(dana, letter, NOW + 2 * HOUR)
    third = _add(sam, sam, "third", 3 * HOUR)
    assert _mails() == ["dana@example.org"] * 2
    _add(dana, sam, "answer", 3 * HOUR)
    assert _mails() == ["dana@example.org", "dana@example.org", "sam@example.org"]
    # Adding and withdrawing all day sends no mails; the day after, somebody is told again.
    documents.withdraw(sam, third, NOW + 4 * HOUR)
    fourth = _add(sam, sam, "fourth", 5 * HOUR)
    documents.withdraw(sam, fourth, NOW + 6 * HOUR)
    _add(sam, sam, "fifth", 7 * HOUR)
    assert len(_mails()) == 3
    [fifth, *_] = _names(sam)
    documents.withdraw(sam, fifth, NOW + 8 * HOUR)
    _add(sam, sam, "sixth", 2 * DAY)
    assert len(_mails()) == 4


def test_the_mail_says_that_there_is_something_and_nothing_of_it(
    sam: Viewer, dana: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_letterbox(monkeypatch) as box:
        _add(sam, sam, "first")
        assert postman.send_due(NOW) == 1
        [got] = box.to("dana@example.org")
    assert "There is something new for you under Documents. Sign in to open it." in got.text
    whole = got.message.as_string()
    assert not [word for word in (SECRET, "heron", "Sam", "Rivera") if word in whole]


def test_whoever_is_disabled_gets_no_mail(sam: Viewer, dana: Viewer) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, sam.account_id).disabled_at = NOW
    _add(dana, sam, "unread")
    assert _mails() == []


def test_a_list_reads_no_content(sam: Viewer, dana: Viewer, letter: str) -> None:
    asked: list[str] = []
    engine = db.engine()

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert _names(dana, sam) == [letter]
        assert not [one for one in asked if "content_sealed" in one]
        documents.read_document(dana, letter, NOW)
        assert [one for one in asked if "content_sealed" in one]
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_database_and_a_backup_hold_ciphertext_and_the_log_no_content(
    sam: Viewer, dana: Viewer, letter: str, database: Database, tmp_path: Path
) -> None:
    assert _names(dana, sam) == [letter]
    documents.read_document(dana, letter, NOW)
    with db.reading() as session:
        held = session.execute(text("SELECT name_sealed, content_sealed FROM document")).one()
        acts = session.scalars(select(AuditEvent)).all()
    files = [make_backup(tmp_path / "backup", NOW).path.read_bytes(), *map(bytes, held)]
    if database.kind == "sqlite":
        db.dispose()
        files += [path.read_bytes() for path in database.var.glob("quiet-room.db*")]
        assert len(files) > 3
    for content in files:
        for word in (CONTENT, b"heron", b"VGhlIGhlcm9u"):  # the last: as base64
            assert word not in content
    assert {"document.add", "document.list", "document.open"} <= {act.action for act in acts}
    assert not [act for act in acts if "heron" in f"{act.object_id} {act.action}"]


def test_ones_data_names_the_documents_and_leaves_out_what_a_therapist_withdrew(
    sam: Viewer, dana: Viewer, letter: str
) -> None:
    wrong = _add(dana, sam, "wrong", name="somebody-else.txt")
    _add(dana, sam, "right", name="worksheet.txt")
    documents.withdraw(dana, wrong, NOW)
    _, _, content = own_data(sam, NOW)
    found = json.loads(content)["document"]
    assert [one["name"] for one in found] == ["heron.txt", "worksheet.txt"]
    assert all("content" not in one for one in found)


def test_the_largest_goes_in_and_comes_out_whole_and_a_backup_takes_it(
    sam: Viewer, dana: Viewer, tmp_path: Path
) -> None:
    largest = b"0123456789abcdef" * (10 * 1024 * 1024 // 16)
    made = documents.add(sam, sam.public_id, "large.txt", largest, "large", NOW)
    assert documents.read_document(dana, made, NOW)[2] == largest
    with db.reading() as session:
        assert session.scalar(select(func.max(Document.size))) == 10_485_760
    proved = prove(make_backup(tmp_path / "backup", NOW).path)
    assert proved.contents.tables["document"].rows == 1
