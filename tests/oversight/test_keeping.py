"""How long a client's record is kept, by whom that is said, and what keeps it from being erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

import db
from clinic.errors import InvalidInput, NotErasable, NotFound, PasswordNeeded
from clinic.oversight import keeping
from clinic.oversight.erasure import erase
from clinic.oversight.retention import Why
from clinic.people.viewer import Viewer
from db.tables import Account, Appointment, AuditEvent, Clinic, LegalHold, RiskAlert
from tests.factories import DETAILS, NOW, make_appointment, make_client
from tests.oversight.conftest import LONG_AGO, NAME, WHY
from tests.oversight.whole_client import CANARY


def erased(ada: Viewer, sam: Viewer) -> object:
    return erase(ada, sam.public_id, NAME, WHY, NOW)


def _reopen(sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(text("UPDATE discharge SET reopened_at = discharged_at"))


def _alert(sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(update(RiskAlert).values(resolved_at=None))


def _longer(sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Clinic).values(keep_years=12))


def _young(sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, sam.account_id).born = "1/1/2008"


def _later_session(sam: Viewer) -> None:
    with db.unit_of_work() as session:
        begins = NOW - timedelta(minutes=50)
        times = {"starts_at": begins, "blocks_from": begins, "ends_at": NOW, "blocks_until": NOW}
        session.execute(update(Appointment).values(times))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_reopen, Why.CARE),
        (_alert, Why.ALERT),
        (_longer, Why.TIME),
        (_young, Why.TIME),
        (_later_session, Why.TIME),
    ],
)
def test_what_keeps_a_record_keeps_it(
    ada: Viewer, sam: Viewer, change: Callable[[Viewer], None], why: Why
) -> None:
    change(sam)
    [one] = keeping.records_kept(ada, NOW).records
    assert one.standing.why_not == (why,)
    with pytest.raises(NotErasable):
        erased(ada, sam)
    assert keeping.records_kept(ada, NOW).records == (one,)


def test_a_hold_keeps_a_record_until_it_is_lifted(ada: Viewer, sam: Viewer) -> None:
    keeping.place_hold(ada, sam.public_id, "A complaint is open, case 12", NOW)
    keeping.place_hold(ada, sam.public_id, "Placed a second time", NOW)
    [one] = keeping.records_kept(ada, NOW).records
    assert one.standing.why_not == (Why.HOLD,)
    assert one.hold is not None
    assert (one.hold.by, one.hold.reason) == ("Ada", "A complaint is open, case 12")
    with pytest.raises(NotErasable):
        erased(ada, sam)
    for bad in ("", "short", "x" * 501):
        with pytest.raises(InvalidInput):
            keeping.lift_hold(ada, sam.public_id, bad, NOW)
        with pytest.raises(InvalidInput):
            keeping.place_hold(ada, sam.public_id, bad, NOW)
    keeping.lift_hold(ada, sam.public_id, "The complaint is settled", NOW)
    keeping.lift_hold(ada, sam.public_id, "The complaint is settled", NOW)
    assert erased(ada, sam)
    with db.reading() as session:
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts[-3:] == ["hold.place", "hold.lift", "record.erase"]


def test_a_hold_and_an_erasure_at_once_are_one_after_the_other(ada: Viewer, sam: Viewer) -> None:
    """Whoever comes first decides; the other is told."""
    together, told = Barrier(2), []

    def act(do: Callable[[], object]) -> None:
        together.wait()
        try:
            do()
        except (NotErasable, NotFound) as error:
            told.append(type(error))

    hold = partial(keeping.place_hold, ada, sam.public_id, "A complaint is open, case 12", NOW)
    threads = [Thread(target=act, args=(do,)) for do in (hold, partial(erased, ada, sam))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = keeping.records_kept(ada, NOW)
    assert told == ([NotFound] if kept.erased else [NotErasable])
    assert bool(kept.erased) != bool(kept.records), "erased, or kept and held"
    assert all(one.hold for one in kept.records)
    with db.reading() as session:
        assert session.scalars(select(func.count(LegalHold.id))).one() == (0 if kept.erased else 2)


def test_no_hold_is_placed_on_nobody(ada: Viewer, sam: Viewer) -> None:
    erased(ada, sam)
    for act in (keeping.place_hold, keeping.lift_hold):
        with pytest.raises(NotFound):
            act(ada, sam.public_id, "A complaint is open, case 12", NOW)


def test_a_clinics_own_years_count_for_all(ada: Viewer, sam: Viewer) -> None:
    keeping.set_retention(ada, 30, 5, NOW)
    kept = keeping.records_kept(ada, NOW)
    assert (kept.rules.years, kept.rules.after_18) == (30, 5)
    assert kept.records[0].standing.why_not == (Why.TIME,)
    keeping.set_retention(ada, 30, 5, NOW)
    with db.reading() as session:
        changes = select(func.count()).where(AuditEvent.action == "retention.change")
        assert session.scalars(changes).one() == 1


def test_only_an_administrator_with_a_fresh_password(ada: Viewer, dana: Viewer, sam: Viewer) -> None:
    def acts(viewer: Viewer, at: Any) -> list[Callable[[], object]]:
        return [
            lambda: keeping.place_hold(viewer, sam.public_id, WHY, at),
            lambda: keeping.lift_hold(viewer, sam.public_id, WHY, at),
            lambda: keeping.set_retention(viewer, 10, 3, at),
            lambda: erase(viewer, sam.public_id, NAME, WHY, at),
        ]

    for viewer in (dana, sam):
        for act in acts(viewer, NOW):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(NotFound):
            keeping.records_kept(viewer, NOW)
    for act in acts(ada, NOW + timedelta(minutes=11)):
        with pytest.raises(PasswordNeeded):
            act()
    for act in acts(ada, NOW):
        act()


def test_the_administrator_sees_names_and_dates_alone(ada: Viewer, sam: Viewer) -> None:
    [one] = keeping.records_kept(ada, NOW).records
    said = str(one)
    assert said.count(CANARY) == 1
    assert one.name == NAME
    assert DETAILS.name not in said
    assert one.ended_on == LONG_AGO.date()


def test_a_client_in_care_is_listed_as_such(ada: Viewer, dana: Viewer) -> None:
    noor = make_client("Noor", therapist=dana)
    make_appointment(noor, dana, NOW)
    [_, one] = keeping.records_kept(ada, NOW).records
    assert one.name == "Noor", "what can be erased comes first"
    assert (one.standing.why_not, one.standing.kept_until_on, one.birth_known) == ((Why.CARE,), None, True)
    with db.unit_of_work() as session:
        session.get_one(Account, noor.account_id).born = None
    assert not keeping.records_kept(ada, NOW).records[1].birth_known
