"""The measures there are: those that ship, and those of a clinic's own folder (QUIET_ROOM_MEASURES).

A shipped file that is malformed stops everything: it is our fault and the tests see it. A clinic's own is
left out, logged by name and line and listed by `load_problems`, and everything else goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from clinic.errors import NotFound
from clinic.measures.definition import DIFFICULTY as DIFFICULTY
from clinic.measures.definition import GATE as GATE
from clinic.measures.definition import Instrument as Instrument
from clinic.measures.instrument_file import InstrumentFileError
from clinic.measures.instrument_reader import read_instrument
from db.settings import settings

FOLDER = Path(__file__).parent / "instruments"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """A file of the clinic's folder that was left out, or the folder itself. `line` is None for a whole
    file. `sentence` says both, the key, and what to do."""

    file: str
    line: int | None
    sentence: str


def load_instruments() -> Mapping[str, Instrument]:
    """Every measure by its id: those that ship, then the clinic's own, each in the order of file names.

    Raises:
        InstrumentFileError: a shipped file is malformed.
    """
    return _load(settings().measures)[0]


def load_problems() -> tuple[LoadProblem, ...]:
    """What was left out of the clinic's own folder, and why."""
    return _load(settings().measures)[1]


def instrument(instrument_id: str) -> Instrument:
    """Raises NotFound where there is no such measure."""
    try:
        return load_instruments()[instrument_id]
    except KeyError:
        raise NotFound() from None


def shipped() -> Mapping[str, Instrument]:
    """The measures that come with the portal.

    Raises:
        InstrumentFileError: a file is malformed.
    """
    return _load(None)[0]


@cache
def _load(own: Path | None) -> tuple[Mapping[str, Instrument], tuple[LoadProblem, ...]]:
    if own is None:
        read = {path.stem: read_instrument(path) for path in sorted(FOLDER.glob("*.toml"))}
        return MappingProxyType(read), ()
    found, problems = dict(shipped()), []
    try:
        paths = sorted(path for path in own.iterdir() if path.suffix == ".toml")
    except OSError as error:
        why = f"{own}: the folder of QUIET_ROOM_MEASURES cannot be read ({error.strerror})."
        paths, problems = [], [LoadProblem(own.name, None, why)]
    for path in paths:
        try:
            one = read_instrument(path, taken=shipped())
            found[one.id] = one
        except InstrumentFileError as error:
            problems.append(LoadProblem(error.file, error.line, str(error)))
    for problem in problems:
        _log.warning("Measure left out: %s, line %s", problem.file, problem.line or "-")
    return MappingProxyType(found), tuple(problems)
