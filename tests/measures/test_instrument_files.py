"""A file that is not wholly understood is refused by its name and line, with what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from clinic.measures.instrument import FOLDER, shipped
from clinic.measures.instrument_file import InstrumentFileError
from clinic.measures.instrument_reader import read_instrument
from clinic.measures.toml_lines import Where, line_of, lines

EVERYTHING = r"""# a comment with [brackets] and x = 1
a = '''two
lines, with x = 1, and [b]'''
"quoted key" = 'it\'
b.c = { d = [1, 2, # in a list
  3], "e f" = "\"]" }
when = 1979-05-27 07:32:00
[table . "x y"] # after
f = [
  { g = 1 },

  { g = 2 },
]
[[list]]
h = true
[[list]]
[list.under]
i = '''it is 'quoted''''
[[list.many]]
j = 0
"""


def _line(text: str, of: str, after: str = "") -> int:
    """The line on which `of` stands first, after `after`."""
    return text.count("\n", 0, text.index(of, text.index(after))) + 1


def _refused(folder: Path, name: str, text: str) -> InstrumentFileError:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InstrumentFileError) as refused:
        read_instrument(folder / name)
    return refused.value


# measure, what to change (the first of these words), into what, what stands on the refused line, why
WRONG = [
    ("phq-9", "number = 2", "number = 1", 'number = 1\ntext = "Feeling down', "as another item's"),
    ("phq-9", "number = 2", "number = 3", "number = 3", "must be 2: items are counted"),
    ("phq-9", "number = 2", 'number = "2"', 'number = "2"', "must be a whole number"),
    ("phq-9", "from = 5, to = 9", "from = 6, to = 9", "{ from = 6", "leaves a gap: it must be 5"),
    ("phq-9", "from = 5, to = 9", "from = 4, to = 9", "{ from = 4", "overlaps the band before it"),
    ("phq-9", "from = 20, to = 27", "from = 20, to = 28", "{ from = 20", "must be between 20 and 27"),
    ("phq-9", "from = 20, to = 27", "from = 20, to = 26", "bands = [", "leaves a gap at the end"),
    ("phq-9", "from = 5, to = 9", "from = 5, to = 4", "{ from = 5", "must be between 5 and 27"),
    ("phq-9", "at_most = 4", "at_least = 28", "at_least = 28", "must be between 1 and 27"),
    ("phq-9", "at_least = 10", "at_least = 25", "at_least = 25", "must be between 1 and 24"),
    (
        "phq-9",
        'at_least = 10\nmeaning = "case',
        'at_least = 0\nmeaning = "case',
        "at_least = 0\nm",
        "between 1",
    ),
    ("phq-9", "at_most = 4", "at_most = 27", "at_most = 27", "must be between 0 and 26"),
    ("phq-9", "default = true", "default = false", "[[cut_offs]]", "must have one with default = true"),
    ("phq-9", "points = 6", "points = 0", "points = 0", "must be between 1 and 27"),
    ("phq-9", "highest = 27", "highest = 28", "highest = 28", "must be 27: what the items add up to"),
    ("phq-9", "lowest = 0\nhighest = 27", "lowest = 1\nhighest = 27", "lowest = 1", "must be 0"),
    ("phq-9", "highest = 6", "highest = 7", "highest = 7", "must be 6: what the items add up to"),
    ("phq-9", 'direction = "higher_worse"', 'direction = "up"', 'direction = "up"', "must be one of"),
    ("phq-9", 'direction = "higher_worse"', 'direction = "mixed"', 'direction = "mixed"', "no total"),
    ("phq-9", 'id = "phq-9"', 'id = "phq-7"', 'id = "phq-7"', 'file\'s name, "phq-9"'),
    ("phq-9", 'version = "1"', 'version = ""', 'version = ""', "must be words in quotes"),
    ("phq-9", 'version = "1"', f'version = "{"1" * 21}"', 'version = "1', "20 characters or fewer"),
    (
        "phq-9",
        'name = "PHQ-9"',
        'name = "PHQ-9"\nsurprise = 1',
        "surprise = 1",
        "not a key that belongs here",
    ),
    ("phq-9", "[items.risk]\nat_least = 1", "[items.risk]\nat_least = 0", "at_least = 0", "between 1 and 3"),
    ("phq-9", "{ value = 1,", "{ value = 0,", '{ value = 0, label = "Several', "as another option's"),
    ("phq-9", "{ value = 1,", "{ value = true,", "{ value = true", "must be a whole number"),
    ("phq-9", "{ value = 1,", "{ ", '{  label = "Several', "value is missing"),
    ("phq-9", "minutes = 2", "minutes = 2.5", "minutes = 2.5", "must be a whole number"),
    ("phq-9", "charted = true", 'charted = "yes"', 'charted = "yes"', "must be true or false"),
    ("phq-9", "items = [1, 2]", "items = [1, 10]", "items = [1, 10]", "names 10, which is no item here"),
    ("phq-9", "items = [1, 2]", "items = [1, 1]", "items = [1, 1]", "names an item twice"),
    ("phq-9", "items = [1, 2]", "items = 1", "items = 1", "must be a list of whole numbers"),
    ("phq-9", 'id = "phq-8"', 'id = "phq-2"', 'id = "phq-2"\nname = "PHQ-8', "is taken"),
    ("phq-9", "[licence]", "[licenses]", "# Patient", "licence is missing"),
    ("phq-9", "adult_only = true", "adult_only = true\nbroken", "broken", "is not TOML"),
    ("gad-7", "points = 4", "points = true", "points = true", "must be a whole number"),
    ("pcl-5", 'subscale = "c"', 'subscale = "x"', '{ subscale = "x"', "which is no subscale here"),
    ("pcl-5", 'subscale = "c", count = 1', 'subscale = "c", count = 3', "count = 3", "between 1 and 2"),
    ("pcl-5", "from = 9\nto = 12", "from = 9\nto = 8", "to = 8", "must be between 9 and 80"),
    ("pc-ptsd-5", "stops = 0", "stops = 2", "stops = 2", "must be one of 0, 1, and is 2"),
    ("audit-c", "[items.skip]\nitem = 1", "[items.skip]\nitem = 2", "item = 2", "must be one of 1"),
    ("audit-c", "value = 0\nscore = 0", "value = 5\nscore = 0", "value = 5", "must be one of 0, 1"),
    ("audit-c", "value = 0\nscore = 0", "value = 0\nscore = 9", "score = 9", "must be between 0 and 4"),
    ("audit-c", 'for = "men"', 'for = "men"\ndefault = true', "default = true", "that are for everybody"),
    ("ons4", "has_total = false", "has_total = false\nlowest = 0", "lowest = 0", "has_total is false"),
    ("ons4", "has_total = false", "has_total = true", 'direction = "mixed"', "only there"),
]


@pytest.mark.parametrize(("name", "old", "new", "on", "why"), WRONG)
def test_a_wrong_file_is_refused_by_name_and_line(
    tmp_path: Path, name: str, old: str, new: str, on: str, why: str
) -> None:
    words = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert old in words
    (tmp_path / f"{name}.toml").write_text(words, encoding="utf-8")
    assert read_instrument(tmp_path / f"{name}.toml") == shipped()[name]
    wrong = words.replace(old, new, 1)
    refused = _refused(tmp_path, f"{name}.toml", wrong)
    assert (refused.file, refused.line) == (f"{name}.toml", _line(wrong, on))
    assert str(refused).startswith(f"{name}.toml, line {refused.line}: ")
    assert why in str(refused)


def _with_sources_taken_out() -> list[Any]:
    """Each file with one of its sources gone."""
    cases = []
    for path in sorted(FOLDER.glob("*.toml")):
        found = path.read_text(encoding="utf-8").split("\n")
        places = [n for n, line in enumerate(found) if line.startswith("source =")]
        cases += [pytest.param(path.name, place, id=f"{path.stem}-{place + 1}") for place in places]
    return cases


@pytest.mark.parametrize(("name", "place"), _with_sources_taken_out())
def test_a_number_without_its_source_is_refused(tmp_path: Path, name: str, place: int) -> None:
    found = (FOLDER / name).read_text(encoding="utf-8").split("\n")
    del found[place]
    refused = _refused(tmp_path, name, "\n".join(found))
    assert "source is missing" in str(refused)
    header = max(n for n, line in enumerate(found[:place], start=1) if line.startswith("["))
    assert refused.line == header


def test_a_reversed_item_without_options_is_refused(tmp_path: Path) -> None:
    words = (FOLDER / "pswq.toml").read_text(encoding="utf-8")
    start = words.index("options = [")
    without = words[:start] + words[words.index("]\n", start) + 2 :]
    refused = _refused(tmp_path, "pswq.toml", without)
    assert refused.line == _line(without, "reversed = true")
    assert "reversed needs options" in str(refused)


def test_a_file_with_a_letter_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "phq-9.toml"
    path.write_bytes(b'id = "phq-9"\nname = "Caf\xe9"\n')
    with pytest.raises(InstrumentFileError, match=r"phq-9\.toml, line 2: is not UTF-8"):
        read_instrument(path)


def test_a_file_that_cannot_be_read_or_is_no_such_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5000 + "]" * 5000)
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    for name, why in (
        ("missing.toml", "cannot be read"),
        ("folder.toml", "cannot be read"),
        ("large.toml", "too large"),
        ("deep.toml", "nested too deeply"),
        ("phq-9.txt", "must end in .toml"),
    ):
        with pytest.raises(InstrumentFileError, match=why) as refused:
            read_instrument(tmp_path / name)
        assert refused.value.file == name


def _places(values: object, where: Where = ()) -> list[Where]:
    if isinstance(values, dict):
        return [p for key, one in values.items() for p in [(*where, key), *_places(one, (*where, key))]]
    if isinstance(values, list):
        return [p for n, one in enumerate(values) for p in [(*where, n), *_places(one, (*where, n))]]
    return []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_key_of_every_file_is_found_on_a_line_that_names_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found, rows = lines(text), text.split("\n")
    for where in _places(tomllib.loads(text)):
        assert where in found, where
        if isinstance(where[-1], str):
            assert where[-1] in rows[found[where] - 1]


def test_lines_are_found_through_everything_that_toml_allows() -> None:
    text = EVERYTHING
    tomllib.loads(text)
    found = lines(text)
    for where, on in {
        ("a",): "a = '''two",
        ("quoted key",): '"quoted key"',
        ("b", "c", "d", 2): "  3]",
        ("b", "c", "e f"): "  3]",
        ("when",): "when",
        ("table", "x y"): "[table",
        ("table", "x y", "f", 1, "g"): "  { g = 2",
        ("list", 0, "h"): "h = true",
        ("list", 1, "under", "i"): "i =",
        ("list", 1, "many", 0, "j"): "j = 0",
    }.items():
        assert text.split("\n")[found[where] - 1].startswith(on), where
    assert line_of(found, ("list", 1, "missing")) == found["list", 1]
    assert line_of(found, ("missing",)) == 1
