"""Rooms and places: how many calls fit, what quality is in words, and what happens without forwarding."""

from __future__ import annotations

import gc
import threading

import aioice.ice
import pytest
from aiortc import RTCRtpReceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport

from clinic.errors import CallsFull
from clinic.video import forwarding
from clinic.video.quality import Counts, Times, Window
from clinic.video.relay import Leg, Relay
from clinic.video.rooms import Seat


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_process_carries_as_many_calls_as_it_may_and_refuses_the_next() -> None:
    relay = Relay(limit=2)
    legs = [relay.leg("a", Seat.CLIENT), relay.leg("b", Seat.CLIENT)]
    assert relay.calls == relay.limit == 2
    with pytest.raises(CallsFull) as refused:
        relay.leg("c", Seat.CLIENT)
    assert "phone" in refused.value.sentence
    # The other seat of a call that goes on, a refresh and a second window are no new call.
    legs += [relay.leg("a", Seat.THERAPIST), relay.leg("a", Seat.THERAPIST), relay.leg("b", Seat.CLIENT)]
    assert relay.calls == 2


def test_a_refresh_finds_its_place_kept_and_after_a_while_it_goes_to_others() -> None:
    clock = Clock()
    relay = Relay(limit=1, clock=clock)
    relay.leg("a", Seat.CLIENT).close()
    assert relay.calls == 0
    clock.now = 15.0
    with pytest.raises(CallsFull):
        relay.leg("b", Seat.CLIENT)
    relay.leg("a", Seat.CLIENT).close()
    clock.now = 36.0
    other = relay.leg("b", Seat.CLIENT)
    with pytest.raises(CallsFull):
        relay.leg("a", Seat.CLIENT)
    assert not other.closed


def test_the_limit_is_a_setting_with_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from db.settings import CALLS, settings

    settings.cache_clear()
    assert Relay().limit == CALLS
    monkeypatch.setenv("QUIET_ROOM_CALLS", "3")
    settings.cache_clear()
    try:
        assert Relay().limit == 3
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_an_empty_room_is_forgotten() -> None:
    relay = Relay()
    leg = relay.leg("a", Seat.CLIENT)
    assert "a" in relay._rooms
    leg.close()
    leg.close()
    del leg
    gc.collect()
    assert "a" not in relay._rooms


def test_a_page_that_never_connected_holds_no_call_once_it_is_gone() -> None:
    relay = Relay(limit=1)
    relay.leg("a", Seat.CLIENT)
    gc.collect()
    assert relay.calls == 0
    assert not relay.leg("b", Seat.CLIENT).closed


def test_a_flood_of_joins_from_many_threads_stays_within_the_limit() -> None:
    relay, legs, refused = Relay(limit=5), list[Leg](), list[str]()

    def join(name: str) -> None:
        for seat in Seat:
            try:
                legs.append(relay.leg(name, seat))
            except CallsFull:
                refused.append(name)

    threads = [threading.Thread(target=join, args=(f"room {n % 20}",)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert relay.calls == 5
    assert len(legs) + len(refused) == 200
    assert len(refused) == 150


def test_every_private_name_is_there_in_the_installed_versions() -> None:
    assert forwarding.missing() == []


@pytest.mark.parametrize(
    ("of", "name"),
    [
        (aioice.ice.Connection, "data_received"),
        (aioice.ice.CandidatePair, "remote_addr"),
        (RTCRtpReceiver, "_set_rtcp_ssrc"),
        (RTCDtlsTransport, "__init__"),
    ],
)
def test_without_a_private_name_media_is_transcoded_and_the_administrator_is_told(
    monkeypatch: pytest.MonkeyPatch, of: type, name: str
) -> None:
    with monkeypatch.context() as patched:
        patched.delattr(of, name)
        relay = Relay()
        assert relay.path == "transcoding"
    assert relay.note is not None
    assert f"{of.__name__}." in relay.note
    assert relay.limit == 2, "what transcoding holds"
    assert not hasattr(relay.leg("a", Seat.CLIENT).slots["video"], "forward")


def test_forwarding_says_nothing_to_the_administrator() -> None:
    assert Relay().path == "packets"
    assert Relay().note is None


def _times(offered: float | None = 0.0, joined: float | None = 1.0, heard: float | None = 1.0) -> Times:
    return Times(offered_at=offered, joined_at=joined, heard_at=heard, starved_at=None)


def test_quality_in_words() -> None:
    def word(times: Times, now: float, limit: int | None = None) -> str:
        return Window().look(Counts(bitrate_limit=limit), times, now).word

    assert word(_times(joined=None, heard=None), 14.9) == "connecting"
    assert word(_times(joined=None, heard=None), 15.0) == "frozen", "offered, and never connected"
    assert word(_times(offered=None, joined=None, heard=None), 1000.0) == "connecting", "nobody pressed Join"
    assert word(_times(heard=None), 5.9) == "connecting"
    assert word(_times(heard=None), 6.0) == "frozen", "connected, and no media"
    assert word(_times(heard=60.0), 61.0) == "good"
    assert word(_times(heard=60.0), 65.0) == "frozen"
    assert word(Times(0.0, 1.0, 60.0, 55.0), 60.0) == "frozen", "media that is not let through"
    assert word(_times(heard=60.0), 61.0, 100_000) == "poor"


def test_loss_and_speed_are_of_the_last_seconds() -> None:
    window, times = Window(), _times(heard=100.0)
    window.look(Counts(), times, 95.0)
    lossy = window.look(Counts(125_000, up_expected=100, up_lost=10), times, 96.0)
    assert (lossy.word, lossy.received_kbit, lossy.loss) == ("poor", 1000.0, 0.1)
    for second in range(97, 104):
        later = window.look(
            Counts(125_000, up_expected=100 * (second - 95), up_lost=10), _times(heard=103.0), float(second)
        )
    assert (later.word, later.received_kbit, later.loss) == ("good", 0.0, 0.0)
