"""One browser's encrypted connection, taken over from aiortc once it stands: packets in and out, at once.

aiortc keeps ICE and DTLS. What it would do with each packet of media (a queue, a task, a decoder) is not
done: `arrived` is called from the socket, and what it hands on is sent before it returns.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

import pylibsrtp
from aiortc import rtp as aiortc_rtp
from aiortc.rtcdtlstransport import RTCDtlsTransport, State

from clinic.video.sinks import Sink
from clinic.video.slots import Slot

_REPORT_SECONDS = 1.0
# A quarter of a second of a sharp picture. More waits only where the network takes no more.
_MOST_WAITING_BYTES = 64_000
_MOST_HANDSHAKES = 64  # datagrams that wait for aiortc: a handshake has a dozen


class Wire:
    """Takes media and its control packets off a transport of aiortc's, and puts ours on it."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._dtls = transport
        ice: Any = transport.transport._connection
        self._ice = ice
        self._onward: Callable[[bytes, int], None] = ice.data_received
        ice.data_received = self.arrived
        self._sinks: dict[int, Sink] = {}  # by payload type
        self._slots: dict[int, Slot] = {}  # by SSRC
        self._reporter = 0  # the SSRC that our reports come from
        self._ticking: asyncio.TimerHandle | None = None
        self._pair: Any = None
        self._address: Any = None
        self._sendto: Callable[[bytes, Any], None] | None = None
        self._waiting: Callable[[], int] = lambda: 0

    def carry_in(self, sink: Sink, payload_types: Iterable[int], reporter: int) -> None:
        """Media of these payload types is the sink's from now on."""
        for each in payload_types:
            self._sinks[each] = sink
        self._reporter = reporter
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().call_later(_REPORT_SECONDS, self._report)

    def carry_out(self, slot: Slot, ssrc: int) -> None:
        """The slot sends as this SSRC: what the browser says of it is the slot's."""
        self._slots[ssrc] = slot

    def drop(self, part: Sink | Slot) -> None:
        """A sink or slot is over."""
        self._sinks = {each: sink for each, sink in self._sinks.items() if sink is not part}
        self._slots = {each: slot for each, slot in self._slots.items() if slot is not part}
        if not self._sinks and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def arrived(self, data: bytes, component: int) -> None:
        """A datagram from the network, of whatever sender. Nothing in it can raise here."""
        if not data:
            return  # aiortc would end the connection over it
        if not (127 < data[0] < 192 and (self._sinks or self._slots)):
            if self._ice._queue.qsize() < _MOST_HANDSHAKES:
                self._onward(data, component)
            return
        unlocked = self._dtls._rx_srtp
        if unlocked is None or len(data) < 12:
            return
        try:
            if 191 < data[1] < 224:
                self._control(aiortc_rtp.RtcpPacket.parse(unlocked.unprotect_rtcp(data)))
            else:
                packet = unlocked.unprotect(data)
                sink = self._sinks.get(packet[1] & 0x7F)
                if sink is not None:
                    sink.take(packet)
        except (pylibsrtp.Error, ValueError, IndexError, struct.error):
            pass  # junk, a repeat, or from before this connection: dropped, as the network would have

    def send(self, packet: bytes) -> bool:
        pair = self._ice._nominated.get(1)
        if pair is None or self._dtls._state is not State.CONNECTED:
            return False
        if pair is not self._pair:
            self._use(pair)
        if self._waiting() > _MOST_WAITING_BYTES:
            return False
        assert self._sendto is not None
        try:
            self._sendto(self._dtls._tx_srtp.protect(packet), self._address)
        except (OSError, RuntimeError, pylibsrtp.Error):
            return False  # the socket is closing, or the network is gone for now
        return True

    def _use(self, pair: Any) -> None:
        transport = pair.protocol.transport
        # A TURN transport keeps the real one inside.
        inner = getattr(transport, "_TurnTransport__inner_protocol", None)
        real = transport if inner is None else inner.transport
        self._pair, self._address, self._sendto = pair, pair.remote_addr, transport.sendto
        self._waiting = getattr(real, "get_write_buffer_size", lambda: 0)

    def _control(self, packets: list[aiortc_rtp.AnyRtcpPacket]) -> None:
        for packet in packets:
            match packet:
                case aiortc_rtp.RtcpSrPacket():
                    self._take_sender_report(packet)
                    self._take_reports(packet.reports)
                case aiortc_rtp.RtcpRrPacket():
                    self._take_reports(packet.reports)
                case aiortc_rtp.RtcpRtpfbPacket(fmt=aiortc_rtp.RTCP_RTPFB_NACK):
                    if (slot := self._slots.get(packet.media_ssrc)) is not None:
                        slot.resend(packet.lost)
                case aiortc_rtp.RtcpPsfbPacket():
                    self._take_feedback(packet)

    def _take_sender_report(self, packet: aiortc_rtp.RtcpSrPacket) -> None:
        for sink in set(self._sinks.values()):
            if sink.source == packet.ssrc:
                sink.report(packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)

    def _take_reports(self, reports: list[aiortc_rtp.RtcpReceiverInfo]) -> None:
        for each in reports:
            if (slot := self._slots.get(each.ssrc)) is not None:
                slot.take_report(each.highest_sequence, each.packets_lost, each.fraction_lost)

    def _take_feedback(self, packet: aiortc_rtp.RtcpPsfbPacket) -> None:
        if packet.fmt == aiortc_rtp.RTCP_PSFB_PLI:
            wanting = {packet.media_ssrc}
        elif packet.fmt == aiortc_rtp.RTCP_PSFB_FIR:
            wanting = {int.from_bytes(packet.fci[at : at + 4]) for at in range(0, len(packet.fci), 8)}
        elif packet.fmt == aiortc_rtp.RTCP_PSFB_APP and packet.fci[:4] == b"REMB":
            bits_a_second, sources = aiortc_rtp.unpack_remb_fci(packet.fci)
            for ssrc in sources:
                if (slot := self._slots.get(ssrc)) is not None:
                    slot.take_limit(bits_a_second)
            return
        else:
            return
        for ssrc in wanting:
            if (slot := self._slots.get(ssrc)) is not None:
                slot.need_key_frame()

    def ask_key_frame(self, source: int) -> None:
        self._send_control(
            aiortc_rtp.RtcpPsfbPacket(fmt=aiortc_rtp.RTCP_PSFB_PLI, ssrc=self._reporter, media_ssrc=source)
        )

    def ask_again(self, source: int, sequences: Iterable[int]) -> None:
        self._send_control(
            aiortc_rtp.RtcpRtpfbPacket(
                fmt=aiortc_rtp.RTCP_RTPFB_NACK,
                ssrc=self._reporter,
                media_ssrc=source,
                lost=sorted(sequences),
            )
        )

    def allow(self, source: int, bits_a_second: int) -> None:
        fci = aiortc_rtp.pack_remb_fci(bits_a_second, [source])
        self._send_control(
            aiortc_rtp.RtcpPsfbPacket(
                fmt=aiortc_rtp.RTCP_PSFB_APP, ssrc=self._reporter, media_ssrc=0, fci=fci
            )
        )

    def pass_report(self, ssrc: int, moment: int, timestamp: int, packets: int, octets: int) -> None:
        told = aiortc_rtp.RtcpSenderInfo(
            ntp_timestamp=moment,
            rtp_timestamp=timestamp,
            packet_count=packets & 0xFFFFFFFF,
            octet_count=octets & 0xFFFFFFFF,
        )
        self._send_control(aiortc_rtp.RtcpSrPacket(ssrc=ssrc, sender_info=told))

    def _report(self) -> None:
        """Tell the browser, each second, what has come of what it sends."""
        self._ticking = asyncio.get_running_loop().call_later(_REPORT_SECONDS, self._report)
        blocks = [self._block(sink) for sink in set(self._sinks.values()) if sink.arrivals.received]
        if blocks:
            self._send_control(aiortc_rtp.RtcpRrPacket(ssrc=self._reporter, reports=blocks))

    @staticmethod
    def _block(sink: Sink) -> aiortc_rtp.RtcpReceiverInfo:
        arrivals = sink.arrivals
        middle, at = sink.reported or (0, 0.0)
        # Loss on the way to the viewer counts too: the browser that sends can do something about it.
        lost = max(arrivals.share_lost(), sink.target.share_lost if sink.target is not None else 0)
        return aiortc_rtp.RtcpReceiverInfo(
            ssrc=sink.source,
            fraction_lost=min(lost, 255),
            packets_lost=aiortc_rtp.clamp_packets_lost(arrivals.lost),
            highest_sequence=arrivals.highest & 0xFFFFFFFF,
            jitter=arrivals.jitter & 0xFFFFFFFF,
            lsr=middle,
            dlsr=min(int((time.monotonic() - at) * 65536), 0xFFFFFFFF) if middle else 0,
        )

    def _send_control(self, packet: aiortc_rtp.AnyRtcpPacket) -> None:
        pair = self._ice._nominated.get(1)
        if pair is None or self._dtls._state is not State.CONNECTED:
            return
        if pair is not self._pair:
            self._use(pair)
        assert self._sendto is not None
        try:
            self._sendto(self._dtls._tx_srtp.protect_rtcp(bytes(packet)), self._address)
        except (OSError, RuntimeError, ValueError, pylibsrtp.Error):
            return  # the next report says it again
