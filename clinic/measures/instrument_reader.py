"""An instrument's file to its values. A file that is not wholly understood is refused, by name and line:
a measure with a wrong number in it must not be answered. The format is in docs/measures.md."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from clinic.measures.definition import (
    Difficulty,
    Direction,
    Gate,
    Instrument,
    Item,
    Licence,
    Loinc,
    Option,
    Review,
    RiskTrigger,
    Skip,
)
from clinic.measures.instrument_file import InstrumentFileError, Table
from clinic.measures.limit_reader import (
    LONGEST_NAME,
    cut_offs,
    important_changes,
    reliable_changes,
    rules,
    severity,
    subscales,
    sum_range,
)

LARGEST_FILE = 1_000_000  # bytes; the longest that ships has a hundredth of this
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OF_A_TOTAL = ("lowest", "highest", "severity", "cut_offs", "subscales", "rules", "reliable_change")


def read_instrument(path: Path, taken: Collection[str] = ()) -> Instrument:
    """The measure in a file. `taken`: ids that it may not have.

    Raises:
        InstrumentFileError: the file cannot be opened, or is malformed.
    """
    if path.suffix != ".toml":
        raise InstrumentFileError(path.name, None, "is not an instrument file: its name must end in .toml")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InstrumentFileError(path.name, None, "is too large for an instrument file")
        content = path.read_bytes()
    except OSError as error:
        why = f"cannot be read ({error.strerror}): check the file and who may read it"
        raise InstrumentFileError(path.name, None, why) from error
    with Table.of(path.name, content) as top:
        if path.stem in taken:
            raise top.refuse("id", "is taken by a measure that ships: give the file and its id another name")
        return _instrument(top, path.stem)


def _instrument(top: Table, stem: str) -> Instrument:
    if not _ID.fullmatch(stem):
        raise top.refuse("id", f'is the file\'s name, and "{stem}" is not small letters, digits and hyphens')
    if top.values.get("id") != stem:
        raise top.refuse("id", f'must be the file\'s name, "{stem}"')
    direction, has_total = _direction(top), top.yes("has_total", otherwise=True)
    if (direction is Direction.MIXED) == has_total:
        why = "must be mixed where there is no total, and only there"
        raise top.refuse("direction", why)
    items = _items(top, direction, has_total)
    lowest, highest = _range(top, items, has_total)
    bands, bands_source = severity(top, lowest, highest)
    parts = subscales(top, items)
    cuts = cut_offs(top, lowest, highest)
    changes, change = reliable_changes(top, highest - lowest)
    return Instrument(
        id=top.text("id", LONGEST_NAME),
        name=top.text("name"),
        full_name=top.text("full_name"),
        version=top.text("version", LONGEST_NAME),
        direction=direction,
        recall=top.text("recall"),
        instructions=top.text_or("instructions", ""),
        stem=top.text_or("stem", ""),
        minutes=top.whole("minutes", 1, 60),
        adult_only=top.yes("adult_only"),
        charted=top.yes("charted"),
        has_total=has_total,
        lowest=lowest,
        highest=highest,
        gate=_gate(top),
        items=items,
        difficulty=_difficulty(top),
        bands=bands,
        bands_source=bands_source,
        subscales=parts,
        rules=rules(top, parts, items),
        cut_offs=cuts,
        cut_off=next((cut for cut in cuts if cut.default), None),
        reliable_changes=changes,
        reliable_change=change,
        important_changes=important_changes(top, highest - lowest),
        licence=_licence(top),
        loinc=_loinc(top),
    )


def _direction(top: Table) -> Direction:
    word = top.text("direction")
    if word not in set(Direction):
        raise top.refuse("direction", f"must be one of {', '.join(Direction)}")
    return Direction(word)


def _options(table: Table) -> tuple[Option, ...]:
    read: list[Option] = []
    for one in table.tables("options"):
        with one:
            option = Option(one.whole("value"), one.text("label"), one.code("loinc"))
            if any(other.value == option.value for other in read):
                raise one.refuse("value", f"is {option.value}, as another option's: give each its own")
            read.append(option)
    if len(read) < 2:
        raise table.refuse("options", "must be two or more")
    return tuple(read)


def _items(top: Table, direction: Direction, has_total: bool) -> tuple[Item, ...]:
    shared = _options(top) if "options" in top else ()
    read: list[Item] = []
    for one in top.tables("items"):
        with one:
            read.append(_item(one, read, shared, direction, has_total))
    if not read:
        raise top.refuse("items", "must be one or more")
    if shared and all(item.options is not shared for item in read):
        raise top.refuse("options", "is used by no item: take it out")
    return tuple(read)


def _item(
    one: Table, before: list[Item], shared: tuple[Option, ...], direction: Direction, has_total: bool
) -> Item:
    number = one.whole("number")
    if any(item.number == number for item in before):
        raise one.refuse("number", f"is {number}, as another item's: number the items 1, 2, 3, in order")
    if number != len(before) + 1:
        raise one.refuse("number", f"must be {len(before) + 1}: items are counted from 1, in order")
    reversed_ = one.yes("reversed", otherwise=False)
    if "options" not in one and not shared:
        key = "reversed" if reversed_ else "options"
        raise one.refuse(key, "needs options: neither this item nor the file has any")
    options = _options(one) if "options" in one else shared
    values = sorted(option.value for option in options)
    own_bands, bands_source = ((), "") if has_total else severity(one, values[0], values[-1])
    return Item(
        number=number,
        text=one.text("text"),
        loinc=one.code("loinc"),
        options=options,
        reversed=reversed_,
        direction=_direction(one) if direction is Direction.MIXED else direction,
        risk=_risk(one, values),
        review=_review(one, values),
        skip=_skip(one, before, values),
        bands=own_bands,
        bands_source=bands_source,
    )


def _risk(item: Table, values: list[int]) -> RiskTrigger | None:
    if "risk" not in item:
        return None
    with item.table("risk") as one:
        # The lowest option as a trigger would alert on every form.
        return RiskTrigger(one.whole("at_least", values[1], values[-1]), one.text("source"))


def _review(item: Table, values: list[int]) -> Review | None:
    if "review" not in item:
        return None
    with item.table("review") as one:
        at_least = one.whole("at_least", values[1], values[-1])
        return Review(at_least, one.text("prompt"), one.text("source"))


def _skip(item: Table, before: list[Item], values: list[int]) -> Skip | None:
    if "skip" not in item:
        return None
    with item.table("skip") as one:
        # An item that may itself be left out cannot decide about another: its answer may be an old one.
        deciding = {other.number: other for other in before if other.skip is None}
        if not deciding:
            raise one.refuse("item", "must be an item before this one")
        other = deciding[one.one_of("item", deciding)]
        value = one.one_of("value", [option.value for option in other.options])
        return Skip(other.number, value, one.whole("score", values[0], values[-1]), one.text("source"))


def _range(top: Table, items: tuple[Item, ...], has_total: bool) -> tuple[int, int]:
    if not has_total:
        for key in (*_OF_A_TOTAL, "important_change"):
            if key in top:
                raise top.refuse(key, "belongs to a total, and has_total is false: take it out")
        return min(item.lowest for item in items), max(item.highest for item in items)
    return sum_range(top, items)


def _gate(top: Table) -> Gate | None:
    if "gate" not in top:
        return None
    with top.table("gate") as one:
        options = _options(one)
        stops = one.one_of("stops", [option.value for option in options])
        return Gate(one.text("text"), options, stops, one.text("source"))


def _difficulty(top: Table) -> Difficulty | None:
    if "difficulty" not in top:
        return None
    with top.table("difficulty") as one:
        return Difficulty(one.text("text"), _options(one), one.code("loinc"))


def _licence(top: Table) -> Licence:
    with top.table("licence") as one:
        return Licence(one.text("status"), one.text("attribution"), one.text("source"))


def _loinc(top: Table) -> Loinc:
    if "loinc" not in top:
        return Loinc()
    with top.table("loinc") as one:
        return Loinc(one.code("panel"), one.code("total"), one.code("answers"))
