"""Filled-in measures as FHIR R4: valid by the published schema, references resolve, no code lies."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinic.measures.definition import DIFFICULTY, GATE, Instrument
from clinic.measures.fhir import LOINC, NOT_THE_SAME, SYSTEM, Filled, Person, bundle
from clinic.measures.instrument import shipped
from tests.measures.fhir_schema import problems_with

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, UTC)
SAM = Person("sam_-public-id-0000000", "Sam  Rivera <&>", date(1990, 3, 27))


def filled(measure: Instrument, **given: Any) -> Filled:
    """A form with the last option of every question."""
    answers = {item.number: item.options[-1].value for item in measure.items}
    if measure.gate:
        answers[GATE] = measure.gate.options[-1].value
    if measure.difficulty:
        answers[DIFFICULTY] = measure.difficulty.options[0].value
    total = measure.highest if measure.has_total else None
    said: dict[str, Any] = {
        "version": measure.version,
        "answers": answers,
        "total": total,
        "completed_at": NOW,
    }
    said |= {"public_id": f"form_{measure.id}"} | given
    return Filled(instrument_id=measure.id, started_at=NOW, **said)


def made(*forms: Filled, person: Person = SAM) -> dict[str, Any]:
    return bundle(person, forms, shipped(), "Linden Practice", NOW)


def of_kind(whole: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["resource"] for one in whole["entry"] if one["resource"]["resourceType"] == kind]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [one for part in value.values() for one in references(part)]
    return [one for part in value for one in references(part)] if isinstance(value, list) else []


@pytest.mark.parametrize("measure", shipped().values(), ids=lambda one: one.id)
def test_every_measure_that_ships_is_valid_as_r4(measure: Instrument) -> None:
    begun = filled(measure, public_id="begun", completed_at=None, total=None, answers={})
    whole = made(filled(measure), begun)
    assert problems_with(whole) == []
    there = [one["fullUrl"] for one in whole["entry"]]
    assert set(references(whole)) <= set(there)
    assert len(set(there)) == len(there)


def test_a_client_who_answered_nothing_gets_a_valid_bundle_too() -> None:
    whole = made(person=Person("x", "Noor", None))
    assert problems_with(whole) == []
    assert [one["resource"]["resourceType"] for one in whole["entry"]] == ["Patient"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole["entry"][1]["resource"].update(status="ready"),
        lambda whole: whole["entry"][1]["resource"].pop("status"),
        lambda whole: whole["entry"][1]["resource"].update(mood="low"),
        lambda whole: whole["entry"][0]["resource"].update(id="an_underscore"),
        lambda whole: whole["entry"][2]["resource"].update(authored="2 March 2026"),
        lambda whole: whole["entry"][3]["resource"]["valueQuantity"].update(value="nine"),
        lambda whole: whole["entry"][3]["resource"].pop("code"),
        lambda whole: whole.update(timestamp="2026-03-02"),
    ],
)
def test_what_is_not_r4_is_found(spoil: Callable[[dict[str, Any]], object]) -> None:
    whole = made(filled(shipped()["phq-9"]))
    assert problems_with(whole) == []
    spoilt = copy.deepcopy(whole)
    spoil(spoilt)
    assert problems_with(spoilt)


def test_the_score_has_loincs_code_and_its_form() -> None:
    whole = made(filled(shipped()["phq-9"], total=17, entered_by="Dana"))
    [asked], [said] = of_kind(whole, "Questionnaire"), of_kind(whole, "QuestionnaireResponse")
    [score] = of_kind(whole, "Observation")
    assert {"system": LOINC, "code": "44249-1"} in asked["code"]
    assert {"system": LOINC, "code": "44261-6"} in score["code"]["coding"]
    assert score["valueQuantity"]["value"] == 17
    assert score["effectiveDateTime"] == "2026-03-02T09:00:00+00:00"
    assert said["questionnaire"] == f"{asked['url']}|{asked['version']}"
    assert said["author"] == {"display": "Dana, Linden Practice"}
    ninth = next(one for one in said["item"] if one["linkId"] == "9")
    assert ninth["text"] == shipped()["phq-9"].items[8].text
    [answer] = ninth["answer"]
    assert (answer["valueCoding"]["code"], answer["valueCoding"]["display"]) == (
        "LA6571-9",
        "Nearly every day",
    )
    assert answer["valueCoding"]["extension"][0]["valueDecimal"] == 3


def test_where_loinc_has_no_code_that_says_the_same_ours_stands() -> None:
    whole = made(*map(filled, shipped().values()))
    codes = [
        coding["code"]
        for one in of_kind(whole, "Questionnaire")
        for item in one["item"]
        for coding in item.get("code", ())
        if coding["system"] == LOINC
    ]
    assert "69725-0" in codes
    assert not NOT_THE_SAME & set(codes)
    [worry] = [one for one in of_kind(whole, "Questionnaire") if one["title"].endswith("(PSWQ)")]
    assert {coding["system"] for item in worry["item"] for coding in item.get("code", ())} == {
        f"{SYSTEM}/pswq"
    }


def test_a_form_that_is_not_finished_or_not_whole_has_no_score() -> None:
    measure = shipped()["gad-7"]
    for form, status in (
        (filled(measure, completed_at=None, total=None), "in-progress"),
        (filled(measure, total=None), "completed"),
    ):
        whole = made(form)
        assert of_kind(whole, "Observation") == []
        assert of_kind(whole, "QuestionnaireResponse")[0]["status"] == status
    assert of_kind(made(filled(measure)), "Observation"), "one that is whole has"


def test_a_measure_without_a_total_gives_each_answer() -> None:
    ons = shipped()["ons4"]
    assert not ons.has_total
    values = [one["valueQuantity"]["value"] for one in of_kind(made(filled(ons)), "Observation")]
    assert values == [item.options[-1].value for item in ons.items]


def test_other_words_than_those_known_are_not_put_into_a_clients_mouth() -> None:
    for form in (
        filled(shipped()["gad-7"], version="0"),
        Filled("gone", "a-measure-of-old", "1", {1: 4}, NOW, NOW, 4),
    ):
        whole = made(form)
        assert problems_with(whole) == []
        assert of_kind(whole, "Questionnaire") == []
        [said] = of_kind(whole, "QuestionnaireResponse")
        assert said["questionnaire"].endswith(f"/{form.instrument_id}|{form.version}")
        assert all(set(one["answer"][0]) == {"valueInteger"} and "text" not in one for one in said["item"])
        assert of_kind(whole, "Observation")[0]["valueQuantity"]["value"] == form.total


def test_the_same_things_have_the_same_ids_each_time() -> None:
    first, again = (made(filled(shipped()["phq-9"])) for _ in range(2))
    assert json.dumps(first) == json.dumps(again)
