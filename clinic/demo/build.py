"""The demo clinic's rows, from its cast and their courses."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.demo import (
    calls,
    care,
    charts,
    courses,
    kept,
    messages,
    notes,
    papers,
    practice,
    tasks,
    wellbeing,
)
from clinic.demo.cast import (
    ADMINISTRATOR,
    AT_RISK,
    CLIENTS,
    CLINIC,
    DISCHARGED,
    HALF_FILLED,
    NEW_CLIENT,
    PASSWORD,
    THERAPISTS,
    Client,
    Course,
)
from clinic.intake.consent_state import text_in_force
from clinic.intake.consent_text import FAMILY_DOCTOR
from clinic.intake.consent_texts import publish_first_consent
from clinic.intake.forms import publish_first_form
from clinic.measures.asking import EVERYONE
from clinic.measures.instrument import DIFFICULTY, instrument
from clinic.measures.risk import triggered
from clinic.measures.scoring import score
from clinic.people.passwords import hash_password
from clinic.people.viewer import Role
from clinic.safety.places import publish_first_places
from clinic.scheduling.wall_clock import instant
from db.tables import (
    Account,
    Appointment,
    Availability,
    CareAssignment,
    Clinic,
    ConsentSignature,
    ConsentText,
    CrisisPlace,
    Intake,
    IntakeAnswer,
    IntakeForm,
    QuestionnaireResponse,
    ResponsePolicy,
    RiskAlert,
    RiskEvent,
    SessionType,
)

_SEED = 20
_LENGTH = timedelta(minutes=50)
_REASONS = (
    "I have felt low for some months and want to find out why.",
    "I worry about everything, mostly at night.",
    "After we moved I lost touch with people. I feel alone.",
    "Work has become too much. I can't switch off.",
)

_HOPES = (
    "To sleep through the night again.",
    "To have the energy to see my friends.",
    "To worry less about things that have not happened.",
)


def build(session: Session, now: datetime) -> None:
    """Add every row to the caller's transaction."""
    made = _Builder(session, now)
    made.clinic()
    made.staff()
    for client in CLIENTS:
        made.client(client)
    made.client(NEW_CLIENT)
    made.former()
    made.sessions()
    notes.add_notes(session, now)
    charts.add_reviews(session, made.clients.values(), now)
    dana, per, *_ = made.therapists
    care.add_care(session, made.clients[CLIENTS[0].name], per, made.clients[DISCHARGED.name], per, dana, now)


class _Builder:
    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.random = Random(_SEED)  # noqa: S311 - the same clinic every time is the point
        self.began = now - timedelta(days=courses.DAYS)
        self.hashed = hash_password(PASSWORD)  # one for all: each costs a third of a second
        self.consent: ConsentText
        self.letters: ConsentText
        self.form: IntakeForm
        self.kind: SessionType
        self.administrator: Account
        self.therapists: list[Account] = []
        self.clients: dict[str, Account] = {}
        self.booked: list[tuple[int, int, datetime]] = []
        self.visits = calls.Visits(session, now)

    def clinic(self) -> None:
        self.session.add(Clinic(id=1, is_demo=True, created_at=self.began, **vars(CLINIC)))
        self.kind = practice.add_catalog(self.session)
        practice.add_closure(self.session, CLINIC.zone, self.now)
        self.consent = publish_first_consent(self.session, CLINIC.name, self.began)
        self.session.flush()
        self.letters = text_in_force(self.session, FAMILY_DOCTOR)
        self.form = publish_first_form(self.session, self.began)
        publish_first_places(self.session, CLINIC)
        self.session.flush()
        for place in self.session.scalars(select(CrisisPlace).where(CrisisPlace.emergency_number != "")):
            place.verified_on = self.now.date()

    def staff(self) -> None:
        administrator = self._account(Role.ADMINISTRATOR, *ADMINISTRATOR, CLINIC.zone)
        self.administrator = administrator
        for person in THERAPISTS:
            account = self._account(Role.THERAPIST, person.name, person.email, person.zone)
            self.therapists.append(account)
            practice.add_page(self.session, account, practice.PAGES[len(self.therapists) - 1])
            practice.add_time_off(self.session, account, self.now)
            for weekday in range(5):
                self.session.add(
                    Availability(
                        therapist_id=account.id,
                        weekday=weekday,
                        start_minute=person.opens * 60,
                        end_minute=person.closes * 60,
                    )
                )
        responder, backup = self.therapists[:2]
        self.session.add(
            ResponsePolicy(
                id=1,
                responder_id=responder.id,
                backup_id=backup.id,
                hours="Monday to Friday, 9:00 to 17:00",
                escalate_after_minutes=60,
                decided_at=self.began,
                decided_by_id=administrator.id,
            )
        )

    def former(self) -> None:
        """Whose care ended before anybody else's here began."""
        for name, years, held in kept.FORMER:
            account = self._account(Role.CLIENT, name, f"{name.split()[0].lower()}@example.org", CLINIC.zone)
            account.born = "4/5/1961"
            self._sign(account, self.consent, agreed=True)
            kept.add_record(
                self.session,
                account,
                self.therapists[1],
                self.administrator,
                self.kind,
                years,
                held,
                self.now,
            )

    def client(self, person: Client) -> None:
        random = self.random
        born = f"{random.randint(1, 28)}/{random.randint(1, 12)}/{random.randint(1958, 2003)}"
        account = self._account(
            Role.CLIENT, person.name, person.email, person.zone, None if person is NEW_CLIENT else born
        )
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
        self._sign(account, self.consent, agreed=True)
        self._sign(account, self.letters, agreed=self.random.random() < 0.6)
        self._intake(account, half=person is HALF_FILLED)
        if person is not HALF_FILLED:
            self._measures(account, person)
            wellbeing.add_days(self.session, account, person, self.now, self.random)
            # One client in six does not see the charts of their measures.
            if person.course is not Course.UNCHANGED:
                wellbeing.share(self.session, account, self.therapists[person.therapist], self.began)
            charts.add_marks(
                self.session, account, self.therapists[person.therapist], person.course, self.now
            )
            therapist = self.therapists[person.therapist]
            messages.add_talk(self.session, account, therapist, len(self.clients) - 1, self.now)
            papers.add_papers(self.session, account, therapist, len(self.clients) - 1, self.now)
            tasks.add_tasks(self.session, account, therapist, len(self.clients) - 1, self.now)

    def _sign(self, account: Account, text: ConsentText, agreed: bool) -> None:
        signature = ConsentSignature(
            client_id=account.id,
            consent_text_id=text.id,
            body_hash=text.body_hash,
            decision="agreed" if agreed else "declined",
            signed_at=self.began,
        )
        signature.signed_name = account.name if agreed else ""
        self.session.add(signature)

    def _account(self, role: Role, name: str, email: str, zone: str, born: str | None = None) -> Account:
        account = Account(
            email=email,
            password_hash=self.hashed,
            role=role.value,
            name=name,
            zone=zone,
            created_at=self.began,
        )
        account.born = born
        self.session.add(account)
        self.session.flush()  # ids in the order of the cast: "try as" takes the first of a role
        return account

    def _intake(self, account: Account, half: bool) -> None:
        random = self.random
        intake = Intake(
            client_id=account.id,
            form_id=self.form.id,
            started_at=self.began,
            submitted_at=None if half else self.began + timedelta(minutes=12),
            submitted_by_id=None if half else account.id,
        )
        self.session.add(intake)
        self.session.flush()
        account.born = f"{random.randint(1, 28)}/{random.randint(1, 12)}/{random.randint(1958, 2003)}"
        given = {
            "preferred_name": account.name.split()[0],
            "full_name": account.name,
            "born": account.born or "",
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
                "takes_medication": "No",
                "weighs": str(random.randint(4, 9)),
                "hopes": random.choice(_HOPES),
                "device": random.choice(("A phone", "A computer")),
                "private_place": random.choice(("Yes", "Sometimes")),
                "headphones": "Yes",
            }
        for name, value in given.items():
            answer = IntakeAnswer(
                intake_id=intake.id, field=name, answered_at=intake.started_at, answered_by_id=account.id
            )
            answer.value = value
            self.session.add(answer)

    def _measures(self, account: Account, person: Client) -> None:
        for at, level in courses.forms(person.course, self.now, self.random):
            skipped = person.course is Course.SKIPPING and self.random.random() < 0.15
            risk = 1 if person.course is Course.WORSE and self.random.random() < 0.05 else 0
            for name in EVERYONE:
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
            answered_at=at,
        )
        alert.answer = str(value)
        therapist = self.therapists[person.therapist]
        if seen:
            alert.acknowledged_at, alert.acknowledged_by_id = at + timedelta(hours=5), therapist.id
            alert.resolved_at, alert.resolved_by_id = at + timedelta(hours=5), therapist.id
        self.session.add(alert)
        self.session.flush()
        self.session.add(RiskEvent(alert_id=alert.id, at=at, kind="raised", actor_id=account.id))
        if seen:
            self.session.add(
                RiskEvent(
                    alert_id=alert.id, at=at + timedelta(hours=5), kind="acknowledged", actor_id=therapist.id
                )
            )

    def sessions(self) -> None:
        """A slot a fortnight for each client, past and coming; one session now, and one later today."""
        first, half = CLIENTS[0], HALF_FILLED
        self._book(first, self.now - timedelta(minutes=5))
        later = self.now + timedelta(minutes=105 - self.now.minute % 15)
        self._book(half, later)
        calls.add_device_checks(self.session, [self.clients[person.name] for person in CLIENTS], self.now)
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
        appointment = Appointment(
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
        self.session.add(appointment)
        if gone and not cancelled:
            self.visits.add(appointment, client)
