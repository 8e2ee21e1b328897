"""Which answers call for crisis help and an alert. Pure.

One answer decides, at any total and on an unfinished form. No score, level or prediction is made of it.
"""

from __future__ import annotations

from clinic.measures.instrument import Instrument
from clinic.measures.scoring import scored_item


def triggered(instrument: Instrument, item: int, value: int) -> bool:
    """Whether this one answer triggers, whatever else is answered or not.

    Raises:
        AnswerOutsideOptions: an unknown item, or a value outside the options.
    """
    risk = scored_item(instrument, item, value).risk
    return risk is not None and value >= risk.at_least
