"""The safety plan: as typed, each edit a version, two people at once lose nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotFound, PlanEditedElsewhere
from clinic.people.viewer import Viewer
from clinic.safety.alerts import alert_file
from clinic.safety.plan_copy import plan_file
from clinic.safety.safety_plan import STEPS, keep_step, own_plan, plan_history, safety_plan
from components.crisis import with_numbers
from db.tables import SafetyPlan
from tests.databases import Database
from tests.documents.reading import words_of
from tests.factories import NOW, make_client, make_clinic, make_therapist
from tests.safety.net import answer, make_policy, only_alert

TYPED = "  Alex, 07700 900123\n\nMy *sister*  "


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def test_it_is_kept_as_typed_and_each_edit_is_a_version(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    assert own_plan(sam).is_empty
    assert keep_step(sam, sam.public_id, "ask", TYPED, 0, NOW) == 1
    assert keep_step(sam, sam.public_id, "ask", TYPED, 1, NOW) == 1, "unchanged"
    assert keep_step(dana, sam.public_id, "own", "Walk", 1, NOW + timedelta(days=1)) == 2
    name, plan = safety_plan(dana, sam.public_id, NOW)
    assert (name, plan.version, plan.edited_by) == ("Sam", 2, "Dana")
    assert plan == own_plan(sam)
    assert (plan.steps["ask"], plan.steps["own"], plan.steps["signs"]) == (TYPED, "Walk", "")
    with db.reading() as session:
        rows = session.scalars(select(SafetyPlan).order_by(SafetyPlan.version)).all()
    assert [row.version for row in rows] == [1, 2], "the first is still there"
    assert b"Alex" not in rows[0].steps_sealed


def test_there_are_six_steps() -> None:
    assert len(STEPS) == 6


def test_another_step_changed_elsewhere_is_no_clash_and_the_same_step_is(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    keep_step(sam, sam.public_id, "own", "Walk", 0, NOW)
    # Both have version 1 before them.
    keep_step(dana, sam.public_id, "signs", "No sleep", 1, NOW)
    assert keep_step(sam, sam.public_id, "own", "Walk, then tea", 1, NOW) == 3
    with pytest.raises(PlanEditedElsewhere):
        keep_step(dana, sam.public_id, "own", "Swim", 1, NOW)
    assert own_plan(sam).steps["own"] == "Walk, then tea"
    assert own_plan(sam).steps["signs"] == "No sleep"
    assert keep_step(dana, sam.public_id, "own", "Swim", 3, NOW) == 4


def test_of_many_in_the_same_moment_one_is_kept_and_the_others_are_told(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    together, told = threading.Barrier(6), []

    def write(n: int) -> None:
        together.wait()
        try:
            keep_step(sam, sam.public_id, "own", f"Text {n}", 0, NOW)
        except PlanEditedElsewhere:
            told.append(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 5
    assert own_plan(sam).version == 1


def test_a_strangers_plan_is_not_found(dana: Viewer) -> None:
    sam, noor, per = make_client("Sam", therapist=dana), make_client("Noor", therapist=dana), None
    per = make_therapist("Per")
    for viewer in (noor, per):
        with pytest.raises(NotFound):
            safety_plan(viewer, sam.public_id, NOW)
        with pytest.raises(NotFound):
            keep_step(viewer, sam.public_id, "own", "x", 0, NOW)
    assert own_plan(sam).is_empty


@pytest.mark.parametrize(("name", "text"), [("own", "x" * 100_000), ("diagnosis", "x"), ("x" * 999, "x")])
def test_what_cannot_be_kept_is_refused(dana: Viewer, name: str, text: str) -> None:
    sam = make_client("Sam")
    with pytest.raises(InvalidInput):
        keep_step(sam, sam.public_id, name, text, 0, NOW)
    assert own_plan(sam).version == 0


def test_whoever_answers_the_alert_reads_it_and_cannot_change_it(dana: Viewer) -> None:
    per = make_therapist("Per")
    make_policy(per, make_therapist("Li"))
    sam = make_client("Sam", therapist=dana)
    keep_step(sam, sam.public_id, "own", "Walk", 0, NOW)
    answer(sam, 1)
    read = alert_file(per, only_alert(per).public_id, NOW).plan
    assert read is not None
    assert read.steps["own"] == "Walk"
    with pytest.raises(NotFound):
        keep_step(per, sam.public_id, "own", "Swim", 1, NOW)


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("Alex, 07700 900123", "(tel:07700900123)"),
        ("Mum +44 20 7946 0000", "(tel:+442079460000)"),
        ("Dr. Who (01) 555-0100", "(tel:01"),
        ("Lifeline 988", "(tel:988)"),
    ],
)
def test_numbers_in_it_can_be_tapped(line: str, link: str) -> None:
    assert link.replace("(tel:01", "(tel:") in with_numbers(line)


def test_what_is_typed_is_never_markup() -> None:
    assert with_numbers("[x](https://evil.example) *b* 12") == (r"\[x\]\(https\://evil\.example\) \*b\* 12")


def test_the_history_tells_one_sitting_as_one_with_what_it_was_before(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    for n, text in enumerate(("W", "Wa", "Walk")):
        keep_step(sam, sam.public_id, "own", text, n, NOW + timedelta(minutes=n))
    keep_step(sam, sam.public_id, "signs", "No sleep", 3, NOW + timedelta(minutes=4))
    keep_step(dana, sam.public_id, "own", "Walk, then tea", 4, NOW + timedelta(minutes=5))
    keep_step(sam, sam.public_id, "own", "Swim", 5, NOW + timedelta(days=1))
    for reader in (sam, dana):
        told = plan_history(reader, sam.public_id, NOW)
        assert [(one.edited_by, one.number) for one in told] == [("Sam", 6), ("Dana", 5), ("Sam", 4)]
        assert [(c.step, c.before, c.after) for c in told[2].changed] == [
            ("signs", "", "No sleep"),
            ("own", "", "Walk"),
        ]
        assert [(c.before, c.after) for c in told[1].changed] == [("Walk", "Walk, then tea")]
    for stranger in (make_client("Noor"), make_therapist("Per")):
        with pytest.raises(NotFound):
            plan_history(stranger, sam.public_id, NOW)


def test_what_was_typed_and_taken_back_is_no_change(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    assert plan_history(sam, sam.public_id, NOW) == ()
    keep_step(sam, sam.public_id, "own", "Walk", 0, NOW)
    keep_step(sam, sam.public_id, "own", "", 1, NOW + timedelta(minutes=1))
    assert plan_history(sam, sam.public_id, NOW) == ()


def test_the_printed_plan_has_the_clients_words_and_whom_to_call_and_no_name(dana: Viewer) -> None:
    sam = make_client("Samira Rivera", therapist=dana)
    keep_step(sam, sam.public_id, "ask", "Alex, 07700 900123", 0, NOW)
    name, kind, content = plan_file(dana, sam.public_id, NOW)
    assert (name, kind) == ("safety-plan.pdf", "application/pdf")
    words = words_of(content)
    for part in ("Alex, 07700 900123", "Making my surroundings safer", "142", "as of 2 March 2026"):
        assert part in words, part
    assert "Samira" not in words
    with pytest.raises(NotFound):
        plan_file(make_therapist("Per"), sam.public_id, NOW)
