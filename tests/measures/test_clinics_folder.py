"""A clinic's own folder of measures: added to those that ship, and never a reason for the portal to stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.errors import NotFound
from clinic.measures import instrument as shelf
from clinic.measures.instrument import FOLDER, instrument, load_instruments, load_problems
from clinic.measures.scoring import score
from tests.databases import forget, point_at

OWN = (FOLDER / "pswq.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = tmp_path / "measures"
    made.mkdir()
    point_at(monkeypatch, tmp_path)
    monkeypatch.setenv("QUIET_ROOM_MEASURES", str(made))
    yield made
    shelf._load.cache_clear()
    forget()


def _put(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text.replace('id = "pswq"', f'id = "{name}"'), encoding="utf-8")


def test_a_clinics_file_is_a_measure_like_the_others(folder: Path) -> None:
    _put(folder, "our-own", OWN.replace('name = "PSWQ"', 'name = "Ours"'))
    assert load_problems() == ()
    assert list(load_instruments())[-1] == "our-own"
    assert score(instrument("our-own"), dict.fromkeys(range(1, 17), 3)).total == 48
    assert instrument("phq-9").name == "PHQ-9"


def test_without_the_setting_only_the_shipped_ones_are_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(folder, "our-own", OWN)
    assert "our-own" in load_instruments()
    monkeypatch.delenv("QUIET_ROOM_MEASURES")
    forget()
    with pytest.raises(NotFound):
        instrument("our-own")


def test_a_malformed_file_is_left_out_and_told_and_the_rest_goes_on(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _put(folder, "good", OWN)
    _put(folder, "wrong", OWN.replace("number = 2\n", "number = 22\n"))
    assert "good" in load_instruments()
    assert "wrong" not in load_instruments()
    (problem,) = load_problems()
    line = OWN.count("\n", 0, OWN.index("number = 2\n")) + 1
    assert (problem.file, problem.line) == ("wrong.toml", line)
    assert problem.sentence.startswith(f"wrong.toml, line {line}: items[2].number must be 2")
    assert caplog.messages == [f"Measure left out: wrong.toml, line {line}"]


def test_a_shipped_measure_is_not_replaced(folder: Path) -> None:
    _put(folder, "phq-9", OWN)
    assert len(instrument("phq-9").items) == 9
    (problem,) = load_problems()
    assert (problem.file, problem.line) == ("phq-9.toml", OWN.count("\n", 0, OWN.index("id =")) + 1)
    assert "is taken by a measure that ships" in problem.sentence


def test_a_folder_that_cannot_be_read_is_told(folder: Path) -> None:
    folder.rmdir()
    assert "phq-9" in load_instruments()
    (problem,) = load_problems()
    assert (problem.file, problem.line) == ("measures", None)
    assert "QUIET_ROOM_MEASURES cannot be read" in problem.sentence


def test_a_name_in_capitals_is_refused_because_ids_are_in_small_letters(folder: Path) -> None:
    _put(folder, "Ours", OWN)
    (problem,) = load_problems()
    assert '"Ours" is not small letters' in problem.sentence
