"""The measures that ship, read from `instruments/*.toml`: words, options, bands, a source for each number.

A file that is not wholly understood is refused, by file name and key: a measure with a wrong number in it
must not be answered.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from clinic.errors import NotFound
from clinic.measures.instrument_file import InstrumentFileError, Table

FOLDER = Path(__file__).parent / "instruments"
LONGEST_NAME = 20  # characters of an id or a version: both are columns of every filled form


class Direction(StrEnum):
    """What a high total means."""

    HIGHER_WORSE = "higher_worse"
    HIGHER_BETTER = "higher_better"


@dataclass(frozen=True, slots=True)
class Option:
    value: int
    label: str
    loinc: str | None


@dataclass(frozen=True, slots=True)
class RiskTrigger:
    """An answer of `at_least` or above means that crisis help is shown and an alert raised."""

    at_least: int
    source: str


@dataclass(frozen=True, slots=True)
class Item:
    """A scored question. `number` counts from 1, as printed."""

    number: int
    text: str
    loinc: str | None
    risk: RiskTrigger | None


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The unscored question after the items, asked when the total is above `above`."""

    text: str
    above: int
    options: tuple[Option, ...]
    loinc: str | None


@dataclass(frozen=True, slots=True)
class Band:
    """Totals from `lowest` to `highest`, both included."""

    lowest: int
    highest: int
    label: str


@dataclass(frozen=True, slots=True)
class CutOff:
    """A total of `at_least` or above has this meaning."""

    at_least: int
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """A change of `points` or more is more than measurement error alone. `name`: whose rule, in short."""

    points: int
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Licence:
    status: str
    attribution: str
    source: str


@dataclass(frozen=True, slots=True)
class Loinc:
    """Codes for export. `panel` is the form, `total` the score: never one for the other."""

    panel: str
    total: str
    answers: str


@dataclass(frozen=True)
class Instrument:
    """One measure. The bands cover `lowest` to `highest` without gap or overlap.

    `cut_off` is the one in use, `cut_offs` all that are known; None and empty where there is none.
    """

    id: str
    name: str
    full_name: str
    version: str
    direction: Direction
    recall: str
    stem: str
    lowest: int
    highest: int
    options: tuple[Option, ...]
    items: tuple[Item, ...]
    difficulty: Difficulty | None
    bands: tuple[Band, ...]
    bands_source: str
    cut_offs: tuple[CutOff, ...]
    cut_off: CutOff | None
    reliable_change: ReliableChange | None
    licence: Licence
    loinc: Loinc

    def band(self, total: int) -> Band:
        """The severity band of a total within the range."""
        return next(band for band in self.bands if band.lowest <= total <= band.highest)


@cache
def load_instruments(folder: Path = FOLDER) -> Mapping[str, Instrument]:
    """Every measure by its id, in the order of the file names.

    Raises:
        InstrumentFileError: a file is malformed; names it.
    """
    read = (_read(path) for path in sorted(folder.glob("*.toml")))
    return MappingProxyType({measure.id: measure for measure in read})


def instrument(instrument_id: str) -> Instrument:
    """Raises NotFound where no such measure ships."""
    try:
        return load_instruments()[instrument_id]
    except KeyError:
        raise NotFound() from None


def _read(path: Path) -> Instrument:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstrumentFileError(f"{path.name}: {error}") from error  # tomllib says line and column
    with Table(path.name, "", values) as top:
        options = _options(top)
        scores = [option.value for option in options]
        items = _items(top, scores)
        lowest, highest = top.whole("lowest"), top.whole("highest")
        if (lowest, highest) != (min(scores) * len(items), max(scores) * len(items)):
            raise top.refuse("highest", "lowest and highest must be what the items add up to")
        bands, bands_source = _severity(top, lowest, highest)
        cut_offs, cut_off = _cut_offs(top, lowest, highest)
        read = Instrument(
            id=top.text("id", LONGEST_NAME),
            name=top.text("name"),
            full_name=top.text("full_name"),
            version=top.text("version", LONGEST_NAME),
            direction=_direction(top),
            recall=top.text("recall"),
            stem=top.text("stem"),
            lowest=lowest,
            highest=highest,
            options=options,
            items=items,
            difficulty=_difficulty(top, lowest, highest),
            bands=bands,
            bands_source=bands_source,
            cut_offs=cut_offs,
            cut_off=cut_off,
            reliable_change=_reliable_change(top, highest - lowest),
            licence=_licence(top),
            loinc=_loinc(top),
        )
        if read.id != path.stem:
            raise top.refuse("id", f"must be the file's name, {path.stem}")
        return read


def _direction(top: Table) -> Direction:
    word = top.text("direction")
    if word not in set(Direction):
        raise top.refuse("direction", f"must be one of {', '.join(Direction)}")
    return Direction(word)


def _options(top: Table) -> tuple[Option, ...]:
    read: list[Option] = []
    for one in top.tables("options"):
        with one:
            read.append(Option(one.whole("value"), one.text("label"), one.code("loinc")))
            if len(read) > 1 and read[-2].value >= read[-1].value:
                raise one.refuse("value", "must be higher than the option's before it")
    if len(read) < 2:
        raise top.refuse("options", "must be two or more")
    return tuple(read)


def _items(top: Table, scores: list[int]) -> tuple[Item, ...]:
    read = []
    for expected, one in enumerate(top.tables("items"), start=1):
        with one:
            risk = None
            if "risk" in one.values:
                with one.table("risk") as table:
                    # The lowest option as a trigger would alert on every form.
                    risk = RiskTrigger(table.whole("at_least", scores[1], scores[-1]), table.text("source"))
            number = one.whole("number")
            if number != expected:
                raise one.refuse("number", f"must be {expected}: items are counted from 1, in order")
            read.append(Item(number, one.text("text"), one.code("loinc"), risk))
    if not read:
        raise top.refuse("items", "must be one or more")
    return tuple(read)


def _difficulty(top: Table, lowest: int, highest: int) -> Difficulty | None:
    if "difficulty" not in top.values:
        return None
    with top.table("difficulty") as one:
        above = one.whole("above", lowest, highest)
        return Difficulty(one.text("text"), above, _options(one), one.code("loinc"))


def _severity(top: Table, lowest: int, highest: int) -> tuple[tuple[Band, ...], str]:
    read: list[Band] = []
    with top.table("severity") as severity:
        source = severity.text("source")
        for one in severity.tables("bands"):
            with one:
                start = read[-1].highest + 1 if read else lowest
                begins = one.whole("from")
                if begins != start:
                    raise one.refuse("from", f"must be {start}: bands leave no gap and do not overlap")
                read.append(Band(begins, one.whole("to", begins, highest), one.text("label")))
        if not read or read[-1].highest != highest:
            raise severity.refuse("bands", f"must end at {highest}")
    return tuple(read), source


def _cut_offs(top: Table, lowest: int, highest: int) -> tuple[tuple[CutOff, ...], CutOff | None]:
    read, chosen = [], []
    for one in top.tables("cut_offs"):
        with one:
            at_least = one.whole("at_least", lowest, highest)
            read.append(CutOff(at_least, one.text("meaning"), one.text("source")))
            if one.yes("default"):
                chosen.append(read[-1])
    if read and len(chosen) != 1:
        raise top.refuse("cut_offs", "exactly one must be the default")
    return tuple(read), chosen[0] if chosen else None


def _reliable_change(top: Table, span: int) -> ReliableChange | None:
    if "reliable_change" not in top.values:
        return None
    with top.table("reliable_change") as one:
        return ReliableChange(one.whole("points", 1, span), one.text("name"), one.text("source"))


def _licence(top: Table) -> Licence:
    with top.table("licence") as one:
        return Licence(one.text("status"), one.text("attribution"), one.text("source"))


def _loinc(top: Table) -> Loinc:
    with top.table("loinc") as one:
        return Loinc(one.text("panel"), one.text("total"), one.text("answers"))
