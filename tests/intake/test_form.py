"""The rules for an answer. Pure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.intake.form import FIELDS, FORM, SECTIONS, Kind, birth_date, cannot_be_kept, problems_in

TODAY = date(2026, 3, 2)


@given(st.dates(date(1900, 1, 1), date(2026, 3, 2)))
def test_a_real_date_is_read_as_typed(born: date) -> None:
    assert birth_date(f"{born.day}/{born.month}/{born.year}") == born
    assert birth_date(f" {born.day:02} / {born.month:02} / {born.year} ") == born


@pytest.mark.parametrize(
    "value", ["", "//", "31/2/1990", "0/1/1990", "1/13/1990", "1/1", "a/b/c", "1/1/99999", "²/1/1990"]
)
def test_what_is_no_date_is_none(value: str) -> None:
    assert birth_date(value) is None


@given(st.text(max_size=60))
def test_any_text_gets_a_sentence_or_none_never_an_error(words: str) -> None:
    for section in FORM:
        answers = {field.name: words for field in section.fields}
        assert all(isinstance(sentence, str) for sentence in problems_in(section, answers, TODAY).values())


@pytest.mark.parametrize("number", ["020 7946 0000", "+1 (503) 555-0100", "0043.1.5550100", "12345"])
def test_a_phone_number_may_be_spaced_as_people_space_it(number: str) -> None:
    assert "phone" not in problems_in(SECTIONS["contact"], {"phone": number}, TODAY)


@pytest.mark.parametrize("number", ["1234", "call me", "+1 503 555 0100 ext five", "1" * 16])
def test_what_is_no_phone_number_is_named(number: str) -> None:
    assert "phone" in problems_in(SECTIONS["contact"], {"phone": number}, TODAY)


def test_only_the_options_shown_can_be_chosen() -> None:
    for field in FIELDS.values():
        if field.kind is Kind.CHOICE:
            assert all(cannot_be_kept(field, option) is None for option in (*field.options, ""))
            assert cannot_be_kept(field, "Something else")


def test_every_required_field_has_its_own_sentence() -> None:
    for section in FORM:
        missing = problems_in(section, {}, TODAY)
        assert set(missing) == {field.name for field in section.fields if field.missing}
        assert len(set(missing.values())) == len(missing)
