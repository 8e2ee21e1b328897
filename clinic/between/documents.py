"""Documents between a client and whoever looks after them now.

They belong to the client's record: a new therapist reads what was added before, who no longer looks after the
client does not. Supervisors and administrators read none. What is added is checked by its content and kept
sealed; it leaves again as a download only, through `read_document`.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between.file_kinds import FileKind, kind_of
from clinic.between.file_names import safe_name
from clinic.between.message_mail import tell_of_document
from clinic.errors import NobodyReads, NotFound, TooManyDocuments
from clinic.oversight.audit import record
from clinic.people.care import clients_in_care_of, therapists_of
from clinic.people.discharged import require_in_care, require_own_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Document

MOST_DOCUMENTS = 200


@allowed(Permission.DOCUMENT_KEEP)
def add(viewer: Viewer, client_id: str, name: str, content: bytes, submit_key: str, now: datetime) -> str:
    """Put a file into a client's record (for the client: their own); returns its public id. The same key
    again is once. Whoever is on the other side is told by mail that there is something new.

    Raises:
        NotFound: no such client, not this person's, or somebody else's key.
        FileRefused: its size, its kind, or a name that says another kind.
        TooManyDocuments: 200 are there that were not withdrawn.
        CareEnded, NobodyReads: nobody would open it.
    """
    kind = kind_of(name, content)  # before the transaction, in which nobody else writes
    try:
        with db.unit_of_work() as session:
            client = _client(session, viewer, client_id)
            _require_readers(session, viewer, client.id)
            before = _kept(session, viewer.account_id, client.id, submit_key)
            if before is not None:
                return before.public_id
            made = keep(
                session,
                client_id=client.id,
                by_id=viewer.account_id,
                name=name,
                content=content,
                submit_key=submit_key,
                now=now,
                kind=kind,
            )
            tell_of_document(session, made, viewer, now)
            return made.public_id
    except IntegrityError as error:
        # The key is there already, in another client's record: it is not this submission's.
        raise NotFound() from error


def keep(
    session: Session,
    *,
    client_id: int,
    by_id: int,
    name: str,
    content: bytes,
    submit_key: str,
    now: datetime,
    task_id: int | None = None,
    kind: FileKind | None = None,
) -> Document:
    """A new document in the caller's transaction, with its audit event; the caller has decided permission.
    The same key by the same person for the same client again is the document that is there.

    Args:
        kind: what `kind_of` said of this very name and content, where it was asked before the transaction.

    Raises:
        NotFound: somebody else's key.
        FileRefused: its size, its kind, or a name that says another kind.
        TooManyDocuments: 200 are there that were not withdrawn.
    """
    kind = kind or kind_of(name, content)
    # Held, so that two at once are counted one after the other.
    session.execute(select(Account.id).where(Account.id == client_id).with_for_update(key_share=True)).all()
    before = _kept(session, by_id, client_id, submit_key)
    if before is not None:
        return before
    there = select(func.count()).where(Document.client_id == client_id, Document.withdrawn_at.is_(None))
    if (session.scalar(there) or 0) >= MOST_DOCUMENTS:
        raise TooManyDocuments()
    made = Document(
        client_id=client_id,
        by_id=by_id,
        media_type=kind.media_type,
        size=len(content),
        submit_key=submit_key,
        added_at=now,
        task_id=task_id,
    )
    made.name = safe_name(name)
    made.content = b64encode(content).decode()
    session.add(made)
    session.flush()
    record(session, now, by_id, "document.add", client_id=client_id, object_id=made.public_id)
    return made


def _kept(session: Session, by_id: int, client_id: int, submit_key: str) -> Document | None:
    """The document of this very submission."""
    found = session.scalars(select(Document).where(Document.submit_key == submit_key)).first()
    if found is not None and (found.by_id, found.client_id) != (by_id, client_id):
        raise NotFound()
    return found


def _client(session: Session, viewer: Viewer, client_id: str) -> Account:
    """Without what an emergency opens: that is a record to read."""
    found = session.scalars(clients_in_care_of(viewer).where(Account.public_id == client_id)).first()
    if found is None:
        raise NotFound()
    return found


def _require_readers(session: Session, viewer: Viewer, client_id: int) -> None:
    """Nobody adds what no one would open."""
    if viewer.role is not Role.CLIENT:
        return require_in_care(session, client_id)
    require_own_care(session, client_id)
    if not therapists_of(session, client_id):
        raise NobodyReads()
