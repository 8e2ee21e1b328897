"""The measures that ship are the published ones, and a file with a wrong number is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.errors import NotFound
from clinic.measures.instrument import FOLDER, Direction, instrument, load_instruments
from clinic.measures.instrument_file import InstrumentFileError

# Pinned here once more, by hand: a change of a published word or number must be meant.
PHQ_9 = [
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself - or that you are a failure or have let yourself or your family down",
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    "Moving or speaking so slowly that other people could have noticed? Or the opposite - being so fidgety "
    "or restless that you have been moving around a lot more than usual",
    "Thoughts that you would be better off dead or of hurting yourself in some way",
]
GAD_7 = [
    "Feeling nervous, anxious or on edge",
    "Not being able to stop or control worrying",
    "Worrying too much about different things",
    "Trouble relaxing",
    "Being so restless that it is hard to sit still",
    "Becoming easily annoyed or irritable",
    "Feeling afraid as if something awful might happen",
]
OPTIONS = [(0, "Not at all"), (1, "Several days"), (2, "More than half the days"), (3, "Nearly every day")]


def _plain(words: str) -> str:
    """Dashes and the spaces around them differ between printings."""
    return " ".join(words.replace("–", "-").replace("—", "-").replace("-", " - ").split()).lower()


@pytest.mark.parametrize(("name", "items", "highest"), [("phq-9", PHQ_9, 27), ("gad-7", GAD_7, 21)])
def test_the_words_and_numbers_are_the_published_ones(name: str, items: list[str], highest: int) -> None:
    measure = instrument(name)
    assert [_plain(item.text) for item in measure.items] == [_plain(text) for text in items]
    assert [(option.value, option.label) for option in measure.options] == OPTIONS
    assert (measure.lowest, measure.highest) == (0, highest)
    assert measure.direction is Direction.HIGHER_WORSE
    assert "Over the last 2 weeks" in measure.stem


def test_the_bands_are_the_published_ones() -> None:
    bands = {name: [(b.lowest, b.highest) for b in instrument(name).bands] for name in ("phq-9", "gad-7")}
    assert bands["phq-9"] == [(0, 4), (5, 9), (10, 14), (15, 19), (20, 27)]
    assert bands["gad-7"] == [(0, 4), (5, 9), (10, 14), (15, 21)]


def test_every_threshold_names_its_source() -> None:
    for measure in load_instruments().values():
        assert measure.bands_source
        assert measure.cut_off is not None
        assert measure.reliable_change is not None
        assert all(cut.source for cut in measure.cut_offs)
        assert measure.reliable_change.source
        assert measure.licence.status
        assert all(item.risk.source for item in measure.items if item.risk)
    assert instrument("phq-9").cut_off.at_least == 10  # type: ignore[union-attr]
    assert instrument("gad-7").cut_off.at_least == 8  # type: ignore[union-attr]
    assert instrument("phq-9").reliable_change.points == 6  # type: ignore[union-attr]
    assert instrument("gad-7").reliable_change.points == 4  # type: ignore[union-attr]


def test_every_total_has_one_band() -> None:
    for measure in load_instruments().values():
        for total in range(measure.lowest, measure.highest + 1):
            assert sum(band.lowest <= total <= band.highest for band in measure.bands) == 1


def test_a_measure_that_does_not_ship_is_not_found() -> None:
    assert instrument("phq-9").name == "PHQ-9"
    for name in ("", "phq-8", "../phq-9"):
        with pytest.raises(NotFound):
            instrument(name)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("highest = 27", "highest = 28", "highest"),
        ('direction = "higher_worse"', 'direction = "sideways"', "direction"),
        ('id = "phq-9"', 'id = "phq-8"', "id"),
        ("number = 2", "number = 3", "number"),
        ('version = "1"', 'version = ""', "version"),
        ("at_least = 1", "at_least = 0", "at_least"),
        ('name = "PHQ-9"', 'name = "PHQ-9"\nsurprise = 1', "surprise"),
        ("value = 1", "value = true", "value"),
        ("default = true", "default = false", "cut_offs"),
        ("id =", "id", "line"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    words = (FOLDER / "phq-9.toml").read_text(encoding="utf-8")
    assert old in words
    (tmp_path / "phq-9.toml").write_text(words, encoding="utf-8")
    assert "phq-9" in load_instruments.__wrapped__(tmp_path)
    (tmp_path / "phq-9.toml").write_text(words.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InstrumentFileError) as refused:
        load_instruments.__wrapped__(tmp_path)
    assert "phq-9.toml" in str(refused.value)
    assert named in str(refused.value)
