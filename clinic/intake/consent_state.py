"""Which consents are in force, what a client decided about each, and whether they may book and join."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, not_, select, update
from sqlalchemy.orm import Session

from clinic.errors import ConsentMissing, NotFound
from clinic.intake.age import Standing, birth_date, standing_of
from clinic.people.details import read_minimum_age
from db.tables import Account, ConsentSignature, ConsentText, ConsentWaiver


class Decision(StrEnum):
    AGREED = "agreed"
    DECLINED = "declined"


@dataclass(frozen=True)
class Signature:
    """What a client decided about one version, with that version's words. Withdrawn, it is kept."""

    public_id: str
    decision: Decision
    signed_name: str
    guardian_name: str
    guardian_relation: str
    signed_at: datetime
    withdrawn_at: datetime | None
    version: int
    title: str
    summary: tuple[str, ...]
    body: str
    body_hash: str

    @property
    def agreed(self) -> bool:
        """Whether it is an agreement that holds."""
        return self.decision is Decision.AGREED and self.withdrawn_at is None


@dataclass(frozen=True)
class Consent:
    """A text in force, and this client's latest decision about exactly this version."""

    code: str
    version: int
    required: bool
    title: str
    summary: tuple[str, ...]
    body: str
    body_hash: str
    published_at: datetime | None
    decided: Signature | None

    @property
    def agreed(self) -> bool:
        return self.decided is not None and self.decided.agreed

    @property
    def due(self) -> bool:
        """Never decided in this version: it is asked. One that was taken back or declined is not pressed."""
        return self.decided is None


@dataclass(frozen=True)
class Waiver:
    """A therapist's stated reason for letting a client book and join meanwhile."""

    therapist_name: str
    reason: str
    since_at: datetime
    until_at: datetime

    def is_open(self, now: datetime) -> bool:
        return self.since_at <= now < self.until_at


@dataclass(frozen=True)
class ConsentState:
    """`earlier` are decisions about versions that are not asked any more; `waivers` newest first."""

    born: date | None
    standing: Standing
    minimum_age: int
    consents: tuple[Consent, ...]
    earlier: tuple[Signature, ...]
    waivers: tuple[Waiver, ...]

    @property
    def missing(self) -> tuple[Consent, ...]:
        """What is required and not agreed to."""
        return tuple(c for c in self.consents if c.required and not c.agreed)

    def waiver(self, now: datetime) -> Waiver | None:
        """The one that holds now."""
        return next((waiver for waiver in self.waivers if waiver.is_open(now)), None)


def require_consent(session: Session, client_id: int, now: datetime) -> None:
    """Raises ConsentMissing unless the client has agreed to all that is required, or a waiver is open."""
    if not may_go_on(session, client_id, now):
        raise ConsentMissing()


def may_go_on(session: Session, client_id: int, now: datetime) -> bool:
    """Whether the client may book and join: signed, or let in by a therapist for a while."""
    waived = select(ConsentWaiver.id).where(ConsentWaiver.client_id == client_id, _open(now))
    return has_signed(session, client_id) or session.scalars(waived).first() is not None


def has_signed(session: Session, client_id: int) -> bool:
    """Whether the client has agreed to every required consent in force; in the caller's transaction."""
    return (
        session.scalars(select(Account.id).where(Account.id == client_id, _signed_all())).first() is not None
    )


def signed_among(session: Session, client_ids: Iterable[int]) -> set[int]:
    """Those of the clients who have agreed to every required consent in force."""
    wanted = Account.id.in_(list(client_ids))
    return set(session.scalars(select(Account.id).where(wanted, _signed_all())))


def text_in_force(session: Session, code: str) -> ConsentText:
    """The version that is asked now.

    Raises:
        NotFound: the clinic does not ask for this.
    """
    query = select(ConsentText).where(ConsentText.status == "published", ConsentText.code == code)
    text = session.scalars(query).first()
    if text is None:
        raise NotFound("The clinic does not ask for this any more. Nothing is left to decide here.")
    return text


def standing_in(session: Session, client: Account, now: datetime) -> Standing:
    """Whether this client can sign for themselves today, in their own zone."""
    born = birth_date(client.born or "")
    return standing_of(born, now.astimezone(ZoneInfo(client.zone)).date(), read_minimum_age(session))


def read_consents(session: Session, client: Account, now: datetime) -> ConsentState:
    """One client's consents, inside the caller's transaction; the caller has decided permission."""
    rows = session.execute(
        select(ConsentSignature, ConsentText)
        .join(ConsentText, ConsentText.id == ConsentSignature.consent_text_id)
        .where(ConsentSignature.client_id == client.id)
        .order_by(ConsentSignature.id)
    ).all()
    latest = {text.id: signature_view(signature, text) for signature, text in rows}
    texts = session.scalars(
        select(ConsentText)
        .where(ConsentText.status == "published")
        .order_by(ConsentText.required.desc(), ConsentText.id)
    ).all()
    asked = {text.id for text in texts}
    waivers = session.execute(
        select(ConsentWaiver, Account.name)
        .join(Account, Account.id == ConsentWaiver.therapist_id)
        .where(ConsentWaiver.client_id == client.id)
        .order_by(ConsentWaiver.id.desc())
    ).all()
    return ConsentState(
        born=birth_date(client.born or ""),
        standing=standing_in(session, client, now),
        minimum_age=read_minimum_age(session),
        consents=tuple(_consent(text, latest.get(text.id)) for text in texts),
        earlier=tuple(signed for text_id, signed in reversed(latest.items()) if text_id not in asked),
        waivers=tuple(Waiver(name, w.reason or "", w.since_at, w.until_at) for w, name in waivers),
    )


def signature_view(signature: ConsentSignature, text: ConsentText) -> Signature:
    return Signature(
        public_id=signature.public_id,
        decision=Decision(signature.decision),
        signed_name=signature.signed_name or "",
        guardian_name=signature.guardian_name or "",
        guardian_relation=signature.guardian_relation or "",
        signed_at=signature.signed_at,
        withdrawn_at=signature.withdrawn_at,
        version=text.version,
        title=text.title,
        summary=tuple(text.summary.splitlines()),
        body=text.body,
        body_hash=signature.body_hash,
    )


def end_waivers(session: Session, client_id: int, now: datetime) -> None:
    """What was to be signed is signed: no waiver is left open for a later version."""
    session.execute(
        update(ConsentWaiver).where(ConsentWaiver.client_id == client_id, _open(now)).values(until_at=now)
    )


def open_waiver(session: Session, client_id: int, now: datetime) -> ConsentWaiver | None:
    """The client's waiver that holds now, if there is one."""
    query = select(ConsentWaiver).where(ConsentWaiver.client_id == client_id, _open(now))
    return session.scalars(query).first()


def _consent(text: ConsentText, decided: Signature | None) -> Consent:
    return Consent(
        code=text.code,
        version=text.version,
        required=text.required,
        title=text.title,
        summary=tuple(text.summary.splitlines()),
        body=text.body,
        body_hash=text.body_hash,
        published_at=text.published_at,
        decided=decided,
    )


def _open(now: datetime) -> ColumnElement[bool]:
    return and_(ConsentWaiver.since_at <= now, ConsentWaiver.until_at > now)


def _signed_all() -> ColumnElement[bool]:
    """Of an account: no required text is in force that it has not agreed to."""
    # Said out loud: left to itself, the inner query would bring an account table of its own.
    agreed = (
        exists()
        .where(
            ConsentSignature.client_id == Account.id,
            ConsentSignature.consent_text_id == ConsentText.id,
            ConsentSignature.decision == Decision.AGREED.value,
            ConsentSignature.withdrawn_at.is_(None),
        )
        .correlate(Account, ConsentText)
    )
    asked = and_(ConsentText.status == "published", ConsentText.required.is_(True))
    return not_(exists().where(asked, not_(agreed)).correlate(Account))
