"""Attributes whose column holds only ciphertext, bound to their row and column."""

from __future__ import annotations

from typing import Any, overload

from db.keys import seal, unseal


class Sealed:
    """`note = Sealed("note_sealed")`: text on the object, AES-GCM bytes in the named column.

    The row must have a `public_id`, set before the first assignment (pass it first, or let the
    table's constructor do so), because the ciphertext is bound to table, column and that id.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def place(self, row: Any) -> str:
        if not row.public_id:
            raise ValueError("a sealed value needs its row's public_id first")
        return f"{row.__tablename__}.{self.column}.{row.public_id}"

    @overload
    def __get__(self, row: None, owner: type) -> Sealed: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: object | None, owner: type) -> Sealed | str | None:
        if row is None:
            return self
        held = getattr(row, self.column)
        return None if held is None else unseal(held, self.place(row))

    def __set__(self, row: object, text: str | None) -> None:
        setattr(row, self.column, None if text is None else seal(text, self.place(row)))
