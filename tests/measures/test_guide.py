"""docs/measures.md is true: its example is a measure, its commands run, and it names all that ships."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from clinic.measures.__main__ import main
from clinic.measures.definition import DIFFICULTY, GATE
from clinic.measures.instrument import shipped
from clinic.measures.instrument_reader import read_instrument
from clinic.measures.scoring import questions, score
from tests.architecture.source import ROOT

GUIDE = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
PROGRAM = ".venv/bin/python -m clinic.measures "


def _block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_with_every_key_is_a_measure(tmp_path: Path) -> None:
    path = tmp_path / "example-3.toml"
    path.write_text(_block("toml"), encoding="utf-8")
    example = read_instrument(path)
    answers = {GATE: 1, 1: 2, 2: 0, 3: 1}
    assert score(example, answers).total == 5
    assert score(example, {GATE: 1, 1: 0, 2: 2}).total == 0
    assert questions(example, answers)[-1].number == DIFFICULTY
    assert example.has_risk


@pytest.mark.parametrize("line", [line for line in _block("sh").splitlines() if line])
def test_every_command_of_the_guide_runs(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cases.csv").write_text("before,after\n20,4\n16,15\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert line.startswith(PROGRAM)
    assert main(shlex.split(line.removeprefix(PROGRAM))) == 0
    said = capsys.readouterr().out
    assert line.endswith("check") or json.loads(said)


def test_the_guide_names_every_measure_and_every_limit() -> None:
    table = GUIDE.split("## What ships")[1].split("The smallest change")[0]
    for measure in shipped().values():
        (row,) = [line for line in table.splitlines() if line.startswith(f"| {measure.name}")]
        for cut in measure.cut_offs:
            assert cut.words in row
        for change in measure.reliable_changes:
            assert str(change.points) in row.rsplit("|", 2)[1]
