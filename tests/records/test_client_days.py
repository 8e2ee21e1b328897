"""What a client says of their days, as their therapist reads it: theirs alone, and on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import db
from clinic.errors import NotFound
from clinic.oversight.audit_log import looks_at_me
from clinic.people import accounts
from clinic.people.viewer import Viewer
from clinic.records.check_in import Answers
from clinic.records.client_days import PAGE, day_by_day
from clinic.records.goals import add_goal, rate_goal
from clinic.records.mood import check_in
from clinic.records.nights import Night
from clinic.records.periods import Period
from clinic.records.progress import client_progress, own_progress
from clinic.records.sleep import keep_night
from db.errors import WrongKey
from db.tables import AuditEvent, MoodEntry
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_policy, make_therapist

TODAY = NOW.date()
WHOLE = Answers(2, 4, 3, 390, 2, "missed", ("walk", "pain"), "A hard day")


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


def _looks() -> list[tuple[int | None, str]]:
    with db.reading() as session:
        events = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.action.in_(("record.open", "check-in.read")), AuditEvent.outcome == "done")
            .order_by(AuditEvent.id)
        )
        return [(one.actor_id, one.action) for one in events]


def test_a_therapist_reads_all_that_their_client_said(dana: Viewer, sam: Viewer) -> None:
    check_in(sam, WHOLE, NOW)
    check_in(sam, Answers(mood=3), NOW, TODAY - timedelta(days=1))
    check_in(sam, Answers(mood=4), NOW, TODAY - timedelta(days=1))
    check_in(make_client("Noor"), Answers(note="of somebody else"), NOW)
    keep_night(sam, Night(1380, 20, 10, 420, 450, 4), NOW)
    rate_goal(sam, add_goal(sam, "Walk", NOW), 6, NOW)
    days = day_by_day(dana, sam.public_id, 0, NOW)
    assert [(one.day_on, one.answers, one.late) for one in days.days] == [
        (TODAY, WHOLE, False),
        (TODAY - timedelta(days=1), Answers(mood=4), True),
    ]
    shown = client_progress(dana, sam.public_id, Period.WEEKS, NOW)
    assert (shown.name, shown.begun) == ("Sam Rivera", True)
    assert shown.progress == own_progress(sam, Period.WEEKS, NOW)
    assert shown.progress.goals[0].words == "Walk"
    later = NOW + timedelta(days=60)
    assert client_progress(dana, sam.public_id, Period.WEEKS, later).progress.nights == ()
    assert len(client_progress(dana, sam.public_id, Period.ALL, later).progress.nights) == 1


def test_the_days_are_the_clients_wherever_the_therapist_is(dana: Viewer) -> None:
    far = make_client("Noor", therapist=dana, zone="Pacific/Kiritimati")
    evening = NOW.replace(hour=20)
    shown = client_progress(dana, far.public_id, Period.WEEKS, evening).progress
    assert shown.today == TODAY + timedelta(days=1)
    assert shown == own_progress(far, Period.WEEKS, evening)


READS: tuple[Callable[[Viewer, Viewer], object], ...] = (
    lambda who, whom: client_progress(who, whom.public_id, Period.ALL, NOW),
    lambda who, whom: day_by_day(who, whom.public_id, 0, NOW),
)


@pytest.mark.parametrize("read", READS, ids=("progress", "days"))
def test_a_stranger_finds_nothing_and_a_supervisor_reads(
    dana: Viewer, sam: Viewer, read: Callable[[Viewer, Viewer], object]
) -> None:
    check_in(sam, WHOLE, NOW)
    per, ada = make_therapist("Per"), make_administrator()
    for stranger in (per, make_client("Noor"), sam, ada):
        with pytest.raises(NotFound):
            read(stranger, sam)
    assert _looks() == []
    assert read(dana, sam)
    accounts.assign(ada, sam.public_id, per.public_id, True, NOW)
    assert read(per, sam)
    assert [who for who, _ in _looks()] == [dana.account_id, per.account_id]
    accounts.end_care(ada, sam.public_id, per.public_id, NOW)
    with pytest.raises(NotFound):
        read(per, sam)


def test_that_it_was_read_is_on_record_and_the_client_can_see_it(dana: Viewer, sam: Viewer) -> None:
    for moment in (NOW, NOW + timedelta(seconds=1)):
        client_progress(dana, sam.public_id, Period.ALL, moment)
        day_by_day(dana, sam.public_id, 0, moment)
    assert _looks() == [(dana.account_id, "record.open"), (dana.account_id, "check-in.read")]
    assert [look.who for look in looks_at_me(sam)] == ["Dana"]


def test_only_the_notes_of_the_page_are_opened(dana: Viewer, sam: Viewer) -> None:
    for back in range(PAGE * 2 + 1):
        check_in(sam, Answers(mood=3, note=f"Day {back}"), NOW - timedelta(days=back))
    with db.unit_of_work() as session:  # what is no seal cannot be opened
        session.execute(
            update(MoodEntry)
            .where(MoodEntry.day_on > TODAY - timedelta(days=PAGE))
            .values(note_sealed=b"spoilt", tags_sealed=b"spoilt")
        )
    page = day_by_day(dana, sam.public_id, 1, NOW)
    assert [one.note for one in page.days] == [f"Day {back}" for back in range(PAGE, PAGE * 2)]
    assert (page.first, page.count, page.older) == (PAGE + 1, PAGE * 2 + 1, True)
    for asked in (2, 3, 10_000):
        last = day_by_day(dana, sam.public_id, asked, NOW)
        assert ([one.note for one in last.days], last.page, last.older) == (["Day 28"], 2, False)
    with pytest.raises(WrongKey):  # the first page's own are opened
        day_by_day(dana, sam.public_id, 0, NOW)


def test_a_client_who_said_nothing_has_not_begun_and_a_goal_is_a_beginning(dana: Viewer, sam: Viewer) -> None:
    def begun() -> bool:
        return client_progress(dana, sam.public_id, Period.MONTHS, NOW).begun

    assert not begun()
    empty = day_by_day(dana, sam.public_id, 3, NOW)
    assert (empty.days, empty.page, empty.count) == ((), 0, 0)
    add_goal(sam, "Walk", NOW)
    assert begun()
    noor = make_client("Noor", therapist=dana)
    keep_night(noor, Night(quality=3), NOW)
    assert client_progress(dana, noor.public_id, Period.MONTHS, NOW).begun
