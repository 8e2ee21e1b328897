"""On which line of a TOML file each key stands. Python's own reader keeps no lines of values. Pure.

Only for text that `tomllib` has read already: what it lets pass is not checked again here.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping

# Where a value is: keys, and places in lists counted from 0.
Where = tuple[str | int, ...]

_BLANK = " \t\r\n"
_ENDS_A_VALUE = ",]}#\n"


def lines(text: str) -> Mapping[Where, int]:
    """The line, counted from 1, of every table, key and place in a list."""
    return _Scanner(text).scan()


def line_of(found: Mapping[Where, int], where: Where) -> int:
    """The line of `where`; of what it would stand in, where it is missing; 1 for the file as a whole."""
    while where and where not in found:
        where = where[:-1]
    return found.get(where, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text + "\n"
        self.at = 0
        self.breaks = [n for n, char in enumerate(self.text) if char == "\n"]
        self.found: dict[Where, int] = {}
        self.lists: dict[Where, int] = {}  # how many tables each [[list]] has so far

    def scan(self) -> Mapping[Where, int]:
        table: Where = ()
        while self._skip_blank():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _line(self) -> int:
        return bisect(self.breaks, self.at - 1) + 1

    def _skip_blank(self) -> bool:
        """Past spaces, line ends and comments; False at the end of the text."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                self.at = self.text.index("\n", self.at)
            elif self.text[self.at] not in _BLANK:
                return True
            else:
                self.at += 1
        return False

    def _header(self) -> Where:
        """`[a.b]` or `[[a.b]]`: a name on the way that is a list means its latest table."""
        line = self._line()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        *outer, last = self._keys()
        self.at = self.text.index("\n", self.at)
        where: Where = ()
        for key in outer:
            where = (*where, key)
            if where in self.lists:
                where = (*where, self.lists[where] - 1)
        where = (*where, last)
        if many:
            self.found.setdefault(where, line)
            self.lists[where] = self.lists.get(where, 0) + 1
            where = (*where, self.lists[where] - 1)
        self.found[where] = line
        return where

    def _pair(self, table: Where) -> None:
        line = self._line()
        where = table
        for key in self._keys():
            where = (*where, key)
            self.found.setdefault(where, line)
        self.at += 1  # past the equals sign
        self._value(where)

    def _keys(self) -> list[str]:
        """A key, dotted or not, up to the equals sign or bracket after it."""
        keys = []
        while True:
            self._skip_blank()
            start = self.at
            if self.text[start] in "\"'":
                self._string()
                keys.append(self.text[start + 1 : self.at - 1])
            else:
                while self.text[self.at].isalnum() or self.text[self.at] in "_-":
                    self.at += 1
                keys.append(self.text[start : self.at])
            self._skip_blank()
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _value(self, where: Where) -> None:
        self._skip_blank()
        opening = self.text[self.at]
        if opening in "\"'":
            self._string()
        elif opening == "[":
            self._several("]", where, in_list=True)
        elif opening == "{":
            self._several("}", where, in_list=False)
        else:
            while self.text[self.at] not in _ENDS_A_VALUE:
                self.at += 1

    def _several(self, closing: str, where: Where, *, in_list: bool) -> None:
        """The values of a list, or the pairs of a table written in braces."""
        self.at += 1
        place = 0
        while self._skip_blank() and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif in_list:
                self.found[(*where, place)] = self._line()
                self._value((*where, place))
                place += 1
            else:
                self._pair(where)
        self.at += 1

    def _string(self) -> None:
        """Past one string of any of TOML's four kinds."""
        quote = self.text[self.at]
        ends = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(ends)
        while not self.text.startswith(ends, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(ends)
        while len(ends) == 3 and self.text[self.at] == quote:
            self.at += 1  # a long string may end with quotes of its own
