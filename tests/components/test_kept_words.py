"""What an administrator reads of a record: why it is kept, and what was erased of it."""

from __future__ import annotations

from datetime import date

from clinic.oversight.keeping import KeptRecord
from clinic.oversight.retention import Standing, Why
from components.kept_words import erased_sentence, state, why_not


def record(*why: Why, until: date | None = None) -> KeptRecord:
    return KeptRecord("x", "Sam", None, True, None, Standing(until, why))


def test_what_was_erased_is_counted_in_words() -> None:
    counts = {
        "mood_entry": 2,
        "message": 1,
        "sign_in": 3,
        "nudge": 1,
        "account": 1,
        "appointment": 1,
        "visit": 1,
    }
    assert erased_sentence(counts) == (
        "Erased: 2 check-ins, 1 message and 4 other rows. "
        "Left without content, for the calendar and the figures: 1 session."
    )
    assert erased_sentence({"account": 1}) == "Erased: nothing but the account."
    assert erased_sentence({"nudge": 1}) == "Erased: 1 other row."


def test_everything_that_keeps_a_record_is_a_sentence() -> None:
    said = why_not(record(*Why, until=date(2036, 11, 30)))
    assert len(said) == len(Why)
    assert said[-1] == "It has to be kept until Sunday 30 November 2036."
    assert all(said)


def test_a_state_is_a_word_or_three() -> None:
    assert state(record()) == "Can be erased"
    assert [state(record(why)) for why in Why] == ["In care", "Held", "Alert open", "Kept"]
