"""The project's Python files, parsed, and the questions the rules ask of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("Home.py", "pages", "components", "clinic", "web", "db")


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, and its syntax tree."""

    path: str
    tree: ast.Module

    @staticmethod
    def of(path: str, text: str) -> Source:
        return Source(path, ast.parse(text, path))

    @property
    def module(self) -> str:
        """Its dotted name: clinic/people/viewer.py is clinic.people.viewer."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def layer(self) -> str:
        """Its topmost package; "Home" for Home.py."""
        return self.module.partition(".")[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of all it imports, wherever in the file: `from db import tables` gives
        "db.tables". Names of the standard library look no different."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                for alias in node.names:
                    yield node.lineno, f"{base}.{alias.name}"

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module.split(".")
        if not self.path.endswith("__init__.py"):
            package.pop()
        package = package[: len(package) - (node.level - 1)]
        return ".".join([*package, *([node.module] if node.module else [])])

    def calls(self) -> Iterator[tuple[int, str, ast.Call]]:
        """(line, dotted name as it is written, the call): `st.cache_data(...)` is "st.cache_data"."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node.lineno, dotted(node.func), node

    def at(self, line: int, said: str) -> str:
        return f"{self.path}:{line}: {said}"


def dotted(node: ast.expr) -> str:
    """`a.b.c` as written; what is not a plain chain of names becomes "?" at its head."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def within(name: str, *packages: str) -> bool:
    """Whether the dotted name is one of the packages or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def product() -> list[Source]:
    """Every file of the portal itself; tests, benches and scripts are not part of it."""
    files: list[Path] = []
    for part in PRODUCT:
        place = ROOT / part
        files += [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))
    return [Source.of(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]
