"""Rules are the standard library in, values out, and the time is an argument."""

from __future__ import annotations

import sys

import pytest

from tests.architecture.source import ROOT, Source, product, within

RULES = (
    "clinic.between.task_states",
    "clinic.between.file_kinds",
    "clinic.between.file_names",
    "clinic.between.packed",
    "clinic.between.thread_states",
    "clinic.intake.age",
    "clinic.intake.answers",
    "clinic.intake.consent_text",
    "clinic.intake.default_form",
    "clinic.intake.definition",
    "clinic.intake.form",
    "clinic.intake.form_edits",
    "clinic.measures.change",
    "clinic.measures.definition",
    "clinic.measures.due",
    "clinic.measures.fhir",
    "clinic.measures.risk",
    "clinic.measures.scoring",
    "clinic.measures.verdict",
    "clinic.oversight.rates",
    "clinic.oversight.record_files",
    "clinic.oversight.retention",
    "clinic.people.permissions",
    "clinic.records.better_days",
    "clinic.oversight.findings",
    "clinic.oversight.rotation",
    "clinic.people.discharge_states",
    "clinic.records.caseload_order",
    "clinic.records.check_in",
    "clinic.records.nights",
    "clinic.records.note_formats",
    "clinic.records.note_words",
    "clinic.records.periods",
    "clinic.records.progress_words",
    "clinic.records.readiness",
    "clinic.records.reminder_time",
    "clinic.safety.plan_changes",
    "clinic.scheduling.finding",
    "clinic.scheduling.intervals",
    "clinic.scheduling.series",
    "clinic.scheduling.slots",
    "clinic.scheduling.spoken",
    "clinic.scheduling.waiting",
    "clinic.scheduling.wall_clock",
    "clinic.scheduling.zone_rules",
    "clinic.video.attendance",
    "clinic.video.quality",
    "clinic.video.rooms",
    "clinic.video.rtp",
    "clinic.video.turn",
    "clinic.video.turn_address",
)
# Values the rules speak of. As pure as the rules themselves, and held to the same.
PURE_NEIGHBOURS = ("clinic.errors", "clinic.people.viewer")
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")


def impure_imports(source: Source) -> list[str]:
    """What a rule module imports beyond the standard library and other rules."""
    return [
        source.at(line, f"a rule may not import {name}")
        for line, name in source.imports()
        if not within(name, *RULES, *PURE_NEIGHBOURS)
        and name.partition(".")[0] not in sys.stdlib_module_names
    ]


def clock_readings(source: Source) -> list[str]:
    """Where the file asks what time it is, under whatever name it imported the clock."""
    found = [
        source.at(line, "the time is an argument, not read from the clock: time.time")
        for line, name in source.imports()
        if name in CLOCKS
    ]
    # Written `datetime.now`, `dt.datetime.now`, `datetime.datetime.now`: the last two words say it.
    return found + [
        source.at(line, f"the time is an argument, not read from the clock: {name}")
        for line, name, _ in source.calls()
        if ".".join(name.split(".")[-2:]) in CLOCKS
    ]


def test_every_named_rule_is_there() -> None:
    for module in (*RULES, *PURE_NEIGHBOURS):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module


def test_rules_import_only_the_standard_library_and_each_other() -> None:
    rules = [source for source in product() if source.module in (*RULES, *PURE_NEIGHBOURS)]
    assert [said for source in rules for said in impure_imports(source)] == []


def test_no_rule_or_service_reads_the_clock() -> None:
    below = [source for source in product() if source.layer in ("clinic", "db")]
    # A command's first line is where a moment enters.
    below = [source for source in below if not source.path.endswith("__main__.py")]
    assert [said for source in below for said in clock_readings(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import db",
        "from db.settings import settings",
        "import pandas",
        "from clinic.people.care import clients_visible_to",
        "def late():\n    from sqlalchemy import select",
    ],
)
def test_an_impure_import_is_found(text: str) -> None:
    assert impure_imports(Source.of("clinic/scheduling/slots.py", text))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.datetime.utcnow()",
        "import datetime\nx = datetime.date.today()",
        "import time\ndef f():\n    return time.time()",
        "from time import time\nx = time()",
    ],
)
def test_a_reading_of_the_clock_is_found(text: str) -> None:
    assert clock_readings(Source.of("clinic/people/sign_in.py", text))


def test_a_pure_rule_is_let_be() -> None:
    text = """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from clinic.errors import NotFound
from clinic.people.viewer import Role

def later(now: datetime) -> bool:
    return now.astimezone(UTC) > datetime.combine(now.date(), now.time())
"""
    source = Source.of("clinic/people/permissions.py", text)
    assert impure_imports(source) + clock_readings(source) == []
