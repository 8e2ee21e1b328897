"""What a client does in a bad moment: says where they are, asks for help, says that they are safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.safety import cases, states
from clinic.safety.cases import HELP
from clinic.safety.contact import Contact, read_contact
from clinic.safety.places import SAID_HOLDS
from clinic.safety.policy import wait
from clinic.safety.states import Kind
from clinic.safety.trail import read_mails
from db.tables import Account, CrisisPlace, RiskAlert

ELSEWHERE = "elsewhere"  # what `say_place` takes for a place that the clinic's table does not have


@dataclass(frozen=True)
class OwnHelp:
    """How things stand for the client who asks.

    `told` are who was written to, `handed_over` to how many of them the mail is on its way, `failing`
    whether one could not be sent so far. `read_at`: since when somebody of the clinic has read it.
    """

    asked_at: datetime | None
    told: tuple[str, ...]
    handed_over: int
    failing: bool
    read_at: datetime | None


@allowed(Permission.HELP_ASK)
def own_place(viewer: Viewer, now: datetime) -> str | None:
    """The public id of the place the client is in, `ELSEWHERE`, or None: not said in the last hours."""
    with db.reading() as session:
        said = session.execute(
            select(Account.place_said_at, CrisisPlace.public_id)
            .outerjoin(CrisisPlace, CrisisPlace.id == Account.place_id)
            .where(Account.id == viewer.account_id)
        ).one()
    at, place = said
    if at is None or now - at > SAID_HOLDS:
        return None
    return place or ELSEWHERE


@allowed(Permission.HELP_ASK)
def say_place(viewer: Viewer, place_id: str, now: datetime) -> None:
    """The client is there now. Kept with the time, for them and for whoever answers an alert of theirs.

    Raises:
        NotFound: no such place, or nobody has tried its numbers.
    """
    with db.unit_of_work() as session:
        place = session.scalars(
            select(CrisisPlace).where(CrisisPlace.public_id == place_id, CrisisPlace.verified_on.is_not(None))
        ).first()
        if place is None and place_id != ELSEWHERE:
            raise NotFound()
        account = session.get_one(Account, viewer.account_id, with_for_update={"key_share": True})
        account.place_id, account.place_said_at = place.id if place else None, now
        record(session, now, viewer.account_id, "place.say", client_id=viewer.account_id)


@allowed(Permission.HELP_ASK)
def own_contact(viewer: Viewer) -> Contact:
    """One's own contact person, as one named them in the intake."""
    with db.reading() as session:
        return read_contact(session, session.get_one(Account, viewer.account_id))


@allowed(Permission.HELP_ASK)
def ask_for_help(viewer: Viewer, now: datetime) -> None:
    """ "I need help now": everyone who answers alerts, and the administrators, are told at once.

    It raises the client's newest open case anew, or begins one. Pressed twice in a moment is once.
    """
    with db.unit_of_work() as session:
        alert = _newest_open(session, viewer)
        if alert is None:
            alert = cases.without_form(session, viewer.account_id, HELP, now)
        step = states.asked_for_help(cases.case_of(alert), now, wait(session))
        if step is not None:
            cases.took(session, alert, step, viewer.account_id, now)


@allowed(Permission.HELP_ASK)
def say_safe(viewer: Viewer, now: datetime) -> None:
    """ "I am safe right now": it stands in the trail, and changes nothing else. Pressed twice is once.

    Raises:
        InvalidInput: there is nothing open to add it to.
    """
    with db.unit_of_work() as session:
        alert = _newest_open(session, viewer)
        if alert is None:
            raise InvalidInput({"safe": "There is nothing open to add this to. Help now is always there."})
        if not cases.pressed_twice(session, alert, viewer.account_id, Kind.SAYS_SAFE, "", now):
            step = states.Step(cases.case_of(alert), Kind.SAYS_SAFE)
            cases.took(session, alert, step, viewer.account_id, now)


@allowed(Permission.HELP_ASK)
def who_is_told(viewer: Viewer) -> list[str]:
    """The names of those who are told of one's risk answers, and see them."""
    with db.reading() as session:
        people = cases.whom_to_tell(session, viewer.account_id, Kind.RAISED)
        return [person.name for person in people if person.role == Role.THERAPIST.value]


@allowed(Permission.HELP_ASK)
def own_help(viewer: Viewer) -> OwnHelp:
    """What has come of asking for help: who was told, and whether the mails are on their way."""
    with db.reading() as session:
        alert = session.scalars(
            select(RiskAlert)
            .where(RiskAlert.client_id == viewer.account_id, RiskAlert.help_asked_at.is_not(None))
            .order_by(RiskAlert.help_asked_at.desc())
            .limit(1)
        ).first()
        if alert is None or alert.help_asked_at is None:
            return OwnHelp(None, (), 0, False, None)
        asked_at = alert.help_asked_at
        mails = [mail for mail in read_mails(session, alert.id) if mail.written_at >= asked_at]
        return OwnHelp(
            asked_at=asked_at,
            told=tuple(dict.fromkeys(mail.to for mail in mails)),
            handed_over=sum(mail.sent_at is not None for mail in mails),
            failing=any(mail.failing for mail in mails),
            read_at=alert.acknowledged_at,
        )


def _newest_open(session: Session, viewer: Viewer) -> RiskAlert | None:
    return session.scalars(
        select(RiskAlert)
        .where(RiskAlert.client_id == viewer.account_id, RiskAlert.resolved_at.is_(None))
        .order_by(RiskAlert.answered_at.desc(), RiskAlert.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).first()
