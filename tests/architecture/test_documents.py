"""What the documents tell people to run is there to be run."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]
_BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE_MAKE = re.compile(r"`(make [a-z][^`]*)`")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
_SETTING = re.compile(r"^([A-Z][A-Z0-9_]*)=\S*\s+")
# Ordinary programs a reader has; what they do is not ours to check.
_ORDINARY = {"apt-get", "cd", "curl", "git", "openssl", "psql", "createdb", "python3"}


def commands(text: str) -> list[str]:
    """Each line of each shell block, and each `make …` in the prose."""
    lines = [line.strip() for block in _BLOCK.findall(text) for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")] + _INLINE_MAKE.findall(text)


def problem_with(command: str, makefile: str) -> str | None:
    """Why the command cannot be run from the repository's folder, or None."""
    command = command.partition(" #")[0]
    while found := _SETTING.match(command):
        command = command[found.end() :]
    words = shlex.split(command.removeprefix("sudo "))
    match words:
        case ["make", *given]:
            for target in (word for word in given if "=" not in word):
                if not _is_target(target, makefile):
                    return f"the Makefile has no {target!r}"
        case ["streamlit" | ".venv/bin/streamlit", "run", script, *_]:
            if not (ROOT / script).is_file():
                return f"there is no {script}"
        case [program, *_] if "/" in program and not program.startswith(".venv/"):
            if not os.access(ROOT / program, os.X_OK):
                return f"{program} is not there or not executable"
        case [program, *_] if program not in _ORDINARY and not program.startswith(".venv/"):
            return f"{program} is no command of this project"
    return None


def _is_target(target: str, makefile: str) -> bool:
    if target.startswith("bench-"):
        return (ROOT / "bench" / f"{target.removeprefix('bench-')}.py").is_file()
    return re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_command_can_be_run(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = commands(document.read_text(encoding="utf-8"))
    assert [(command, said) for command in told if (said := problem_with(command, makefile))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_link_leads_somewhere(document: Path) -> None:
    targets = _LINK.findall(document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_starts_the_portal_with_two_commands() -> None:
    first = _BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert first is not None
    assert "make run" in first.group(1)


@pytest.mark.parametrize(
    "command",
    [
        "make brew",
        "PORT=8600 make brew",
        "make run brew",
        "make bench-nothing",
        "streamlit run Nowhere.py",
        "scripts/nowhere",
        "sudo scripts/nowhere",
        "frobnicate --all",
    ],
)
def test_a_command_that_is_not_there_is_found(command: str) -> None:
    assert problem_with(command, "run: ready\n\techo\n")


def test_commands_are_read_from_blocks_and_prose() -> None:
    text = "Run `make run`.\n\n```sh\n# first\nmake test\n```\n\n```python\nmake = 1\n```\n"
    assert commands(text) == ["make test", "make run"]
