"""The clocks change, forwards and back: everything at the hour the wall shows, everything once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

import db
from tests.databases import KEYS, Database
from tests.faults.how_often import DATABASES, FULL
from tests.faults.weekend import history
from tests.portal import ROOT

FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)  # Vienna: 2:00 becomes 3:00, and 3:00 becomes 2:00
# The check-in's half past two is 1:30 UTC in winter and 0:30 in summer. The night without it has its mail at
# 1:00, when two becomes three; the night with two of it, at the first.
NIGHTS = {
    FORWARD: ["Thu 01:30", "Fri 01:30", "Sat 01:30", "Sun 01:00", "Mon 00:30", "Tue 00:30"],
    BACK: ["Thu 00:30", "Fri 00:30", "Sat 00:30", "Sun 00:30", "Mon 01:30", "Tue 01:30"],
}
# Nine o'clock in Vienna, in UTC: on the Friday before, and from the Sunday on.
NINE = {FORWARD: ("08:00", "07:00"), BACK: ("07:00", "08:00")}


@pytest.mark.parametrize("change", [FORWARD, BACK])
def test_everything_happens_at_the_walls_hour_and_once(database: Database, change: date) -> None:
    said = history(change)
    before, after = NINE[change]
    assert [line for line in said if line.startswith("series")] == [
        f"series Fri {before}",
        f"series Fri {after}",
    ]
    offered = [line.split()[2] for line in said if line.startswith("offered Mon")]
    assert offered[0] == "09:00"
    assert offered[-1] <= "16:10"
    assert f"booked Mon {after}" in said
    assert [line[:9] for line in said if "send_due_check_ins" in line] == NIGHTS[change]
    # A day before, to the hour of the clock that counts seconds; and an hour before. To both people.
    reminded = [line for line in said if "send_due_reminders" in line]
    hour = {"07:00": "06:00", "08:00": "07:00"}
    assert reminded == [
        f"Thu {before} send_due_reminders 2",
        f"Fri {hour[before]} send_due_reminders 2",
        f"Sun {after} send_due_reminders 2",
        f"Mon {hour[after]} send_due_reminders 2",
    ]
    # Answered at half past midnight, UTC; an hour later more people are told, whatever the wall says.
    escalated = [line[:9] for line in said if "escalate_due" in line]
    assert escalated[0] == "Sun 01:30"


@pytest.mark.parametrize("change", [FORWARD, BACK])
@pytest.mark.parametrize("hours", [1, 2] if FULL else [1])
@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_a_servers_clock_that_is_set_back_does_nothing_twice(
    database: Database, change: date, hours: int
) -> None:
    said = history(change, set_back=timedelta(hours=hours))
    assert len(said) == len(set(said))
    assert [line[:9] for line in said if "send_due_check_ins" in line] == NIGHTS[change]
    assert len([line for line in said if "send_due_reminders" in line]) == 4


@pytest.mark.parametrize("change", [FORWARD, BACK])
@pytest.mark.parametrize("zone", ["Pacific/Apia", "Europe/Vienna", "America/St_Johns"][: None if FULL else 1])
def test_it_is_all_the_same_wherever_the_server_stands(tmp_path: Path, change: date, zone: str) -> None:
    db.start()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.weekend", change.isoformat()],
        cwd=ROOT,
        env=os.environ | {"QUIET_ROOM_VAR": str(tmp_path / "there"), "QUIET_ROOM_KEYS": KEYS, "TZ": zone},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == history(change)
