"""What happened in the demo clinic's video rooms: where people were, who was in the call, how it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from db.tables import Account, Appointment, DeviceCheck, Visit, VisitSpell

_SEED = 21
# Older sessions have none: the demo is made at each start, and sealing takes time.
_SINCE = timedelta(days=30)
# The last sessions of each therapist wait for a word on how they were.
_UNSAID = timedelta(days=2)
_PLACES = (
    "At home",
    "At home, 12 Rowan Street",
    "At my sister's in Leeds",
    "In the car, parked by the station",
)
_MINUTE = timedelta(minutes=1)


class Visits:
    """Adds a visit to each past session. Its chances are its own, so that the rest of the clinic stays as it
    is."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.random = Random(_SEED)  # noqa: S311 - the same clinic every time is the point

    def add(self, appointment: Appointment, client: Account) -> None:
        """How this past session went. Nothing for one that lasts, or for one of long ago."""
        if not self.now - _SINCE < appointment.starts_at < appointment.ends_at <= self.now:
            return
        self.session.flush()
        missed = self.random.random() < 0.05
        visit = Visit(appointment_id=appointment.id)
        visit.therapist_seen_at = appointment.starts_at
        self.session.add(visit)
        if not missed:
            self._confirmed(visit, appointment, client)
            self.session.flush()
            self._call(visit, appointment)
        if appointment.ends_at < self.now - _UNSAID:
            visit.attendance = "no_show" if missed else "attended"
            visit.attendance_at = appointment.ends_at
            visit.attendance_by_id = appointment.therapist_id

    def _confirmed(self, visit: Visit, appointment: Appointment, client: Account) -> None:
        came = appointment.starts_at - self.random.randint(2, 9) * _MINUTE
        visit.client_seen_at = visit.confirmed_at = came
        visit.admitted_at = appointment.starts_at
        visit.place = self.random.choice(_PLACES)
        visit.call_back = f"07700 900{self.random.randint(100, 999)}"
        visit.contact = f"Alex {client.name.split()[-1]}, 07700 900{self.random.randint(100, 999)}"
        visit.alone = "alone" if self.random.random() < 0.9 else "not_alone"
        visit.feedback = self.random.choice(("yes", "yes", "mostly", None))

    def _call(self, visit: Visit, appointment: Appointment) -> None:
        ends_at = appointment.ends_at - self.random.randint(0, 4) * _MINUTE
        broke_off = appointment.starts_at + 20 * _MINUTE if self.random.random() < 0.15 else None
        self._spell(visit, "therapist", appointment.starts_at, ends_at)
        if broke_off is not None:
            self._spell(visit, "client", appointment.starts_at + _MINUTE, broke_off, "lost")
        again = appointment.starts_at + _MINUTE if broke_off is None else broke_off + _MINUTE
        self._spell(visit, "client", again, ends_at)

    def _spell(
        self, visit: Visit, seat: str, began_at: datetime, ended_at: datetime, ending: str = "left"
    ) -> None:
        self.session.add(
            VisitSpell(
                visit_id=visit.id,
                seat=seat,
                began_at=began_at,
                seen_at=ended_at,
                ended_at=ended_at,
                ending=ending,
            )
        )


def add_device_checks(session: Session, clients: Sequence[Account], now: datetime) -> None:
    """The first client's worked yesterday; the second one's camera is blocked; the others have not tried."""
    for client, camera in zip(clients, ("ok", "blocked"), strict=False):
        session.add(
            DeviceCheck(
                account_id=client.id,
                at=now - timedelta(days=1),
                camera=camera,
                microphone="ok",
                sound="heard",
                network="ok",
            )
        )
