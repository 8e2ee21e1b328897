"""Reading an instrument file key by key, refusing what is missing, of the wrong kind or not asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping

from clinic.measures.toml_lines import Where, line_of, lines


class InstrumentFileError(ValueError):
    """An instrument file that cannot be used. Says the file, the line, the key and what is wrong with it.

    `line` is None where no line is to blame: the file cannot be opened.
    """

    def __init__(self, file: str, line: int | None, why: str) -> None:
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {why}")
        self.file, self.line = file, line


class Table:
    """A table of a file. Keys are asked for by name; leaving the `with` refuses those nobody asked for."""

    def __init__(self, file: str, found: Mapping[Where, int], at: Where, values: object) -> None:
        self.file, self.found, self.at = file, found, at
        if not isinstance(values, dict):
            raise self.refuse("", "is missing" if values is None else "must be a table")
        self.values: dict[str, object] = dict(values)

    @classmethod
    def of(cls, file: str, content: bytes) -> Table:
        """The whole file as a table.

        Raises:
            InstrumentFileError: it is not TOML, or not UTF-8.
        """
        try:
            text = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InstrumentFileError(file, line, "is not UTF-8: save the file as UTF-8") from error
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InstrumentFileError(file, _line_in(str(error), text), f"is not TOML: {error}") from error
        except RecursionError as error:
            raise InstrumentFileError(file, None, "is nested too deeply to be an instrument file") from error
        return cls(file, lines(text), (), values)

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.values:
            raise self.refuse(next(iter(self.values)), "is not a key that belongs here: take it out")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def refuse(self, key: str, why: str) -> InstrumentFileError:
        """The error to raise about a key, or with "" about the table itself."""
        where = (*self.at, key) if key else self.at
        return InstrumentFileError(self.file, line_of(self.found, where), f"{_words(where)} {why}")

    def _take(self, key: str) -> object:
        if key not in self.values:
            raise self.refuse(key, "is missing")
        return self.values.pop(key)

    def text(self, key: str, longest: int | None = None) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, "must be words in quotes")
        if longest is not None and len(value) > longest:
            raise self.refuse(key, f"must be {longest} characters or fewer")
        return value

    def text_or(self, key: str, otherwise: str) -> str:
        return self.text(key) if key in self.values else otherwise

    def code(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def whole(self, key: str, lowest: int | None = None, highest: int | None = None) -> int:
        value = self._take(key)
        # bool is a kind of int to Python, not to a questionnaire
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(key, "must be a whole number")
        if (lowest is not None and value < lowest) or (highest is not None and value > highest):
            raise self.refuse(key, f"must be between {lowest} and {highest}, and is {value}")
        return value

    def one_of(self, key: str, values: Collection[int]) -> int:
        value = self.whole(key)
        if value not in values:
            raise self.refuse(key, f"must be one of {', '.join(map(str, values))}, and is {value}")
        return value

    def wholes(self, key: str) -> list[int]:
        values = self._take(key)
        if not isinstance(values, list) or not values or any(type(one) is not int for one in values):
            raise self.refuse(key, "must be a list of whole numbers")
        return values

    def yes(self, key: str, otherwise: bool | None = None) -> bool:
        value = self._take(key) if otherwise is None or key in self.values else otherwise
        if not isinstance(value, bool):
            raise self.refuse(key, "must be true or false")
        return value

    def table(self, key: str) -> Table:
        return Table(self.file, self.found, (*self.at, key), self.values.pop(key, None))

    def tables(self, key: str) -> list[Table]:
        values = self.values.pop(key, [])
        if not isinstance(values, list):
            raise self.refuse(key, "must be a list of tables")
        return [Table(self.file, self.found, (*self.at, key, place), one) for place, one in enumerate(values)]


def _words(where: Where) -> str:
    """ "items[2].number": places are counted from 1, as items are."""
    said = ""
    for part in where:
        said += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if said else part
    return said or "the file"


def _line_in(error: str, text: str) -> int:
    """The line of tomllib's own words: "… (at line 3, column 5)", or "… (at end of document)"."""
    _, _, place = error.rpartition("(at line ")
    number = place.partition(",")[0]
    return int(number) if number.isdigit() else text.count("\n") + 1
