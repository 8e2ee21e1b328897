"""A record's outcomes: a period's scores, the episode's verdict, and what a therapist puts beside them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.measures import questionnaires
from clinic.measures.verdict import Rule
from clinic.people.viewer import Viewer
from clinic.records.chart_marks import add_mark, remove_mark
from clinic.records.client_record import client_record
from clinic.records.episodes import begin_episode, remove_episode
from clinic.records.outcomes import USUALLY, Outcomes, Wanted
from clinic.records.outcomes_file import outcomes_file
from clinic.records.reviews import LONGEST_NOTE, review
from db.tables import AuditEvent, ChartMark
from tests.databases import Database
from tests.documents.reading import words_of
from tests.factories import NOW, make_appointment, make_client, make_clinic, make_policy, make_therapist
from tests.records.test_caseload import keep

TODAY = NOW.date()


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


def read(dana: Viewer, sam: Viewer, wanted: Wanted = USUALLY) -> Outcomes:
    return client_record(dana, sam.public_id, NOW, wanted).outcomes


def test_a_period_cuts_the_points_and_not_the_verdict(dana: Viewer, sam: Viewer) -> None:
    keep(sam, "phq-9", (20,), NOW - timedelta(days=700))
    keep(sam, "phq-9", (16, None, 9))
    [phq] = read(dana, sam).measures
    assert [point.total for point in phq.points] == [16, None, 9]
    assert phq.verdict.change is not None
    assert phq.verdict.change.points == -11
    [phq] = read(dana, sam, Wanted("All")).measures
    assert len(phq.points) == 4
    assert read(dana, sam, Wanted("Forged", "forged")).from_at == NOW - timedelta(days=184)


def test_a_new_episode_counts_anew_and_the_earlier_one_can_be_looked_at(dana: Viewer, sam: Viewer) -> None:
    keep(sam, "phq-9", (20, 18, 12, 6))
    begin_episode(dana, sam.public_id, TODAY - timedelta(days=7), NOW)
    begin_episode(dana, sam.public_id, TODAY - timedelta(days=7), NOW)
    outcomes = read(dana, sam)
    assert len(outcomes.episodes) == 2
    [phq] = outcomes.measures
    assert [point.total for point in phq.points] == [12, 6]
    assert phq.verdict.first is not None
    assert phq.verdict.first.total == 12
    [before] = read(dana, sam, Wanted(episode="")).measures
    assert [point.total for point in before.points] == [20, 18]
    remove_episode(dana, sam.public_id, outcomes.episodes[0].public_id, NOW)
    remove_episode(dana, sam.public_id, outcomes.episodes[0].public_id, NOW)
    assert len(read(dana, sam).episodes) == 1
    for day in (None, TODAY + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            begin_episode(dana, sam.public_id, day, NOW)


def test_sessions_marks_and_risk_answers_stand_beside(dana: Viewer, sam: Viewer) -> None:
    held = make_appointment(sam, dana, NOW - timedelta(days=3))
    make_appointment(sam, dana, NOW - timedelta(days=2), cancelled=True)
    make_appointment(sam, dana, NOW + timedelta(days=2))
    add_mark(dana, sam.public_id, "medication", "Sertraline 50 mg", TODAY, NOW)
    add_mark(dana, sam.public_id, "medication", "Sertraline 50 mg", TODAY, NOW)
    response = questionnaires.open_response(sam, "phq-9", NOW)
    questionnaires.keep_answer(sam, response.public_id, 9, 1, NOW)
    unfinished = read(dana, sam)
    assert unfinished.measures == ()
    questionnaires.finish(sam, response.public_id, NOW)
    outcomes = read(dana, sam)
    assert held
    assert outcomes.sessions == (NOW - timedelta(days=3) + timedelta(minutes=50),)
    assert [(mark.kind, mark.words) for mark in outcomes.marks] == [("medication", "Sertraline 50 mg")]
    [phq] = outcomes.measures
    [answer] = phq.risk
    assert (answer.item, answer.words, answer.calls, answer.entered_by) == (9, "Several days", True, "")
    assert phq.verdict.rule is Rule.NO_SCORE


def test_a_mark_is_taken_off_and_its_row_stays(dana: Viewer, sam: Viewer) -> None:
    add_mark(dana, sam.public_id, "event", "  New job ", TODAY, NOW)
    [mark] = read(dana, sam).marks
    assert mark.words == "New job"
    noor = make_client("Noor", therapist=dana)
    with pytest.raises(NotFound):
        remove_mark(dana, noor.public_id, mark.public_id, NOW)
    remove_mark(dana, sam.public_id, mark.public_id, NOW)
    remove_mark(dana, sam.public_id, mark.public_id, NOW)
    assert read(dana, sam).marks == ()
    with db.reading() as session:
        kept = session.scalars(select(ChartMark)).one()
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("mark.%"))).all()
    assert b"job" not in kept.words_sealed
    assert actions == ["mark.add", "mark.remove"]


@pytest.mark.parametrize(
    ("kind", "words", "days", "field"),
    [
        ("other", "x", 0, "mark_kind"),
        ("event", "  ", 0, "mark_words"),
        ("event", "x" * 121, 0, "mark_words"),
        ("event", "x", 1, "mark_day"),
        ("event", "x", None, "mark_day"),
    ],
)
def test_a_mark_that_says_nothing_or_lies_ahead_is_refused(
    dana: Viewer, sam: Viewer, kind: str, words: str, days: int | None, field: str
) -> None:
    day = None if days is None else TODAY + timedelta(days=days)
    with pytest.raises(InvalidInput) as refused:
        add_mark(dana, sam.public_id, kind, words, day, NOW)
    assert set(refused.value.fields) == {field}


def test_a_review_has_its_note_and_whose_it_is(dana: Viewer, sam: Viewer) -> None:
    keep(sam, "phq-9", (16, 9))
    with pytest.raises(InvalidInput):
        review(dana, sam.public_id, NOW, "x" * (LONGEST_NOTE + 1), NOW)
    assert review(dana, sam.public_id, NOW, "Talked about sleep", NOW) == 2
    [latest] = read(dana, sam).latest
    assert (latest.reviewed_by, latest.note) == ("Dana Okafor", "Talked about sleep")
    assert read(dana, sam).unreviewed == ()


def test_the_clients_file_has_their_name_and_no_limits_and_supervisions_the_other_way_round(
    dana: Viewer, sam: Viewer
) -> None:
    keep(sam, "phq-9", (16, None, 9))
    add_mark(dana, sam.public_id, "event", "New job", TODAY, NOW)
    name, kind, own = outcomes_file(dana, sam.public_id, Wanted(), "client", NOW)
    assert (name, kind) == ("outcomes-2026-03-02.pdf", "application/pdf")
    said = words_of(own)
    assert "Sam Rivera" in said
    for word in ("Moderate", "cut-off", "New job", "Green", "Mild"):
        assert word not in said
    for reader in ("supervision", "somebody else"):
        said = words_of(outcomes_file(dana, sam.public_id, Wanted(), reader, NOW)[2])
        assert "Sam Rivera" not in said
        for word in ("S. R.", "Down 7 since the first score", "New job", "Not all answered"):
            assert word in said
