"""The clinic's report against a slow count of everything, and what it never shows."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import db
from clinic.errors import InvalidInput, NotFound
from clinic.measures.instrument import instrument
from clinic.oversight.rates import outcome_of, whole_quarters, wilson, withheld
from clinic.oversight.report import (
    COMPLETED,
    DETERIORATED,
    IMPROVED,
    LATE,
    MISSED,
    RECOVERED,
    RELIABLY,
    UNSAID,
    WHOLE,
    report,
    report_csv,
    set_smallest_group,
)
from clinic.people import accounts
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Appointment, Episode, QuestionnaireResponse, SessionType, Visit
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist

FROM = datetime(2025, 1, 1, tzinfo=UTC)  # NOW is in the first quarter of 2026


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada")


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998, Stat Med 17:857-872, table I, method 3.
    for count, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert wilson(count, of) == pytest.approx((low, high), abs=0.0001)
    assert wilson(29, 29)[1] == 1.0


@settings(max_examples=50, deadline=None, database=None)
@given(st.lists(st.integers(0, 30), max_size=5), st.integers(2, 12))
def test_what_is_withheld_cannot_be_had_by_subtraction(sizes: list[int], smallest: int) -> None:
    parts = [set(range(100 * n, 100 * n + size)) for n, size in enumerate(sizes)]
    hidden = withheld(parts, smallest)
    assert {n for n, size in enumerate(sizes) if 0 < size < smallest} <= hidden
    together = sum(sizes[n] for n in hidden)
    shown = [n for n, size in enumerate(sizes) if size and n not in hidden]
    assert not hidden or together >= smallest or not shown


def test_people_who_are_in_two_parts_count_once_in_what_is_withheld() -> None:
    assert withheld([{1, 2}, {1, 2}, set(range(20))], 4) == {0, 1, 2}
    assert withheld([{1, 2}, {3, 4}, set(range(20))], 4) == {0, 1}


def test_a_quarter_is_there_once_it_is_over() -> None:
    labels = [one.label for one in whole_quarters(NOW.date(), "Europe/Vienna", 4)]
    assert labels[0] == "January to March 2025"
    assert labels[-1] == "October to December 2025"
    last = whole_quarters(NOW.date(), "Europe/Vienna", 1)[0]
    assert last.from_at == datetime(2025, 9, 30, 22, tzinfo=UTC)
    assert last.until_at == datetime(2025, 12, 31, 23, tzinfo=UTC)


def _random_clinic(random: Random, clients: int) -> None:
    """Scores, versions, episodes, sessions of every kind, over the last two years."""
    with db.unit_of_work() as session:
        people = [
            Account(
                email=f"c{n}@example.org",
                password_hash="",
                role=Role.CLIENT.value,
                name=f"Client {n}",
                zone="UTC",
                created_at=FROM + timedelta(days=random.randint(0, 300)),
            )
            for n in range(clients)
        ]
        session.add_all(people)
        therapist = make_account_row()
        session.add(therapist)
        session.flush()
        kind = session.query(SessionType.id).first()
        assert kind is not None
        for person in people:
            began = FROM + timedelta(days=random.randint(-200, 420))
            for n in range(random.randint(0, 5)):
                at = began + timedelta(days=random.choice((0, 7, 30)) * n)
                for name in random.sample(("phq-9", "gad-7", "pswq"), 2):
                    row = QuestionnaireResponse(
                        client_id=person.id,
                        instrument=name,
                        instrument_version=random.choice(("1", "1", "1", "0")),
                        started_at=at,
                        completed_at=at,
                        total=random.choice((None, *range(16, 22), *range(16))),
                    )
                    row.answers_json = json.dumps({})
                    session.add(row)
            if random.random() < 0.3:
                session.add(
                    Episode(
                        client_id=person.id,
                        began_at=began + timedelta(days=10),
                        made_at=NOW,
                        made_by_id=therapist.id,
                    )
                )
            for n in range(random.randint(0, 3)):
                starts_at = person.created_at + timedelta(
                    days=random.randint(0, 60), hours=n, minutes=person.id
                )
                status = random.choice(("booked", "booked", "cancelled"))
                met = Appointment(
                    client_id=person.id,
                    therapist_id=therapist.id,
                    session_type_id=kind[0],
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(seconds=1),
                    status=status,
                    submit_key=f"{person.id}-{n}",
                    booked_at=starts_at,
                    cancelled_late=status == "cancelled" and random.random() < 0.5,
                    overlap_allowed=True,
                )
                session.add(met)
                if status == "booked" and random.random() < 0.5:
                    session.flush()
                    how = random.choice(("attended", "no_show", "cut_short"))
                    session.add(Visit(appointment_id=met.id, attendance=how, attendance_at=NOW))


def make_account_row() -> Account:
    return Account(
        email="t@example.org",
        password_hash="",
        role=Role.THERAPIST.value,
        name="T",
        zone="UTC",
        created_at=FROM,
    )


def _oracle(name: str, period: int | None) -> dict[str, tuple[int, int]]:
    """Every figure of a measure, counted the slow way: every score of every client, one after the other."""
    measure = instrument(name)
    quarters = whole_quarters(NOW.date(), "Europe/Vienna", 4)
    counts = dict.fromkeys((COMPLETED, IMPROVED, DETERIORATED, RECOVERED, RELIABLY), 0)
    of = dict(counts)
    with db.reading() as session:
        forms = session.query(QuestionnaireResponse).filter_by(instrument=name).all()
        began = session.query(Episode).all()
    courses: dict[tuple[int, datetime | None], list[QuestionnaireResponse]] = {}
    for form in forms:
        if form.total is None or form.completed_at is None or form.completed_at >= quarters[-1].until_at:
            continue
        starts = [one.began_at for one in began if one.client_id == form.client_id]
        episode = max((at for at in starts if at <= form.completed_at), default=None)
        courses.setdefault((form.client_id, episode), []).append(form)
    for scores in courses.values():
        scores.sort(key=lambda form: (form.completed_at, form.id))
        first, latest = scores[0], scores[-1]
        assert first.total is not None
        assert latest.total is not None
        assert first.completed_at is not None
        assert latest.completed_at is not None
        place = [n for n, one in enumerate(quarters) if one.from_at <= latest.completed_at < one.until_at]
        if not place or (period is not None and place != [period]):
            continue
        of[COMPLETED] += 1
        same = first.instrument_version == latest.instrument_version == measure.version
        if not same or latest.completed_at <= first.completed_at:
            continue
        counts[COMPLETED] += 1
        change, threshold, cut = latest.total - first.total, measure.reliable_change, measure.cut_off
        assert threshold is not None
        assert cut is not None
        of[IMPROVED] += 1
        of[DETERIORATED] += 1
        counts[IMPROVED] += change <= -threshold.points
        counts[DETERIORATED] += change >= threshold.points
        if first.total >= cut.limit:
            of[RECOVERED] += 1
            of[RELIABLY] += 1
            counts[RECOVERED] += latest.total < cut.limit
            counts[RELIABLY] += latest.total < cut.limit and change <= -threshold.points
    return {rate: (counts[rate], of[rate]) for rate in counts}


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_what_a_slow_count_says(ada: Viewer, seed: int) -> None:
    _random_clinic(Random(seed), 70)
    set_smallest_group(ada, 2, NOW)
    made = report(ada, NOW)
    labels = [one.label for one in made.quarters]
    assert {line.about for line in made.outcomes} == {"PHQ-9", "GAD-7"}
    for line in made.outcomes:
        name = {"PHQ-9": "phq-9", "GAD-7": "gad-7"}[line.about]
        wanted = _oracle(name, None if line.period == WHOLE else labels.index(line.period))
        for rate in line.rates:
            if not rate.withheld:
                assert (rate.count, rate.of) == wanted[rate.name], (line.about, line.period, rate.name)
    whole = [line for line in made.outcomes if line.period == WHOLE]
    assert all(not rate.withheld for line in whole for rate in line.rates), "there was something to compare"


def test_attendance_and_waiting_are_what_a_slow_count_says(ada: Viewer) -> None:
    _random_clinic(Random(3), 70)
    set_smallest_group(ada, 2, NOW)
    made = report(ada, NOW)
    first, last = made.quarters[0].from_at, made.quarters[-1].until_at
    with db.reading() as session:
        met = session.query(Appointment).all()
        visits = {visit.appointment_id: visit.attendance for visit in session.query(Visit)}
        created = {one.id: one.created_at for one in session.query(Account)}
    inside = [one for one in met if first <= one.starts_at < last]
    whole = next(line for line in made.attendance if line.period == WHOLE)
    counts = {rate.name: rate.count for rate in whole.rates}
    assert counts[LATE] == sum(one.cancelled_late for one in inside)
    assert counts[MISSED] == sum(visits.get(one.id) == "no_show" for one in inside)
    assert counts[UNSAID] == sum(one.status == "booked" and one.id not in visits for one in inside)
    began: dict[int, datetime] = {}
    for one in met:
        if one.status == "booked" and one.ends_at <= last and visits.get(one.id) != "no_show":
            began[one.client_id] = min(one.starts_at, began.get(one.client_id, one.starts_at))
    days = sorted(
        (at - created[who]).total_seconds() / 86400 for who, at in began.items() if first <= at < last
    )
    wait = made.waits[-1]
    assert wait.of == len(days)
    middle = (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
    assert wait.median_days == round(middle, 1)


def test_small_groups_are_withheld_on_the_screen_and_in_the_file(ada: Viewer) -> None:
    _random_clinic(Random(4), 25)
    set_smallest_group(ada, 100, NOW)
    made = report(ada, NOW)
    assert all(
        rate.withheld or rate.of == 0 for line in (*made.outcomes, *made.attendance) for rate in line.rates
    )
    assert all(not wait.of for wait in made.waits)
    name, _kind, content = report_csv(ada, NOW)
    assert name == "outcomes-report-2026-03-02.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert "withheld" in {row["group"] for row in rows}
    text = content.decode()
    assert not any(f"Client {n}" in text for n in range(25))


def test_a_supervisor_reads_it_while_they_supervise_and_no_other_therapist(ada: Viewer) -> None:
    dana, per = make_therapist("Dana"), make_therapist("Per")
    sam = make_client("Sam", therapist=dana)
    accounts.assign(ada, sam.public_id, per.public_id, True, NOW)
    assert report(per, NOW).quarters
    for viewer in (dana, sam):
        with pytest.raises(NotFound):
            report(viewer, NOW)
        with pytest.raises(NotFound):
            report_csv(viewer, NOW)
    accounts.end_care(ada, sam.public_id, per.public_id, NOW)
    with pytest.raises(NotFound):
        report(per, NOW)


@pytest.mark.parametrize("number", [None, 0, 1, 101])
def test_a_smallest_group_that_would_show_people_is_refused(ada: Viewer, number: int | None) -> None:
    with pytest.raises(InvalidInput):
        set_smallest_group(ada, number, NOW)
    set_smallest_group(ada, 5, NOW)
    assert report(ada, NOW).smallest == 5


def test_what_cannot_be_compared_is_no_outcome() -> None:
    from clinic.measures.verdict import Score

    phq = instrument("phq-9")
    later = NOW + timedelta(days=7)
    assert outcome_of(phq, Score(NOW, 20, "1"), Score(NOW, 3, "1")) is None
    assert outcome_of(phq, Score(NOW, 20, "0"), Score(later, 3, "1")) is None
    assert outcome_of(instrument("pswq"), Score(NOW, 60, "1"), Score(later, 20, "1")) is None
    found = outcome_of(phq, Score(NOW, 9, "1"), Score(later, 3, "1"))
    assert found is not None
    assert (found.improved, found.case, found.recovered) == (True, False, False)
