"""What one tab has seen of an intake: an answer it kept itself is never taken for somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st

from clinic.intake.intake import Saved
from components import form_tab

NOW = datetime(2026, 11, 12, 14, 30, tzinfo=UTC)


class _BrokenOffError(BaseException):
    """As Streamlit ends a run that a newer one replaces."""


class _State(dict[str, Any]):
    """A session's state that ends the run at the next look into it, once a newer run waits."""

    newer_waits = False

    def setdefault(self, key: str, default: Any = None) -> Any:
        if self.newer_waits:
            raise _BrokenOffError
        return super().setdefault(key, default)

    def __setitem__(self, key: str, value: Any) -> None:
        if self.newer_waits:
            raise _BrokenOffError
        super().__setitem__(key, value)


def test_a_run_broken_off_after_keeping_has_noted_what_it_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    state = _State()
    monkeypatch.setattr(st, "session_state", state)

    def keep(answers: dict[str, tuple[str, int]]) -> Saved:
        state.newer_waits = True
        return Saved(NOW, {name: revision + 1 for name, (_, revision) in answers.items()})

    with pytest.raises(_BrokenOffError):
        form_tab.save("intake", {"born": ("1/2/", 1)}, keep)
    state.newer_waits = False
    assert form_tab.revision_seen("intake", "born") == 2
