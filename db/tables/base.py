"""What every table shares."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.types import UtcDateTime, new_public_id

Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
Text = Annotated[str, mapped_column(String)]
Id = Annotated[int, mapped_column(primary_key=True)]
AccountId = Annotated[int, mapped_column(ForeignKey("account.id"), index=True)]


class Base(DeclarativeBase):
    # Named constraints: migrations and error handling can speak of them on both databases.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Public:
    """A row that URLs may name: an integer inside, a random id outside.

    The id is made with the object, not at flush, because sealed columns are bound to it.
    """

    public_id: Mapped[str] = mapped_column(String(22), unique=True)

    def __init__(self, **values: Any) -> None:
        self.public_id = values.pop("public_id", None) or new_public_id()
        for name, value in values.items():
            setattr(self, name, value)
