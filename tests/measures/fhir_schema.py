"""Whether a resource is FHIR R4: by HL7's published JSON schema, and by classes made from its definitions."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from fhirclient.models.bundle import Bundle
from jsonschema import Draft6Validator

SCHEMA = Path(__file__).parent / "fhir" / "fhir-r4.schema.json.gz"
PUBLISHED = "15b9548af6412c44faaa411456e0652542de286fd1c58ef882b09bdc8947909d"


def problems_with(bundle: dict[str, Any]) -> list[str]:
    """Each thing in a bundle that R4 does not allow, or that it lacks. Resources are looked at one by one:
    the schema of a whole bundle says only that none of its 148 kinds fits."""
    around = {**bundle, "entry": [{"fullUrl": one["fullUrl"]} for one in bundle["entry"]]}
    whole = [around, *(one["resource"] for one in bundle["entry"])]
    found = [
        f"{one['resourceType']} {'/'.join(map(str, error.path))}: {error.message}"
        for one in whole
        for error in _validator(one["resourceType"]).iter_errors(one)
    ]
    try:
        Bundle(json.loads(json.dumps(bundle)), strict=True)
    except Exception as error:
        found.append(str(error))
    return found


@cache
def _validator(kind: str) -> Draft6Validator:
    return Draft6Validator({"$ref": f"#/definitions/{kind}", "definitions": _published()["definitions"]})


@cache
def _published() -> dict[str, Any]:
    content = gzip.decompress(SCHEMA.read_bytes())
    assert hashlib.sha256(content).hexdigest() == PUBLISHED
    schema: dict[str, Any] = json.loads(content)
    return schema
