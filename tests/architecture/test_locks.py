"""Rows are held so that others may still write of them: else an audit event and a held person deadlock."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import Source, product


def held_too_hard(source: Source) -> list[str]:
    """Where a row is locked FOR UPDATE, which keeps others from writing a row that refers to it."""
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        lock = next((word.value for word in node.keywords if word.arg == "with_for_update"), None)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "with_for_update":
            lock = node
        if lock is not None and "key_share" not in ast.unparse(lock):
            found.append(source.at(node.lineno, "lock with key_share, so that others may write of this row"))
    return found


def test_no_row_is_held_so_that_nobody_can_write_of_it() -> None:
    assert [said for source in product() for said in held_too_hard(source)] == []


@pytest.mark.parametrize(
    ("hard", "softer"),
    [
        ("query.with_for_update()", "query.with_for_update(key_share=True)"),
        (
            "session.get(A, 1, with_for_update=True)",
            "session.get(A, 1, with_for_update={'key_share': True})",
        ),
    ],
)
def test_a_lock_that_is_too_hard_is_found(hard: str, softer: str) -> None:
    assert held_too_hard(Source.of("clinic/people/care.py", hard))
    assert not held_too_hard(Source.of("clinic/people/care.py", softer))
