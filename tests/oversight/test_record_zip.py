"""A whole record as a zip: everything that holds the client is in it, for whom it is, and nothing runs."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

import db
from clinic.errors import NotFound, PasswordNeeded
from clinic.oversight.audit_log import looks_at_me
from clinic.oversight.own_data import LEFT_OUT, about_client
from clinic.oversight.record_files import as_csv, file_name, fitting
from clinic.oversight.record_zip import CLIENT_ALONE, may_take_along, own_record_zip, record_zip
from clinic.people import accounts, emergency
from clinic.people.viewer import Viewer
from db.tables import AuditEvent, Document
from tests.documents.reading import words_of
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist
from tests.measures.fhir_schema import problems_with
from tests.oversight.whole_client import CANARY, FILE, fill

THEN = NOW - timedelta(days=30)


Pair = tuple[Viewer, Viewer]


@pytest.fixture
def pair(once: Callable[[Callable[[], Pair]], Pair]) -> Pair:
    """Dana, and Sam whom she looks after, with something in every table."""
    return once(_pair)


def _pair() -> Pair:
    make_clinic()
    dana = make_therapist("Dana Okafor")
    sam = make_client("Sam Rivera", email="sam@example.org", therapist=dana)
    fill(sam, dana, THEN, ended=False)
    return dana, sam


@pytest.fixture
def dana(pair: Pair) -> Viewer:
    return pair[0]


@pytest.fixture
def sam(pair: Pair) -> Viewer:
    return pair[1]


def unpacked(file: tuple[str, str, bytes]) -> dict[str, bytes]:
    name, kind, content = file
    assert (name, kind) == ("record-2026-03-02.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        assert folder.testzip() is None
        return {one: folder.read(one) for one in folder.namelist()}


def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"csv/{name}.csv"].decode("utf-8-sig"))))


def data(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["record.json"])
    return found


def test_a_clients_zip_has_each_table_that_holds_them(sam: Viewer) -> None:
    files = unpacked(own_record_zip(sam, NOW))
    found = data(files)
    expected = {table.__tablename__ for table, _ in about_client(sam.account_id)} - {"discharge"}
    assert {name for name in expected if not found[name]} == set()
    assert not set(LEFT_OUT) & set(found)
    assert "signed_note" not in found
    assert {"README.txt", "progress.pdf", "safety-plan.pdf", "fhir/bundle.json"} <= set(files)
    assert not {"outcomes.pdf", "notes.pdf"} & set(files)
    assert "Your therapists' notes" in files["README.txt"].decode()
    for secret in (b"password_hash", b"_hash", b"digest", b"totp_secret", f"{CANARY}SECRET".encode()):
        assert secret not in files["record.json"]


def test_a_therapists_zip_has_the_signed_notes_and_no_private_one(dana: Viewer, sam: Viewer) -> None:
    files = unpacked(record_zip(dana, sam.public_id, NOW))
    found = data(files)
    [note] = found["signed_note"]
    assert [one["version"] for one in note["versions"]] == [1, 2]
    assert note["author"] == "Dana Okafor"
    assert note["versions"][1]["text"] == {"text": f"{CANARY} body"}
    assert "Amended" in words_of(files["notes.pdf"])
    assert not (set(LEFT_OUT) | set(CLIENT_ALONE)) & set(found)
    assert "Psychotherapy notes" in files["README.txt"].decode()
    assert {"outcomes.pdf", "fhir/bundle.json", "csv/measures.csv"} <= set(files)


def test_only_whoever_looks_after_the_client_takes_the_record_along(dana: Viewer, sam: Viewer) -> None:
    per, ada = make_therapist("Per"), make_administrator("Ada")
    emergency.open_anyway(per, "sam@example.org", "Called in distress, Dana is away", NOW)
    supervisor = make_therapist("Kim")
    accounts.assign(ada, sam.public_id, supervisor.public_id, True, NOW)
    alone = make_client("Alone")
    for viewer, client in ((per, sam), (supervisor, sam), (ada, sam), (sam, sam), (dana, alone)):
        with pytest.raises(NotFound):
            record_zip(viewer, client.public_id, NOW)
        with pytest.raises(NotFound):
            may_take_along(viewer, client.public_id)
    for viewer in (per, ada):
        with pytest.raises(NotFound):
            own_record_zip(viewer, NOW)
    assert may_take_along(dana, sam.public_id) == "Sam Rivera"
    assert record_zip(dana, sam.public_id, NOW)


def test_the_password_is_asked_again_and_the_client_sees_who_took_it(dana: Viewer, sam: Viewer) -> None:
    later = NOW + timedelta(minutes=11)
    for take in (lambda: own_record_zip(sam, later), lambda: record_zip(dana, sam.public_id, later)):
        with pytest.raises(PasswordNeeded):
            take()
    before = len(looks_at_me(sam))
    own_record_zip(sam, NOW)
    assert len(looks_at_me(sam)) == before
    record_zip(dana, sam.public_id, NOW)
    assert [(look.who, look.at) for look in looks_at_me(sam)][:1] == [("Dana Okafor", NOW)]
    with db.reading() as session:
        taken = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.export")).all()
    assert [(event.actor_id, event.client_id) for event in taken] == [
        (sam.account_id, sam.account_id),
        (dana.account_id, sam.account_id),
    ]
    assert {event.object_id for event in taken} == {sam.public_id}


def test_nobody_elses_is_in_it(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor Ahmed", email="noor@example.org", therapist=dana)
    fill(noor, dana, THEN, ended=False)
    for file in (own_record_zip(noor, NOW), record_zip(dana, noor.public_id, NOW)):
        for name, content in unpacked(file).items():
            assert b"Rivera" not in content, name
            assert b"sam@" not in content, name
            assert sam.public_id.encode() not in content, name
    assert b"Rivera" in unpacked(own_record_zip(sam, NOW))["record.json"]


def test_tables_say_what_was_answered_and_run_nothing(dana: Viewer, sam: Viewer) -> None:
    files = unpacked(record_zip(dana, sam.public_id, NOW))
    [measure] = rows(files, "measures")
    assert (measure["measure"], measure["score"], measure["from"], measure["to"]) == ("PHQ-9", "9", "0", "27")
    answers = rows(files, "answers")
    assert len(answers) == 10
    assert (answers[8]["question"], answers[8]["in words"]) == ("9", "Several days")
    assert answers[8]["asked"].startswith("Thoughts that you would be better off dead")
    assert answers[9]["question"] == "after", "the question about difficulty comes last"
    asked = {row["question"]: row["answer"] for row in rows(files, "intake")}
    assert f"{CANARY} value" in asked.values()
    [day] = rows(files, "check-ins")
    assert (day["in words"], day["the day had"], day["note"]) == (
        "Low",
        "A walk or exercise",
        f"{CANARY} note",
    )
    assert [one["tried to sleep"] for one in rows(files, "sleep")] == ["23:00"]
    [session] = rows(files, "appointments")
    assert (session["therapist"], session["attendance"]) == ("Dana Okafor", "took place")


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(start: str) -> None:
    [line] = list(
        csv.DictReader(io.StringIO(as_csv((["a", "b"], [[start, -1]])).decode("utf-8-sig"), newline=""))
    )
    assert line["a"] == f"'{start}"
    assert line["b"] == "-1", "a number is one"


def test_documents_are_whole_and_their_names_lead_nowhere(dana: Viewer, sam: Viewer) -> None:
    for file in (own_record_zip(sam, NOW), record_zip(dana, sam.public_id, NOW)):
        files = unpacked(file)
        names = sorted(name for name in files if name.startswith("documents/"))
        assert names == [f"documents/001-{CANARY} sheet.txt", f"documents/002-1_1 {CANARY}_back.txt"]
        assert [files[name] for name in names] == [FILE, FILE]
        assert FILE not in files["record.json"]
        assert "content" not in data(files)["document"][0]


def test_what_a_therapist_withdrew_is_neither_given_nor_named(dana: Viewer, sam: Viewer) -> None:
    with db.unit_of_work() as session:
        first = select(Document.id).order_by(Document.id).limit(1).scalar_subquery()
        session.execute(
            update(Document)
            .where(Document.id == first)
            .values(withdrawn_at=NOW, withdrawn_by_id=dana.account_id)
        )
    for file in (own_record_zip(sam, NOW), record_zip(dana, sam.public_id, NOW)):
        files = unpacked(file)
        assert len([name for name in files if name.startswith("documents/")]) == 1
        assert [bool(one["withdrawn_at"]) for one in data(files)["document"]] == [False]
        assert "withdrawn" in files["README.txt"].decode()


@pytest.mark.parametrize(
    ("name", "kind", "safe"),
    [
        ("Letter.pdf", "application/pdf", "007-Letter.pdf"),
        ("../../etc/passwd", "text/plain", "007-etc_passwd.txt"),
        ("C:\\a\\b.png", "image/png", "007-C_a_b.png"),
        ("run.exe", "application/pdf", "007-run.pdf"),
        ("\u202eexe.pdf", "application/pdf", "007-exe.pdf"),
        ("Überweisung 3.pdf", "application/pdf", "007-Überweisung 3.pdf"),
        ("...", "application/pdf", "007-document.pdf"),
        ("", "application/x-anything", "007-document.bin"),
        ("x" * 300, "text/plain", f"007-{'x' * 60}.txt"),
    ],
)
def test_a_files_name_can_be_written_anywhere(name: str, kind: str, safe: str) -> None:
    assert file_name(7, name, kind) == safe


def test_what_is_too_much_for_one_file_is_left_and_said() -> None:
    assert fitting([]) == 0
    assert fitting([5, 5], 10) == 2
    assert fitting([5, 6], 10) == 1
    assert fitting([11, 1], 10) == 0


def test_measures_are_in_it_as_fhir_r4(sam: Viewer) -> None:
    whole = json.loads(unpacked(own_record_zip(sam, NOW))["fhir/bundle.json"])
    assert problems_with(whole) == []
    kinds = [one["resource"]["resourceType"] for one in whole["entry"]]
    assert kinds == ["Patient", "Questionnaire", "QuestionnaireResponse", "Observation"]
    assert whole["entry"][0]["resource"]["birthDate"] == "1990-03-27"
