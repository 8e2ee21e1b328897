"""Which answers call for crisis help and an alert. Pure.

One answer decides, at any total and on an unfinished form. No score, level or prediction is made of it.
"""

from __future__ import annotations

from clinic.measures.definition import Instrument
from clinic.measures.scoring import check_answer


def triggered(instrument: Instrument, number: int, value: int) -> bool:
    """Whether this one answer triggers, whatever else is answered or not. Unscored questions never do.

    Raises:
        AnswerOutsideOptions: an unknown item, or a value outside the options.
    """
    check_answer(instrument, number, value)
    item = instrument.item(number)
    return item is not None and item.risk is not None and value >= item.risk.at_least
