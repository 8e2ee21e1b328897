"""What things are called on the clients' screens."""

from __future__ import annotations

# A client is not sent "a depression measure": the questions say what they ask.
MEASURES = {"phq-9": "Questions about mood", "gad-7": "Questions about worry"}


def measure_title(instrument_id: str) -> str:
    return MEASURES.get(instrument_id, "Questions about how you feel")


def joined(names: list[str], otherwise: str) -> str:
    """ "Dana and Sam"; `otherwise` when there is nobody."""
    if not names:
        return otherwise
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
