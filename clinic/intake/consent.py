"""A client reads the clinic's consents and decides: agrees with a typed name, says no, or takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import ConsentOutdated, InvalidInput, NotFound, TooYoungToSign
from clinic.intake.age import Standing, as_kept, born_or_problem
from clinic.intake.consent_state import (
    ConsentState,
    Decision,
    end_waivers,
    has_signed,
    read_consents,
    standing_in,
    text_in_force,
)
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, ConsentSignature, ConsentText

LONGEST_NAME, LONGEST_RELATION = 100, 60


@dataclass(frozen=True)
class Shown:
    """Which text is on the client's screen. Two versions may have the same words, not the same number."""

    version: int
    body_hash: str


@dataclass(frozen=True)
class Typed:
    """What stands in the form when the client presses "I agree". A guardian is asked for under 18."""

    agreed: bool
    name: str
    guardian_name: str = ""
    guardian_relation: str = ""


@allowed(Permission.CONSENT_SIGN)
def own_consents(viewer: Viewer, now: datetime) -> ConsentState:
    """The consents in force and what this client decided, for the client who reads them."""
    with db.reading() as session:
        return read_consents(session, session.get_one(Account, viewer.account_id), now)


@allowed(Permission.CONSENT_SIGN)
def keep_born(viewer: Viewer, born: str, now: datetime) -> None:
    """Keep the client's date of birth, "day/month/year". The same again is nothing new.

    Raises:
        InvalidInput: no date, not a real one, one in the future, or another one is kept already.
    """
    found, problem = born_or_problem(born, now.astimezone(ZoneInfo(viewer.zone)).date())
    if found is None:
        raise InvalidInput({"born": problem})
    with db.unit_of_work() as session:
        client = _self(session, viewer)
        if client.born == as_kept(found):
            return
        if client.born:
            raise InvalidInput({"born": "We have another date of birth for you. Call us to change it."})
        client.born = as_kept(found)
        record(
            session, now, viewer.account_id, "client.born", client_id=client.id, object_id=client.public_id
        )


@allowed(Permission.CONSENT_SIGN)
def sign(viewer: Viewer, code: str, shown: Shown, typed: Typed, now: datetime) -> None:
    """Keep the client's signature under exactly the text they were shown. Signing twice is once.

    Args:
        shown: what stands on the client's screen.

    Raises:
        NotFound: the clinic does not ask for this consent any more.
        ConsentOutdated: a newer text was published meanwhile.
        TooYoungToSign: under the clinic's minimum age.
        InvalidInput: no date of birth, the box is not ticked, or a name is missing or too long.
    """
    with db.unit_of_work() as session:
        client = _self(session, viewer)
        text = _as_shown(session, code, shown)
        standing = standing_in(session, client, now)
        if standing is Standing.TOO_YOUNG:
            raise TooYoungToSign()
        problems = _problems_with(typed, standing)
        if problems:
            raise InvalidInput(problems)
        with_guardian = standing is Standing.WITH_GUARDIAN
        signature = _decide(session, client, text, Decision.AGREED, now)
        if signature is None:
            return
        signature.signed_name = typed.name.strip()
        if with_guardian:
            signature.guardian_name = typed.guardian_name.strip()
            signature.guardian_relation = typed.guardian_relation.strip()
        _keep(session, viewer, signature, "consent.sign", now)
        if has_signed(session, client.id):
            end_waivers(session, client.id, now)


@allowed(Permission.CONSENT_SIGN)
def decline(viewer: Viewer, code: str, shown: Shown, now: datetime) -> None:
    """Keep that the client does not agree to the text they were shown; no name is asked for that.

    Raises:
        NotFound: the clinic does not ask for this consent any more.
        ConsentOutdated: a newer text was published meanwhile.
    """
    with db.unit_of_work() as session:
        client = _self(session, viewer)
        signature = _decide(session, client, _as_shown(session, code, shown), Decision.DECLINED, now)
        if signature is None:
            return
        signature.signed_name = ""
        _keep(session, viewer, signature, "consent.decline", now)


@allowed(Permission.CONSENT_SIGN)
def withdraw(viewer: Viewer, signature_id: str, now: datetime) -> None:
    """Take an agreement back. The signature stays, with both dates. Taking it back twice is once.

    Raises:
        NotFound: no agreement of this client.
    """
    with db.unit_of_work() as session:
        client = _self(session, viewer)
        signature = session.scalars(
            select(ConsentSignature).where(
                ConsentSignature.public_id == signature_id,
                ConsentSignature.client_id == client.id,
                ConsentSignature.decision == Decision.AGREED.value,
            )
        ).first()
        if signature is None:
            raise NotFound()
        if signature.withdrawn_at is None:
            signature.withdrawn_at = now
            _keep(session, viewer, signature, "consent.withdraw", now)


def _self(session: Session, viewer: Viewer) -> Account:
    # PostgreSQL: a second press waits here and then finds the first one's row; SQLite has one writer.
    return session.scalars(
        select(Account).where(Account.id == viewer.account_id).with_for_update(key_share=True)
    ).one()


def _as_shown(session: Session, code: str, shown: Shown) -> ConsentText:
    text = text_in_force(session, code)
    if Shown(text.version, text.body_hash) != shown:
        raise ConsentOutdated()
    return text


def _problems_with(typed: Typed, standing: Standing) -> dict[str, str]:
    """Field name to sentence."""
    problems = {}
    if standing is Standing.UNKNOWN:
        problems["born"] = "Tell us your date of birth first."
    if not typed.agreed:
        problems["agreed"] = "Tick the box if you agree. If you do not, choose “I do not agree”."
    names = [("signed_name", typed.name, LONGEST_NAME, "Type your full name to sign.", "your name")]
    if standing is Standing.WITH_GUARDIAN:
        names += [
            (
                "guardian_name",
                typed.guardian_name,
                LONGEST_NAME,
                "Ask your parent or guardian to type their full name.",
                "their name",
            ),
            (
                "guardian_relation",
                typed.guardian_relation,
                LONGEST_RELATION,
                "Enter who they are to you, like mother.",
                "who they are to you",
            ),
        ]
    for field, value, longest, missing, what in names:
        if not value.strip():
            problems[field] = missing
        elif len(value.strip()) > longest:
            problems[field] = f"Use {longest} characters or fewer for {what}."
    return problems


def _decide(
    session: Session, client: Account, text: ConsentText, decision: Decision, now: datetime
) -> ConsentSignature | None:
    """A row for this decision, replacing another one that held; None where this one holds already."""
    current = session.scalars(
        select(ConsentSignature).where(
            ConsentSignature.client_id == client.id,
            ConsentSignature.consent_text_id == text.id,
            ConsentSignature.withdrawn_at.is_(None),
        )
    ).first()
    if current is not None:
        if current.decision == decision.value:
            return None
        current.withdrawn_at = now
        session.flush()
    return ConsentSignature(
        client_id=client.id,
        consent_text_id=text.id,
        body_hash=text.body_hash,
        decision=decision.value,
        signed_at=now,
    )


def _keep(session: Session, viewer: Viewer, signature: ConsentSignature, action: str, now: datetime) -> None:
    session.add(signature)
    record(
        session, now, viewer.account_id, action, client_id=viewer.account_id, object_id=signature.public_id
    )
