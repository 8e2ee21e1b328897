"""Reading an instrument file key by key, refusing what is missing, of the wrong kind or not asked for."""

from __future__ import annotations


class InstrumentFileError(ValueError):
    """An instrument file that cannot be used. Says the file, then the key or the line, then what is wrong."""


class Table:
    """A table of a file. Keys are asked for by name; leaving the `with` refuses those nobody asked for."""

    def __init__(self, file: str, at: str, values: object) -> None:
        self.file, self.at = file, at
        if not isinstance(values, dict):
            raise self.refuse("", "is missing" if values is None else "must be a table")
        self.values: dict[str, object] = dict(values)

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.values:
            raise self.refuse(next(iter(self.values)), "is not a key of an instrument file")

    def path(self, key: str) -> str:
        return ".".join(part for part in (self.at, key) if part)

    def refuse(self, key: str, why: str) -> InstrumentFileError:
        return InstrumentFileError(f"{self.file}: {self.path(key)}: {why}")

    def text(self, key: str, longest: int | None = None) -> str:
        value = self.values.pop(key, None)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, "must be words in quotes")
        if longest is not None and len(value) > longest:
            raise self.refuse(key, f"must be {longest} characters or fewer")
        return value

    def code(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def whole(self, key: str, lowest: int | None = None, highest: int | None = None) -> int:
        value = self.values.pop(key, None)
        # bool is a kind of int to Python, not to a questionnaire
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(key, "must be a whole number")
        if (lowest is not None and value < lowest) or (highest is not None and value > highest):
            raise self.refuse(key, f"must be between {lowest} and {highest}")
        return value

    def yes(self, key: str) -> bool:
        value = self.values.pop(key, None)
        if not isinstance(value, bool):
            raise self.refuse(key, "must be true or false")
        return value

    def table(self, key: str) -> Table:
        return Table(self.file, self.path(key), self.values.pop(key, None))

    def tables(self, key: str) -> list[Table]:
        """The tables of a list, counted from 1 in messages, as items are."""
        values = self.values.pop(key, [])
        if not isinstance(values, list):
            raise self.refuse(key, "must be a list of tables")
        return [Table(self.file, f"{self.path(key)}[{n}]", one) for n, one in enumerate(values, start=1)]
