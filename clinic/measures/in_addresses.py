"""What stands for a measure in an address: a browser's history tells nobody which one was answered."""

from __future__ import annotations

import hmac

from clinic.measures.instrument import load_instruments
from db.keys import derived


def key_of(instrument_id: str) -> str:
    """Twelve hex digits, the same each time, that only this portal can make of the measure's id."""
    return hmac.digest(derived("measures in addresses"), instrument_id.encode(), "sha256").hex()[:12]


def meant_by(word: str) -> str:
    """The id of the measure that an address means: by its key or, as in older links, by the id itself."""
    return next((name for name in load_instruments() if key_of(name) == word), word)
