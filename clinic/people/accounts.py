"""Everyone's accounts, as the administrator keeps them: who is here, with which role, in whose care."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, LastAdministrator, NotFound
from clinic.oversight.audit import record
from clinic.people import second_factor
from clinic.people.care import end_current_part
from clinic.people.passwords import problem_with_password
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.sign_in import end_sign_ins, normal_email
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Availability, CareAssignment

# One @, no spaces, a dot in the host. More would refuse addresses that work.
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class Person:
    """A row of the administrator's list. No clinical content. `invited`: no password chosen yet."""

    public_id: str
    name: str
    email: str
    role: Role
    zone: str
    disabled: bool
    invited: bool
    second_factor: bool


@dataclass(frozen=True)
class Care:
    """Who looks after a client now; `supervises`: reads the record, has no sessions with them."""

    client_id: str
    client_name: str
    therapist_id: str
    therapist_name: str
    supervises: bool


@allowed(Permission.CLINIC_MANAGE)
def people(viewer: Viewer) -> list[Person]:
    """Everyone with an account, staff first, then by name; nobody who was erased."""
    with db.reading() as session:
        here = select(Account).where(Account.erased_at.is_(None))
        accounts = session.scalars(here.order_by(Account.name, Account.id)).all()
    listed = [
        Person(
            a.public_id,
            a.name,
            a.email,
            Role(a.role),
            a.zone,
            disabled=a.disabled_at is not None,
            invited=not a.password_hash,
            second_factor=a.totp_since_at is not None,
        )
        for a in accounts
    ]
    return sorted(listed, key=lambda person: person.role is Role.CLIENT)


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def disable(viewer: Viewer, person_id: str, now: datetime) -> None:
    """Close an account: every sign-in of theirs ends at once. What they wrote stays. Twice is once.

    Raises:
        NotFound: no such person.
        LastAdministrator: nobody could manage the clinic afterwards.
    """
    with db.unit_of_work() as session:
        account = _person(session, person_id)
        if account.disabled_at is None:
            _keep_an_administrator(session, account)
            account.disabled_at = now
            end_sign_ins(session, account.id, now)
            record(session, now, viewer.account_id, "account.disable", object_id=person_id)


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def enable(viewer: Viewer, person_id: str, now: datetime) -> None:
    """Open a closed account again, with the password it had."""
    with db.unit_of_work() as session:
        account = _person(session, person_id)
        if account.disabled_at is not None:
            account.disabled_at = None
            end_sign_ins(session, account.id, now)  # one that began while it was being closed, too
            record(session, now, viewer.account_id, "account.enable", object_id=person_id)


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def change_role(viewer: Viewer, person_id: str, role: Role, now: datetime) -> None:
    """Make a therapist an administrator, or the other way round. A client stays a client.

    Raises:
        NotFound: no such colleague.
        LastAdministrator: as `disable`.
    """
    with db.unit_of_work() as session:
        account = _person(session, person_id)
        if Role.CLIENT in (Role(account.role), role):
            raise NotFound()
        if account.role != role.value:
            _keep_an_administrator(session, account)
            account.role = role.value
            if role is Role.THERAPIST:
                _weekday_hours(session, account)
            end_sign_ins(session, account.id, now)
            record(session, now, viewer.account_id, "account.role", object_id=person_id)


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def reset_second_factor(viewer: Viewer, person_id: str, now: datetime) -> None:
    """For somebody who lost their telephone and their codes. Staff are asked to set it up again."""
    with db.unit_of_work() as session:
        account = _person(session, person_id)
        second_factor.remove(session, account)
        end_sign_ins(session, account.id, now)
        record(session, now, viewer.account_id, "second-factor.reset", object_id=person_id)


@allowed(Permission.CLINIC_MANAGE)
def care(viewer: Viewer) -> list[Care]:
    """Who looks after whom now, by client."""
    client, therapist = Account.__table__.alias(), Account.__table__.alias()
    with db.reading() as session:
        rows = session.execute(
            select(
                client.c.public_id,
                client.c.name,
                therapist.c.public_id,
                therapist.c.name,
                CareAssignment.supervises,
            )
            .join(client, client.c.id == CareAssignment.client_id)
            .join(therapist, therapist.c.id == CareAssignment.therapist_id)
            .where(CareAssignment.until_at.is_(None))
            .order_by(client.c.name, CareAssignment.supervises, therapist.c.name)
        ).all()
    return [Care(*row) for row in rows]


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def assign(viewer: Viewer, client_id: str, therapist_id: str, supervises: bool, now: datetime) -> None:
    """Put a client into a therapist's care, or name the therapist as their supervisor. Twice is once.

    Raises:
        NotFound: no such client or therapist.
    """
    with db.unit_of_work() as session:
        client, therapist = _person(session, client_id), _person(session, therapist_id)
        if (client.role, therapist.role) != (Role.CLIENT.value, Role.THERAPIST.value):
            raise NotFound()
        end_current_part(session, client.id, therapist.id, now)
        session.add(
            CareAssignment(
                client_id=client.id, therapist_id=therapist.id, supervises=supervises, since_at=now
            )
        )
        action = "care.supervise" if supervises else "care.assign"
        record(session, now, viewer.account_id, action, client_id=client.id, object_id=therapist_id)


@allowed(Permission.CLINIC_MANAGE, sensitive=True)
def end_care(viewer: Viewer, client_id: str, therapist_id: str, now: datetime) -> None:
    """The therapist no longer looks after the client, and no longer opens their record."""
    with db.unit_of_work() as session:
        client, therapist = _person(session, client_id), _person(session, therapist_id)
        end_current_part(session, client.id, therapist.id, now)
        record(session, now, viewer.account_id, "care.end", client_id=client.id, object_id=therapist_id)


def new_account(
    session: Session,
    role: Role,
    name: str,
    email: str,
    zone: str,
    now: datetime,
    problems: dict[str, str],
    *,
    therapist_id: str | None,
) -> Account:
    """An account without a password, inside the caller's transaction.

    A client is put into the care of the therapist named; a therapist starts with weekday hours.

    Raises:
        InvalidInput: `problems` and what the database knows besides.
    """
    taken = select(Account.id).where(Account.email == normal_email(email))
    if "email" not in problems and session.scalars(taken).first():
        problems["email"] = "Somebody already has an account with this email."
    therapist = session.scalars(
        select(Account).where(
            Account.public_id == (therapist_id or ""),
            Account.role == Role.THERAPIST.value,
            Account.disabled_at.is_(None),
        )
    ).first()
    if role is Role.CLIENT and therapist is None:
        problems["therapist"] = "Choose a therapist."
    if problems:
        raise InvalidInput(problems)
    account = Account(
        email=normal_email(email),
        password_hash="",
        role=role.value,
        name=name.strip(),
        zone=zone,
        created_at=now,
    )
    session.add(account)
    session.flush()
    if role is Role.CLIENT and therapist is not None:
        session.add(CareAssignment(client_id=account.id, therapist_id=therapist.id, since_at=now))
    if role is Role.THERAPIST:
        _weekday_hours(session, account)
    return account


def problems_with_person(name: str, email: str) -> dict[str, str]:
    """Field name to sentence, for what a person's account cannot have."""
    problems: dict[str, str] = {}
    if said := problem_with_name(name):
        problems["person"] = said
    if not _EMAIL.fullmatch(email.strip()) or len(email) > 254:
        problems["email"] = "Enter an email address in the format name@example.com."
    return problems


def problem_with_name(name: str) -> str | None:
    if not name.strip():
        return "Enter a name."
    if len(name) > 100:
        return "The name is too long. Use 100 characters or fewer."
    if not all(letter.isprintable() for letter in name.strip().replace("\u200d", "")):
        return "The name has signs in it that cannot be shown. Type it again."
    return None


def problems_with_account(name: str, email: str, password: str) -> dict[str, str]:
    """As `problems_with_person`, and the password."""
    problems = problems_with_person(name, email)
    if said := problem_with_password(password, email, name):
        problems["password"] = said
    return problems


def _person(session: Session, person_id: str) -> Account:
    found = session.scalars(
        select(Account)
        .where(Account.public_id == person_id, Account.erased_at.is_(None))
        .with_for_update(key_share=True)
    ).first()
    if found is None:
        raise NotFound()
    return found


def _keep_an_administrator(session: Session, losing: Account) -> None:
    """Rows are locked in one order: of two administrators who disable each other, one is refused."""
    if losing.role != Role.ADMINISTRATOR.value or losing.disabled_at is not None:
        return
    in_charge = session.scalars(
        select(Account.id)
        .where(
            Account.role == Role.ADMINISTRATOR.value,
            Account.disabled_at.is_(None),
            Account.password_hash != "",
        )
        .order_by(Account.id)
        .with_for_update(key_share=True)
    ).all()
    if set(in_charge) <= {losing.id}:
        raise LastAdministrator()


def _weekday_hours(session: Session, therapist: Account) -> None:
    """9:00 to 17:00 on weekdays in their own zone, where they have no hours yet."""
    if session.scalars(select(Availability.id).where(Availability.therapist_id == therapist.id)).first():
        return
    session.add_all(
        Availability(therapist_id=therapist.id, weekday=weekday, start_minute=9 * 60, end_minute=17 * 60)
        for weekday in range(5)
    )
