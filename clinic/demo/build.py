"""The demo clinic's rows, from its cast and their courses."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic.demo import courses
from clinic.demo.cast import (
    ADMINISTRATOR,
    AT_RISK,
    CLIENTS,
    CLINIC,
    HALF_FILLED,
    NEW_CLIENT,
    PASSWORD,
    THERAPISTS,
    Client,
    Course,
)
from clinic.intake.consent import publish_first_consent
from clinic.intake.form import VERSION
from clinic.measures.instrument import instrument
from clinic.measures.questionnaires import AT_INTAKE, DIFFICULTY
from clinic.measures.risk import triggered
from clinic.measures.scoring import score
from clinic.people.passwords import hash_password
from clinic.people.viewer import Role
from clinic.scheduling.slots import instant
from db.tables import (
    Account,
    Appointment,
    Availability,
    CareAssignment,
    Clinic,
    ConsentSignature,
    ConsentText,
    Intake,
    IntakeAnswer,
    MoodEntry,
    QuestionnaireResponse,
    RiskAlert,
    RiskEvent,
    SessionType,
)

_SEED = 20
_LENGTH = timedelta(minutes=50)
_NOTES = (
    "Slept badly, but went for a walk.",
    "Long day at work. Talked to my sister.",
    "Better than yesterday.",
    "Hard to get up. Did the breathing exercise.",
    "Met a friend for coffee.",
    "Worried about next week.",
)
_REASONS = (
    "I have felt low for some months and want to find out why.",
    "I worry about everything, mostly at night.",
    "After we moved I lost touch with people. I feel alone.",
    "Work has become too much. I can't switch off.",
)


def build(session: Session, now: datetime) -> None:
    """Add every row to the caller's transaction."""
    made = _Builder(session, now)
    made.clinic()
    made.staff()
    for client in CLIENTS:
        made.client(client)
    made.client(NEW_CLIENT)
    made.sessions()


class _Builder:
    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.random = Random(_SEED)  # noqa: S311 - the same clinic every time is the point
        self.began = now - timedelta(days=courses.DAYS)
        self.hashed = hash_password(PASSWORD)  # one for all: each costs a third of a second
        self.consent: ConsentText
        self.kind: SessionType
        self.therapists: list[Account] = []
        self.clients: dict[str, Account] = {}
        self.booked: list[tuple[int, int, datetime]] = []

    def clinic(self) -> None:
        self.session.add(Clinic(id=1, is_demo=True, created_at=self.began, **vars(CLINIC)))
        self.kind = SessionType(name="Video session", length_minutes=50)
        self.session.add(self.kind)
        self.consent = publish_first_consent(self.session, CLINIC.name, self.began)
        self.session.flush()

    def staff(self) -> None:
        self._account(Role.ADMINISTRATOR, *ADMINISTRATOR, CLINIC.zone)
        for person in THERAPISTS:
            account = self._account(Role.THERAPIST, person.name, person.email, person.zone)
            self.therapists.append(account)
            for weekday in range(5):
                self.session.add(
                    Availability(
                        therapist_id=account.id,
                        weekday=weekday,
                        start_minute=person.opens * 60,
                        end_minute=person.closes * 60,
                    )
                )

    def client(self, person: Client) -> None:
        account = self._account(Role.CLIENT, person.name, person.email, person.zone)
        self.clients[person.name] = account
        self.session.add(
            CareAssignment(
                client_id=account.id,
                therapist_id=self.therapists[person.therapist].id,
                since_at=self.began,
            )
        )
        if person is NEW_CLIENT:
            return
        signature = ConsentSignature(
            client_id=account.id,
            consent_text_id=self.consent.id,
            body_hash=self.consent.body_hash,
            signed_at=self.began,
        )
        signature.signed_name = person.name
        self.session.add(signature)
        self._intake(account, half=person is HALF_FILLED)
        if person is not HALF_FILLED:
            self._measures(account, person)
            self._moods(account, person)

    def _account(self, role: Role, name: str, email: str, zone: str) -> Account:
        account = Account(
            email=email,
            password_hash=self.hashed,
            role=role.value,
            name=name,
            zone=zone,
            created_at=self.began,
        )
        self.session.add(account)
        self.session.flush()  # ids in the order of the cast: "try as" takes the first of a role
        return account

    def _intake(self, account: Account, half: bool) -> None:
        random = self.random
        intake = Intake(
            client_id=account.id,
            form_version=VERSION,
            started_at=self.began,
            submitted_at=None if half else self.began + timedelta(minutes=12),
        )
        self.session.add(intake)
        self.session.flush()
        given = {
            "preferred_name": account.name.split()[0],
            "full_name": account.name,
            "born": f"{random.randint(1, 28)}/{random.randint(1, 12)}/{random.randint(1958, 2003)}",
        }
        if not half:
            given |= {
                "phone": f"07700 900{random.randint(100, 999)}",
                "voicemail": random.choice(("Yes", "No")),
                "usual_place": "At home",
                "emergency_name": f"Alex {account.name.split()[-1]}",
                "emergency_relation": random.choice(("Sister", "Partner", "Father", "Friend")),
                "emergency_phone": f"07700 900{random.randint(100, 999)}",
                "emergency_release": "Yes",
                "brings": random.choice(_REASONS),
                "before": random.choice(("No", "Yes, in the past")),
            }
        for name, value in given.items():
            answer = IntakeAnswer(intake_id=intake.id, field=name, answered_at=intake.started_at)
            answer.value = value
            self.session.add(answer)

    def _measures(self, account: Account, person: Client) -> None:
        for at, level in courses.forms(person.course, self.now, self.random):
            skipped = person.course is Course.SKIPPING and self.random.random() < 0.15
            risk = 1 if person.course is Course.WORSE and self.random.random() < 0.05 else 0
            for name in AT_INTAKE:
                self._form(account, person, name, at, level, skipped=skipped, risk=risk)
        if person is AT_RISK:
            at = self.now - timedelta(hours=3)
            self._form(account, person, "phq-9", at, 0.62, risk=1, seen=False)

    def _form(
        self,
        account: Account,
        person: Client,
        name: str,
        at: datetime,
        level: float,
        *,
        skipped: bool = False,
        risk: int = 0,
        seen: bool = True,
    ) -> None:
        measure = instrument(name)
        asks = any(item.risk for item in measure.items)
        given = courses.answers(measure, level, self.random, skipped=skipped, risk=risk if asks else 0)
        response = QuestionnaireResponse(
            client_id=account.id,
            instrument=name,
            instrument_version=measure.version,
            started_at=at,
            completed_at=at + timedelta(minutes=2),
            total=score(measure, given).total,
        )
        hard = courses.difficulty(measure, given)
        kept = given if hard is None else {**given, DIFFICULTY: hard}
        response.answers_json = json.dumps({str(item): value for item, value in kept.items()})
        self.session.add(response)
        for item, value in given.items():
            if triggered(measure, item, value):
                self.session.flush()
                self._alert(account, person, response, item, value, at, seen)

    def _alert(
        self,
        account: Account,
        person: Client,
        response: QuestionnaireResponse,
        item: int,
        value: int,
        at: datetime,
        seen: bool,
    ) -> None:
        alert = RiskAlert(
            client_id=account.id,
            response_id=response.id,
            instrument=response.instrument,
            item=item,
            raised_at=at,
        )
        alert.answer = str(value)
        therapist = self.therapists[person.therapist]
        if seen:
            alert.acknowledged_at, alert.acknowledged_by_id = at + timedelta(hours=5), therapist.id
        self.session.add(alert)
        self.session.flush()
        self.session.add(RiskEvent(alert_id=alert.id, at=at, kind="raised", actor_id=account.id))
        if seen:
            self.session.add(
                RiskEvent(
                    alert_id=alert.id, at=at + timedelta(hours=5), kind="acknowledged", actor_id=therapist.id
                )
            )

    def _moods(self, account: Account, person: Client) -> None:
        start, end = courses.ENDS[person.course]
        today = self.now.astimezone(ZoneInfo(person.zone)).date()
        keenness = self.random.uniform(0.4, 0.9)
        for back in range(courses.DAYS, 0, -1):
            away = person.course is Course.GAPS and 150 < back < 235
            if away or self.random.random() > keenness:
                continue
            level = start + (end - start) * (1 - back / courses.DAYS)
            entry = MoodEntry(
                client_id=account.id,
                day_on=today - timedelta(days=back),
                mood=courses.mood(level, self.random),
                entered_at=self.now - timedelta(days=back),
            )
            if self.random.random() < 0.1:
                entry.note = self.random.choice(_NOTES)
            self.session.add(entry)

    def sessions(self) -> None:
        """A slot a fortnight for each client, past and coming; one session now, and one later today."""
        first, half = CLIENTS[0], HALF_FILLED
        self._book(first, self.now - timedelta(minutes=5))
        later = self.now + timedelta(minutes=105 - self.now.minute % 15)
        self._book(half, later)
        for n, person in enumerate(CLIENTS):
            if person is half:
                continue
            number = n // len(THERAPISTS)  # of this therapist's clients
            therapist = THERAPISTS[person.therapist]
            minute = (therapist.opens + number // 5 * 2) * 60 + 60 * (n % 2)
            day = self.now.astimezone(ZoneInfo(therapist.zone)).date() - timedelta(days=courses.DAYS)
            day += timedelta(days=(number % 5 - day.weekday()) % 7)
            while day <= self.now.date() + timedelta(days=20):
                starts_at = instant(day, minute, therapist.zone)
                if starts_at is not None and self.random.random() < 0.9:
                    self._book(person, starts_at)
                day += timedelta(days=14)

    def _book(self, person: Client, starts_at: datetime) -> None:
        """Book unless either is taken then: what is asked first has its place."""
        client, therapist = self.clients[person.name], self.therapists[person.therapist]
        for client_id, therapist_id, other in self.booked:
            if abs(other - starts_at) < _LENGTH and (client_id == client.id or therapist_id == therapist.id):
                return
        self.booked.append((client.id, therapist.id, starts_at))
        gone = starts_at < self.now
        cancelled = gone and self.now - starts_at > _LENGTH and self.random.random() < 0.06
        self.session.add(
            Appointment(
                client_id=client.id,
                therapist_id=therapist.id,
                session_type_id=self.kind.id,
                starts_at=starts_at,
                ends_at=starts_at + _LENGTH,
                status="cancelled" if cancelled else "booked",
                submit_key=f"demo-{len(self.booked)}",
                booked_at=min(starts_at, self.now) - timedelta(days=7),
                cancelled_at=starts_at - timedelta(days=1) if cancelled else None,
            )
        )
