"""Scores before and after, from a CSV file with a line of names at its top."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from clinic.measures.change import ChangeError


@dataclass(frozen=True, slots=True)
class Pairs:
    """`rows` are the lines of the file that `pairs` stand on; `left_out` those with an empty cell."""

    rows: tuple[int, ...]
    pairs: tuple[tuple[float, float], ...]
    left_out: tuple[int, ...]


def read_pairs(path: Path, pre: str, post: str) -> Pairs:
    """The cases of a file by the names of two columns. Blank lines are no cases.

    Raises:
        ChangeError: the file cannot be read, has no such column, or has something else than a number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            places = [_place(header, name) for name in (pre, post)]
            lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except OSError as error:
        raise ChangeError(f"The file {path.name} cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ChangeError(f"The file {path.name} is not a CSV file in UTF-8.") from error
    rows, pairs, left_out = [], [], []
    for line, cells in lines:
        before, after = (cells[place].strip() if place < len(cells) else "" for place in places)
        if before and after:
            rows.append(line)
            pairs.append((_number(before, line, pre), _number(after, line, post)))
        else:
            left_out.append(line)
    return Pairs(tuple(rows), tuple(pairs), tuple(left_out))


def _place(header: list[str], name: str) -> int:
    if header.count(name) > 1:
        raise ChangeError(f"The file has more than one column {name!r}.")
    if name not in header:
        raise ChangeError(f"The file has no column {name!r}. It has: {', '.join(header) or 'none'}.")
    return header.index(name)


def _number(cell: str, line: int, column: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or "_" in cell:
        raise ChangeError(f"Line {line}, column {column!r}: {cell[:30]!r} is not a number.")
    return number
