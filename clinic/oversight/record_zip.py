"""A client's whole record as one zip: for the client, and for a therapist who gives it on.

What is read is one moment; nothing of it is written to disk here. What is in the zip is in
docs/export-and-erasure.md.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.intake.age import birth_date
from clinic.measures.fhir import Person, bundle
from clinic.measures.instrument import load_instruments
from clinic.oversight.audit import record
from clinic.oversight.own_data import as_json, everything
from clinic.oversight.record_files import as_csv, file_name, fitting, readme
from clinic.oversight.record_tables import (
    answers_table,
    appointments_table,
    check_ins_table,
    intake_table,
    measures_table,
    read_forms,
    sleep_table,
)
from clinic.people.care import looked_after_by
from clinic.people.details import ClinicDetails, read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import today_in
from clinic.records.notes_file import notes_page, read_signed_notes
from clinic.records.outcomes import Wanted, read_outcomes
from clinic.records.outcomes_file import Reader, outcomes_page
from clinic.records.periods import Period
from clinic.records.summary import drawn, gather
from clinic.safety.plan_copy import plan_page
from clinic.safety.safety_plan import read_plan
from clinic.scheduling.spoken import long_day
from db.tables import Account, Document

File = tuple[str, str, bytes]
# The client's own ways in, what they typed and have not said yet, and who looked: theirs, not the record's.
CLIENT_ALONE = (
    "audit_event",
    "calendar_feed",
    "check_in_reminder",
    "client_draft",
    "device_check",
    "message_draft",
    "message_read",
    "sign_in",
)
_WITHDRAWN = "Documents that were withdrawn: record.json says that there were some, and when."
_NOT_FOR_CLIENTS = (
    "Your therapists' notes on your sessions. Ask the clinic for them.",
    "Whether and why the clinic has to keep the record for longer than usual. Ask the clinic.",
    "Keys and passwords, in any form.",
    _WITHDRAWN,
)
_NOT_FOR_THERAPISTS = (
    "Psychotherapy notes: those are their author's.",
    "Notes that are not signed, and what anybody has typed and not sent.",
    "What was written to a colleague when care was handed over.",
    "Where the client signs in from, and who opened the record: the client has both.",
    _WITHDRAWN,
)


@allowed(Permission.DATA_OWN, sensitive=True)
def own_record_zip(viewer: Viewer, now: datetime) -> File:
    """(file name, media type, content) of the client's own record."""
    with db.unit_of_work() as session:
        _recorded(session, viewer, viewer.account_id, viewer.public_id, now)
    return _file(viewer, viewer.account_id, now, own=True)


@allowed(Permission.RECORD_EXPORT)
def may_take_along(viewer: Viewer, client_id: str) -> str:
    """The name of a client whose record the viewer may take along.

    Raises:
        NotFound: as `record_zip`.
    """
    with db.reading() as session:
        return looked_after_by(session, viewer, client_id).name


@allowed(Permission.RECORD_EXPORT, sensitive=True)
def record_zip(viewer: Viewer, client_id: str, now: datetime) -> File:
    """The same of a client whom the viewer looks after, with the signed notes.

    Raises:
        NotFound: no such client, or the viewer has no part of their own in the client's care: an emergency or
            supervision lets somebody read, and not take the record along.
    """
    with db.unit_of_work() as session:
        client = looked_after_by(session, viewer, client_id)
        _recorded(session, viewer, client.id, client.public_id, now)
    return _file(viewer, client.id, now, own=False)


def _recorded(session: Session, viewer: Viewer, client_id: int, public_id: str, now: datetime) -> None:
    # In a transaction before the reading, which may take seconds: nobody waits for it to write.
    record(session, now, viewer.account_id, "record.export", client_id=client_id, object_id=public_id)


def _file(viewer: Viewer, client_id: int, now: datetime, *, own: bool) -> File:
    with db.reading_one_moment() as session:
        client = session.get_one(Account, client_id)
        details = read_details(session)
        packed = io.BytesIO()
        left_out = list(_NOT_FOR_CLIENTS if own else _NOT_FOR_THERAPISTS)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
            for name, content in _files(session, viewer, client, details, now, own):
                folder.writestr(_entry(name, now), content)
            left_out += _documents(session, folder, client_id, now)
            at = now.astimezone(UTC)
            when, clinic = f"{long_day(at.date())}, {at:%H:%M}", details.name if details else ""
            said = readme(clinic, client.name, viewer.name, when, folder.namelist(), left_out)
            folder.writestr(_entry("README.txt", now), said)
    # No name: a download's name is seen by whoever looks over a shoulder.
    return f"record-{now:%Y-%m-%d}.zip", "application/zip", packed.getvalue()


def _files(
    session: Session, viewer: Viewer, client: Account, details: ClinicDetails | None, now: datetime, own: bool
) -> Iterator[tuple[str, bytes]]:
    clinic, measures = details.name if details else "", load_instruments()
    found = everything(session, client.id, leave_out=() if own else CLIENT_ALONE, contents=False)
    notes = [] if own else read_signed_notes(session, client.id)
    if not own:
        found["signed_note"] = [one.as_row() for one in notes]
    yield "record.json", as_json(found, now)
    yield "csv/intake.csv", as_csv(intake_table(session, client.id, today_in(client.zone, now)))
    forms = read_forms(session, client.id)
    yield "csv/measures.csv", as_csv(measures_table(forms, measures))
    yield "csv/answers.csv", as_csv(answers_table(forms, measures))
    yield "csv/check-ins.csv", as_csv(check_ins_table(session, client.id))
    yield "csv/sleep.csv", as_csv(sleep_table(session, client.id))
    yield "csv/appointments.csv", as_csv(appointments_table(session, client.id))
    yield "progress.pdf", drawn(gather(session, client, Period.ALL, now), now)[2]
    if not own:
        outcomes = read_outcomes(session, client, Wanted(period="All"), now)
        page = outcomes_page(client, outcomes, Reader.SUPERVISION, viewer, clinic, now)
        yield "outcomes.pdf", page.content()
        if notes:
            yield "notes.pdf", notes_page(notes, client, clinic, now)
    yield "safety-plan.pdf", plan_page(read_plan(session, client.id), details, client.zone, now)
    person = Person(client.public_id, client.name, birth_date(client.born or ""))
    made = bundle(person, forms, measures, clinic, now)
    yield "fhir/bundle.json", json.dumps(made, ensure_ascii=False, indent=1).encode()


def _documents(session: Session, folder: zipfile.ZipFile, client_id: int, now: datetime) -> list[str]:
    """Adds the documents; returns what is said of those that do not fit."""
    rows = session.scalars(
        select(Document)
        .where(Document.client_id == client_id, Document.withdrawn_at.is_(None))
        .order_by(Document.added_at, Document.id)
    ).all()
    taken = fitting(row.size for row in rows)
    for place, row in enumerate(rows[:taken], start=1):
        name = file_name(place, row.name or "", row.media_type)
        content = base64.b64decode(row.content or "")
        folder.writestr(_entry(f"documents/{name}", now), content)
        session.expire(row)  # its content is not kept beside the zip's own copy
    if taken == len(rows):
        return []
    return [
        f"The newest {len(rows) - taken} documents: they are too large for one file. Take them one by one."
    ]


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=max(now.astimezone(UTC).timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
