"""What kinds of session somebody can book, and with whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.errors import NotFound, SlotNotOffered
from clinic.people.care import therapists_of
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.slots import Length
from db.tables import Account, Appointment, SessionType, TherapistOffers

_ANYBODYS = frozenset({"anyone"})
_OWN_CLIENTS = _ANYBODYS | {"own_clients"}
_STAFFS = _OWN_CLIENTS | {"staff"}
_NOTHING = "Nothing can be booked here yet. Call the clinic to book."


@dataclass(frozen=True)
class Choice:
    """One kind of session, and the therapists with whom this person can book it."""

    kind: SessionType
    therapists: Sequence[Account]


def choose(
    session: Session, client_id: int | None, session_type_id: str | None, therapist_id: str | None = None
) -> Choice:
    """What a client, or somebody new (None), asks to book: errors as in `free_times`."""
    therapists, kinds = bookable(session, client_id)
    if therapist_id is not None:
        therapists = [t for t in therapists if t.public_id == therapist_id]
        if not therapists:
            raise NotFound()
    offered = kinds_of(therapists, kinds)
    if not offered:
        raise SlotNotOffered(_NOTHING)
    wanted = (k for k in offered if session_type_id is None or k.public_id == session_type_id)
    kind = next(wanted, None)
    if kind is None:
        raise NotFound()
    return Choice(kind, [t for t in therapists if kind in kinds[t.id]])


def choose_for(session: Session, appointment: Appointment) -> Choice:
    """Its own kind and therapist, for a client who moves it.

    Raises:
        SlotNotOffered: a kind that only staff arrange.
    """
    kind = session.get_one(SessionType, appointment.session_type_id)
    if kind.bookable_by not in _OWN_CLIENTS:
        raise SlotNotOffered("Your therapist arranges these sessions. Call the clinic to move it.")
    return Choice(kind, [session.get_one(Account, appointment.therapist_id)])


def kind_of_staff(session: Session, therapist_id: int, session_type_id: str) -> SessionType:
    """A kind of session that this therapist offers.

    Raises:
        NotFound: there is none.
    """
    for kind in _kinds_by_therapist(session, [therapist_id], _STAFFS)[therapist_id]:
        if kind.public_id == session_type_id:
            return kind
    raise NotFound()


def client_of(session: Session, viewer: Viewer, client_id: str) -> Account:
    """A client whom this therapist looks after now.

    Raises:
        NotFound: no such client, or not theirs.
    """
    client = session.scalars(
        select(Account).where(
            Account.public_id == client_id,
            Account.role == Role.CLIENT.value,
            Account.disabled_at.is_(None),
        )
    ).first()
    if client is None or all(t.id != viewer.account_id for t in therapists_of(session, client.id)):
        raise NotFound()
    return client


def length_of(kind: SessionType) -> Length:
    return Length(kind.length_minutes, kind.before_minutes, kind.after_minutes)


def length_kept(appointment: Appointment) -> Length:
    """How long this appointment is, and what is kept free around it, whatever its kind says by now."""
    minute = timedelta(minutes=1)
    return Length(
        (appointment.ends_at - appointment.starts_at) // minute,
        (appointment.starts_at - appointment.blocks_from) // minute,
        (appointment.blocks_until - appointment.ends_at) // minute,
    )


def bookable(session: Session, client_id: int | None) -> tuple[list[Account], dict[int, list[SessionType]]]:
    """The therapists a client, or somebody new, can book with, and what each of them offers."""
    own = therapists_of(session, client_id) if client_id is not None else []
    therapists = own or list(
        session.scalars(
            select(Account)
            .where(Account.role == Role.THERAPIST.value, Account.disabled_at.is_(None))
            .order_by(Account.name, Account.id)
        )
    )
    ids = [therapist.id for therapist in therapists]
    return therapists, _kinds_by_therapist(session, ids, _OWN_CLIENTS if own else _ANYBODYS)


def _kinds_by_therapist(
    session: Session, therapist_ids: Sequence[int], bookable_by: Collection[str]
) -> dict[int, list[SessionType]]:
    kinds = session.scalars(_KINDS, {"bookable_by": list(bookable_by)}).all()
    chosen: dict[int, set[int]] = {}
    for therapist_id, kind_id in session.execute(_CHOSEN, {"therapist_ids": list(therapist_ids)}):
        chosen.setdefault(therapist_id, set()).add(kind_id)
    # A therapist who has chosen none offers all.
    return {
        one: [kind for kind in kinds if one not in chosen or kind.id in chosen[one]] for one in therapist_ids
    }


def kinds_of(therapists: Sequence[Account], kinds: dict[int, list[SessionType]]) -> list[SessionType]:
    found = {kind.id: kind for therapist in therapists for kind in kinds[therapist.id]}
    return [found[kind_id] for kind_id in sorted(found)]


# Asked at every look at free times, so they are made once.
_KINDS = (
    select(SessionType)
    .where(
        SessionType.ended_at.is_(None),
        SessionType.bookable_by.in_(bindparam("bookable_by", expanding=True)),
    )
    .order_by(SessionType.id)
)
_CHOSEN = select(TherapistOffers.therapist_id, TherapistOffers.session_type_id).where(
    TherapistOffers.therapist_id.in_(bindparam("therapist_ids", expanding=True))
)
