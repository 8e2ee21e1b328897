"""A client's care given on to a colleague, shared with one, or read by a supervisor: docs/handover.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, LastTherapist, NotFound
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.care import end_current_part, lock_client, looked_after_by, therapists_of
from clinic.people.discharged import require_in_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.writing import cancel_row, coming_with, key_of
from db.tables import Account, CareAssignment, Handover

LONGEST_WORDS = 4000
TRANSFER, CO_THERAPIST, SUPERVISOR, ENDED = "transfer", "co_therapist", "supervisor", "ended"
_ACTIONS = {
    TRANSFER: "care.transfer",
    CO_THERAPIST: "care.share",
    SUPERVISOR: "care.supervise",
    ENDED: "care.end",
}


@dataclass(frozen=True)
class Part:
    """Somebody's part in a client's care, and since when. `supervises`: they only read."""

    therapist_id: str
    name: str
    supervises: bool
    since_at: datetime


@dataclass(frozen=True)
class CarePage:
    """`parts`: who has one now, therapists first. `colleagues`: (public id, name) of therapists who could
    get one. `coming`: when the viewer's own booked sessions with the client begin."""

    client_id: str
    client_name: str
    parts: tuple[Part, ...]
    colleagues: tuple[tuple[str, str], ...]
    coming: tuple[datetime, ...]


@dataclass(frozen=True)
class GivenHandover:
    """What a colleague gave the viewer, who has not looked at it yet."""

    public_id: str
    client_id: str
    client_name: str
    by: str
    kind: str
    words: str
    at: datetime


@allowed(Permission.CARE_HAND_OVER)
def care_page(viewer: Viewer, client_id: str, now: datetime) -> CarePage:
    """Raises NotFound: no such client, or the viewer does not look after them."""
    with db.reading() as session:
        client = looked_after_by(session, viewer, client_id)
        parts = tuple(
            Part(*row)
            for row in session.execute(
                select(Account.public_id, Account.name, CareAssignment.supervises, CareAssignment.since_at)
                .join(CareAssignment, CareAssignment.therapist_id == Account.id)
                .where(
                    CareAssignment.client_id == client.id,
                    CareAssignment.until_at.is_(None),
                    Account.role == Role.THERAPIST.value,
                    Account.disabled_at.is_(None),
                )
                .order_by(CareAssignment.supervises, CareAssignment.since_at, Account.id)
            )
        )
        colleagues = session.execute(
            select(Account.public_id, Account.name)
            .where(
                Account.role == Role.THERAPIST.value,
                Account.disabled_at.is_(None),
                Account.id != viewer.account_id,
            )
            .order_by(Account.name, Account.id)
        ).all()
        coming = tuple(one.starts_at for one in coming_with(session, client.id, now, viewer.account_id))
        pairs = tuple((public_id, name) for public_id, name in colleagues)
        return CarePage(client.public_id, client.name, parts, pairs, coming)


@allowed(Permission.CARE_HAND_OVER, sensitive=True)
def transfer(
    viewer: Viewer,
    client_id: str,
    colleague_id: str,
    words: str,
    cancel_coming: bool | None,
    submit_key: str,
    now: datetime,
) -> None:
    """The colleague looks after the client in the viewer's place, from now on. Sessions that are booked stay
    with the viewer, or are cancelled, and the client told: by choice. The same `submit_key` again is once.

    Raises:
        NotFound: no such client of the viewer's, or no such colleague.
        CareEnded: the client's care has ended.
        InvalidInput: too many words, or no choice where sessions are booked.
    """
    with db.unit_of_work() as session:
        lock_client(session, client_id)
        if _done(session, viewer, submit_key):
            return
        client, colleague = _both(session, viewer, client_id, colleague_id, words)
        coming = coming_with(session, client.id, now, viewer.account_id, lock=True)
        if coming and cancel_coming is None:
            raise InvalidInput({"coming": "Choose what happens with the sessions that are booked."})
        for appointment in coming if cancel_coming else []:
            cancel_row(session, appointment, viewer, now, late=False)
        end_current_part(session, client.id, viewer.account_id, now)
        _begin(session, client.id, colleague.id, now, supervises=False)
        _write(session, viewer, client, colleague, TRANSFER, words, submit_key, now)


@allowed(Permission.CARE_HAND_OVER, sensitive=True)
def share(
    viewer: Viewer,
    client_id: str,
    colleague_id: str,
    supervises: bool,
    words: str,
    submit_key: str,
    now: datetime,
) -> None:
    """Ask a colleague in: beside the viewer, or to read as a supervisor. The same `submit_key` is once.

    Raises:
        NotFound, CareEnded, InvalidInput: as `transfer`.
    """
    with db.unit_of_work() as session:
        lock_client(session, client_id)
        if _done(session, viewer, submit_key):
            return
        client, colleague = _both(session, viewer, client_id, colleague_id, words)
        _begin(session, client.id, colleague.id, now, supervises=supervises)
        kind = SUPERVISOR if supervises else CO_THERAPIST
        _write(session, viewer, client, colleague, kind, words, submit_key, now)


@allowed(Permission.CARE_HAND_OVER)
def end_part(viewer: Viewer, client_id: str, therapist_id: str, submit_key: str, now: datetime) -> None:
    """End a colleague's part, or the viewer's own. The same `submit_key` again is once.

    Raises:
        NotFound: no such client of the viewer's, or nobody with a part in their care.
        LastTherapist: nobody would look after the client.
    """
    with db.unit_of_work() as session:
        lock_client(session, client_id)
        if _done(session, viewer, submit_key):
            return
        client = looked_after_by(session, viewer, client_id)
        person = session.scalars(select(Account).where(Account.public_id == therapist_id)).first()
        if person is None or not end_current_part(session, client.id, person.id, now):
            raise NotFound()
        if not therapists_of(session, client.id):
            raise LastTherapist()
        _write(session, viewer, client, person, ENDED, "", submit_key, now)


@allowed(Permission.CARE_HAND_OVER)
def see(viewer: Viewer, handover_id: str, now: datetime) -> None:
    """The viewer has looked at what was handed over to them. Twice is once.

    Raises:
        NotFound: no such handover to the viewer.
    """
    with db.unit_of_work() as session:
        given = session.scalars(
            select(Handover).where(Handover.public_id == handover_id, Handover.to_id == viewer.account_id)
        ).first()
        if given is None:
            raise NotFound()
        if given.seen_at is None:
            given.seen_at = now
            record(
                session,
                now,
                viewer.account_id,
                "handover.seen",
                client_id=given.client_id,
                object_id=given.public_id,
            )


def read_handovers(session: Session, viewer: Viewer) -> tuple[GivenHandover, ...]:
    """What colleagues handed over to the viewer and they have not looked at, the newest first, inside the
    caller's transaction. Only while they still have a part in the client's care."""
    part = select(CareAssignment.client_id).where(
        CareAssignment.therapist_id == viewer.account_id, CareAssignment.until_at.is_(None)
    )
    giver = Account.__table__.alias()
    rows = session.execute(
        select(Handover, Account.public_id, Account.name, giver.c.name)
        .join(Account, Account.id == Handover.client_id)
        .join(giver, giver.c.id == Handover.by_id)
        .where(
            Handover.to_id == viewer.account_id,
            Handover.by_id != viewer.account_id,
            Handover.seen_at.is_(None),
            Handover.kind != ENDED,
            Handover.client_id.in_(part),
        )
        .order_by(Handover.at.desc(), Handover.id.desc())
    )
    return tuple(
        GivenHandover(one.public_id, client_id, name, by, one.kind, one.words or "", one.at)
        for one, client_id, name, by in rows
    )


def _both(
    session: Session, viewer: Viewer, client_id: str, colleague_id: str, words: str
) -> tuple[Account, Account]:
    if len(words) > LONGEST_WORDS:
        raise InvalidInput({"words": f"That is too long. Use {LONGEST_WORDS:,} characters or fewer."})
    client = looked_after_by(session, viewer, client_id)
    require_in_care(session, client.id)
    colleague = session.scalars(
        select(Account).where(
            Account.public_id == colleague_id,
            Account.role == Role.THERAPIST.value,
            Account.disabled_at.is_(None),
            Account.id != viewer.account_id,
        )
    ).first()
    if colleague is None:
        raise NotFound()
    return client, colleague


def _done(session: Session, viewer: Viewer, submit_key: str) -> bool:
    done = select(Handover.id).where(Handover.submit_key == key_of(viewer, submit_key)[:43])
    return session.scalars(done).first() is not None


def _begin(session: Session, client_id: int, therapist_id: int, now: datetime, *, supervises: bool) -> None:
    """In place of the part they had, if they had another one."""
    current = session.scalars(
        select(CareAssignment).where(
            CareAssignment.client_id == client_id,
            CareAssignment.therapist_id == therapist_id,
            CareAssignment.until_at.is_(None),
        )
    ).first()
    if current is not None and current.supervises == supervises:
        return
    end_current_part(session, client_id, therapist_id, now)
    session.add(
        CareAssignment(client_id=client_id, therapist_id=therapist_id, supervises=supervises, since_at=now)
    )


def _write(
    session: Session,
    viewer: Viewer,
    client: Account,
    to: Account,
    kind: str,
    words: str,
    submit_key: str,
    now: datetime,
) -> None:
    given = Handover(
        client_id=client.id,
        by_id=viewer.account_id,
        to_id=to.id,
        kind=kind,
        submit_key=key_of(viewer, submit_key)[:43],
        at=now,
    )
    given.words = words.strip() or None
    session.add(given)
    if kind != ENDED:
        mail.write(session, to, mail.handed_over(session), now)
    record(session, now, viewer.account_id, _ACTIONS[kind], client_id=client.id, object_id=to.public_id)
