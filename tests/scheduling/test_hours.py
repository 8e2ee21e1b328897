"""A therapist's own hours, time off and extra hours, in their own zone."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.closures import add_closure, closures
from clinic.scheduling.hours import StretchDraft, add_hours, change_hours, own_hours, remove_hours, typed
from clinic.scheduling.time_off import Kind, SpecialDraft, add_special, remove_special, sessions_in
from db.tables import AuditEvent, HoursException
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
    make_viewer,
)

MONDAY = NOW.date()
MORNING = StretchDraft((0, 2), 9 * 60, 12 * 60)


@pytest.fixture
def dana(database: Database) -> Viewer:
    """A therapist without any hours yet."""
    make_clinic()
    return make_viewer(Role.THERAPIST, "Dana Okafor")


def _said(viewer: Viewer) -> list[tuple[int, str, str]]:
    return [
        (kept.weekday, typed(kept.start_minute), typed(kept.end_minute))
        for kept in own_hours(viewer, NOW).weekly
    ]


def _wrong(act, *args: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        act(*args)
    return caught.value.fields


def test_hours_are_kept_for_each_day_and_several_a_day(dana: Viewer) -> None:
    add_hours(dana, MORNING, NOW)
    add_hours(dana, StretchDraft((0,), 12 * 60, 24 * 60), NOW)  # touches the morning, ends at midnight
    assert _said(dana) == [(0, "9:00", "12:00"), (0, "12:00", "24:00"), (2, "9:00", "12:00")]


def test_the_same_hours_sent_twice_are_there_once(dana: Viewer) -> None:
    add_hours(dana, MORNING, NOW)
    add_hours(dana, MORNING, NOW)
    assert len(_said(dana)) == 2


def test_two_tabs_that_add_hours_at_once_add_them_once(dana: Viewer) -> None:
    failed: list[BaseException] = []

    def add() -> None:
        try:
            add_hours(dana, MORNING, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(_said(dana)) == 2


def test_hours_that_overlap_while_both_hold_are_refused_and_others_are_not(dana: Viewer) -> None:
    add_hours(dana, replace(MORNING, valid_until_on=MONDAY + timedelta(days=30)), NOW)
    later = StretchDraft((0,), 11 * 60, 14 * 60)
    said = _wrong(add_hours, dana, later, NOW)
    assert said["start"].startswith("You have hours on Monday from 9:00 to 12:00 already.")
    assert len(_said(dana)) == 2
    add_hours(dana, replace(later, valid_from_on=MONDAY + timedelta(days=31)), NOW)
    add_hours(dana, replace(later, weekdays=(1,)), NOW)
    assert len(_said(dana)) == 4


def test_one_day_that_overlaps_keeps_every_other_day_out_too(dana: Viewer) -> None:
    add_hours(dana, replace(MORNING, weekdays=(2,)), NOW)
    _wrong(add_hours, dana, StretchDraft((0, 1, 2), 8 * 60, 10 * 60), NOW)
    assert _said(dana) == [(2, "9:00", "12:00")]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (StretchDraft((), 540, 720), "weekdays"),
        (StretchDraft((7,), 540, 720), "weekdays"),
        (StretchDraft((0,), None, 720), "start"),
        (StretchDraft((0,), 540, None), "end"),
        (StretchDraft((0,), 540, 540), "end"),
        (StretchDraft((0,), 1320, 120), "end"),
        (StretchDraft((0,), -1, 120), "start"),
        (StretchDraft((0,), 540, 1441), "end"),
        (StretchDraft((0,), 540, 720, date(2026, 5, 2), date(2026, 5, 1)), "valid_until_on"),
        (StretchDraft((0,), 540, 720, None, MONDAY - timedelta(days=1)), "valid_until_on"),
    ],
)
def test_hours_that_make_no_sense_are_said_and_not_kept(
    dana: Viewer, draft: StretchDraft, field: str
) -> None:
    assert list(_wrong(add_hours, dana, draft, NOW)) == [field]
    assert _said(dana) == []


def test_hours_are_changed_and_removed_by_whose_they_are(dana: Viewer) -> None:
    add_hours(dana, MORNING, NOW)
    monday, wednesday = own_hours(dana, NOW).weekly
    change_hours(dana, monday.public_id, StretchDraft((), 10 * 60, 13 * 60), NOW)
    assert _said(dana) == [(0, "10:00", "13:00"), (2, "9:00", "12:00")]
    per = make_viewer(Role.THERAPIST, "Per")
    for who in (per, make_administrator()):
        with pytest.raises(NotFound):
            change_hours(who, monday.public_id, StretchDraft((), 60, 120), NOW)
        with pytest.raises(NotFound):
            remove_hours(who, monday.public_id, NOW)
    assert own_hours(per, NOW).weekly == ()
    remove_hours(dana, wednesday.public_id, NOW)
    assert _said(dana) == [(0, "10:00", "13:00")]


def test_a_change_may_not_overlap_others_but_may_overlap_what_it_was(dana: Viewer) -> None:
    add_hours(dana, MORNING, NOW)
    add_hours(dana, StretchDraft((0,), 14 * 60, 17 * 60), NOW)
    first = own_hours(dana, NOW).weekly[0]
    assert "start" in _wrong(change_hours, dana, first.public_id, StretchDraft((), 13 * 60, 15 * 60), NOW)
    change_hours(dana, first.public_id, StretchDraft((), 8 * 60, 13 * 60), NOW)
    assert _said(dana)[0] == (0, "8:00", "13:00")


def test_hours_whose_last_day_is_over_are_not_shown(dana: Viewer) -> None:
    add_hours(dana, replace(MORNING, valid_until_on=MONDAY), NOW)
    assert len(own_hours(dana, NOW).weekly) == 2
    assert own_hours(dana, NOW + timedelta(days=1)).weekly == ()


def test_whole_days_off_go_from_midnight_to_midnight_of_the_therapists_zone(dana: Viewer) -> None:
    # Vienna's clocks go forward in the night to Sunday 29 March: the days off have 47 hours.
    add_special(dana, SpecialDraft(Kind.OFF, date(2026, 3, 28), date(2026, 3, 29), note=" Away "), NOW)
    kept = own_hours(dana, NOW).special[0]
    assert kept.starts_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert kept.ends_at == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert (kept.kind, kept.note) == (Kind.OFF, "Away")


def test_extra_hours_are_wall_clock_times(dana: Viewer) -> None:
    saturday = date(2026, 7, 4)
    add_special(dana, SpecialDraft(Kind.EXTRA, saturday, saturday, 10 * 60, 12 * 60), NOW)
    kept = own_hours(dana, NOW).special[0]
    assert (kept.starts_at.hour, kept.ends_at.hour) == (8, 10)  # Vienna is two hours ahead in July


def test_the_same_time_off_sent_twice_is_there_once(dana: Viewer) -> None:
    draft = SpecialDraft(Kind.OFF, MONDAY, MONDAY)
    add_special(dana, draft, NOW)
    add_special(dana, draft, NOW)
    assert len(own_hours(dana, NOW).special) == 1


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (SpecialDraft(Kind.OFF, None, MONDAY), "first_on"),
        (SpecialDraft(Kind.OFF, MONDAY, None), "last_on"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY - timedelta(days=1)), "last_on"),
        (SpecialDraft(Kind.OFF, MONDAY - timedelta(days=3), MONDAY - timedelta(days=2)), "last_on"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY + timedelta(days=366)), "last_on"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY, 600, None), "end"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY, None, 600), "start"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY, 900, 900), "end"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY, 9 * 60, 9 * 60 + 30), "end"),  # it is 10 am in Vienna
        (SpecialDraft(Kind.EXTRA, MONDAY, MONDAY), "start"),
        (SpecialDraft(Kind.EXTRA, MONDAY, MONDAY + timedelta(days=3), 600, 700), "last_on"),
        (SpecialDraft(Kind.OFF, MONDAY, MONDAY, note="x" * 201), "note"),
        # 2:15 to 2:45 does not exist in Vienna on 29 March.
        (SpecialDraft(Kind.EXTRA, date(2026, 3, 29), date(2026, 3, 29), 135, 165), "start"),
    ],
)
def test_time_off_that_makes_no_sense_is_said_and_not_kept(
    dana: Viewer, draft: SpecialDraft, field: str
) -> None:
    assert list(_wrong(add_special, dana, draft, NOW)) == [field]
    assert list(_wrong(sessions_in, dana, draft, NOW)) == [field]
    assert own_hours(dana, NOW).special == ()


def test_a_zone_nobody_knows_is_said(dana: Viewer) -> None:
    lost = replace(dana, zone="Europe/Atlantis")
    assert "My account" in _wrong(own_hours, lost, NOW)["zone"]
    assert "My account" in _wrong(add_hours, lost, MORNING, NOW)["zone"]
    assert "My account" in _wrong(add_special, lost, SpecialDraft(Kind.OFF, MONDAY, MONDAY), NOW)["zone"]


def test_booked_sessions_in_new_time_off_are_said_and_stay(dana: Viewer) -> None:
    sam, per = make_client("Sam", therapist=dana), make_therapist("Per")
    inside = make_appointment(sam, dana, NOW + timedelta(days=1))
    make_appointment(sam, dana, NOW + timedelta(days=1, hours=3), cancelled=True)
    make_appointment(sam, dana, NOW + timedelta(days=2))
    make_appointment(make_client("Noor"), per, NOW + timedelta(days=1))
    tuesday = MONDAY + timedelta(days=1)
    off = SpecialDraft(Kind.OFF, tuesday, tuesday)
    assert [booked.public_id for booked in sessions_in(dana, off, NOW)] == [inside]
    assert sessions_in(dana, replace(off, kind=Kind.EXTRA, start_minute=600, end_minute=900), NOW) == []
    add_special(dana, off, NOW)
    assert [booked.public_id for booked in sessions_in(dana, off, NOW)] == [inside]


def test_time_off_is_taken_back_by_whose_it_is(dana: Viewer) -> None:
    add_special(dana, SpecialDraft(Kind.OFF, MONDAY, MONDAY), NOW)
    kept = own_hours(dana, NOW).special[0].public_id
    with pytest.raises(NotFound):
        remove_special(make_therapist("Per"), kept, NOW)
    remove_special(dana, kept, NOW)
    assert own_hours(dana, NOW).special == ()


def test_a_therapist_sees_closures_and_cannot_take_one_back(dana: Viewer) -> None:
    ada = make_administrator()
    add_closure(ada, "Christmas", date(2026, 12, 24), date(2026, 12, 26), NOW)
    shown = own_hours(dana, NOW).closures
    assert [closure.name for closure in shown] == ["Christmas"]
    with pytest.raises(NotFound):
        remove_special(dana, shown[0].public_id, NOW)
    assert len(closures(ada, NOW)) == 1


def test_notes_are_sealed_and_each_change_is_written_down(dana: Viewer) -> None:
    add_special(dana, SpecialDraft(Kind.OFF, MONDAY, MONDAY, note="Operation"), NOW)
    with db.reading() as session:
        row = session.scalars(select(HoursException)).one()
        assert row.note_sealed is not None
        assert b"Operation" not in row.note_sealed
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "hours.off")).one()
    assert (event.actor_id, event.object_id) == (dana.account_id, row.public_id)
