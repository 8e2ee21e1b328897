"""A few conversations of the demo's clients: about times and papers, as most are."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.tables import Account, Message, MessageRead, MessageThread

# Of each: what it is about, and what is written, the client first. The last one may wait for an answer.
_TALKS = (
    (
        "The worksheet from Tuesday",
        (
            "I did the first page. Is it all right to leave the second for the week after?",
            "Yes. One page is plenty; we look at it together.",
            "Thank you, that helps.",
        ),
    ),
    (
        "A later time in spring",
        (
            "From April on I work until five. Could we meet later in the day?",
            "I have Wednesdays at half past five from April. Book it when it suits you.",
        ),
    ),
)


def add_talk(session: Session, client: Account, therapist: Account, number: int, now: datetime) -> None:
    """One conversation for every second client; `number` says which of them this is."""
    if number % 2:
        return
    subject, said = _TALKS[number // 2 % len(_TALKS)]
    at = now - timedelta(days=3 + number, hours=2)
    thread = MessageThread(client_id=client.id, begun_by_id=client.id, begun_at=at, last_at=at)
    thread.subject = subject
    session.add(thread)
    session.flush()
    for place, words in enumerate(said):
        by, thread.last_at = (therapist if place % 2 else client), at + timedelta(hours=5 * place)
        row = Message(
            thread_id=thread.id, by_id=by.id, submit_key=f"demo-{client.id}-{place}", sent_at=thread.last_at
        )
        row.body = words
        session.add(row)
    # Whoever wrote last has read it; the newest of them is new to the other side.
    for person in (client, therapist):
        read_at = at + timedelta(hours=5 * len(said)) if number > 2 else at + timedelta(minutes=1)
        session.add(MessageRead(thread_id=thread.id, account_id=person.id, read_at=read_at))
