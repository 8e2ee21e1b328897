"""`python -m clinic.measures`: scoring, change and the checking of files, without a database.

What was found is JSON on standard output; what is wrong, a sentence on standard error and exit 2.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from clinic.measures.change import ChangeError, change, jacobson_truax, nhs
from clinic.measures.instrument import (
    DIFFICULTY,
    FOLDER,
    GATE,
    Instrument,
    load_instruments,
    load_problems,
    shipped,
)
from clinic.measures.instrument_file import InstrumentFileError
from clinic.measures.instrument_reader import read_instrument
from clinic.measures.pairs_file import read_pairs
from clinic.measures.risk import triggered
from clinic.measures.scoring import AnswerOutsideOptions, check_answer, questions, score

UNANSWERED = ("", "-")
_STARTS_WITH_A_DASH = ("--answers", "--phq9", "--gad7")  # whose value may, and is no option for that


class CommandError(ValueError):
    """What was asked cannot be done. The message is a sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")


def main(argv: Sequence[str]) -> int:
    """Do one command. Returns the exit code: 0, or 2 with a sentence."""
    try:
        asked = _parser().parse_args(_joined(argv))
        return int(asked.do(asked))
    except (CommandError, ChangeError, InstrumentFileError) as error:
        return _say(str(error))
    except tomllib.TOMLDecodeError as error:
        return _say(f".streamlit/secrets.toml is not TOML: {error}")


def _say(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m clinic.measures", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    one = commands.add_parser("score", help="a form's answers to its total", allow_abbrev=False)
    one.add_argument("--measure", required=True)
    one.add_argument("--answers", required=True, help="option values in order, - or nothing where unanswered")
    one.set_defaults(do=_score)

    one = commands.add_parser("change", help="from one total to another", allow_abbrev=False)
    one.add_argument("--measure", required=True)
    one.add_argument("--first", required=True, type=_whole)
    one.add_argument("--last", required=True, type=_whole)
    one.set_defaults(do=_change)

    one = commands.add_parser("nhs", help="NHS Talking Therapies' outcomes", allow_abbrev=False)
    one.add_argument("--phq9", required=True, type=_pair, metavar="FIRST,LAST")
    one.add_argument("--gad7", required=True, type=_pair, metavar="FIRST,LAST")
    one.set_defaults(do=_nhs)

    one = commands.add_parser("jacobson-truax", help="a group's reliable change", allow_abbrev=False)
    one.add_argument("--csv", required=True, type=Path)
    one.add_argument("--pre", required=True)
    one.add_argument("--post", required=True)
    one.add_argument("--reliability", required=True, type=float)
    one.add_argument("--functional-mean", type=float)
    one.add_argument("--functional-sd", type=float)
    one.add_argument("--cutoff", type=float)
    one.add_argument("--higher-is-better", action="store_true")
    one.set_defaults(do=_jacobson_truax)

    one = commands.add_parser("check", help="whether instrument files are right", allow_abbrev=False)
    one.add_argument("files", nargs="*", type=Path, metavar="FILE")
    one.set_defaults(do=_check)

    one = commands.add_parser("list", help="the measures there are", allow_abbrev=False)
    one.set_defaults(do=_list)
    return parser


def _joined(argv: Sequence[str]) -> list[str]:
    """`--answers -,1` as `--answers=-,1`: argparse takes a value with a dash for an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] in _STARTS_WITH_A_DASH:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _whole(text: str) -> int:
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise argparse.ArgumentTypeError(f"{text[:30]!r} is not a whole number")
    return int(text)


def _pair(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2:
        raise argparse.ArgumentTypeError(f"{text[:30]!r} is not two totals with a comma between")
    return _whole(parts[0]), _whole(parts[1])


def _score(asked: argparse.Namespace) -> int:
    measure = _measure(asked.measure)
    answers = _answers(measure, asked.answers)
    found = score(measure, answers)
    risky = [number for number, value in answers.items() if triggered(measure, number, value)]
    return _print(
        {
            "measure": measure.id,
            "version": measure.version,
            "complete": found.complete,
            "answered": found.answered,
            "total": found.total,
            "lowest": measure.lowest,
            "highest": measure.highest,
            "band": found.band.label if found.band else None,
            "band_source": measure.bands_source or None,
            "subscales": {one.id: asdict(one) for one in found.subscales},
            "cut_offs": [asdict(one) for one in found.screens],
            "items": [asdict(one) for one in found.items],
            "risk": bool(risky),
            "risk_items": sorted(risky),
            "review": [
                {"item": item.number, "prompt": item.review.prompt, "source": item.review.source}
                for item in measure.items
                if item.review and answers.get(item.number, item.lowest) >= item.review.at_least
            ],
        }
    )


def _answers(measure: Instrument, text: str) -> dict[int, int]:
    """The answers in order as kept: with the gate before and the difficulty question after, if given."""
    words = [word.strip() for word in text.split(",")]
    numbers = [item.number for item in measure.items]
    if measure.gate and (len(words) > len(numbers) or words == [str(measure.gate.stops)]):
        numbers = [GATE, *numbers]
    if measure.difficulty and len(words) > len(numbers):
        numbers = [*numbers, DIFFICULTY]
    if len(words) > len(numbers):
        raise CommandError(
            f"{measure.name} has {len(numbers)} questions, and these are {len(words)} answers."
        )
    answers = {
        number: _answer(measure, number, word)
        for number, word in zip(numbers, words, strict=False)
        if word not in UNANSWERED
    }
    if measure.gate and GATE not in numbers:
        answers[GATE] = next(one.value for one in measure.gate.options if one.value != measure.gate.stops)
    missing = {one.number for one in questions(measure, answers)} & set(numbers[len(words) :])
    if missing - {DIFFICULTY}:
        first = min(missing - {DIFFICULTY})
        raise CommandError(
            f"{measure.name} has {len(measure.items)} questions, and the answers end before question "
            f"{first}. Write - for one that was left out."
        )
    return answers


def _answer(measure: Instrument, number: int, word: str) -> int:
    name = {GATE: "The question before the first", DIFFICULTY: "The difficulty question"}.get(
        number, f"Question {number}"
    )
    values = ", ".join(str(option.value) for option in measure.options_of(number))
    try:
        value = _whole(word)
        check_answer(measure, number, value)
    except (argparse.ArgumentTypeError, AnswerOutsideOptions) as error:
        raise CommandError(f"{name} of {measure.name} is one of {values}, and not {word[:30]!r}.") from error
    return value


def _change(asked: argparse.Namespace) -> int:
    measure = _measure(asked.measure)
    found = change(measure, asked.first, asked.last)
    return _print({"measure": measure.id, "first": asked.first, "last": asked.last, **asdict(found)})


def _nhs(asked: argparse.Namespace) -> int:
    return _print(asdict(nhs(phq9=asked.phq9, gad7=asked.gad7)))


def _jacobson_truax(asked: argparse.Namespace) -> int:
    read = read_pairs(asked.csv, asked.pre, asked.post)
    found = asdict(
        jacobson_truax(
            read.pairs,
            asked.reliability,
            functional_mean=asked.functional_mean,
            functional_sd=asked.functional_sd,
            cutoff=asked.cutoff,
            higher_is_better=asked.higher_is_better,
        )
    )
    cases = [{"row": row, **case} for row, case in zip(read.rows, found.pop("cases"), strict=True)]
    left_out = {"left_out": len(read.left_out), "left_out_rows": list(read.left_out)}
    return _print({**found, "reliability": asked.reliability, **left_out, "cases": cases})


def _check(asked: argparse.Namespace) -> int:
    """Each file by itself; without any, those that ship and those of the clinic's folder."""
    if not asked.files:
        good = [f"{name}.toml: OK" for name in load_instruments()]
        faults = [problem.sentence for problem in load_problems()]
    else:
        good, faults = [], []
        for path in asked.files:
            taken = () if path.resolve().parent == FOLDER.resolve() else shipped()
            try:
                read_instrument(path, taken)
                good.append(f"{path.name}: OK")
            except InstrumentFileError as error:
                faults.append(str(error))
    sys.stdout.write("".join(f"{line}\n" for line in good))
    return _say("\n".join(faults)) if faults else 0


def _list(asked: argparse.Namespace) -> int:
    return _print(
        [
            {
                "id": one.id,
                "name": one.name,
                "full_name": one.full_name,
                "version": one.version,
                "questions": len(one.items),
                "lowest": one.lowest if one.has_total else None,
                "highest": one.highest if one.has_total else None,
                "ships": one.id in shipped(),
                "licence": one.licence.status,
            }
            for one in load_instruments().values()
        ]
    )


def _measure(name: str) -> Instrument:
    known: Mapping[str, Instrument] = load_instruments()
    if name not in known:
        raise CommandError(f"There is no measure {name[:30]!r}. There are: {', '.join(known)}.")
    return known[name]


def _print(found: Any) -> int:
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    # Names and sources have letters that a terminal's own encoding may lack.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read this has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
