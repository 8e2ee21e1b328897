"""How a caseload is ordered and filtered, and which colour a client has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.measures.verdict import COLOURS, Colour, Rule

PLACE = {colour: place for place, colour in enumerate(Colour)}


class Order(StrEnum):
    ATTENTION = "attention"
    NAME = "name"
    NEXT_SESSION = "next"
    NEWEST_RESULT = "newest"


class Only(StrEnum):
    """Which clients: everyone, or those with…"""

    EVERYONE = "everyone"
    ATTENTION = "attention"  # an open alert, red, amber, or a result nobody has looked at
    ALERT = "alert"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    NONE = "none"
    UNREVIEWED = "unreviewed"
    DISCHARGED = "discharged"  # whose care here has ended; under no other filter
    NOT_DONE = "not_done"  # consent or intake
    OVERDUE = "overdue"  # a measure that is due and not answered


# What each client has to do is read for everybody only where somebody asks for it.
ABOUT_TO_DO = frozenset({Only.NOT_DONE, Only.OVERDUE})


@dataclass(frozen=True)
class Look:
    """What the list is to show. `page` counts from 0; one that is not there is the last."""

    words: str = ""
    only: Only = Only.EVERYONE
    order: Order = Order.ATTENTION
    page: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """What orders and filters, of every client. `not_done` and `overdue` are None where nobody asked."""

    id: int
    name: str
    alerts: int
    unanswered: int
    colour: Colour
    unreviewed: bool
    next_at: datetime | None
    newest_at: datetime | None
    not_done: bool | None = None
    overdue: bool | None = None
    discharged: bool = False


USUALLY = Look()


def first_colour(rules: Iterable[Rule]) -> Colour:
    """Of several measures, the colour to look at first."""
    return min((COLOURS.get(rule, Colour.NONE) for rule in rules), key=PLACE.__getitem__, default=Colour.NONE)


def accepts(only: Only) -> Callable[[Listed], bool]:
    if only is Only.DISCHARGED:
        return lambda client: client.discharged
    test = _accepts(only)
    return lambda client: not client.discharged and test(client)


def _accepts(only: Only) -> Callable[[Listed], bool]:
    match only:
        case Only.EVERYONE:
            return lambda client: True
        case Only.ATTENTION:
            return lambda client: (
                client.alerts > 0 or client.unreviewed or client.colour in (Colour.RED, Colour.AMBER)
            )
        case Only.ALERT:
            return lambda client: client.alerts > 0
        case Only.UNREVIEWED:
            return lambda client: client.unreviewed
        case Only.NOT_DONE:
            return lambda client: client.not_done is True
        case Only.OVERDUE:
            return lambda client: client.overdue is True
        case _:
            return lambda client: client.colour.value == only.value


def key_of(order: Order) -> Callable[[Listed], tuple[float | str, ...]]:
    """By name within each; the attention order is alerts nobody has read, open ones, then the colours."""
    far = float("inf")
    match order:
        case Order.NAME:
            return lambda client: (client.name.casefold(), client.id)
        case Order.NEXT_SESSION:
            return lambda client: (
                client.next_at.timestamp() if client.next_at else far,
                client.name.casefold(),
                client.id,
            )
        case Order.NEWEST_RESULT:
            return lambda client: (
                -client.newest_at.timestamp() if client.newest_at else far,
                client.name.casefold(),
                client.id,
            )
        case Order.ATTENTION:
            return lambda client: (
                client.unanswered == 0,
                client.alerts == 0,
                PLACE[client.colour],
                not client.unreviewed,
                client.name.casefold(),
                client.id,
            )
