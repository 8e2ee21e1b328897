"""Consent: one published text at a time, signed by typing one's name, asked again when it changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import ConsentMissing, ConsentOutdated, InvalidInput, NotFound
from clinic.intake.consent_text import BODY, SUMMARY, TITLE
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import ConsentSignature, ConsentText


@dataclass(frozen=True)
class Consent:
    """The text now in force and, where the client has signed it, when and as whom."""

    version: int
    title: str
    summary: tuple[str, ...]
    body: str
    body_hash: str
    published_at: datetime
    signed_at: datetime | None
    signed_name: str | None


@allowed(Permission.CONSENT_SIGN)
def current_consent(viewer: Viewer) -> Consent:
    """The text in force, for the client who reads it."""
    with db.reading() as session:
        text = _in_force(session)
        signature = _signature(session, viewer.account_id, text)
        return Consent(
            version=text.version,
            title=text.title,
            summary=tuple(text.summary.splitlines()),
            body=text.body,
            body_hash=text.body_hash,
            published_at=text.published_at,
            signed_at=signature.signed_at if signature else None,
            signed_name=signature.signed_name if signature else None,
        )


@allowed(Permission.CONSENT_SIGN)
def sign(viewer: Viewer, body_hash: str, typed_name: str, agreed: bool, now: datetime) -> None:
    """Keep the client's signature under exactly the text they were shown. Signing twice is once.

    Args:
        body_hash: the hash of the text on the client's screen.

    Raises:
        ConsentOutdated: a newer text was published meanwhile.
        InvalidInput: the box is not ticked or no name is typed.
    """
    problems = {}
    if not agreed:
        problems["agreed"] = (
            "Tick the box if you agree. If you do not agree, call us and we will talk it through."
        )
    if not typed_name.strip():
        problems["signed_name"] = "Type your full name to sign."
    elif len(typed_name) > 100:
        problems["signed_name"] = "Use 100 characters or fewer for your name."
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        text = _in_force(session)
        if text.body_hash != body_hash:
            raise ConsentOutdated()
        if _signature(session, viewer.account_id, text) is not None:
            return
        signature = ConsentSignature(
            client_id=viewer.account_id, consent_text_id=text.id, body_hash=body_hash, signed_at=now
        )
        signature.signed_name = typed_name.strip()
        session.add(signature)
        record(
            session,
            now,
            viewer.account_id,
            "consent.sign",
            client_id=viewer.account_id,
            object_id=signature.public_id,
        )


def require_consent(session: Session, client_id: int) -> None:
    """Raises ConsentMissing unless the client has signed the text in force."""
    if not has_signed(session, client_id):
        raise ConsentMissing()


def has_signed(session: Session, client_id: int) -> bool:
    return _signature(session, client_id, _in_force(session)) is not None


def publish_first_consent(session: Session, clinic_name: str, now: datetime) -> ConsentText:
    """The default text as version 1, in the clinic's name."""
    body = BODY.format(clinic=clinic_name)
    text = ConsentText(
        version=1,
        title=TITLE,
        summary="\n".join(SUMMARY),
        body=body,
        body_hash=hashlib.sha256(body.encode()).hexdigest(),
        published_at=now,
    )
    session.add(text)
    return text


def _in_force(session: Session) -> ConsentText:
    text = session.scalars(select(ConsentText).order_by(ConsentText.version.desc())).first()
    if text is None:
        raise NotFound("This clinic has not published a consent yet. Call the clinic.")
    return text


def _signature(session: Session, client_id: int, text: ConsentText) -> ConsentSignature | None:
    return session.scalars(
        select(ConsentSignature).where(
            ConsentSignature.client_id == client_id, ConsentSignature.consent_text_id == text.id
        )
    ).first()
