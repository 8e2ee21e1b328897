"""People and what they need, made in one place. Rows are written directly, so a test can set any past.

Everything happens around NOW, a Monday morning, unless a test says otherwise.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO

from PIL import Image
from sqlalchemy import select

import db
from clinic.intake import consent, consent_texts, intake
from clinic.intake.consent_state import Consent
from clinic.intake.forms import publish_first_form
from clinic.people.details import ClinicDetails
from clinic.people.passwords import hash_password
from clinic.people.viewer import Role, Viewer
from clinic.records.check_in import Answers
from clinic.records.mood import Mood, check_in, check_in_day
from clinic.video import gate
from clinic.video.visits import Whereabouts
from db.tables import (
    Account,
    Appointment,
    Availability,
    BookingRules,
    CareAssignment,
    Clinic,
    ClinicRoom,
    ResponsePolicy,
    SessionType,
    SignIn,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ZONE = "Europe/Vienna"
PASSWORD = "several words work well"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DETAILS = ClinicDetails(
    name="Linden Practice",
    zone=ZONE,
    phone="+43 1 5550100",
    emergency_number="112",
    crisis_line_name="Crisis line",
    crisis_line_number="142",
    alert_response="Staff read alerts on weekdays from 9:00 to 17:00.",
)
_numbers = itertools.count(1)


def make_clinic(details: ClinicDetails = DETAILS, now: datetime = NOW) -> ClinicDetails:
    """The clinic, its 50-minute session and its first consents, as set-up leaves them."""
    with db.unit_of_work() as session:
        session.add(Clinic(id=1, is_demo=False, created_at=now, **vars(details)))
        session.add(SessionType(name="Video session", length_minutes=50))
        consent_texts.publish_first_consent(session, details.name, now)
        publish_first_form(session, now)
    return details


def make_policy(responder: Viewer | None = None, backup: Viewer | None = None, now: datetime = NOW) -> None:
    """The clinic names who looks at risk answers, so that measures with a risk item are asked."""
    first, second = responder or make_therapist(now=now), backup or make_therapist(now=now)
    with db.unit_of_work() as session:
        session.add(
            ResponsePolicy(
                id=1,
                responder_id=first.account_id,
                backup_id=second.account_id,
                hours="Weekdays, 9:00 to 17:00",
                escalate_after_minutes=60,
                decided_at=now,
                decided_by_id=first.account_id,
            )
        )


def make_account(
    role: Role,
    name: str | None = None,
    *,
    email: str | None = None,
    zone: str = ZONE,
    disabled: bool = False,
    second_factor: bool = True,
    now: datetime = NOW,
) -> str:
    """An account whose password is PASSWORD; staff have a second step with TOTP_SECRET. Its public id."""
    number = next(_numbers)
    account = Account(
        email=email or f"{role.value}-{number}@example.org",
        password_hash=_hash(PASSWORD),
        role=role.value,
        name=name or f"{role.value.title()} {number}",
        zone=zone,
        created_at=now,
        disabled_at=now if disabled else None,
    )
    if role is not Role.CLIENT and second_factor:
        account.totp_secret, account.totp_since_at = TOTP_SECRET, now
    with db.unit_of_work() as session:
        session.add(account)
    return account.public_id


def make_viewer(
    role: Role, name: str | None = None, *, email: str | None = None, zone: str = ZONE, now: datetime = NOW
) -> Viewer:
    """A signed-in person with an account of their own."""
    public_id = make_account(role, name, email=email, zone=zone, now=now)
    with db.unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.public_id == public_id)).one()
        sign_in = SignIn(
            account_id=account.id,
            token_hash=f"{next(_numbers):064d}",
            user_agent="test",
            started_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
        session.add(sign_in)
        session.flush()
        # The password was given a moment ago.
        return Viewer(
            account.id,
            public_id,
            role,
            account.name,
            account.zone,
            sign_in.id,
            password_at=now,
            asked_at=now,
        )


def cookie_of(viewer: Viewer, now: datetime) -> str:
    """The session cookie of a new sign-in that began at `now`, without the third of a second of bcrypt."""
    token = secrets.token_urlsafe(32)
    with db.unit_of_work() as session:
        session.add(
            SignIn(
                account_id=viewer.account_id,
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                user_agent="test",
                started_at=now,
                seen_at=now,
                password_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )
    return token


def make_administrator(name: str | None = None, now: datetime = NOW) -> Viewer:
    return make_viewer(Role.ADMINISTRATOR, name, now=now)


def make_therapist(
    name: str | None = None, *, email: str | None = None, zone: str = ZONE, now: datetime = NOW
) -> Viewer:
    """A therapist with weekday hours 9:00-17:00 in their own zone."""
    viewer = make_viewer(Role.THERAPIST, name, email=email, zone=zone, now=now)
    with db.unit_of_work() as session:
        for weekday in range(5):
            session.add(
                Availability(
                    therapist_id=viewer.account_id, weekday=weekday, start_minute=9 * 60, end_minute=17 * 60
                )
            )
    return viewer


def make_client(
    name: str | None = None,
    *,
    email: str | None = None,
    therapist: Viewer | None = None,
    zone: str = ZONE,
    consented: bool = True,
    born: str = "5/6/1991",
    now: datetime = NOW,
) -> Viewer:
    """A client, in the care of `therapist` if one is given; needs the clinic when `consented`.

    `consented`: their date of birth is kept, and all that is required is agreed to.
    """
    viewer = make_viewer(Role.CLIENT, name, email=email, zone=zone, now=now)
    if therapist is not None:
        assign(viewer, therapist, now)
    if consented:
        consent.keep_born(viewer, born, now)
        sign_required(viewer, now)
    return viewer


def seen(one: Consent) -> consent.Shown:
    """As a screen that shows this text says it."""
    return consent.Shown(one.version, one.body_hash)


def sign_required(client: Viewer, now: datetime = NOW) -> None:
    """Agree to every consent that is required and not agreed to yet."""
    for missing in consent.own_consents(client, now).missing:
        consent.sign(client, missing.code, seen(missing), consent.Typed(True, client.name), now)


def assign(client: Viewer, therapist: Viewer, now: datetime = NOW) -> None:
    """Put the client in the therapist's care."""
    with db.unit_of_work() as session:
        session.add(
            CareAssignment(client_id=client.account_id, therapist_id=therapist.account_id, since_at=now)
        )


def make_appointment(
    client: Viewer,
    therapist: Viewer,
    starts_at: datetime,
    *,
    minutes: int = 50,
    cancelled: bool = False,
    now: datetime = NOW,
) -> str:
    """A booked appointment at any time, past or out of hours too. Returns its public id."""
    with db.unit_of_work() as session:
        appointment = Appointment(
            client_id=client.account_id,
            therapist_id=therapist.account_id,
            session_type_id=session.scalars(select(SessionType.id).order_by(SessionType.id)).first(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            status="cancelled" if cancelled else "booked",
            submit_key=f"factory-{next(_numbers)}",
            booked_at=now,
            cancelled_at=now if cancelled else None,
        )
        session.add(appointment)
    return appointment.public_id


AT_HOME = Whereabouts("At home, 5 Elm Road", "020 7946 0100", "Lena Rivera (sister), 020 7946 0101", True)


def say_where(client: Viewer, room: str, now: datetime = NOW) -> None:
    """The client confirms where they are for this session, so that they may be let in."""
    gate.confirm(client, room, AT_HOME, now)


def keep_intake(
    viewer: Viewer, answers: Mapping[str, str], now: datetime = NOW, client_id: str | None = None
) -> None:
    """Keep these answers as a screen does that has just seen what is there."""
    kept = intake.draft(viewer, now, client_id).kept
    seen = {name: kept[name].revision if name in kept else 0 for name in answers}
    intake.keep_answers(
        viewer, {name: (value, seen[name]) for name, value in answers.items()}, now, client_id
    )


def log_mood(client: Viewer, mood: int | None, note: str, now: datetime) -> Mood:
    """A check-in of today with a mood and a note."""
    return check_in(client, Answers(mood=mood, note=note), now)


def mood_today(client: Viewer, now: datetime) -> Mood | None:
    """What the client has checked in today, if anything."""
    return check_in_day(client, now).kept


def picture(kind: str, size: tuple[int, int] = (900, 600), exif: bool = False, mode: str = "RGB") -> bytes:
    """A picture file. With `exif` it names a camera and lies on its side."""
    made, out = Image.new(mode, size), BytesIO()
    tags = Image.Exif()
    if exif:
        tags[0x010F] = "Secret camera of Dana"
        tags[0x0112] = 6  # lies on its side
    made.save(out, kind, exif=tags)
    return out.getvalue()


def make_kind(
    name: str = "Another session",
    *,
    minutes: int = 50,
    before: int = 0,
    after: int = 0,
    modality: str = "video",
    bookable_by: str = "anyone",
) -> str:
    """One more kind of session that can be booked. Returns its public id."""
    kind = SessionType(
        name=name,
        length_minutes=minutes,
        before_minutes=before,
        after_minutes=after,
        modality=modality,
        bookable_by=bookable_by,
    )
    with db.unit_of_work() as session:
        session.add(kind)
    return kind.public_id


def first_kind() -> str:
    """The public id of the kind that the clinic began with."""
    with db.reading() as session:
        return session.scalars(select(SessionType.public_id).order_by(SessionType.id)).all()[0]


def make_room(name: str) -> str:
    """A room for sessions in person. Returns its public id."""
    room = ClinicRoom(name=name)
    with db.unit_of_work() as session:
        session.add(room)
    return room.public_id


def set_rules(
    *,
    notice_minutes: int = 60,
    horizon_days: int = 28,
    daily_limit: int | None = None,
    change_until_minutes: int = 1440,
) -> None:
    """The clinic's rules for booking, instead of those that hold until it has its own."""
    rules = BookingRules(
        id=1,
        notice_minutes=notice_minutes,
        horizon_days=horizon_days,
        daily_limit=daily_limit,
        change_until_minutes=change_until_minutes,
        reminder_minutes="",
        offer_minutes=120,
        first_contact=False,
    )
    with db.unit_of_work() as session:
        session.merge(rules)


@lru_cache
def _hash(password: str) -> str:
    # A third of a second each; the pepper is the same in every test (tests/databases.py).
    return hash_password(password)
