"""Addresses of TURN servers: as people write them, as both ends of a call understand them."""

from __future__ import annotations

import pytest
from aiortc.rtcicetransport import parse_stun_turn_uri
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.video.turn_address import in_order, read_address


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("turn:turn.example.org", "turn:turn.example.org:3478?transport=udp"),
        ("turn:turn.example.org:3478", "turn:turn.example.org:3478?transport=udp"),
        ("turn:192.0.2.7:80?transport=tcp", "turn:192.0.2.7:80?transport=tcp"),
        ("turns:turn.example.org", "turns:turn.example.org:5349?transport=tcp"),
        (" TURNS:Turn.Example.org:443?transport=TCP ", "turns:turn.example.org:443?transport=tcp"),
        ("stun:stun.example.org", "stun:stun.example.org:3478"),
    ],
)
def test_what_is_left_out_is_filled_in(typed: str, read: str) -> None:
    assert str(read_address(typed)) == read
    assert str(read_address(read)) == read


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("turn.example.org", "Write it as in"),
        ("", "Write it as in"),
        ("https://turn.example.org", "Leave out the //"),
        ("turn://turn.example.org", "Leave out the //"),
        ("turn:[2001:db8::1]:3478", "Use the server's name"),
        ("stuns:turn.example.org", "Write stun:"),
        ("stun:turn.example.org?transport=udp", "Leave out ?transport="),
        ("turns:turn.example.org?transport=udp", "over TCP"),
        ("turn:turn.example.org:0", "from 1 to 65535"),
        ("turn:turn.example.org:99999", "from 1 to 65535"),
        ("turn:turn.example.org?transport=sctp", "Write it as in"),
        ("turn:user@turn.example.org", "Write it as in"),
        ("turn:-bad.example.org", "Write it as in"),
        ("turn:a b", "Write it as in"),
        ("turn:" + "a" * 400, "Write it as in"),
    ],
)
def test_another_address_is_refused_with_what_to_do(typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^.{1,200}$") as refused:
        read_address(typed)
    assert words in str(refused.value)
    assert "bad" not in str(refused.value), "what was typed is not in what is shown"


def test_udp_comes_first_and_nothing_twice() -> None:
    typed = ["stun:a", "turns:a:443", "turn:a?transport=tcp", "nonsense", "turn:a", "turn:a:3478"]
    assert [str(address) for address in in_order(typed)] == [
        "turn:a:3478?transport=udp",
        "turn:a:3478?transport=tcp",
        "turns:a:443?transport=tcp",
        "stun:a:3478",
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.from_regex(r"(turns?|stuns?):[a-z0-9.\-]{0,12}(:\d{0,6})?(\?transport=(udp|tcp|x))?", fullmatch=True)
)
def test_what_is_let_through_the_media_library_reads_alike(typed: str) -> None:
    try:
        address = read_address(typed)
    except ValueError:
        return
    read = parse_stun_turn_uri(str(address))
    assert (read["scheme"], read["host"], read["port"]) == (address.scheme, address.host, address.port)
    assert read.get("transport", address.transport) == address.transport
