"""One's own account: how one is called, the password, the devices that are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select, update

import db
from clinic.errors import InvalidInput, WrongPassword
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.accounts import problem_with_name
from clinic.people.passwords import hash_password, problem_with_password
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.sign_in import end_sign_ins, password_again
from clinic.people.viewer import Viewer
from db.tables import Account, SignIn

_LONGEST_PRONOUNS = 40


@dataclass(frozen=True)
class Profile:
    """What a person says of themselves. `name` is shown everywhere; `legal_name` only on documents."""

    name: str
    legal_name: str
    pronouns: str
    zone: str
    mail_on_sign_in: bool


@dataclass(frozen=True)
class OwnAccount:
    email: str
    profile: Profile
    second_factor: bool


@dataclass(frozen=True)
class Device:
    """One browser that is signed in. `id` never leaves the server."""

    id: int
    browser: str
    address: str
    since_at: datetime
    seen_at: datetime
    this_one: bool


@allowed(Permission.ACCOUNT_OWN)
def own_account(viewer: Viewer) -> OwnAccount:
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.id == viewer.account_id)).one()
        profile = Profile(
            account.name,
            account.legal_name or "",
            account.pronouns,
            account.zone,
            account.mail_on_sign_in,
        )
        return OwnAccount(account.email, profile, account.totp_since_at is not None)


@allowed(Permission.ACCOUNT_OWN)
def change_profile(viewer: Viewer, profile: Profile, now: datetime) -> None:
    """Raises InvalidInput: a field to put right; nothing was changed."""
    problems = {}
    if said := problem_with_name(profile.name):
        problems["name"] = said
    if profile.legal_name.strip() and (said := problem_with_name(profile.legal_name)):
        problems["legal_name"] = said
    if len(profile.pronouns) > _LONGEST_PRONOUNS:
        problems["pronouns"] = f"Use {_LONGEST_PRONOUNS} characters or fewer."
    if profile.zone not in available_timezones():
        problems["zone"] = "Choose a time zone from the list."
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.id == viewer.account_id)).one()
        account.name, account.pronouns = profile.name.strip(), profile.pronouns.strip()
        account.legal_name = profile.legal_name.strip() or None
        account.zone, account.mail_on_sign_in = profile.zone, profile.mail_on_sign_in
        record(session, now, viewer.account_id, "account.change", object_id=viewer.public_id)


@allowed(Permission.ACCOUNT_OWN)
def change_password(viewer: Viewer, current: str, new: str, now: datetime, *, address: str = "") -> None:
    """A new password; every other device is signed out.

    Raises:
        InvalidInput: the current one is wrong, or the new one cannot be chosen.
        TooManyGuesses: the current one was not looked at.
    """
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.id == viewer.account_id)).one()
    if said := problem_with_password(new, account.email, account.name):
        raise InvalidInput({"new": said})
    try:
        password_again(viewer, current, now, address=address)
    except WrongPassword as error:
        raise InvalidInput({"current": error.sentence}) from error
    hashed = hash_password(new)
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == viewer.account_id).values(password_hash=hashed))
        end_sign_ins(session, viewer.account_id, now, but=viewer.session_id)
        mail.write(session, account, mail.password_changed(session), now)
        record(session, now, viewer.account_id, "password.change", object_id=viewer.public_id)


@allowed(Permission.ACCOUNT_OWN)
def devices(viewer: Viewer, now: datetime) -> list[Device]:
    """Where one is signed in, this browser first, then the latest."""
    with db.reading() as session:
        rows = session.scalars(
            select(SignIn)
            .where(SignIn.account_id == viewer.account_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
            .order_by(SignIn.seen_at.desc())
        ).all()
    listed = [
        Device(
            r.id, browser_words(r.user_agent), r.remote, r.started_at, r.seen_at, r.id == viewer.session_id
        )
        for r in rows
    ]
    return sorted(listed, key=lambda device: not device.this_one)


@allowed(Permission.ACCOUNT_OWN)
def end_device(viewer: Viewer, device: Device, now: datetime) -> None:
    """Sign one of one's own devices out. Another person's is not found and stays."""
    with db.unit_of_work() as session:
        ended = session.scalars(
            update(SignIn)
            .where(SignIn.id == device.id, SignIn.account_id == viewer.account_id, SignIn.ended_at.is_(None))
            .values(ended_at=now)
            .returning(SignIn.id)
        ).first()
        if ended is not None:
            record(session, now, viewer.account_id, "sign-out.device", object_id=viewer.public_id)


@allowed(Permission.ACCOUNT_OWN)
def end_other_devices(viewer: Viewer, now: datetime) -> None:
    """Sign out everywhere but here."""
    with db.unit_of_work() as session:
        end_sign_ins(session, viewer.account_id, now, but=viewer.session_id)
        record(session, now, viewer.account_id, "sign-out.others", object_id=viewer.public_id)


def browser_words(user_agent: str) -> str:
    """A browser and a system in words a person knows; the rest of a user agent says nothing to them."""
    browsers = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
        ("Mac OS", "Mac"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((word for sign, word in browsers if sign in user_agent), "A browser")
    system = next((word for sign, word in systems if sign in user_agent), "")
    return f"{browser} on {system}" if system else browser
