"""Credentials from a provider: a real HTTP server that answers well, badly, slowly, or not at all."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.errors import NoCredentials
from clinic.video import turn_minting
from clinic.video.turn_minting import Purse, mint, origin_of, problem_with_mint_url, read_answer
from tests.factories import NOW
from tests.portal import free_port
from tests.video.turn_provider import TURN, Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


def test_a_provider_is_asked_with_the_token_for_as_long_as_the_call_lasts(provider: Provider) -> None:
    minted = mint(provider.url, "a token", 7200)
    assert provider.asked == [("Bearer a token", {"ttl": 7200})]
    assert minted.servers == [
        {"urls": ["stun:stun.example.org:3478"]},
        {"urls": ["turn:turn.example.org:3478?transport=udp"], "username": "u", "credential": "c"},
    ]
    assert minted.seconds == 7200


@pytest.mark.parametrize(
    ("status", "words"), [(401, "refused the token"), (403, "refused the token"), (500, "an error (500)")]
)
def test_a_refusal_is_a_sentence(provider: Provider, status: int, words: str) -> None:
    provider.status = status
    with pytest.raises(NoCredentials) as refused:
        mint(provider.url, "a token", 60)
    assert words in refused.value.sentence
    assert "a token" not in refused.value.sentence


def test_the_token_does_not_follow_a_redirect(provider: Provider) -> None:
    provider.status, provider.location = 307, provider.url
    with pytest.raises(NoCredentials, match="another address"):
        mint(provider.url, "a token", 60)
    assert len(provider.asked) == 1


def test_an_answer_that_is_too_long_is_not_read_to_its_end(provider: Provider) -> None:
    provider.body = b" " * (turn_minting.MOST_BYTES + 1)
    with pytest.raises(NoCredentials, match="too long"):
        mint(provider.url, "a token", 60)


def test_an_answer_that_drips_does_not_hold_anybody(provider: Provider) -> None:
    provider.drip = 0.2
    began = time.monotonic()
    with pytest.raises(NoCredentials, match="did not answer within"):
        mint(provider.url, "a token", 60, limit=0.5)
    assert time.monotonic() - began < 2


def test_nobody_there_is_a_sentence() -> None:
    for url in (f"http://127.0.0.1:{free_port()}/", "https://nobody.invalid/"):
        with pytest.raises(NoCredentials, match="could not be reached"):
            mint(url, "a token", 60)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[",
        "null",
        "7",
        "{}",
        '"turn:turn.example.org"',
        '{"iceServers": []}',
        '{"iceServers": 5}',
        '{"iceServers": [5, null, "x", []]}',
        '{"iceServers": [{"urls": 5}]}',
        '{"iceServers": [{"urls": ["turn:turn.example.org"]}]}',
        '{"iceServers": [{"urls": ["turn:turn.example.org"], "username": 5, "credential": []}]}',
        '{"iceServers": [{"urls": ["http://turn.example.org"], "username": "u", "credential": "c"}]}',
        '{"iceServers": [{"urls": ["stun:stun.example.org"]}]}',
        "[" * 100_000,
    ],
)
def test_an_answer_without_turn_is_none(answer: str) -> None:
    with pytest.raises(NoCredentials, match="has no TURN server"):
        read_answer(answer.encode(), 60)


def test_one_server_a_list_and_a_lone_list_are_read_alike() -> None:
    for said in ({"iceServers": TURN}, {"iceServers": [TURN]}, [TURN], {"iceServers": [{**TURN, "url": 1}]}):
        assert read_answer(json.dumps(said).encode(), 60).servers == [TURN]


@pytest.mark.parametrize(
    ("ttl", "seconds"), [(30, 30), ("30", 30), (90, 60), (-5, 60), (True, 60), ("soon", 60), (1e300, 60)]
)
def test_a_provider_may_let_credentials_live_shorter(ttl: object, seconds: int) -> None:
    assert read_answer(json.dumps({"iceServers": TURN, "ttl": ttl}).encode(), 60).seconds == seconds


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["iceServers", "urls", "url", "username", "ttl"]), inner, max_size=3
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_json_comes_it_is_read_or_refused(said: object) -> None:
    with suppress(NoCredentials):
        read_answer(json.dumps(said).encode(), 60)


@pytest.mark.parametrize(
    "url", ["https://turn.example.org/x", "http://localhost:8080/", "http://127.0.0.1/", "https://a.b/?key=1"]
)
def test_an_address_the_token_may_go_to(url: str) -> None:
    assert problem_with_mint_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "turn.example.org",
        "http://turn.example.org/",
        "http://localhost.example.org/",
        "ftp://localhost/",
        "https://",
        "https://user:word@turn.example.org/",
        "https://turn.example.org:99999/",
        "https://turn.example.org/#x",
        "https://turn.example.org/a b",
        "https://[::1",
    ],
)
def test_an_address_the_token_may_not_go_to(url: str) -> None:
    assert problem_with_mint_url(url)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://a.org/x") == origin_of("https://A.org/y") != origin_of("https://b.org/x")


def test_each_person_and_call_has_credentials_of_their_own_and_keeps_them(provider: Provider) -> None:
    purse, until = Purse(), NOW + timedelta(hours=2)

    def get(label: str, minutes: int) -> None:
        purse.servers("settings", label, provider.url, "t", until, NOW + timedelta(minutes=minutes))

    get("room:client", 0)
    get("room:client", 59)
    assert len(provider.asked) == 1
    get("room:therapist", 59)
    get("room:client", 60)
    assert [said["ttl"] for _, said in provider.asked] == [7200, 3660, 3600]


def test_changed_settings_get_credentials_anew(provider: Provider) -> None:
    purse, until = Purse(), NOW + timedelta(hours=2)
    purse.servers("before", "x", provider.url, "t", until, NOW)
    purse.servers("after", "x", provider.url, "t", until, NOW)
    assert len(provider.asked) == 2


def test_those_in_hand_serve_while_the_provider_is_down_and_it_is_not_asked_by_each(
    provider: Provider,
) -> None:
    purse, until = Purse(), NOW + timedelta(hours=2)
    minutes = timedelta(minutes=1)
    purse.servers("s", "sam", provider.url, "t", until, NOW)
    provider.status = 500
    late = NOW + 61 * minutes
    assert purse.servers("s", "sam", provider.url, "t", until, late)
    assert len(provider.asked) == 2
    for label in ("noor", "dana", "sam"):
        if label == "sam":
            assert purse.servers("s", label, provider.url, "t", until, late)
        else:
            with pytest.raises(NoCredentials):
                purse.servers("s", label, provider.url, "t", until, late)
    assert len(provider.asked) == 2
    provider.status = 201
    assert purse.servers("s", "noor", provider.url, "t", until, late + minutes)
    provider.status = 500
    with pytest.raises(NoCredentials):
        purse.servers("s", "sam", provider.url, "t", until, NOW + 121 * minutes)


def test_credentials_that_ended_are_let_go(provider: Provider) -> None:
    purse = Purse()
    for n in range(3):
        at = NOW + timedelta(days=n)
        purse.servers("s", f"call {n}", provider.url, "t", at + timedelta(hours=1), at)
    assert len(purse._kept) == 1
