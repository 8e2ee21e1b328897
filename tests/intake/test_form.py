"""The rules of a form and of its answers. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.intake.age import age_on, birth_date
from clinic.intake.answers import birth_problem, cannot_be_kept, problems_in, problems_to_send, said
from clinic.intake.default_form import DEFAULT_FORM
from clinic.intake.form import (
    KNOWN_NAMES,
    Condition,
    Field,
    Form,
    Kind,
    Section,
    minutes_for,
    shown,
)

TODAY = date(2026, 3, 2)
BORN = Field("born", "Born", Kind.BIRTH_DATE, required=True)
DRINKS = Field("drinks", "Do you drink?", Kind.CHOICE, options=("No", "Wine", "Beer"))
HOW_MUCH = Field(
    "much", "How much?", Kind.NUMBER, required=True, show_when=Condition("drinks", ("Wine", "Beer"))
)
PEOPLE = Field("people", "Who is there?", Kind.CHOICES, options=("Partner", "Child", "Cat"))


def _form(*fields: Field) -> Form:
    return Form((Section("one", "One", "", (BORN, *fields)),))


def _names(form: Form) -> list[str]:
    return [field.name for field in form.fields()]


def _problems(field: Field, value: str) -> str | None:
    return problems_in([field], {field.name: value}, TODAY, 18).get(field.name)


@given(st.dates(date(1900, 1, 1), date(2026, 3, 2)))
def test_a_real_date_is_read_as_typed(born: date) -> None:
    assert birth_date(f"{born.day}/{born.month}/{born.year}") == born
    assert birth_date(f" {born.day:02} / {born.month:02} / {born.year} ") == born


@pytest.mark.parametrize(
    "value",
    [
        "",
        "//",
        "31/2/1990",
        "0/1/1990",
        "1/13/1990",
        "1/1",
        "a/b/c",
        "1/1/99999",
        "²/1/1990",
        f"1/1/{'9' * 5000}",
    ],
)
def test_what_is_no_date_is_none(value: str) -> None:
    assert birth_date(value) is None


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2008, 3, 2), 18), (date(2008, 3, 3), 17), (date(2008, 2, 29), 18), (date(2026, 3, 2), 0)],
)
def test_age_is_in_whole_years(born: date, age: int) -> None:
    assert age_on(born, TODAY) == age


def test_who_was_born_on_29_february_has_a_birthday_on_1_march_in_other_years() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@given(st.text(max_size=60))
def test_any_text_gets_a_sentence_or_none_never_an_error(words: str) -> None:
    answers = {field.name: words for field in DEFAULT_FORM.fields()}
    found = problems_in(DEFAULT_FORM.fields(), answers, TODAY, 18)
    assert all(isinstance(sentence, str) for sentence in found.values())
    assert all(isinstance(said(field, words), str) for field in DEFAULT_FORM.fields())


@pytest.mark.parametrize("number", ["020 7946 0000", "+1 (503) 555-0100", "0043.1.5550100", "12345"])
def test_a_phone_number_may_be_spaced_as_people_space_it(number: str) -> None:
    assert _problems(Field("phone", "Phone", Kind.PHONE), number) is None


@pytest.mark.parametrize("number", ["1234", "call me", "+1 503 555 0100 ext five", "1" * 16])
def test_what_is_no_phone_number_is_named(number: str) -> None:
    assert _problems(Field("phone", "Phone", Kind.PHONE), number)


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("3", True),
        ("0", True),
        ("20", True),
        ("2.5", True),
        ("2,5", True),
        ("-1", False),
        ("21", False),
        ("many", False),
        ("1e3", False),
        ("nan", False),
        ("٣", False),
        ("1/2", False),
    ],
)
def test_a_number_is_a_number_within_its_bounds(value: str, fine: bool) -> None:
    assert (_problems(Field("n", "N", Kind.NUMBER, lowest=0, highest=20), value) is None) == fine


@pytest.mark.parametrize(
    ("value", "fine"),
    [("a@example.org", True), ("a@b", False), ("a b@example.org", False), ("@example.org", False)],
)
def test_an_email_address_looks_like_one(value: str, fine: bool) -> None:
    assert (_problems(Field("e", "E", Kind.EMAIL), value) is None) == fine


@pytest.mark.parametrize(("value", "fine"), [("27/3/2019", True), ("31/2/2019", False), ("1/1/19", False)])
def test_a_date_is_a_real_one_with_the_whole_year(value: str, fine: bool) -> None:
    assert (_problems(Field("d", "D", Kind.DATE), value) is None) == fine


def test_only_the_answers_shown_can_be_chosen() -> None:
    for field in DEFAULT_FORM.fields():
        if field.choices:
            assert all(cannot_be_kept(field, choice) is None for choice in (*field.choices, ""))
            assert cannot_be_kept(field, "Something of my own")


def test_several_choices_are_lines_each_once() -> None:
    assert cannot_be_kept(PEOPLE, "Partner\nCat") is None
    assert cannot_be_kept(PEOPLE, "Partner\nPartner")
    assert cannot_be_kept(PEOPLE, "Partner\nDog")
    assert cannot_be_kept(PEOPLE, "Partner, Cat")


def test_a_scale_has_its_steps_and_says_what_its_ends_mean() -> None:
    scale = Field("s", "S", Kind.SCALE, lowest=0, highest=3, lowest_label="never", highest_label="always")
    assert scale.choices == ("0", "1", "2", "3")
    assert cannot_be_kept(scale, "4")
    assert cannot_be_kept(scale, "-1")
    assert [said(scale, value) for value in scale.choices] == ["0 (never)", "1", "2", "3 (always)"]


def test_an_answer_that_is_no_text_is_refused_with_a_sentence() -> None:
    for wrong in (None, 3, ["a"], {"a": 1}, b"a"):
        assert cannot_be_kept(BORN, wrong)
    assert cannot_be_kept(BORN, "\ud800")


def test_too_long_is_said_with_the_limit() -> None:
    note = Field("note", "Note", Kind.LONG_TEXT, longest=4000)
    assert cannot_be_kept(note, "x" * 4000) is None
    assert cannot_be_kept(note, "x" * 100_000) == "Use 4,000 characters or fewer."
    assert cannot_be_kept(BORN, "1/" * 50_000)


def test_every_required_field_has_its_own_sentence() -> None:
    missing = problems_in(DEFAULT_FORM.fields(), {}, TODAY, 18)
    assert set(missing) == {field.name for field in DEFAULT_FORM.fields() if field.required}
    for section in DEFAULT_FORM.sections:
        own = [missing[field.name] for field in section.fields if field.name in missing]
        assert len(set(own)) == len(own), "each is told from the others on its screen"


def test_a_required_field_without_a_sentence_of_its_own_gets_one() -> None:
    assert _problems(Field("x", "Your street", Kind.TEXT, required=True), " ") == (
        "Enter an answer to “Your street”."
    )
    assert _problems(replace(PEOPLE, required=True), "") == "Choose an answer to “Who is there?”."


def test_a_field_is_asked_once_its_condition_is_met() -> None:
    form = _form(DRINKS, HOW_MUCH)
    for answer, asked in (("", False), ("No", False), ("Wine", True), ("Beer", True)):
        assert ("much" in _names(shown(form, {"drinks": answer}, TODAY))) == asked


def test_one_of_several_choices_is_enough_for_a_condition() -> None:
    form = _form(PEOPLE, Field("cat", "Its name", Kind.TEXT, show_when=Condition("people", ("Cat",))))
    assert "cat" in _names(shown(form, {"people": "Partner\nCat"}, TODAY))
    assert "cat" not in _names(shown(form, {"people": "Partner"}, TODAY))


def test_what_depends_on_a_hidden_field_is_hidden_whatever_it_once_said() -> None:
    glass = Field(
        "glass",
        "Which glass?",
        Kind.CHOICE,
        options=("Red", "White"),
        show_when=Condition("drinks", ("Wine",)),
    )
    deep = Field("deep", "How deep a red?", Kind.TEXT, show_when=Condition("glass", ("Red",)))
    form = _form(DRINKS, glass, deep)
    answers = {"drinks": "Wine", "glass": "Red"}
    assert _names(shown(form, answers, TODAY)) == ["born", "drinks", "glass", "deep"]
    assert _names(shown(form, {**answers, "drinks": "No"}, TODAY)) == ["born", "drinks"]


def test_a_section_for_under_18s_is_asked_of_them_alone() -> None:
    for born, asked in (("3/3/2008", True), ("2/3/2008", False), ("", False), ("3/3/2030", False)):
        there = shown(DEFAULT_FORM, {"born": born}, TODAY).section("guardian") is not None
        assert there == asked, born


@given(st.dictionaries(st.sampled_from([f.name for f in DEFAULT_FORM.fields()]), st.text(max_size=8)))
def test_a_hidden_required_field_never_blocks(answers: dict[str, str]) -> None:
    asked = set(_names(shown(DEFAULT_FORM, answers, TODAY)))
    assert set(problems_to_send(DEFAULT_FORM, answers, TODAY, 18)) <= asked


@given(st.sampled_from(["", "No", "Wine"]), st.text(max_size=20))
def test_a_hidden_answer_is_never_looked_at(drinks: str, much: str) -> None:
    found = problems_to_send(
        _form(DRINKS, HOW_MUCH), {"born": "1/1/1990", "drinks": drinks, "much": much}, TODAY, 18
    )
    assert drinks == "Wine" or found == {}


@pytest.mark.parametrize(
    ("minimum_age", "born", "sendable"),
    [
        (18, "2/3/2008", True),
        (18, "3/3/2008", False),
        (16, "2/3/2010", True),
        (16, "3/3/2010", False),
        (0, "1/1/2020", True),
    ],
)
def test_the_clinics_minimum_age_decides(minimum_age: int, born: str, sendable: bool) -> None:
    said_so = birth_problem(born, TODAY, minimum_age)
    assert (said_so is None) == sendable
    assert sendable or said_so == (
        f"This portal is for people aged {minimum_age} and over. Call us: we will find another way."
    )


def test_a_minor_needs_a_guardian_and_a_form_that_asks_for_one() -> None:
    answers = {"born": "3/3/2008"}
    asked = problems_to_send(DEFAULT_FORM, answers, TODAY, 16)
    assert {"guardian_name", "guardian_relation", "guardian_phone", "guardian_papers"} <= set(asked)
    assert "born" not in asked
    assert "does not ask about a parent" in problems_to_send(_form(), answers, TODAY, 16)["born"]
    assert problems_to_send(_form(), {"born": "2/3/2008"}, TODAY, 16) == {}


def test_minutes_left_fall_to_none() -> None:
    form = shown(DEFAULT_FORM, {}, TODAY)
    assert 5 <= minutes_for(form, {}) <= 10, "about ten minutes, as the screens say"
    answers: dict[str, str] = {}
    before = minutes_for(form, answers)
    for field in form.fields():
        answers[field.name] = field.choices[0] if field.choices else "x"
        assert minutes_for(form, answers) <= before
        before = minutes_for(form, answers)
    assert before == 0
    assert minutes_for(_form(), {"born": "//"}) == 1, "bare slashes are no answer"


def test_the_default_form_asks_what_other_screens_read_and_little_else_is_required() -> None:
    names = _names(DEFAULT_FORM)
    assert set(KNOWN_NAMES) <= set(names)
    optional = [field for field in DEFAULT_FORM.fields() if not field.required]
    assert len(optional) > len(names) / 2
