"""Where forwarding takes over from aiortc: classes of its own set in, and the private names that needs.

Everything that comes of an upgrade of aiortc comes here and in `wire.py`. `missing()` says which of the
names are not there; then nothing is set in, and media is transcoded, which needs public names alone.
Connections with none of our slots and sinks on them are aiortc's as before.
"""

from __future__ import annotations

from typing import Any

import aioice.ice
import aioice.turn
import aiortc.contrib.media
import aiortc.rtcdtlstransport
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import aiortc.rtp
from aiortc import (
    MediaStreamTrack,
    RTCCertificate,
    RTCIceTransport,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
)
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpParameters, RTCRtpReceiveParameters, RTCRtpSendParameters

from clinic.video.sinks import Sink, beneath, sink_of
from clinic.video.slots import Slot
from clinic.video.wire import Wire

_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
# One codec each way, so that what comes in may go out to the other.
_CODECS = {"video/vp8", "video/rtx", "audio/opus"}
_SET_IN = ("RTCDtlsTransport", "RTCRtpReceiver", "RTCRtpSender", "RTCRtpTransceiver")


class ForwardingTransport(RTCDtlsTransport):
    """DTLS as it was, with a wire that takes media off it."""

    def __init__(self, transport: RTCIceTransport, certificates: list[RTCCertificate]) -> None:
        super().__init__(transport, certificates)
        self.wire = Wire(self)


class ForwardingReceiver(RTCRtpReceiver):
    """Leads what comes in to a sink, where one has the track; no decoder, no thread."""

    def __init__(self, kind: str, transport: RTCDtlsTransport) -> None:
        super().__init__(kind, transport)
        self._reporter = 0
        self._sink: Sink | None = None

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        super()._set_rtcp_ssrc(ssrc)
        self._reporter = ssrc

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        sink, transport = sink_of(self._track), self.transport
        if sink is None or not isinstance(transport, ForwardingTransport):
            await super().receive(parameters)
        elif self._sink is None:
            self._sink = sink
            main, again = _payload_types(parameters)
            sources = frozenset(each.ssrc for each in parameters.encodings)
            sink.open(transport.wire, main, again, _send_time_id(parameters), sources)
            transport.wire.carry_in(sink, [each for each in (main, again) if each >= 0], self._reporter)

    async def stop(self) -> None:
        transport = self.transport
        if self._sink is not None and isinstance(transport, ForwardingTransport):
            transport.wire.drop(self._sink)
            self._sink.shut()
            self._sink = None
            if self._track is not None:
                self._track.stop()
        await super().stop()


class ForwardingSender(RTCRtpSender):
    """Lets a slot send by itself, where one is beneath the track."""

    def __init__(self, trackOrKind: MediaStreamTrack | str, transport: RTCDtlsTransport) -> None:
        super().__init__(trackOrKind, transport)
        self._slot: Slot | None = None

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        slot, transport = beneath(self.track), self.transport
        if not isinstance(slot, Slot) or not isinstance(transport, ForwardingTransport):
            await super().send(parameters)
        elif self._slot is None:
            self._slot = slot
            main, again = _payload_types(parameters)
            rtx = (again, self._rtx_ssrc) if again >= 0 else None
            slot.open(transport.wire, self._ssrc, main, rtx, _send_time_id(parameters))
            transport.wire.carry_out(slot, self._ssrc)

    async def stop(self) -> None:
        transport = self.transport
        if self._slot is not None and isinstance(transport, ForwardingTransport):
            transport.wire.drop(self._slot)
            self._slot.shut()
            self._slot = None
            if self.track is not None:
                self.track.stop()
        await super().stop()


class OneCodecTransceiver(RTCRtpTransceiver):
    """Agrees on VP8 with retransmission, and on Opus, and on nothing else."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        offered = RTCRtpSender.getCapabilities(self.kind).codecs
        self.setCodecPreferences([codec for codec in offered if codec.mimeType.lower() in _CODECS])


def _payload_types(parameters: RTCRtpParameters) -> tuple[int, int]:
    """Of the media, and of its retransmissions or -1."""
    numbers = [(codec.payloadType, codec.parameters.get("apt")) for codec in parameters.codecs]
    main = next(number for number, apt in numbers if number is not None and apt is None)
    return main, next((number for number, apt in numbers if number is not None and apt == main), -1)


def _send_time_id(parameters: RTCRtpParameters) -> int:
    return next((each.id for each in parameters.headerExtensions if each.uri == _SEND_TIME), 0)


def missing() -> list[str]:
    """The private names that forwarding leans on and that the installed aiortc and aioice do not have."""
    pc = aiortc.rtcpeerconnection.RTCPeerConnection
    ice = aioice.ice
    methods: list[tuple[Any, str]] = [
        *((aiortc.rtcpeerconnection, name) for name in _SET_IN),
        (pc, "_RTCPeerConnection__createTransceiver"),
        (pc, "_RTCPeerConnection__createDtlsTransport"),
        (RTCRtpReceiver, "_set_rtcp_ssrc"),
        (RTCRtpTransceiver, "setCodecPreferences"),
        (ice.Connection, "data_received"),
        (ice.CandidatePair, "remote_addr"),
        (aioice.turn.TurnTransport, "sendto"),
        (aiortc.rtcdtlstransport, "State"),
        *(
            (aiortc.rtp, name)
            for name in ("RtcpPacket", "pack_remb_fci", "unpack_remb_fci", "clamp_packets_lost")
        ),
    ]
    # What is set on each object as it is made, or used where we put ourselves in between.
    used: list[tuple[Any, str, str]] = [
        *((pc, "_RTCPeerConnection__createTransceiver", name) for name in _SET_IN[1:]),
        (pc, "_RTCPeerConnection__createDtlsTransport", _SET_IN[0]),
        *((RTCDtlsTransport, "__init__", name) for name in ("_rx_srtp", "_tx_srtp", "_state")),
        (RTCIceTransport, "__init__", "_connection"),
        (RTCRtpReceiver, "__init__", "_track"),
        *((RTCRtpSender, "__init__", name) for name in ("_ssrc", "_rtx_ssrc")),
        *((ice.Connection, "__init__", name) for name in ("_nominated", "_queue")),
        (ice.CandidatePair, "__init__", "protocol"),
        (ice.StunProtocol, "connection_made", "transport"),
        (ice.StunProtocol, "datagram_received", "data_received"),
        (aioice.turn.TurnTransport, "__init__", "_TurnTransport__inner_protocol"),
        (aiortc.contrib.media.RelayStreamTrack, "__init__", "_source"),
    ]
    return [f"{_name(of)}.{name}" for of, name in methods if not hasattr(of, name)] + [
        f"{_name(of)}.{name}" for of, method, name in used if not _uses(of, method, name)
    ]


def _uses(of: Any, method: str, name: str) -> bool:
    code = getattr(getattr(of, method, None), "__code__", None)
    return code is not None and name in code.co_names


def _name(of: Any) -> str:
    return str(getattr(of, "__qualname__", of.__name__))


def set_in() -> None:
    """Connections made from now on forward what our slots and sinks have. Safe to call twice."""
    place: Any = aiortc.rtcpeerconnection
    place.RTCDtlsTransport = ForwardingTransport
    place.RTCRtpReceiver = ForwardingReceiver
    place.RTCRtpSender = ForwardingSender
    place.RTCRtpTransceiver = OneCodecTransceiver
