"""A backup made while processes write: of one moment, whole, with all that was said before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinic.oversight.backup import make_backup, restore
from clinic.oversight.verify import verify
from tests.databases import Database, point_at
from tests.faults.how_often import times
from tests.faults.practice import assert_all_there, make_practice, running_writers
from tests.faults.whole import assert_whole


@pytest.mark.timeout(600)
def test_a_backup_made_under_writes_comes_back_whole(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice, made = make_practice(), []
    with running_writers(database.environment()) as writers:
        writers.begin(practice)
        for number in range(times(2, 20)):
            writers.hear(20)
            before = list(writers.said)
            made.append((make_backup(tmp_path / str(number), datetime.now(UTC)), before))
            writers.hear(1)  # nobody waited for it
    for number, (backup, before) in enumerate(made):
        point_at(monkeypatch, tmp_path / f"elsewhere-{number}")
        assert restore(backup.path).audit.intact
        assert_all_there(before, going_on=True)
        assert_whole()
        assert verify().intact
