"""Measures in addresses: told apart, and not told to whoever reads the browser's history."""

from __future__ import annotations

import pytest

from clinic.measures.in_addresses import key_of, meant_by
from clinic.measures.instrument import shipped
from tests.databases import point_at


@pytest.mark.parametrize("name", list(shipped()))
def test_an_address_means_its_measure_and_does_not_say_which(name: str) -> None:
    assert meant_by(key_of(name)) == name
    assert meant_by(name) == name, "as older links say it"
    assert name.replace("-", "") not in key_of(name)
    assert key_of(name).isalnum()


def test_no_two_measures_share_a_key() -> None:
    assert len({key_of(name) for name in shipped()}) == len(shipped())


def test_another_portals_keys_are_others(own_deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = key_of("pcl-5")
    point_at(monkeypatch, own_deployment)
    monkeypatch.setenv("QUIET_ROOM_KEYS", f"{'A' * 43}=:{'B' * 43}=")
    assert key_of("pcl-5") != ours


@pytest.mark.parametrize("word", ["", "no-such", "0" * 12, "\0", "ä" * 500])
def test_a_word_that_means_none_stays_what_it_is(word: str) -> None:
    assert meant_by(word) == word
