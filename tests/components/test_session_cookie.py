"""Handing over the cookie: for every ticket there can be."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def _page(ticket: str) -> None:
    from components import session_cookie

    session_cookie.routes_are_there()
    session_cookie.begin(ticket)


@pytest.mark.parametrize("ticket", ["an-ordinary_one", "one__with_what_streamlit_refuses__in_a_key"])
def test_a_ticket_is_handed_over_whatever_characters_it_has(
    ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.session_cookie._has_routes", False)  # put back afterwards
    shown = AppTest.from_function(_page, args=(ticket,)).run()
    assert not shown.exception
    assert len(shown.get("bidi_component")) == 1
