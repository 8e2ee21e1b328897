"""The clinic's consents as versioned texts: drafts, publishing, stopping, and the minimum age.

Each consent has a `code`. Of one code at most one version is published, which is the one in force, and
at most one is a draft. Publishing a draft withdraws the version before it; every signature stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import ConsentTextChanged, InvalidInput, NotFound
from clinic.intake.consent_state import Decision
from clinic.intake.consent_text import FIRST, TELETHERAPY, Wording, fingerprint, not_ready, tidy, too_long
from clinic.oversight.audit import record
from clinic.people.details import read_minimum_age
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Clinic, ConsentSignature, ConsentText

OLDEST_MINIMUM_AGE = 21


@dataclass(frozen=True)
class TextVersion:
    """One version of a consent. `revision` counts a draft's edits, so that two tabs notice each other."""

    public_id: str
    code: str
    version: int
    status: str
    wording: Wording
    body_hash: str
    revision: int
    edited_at: datetime
    published_at: datetime | None


@dataclass(frozen=True)
class ConsentOverview:
    """One of the clinic's consents. Of `clients` (open accounts), how many decided on `in_force`, and how.

    `in_force` is None where it was never published, or is not asked any more.
    """

    code: str
    title: str
    in_force: TextVersion | None
    draft: TextVersion | None
    newest: TextVersion
    agreed: int
    declined: int
    clients: int


@allowed(Permission.CONSENT_MANAGE)
def consents(viewer: Viewer) -> list[ConsentOverview]:
    """Every consent of the clinic, those that are asked first."""
    with db.reading() as session:
        by_code: dict[str, list[TextVersion]] = {}
        for row in session.scalars(select(ConsentText).order_by(ConsentText.id)):
            by_code.setdefault(row.code, []).append(_view(row))
        decided = _decided(session)
        clients = session.scalars(
            select(func.count()).where(Account.role == Role.CLIENT.value, Account.disabled_at.is_(None))
        ).one()
    found = [_overview(code, versions, decided, clients) for code, versions in by_code.items()]
    return sorted(found, key=lambda one: one.in_force is None)


@allowed(Permission.CONSENT_MANAGE)
def open_draft(viewer: Viewer, code: str, now: datetime) -> TextVersion:
    """The consent's draft; begun from its newest version where there is none.

    Raises:
        NotFound: no such consent.
    """
    with db.unit_of_work() as session:
        versions = _versions(session, code)
        draft = next((row for row in versions if row.status == "draft"), None)
        if draft is None:
            newest = versions[-1]
            wording = Wording(newest.title, newest.summary, newest.body, newest.required)
            draft = _add_draft(session, viewer, code, newest.version + 1, wording, now)
        return _view(draft)


@allowed(Permission.CONSENT_MANAGE)
def begin_consent(viewer: Viewer, now: datetime) -> TextVersion:
    """A further consent, as an empty draft. It is optional until somebody says otherwise."""
    with db.unit_of_work() as session:
        code = f"clinic-{secrets.token_hex(8)}"
        return _view(_add_draft(session, viewer, code, 1, Wording("", "", "", False), now))


@allowed(Permission.CONSENT_MANAGE)
def keep_draft(viewer: Viewer, text_id: str, seen: int, wording: Wording, now: datetime) -> TextVersion:
    """Keep the draft's words as they are, half-finished or not.

    Args:
        seen: the revision on the administrator's screen.

    Raises:
        NotFound: no such text.
        ConsentTextChanged: it was edited or published elsewhere. Nothing is overwritten.
        InvalidInput: longer than is allowed.
    """
    kept = tidy(wording)
    if problems := too_long(kept):
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        draft = _draft(session, text_id, seen)
        draft.title, draft.summary, draft.body = kept.title, kept.summary, kept.body
        draft.required = kept.required
        draft.body_hash = fingerprint(kept.title, kept.summary, kept.body)
        draft.revision, draft.edited_at = draft.revision + 1, now
        record(session, now, viewer.account_id, "consent.draft", object_id=draft.public_id)
        return _view(draft)


@allowed(Permission.CONSENT_MANAGE)
def discard_draft(viewer: Viewer, text_id: str, seen: int, now: datetime) -> None:
    """Throw a draft away. What is in force stays.

    Raises:
        NotFound: no such text.
        ConsentTextChanged: it was edited or published elsewhere.
    """
    with db.unit_of_work() as session:
        draft = _draft(session, text_id, seen)
        session.delete(draft)
        record(session, now, viewer.account_id, "consent.discard", object_id=text_id)


@allowed(Permission.CONSENT_MANAGE)
def publish(viewer: Viewer, text_id: str, seen: int, now: datetime) -> None:
    """Put the draft in force: every client is asked anew, and from then on its words never change.

    Raises:
        NotFound: no such text.
        ConsentTextChanged: it was edited or published elsewhere, so this is not what was previewed.
        InvalidInput: the title, the short points or the text are not there or cannot be shown.
    """
    with db.unit_of_work() as session:
        draft = _draft(session, text_id, seen)
        problems = not_ready(Wording(draft.title, draft.summary, draft.body, draft.required))
        if problems:
            raise InvalidInput(problems)
        _withdraw(_versions(session, draft.code), now)
        draft.status, draft.published_at, draft.published_by_id = "published", now, viewer.account_id
        record(session, now, viewer.account_id, "consent.publish", object_id=draft.public_id)


@allowed(Permission.CONSENT_MANAGE)
def stop_asking(viewer: Viewer, code: str, now: datetime) -> None:
    """Ask for this consent no more. Signatures and copies stay. Stopping twice is once.

    Raises:
        NotFound: no such consent.
    """
    with db.unit_of_work() as session:
        if stopped := _withdraw(_versions(session, code), now):
            record(session, now, viewer.account_id, "consent.stop", object_id=stopped[0].public_id)


@allowed(Permission.CONSENT_MANAGE)
def minimum_age(viewer: Viewer) -> int:
    """From which age clients may sign here, in whole years; under 18 with a guardian."""
    with db.reading() as session:
        return read_minimum_age(session)


@allowed(Permission.CONSENT_MANAGE)
def set_minimum_age(viewer: Viewer, years: int, now: datetime) -> None:
    """Change it. What was signed stays.

    Raises:
        InvalidInput: not between 0 and 21.
    """
    if not 0 <= years <= OLDEST_MINIMUM_AGE:
        raise InvalidInput({"minimum_age": f"Enter an age from 0 to {OLDEST_MINIMUM_AGE}."})
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().minimum_age = years
        record(session, now, viewer.account_id, "clinic.minimum-age")


def publish_first_consent(session: Session, clinic_name: str, now: datetime) -> ConsentText:
    """Both default texts as version 1, in the clinic's name. Returns the required one."""
    made = {}
    for code, wording in FIRST.items():
        body = wording.body.format(clinic=clinic_name)
        made[code] = ConsentText(
            code=code,
            version=1,
            status="published",
            required=wording.required,
            title=wording.title,
            summary=wording.summary,
            body=body,
            body_hash=fingerprint(wording.title, wording.summary, body),
            edited_at=now,
            published_at=now,
        )
    session.add_all(made.values())
    return made[TELETHERAPY]


def _versions(session: Session, code: str) -> list[ConsentText]:
    """All of one code, oldest first, held until the transaction ends so that two publishers queue."""
    query = select(ConsentText).where(ConsentText.code == code).order_by(ConsentText.version)
    versions = list(session.scalars(query.with_for_update(key_share=True)))
    if not versions:
        raise NotFound()
    return versions


def _draft(session: Session, text_id: str, seen: int) -> ConsentText:
    """The draft at this revision. It is held with the versions before it, in their order: whoever publishes
    and whoever stops asking never wait for each other."""
    code = session.scalars(select(ConsentText.code).where(ConsentText.public_id == text_id)).first()
    versions = [] if code is None else _versions(session, code)
    draft = next((row for row in versions if row.public_id == text_id), None)
    if draft is None:
        raise NotFound()
    if draft.status != "draft" or draft.revision != seen:
        raise ConsentTextChanged()
    return draft


def _add_draft(
    session: Session, viewer: Viewer, code: str, version: int, wording: Wording, now: datetime
) -> ConsentText:
    draft = ConsentText(
        code=code,
        version=version,
        status="draft",
        required=wording.required,
        title=wording.title,
        summary=wording.summary,
        body=wording.body,
        body_hash=fingerprint(wording.title, wording.summary, wording.body),
        revision=1,
        edited_at=now,
    )
    session.add(draft)
    session.flush()
    record(session, now, viewer.account_id, "consent.draft", object_id=draft.public_id)
    return draft


def _withdraw(versions: Iterable[ConsentText], now: datetime) -> list[ConsentText]:
    in_force = [row for row in versions if row.status == "published"]
    for row in in_force:
        row.status, row.withdrawn_at = "withdrawn", now
    return in_force


def _decided(session: Session) -> dict[tuple[str, str], int]:
    """(public id of a text, decision) to how many hold."""
    rows = session.execute(
        select(ConsentText.public_id, ConsentSignature.decision, func.count())
        .join(ConsentText, ConsentText.id == ConsentSignature.consent_text_id)
        .join(Account, Account.id == ConsentSignature.client_id)
        .where(ConsentSignature.withdrawn_at.is_(None), Account.disabled_at.is_(None))
        .group_by(ConsentText.public_id, ConsentSignature.decision)
    )
    return {(text_id, decision): count for text_id, decision, count in rows}


def _overview(
    code: str, versions: list[TextVersion], decided: dict[tuple[str, str], int], clients: int
) -> ConsentOverview:
    in_force = next((one for one in versions if one.status == "published"), None)
    draft = next((one for one in versions if one.status == "draft"), None)
    newest = in_force or versions[-1]
    asked = newest.public_id
    return ConsentOverview(
        code=code,
        title=newest.wording.title or "No title yet",
        in_force=in_force,
        draft=draft,
        newest=newest,
        agreed=decided.get((asked, Decision.AGREED), 0),
        declined=decided.get((asked, Decision.DECLINED), 0),
        clients=clients,
    )


def _view(row: ConsentText) -> TextVersion:
    return TextVersion(
        public_id=row.public_id,
        code=row.code,
        version=row.version,
        status=row.status,
        wording=Wording(row.title, row.summary, row.body, row.required),
        body_hash=row.body_hash,
        revision=row.revision,
        edited_at=row.edited_at,
        published_at=row.published_at,
    )
