"""Packets read and rewritten: what goes out follows from what went out before, whatever comes in."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.video import rtp

DELTA = bytes([0x90, 0x80, 0x81, 0x02, 0x01])  # a VP8 payload with picture id 258, not a key frame
KEY = bytes([0x90, 0x80, 0x81, 0x02, 0x00])


def part(sequence: int, timestamp: int, payload: bytes = DELTA, send_time: int | None = 500) -> rtp.Read:
    return rtp.Read(0, 0, 96, sequence, timestamp, 1111, send_time, payload)


def stream() -> rtp.Continuation:
    return rtp.Continuation(ssrc=7, kind=120, clock_rate=90_000, sequence=1000, timestamp=5000)


def test_a_packet_is_read_as_it_was_written() -> None:
    written = rtp.write(part(65_535, 2**32 - 1), 3)
    assert rtp.read(written, 3) == part(65_535, 2**32 - 1)
    assert rtp.read(written, 4).send_time is None, "another extension is none of ours"
    plain = rtp.write(part(1, 2, send_time=None), 3)
    assert rtp.read(plain, 3) == part(1, 2, send_time=None)
    assert len(plain) == 12 + len(DELTA)


def test_extensions_and_sources_that_others_add_are_skipped() -> None:
    head = struct.pack("!BBHLL", 0x92, 0x80 | 96, 5, 6, 7)
    extensions = bytes([0x10, 0x41, 0x32, 1, 2, 3, 0, 0])  # mid "A", then abs-send-time 0x010203
    packet = head + bytes(8) + b"\xbe\xde\x00\x02" + extensions + b"payload"
    found = rtp.read(packet, 3)
    assert (found.marker, found.send_time, found.payload) == (0x80, 0x010203, b"payload")
    two_bytes = head + bytes(8) + b"\x10\x00\x00\x02" + bytes([1, 0, 3, 3, 1, 2, 3, 0]) + b"payload"
    assert rtp.read(two_bytes, 3).send_time == 0x010203


@given(st.binary(max_size=80))
@settings(max_examples=60, deadline=None)
def test_junk_is_refused_or_read_and_never_anything_else(junk: bytes) -> None:
    try:
        found = rtp.read(junk, 3)
    except ValueError:
        return
    assert len(found.payload) <= len(junk) - 12
    for act in (rtp.picture, rtp.picture_numbers, lambda payload: rtp.renumber(payload, 5, 5)):
        with suppress(ValueError):
            act(found.payload)


def test_a_retransmission_brings_the_packet_it_was_made_of() -> None:
    lost = part(42, 900)
    again = rtp.wrap(lost, kind=97, ssrc=2222, sequence=9)
    assert (again.kind, again.ssrc, again.sequence) == (97, 2222, 9)
    assert rtp.unwrap(again, kind=96, ssrc=1111) == lost
    with pytest.raises(ValueError, match="empty"):
        rtp.unwrap(part(1, 2, payload=b"\x00\x00\x03")._replace(padded=0x20), kind=96, ssrc=1111)


def test_a_key_frame_begins_with_its_first_partition() -> None:
    assert rtp.picture(KEY).key_frame
    assert not rtp.picture(DELTA).key_frame
    assert not rtp.picture(bytes([0x80]) + KEY[1:]).key_frame, "the middle of a frame"
    assert rtp.picture(bytes([0x10, 0x00])).key_frame, "without picture ids"


def test_the_first_source_goes_through_with_one_step_in_its_numbers() -> None:
    out = stream()
    out.begin(part(60_000, 777), 10.0)
    first = out.place(part(60_000, 777), 10.0, True)
    second = out.place(part(60_001, 3777), 10.033, True)
    assert first is not None
    assert second is not None
    assert (first.sequence, first.timestamp, first.ssrc, first.kind) == (1000, 5000, 7, 120)
    assert (second.sequence, second.timestamp, second.payload) == (1001, 8000, DELTA)


def test_numbers_wrap_and_order_is_kept() -> None:
    out = stream()
    out.begin(part(65_000, 2**32 - 100), 0.0)
    sent = [
        out.place(part((65_000 + n) & 0xFFFF, (2**32 - 100 + n) & 0xFFFFFFFF), 0.0, True)
        for n in range(70_000)
    ]
    assert all(each is not None for each in sent)
    numbers = [each.sequence for each in sent if each is not None]
    assert numbers == [(1000 + n) & 0xFFFF for n in range(70_000)]


def test_a_packet_from_before_the_sources_beginning_is_left_out() -> None:
    out = stream()
    out.begin(part(100, 0), 0.0)
    assert out.place(part(99, 0), 0.0, True) is None
    assert out.place(part(100, 0), 0.0, True) is not None


def test_late_packets_keep_their_own_place() -> None:
    out = stream()
    out.begin(part(10, 0), 0.0)
    for n in (10, 12, 13, 11):
        placed = out.place(part(n, n), 0.0, True)
        assert placed is not None
        assert placed.sequence == 1000 + n - 10
    assert out.last_sequence == 1003


def test_a_new_source_goes_on_where_the_last_one_stopped() -> None:
    out = stream()
    out.begin(part(10, 0), 0.0)
    out.place(part(10, 0, send_time=100), 0.0, True)
    last = out.place(part(11, 3000, send_time=200), 1.0, True)
    assert last is not None
    new = part(50_000, 4_000_000_000, KEY[:2] + b"\x85\x00" + KEY[4:], send_time=9_000_000)
    out.begin(new, 3.0)
    placed = out.place(new, 3.0, True)
    assert placed is not None
    assert placed.sequence == last.sequence + 1
    assert placed.timestamp == last.timestamp + 2 * 90_000, "two seconds later, as the clock says"
    assert placed.send_time == 200 + 2 * rtp.SEND_TIME_SECOND, (
        "else it would look like a stall of the network"
    )
    assert rtp.picture_numbers(placed.payload)[0] == 259, "the picture after 258"
    following = out.place(new._replace(sequence=50_001, payload=KEY[:2] + b"\x85\x01" + DELTA[4:]), 3.0, True)
    assert following is not None
    assert rtp.picture_numbers(following.payload)[0] == 260


def test_short_and_long_picture_numbers_wrap_in_their_own_width() -> None:
    short = bytes([0x90, 0xC0, 0x7F, 0xFF, 0x01])  # picture 127 and layer 255
    assert rtp.picture_numbers(short) == (127, 255)
    assert rtp.picture_numbers(rtp.renumber(short, 2, 3)) == (1, 2)
    assert rtp.picture_numbers(rtp.renumber(DELTA, 32_767, 0)) == (257, 0)


def test_a_gap_names_what_is_missing_and_a_late_packet_fills_it() -> None:
    arrivals = rtp.Arrivals(90_000)
    assert arrivals.add(65_534, 0, 0.0) == []
    assert arrivals.add(1, 0, 0.0) == [65_535, 0]
    assert arrivals.add(65_535, 0, 0.0) == []
    assert list(arrivals.missing) == [0]
    assert (arrivals.expected, arrivals.received, arrivals.lost) == (4, 3, 1)
    with pytest.raises(ValueError, match="came before"):
        arrivals.add(65_535, 0, 0.0)
    with pytest.raises(ValueError, match="came before"):
        arrivals.add(1, 0, 0.0)


def test_a_jump_never_asks_for_more_than_is_kept() -> None:
    arrivals = rtp.Arrivals(90_000)
    arrivals.add(0, 0, 0.0)
    assert len(arrivals.add(30_000, 0, 0.0)) <= 256
    arrivals.add(32_000, 0, 0.0)
    assert len(arrivals.missing) <= 256


def test_loss_is_reported_since_the_last_report() -> None:
    arrivals = rtp.Arrivals(90_000)
    for n in range(10):
        arrivals.add(n, 0, 0.0)
    assert arrivals.share_lost() == 0
    for n in range(10, 20, 2):
        arrivals.add(n, 0, 0.0)
    assert arrivals.share_lost() == (4 << 8) // 9
    assert arrivals.share_lost() == 0


def test_steady_arrivals_have_no_jitter_and_uneven_ones_do() -> None:
    steady, uneven = rtp.Arrivals(90_000), rtp.Arrivals(90_000)
    for n in range(100):
        steady.add(n, n * 3000, n / 30)
        uneven.add(n, n * 3000, n / 30 + (n % 2) * 0.01)
    assert steady.jitter < 5
    assert 500 < uneven.jitter < 1000
