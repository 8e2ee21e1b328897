"""Erasing a client: when it may be done, that nothing of them is left, and that what stays is whole."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import LargeBinary, String, func, inspect, select, text

import db
from clinic.errors import ClinicError, InvalidInput, NotFound
from clinic.oversight import erasure, keeping
from clinic.oversight.erased_tables import APPOINTMENT, BLANKED, STAYS, VISIT, account_of, gone
from clinic.oversight.erasure import erase
from clinic.oversight.verify import verify
from clinic.people import accounts, emergency, sign_in
from clinic.people.viewer import Viewer
from clinic.records.caseload import caseload
from clinic.records.client_record import client_record
from clinic.scheduling.appointments import past
from db.tables import Account, Appointment, AuditEvent, Base, Erasure, Visit
from tests.databases import Database
from tests.factories import (
    NOW,
    PASSWORD,
    make_client,
)
from tests.oversight.conftest import EMAIL, LONG_AGO, NAME, WHY
from tests.oversight.whole_client import BORN, CANARY, fill


def erased(ada: Viewer, sam: Viewer) -> erasure.Erased:
    return erase(ada, sam.public_id, NAME, WHY, NOW)


def sealed_of(client: Viewer) -> list[bytes]:
    """What stands sealed in the client's rows, as it is in the file."""
    found = []
    with db.reading() as session:
        tables = gone(client.account_id)
        tables.append((Account, Account.id == client.account_id))
        for table, about in tables:
            columns = [one for one in table.__table__.columns if isinstance(one.type, LargeBinary)]
            if columns:
                rows = session.execute(select(*columns).where(about)).all()
                found += [bytes(value) for row in rows for value in row if value]
    return found


def everything_kept() -> str:
    """Every value of every row, opened where it is sealed, as one text."""
    said = []
    with db.reading() as session:
        for mapper in Base.registry.mappers:
            table = mapper.class_
            names = [one.key for one in mapper.column_attrs]
            names += [name for name, value in vars(table).items() if type(value).__name__ == "Sealed"]
            said += [str(getattr(row, name)) for row in session.scalars(select(table)) for name in names]
    return "\n".join(said)


def test_every_table_is_accounted_for() -> None:
    """A new table stands in one of the three lists, or nobody knows what becomes of a client in it."""
    deleted = {table.__tablename__ for table, _ in gone(1)}
    assert set(Base.metadata.tables) == deleted | set(BLANKED) | set(STAYS)
    assert len(deleted) + len(BLANKED) + len(STAYS) == len(Base.metadata.tables), "and in one alone"
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in ("client_id", "for_id") or column.name.startswith("client_")
    }
    assert pointing - deleted - set(BLANKED) == {"audit_event", "erasure"}


def test_of_a_row_that_stays_each_column_is_blanked_or_known_to_hold_nothing() -> None:
    holding_nothing = {
        "account": {"id", "public_id", "role", "created_at"},
        "visit": {
            "id",
            "public_id",
            "appointment_id",
            "attendance",
            "attendance_at",
            "attendance_by_id",
            "carried_by",
        },
        "appointment": set(Appointment.__table__.columns.keys()) - set(APPOINTMENT),
    }
    for table, blanked in (
        (Account, account_of(Account(id=1, email=""), NOW)),
        (Visit, VISIT),
        (Appointment, APPOINTMENT),
    ):
        columns = table.__table__.columns
        assert set(columns.keys()) == set(blanked) | holding_nothing[table.__tablename__]
        assert {name for name in columns.keys() if name.endswith("_sealed")} <= set(blanked)  # noqa: SIM118
    free = [one.name for one in Appointment.__table__.columns if isinstance(one.type, String)]
    assert set(free) == {"public_id", "modality", "status", "submit_key"}


def test_nothing_of_the_client_is_left_in_any_row(ada: Viewer, sam: Viewer) -> None:
    assert {table.__tablename__ for table, _ in gone(sam.account_id)} <= set(_counted(sam))
    sealed = sealed_of(sam)
    assert len(sealed) > 40
    assert everything_kept().count(CANARY) > 40
    assert BORN in everything_kept()
    done = erased(ada, sam)
    assert CANARY not in everything_kept()
    assert BORN not in everything_kept()
    assert all(done.counts[table.__tablename__] for table, _ in gone(sam.account_id))
    assert not set(_counted(sam))


def _counted(client: Viewer) -> list[str]:
    with db.reading() as session:
        return [
            table.__tablename__
            for table, about in gone(client.account_id)
            if session.scalars(select(func.count()).select_from(table).where(about)).one()
        ]


def test_nothing_is_left_in_the_file_sealed_or_open(ada: Viewer, sam: Viewer, database: Database) -> None:
    if database.kind != "sqlite":
        pytest.skip("PostgreSQL's files are its own; the rows are looked at in the test above")
    with db.unit_of_work() as session:
        session.get_one(Account, sam.account_id).legal_name = f"{CANARY} said a moment ago"
    journal = (database.var / "quiet-room.db-wal").read_bytes()
    assert EMAIL.encode() in journal, "what was written last stands there too"
    sealed = [*sealed_of(sam), CANARY.encode(), EMAIL.encode()]
    assert all(one in _files(database) for one in sealed), "it is there before"
    assert erased(ada, sam).settled
    left = [one for one in sealed if one in _files(database)]
    assert left == []


def _files(database: Database) -> bytes:
    return b"".join(path.read_bytes() for path in database.var.glob("quiet-room.db*"))


def test_what_stays_is_whole(ada: Viewer, dana: Viewer, sam: Viewer, database: Database) -> None:
    noor = make_client(therapist=dana)
    fill(noor, dana, LONG_AGO)
    before = len(_counted(noor))
    with db.reading() as session:
        events = session.scalars(select(AuditEvent.digest).order_by(AuditEvent.id)).all()
    erased(ada, sam)
    assert len(_counted(noor)) == before, "nobody else lost anything"
    with db.reading() as session:
        after = session.scalars(select(AuditEvent.digest).order_by(AuditEvent.id)).all()
        assert after[: len(events)] == events
        visit = session.scalars(
            select(Visit).join(Appointment).where(Appointment.client_id == sam.account_id)
        ).one()
        assert (visit.attendance, visit.feedback, visit.place_sealed) == ("attended", None, None)
    assert verify().intact
    if database.kind == "sqlite":
        with db.engine().connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_the_log_and_the_erasure_say_who_when_and_how_much(ada: Viewer, sam: Viewer) -> None:
    done = erased(ada, sam)
    with db.reading() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).all()[0]
        row = session.scalars(select(Erasure)).one()
        assert (event.action, event.actor_id, event.client_id) == (
            "record.erase",
            ada.account_id,
            sam.account_id,
        )
        assert event.object_id == row.public_id
        assert json.loads(row.counts) == done.counts
    [gone_one] = keeping.records_kept(ada, NOW).erased
    assert (gone_one.by, gone_one.reason, gone_one.counts) == ("Ada", WHY, done.counts)
    assert keeping.records_kept(ada, NOW).records == ()


def test_an_erased_client_is_nobodys_and_nobody(ada: Viewer, dana: Viewer, sam: Viewer) -> None:
    def therapist_opens() -> object:
        return client_record(dana, sam.public_id, NOW)

    assert therapist_opens()
    assert past(dana, NOW)
    erased(ada, sam)
    for act in (
        therapist_opens,
        lambda: accounts.enable(ada, sam.public_id, NOW),
        lambda: accounts.assign(ada, sam.public_id, dana.public_id, False, NOW),
        lambda: emergency.open_anyway(dana, f"erased-{sam.account_id}@erased.invalid", WHY, NOW),
        lambda: sign_in.check_password(EMAIL, PASSWORD, NOW),
    ):
        with pytest.raises(ClinicError):
            act()
    assert sam.public_id not in [person.public_id for person in accounts.people(ada)]
    assert caseload(dana, NOW).rows == ()
    assert past(dana, NOW) == []
    with db.reading() as session:
        assert session.scalars(select(func.count(Appointment.id))).one() == 1, "it is counted still"


def test_twice_is_once(ada: Viewer, sam: Viewer) -> None:
    assert erased(ada, sam).counts == erased(ada, sam).counts
    with db.reading() as session:
        assert session.scalars(select(func.count(Erasure.id))).one() == 1


@pytest.mark.parametrize("name", ["", "Sam", f"{CANARY} rivera", f"{CANARY} Rivera x"])
def test_another_name_erases_nobody(ada: Viewer, sam: Viewer, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        erase(ada, sam.public_id, name, "", NOW)
    assert set(refused.value.fields) == {"name", "reason"}
    assert _counted(sam)
    assert erase(ada, sam.public_id, f"  {CANARY}   Rivera ", WHY, NOW)


def test_no_colleague_is_erased_by_this(ada: Viewer, dana: Viewer) -> None:
    with pytest.raises(NotFound):
        erase(ada, dana.public_id, "Dana", WHY, NOW)


def test_columns_are_those_of_the_database(database: Database) -> None:
    """What the lists of this test say of the code's tables holds for the database's."""
    assert set(inspect(db.engine()).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)
