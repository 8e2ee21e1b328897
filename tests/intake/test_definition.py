"""A form and its JSON: the same both ways; what is malformed is refused and said by its place."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import FormMalformed
from clinic.intake import form_edits
from clinic.intake.default_form import DEFAULT_FORM
from clinic.intake.definition import (
    MOST_FIELDS,
    MOST_OPTIONS,
    MOST_SECTIONS,
    check,
    check_to_publish,
    form_from_json,
    form_to_json,
)
from clinic.intake.form import KNOWN_NAMES, Condition, Field, Form, Kind, Section

BORN = {"name": "born", "label": "Born", "kind": "birth date", "required": True}
DRINKS = {"name": "drinks", "label": "Drinks", "kind": "choice", "options": ["No", "Yes"]}
_LABELS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=60
).filter(lambda text: bool(text.strip()) and text.isprintable())


def _json(*fields: dict[str, Any], **section: Any) -> str:
    first = {"name": "one", "title": "One", "fields": [BORN]}
    return json.dumps(
        {"sections": [first, {"name": "two", "title": "Two", "fields": list(fields), **section}]}
    )


def _refused(text: str) -> str:
    with pytest.raises(FormMalformed) as refused:
        form_from_json(text)
    return refused.value.sentence


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Forms as the builder can make them: sections and questions of every kind, with conditions."""
    form = Form((Section("start", "Start", "", (Field("born", "Born", Kind.BIRTH_DATE, required=True),)),))
    for title in draw(st.lists(_LABELS, max_size=3)):
        form, section = form_edits.add_section(form, title)
        for label in draw(st.lists(_LABELS, max_size=3)):
            kind = draw(st.sampled_from([kind for kind in Kind if kind is not Kind.BIRTH_DATE]))
            earlier = [field for field in form.fields() if field.conditions]
            form, name = form_edits.add_field(form, section, label, kind)
            asked = draw(st.sampled_from([None, *earlier]))
            condition = Condition(asked.name, (draw(st.sampled_from(asked.conditions)),)) if asked else None
            form = form_edits.change_field(
                form,
                name,
                required=draw(st.booleans()),
                help=draw(_LABELS | st.just("")),
                show_when=condition,
            )
    return form


@given(forms())
def test_a_form_comes_back_from_its_json_as_it_was(form: Form) -> None:
    assert form_from_json(form_to_json(form)) == form


def test_the_default_form_is_well_formed_and_can_be_published_at_any_minimum_age() -> None:
    assert form_from_json(form_to_json(DEFAULT_FORM)) == DEFAULT_FORM
    for age in (0, 16, 18, 21):
        check_to_publish(DEFAULT_FORM, age)


def test_the_form_that_an_older_clinic_keeps_is_read() -> None:
    path = Path(__file__).resolve().parents[2] / "db/migrations/versions/0003_intake_and_safety.py"
    spec = importlib.util.spec_from_file_location("migration", path)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    names = ("name", "label", "kind", "required", "options", "longest")
    sections = [
        {"name": n, "title": t, "why": w, "fields": [dict(zip(names, f, strict=True)) for f in fields]}
        for n, t, w, fields in migration._FIRST_FORM
    ]
    form = form_from_json(json.dumps({"sections": sections}))
    assert [section.name for section in form.sections] == ["about-you", "contact", "reason"]
    voicemail = form.field("voicemail")
    assert voicemail is not None
    assert voicemail.required
    assert voicemail.choices == ("Yes", "No")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        pytest.param("[" * 100_000, "it is not JSON", id="deep"),
        ("[]", "it is no JSON object"),
        ("{}", "“sections” is no list"),
        ('{"sections": []}', "the date of birth is not asked"),
        ('{"sections": [], "extra": 1}', "there is no “extra”"),
        (_json({**DRINKS, "kind": "colour"}), "there is no kind “colour”"),
        (_json({**DRINKS, "kind": 3}), "“kind” is no text"),
        (_json({"name": "x", "kind": "text"}), "“label” is not there"),
        (_json({**DRINKS, "label": " "}), "its question is empty"),
        (_json({**DRINKS, "label": "two\nlines"}), "its question has a line break"),
        (_json({**DRINKS, "label": "x" * 201}), "longer than 200 characters"),
        (_json({**DRINKS, "help": "x" * 501}), "longer than 500 characters"),
        (_json({**DRINKS, "name": "Drinks!"}), "a name has 1 to 40 small letters"),
        (_json({**DRINKS, "name": "x" * 41}), "a name has 1 to 40 small letters"),
        (_json(DRINKS, DRINKS), "two questions are named drinks"),
        (_json(BORN), "two questions are named born"),
        (_json(name="one"), "two sections are named one"),
        (_json({**DRINKS, "options": []}), "give it 2 to 40 options"),
        (_json({**DRINKS, "options": ["One"]}), "give it 2 to 40 options"),
        (_json({**DRINKS, "options": [str(n) for n in range(MOST_OPTIONS + 1)]}), "give it 2 to 40 options"),
        (_json({**DRINKS, "options": ["No", "No"]}), "the option “No” is there twice"),
        (_json({**DRINKS, "options": ["No", ""]}), "its option is empty"),
        (_json({**DRINKS, "options": ["No", 1]}), "each option is a text"),
        (_json({**DRINKS, "options": "No"}), "“options” is no list"),
        (_json({**DRINKS, "kind": "text"}), "a question of the kind “text” has no options"),
        (_json({**DRINKS, "required": "yes"}), "“required” is true or false"),
        (_json({**DRINKS, "longest": "9"}), "“longest” is no whole number"),
        (_json({**DRINKS, "longest": True}), "“longest” is no whole number"),
        (_json({**DRINKS, "longest": 10_001}), "1 to 10,000 characters"),
        (_json({"name": "s", "label": "S", "kind": "scale"}), "a scale has 2 to 11 steps"),
        (_json({"name": "s", "label": "S", "kind": "scale", "lowest": 0, "highest": 11}), "2 to 11 steps"),
        (_json({"name": "s", "label": "S", "kind": "scale", "lowest": 5, "highest": 1}), "2 to 11 steps"),
        (
            _json({"name": "n", "label": "N", "kind": "number", "lowest": 2, "highest": 1}),
            "the lowest is above",
        ),
        (_json({"name": "n", "label": "N", "kind": "number", "highest": 10**9}), "numbers up to 1,000,000"),
        (_json({"name": "t", "label": "T", "kind": "text", "lowest": 1}), "has no lowest or highest"),
        (_json({"name": "b", "label": "B", "kind": "birth date"}), "the client's birth date is named born"),
        (_json({**DRINKS, "show_when": {"field": "nothing", "is": ["Yes"]}}), "which is not on the form"),
        (_json({**DRINKS, "show_when": {"field": "drinks", "is": ["Yes"]}}), "which comes later"),
        (
            _json(DRINKS, {**DRINKS, "name": "more", "show_when": {"field": "drinks", "is": []}}),
            "choose an answer",
        ),
        (
            _json(DRINKS, {**DRINKS, "name": "more", "show_when": {"field": "drinks", "is": ["Maybe"]}}),
            "“Maybe”, no answer to “Drinks”",
        ),
        (_json({**DRINKS, "show_when": {"field": "born", "is": ["18/1/1990"]}}), "no answer to “Born”"),
        (_json({**DRINKS, "show_when": {"field": "drinks"}}), "“is” is no list"),
        (_json({**DRINKS, "show_when": "drinks"}), "it is no JSON object"),
        (_json(show_when={"field": "later", "is": ["Yes"]}), "which is not on the form"),
        (_json("text"), "it is no JSON object"),  # type: ignore[arg-type]
        (_json({**DRINKS, "colour": "red"}), "there is no “colour”"),
    ],
)
def test_a_malformed_form_is_refused_with_a_sentence(text: str, words: str) -> None:
    assert words in _refused(text)


def test_the_sentence_says_the_place() -> None:
    assert _refused(_json(DRINKS, {**DRINKS, "name": "b", "label": "Beer", "options": []})).startswith(
        "Section “Two”, question “Beer”: "
    )
    assert _refused(_json(DRINKS, {"name": "b"})).startswith("Section “Two”, question 2: ")


@pytest.mark.parametrize(
    "born",
    [
        {**BORN, "required": False},
        {**BORN, "kind": "date"},
        {**BORN, "show_when": {"field": "drinks", "is": ["Yes"]}},
    ],
)
def test_the_date_of_birth_is_always_asked(born: dict[str, Any]) -> None:
    text = json.dumps({"sections": [{"name": "one", "title": "One", "fields": [DRINKS, born]}]})
    assert "the date of birth is a required birth date without a condition" in _refused(text)
    hidden = {
        "name": "two",
        "title": "Two",
        "fields": [BORN],
        "show_when": {"field": "drinks", "is": ["Yes"]},
    }
    text = json.dumps({"sections": [{"name": "one", "title": "One", "fields": [DRINKS]}, hidden]})
    assert "so its section has no condition" in _refused(text)


def test_sizes_are_bounded() -> None:
    born = Section("one", "One", "", (Field("born", "Born", Kind.BIRTH_DATE, required=True),))
    many = tuple(Section(f"s{n}", "S", "", ()) for n in range(MOST_SECTIONS))
    check(Form((born, *many[1:])))
    with pytest.raises(FormMalformed, match=f"more than {MOST_SECTIONS} sections"):
        check(Form((born, *many)))
    fields = tuple(Field(f"f{n}", "F", Kind.TEXT) for n in range(MOST_FIELDS))
    check(Form((born, Section("two", "Two", "", fields[1:]))))
    with pytest.raises(FormMalformed, match=f"more than {MOST_FIELDS} questions"):
        check(Form((born, Section("two", "Two", "", fields))))


def test_an_empty_section_is_a_draft_but_nothing_to_publish() -> None:
    form, _ = form_edits.add_section(DEFAULT_FORM, "New")
    check(form)
    with pytest.raises(FormMalformed, match="“New”: it has no question yet"):
        check_to_publish(form, 18)


def test_a_clinic_that_takes_minors_asks_for_a_guardian() -> None:
    form = form_edits.delete_section(DEFAULT_FORM, "guardian")
    check_to_publish(form, 18)
    with pytest.raises(FormMalformed, match="name of a parent or guardian"):
        check_to_publish(form, 16)


@given(forms(), st.data())
def test_moving_keeps_every_question_and_its_name(form: Form, data: st.DataObject) -> None:
    names = sorted(field.name for field in form.fields())
    name = data.draw(st.sampled_from(names))
    moved = form_edits.move_field(form, name, data.draw(st.sampled_from([-1, 1])))
    assert sorted(field.name for field in moved.fields()) == names
    section = data.draw(st.sampled_from([section.name for section in form.sections]))
    moved = form_edits.move_section(form, section, data.draw(st.sampled_from([-1, 1])))
    assert sorted(field.name for field in moved.fields()) == names


@given(forms())
def test_a_question_moved_down_and_up_again_is_where_it_was(form: Form) -> None:
    for field in list(form.fields())[:-1]:
        assert form_edits.move_field(form_edits.move_field(form, field.name, 1), field.name, -1) == form


@given(st.lists(_LABELS, min_size=1, max_size=8))
def test_a_new_question_gets_a_name_of_its_own_never_a_known_one(labels: list[str]) -> None:
    form = DEFAULT_FORM
    for label in (*labels, *labels, "Phone", "phone", "Ваше имя", "2nd"):
        form, name = form_edits.add_field(form, "reason", label, Kind.TEXT)
        assert name not in KNOWN_NAMES
    check(form)


def test_other_words_leave_name_and_kind_as_they_are() -> None:
    form = form_edits.change_field(DEFAULT_FORM, "phone", label="Telephone")
    field = form.field("phone")
    assert field is not None
    assert (field.label, field.kind) == ("Telephone", Kind.PHONE)


def test_a_known_question_that_was_deleted_can_be_brought_back() -> None:
    form = form_edits.delete_field(DEFAULT_FORM, "emergency_phone")
    assert [field.name for field in form_edits.missing_known(form)] == ["emergency_phone"]
    form = form_edits.add_known(form, "emergency", "emergency_phone")
    assert form_edits.missing_known(form) == ()
    check(form)


def test_what_others_depend_on_cannot_be_deleted_or_moved_behind_them() -> None:
    with pytest.raises(FormMalformed, match=r"“What helped, and what did not\?”.*which is not on the form"):
        check(form_edits.delete_field(DEFAULT_FORM, "before"))
    with pytest.raises(FormMalformed, match="which comes later"):
        check(form_edits.move_field(DEFAULT_FORM, "before", 1))
