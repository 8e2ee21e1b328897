"""A copy of what was signed, as a PDF: for the client, and for their therapist."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.documents.pdf import Document
from clinic.errors import NotFound
from clinic.intake.consent_state import Decision, Signature, signature_view
from clinic.oversight.audit import record
from clinic.people.care import client_visible_to
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, ConsentSignature, ConsentText

File = tuple[str, str, bytes]


@allowed(Permission.CONSENT_SIGN)
def own_copy(viewer: Viewer, signature_id: str, now: datetime) -> File:
    """(file name, media type, content) of what this client decided.

    Raises:
        NotFound: no signature of theirs.
    """
    with db.unit_of_work() as session:
        client = session.get_one(Account, viewer.account_id)
        found = _found(session, viewer, client, signature_id, now)
    return _file(*found, client.zone, now)


@allowed(Permission.CLIENT_READ)
def copy_of(viewer: Viewer, client_id: str, signature_id: str, now: datetime) -> File:
    """The same for somebody who may read the client's record.

    Raises:
        NotFound: not one of the viewer's clients, or no signature of this one.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        found = _found(session, viewer, client, signature_id, now)
    return _file(*found, client.zone, now)


def _found(
    session: Session, viewer: Viewer, client: Account, signature_id: str, now: datetime
) -> tuple[str, Signature]:
    """The clinic's name and the signature, with the audit event of the copy."""
    row = session.execute(
        select(ConsentSignature, ConsentText)
        .join(ConsentText, ConsentText.id == ConsentSignature.consent_text_id)
        .where(ConsentSignature.public_id == signature_id, ConsentSignature.client_id == client.id)
    ).first()
    if row is None:
        raise NotFound()
    record(session, now, viewer.account_id, "consent.copy", client_id=client.id, object_id=signature_id)
    details = read_details(session)
    return details.name if details else "", signature_view(row[0], row[1])


def _file(clinic: str, signed: Signature, zone: str, now: datetime) -> File:
    page = Document(signed.title, f"{clinic}: {signed.title}, version {signed.version}", now)
    page.facts(_facts(clinic, signed, zone))
    page.heading("In short")
    for line in signed.summary:
        page.bullet(line)
    page.heading("The whole text")
    page.markdown(signed.body)
    page.small(
        "The fingerprint is the SHA-256 of the title, the short points and the whole text. If one sign of "
        "them changed, it would be another."
    )
    if not page.complete:
        page.small(
            "A box stands for a letter that this file's font does not have. The portal keeps and shows all."
        )
    name = f"consent-version-{signed.version}-{signed.signed_at:%Y-%m-%d}.pdf"
    return name, "application/pdf", page.content()


def _facts(clinic: str, signed: Signature, zone: str) -> list[tuple[str, str]]:
    agreed = signed.decision is Decision.AGREED
    facts = [
        ("Clinic", clinic),
        ("Version", str(signed.version)),
        ("Decision", "Agreed" if agreed else "Not agreed"),
        ("Signed by" if agreed else "Said by", signed.signed_name if agreed else "the client, in the portal"),
    ]
    if signed.guardian_name:
        facts.append(("Parent or guardian", f"{signed.guardian_name} ({signed.guardian_relation})"))
    facts.append(("On", _moment(signed.signed_at, zone)))
    if signed.withdrawn_at:
        facts.append(("Taken back on", _moment(signed.withdrawn_at, zone)))
    half = len(signed.body_hash) // 2
    facts.append(("Fingerprint", f"{signed.body_hash[:half]}\n{signed.body_hash[half:]}"))
    return facts


def _moment(at: datetime, zone: str) -> str:
    """ "12 November 2026, 14:30 (Europe/London, UTC+00:00)"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y, %H:%M} ({zone}, UTC{local.isoformat()[-6:]})"
