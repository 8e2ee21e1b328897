"""What an instrument's file says, as values. Pure; how a file is written is in docs/measures.md.

Every number that somebody published (a band, a cut-off, a threshold of change) stands beside its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# The numbers under which unscored questions are kept beside the items' own, which count from 1.
DIFFICULTY = 0
GATE = -1


class Direction(StrEnum):
    """What a high value means. MIXED only where there is no total and each item says for itself."""

    HIGHER_WORSE = "higher_worse"
    HIGHER_BETTER = "higher_better"
    MIXED = "mixed"


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
class Review:
    """An answer of `at_least` or above asks the therapist to look: `prompt`. No alert, no crisis help."""

    at_least: int
    prompt: str
    source: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Not asked when `item`, asked before, was answered `value`; it then counts `score`."""

    item: int
    value: int
    score: int
    source: str


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `lowest` to `highest`, both included."""

    lowest: int
    highest: int
    label: str


@dataclass(frozen=True, slots=True)
class Item:
    """A scored question. `number` counts from 1 and `options` follow each other as printed.

    `bands` are the item's own, only where the measure has no total.
    """

    number: int
    text: str
    loinc: str | None
    options: tuple[Option, ...]
    reversed: bool
    direction: Direction
    risk: RiskTrigger | None
    review: Review | None
    skip: Skip | None
    bands: tuple[Band, ...]
    bands_source: str

    @property
    def lowest(self) -> int:
        return min(option.value for option in self.options)

    @property
    def highest(self) -> int:
        return max(option.value for option in self.options)

    def score(self, value: int) -> int:
        """What an answer counts: itself, or mirrored within the options where the item is reversed."""
        return self.lowest + self.highest - value if self.reversed else value

    def band(self, value: int) -> Band | None:
        return next((band for band in self.bands if band.lowest <= value <= band.highest), None)


@dataclass(frozen=True, slots=True)
class Gate:
    """The unscored question before the items. The answer `stops` ends the form with the lowest total."""

    text: str
    options: tuple[Option, ...]
    stops: int
    source: str


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The unscored question after the items, asked once any item is above its lowest."""

    text: str
    options: tuple[Option, ...]
    loinc: str | None


@dataclass(frozen=True, slots=True)
class CutOff:
    """A value on one side of `limit`, which itself belongs to that side, has this meaning.

    `upwards`: the side is the limit and above. `group`: for whom it was found ("men"), or "" for everybody.
    """

    limit: int
    upwards: bool
    meaning: str
    source: str
    group: str
    default: bool

    def met(self, value: int) -> bool:
        return value >= self.limit if self.upwards else value <= self.limit

    @property
    def words(self) -> str:
        """ "10 or more", "3 or more for women"."""
        side = f"{self.limit} or {'more' if self.upwards else 'less'}"
        return f"{side} for {self.group}" if self.group else side


@dataclass(frozen=True, slots=True)
class Subscale:
    """A sum of some items, with a range of its own and, where one is published, a cut-off of its own."""

    id: str
    name: str
    items: tuple[int, ...]
    lowest: int
    highest: int
    cut_offs: tuple[CutOff, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Need:
    """`count` items or more of a subscale must be endorsed."""

    subscale: str
    count: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A published screening rule on counts of endorsed items, answered `endorsed_from` or above."""

    id: str
    meaning: str
    endorsed_from: int
    needs: tuple[Need, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """A change of `points` or more is more than measurement error alone. `name`: whose rule, in short."""

    points: int
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class ImportantChange:
    """The smallest change that people notice lies between `lowest` and `highest` points, both included."""

    lowest: int
    highest: int
    source: str


@dataclass(frozen=True, slots=True)
class Licence:
    status: str
    attribution: str
    source: str


@dataclass(frozen=True, slots=True)
class Loinc:
    """Codes for export, None where none is verified. `panel` is the form, `total` the score: never one
    for the other."""

    panel: str | None = None
    total: str | None = None
    answers: str | None = None


@dataclass(frozen=True)
class Instrument:
    """One measure.

    `bands` cover `lowest` to `highest` without gap or overlap, or there are none. `cut_offs` are all that
    are known, `cut_off` the one in use: None where there is none, or where each is for a group of people.
    `reliable_change` likewise. Without a total (`has_total`), `lowest` and `highest` are the items'.
    `charted` is False for a screen, which is asked once and is no outcome.
    """

    id: str
    name: str
    full_name: str
    version: str
    direction: Direction
    recall: str
    instructions: str
    stem: str
    minutes: int
    adult_only: bool
    charted: bool
    has_total: bool
    lowest: int
    highest: int
    gate: Gate | None
    items: tuple[Item, ...]
    difficulty: Difficulty | None
    bands: tuple[Band, ...]
    bands_source: str
    subscales: tuple[Subscale, ...]
    rules: tuple[Rule, ...]
    cut_offs: tuple[CutOff, ...]
    cut_off: CutOff | None
    reliable_changes: tuple[ReliableChange, ...]
    reliable_change: ReliableChange | None
    important_changes: tuple[ImportantChange, ...]
    licence: Licence
    loinc: Loinc

    @property
    def has_risk(self) -> bool:
        """Whether any item can call for crisis help."""
        return any(item.risk for item in self.items)

    def item(self, number: int) -> Item | None:
        return next((item for item in self.items if item.number == number), None)

    def band(self, total: int) -> Band | None:
        """The severity band of a total within the range; None where the measure has no bands."""
        return next((band for band in self.bands if band.lowest <= total <= band.highest), None)

    def options_of(self, number: int) -> tuple[Option, ...]:
        """The options of an item, or of the question kept under GATE or DIFFICULTY; () where not asked."""
        asked: Item | Gate | Difficulty | None
        if number == GATE:
            asked = self.gate
        elif number == DIFFICULTY:
            asked = self.difficulty
        else:
            asked = self.item(number)
        return asked.options if asked else ()
