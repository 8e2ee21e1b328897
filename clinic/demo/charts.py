"""What the demo's therapists have put beside the scores: marks on charts, and results they have looked at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.demo.cast import Course
from db.tables import Account, CareAssignment, ChartMark, QuestionnaireResponse, ResultReview

# Days ago, kind, words.
MARKS = {
    Course.IMPROVING: ((210, "medication", "Sertraline 50 mg begun"), (120, "event", "A new job")),
    Course.WORSE: ((75, "event", "Separated from partner"),),
    Course.GAPS: ((235, "event", "Three months abroad"),),
}
LOOKED_AT = timedelta(days=14)


def add_marks(session: Session, client: Account, therapist: Account, course: Course, now: datetime) -> None:
    for days, kind, words in MARKS.get(course, ()):
        mark = ChartMark(
            client_id=client.id,
            day_on=(now - timedelta(days=days)).date(),
            kind=kind,
            added_by_id=therapist.id,
            added_at=now - timedelta(days=days - 1),
        )
        mark.words = words
        session.add(mark)


def add_reviews(session: Session, clients: Iterable[Account], now: datetime) -> None:
    """Everything older than two weeks, and of every second client everything, has been looked at."""
    session.flush()
    carers = dict(session.execute(select(CareAssignment.client_id, CareAssignment.therapist_id)).all())
    for place, client in enumerate(clients):
        until = now if place % 2 else now - LOOKED_AT
        forms = session.execute(
            select(QuestionnaireResponse.id, QuestionnaireResponse.completed_at).where(
                QuestionnaireResponse.client_id == client.id, QuestionnaireResponse.completed_at <= until
            )
        )
        for response_id, completed_at in forms:
            if completed_at is not None:
                seen_at = min(now, completed_at + timedelta(days=1))
                made = ResultReview(response_id=response_id, by_id=carers[client.id], at=seen_at)
                session.add(made)
