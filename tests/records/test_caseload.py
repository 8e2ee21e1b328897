"""The caseload: those to look at first, everything on a page, and as many queries for many as for few."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

import db
from clinic.errors import NotFound
from clinic.intake.intake import submit
from clinic.measures import questionnaires
from clinic.measures.instrument import instrument
from clinic.measures.verdict import Colour, Rule
from clinic.people.viewer import Viewer
from clinic.records.caseload import PAGE, caseload
from clinic.records.caseload_order import USUALLY, Look, Only, Order
from clinic.records.episodes import begin_episode
from clinic.records.reviews import review
from db.tables import Appointment, QuestionnaireResponse, Visit
from tests.databases import Database
from tests.factories import (
    NOW,
    keep_intake,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)
from tests.intake.test_intake_service import WHOLE


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana Okafor")


def keep(client: Viewer, name: str, totals: tuple[int | None, ...], last: datetime = NOW) -> None:
    """Finished forms a week apart, the last at `last`."""
    with db.unit_of_work() as session:
        for n, total in enumerate(totals):
            at = last - timedelta(weeks=len(totals) - 1 - n)
            row = QuestionnaireResponse(
                client_id=client.account_id,
                instrument=name,
                instrument_version=instrument(name).version,
                started_at=at,
                completed_at=at,
                total=total,
            )
            row.answers_json = json.dumps({})
            session.add(row)


def held(client: Viewer, therapist: Viewer, number: int) -> list[str]:
    """Sessions on the days before now."""
    return [make_appointment(client, therapist, NOW - timedelta(days=1 + n)) for n in range(number)]


def names(viewer: Viewer, look: Look = USUALLY) -> list[str]:
    return [row.name for row in caseload(viewer, NOW, look).rows]


def test_alerts_come_first_then_red_amber_green_and_none(dana: Viewer) -> None:
    people = {name: make_client(name, therapist=dana) for name in ("Ada", "Bo", "Cy", "Di", "Ed")}
    keep(people["Ada"], "phq-9", (16, 9))
    keep(people["Bo"], "phq-9", (16, 15, 15, 15, 15, 15))
    held(people["Bo"], dana, 4)
    keep(people["Cy"], "phq-9", (9, 16))
    response = questionnaires.open_response(people["Ed"], "phq-9", NOW)
    questionnaires.keep_answer(people["Ed"], response.public_id, 9, 2, NOW)
    assert names(dana) == ["Ed", "Cy", "Bo", "Ada", "Di"]
    rows = {row.name: row for row in caseload(dana, NOW).rows}
    assert (rows["Ed"].alerts, rows["Ed"].unanswered) == (1, 1)
    assert [rows[name].colour for name in ("Cy", "Bo", "Ada", "Di")] == list(Colour)
    assert [trend.verdict.rule for trend in rows["Bo"].trends] == [Rule.NOT_YET]
    assert rows["Ada"].trends[0].scores == (16, 9)


def test_a_risk_answer_is_never_folded_into_a_colour(dana: Viewer) -> None:
    ed = make_client("Ed", therapist=dana)
    response = questionnaires.open_response(ed, "phq-9", NOW)
    questionnaires.keep_answer(ed, response.public_id, 9, 3, NOW)
    [row] = caseload(dana, NOW).rows
    assert (row.colour, row.alerts) == (Colour.NONE, 1)


def test_a_missed_session_does_not_count_towards_amber(dana: Viewer) -> None:
    bo = make_client("Bo", therapist=dana)
    keep(bo, "phq-9", (16, 15, 15, 15, 15, 15))
    *_, missed = held(bo, dana, 4)
    with db.unit_of_work() as session:
        met = session.scalars(select(Appointment.id).where(Appointment.public_id == missed)).one()
        session.add(Visit(appointment_id=met, attendance="no_show", attendance_at=NOW))
    assert caseload(dana, NOW).rows[0].colour is Colour.NONE
    make_appointment(bo, dana, NOW - timedelta(days=9), cancelled=True)
    assert caseload(dana, NOW).rows[0].colour is Colour.NONE
    make_appointment(bo, dana, NOW - timedelta(days=10))
    assert caseload(dana, NOW).rows[0].colour is Colour.AMBER


def test_who_has_not_done_something_is_found_when_asked_for(dana: Viewer) -> None:
    new = make_client("New", therapist=dana, consented=False)
    ready = make_client("Ready", therapist=dana)
    keep_intake(ready, WHOLE, NOW)
    submit(ready, NOW)
    keep(ready, "phq-9", (9,))
    keep(ready, "gad-7", (9,))
    keep(new, "phq-9", (9,))
    assert names(dana, Look(only=Only.NOT_DONE)) == ["New"]
    assert names(dana, Look(only=Only.OVERDUE)) == ["New"]
    asked, usual = caseload(dana, NOW, Look(only=Only.OVERDUE)), caseload(dana, NOW)
    assert (asked.counts[Only.NOT_DONE], asked.counts[Only.OVERDUE]) == (1, 1)
    assert Only.OVERDUE not in usual.counts, "what nobody asked for is not read"


def test_a_new_episode_counts_from_its_first_score(dana: Viewer) -> None:
    cy = make_client("Cy", therapist=dana)
    keep(cy, "phq-9", (4, 16, 15))
    assert caseload(dana, NOW).rows[0].colour is Colour.RED
    begin_episode(dana, cy.public_id, (NOW - timedelta(weeks=1)).date(), NOW)
    [row] = caseload(dana, NOW).rows
    assert (row.colour, row.trends[0].scores) == (Colour.NONE, (16, 15))


def test_a_result_is_new_until_somebody_says_they_have_seen_it(dana: Viewer) -> None:
    ada = make_client("Ada", therapist=dana)
    keep(ada, "phq-9", (9, None))
    keep(ada, "gad-7", (5,), NOW - timedelta(days=3))
    assert {form.instrument for form in caseload(dana, NOW).rows[0].unreviewed} == {"phq-9", "gad-7"}
    assert review(dana, ada.public_id, NOW - timedelta(days=1), "Seen", NOW) == 2
    assert [form.instrument for form in caseload(dana, NOW).rows[0].unreviewed] == ["phq-9"]
    assert review(dana, ada.public_id, NOW, "", NOW) == 1
    assert review(dana, ada.public_id, NOW, "", NOW) == 0
    assert caseload(dana, NOW, Look(only=Only.UNREVIEWED)).matching == 0


def test_it_is_filtered_searched_ordered_and_counted(dana: Viewer) -> None:
    ada, bo, cy = (make_client(name, therapist=dana) for name in ("Ada Lund", "Bo Ek", "Cy Lund"))
    keep(ada, "phq-9", (16, 9), NOW - timedelta(days=2))
    keep(cy, "phq-9", (9, 16))
    make_appointment(bo, dana, NOW + timedelta(days=2))
    make_appointment(ada, dana, NOW - timedelta(days=1))
    assert names(dana, Look(words=" lund ")) == ["Cy Lund", "Ada Lund"]
    assert names(dana, Look(only=Only.GREEN)) == ["Ada Lund"]
    assert names(dana, Look(only=Only.ATTENTION)) == ["Cy Lund", "Ada Lund"]
    assert names(dana, Look(order=Order.NAME)) == ["Ada Lund", "Bo Ek", "Cy Lund"]
    assert names(dana, Look(order=Order.NEXT_SESSION))[0] == "Bo Ek"
    assert names(dana, Look(order=Order.NEWEST_RESULT)) == ["Cy Lund", "Ada Lund", "Bo Ek"]
    found = caseload(dana, NOW)
    assert (found.everyone, found.counts[Only.RED], found.counts[Only.NONE]) == (3, 1, 1)
    rows = {row.name: row for row in found.rows}
    assert rows["Bo Ek"].next_session == NOW + timedelta(days=2)
    assert rows["Ada Lund"].last_session == NOW - timedelta(days=1) + timedelta(minutes=50)
    assert rows["Bo Ek"].overdue == ("PHQ-9", "GAD-7")


def test_many_clients_come_in_pages_and_take_no_more_queries(dana: Viewer) -> None:
    def asked() -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(db.engine(), "before_cursor_execute", counted)
        caseload(dana, NOW)
        event.remove(db.engine(), "before_cursor_execute", counted)
        return count

    for n in range(3):
        keep(make_client(f"Client {n:02d}", therapist=dana, consented=False), "phq-9", (16, 15))
    caseload(dana, NOW)
    few = asked()
    for n in range(3, PAGE + 4):
        keep(make_client(f"Client {n:02d}", therapist=dana, consented=False), "phq-9", (16, 15))
    assert asked() == few
    found = caseload(dana, NOW, Look(page=1))
    assert (found.pages, found.page, len(found.rows)) == (2, 1, 4)
    assert caseload(dana, NOW, Look(page=9)).page == 1


def test_nobody_sees_anothers_caseload(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    assert names(make_therapist("Per")) == []
    for viewer in (sam, make_administrator()):
        with pytest.raises(NotFound):
            caseload(viewer, NOW)
