"""A client's documents as a list, read inside the caller's transaction; the caller has decided permission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session, aliased

from clinic.between.file_kinds import BY_MEDIA_TYPE
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Document


@dataclass(frozen=True)
class DocumentRow:
    """A document in a list; its content is not read. `own`: it came from the viewer's side. `seen_at` (UTC)
    is when the other side first opened it; None: nobody has."""

    public_id: str
    client_id: str
    client_name: str
    name: str
    kind: str
    size: int
    by: str
    own: bool
    added_at: datetime
    seen_at: datetime | None

    @property
    def new(self) -> bool:
        """It came from the other side and waits to be opened."""
        return not self.own and self.seen_at is None


@dataclass(frozen=True)
class Folder:
    """A client's documents, the newest first. `refusal` says why nothing is added here, "" where it can be.
    Of no client in particular (`client_id` is ""), it holds what is new from all of a therapist's."""

    client_id: str
    client_name: str
    refusal: str
    documents: tuple[DocumentRow, ...]


def by_client() -> ColumnElement[bool]:
    return Document.by_id == Document.client_id


def is_own(viewer: Viewer, document: Document) -> bool:
    """Whether it came from the viewer's side."""
    return (document.by_id == document.client_id) is (viewer.role is Role.CLIENT)


def read_rows(session: Session, viewer: Viewer, wanted: Select[Document]) -> tuple[DocumentRow, ...]:
    by, client = aliased(Account), aliased(Account)
    found = session.execute(
        wanted.add_columns(by.name, client.name, client.public_id)
        .join(by, by.id == Document.by_id)
        .join(client, client.id == Document.client_id)
        .order_by(Document.added_at.desc(), Document.id.desc())
    )
    return tuple(
        DocumentRow(
            row.public_id,
            client_id,
            client_name,
            row.name or "",
            BY_MEDIA_TYPE[row.media_type].words,
            row.size,
            by_name,
            is_own(viewer, row),
            row.added_at,
            row.seen_at,
        )
        for row, by_name, client_name, client_id in found
    )
