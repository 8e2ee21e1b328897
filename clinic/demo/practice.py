"""The demo clinic's catalog and its therapists' profiles: what can be booked, with whom, and when not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic.scheduling.time_off import whole_days
from db.tables import Account, ClinicRoom, HoursException, SessionType, TherapistProfile


@dataclass(frozen=True)
class Page:
    """What a therapist says of themselves."""

    about: str
    helps_with: tuple[str, ...]
    approaches: tuple[str, ...]
    languages: tuple[str, ...]
    sees: tuple[str, ...]
    licensed_in: tuple[str, ...]
    fee: str


# In the order of the cast's THERAPISTS.
PAGES = (
    Page(
        about="I listen first. Then we find small steps that fit your week, and look at what they change.",
        helps_with=("Worry", "Low mood", "Sleep"),
        approaches=("Cognitive behavioural therapy",),
        languages=("English", "Polish"),
        sees=("Adults",),
        licensed_in=("England", "Scotland"),
        fee="£60 a session. From £25 if you earn less: ask me.",
    ),
    Page(
        about="I have worked with grief and with families for twenty years. You set the pace.",
        helps_with=("Grief", "Low mood", "Relationships"),
        approaches=("Person-centred therapy", "Couples therapy"),
        languages=("English", "Swedish"),
        sees=("Adults", "Couples"),
        licensed_in=("England",),
        fee="£70 a session, £45 for students.",
    ),
    Page(
        about="Panic and worry can be understood. We practise together what helps, in sessions and between.",
        helps_with=("Worry", "Panic", "Trauma"),
        approaches=("Cognitive behavioural therapy", "EMDR"),
        languages=("English", "Spanish"),
        sees=("Adults", "Young people from 16"),
        licensed_in=("New York", "New Jersey"),
        fee="$90 a session, on a sliding scale from $40.",
    ),
)


def add_catalog(session: Session) -> SessionType:
    """The kinds of session and a room. Returns the one that everybody in the demo has had so far."""
    usual = SessionType(name="Video session", length_minutes=50)
    session.add(usual)
    session.flush()  # the first made is the first offered
    session.add(SessionType(name="First talk by phone", length_minutes=25, after_minutes=5, modality="phone"))
    session.add(
        SessionType(
            name="Session in person",
            length_minutes=50,
            after_minutes=10,
            modality="in_person",
            bookable_by="own_clients",
        )
    )
    session.add(ClinicRoom(name="Green room"))
    return usual


def add_closure(session: Session, zone: str, now: datetime) -> None:
    """The clinic is closed at the end of the year."""
    year = now.astimezone(ZoneInfo(zone)).year
    days = whole_days(date(year, 12, 25), date(year, 12, 26), zone)
    closed = HoursException(kind="off", starts_at=days.starts_at, ends_at=days.ends_at)
    closed.note = "Christmas"
    session.add(closed)


def add_page(session: Session, therapist: Account, page: Page) -> None:
    session.add(
        TherapistProfile(
            therapist_id=therapist.id,
            listed=True,
            about=page.about,
            fee=page.fee,
            **{
                name: "\n".join(getattr(page, name))
                for name in ("helps_with", "approaches", "languages", "sees", "licensed_in")
            },
        )
    )


def add_time_off(session: Session, therapist: Account, now: datetime) -> None:
    """A Friday off in the week after next."""
    today = now.astimezone(ZoneInfo(therapist.zone)).date()
    friday = today - timedelta(days=today.weekday()) + timedelta(days=18)
    day = whole_days(friday, friday, therapist.zone)
    off = HoursException(therapist_id=therapist.id, kind="off", starts_at=day.starts_at, ends_at=day.ends_at)
    off.note = "Training"
    session.add(off)
