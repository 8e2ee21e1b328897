"""Documents between a client and whoever looks after them now.

They belong to the client's record: a new therapist reads what was added before, who no longer looks after the
client does not. Supervisors and administrators read none. What is added is checked by its content and kept
sealed; it leaves again as a download only, through `read_document`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between.file_kinds import FileKind, kind_of
from clinic.between.file_names import safe_name
from clinic.between.folder import Folder, by_client, is_own, read_rows
from clinic.between.message_mail import tell_of_document
from clinic.errors import CareEnded, NobodyReads, NotFound, TooManyDocuments
from clinic.oversight.audit import record, record_look
from clinic.people.care import clients_in_care_of, lock_client, therapists_of
from clinic.people.discharged import require_in_care, require_own_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Document

MOST_DOCUMENTS = 200
# By one person in a client's record: what is withdrawn stays stored, so the other number alone is no limit.
MOST_A_DAY = 50
_TOO_MANY_TODAY = "You have sent 50 files here since this time yesterday. Go on tomorrow, or call the clinic."


@allowed(Permission.DOCUMENT_KEEP)
def documents(viewer: Viewer, now: datetime, client_id: str | None = None) -> Folder:
    """One's own documents; for a therapist those of the client who is named, or, without one, what clients
    have added that nobody on this side has opened yet.

    Raises:
        NotFound: no such client, or not this person's.
    """
    with db.unit_of_work() as session:
        if viewer.role is Role.CLIENT:
            client_id = client_id or viewer.public_id
        client = _client(session, viewer, client_id) if client_id is not None else None
        if viewer.role is not Role.CLIENT:
            about = client.id if client is not None else None
            record_look(
                session, now, viewer.account_id, "document.list", client_id=about, object_id=client_id
            )
        if client is None:
            waiting = _visible(viewer).where(by_client(), Document.seen_at.is_(None))
            return Folder("", "", "", read_rows(session, viewer, waiting))
        rows = read_rows(session, viewer, _visible(viewer).where(Document.client_id == client.id))
        return Folder(client.public_id, client.name, _refusal(session, viewer, client.id), rows)


@allowed(Permission.DOCUMENT_KEEP)
def read_document(viewer: Viewer, document_id: str, now: datetime) -> tuple[str, str, bytes]:
    """(file name, media type, content), for a download. The other side's first time is noted as "seen".

    Raises:
        NotFound: no such document, not of a client this person looks after, or withdrawn.
    """
    with db.unit_of_work() as session:
        found = _document(session, _visible(viewer), document_id, lock=True)
        if found.seen_at is None and not is_own(viewer, found):
            found.seen_at = now
        if viewer.role is not Role.CLIENT:
            record_look(
                session,
                now,
                viewer.account_id,
                "document.open",
                client_id=found.client_id,
                object_id=found.public_id,
            )
    # Read and opened apart from it, so that nobody waits for ten megabytes.
    with db.reading() as session:
        found = _document(session, _visible(viewer), document_id)
        return found.name or "", found.media_type, b64decode(found.content or "")


@allowed(Permission.DOCUMENT_KEEP)
def withdraw(viewer: Viewer, document_id: str, now: datetime) -> None:
    """Nobody opens it any more, and no list shows it; it is not deleted. A client withdraws what they added,
    after the end of care too; a therapist what came from the therapists, a former one's as well. Twice is
    once.

    Raises:
        NotFound: no such document, not this person's client's, or from the other side.
        CareEnded: the client's care has ended; their record stays as it is.
    """
    with db.unit_of_work() as session:
        found = _document(session, _of_ones_clients(viewer), document_id, lock=True)
        if not is_own(viewer, found):
            raise NotFound()
        if viewer.role is not Role.CLIENT:
            require_in_care(session, found.client_id)
        if found.withdrawn_at is None:
            found.withdrawn_at, found.withdrawn_by_id = now, viewer.account_id
            record(
                session,
                now,
                viewer.account_id,
                "document.withdraw",
                client_id=found.client_id,
                object_id=found.public_id,
            )


@allowed(Permission.DOCUMENT_KEEP)
def add(viewer: Viewer, client_id: str, name: str, content: bytes, submit_key: str, now: datetime) -> str:
    """Put a file into a client's record (for the client: their own); returns its public id. The same key
    again is once. Whoever is on the other side is told by mail that there is something new.

    Raises:
        NotFound: no such client, not this person's, or somebody else's key.
        FileRefused: its size, its kind, or a name that says another kind.
        TooManyDocuments: 200 are there that were not withdrawn, or one person sent 50 within a day.
        CareEnded, NobodyReads: nobody would open it.
    """
    kind = kind_of(name, content)  # before the transaction, in which nobody else writes
    try:
        with db.unit_of_work() as session:
            lock_client(session, client_id)  # pressed twice at once, the second finds the first
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
        TooManyDocuments: 200 are there that were not withdrawn, or one person sent 50 within a day.
    """
    kind = kind or kind_of(name, content)
    # Held, so that two at once are counted one after the other.
    session.execute(select(Account.id).where(Account.id == client_id).with_for_update(key_share=True)).all()
    before = _kept(session, by_id, client_id, submit_key)
    if before is not None:
        return before
    of_client = select(func.count()).where(Document.client_id == client_id)
    if (session.scalar(of_client.where(Document.withdrawn_at.is_(None))) or 0) >= MOST_DOCUMENTS:
        raise TooManyDocuments()
    today = of_client.where(Document.by_id == by_id, Document.added_at > now - timedelta(days=1))
    if (session.scalar(today) or 0) >= MOST_A_DAY:
        raise TooManyDocuments(_TOO_MANY_TODAY)
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


def _of_ones_clients(viewer: Viewer) -> Select[Document]:
    """Of the clients this person does something with, withdrawn ones too."""
    clients = clients_in_care_of(viewer).with_only_columns(Account.id)
    return select(Document).where(Document.client_id.in_(clients))


def _visible(viewer: Viewer) -> Select[Document]:
    return _of_ones_clients(viewer).where(Document.withdrawn_at.is_(None))


def _document(session: Session, among: Select[Document], document_id: str, lock: bool = False) -> Document:
    query = among.where(Document.public_id == document_id)
    found = session.scalars(query.with_for_update(of=Document, key_share=True) if lock else query).first()
    if found is None:
        raise NotFound()
    return found


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


def _refusal(session: Session, viewer: Viewer, client_id: int) -> str:
    try:
        _require_readers(session, viewer, client_id)
    except (CareEnded, NobodyReads) as error:
        return error.sentence
    return ""


def _require_readers(session: Session, viewer: Viewer, client_id: int) -> None:
    """Nobody adds what no one would open."""
    if viewer.role is not Role.CLIENT:
        return require_in_care(session, client_id)
    require_own_care(session, client_id)
    if not therapists_of(session, client_id):
        raise NobodyReads()
