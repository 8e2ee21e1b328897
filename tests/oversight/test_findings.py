"""What is said of what was found: each limit on both sides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.oversight import findings
from clinic.oversight.findings import GIB, State, span, worst
from tests.factories import NOW

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("free", "total", "state"),
    [
        (50 * GIB, 100 * GIB, State.WORKS),
        (10 * GIB, 100 * GIB, State.WORKS),
        (10 * GIB - 1, 100 * GIB, State.LOOK),
        (2 * GIB - 1, 10 * GIB, State.LOOK),
        (GIB // 5, 10 * GIB, State.LOOK),
        (GIB // 5 - 1, 10 * GIB, State.BROKEN),
    ],
)
def test_room_on_the_disk(free: int, total: int, state: State) -> None:
    assert findings.disk(free, total).state is state


@pytest.mark.parametrize(
    ("made", "proved", "wrong", "since", "state"),
    [
        (DAY, DAY, "", 30 * DAY, State.WORKS),
        (timedelta(hours=36), DAY, "", 30 * DAY, State.WORKS),
        (timedelta(hours=37), DAY, "", 30 * DAY, State.LOOK),
        (4 * DAY, DAY, "", 30 * DAY, State.BROKEN),
        (DAY, None, "", 30 * DAY, State.LOOK),
        (DAY, 15 * DAY, "", 30 * DAY, State.LOOK),
        (DAY, DAY, "The file could not be written.", 30 * DAY, State.BROKEN),
        (None, None, "", timedelta(hours=1), State.LOOK),
        (None, None, "", 2 * DAY, State.BROKEN),
    ],
)
def test_backups(
    made: timedelta | None, proved: timedelta | None, wrong: str, since: timedelta, state: State
) -> None:
    found = findings.backups(
        on=True,
        made_at=None if made is None else NOW - made,
        proved_at=None if proved is None else NOW - proved,
        wrong=wrong,
        clinic_since=NOW - since,
        now=NOW,
    )
    assert found.state is state
    assert (found.next_step == "") is (state is State.WORKS)


def test_no_backups_at_all_is_a_look() -> None:
    found = findings.backups(on=False, made_at=None, proved_at=None, wrong="", clinic_since=NOW, now=NOW)
    assert found.state is State.LOOK


@pytest.mark.parametrize(
    ("mail", "given_up", "reminder", "alerts", "state"),
    [
        (None, 0, None, 0, State.WORKS),
        (timedelta(minutes=10), 0, timedelta(minutes=10), 0, State.WORKS),
        (timedelta(minutes=11), 0, None, 0, State.BROKEN),
        (None, 0, timedelta(minutes=11), 0, State.BROKEN),
        (None, 0, None, 1, State.BROKEN),
        (None, 1, None, 0, State.LOOK),
    ],
)
def test_due_work(
    mail: timedelta | None, given_up: int, reminder: timedelta | None, alerts: int, state: State
) -> None:
    found = findings.due_work(
        oldest_mail=None if mail is None else NOW - mail,
        given_up=given_up,
        oldest_reminder=None if reminder is None else NOW - reminder,
        alerts_late=alerts,
        now=NOW,
    )
    assert found.state is state


@pytest.mark.parametrize(
    ("synchronised", "apart", "state"),
    [
        (True, None, State.WORKS),
        (None, None, State.WORKS),
        (False, None, State.LOOK),
        (True, timedelta(seconds=20), State.WORKS),
        (True, timedelta(seconds=21), State.BROKEN),
        (True, timedelta(seconds=-21), State.BROKEN),
    ],
)
def test_the_clock(synchronised: bool | None, apart: timedelta | None, state: State) -> None:
    assert findings.clock(synchronised=synchronised, apart=apart).state is state


def test_a_certificate_that_ends_soon_and_a_portal_that_does_not_know_of_https() -> None:
    assert findings.certificate(ends_at=NOW + 14 * DAY, strict=True, now=NOW).state is State.WORKS
    assert findings.certificate(ends_at=NOW + 13 * DAY, strict=True, now=NOW).state is State.LOOK
    assert findings.certificate(ends_at=NOW + 60 * DAY, strict=False, now=NOW).state is State.LOOK


def test_mail() -> None:
    def found(server: str = "smtp://x", failure: str = "", arrived: timedelta | None = DAY) -> State:
        at = None if arrived is None else NOW - arrived
        return findings.mail(server=server, failure=failure, arrived_at=at, now=NOW).state

    assert found() is State.WORKS
    assert found(server="") is State.LOOK
    assert found(failure="It does not answer.") is State.BROKEN
    assert found(arrived=None) is State.LOOK
    assert found(arrived=91 * DAY) is State.LOOK


def test_versions_and_zones() -> None:
    assert findings.versions((3, 13), [], []).state is State.WORKS
    assert findings.versions((3, 10), [], []).state is State.LOOK
    assert findings.versions((3, 14), [], []).state is State.LOOK
    assert "streamlit" in findings.versions((3, 11), [], ["streamlit"]).said
    assert findings.zones([]).state is State.WORKS
    assert findings.zones(["Europe/Nowhere"]).state is State.BROKEN


def test_the_whole_is_as_bad_as_its_worst_part() -> None:
    fine, tight = findings.disk(50 * GIB, 60 * GIB), findings.disk(GIB, 60 * GIB)
    full = findings.disk(0, 60 * GIB)
    assert worst([fine]) is State.WORKS
    assert worst([fine, tight]) is State.LOOK
    assert worst([tight, full, fine]) is State.BROKEN


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_a_span_in_the_one_unit_that_says_it(length: timedelta, said: str) -> None:
    assert span(length) == said
