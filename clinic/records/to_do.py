"""What clients have not done yet: consent, intake, measures. For themselves, and for who looks after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.intake.consent_state import signed_among
from clinic.measures.asking import Due, read_situations
from clinic.people.discharged import discharged_among
from db.tables import Account, Intake


@dataclass(frozen=True)
class ToDo:
    """One client's open things. `due` are the measures to answer now."""

    consent: bool
    intake: bool
    due: tuple[Due, ...]

    @property
    def is_open(self) -> bool:
        return self.consent or self.intake or bool(self.due)

    @property
    def words(self) -> tuple[str, ...]:
        """For staff: "consent", "intake", "2 sets of questions"."""
        count = len(self.due)
        sets = (f"{count} sets of questions" if count > 1 else "1 set of questions",) if count else ()
        return (*(("consent",) if self.consent else ()), *(("intake",) if self.intake else ()), *sets)


def read_to_do(session: Session, clients: Sequence[Account], now: datetime) -> dict[int, ToDo]:
    """By account id, inside the caller's transaction; the number of queries is the same for any number."""
    ids = [client.id for client in clients]
    ended = discharged_among(session, ids)  # nothing is left to do for them
    signed, sent = signed_among(session, ids), _sent(session, ids)
    situations = read_situations(session, clients, now)
    return {
        client.id: ToDo(
            consent=client.id not in signed | ended,
            intake=client.id not in sent | ended,
            due=situations[client.id].due(now),
        )
        for client in clients
    }


def _sent(session: Session, ids: list[int]) -> set[int]:
    return set(
        session.scalars(
            select(Intake.client_id).where(Intake.client_id.in_(ids), Intake.submitted_at.is_not(None))
        )
    )
