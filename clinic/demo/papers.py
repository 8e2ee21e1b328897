"""A few documents of the demo's clients: a letter that one sent, worksheets that their therapists gave."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.between.documents import keep
from clinic.documents.pdf import Document
from db.tables import Account

_WORKSHEET = """\
One small step a day

Choose one thing that is good for you and takes less than ten minutes.
Write it down the evening before. Afterwards, write one line on how it was.

Monday:
Tuesday:
Wednesday:
Thursday:
Friday:

Not every day works out. A day without it is information too.
"""


def add_papers(session: Session, client: Account, therapist: Account, number: int, now: datetime) -> None:
    """For every eighth client; `number` says which of them this is. The first one's letter is new."""
    if number % 8:
        return
    given_at = now - timedelta(days=6 + number, hours=3)
    worksheet = keep(
        session,
        client_id=client.id,
        by_id=therapist.id,
        name="One small step a day.txt",
        content=_WORKSHEET.encode(),
        submit_key=f"demo-sheet-{client.id}",
        now=given_at,
    )
    if number:
        worksheet.seen_at = given_at + timedelta(days=1)
    sent_at = now - timedelta(days=2 + number, hours=1)
    letter = keep(
        session,
        client_id=client.id,
        by_id=client.id,
        name="Letter from my doctor.pdf",
        content=_letter(client.name, sent_at),
        submit_key=f"demo-letter-{client.id}",
        now=sent_at,
    )
    if number:
        letter.seen_at = sent_at + timedelta(hours=20)


def _letter(name: str, at: datetime) -> bytes:
    page = Document("Letter", "Elm Road Surgery (made up)", at)
    page.facts([("About", name), ("Date", f"{at:%d/%m/%Y}")])
    page.paragraph("Blood tests were in order. No change to the tablets. Next visit here in three months.")
    return page.content()
