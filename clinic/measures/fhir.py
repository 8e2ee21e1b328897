"""Filled-in measures as a FHIR R4 bundle, for another system to read. Pure.

Questionnaire, QuestionnaireResponse and Observation (the score), and the Patient they speak of. LOINC's
codes stand where the measure's file has them; where it has none, a code of our own, in `SYSTEM`. What maps to
what is in docs/export-and-erasure.md.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from clinic.measures.definition import DIFFICULTY, GATE, Instrument, Option

LOINC = "http://loinc.org"
# A name under .invalid is nobody's and leads nowhere (RFC 2606): a name for codes, not a place to fetch from.
SYSTEM = "https://quiet-room.invalid/fhir/measure"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
# These terms say something else than the item they stand beside: 68509-9 is shared by several measures and
# worded otherwise, 69689-8 asks about four weeks. Given as the item's code, they would be taken for it.
NOT_THE_SAME = frozenset({"68509-9", "69689-8"})
_NAMES = uuid.UUID("6f1c3a52-6f0e-4f53-9c0d-8a3a1c5f2b71")
_LINKS = {GATE: "gate", DIFFICULTY: "difficulty"}

Resource = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Whose answers they are."""

    public_id: str
    name: str
    born: date | None


@dataclass(frozen=True)
class Filled:
    """One form. `total` is None where it has none; `entered_by` the therapist who helped, or ""."""

    public_id: str
    instrument_id: str
    version: str
    answers: Mapping[int, int]
    started_at: datetime
    completed_at: datetime | None
    total: int | None
    entered_by: str = ""


def bundle(
    person: Person, forms: Sequence[Filled], measures: Mapping[str, Instrument], clinic: str, now: datetime
) -> Resource:
    """A collection of everything, each reference in it resolving within it.

    Forms that were filled in on another version of the questions than `measures` has, or of a measure that is
    no longer there, come as numbers without words: other words were asked than those that are known.
    """
    asked = {
        form.instrument_id: measures[form.instrument_id] for form in forms if _words_known(form, measures)
    }
    resources = [_patient(person), *(_questionnaire(one) for one in asked.values())]
    for form in forms:
        measure = asked.get(form.instrument_id) if _words_known(form, measures) else None
        resources.append(_response(form, measure, person, clinic))
        resources += _observations(form, measure, person)
    return {
        "resourceType": "Bundle",
        "id": _id("bundle", f"{person.public_id} {now.isoformat()}"),
        "type": "collection",
        "timestamp": _instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }


def canonical(instrument_id: str, version: str) -> str:
    """The address of a version of a measure, as a response names it."""
    return f"{SYSTEM}/{instrument_id}|{version}"


def _words_known(form: Filled, measures: Mapping[str, Instrument]) -> bool:
    measure = measures.get(form.instrument_id)
    return measure is not None and measure.version == form.version


def _patient(person: Person) -> Resource:
    found: Resource = {"resourceType": "Patient", "id": _patient_id(person)}
    found["name"] = [{"use": "usual", "text": person.name}]
    if person.born is not None:
        found["birthDate"] = person.born.isoformat()
    return found


def _questionnaire(measure: Instrument) -> Resource:
    intro = " ".join(part for part in (measure.instructions, measure.stem) if part)
    items: list[Resource] = []
    if intro:
        items.append({"linkId": "intro", "text": intro, "type": "display"})
    if measure.gate:
        items.append(_question(measure, GATE, measure.gate.text, None, measure.gate.options))
    items += [_question(measure, one.number, one.text, one.loinc, one.options) for one in measure.items]
    if measure.difficulty:
        asked = measure.difficulty
        items.append(_question(measure, DIFFICULTY, asked.text, asked.loinc, asked.options))
    return {
        "resourceType": "Questionnaire",
        "id": _id("questionnaire", canonical(measure.id, measure.version)),
        "url": f"{SYSTEM}/{measure.id}",
        "version": measure.version,
        "name": _computable(measure.name),
        "title": f"{measure.full_name} ({measure.name})",
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": f"{measure.licence.attribution}\n\n{measure.licence.status}",
        "code": _codes(measure, measure.loinc.panel, "form"),
        "item": items,
    }


def _question(
    measure: Instrument, number: int, text: str, loinc: str | None, options: Iterable[Option]
) -> Resource:
    return {
        "linkId": _link(number),
        "code": _codes(measure, loinc, _link(number)),
        "text": text,
        "type": "choice",
        "answerOption": [{"valueCoding": _answer(measure, number, option)} for option in options],
    }


def _response(form: Filled, measure: Instrument | None, person: Person, clinic: str) -> Resource:
    found: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": _response_id(form),
        "identifier": {"system": f"{SYSTEM}/response", "value": form.public_id},
        "questionnaire": canonical(form.instrument_id, form.version),
        "status": "completed" if form.completed_at else "in-progress",
        "subject": _subject(person),
        "authored": _instant(form.completed_at or form.started_at),
        "source": _subject(person),
    }
    if form.entered_by:
        found["author"] = {"display": f"{form.entered_by}, {clinic}"}
    items = [_answered(number, value, measure) for number, value in in_order(form.answers)]
    if items:
        found["item"] = items
    return found


def _answered(number: int, value: int, measure: Instrument | None) -> Resource:
    option = (
        next((one for one in measure.options_of(number) if one.value == value), None) if measure else None
    )
    if measure is None or option is None:
        return {"linkId": _link(number), "answer": [{"valueInteger": value}]}
    return {
        "linkId": _link(number),
        "text": text_of(measure, number),
        "answer": [{"valueCoding": _answer(measure, number, option)}],
    }


def _observations(form: Filled, measure: Instrument | None, person: Person) -> list[Resource]:
    """The score; of a measure without one, each answer by itself. None of a form that has no total."""
    if form.completed_at is None:
        return []
    if measure is not None and not measure.has_total:
        return [
            _observation(
                form, measure, person, _link(one.number), one.text, one.loinc, form.answers[one.number]
            )
            for one in measure.items
            if one.number in form.answers
        ]
    if form.total is None:
        return []
    name = f"{measure.full_name} total score" if measure else f"{form.instrument_id} total score"
    loinc = measure.loinc.total if measure else None
    return [_observation(form, measure, person, "total", name, loinc, form.total)]


def _observation(
    form: Filled,
    measure: Instrument | None,
    person: Person,
    code: str,
    name: str,
    loinc: str | None,
    value: int,
) -> Resource:
    assert form.completed_at is not None
    codes = _codes(measure, loinc, code) if measure else [_own(form.instrument_id, form.version, code)]
    return {
        "resourceType": "Observation",
        "id": _id("observation", f"{form.public_id} {code}"),
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "survey",
                        "display": "Survey",
                    }
                ]
            }
        ],
        "code": {"coding": codes, "text": name},
        "subject": _subject(person),
        "effectiveDateTime": _instant(form.completed_at),
        "issued": _instant(form.completed_at),
        "valueQuantity": {
            "value": value,
            "unit": "score",
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        },
        "derivedFrom": [{"reference": f"urn:uuid:{_response_id(form)}"}],
    }


def _codes(measure: Instrument, loinc: str | None, code: str) -> list[Resource]:
    """LOINC's, without its name, which is worded otherwise; then our own."""
    own = [_own(measure.id, measure.version, code)]
    return own if loinc is None or loinc in NOT_THE_SAME else [{"system": LOINC, "code": loinc}, *own]


def _own(instrument_id: str, version: str, code: str) -> Resource:
    return {"system": f"{SYSTEM}/{instrument_id}", "version": version, "code": code}


def _answer(measure: Instrument, number: int, option: Option) -> Resource:
    """An option's code, its words, and the number it stands for."""
    found = {"extension": [{"url": ORDINAL, "valueDecimal": option.value}]}
    if option.loinc:
        return found | {"system": LOINC, "code": option.loinc, "display": option.label}
    system = f"{SYSTEM}/{measure.id}/answer/{_link(number)}"
    return found | {
        "system": system,
        "version": measure.version,
        "code": str(option.value),
        "display": option.label,
    }


def text_of(measure: Instrument, number: int) -> str:
    """What was asked under this number, as it was printed; "" where nothing was."""
    if number == GATE and measure.gate:
        return measure.gate.text
    if number == DIFFICULTY and measure.difficulty:
        return measure.difficulty.text
    item = measure.item(number)
    return item.text if item else ""


def in_order(answers: Mapping[int, int]) -> list[tuple[int, int]]:
    """As they are asked: the gate first, the question about difficulty last."""
    places = {GATE: -1.0, DIFFICULTY: float("inf")}
    return sorted(answers.items(), key=lambda one: places.get(one[0], one[0]))


def _link(number: int) -> str:
    return _LINKS.get(number, str(number))


def _subject(person: Person) -> Resource:
    return {"reference": f"urn:uuid:{_patient_id(person)}", "display": person.name}


def _patient_id(person: Person) -> str:
    return _id("patient", person.public_id)


def _response_id(form: Filled) -> str:
    return _id("response", form.public_id)


def _id(kind: str, name: str) -> str:
    """The same for the same thing, so that importing twice makes nothing double. Our public ids themselves
    may hold an underscore, which FHIR's may not."""
    return str(uuid.uuid5(_NAMES, f"{kind} {name}"))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _computable(name: str) -> str:
    """FHIR wants a name that a program can use: a capital letter first, then letters, digits and _."""
    tidy = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return f"M_{tidy}" if not tidy[:1].isalpha() else tidy[0].upper() + tidy[1:]
