"""The clinic's report: outcomes, waiting times and attendance of groups, and of nobody alone.

For administrators, and for therapists who supervise somebody. Nothing in it is of a client, a therapist or a
group that is too small (`rates.withheld`). Every figure comes from a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.measures.definition import Instrument
from clinic.measures.ends import read_courses, took_place
from clinic.measures.instrument import load_instruments
from clinic.measures.verdict import Score, has_colours
from clinic.oversight.audit import record, record_look
from clinic.oversight.rates import Quarter, Rate, outcome_of, whole_quarters, withheld
from clinic.oversight.report_file import as_csv
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Appointment, CareAssignment, Clinic, Visit

QUARTERS = 4
SMALLEST, LARGEST = 2, 100  # what a clinic may choose as its smallest group
WHOLE = "All four quarters"
COMPLETED, IMPROVED, DETERIORATED = "With a later score", "Reliable improvement", "Deterioration"
RECOVERED, RELIABLY = "Recovery", "Reliable recovery"
ATTENDED, MISSED, LATE, IN_TIME, UNSAID = (
    "Attended",
    "Missed",
    "Cancelled late",
    "Cancelled in time",
    "Not confirmed yet",
)


@dataclass(frozen=True)
class Line:
    """The rates of one measure, or of attendance (`about` is "Sessions"), in one period."""

    about: str
    period: str
    rates: tuple[Rate, ...]


@dataclass(frozen=True)
class Wait:
    """Days from the invitation or the first contact to the first session, for those whose first session was
    in the period. `of` and `median_days` are None where withheld; `of` 0: nobody."""

    period: str
    of: int | None
    median_days: float | None


@dataclass(frozen=True)
class Report:
    """`quarters` oldest first, the whole after them. `smallest`: groups of fewer clients are withheld."""

    smallest: int
    quarters: tuple[Quarter, ...]
    outcomes: tuple[Line, ...]
    waits: tuple[Wait, ...]
    attendance: tuple[Line, ...]


@dataclass
class _Group:
    """Of one measure in one quarter: how often, and the clients in each group that a rate is of."""

    counts: dict[str, int] = field(default_factory=dict)
    clients: dict[str, list[int]] = field(default_factory=dict)

    def add(self, group: str, client_id: int, *names: str) -> None:
        self.clients.setdefault(group, []).append(client_id)
        for name in names:
            self.counts[name] = self.counts.get(name, 0) + 1


# Which group each rate is of.
_BEGUN, _PAIRED, _CASES = "begun", "paired", "cases"
_OF = {COMPLETED: _BEGUN, IMPROVED: _PAIRED, DETERIORATED: _PAIRED, RECOVERED: _CASES, RELIABLY: _CASES}


@allowed(Permission.REPORT_READ)
def report(viewer: Viewer, now: datetime) -> Report:
    """Of the last four whole quarters.

    Raises:
        NotFound: a therapist who supervises nobody.
    """
    with db.unit_of_work() as session:
        made = _made(session, viewer, now)
        record_look(session, now, viewer.account_id, "report.open")
    return made


@allowed(Permission.REPORT_READ)
def report_csv(viewer: Viewer, now: datetime) -> tuple[str, str, bytes]:
    """The same as a file: (name, media type, content).

    Raises:
        NotFound: a therapist who supervises nobody.
    """
    with db.unit_of_work() as session:
        made = _made(session, viewer, now)
        record(session, now, viewer.account_id, "report.export")
    return f"outcomes-report-{now:%Y-%m-%d}.csv", "text/csv; charset=utf-8", as_csv(made)


@allowed(Permission.CLINIC_MANAGE)
def set_smallest_group(viewer: Viewer, clients: int | None, now: datetime) -> None:
    """Choose how many clients a group needs to be shown. Changing it is in the audit log.

    Raises:
        InvalidInput: under 2 or over 100.
    """
    if clients is None or not SMALLEST <= clients <= LARGEST:
        raise InvalidInput({"smallest_group": f"Choose a number from {SMALLEST} to {LARGEST}."})
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().smallest_group = clients
        record(session, now, viewer.account_id, "report.smallest-group")


def _made(session: Session, viewer: Viewer, now: datetime) -> Report:
    if viewer.role is Role.THERAPIST and not supervises(session, viewer):
        raise NotFound()
    clinic = session.scalars(select(Clinic)).one()
    quarters = whole_quarters(now.astimezone(ZoneInfo(clinic.zone)).date(), clinic.zone, QUARTERS)
    smallest = clinic.smallest_group
    return Report(
        smallest=smallest,
        quarters=quarters,
        outcomes=tuple(_outcomes(session, quarters, smallest)),
        waits=tuple(_waits(session, quarters, smallest)),
        attendance=tuple(_attendance(session, quarters, smallest)),
    )


def supervises(session: Session, viewer: Viewer) -> bool:
    """Whether this therapist supervises somebody's care now, inside the caller's transaction."""
    found = select(CareAssignment.id).where(
        CareAssignment.therapist_id == viewer.account_id,
        CareAssignment.supervises.is_(True),
        CareAssignment.until_at.is_(None),
    )
    return session.scalars(found.limit(1)).first() is not None


def _outcomes(session: Session, quarters: tuple[Quarter, ...], smallest: int) -> Iterable[Line]:
    measures = {name: measure for name, measure in load_instruments().items() if has_colours(measure)}
    groups: dict[str, list[_Group]] = {name: [_Group() for _ in quarters] for name in measures}
    for client_id, name, first, latest in read_courses(session, measures, quarters[-1].until_at):
        place = _place(quarters, latest.at)
        if place is not None:
            _count(groups[name][place], client_id, measures[name], first, latest)
    for name, by_quarter in groups.items():
        yield from _lines(measures[name].name, by_quarter, quarters, _OF, smallest)


def _count(group: _Group, client_id: int, measure: Instrument, first: Score, latest: Score) -> None:
    found = outcome_of(measure, first, latest)
    group.add(_BEGUN, client_id, *((COMPLETED,) if found else ()))
    if found is None:
        return
    paired = (name for name, true in ((IMPROVED, found.improved), (DETERIORATED, found.deteriorated)) if true)
    group.add(_PAIRED, client_id, *paired)
    if found.case:
        recovered = ((RECOVERED, found.recovered), (RELIABLY, found.reliably_recovered))
        group.add(_CASES, client_id, *(name for name, true in recovered if true))


def _lines(
    about: str,
    by_quarter: list[_Group],
    quarters: tuple[Quarter, ...],
    rate_of: Mapping[str, str],
    smallest: int,
) -> Iterable[Line]:
    """The quarters and the whole. A part is withheld by how many different clients it holds."""
    whole = _Group()
    for group in by_quarter:
        for kind, ids in group.clients.items():
            whole.clients.setdefault(kind, []).extend(ids)
        for name, number in group.counts.items():
            whole.counts[name] = whole.counts.get(name, 0) + number
    if not whole.clients:
        return
    hidden: dict[str, set[int]] = {}
    for kind in dict.fromkeys(rate_of.values()):
        hidden[kind] = withheld([set(group.clients.get(kind, ())) for group in by_quarter], smallest)
        if 0 < len(set(whole.clients.get(kind, ()))) < smallest:
            hidden[kind].add(len(by_quarter))
    periods = [*(quarter.label for quarter in quarters), WHOLE]
    for place, (period, group) in enumerate(zip(periods, [*by_quarter, whole], strict=True)):
        rates = (
            Rate(name, None, None)
            if place in hidden[kind]
            else Rate(name, group.counts.get(name, 0), len(group.clients.get(kind, ())))
            for name, kind in rate_of.items()
        )
        yield Line(about, period, tuple(rates))


def _waits(session: Session, quarters: tuple[Quarter, ...], smallest: int) -> Iterable[Wait]:
    until = quarters[-1].until_at
    days: list[dict[int, float]] = [{} for _ in quarters]
    for client_id, created_at, began_at in session.execute(
        select(Account.id, Account.created_at, func.min(Appointment.starts_at))
        .join(Appointment, Appointment.client_id == Account.id)
        .where(*took_place(until))
        .group_by(Account.id, Account.created_at)
    ):
        place = _place(quarters, began_at)
        if place is not None:
            days[place][client_id] = max(0.0, (began_at - created_at).total_seconds() / 86400)
    hidden = withheld([set(one) for one in days], smallest)
    waited = [list(one.values()) for one in days]
    whole = [day for one in waited for day in one]
    if 0 < len(whole) < smallest:
        hidden.add(len(days))
    periods = [*(quarter.label for quarter in quarters), WHOLE]
    for place, (period, one) in enumerate(zip(periods, [*waited, whole], strict=True)):
        if place in hidden:
            yield Wait(period, None, None)
        else:
            yield Wait(period, len(one), round(median(one), 1) if one else None)


def _attendance(session: Session, quarters: tuple[Quarter, ...], smallest: int) -> Iterable[Line]:
    """Of the sessions that were booked for a time in the quarter."""
    quarter = case(
        *((Appointment.starts_at < one.until_at, place) for place, one in enumerate(quarters)), else_=-1
    )
    how = case(
        (and_(Appointment.status == "cancelled", Appointment.cancelled_late), LATE),
        (Appointment.status == "cancelled", IN_TIME),
        (Visit.attendance == "no_show", MISSED),
        (Visit.attendance.in_(("attended", "cut_short")), ATTENDED),
        else_=UNSAID,
    )
    groups = [_Group() for _ in quarters]
    for place, client_id, name, number in session.execute(
        select(quarter.label("quarter"), Appointment.client_id, how.label("how"), func.count())
        .outerjoin(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.starts_at >= quarters[0].from_at, Appointment.starts_at < quarters[-1].until_at)
        .group_by("quarter", Appointment.client_id, "how")
    ):
        groups[place].clients.setdefault("sessions", []).extend([client_id] * number)
        groups[place].counts[name] = groups[place].counts.get(name, 0) + number
    kinds = dict.fromkeys((ATTENDED, MISSED, LATE, IN_TIME, UNSAID), "sessions")
    yield from _lines("Sessions", groups, quarters, kinds, smallest)


def _place(quarters: tuple[Quarter, ...], at: datetime) -> int | None:
    return next((n for n, one in enumerate(quarters) if one.from_at <= at < one.until_at), None)
