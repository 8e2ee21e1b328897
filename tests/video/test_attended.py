"""What a therapist says of a session's attendance, what the call suggests, and the client's one answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

import db
from clinic.errors import InvalidInput, NotFound, SessionNotBegun
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from clinic.records.day import day
from clinic.video import attended, visits
from clinic.video.attendance import Attendance, Reason
from db.tables import Appointment, AuditEvent, Visit, VisitSpell
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
    say_where,
)

MINUTE = timedelta(minutes=1)
OVER = NOW + 50 * MINUTE


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


@pytest.fixture
def room(dana: Viewer, sam: Viewer) -> str:
    return make_appointment(sam, dana, NOW)


def _talked(start: datetime, end: datetime | None, seen: datetime | None = None) -> None:
    """Both were in the call of the one visit there is."""
    with db.unit_of_work() as session:
        visit = session.scalars(select(Visit)).one()
        for seat in ("client", "therapist"):
            session.add(
                VisitSpell(
                    visit_id=visit.id,
                    seat=seat,
                    began_at=start,
                    seen_at=seen or end,
                    ended_at=end,
                    ending=None if end is None else "left",
                )
            )


def _actions() -> list[str]:
    with db.reading() as session:
        events = session.scalars(
            select(AuditEvent.action).where(AuditEvent.action.like("attendance.%")).order_by(AuditEvent.id)
        )
        return list(events)


def test_what_the_call_knows_is_suggested_and_the_therapist_confirms_or_changes_it(
    dana: Viewer, sam: Viewer, room: str
) -> None:
    visits.enter(sam, room, NOW)
    visits.enter(dana, room, NOW)
    _talked(NOW, NOW + 45 * MINUTE)
    [report] = attended.to_confirm(dana, OVER)
    assert report.happened.suggestion is Attendance.ATTENDED
    assert (report.attendance, report.happened.together_minutes) == (None, 45)
    assert day(dana, OVER).to_confirm == 1
    assert attended.confirm_attendance(dana, room, "attended", OVER).attendance is Attendance.ATTENDED
    attended.confirm_attendance(dana, room, "attended", OVER)
    assert attended.to_confirm(dana, OVER) == []
    assert day(dana, OVER).sessions[0].attendance is Attendance.ATTENDED
    assert day(dana, OVER).to_confirm == 0
    changed = attended.confirm_attendance(dana, room, "cut_short", OVER + MINUTE)
    assert (changed.attendance, changed.attendance_at) == (Attendance.CUT_SHORT, OVER + MINUTE)
    assert client_record(dana, sam.public_id, OVER).attendance == {room: Attendance.CUT_SHORT}
    assert _actions() == ["attendance.confirm", "attendance.change"]


def test_a_spell_that_nobody_ended_lasts_until_it_was_last_seen(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    _talked(NOW, None, seen=NOW + 20 * MINUTE)
    report = attended.session_report(dana, room, OVER)
    assert (report.happened.together_minutes, report.happened.reason) == (20, Reason.TOO_SHORT)


def test_whoever_came_to_the_door_and_left_did_not_miss_it(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(dana, room, NOW)
    assert attended.session_report(dana, room, OVER).happened.suggestion is Attendance.NO_SHOW
    visits.enter(sam, room, NOW + MINUTE)
    visits.leave(sam, room, NOW + 2 * MINUTE)
    visits.leave(dana, room, NOW + 2 * MINUTE)
    report = attended.session_report(dana, room, OVER)
    assert (report.happened.suggestion, report.happened.reason) == (None, Reason.WAITED_IN_VAIN)


def test_leaving_a_room_one_never_entered_is_no_sign_of_coming(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.leave(sam, room, NOW)
    assert attended.session_report(dana, room, OVER).happened.reason is Reason.NOBODY


@pytest.mark.parametrize("modality", ["phone", "in_person"])
def test_a_session_by_phone_or_in_person_is_said_by_hand(
    dana: Viewer, sam: Viewer, room: str, modality: str
) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Appointment).values(modality=modality))
    [report] = attended.to_confirm(dana, OVER)
    assert (report.happened.suggestion, report.happened.reason) == (None, Reason.NOT_BY_VIDEO)
    said = attended.confirm_attendance(dana, room, "no_show", OVER)
    assert said.attendance is Attendance.NO_SHOW


def test_nothing_is_asked_before_a_session_is_over_or_of_a_cancelled_or_an_old_one(
    dana: Viewer, sam: Viewer, room: str
) -> None:
    gone = make_appointment(sam, dana, NOW - timedelta(days=1), cancelled=True)
    make_appointment(sam, dana, NOW - timedelta(days=15))
    assert attended.to_confirm(dana, OVER - MINUTE) == []
    assert [r.appointment.public_id for r in attended.to_confirm(dana, OVER)] == [room]
    with pytest.raises(NotFound):
        attended.confirm_attendance(dana, gone, "attended", OVER)
    with pytest.raises(SessionNotBegun):
        attended.confirm_attendance(dana, room, "attended", NOW - MINUTE)
    attended.confirm_attendance(dana, room, "no_show", NOW)


@pytest.mark.parametrize("answer", ["", "ATTENDED", "late", None, 1, ["attended"]])
def test_only_the_known_answers_are_kept(dana: Viewer, sam: Viewer, room: str, answer: str) -> None:
    with pytest.raises(InvalidInput):
        attended.confirm_attendance(dana, room, answer, OVER)
    with pytest.raises(InvalidInput):
        attended.say_feedback(sam, room, answer, OVER)


def test_nobody_else_says_or_reads_it(dana: Viewer, sam: Viewer, room: str) -> None:
    acts = (
        lambda v: attended.confirm_attendance(v, room, "no_show", OVER),
        lambda v: attended.session_report(v, room, OVER),
    )
    for viewer in (sam, make_client("Noor"), make_therapist("Per"), make_administrator()):
        for act in acts:
            with pytest.raises(NotFound):
                act(viewer)
    for viewer in (dana, make_client("Lou"), make_administrator()):
        with pytest.raises(NotFound):
            attended.say_feedback(viewer, room, "yes", OVER)
    for act in acts:
        act(dana)
    attended.say_feedback(sam, room, "yes", OVER)


def test_after_a_session_each_sees_their_own_and_the_next_one(dana: Viewer, sam: Viewer, room: str) -> None:
    later = make_appointment(sam, dana, NOW + timedelta(days=7))
    other = make_client("Noor", therapist=dana)
    make_appointment(other, dana, NOW + timedelta(days=1))
    attended.say_feedback(sam, room, "mostly", OVER)
    theirs, own = attended.afterwards(sam, room, OVER), attended.afterwards(dana, room, OVER)
    for after in (theirs, own):
        assert after.following is not None
        assert after.following.public_id == later
        assert after.room_open
    assert (theirs.feedback, theirs.report) == ("mostly", None)
    assert own.feedback is None
    assert own.report is not None
    assert own.report.feedback == "mostly"
    assert not attended.afterwards(sam, room, OVER + 60 * MINUTE).room_open
    with pytest.raises(NotFound):
        attended.afterwards(other, room, OVER)


def test_a_client_is_never_told_that_they_missed_it(dana: Viewer, sam: Viewer, room: str) -> None:
    attended.confirm_attendance(dana, room, "no_show", OVER)
    assert attended.afterwards(sam, room, OVER).report is None


def test_being_let_in_without_joining_is_no_missed_session(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    say_where(sam, room)
    visits.admit(dana, room, NOW)
    assert attended.session_report(dana, room, OVER).happened.suggestion is None
