"""The summary of a client's care as a PDF: the therapist's words, and figures without a verdict."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.documents.pdf import Document
from clinic.errors import NotFound
from clinic.measures.ends import Span, read_ends, read_sessions
from clinic.measures.instrument import load_instruments
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.details import read_details
from clinic.people.discharge_states import REASONS
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import today_in
from clinic.records.progress_words import day_words
from db.tables import Account, CareAssignment, Discharge

File = tuple[str, str, bytes]


@allowed(Permission.DATA_OWN)
def own_discharge_file(viewer: Viewer, now: datetime) -> File:
    """(file name, media type, content) of the client's own summary.

    Raises:
        NotFound: their care has not ended, or begun again since.
    """
    with db.unit_of_work() as session:
        client = session.get_one(Account, viewer.account_id)
        row = _newest(session, client.id)
        if row is None or row.discharged_at is None or row.reopened_at is not None:
            raise NotFound()
        return _file(session, viewer, client, row, now)


@allowed(Permission.CARE_END)
def discharge_file(viewer: Viewer, client_id: str, now: datetime) -> File:
    """The same for a therapist, while it is being written too.

    Raises:
        NotFound: no such client, not the viewer's to do something with, or nothing is written.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        row = _newest(session, client.id)
        if row is None:
            raise NotFound()
        return _file(session, viewer, client, row, now)


def _newest(session: Session, client_id: int) -> Discharge | None:
    newest = select(Discharge).where(Discharge.client_id == client_id).order_by(Discharge.id.desc())
    return session.scalars(newest.limit(1)).first()


def _began_at(session: Session, row: Discharge) -> datetime | None:
    """When this care began: with the reopening before it, else when somebody first looked after them."""
    reopened = select(func.max(Discharge.reopened_at)).where(
        Discharge.client_id == row.client_id, Discharge.id < row.id
    )
    first = select(func.min(CareAssignment.since_at)).where(CareAssignment.client_id == row.client_id)
    return session.scalars(reopened).one() or session.scalars(first).one()


def _file(session: Session, viewer: Viewer, client: Account, row: Discharge, now: datetime) -> File:
    details = read_details(session)
    clinic = details.name if details else ""
    began, until = _began_at(session, row), row.discharged_at or now

    def day(at: datetime) -> str:
        return day_words(today_in(client.zone, at))

    page = Document("Summary of care", f"{clinic}: summary of care, {client.name}", now)
    held = [
        at
        for at in read_sessions(session, [client.id], until).get(client.id, [])
        if began is None or at >= began
    ]
    page.facts(
        [
            ("Name", client.name),
            ("Care", f"{day(began)} to {day(until)}" if began else f"until {day(until)}"),
            ("Sessions", str(len(held))),
            ("Why it ended", REASONS.get(row.reason or "", "Not said yet")),
            ("Written by", session.get_one(Account, row.by_id).name),
        ]
    )
    page.heading("In your therapist's words")
    page.paragraph(row.summary or "Nothing is written yet.")
    measures = load_instruments()
    ends = read_ends(session, [client.id], until, Span(began, until)).get(client.id, {})
    for name, (first, latest) in ends.items():
        measure = measures[name]
        page.heading(f"{measure.full_name} ({measure.name})")
        said = f"First: {first.total} on {day(first.at)}."
        if latest.at > first.at:
            said += f" Last: {latest.total} on {day(latest.at)}."
        page.paragraph(f"{said} The scale goes from {measure.lowest} to {measure.highest}.")
    if row.discharged_at is None:
        page.small("A draft: care has not ended.")
    if not page.complete:
        page.small(
            "A box stands for a letter that this file's font does not have. The portal keeps and shows all."
        )
    record(session, now, viewer.account_id, "discharge.summary", client_id=client.id, object_id=row.public_id)
    return f"summary-of-care-{until:%Y-%m-%d}.pdf", "application/pdf", page.content()
