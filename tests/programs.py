"""Programs the tests start that pip cannot bring. A missing one fails the test: a skip would hide it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

# Debian keeps PostgreSQL's server programs off the PATH.
_ELSEWHERE = {"initdb": "/usr/lib/postgresql", "pg_ctl": "/usr/lib/postgresql"}
_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
# What only a system's administrator usually calls.
_ADMINISTRATORS = "/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str) -> Path:
    """The path of an installed program, by its Debian name; the newest where there are several."""
    for candidate in _NAMES.get(name, (name,)):
        if found := shutil.which(candidate) or shutil.which(candidate, path=_ADMINISTRATORS):
            return Path(found)
    if name in _ELSEWHERE:
        versions = Path(_ELSEWHERE[name]).glob(f"*/bin/{name}")
        if newest := max(versions, key=lambda path: int(path.parts[-3]), default=None):
            return newest
    pytest.fail(
        f"This test starts {name}, which is not installed here. "
        "On Debian and Ubuntu install what the tests need with: sudo scripts/system-packages",
        pytrace=False,
    )
