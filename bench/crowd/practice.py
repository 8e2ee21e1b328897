"""The clinic of the crowd: the demo's people, and enough others that everybody is somebody else."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import db
from bench.portal import fill
from clinic.between import messages
from clinic.measures.instrument import instrument
from clinic.people.viewer import Role, Viewer
from clinic.records.check_in import Answers
from clinic.records.mood import check_in
from clinic.scheduling.wall_clock import reached
from db.tables import QuestionnaireResponse
from tests.factories import cookie_of, make_administrator, make_appointment, make_client, make_therapist

CLIENTS, THERAPISTS, ADMINISTRATORS = 80, 18, 2
_DAYS, _FORMS = 7, 10


@dataclass(frozen=True)
class Person:
    """`place`: a client's thread, a therapist's client."""

    role: Role
    cookie: str
    place: str = ""


def make_crowd(environment: dict[str, str]) -> list[Person]:
    """A hundred people with something on each of their pages, signed in, in the order in which they come."""
    fill(environment)
    chance, now = random.Random(10), datetime.now(UTC)  # noqa: S311 - the same crowd each time
    therapists = [make_therapist(now=now) for _ in range(THERAPISTS)]
    clients: dict[int, list[str]] = {one.account_id: [] for one in therapists}
    people = []
    for number in range(CLIENTS):
        dana = therapists[number % THERAPISTS]
        sam = make_client(f"Client {number}", therapist=dana, now=now)
        clients[dana.account_id].append(sam.public_id)
        people.append(Person(Role.CLIENT, cookie_of(sam, now), _history(sam, dana, number, chance, now)))
    people += [Person(Role.THERAPIST, cookie_of(one, now), clients[one.account_id][0]) for one in therapists]
    people += [
        Person(Role.ADMINISTRATOR, cookie_of(make_administrator(now=now), now)) for _ in range(ADMINISTRATORS)
    ]
    chance.shuffle(people)
    return people


def _history(sam: Viewer, dana: Viewer, number: int, chance: random.Random, now: datetime) -> str:
    """A week of check-ins, ten finished forms, a session to come, a conversation; its public id."""
    today = now.date()
    for back in range(1, _DAYS):
        day = today - timedelta(days=back)
        check_in(sam, Answers(mood=chance.randint(1, 5), energy=chance.randint(1, 5)), now, day)
    asked = instrument("gad-7")
    with db.unit_of_work() as session:
        for week in range(1, _FORMS + 1):
            at = now - timedelta(weeks=week)
            row = QuestionnaireResponse(
                client_id=sam.account_id,
                instrument=asked.id,
                instrument_version=asked.version,
                started_at=at,
                completed_at=at,
                total=(total := chance.randint(3, 15)),
            )
            row.answers_json = json.dumps({item.number: total // 7 for item in asked.items})
            session.add(row)
    # Today, each client of a therapist at an hour of their own.
    hour = 8 + 2 * (number // THERAPISTS)
    make_appointment(sam, dana, reached(today, hour * 60, sam.zone), now=now)
    thread = messages.begin(sam, sam.public_id, "Thursday", "Can we begin at four?", f"begun {number}", now)
    messages.send(dana, thread, "Yes, at four.", f"answered {number}", now)
    return thread
