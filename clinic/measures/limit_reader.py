"""The numbers of an instrument's file that somebody published: bands, subscales, cut-offs, rules, changes.

Each is refused where it does not fit the items: `clinic/measures/instrument_reader.py` reads those.
"""

from __future__ import annotations

from clinic.measures.definition import (
    Band,
    CutOff,
    ImportantChange,
    Item,
    Need,
    ReliableChange,
    Rule,
    Subscale,
)
from clinic.measures.instrument_file import Table

LONGEST_NAME = 20  # characters of an id or a version: both are columns of every filled form


def sum_range(table: Table, items: tuple[Item, ...]) -> tuple[int, int]:
    """`lowest` and `highest` as said, which must be what the items add up to."""
    adds_up = {"lowest": sum(item.lowest for item in items), "highest": sum(item.highest for item in items)}
    for key, total in adds_up.items():
        if table.whole(key) != total:
            raise table.refuse(key, f"must be {total}: what the items add up to")
    return adds_up["lowest"], adds_up["highest"]


def severity(table: Table, lowest: int, highest: int) -> tuple[tuple[Band, ...], str]:
    """The bands and their source; none where there is no such table."""
    if "severity" not in table:
        return (), ""
    read: list[Band] = []
    with table.table("severity") as severity:
        source = severity.text("source")
        for one in severity.tables("bands"):
            with one:
                start = read[-1].highest + 1 if read else lowest
                begins = one.whole("from", lowest, highest)
                if begins != start:
                    fault = "leaves a gap" if begins > start else "overlaps the band before it"
                    raise one.refuse("from", f"is {begins} and {fault}: it must be {start}")
                read.append(Band(begins, one.whole("to", begins, highest), one.text("label")))
        if not read or read[-1].highest != highest:
            raise severity.refuse("bands", f"leaves a gap at the end: the last must go to {highest}")
    return tuple(read), source


def subscales(top: Table, items: tuple[Item, ...]) -> tuple[Subscale, ...]:
    """Sums of some items, each with the cut-offs of its own."""
    read: list[Subscale] = []
    for one in top.tables("subscales"):
        with one:
            name = _new_id(one, [part.id for part in read])
            numbers = one.wholes("items")
            foreign = [n for n in numbers if n not in {item.number for item in items}]
            if foreign or len(set(numbers)) != len(numbers):
                why = f"names {foreign[0]}, which is no item here" if foreign else "names an item twice"
                raise one.refuse("items", why)
            its = tuple(item for item in items if item.number in numbers)
            lowest, highest = sum_range(one, its)
            cuts = cut_offs(one, lowest, highest, with_default=False)
            words, source = one.text("name"), one.text("source")
            read.append(Subscale(name, words, tuple(sorted(numbers)), lowest, highest, cuts, source))
    return tuple(read)


def rules(top: Table, parts: tuple[Subscale, ...], items: tuple[Item, ...]) -> tuple[Rule, ...]:
    """Screening rules on the items of `parts`. An item is endorsed from a value on that it can count."""
    within = {part.id: len(part.items) for part in parts}
    lowest, highest = min(item.lowest for item in items), max(item.highest for item in items)
    read: list[Rule] = []
    for one in top.tables("rules"):
        with one:
            name = _new_id(one, [*within, *(rule.id for rule in read)])
            needs = []
            for need in one.tables("needs"):
                with need:
                    subscale = need.text("subscale")
                    if subscale not in within:
                        raise need.refuse("subscale", f'is "{subscale}", which is no subscale here')
                    needs.append(Need(subscale, need.whole("count", 1, within[subscale])))
            if not needs:
                raise one.refuse("needs", "must be one or more")
            endorsed = one.whole("endorsed_from", lowest + 1, highest)
            read.append(Rule(name, one.text("meaning"), endorsed, tuple(needs), one.text("source")))
    return tuple(read)


def _new_id(one: Table, taken: list[str]) -> str:
    name = one.text("id", LONGEST_NAME)
    if name in taken:
        raise one.refuse("id", f'is "{name}", which is taken: give it a name of its own')
    return name


def cut_offs(table: Table, lowest: int, highest: int, *, with_default: bool = True) -> tuple[CutOff, ...]:
    """The cut-offs of a total, one of them in use, or without a default those of a subscale."""
    read: list[CutOff] = []
    for one in table.tables("cut_offs"):
        with one:
            upwards = "at_least" in one
            # On the range's own end it would hold for every form.
            limit = (
                one.whole("at_least", lowest + 1, highest)
                if upwards
                else one.whole("at_most", lowest, highest - 1)
            )
            group = one.text_or("for", "")
            default = one.yes("default", otherwise=False)
            if default and (group or not with_default):
                raise one.refuse("default", "is for cut-offs of the total that are for everybody")
            read.append(CutOff(limit, upwards, one.text("meaning"), one.text("source"), group, default))
    for_all = [cut for cut in read if not cut.group]
    if with_default and for_all and sum(cut.default for cut in for_all) != 1:
        raise table.refuse("cut_offs", "must have one with default = true: the one in use")
    return tuple(read)


def reliable_changes(top: Table, span: int) -> tuple[tuple[ReliableChange, ...], ReliableChange | None]:
    """All thresholds that are known, and the one in use."""
    read, chosen = [], []
    for one in top.tables("reliable_change"):
        with one:
            change = ReliableChange(one.whole("points", 1, span), one.text("name"), one.text("source"))
            read.append(change)
            if one.yes("default", otherwise=False):
                chosen.append(change)
    if read and len(chosen) != 1:
        raise top.refuse("reliable_change", "must have one with default = true: the one in use")
    return tuple(read), chosen[0] if chosen else None


def important_changes(top: Table, span: int) -> tuple[ImportantChange, ...]:
    """The smallest changes that people notice, as published."""
    read = []
    for one in top.tables("important_change"):
        with one:
            least = one.whole("from", 1, span)
            read.append(ImportantChange(least, one.whole("to", least, span), one.text("source")))
    return tuple(read)
