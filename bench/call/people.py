"""People who call: aiortc that sends pictures encoded beforehand, and decodes none of what it gets.

One process has several calls, both people of each, so that one clock times each picture from the moment its
last packet is sent to the moment its last packet arrives. Through transcoding a picture is another one when
it arrives: there one person of the first call decodes, and reads the number drawn into it.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sys
import threading
import time
from fractions import Fraction
from typing import Any

import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import av
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSessionDescription
from aiortc.codecs import depayload
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack

from bench.call.pictures import FRAMES, KEY_EVERY, RATE, encoded, number_in


class Camera(MediaStreamTrack):
    """Encoded pictures, 30 a second; asked for a key frame, it goes on from the next one it has."""

    kind = "video"

    def __init__(self, frames: list[bytes]) -> None:
        super().__init__()
        self._frames = frames
        self.number = -1
        self.sent_at = [0.0] * FRAMES
        self._count = 0
        self._began = 0.0

    def skip_to_key_frame(self) -> None:
        self.number = (self.number // KEY_EVERY + 1) * KEY_EVERY - 1

    async def recv(self) -> Any:
        self._began = self._began or time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._count / RATE - time.monotonic()))
        self.number = (self.number + 1) % FRAMES
        packet = av.Packet(self._frames[self.number])
        packet.pts, packet.time_base = self._count * 90_000 // RATE, Fraction(1, 90_000)
        self._count += 1
        return packet


class Microphone(AudioStreamTrack):
    """Fifty packets of sound a second, encoded beforehand as well."""

    _count = 0

    async def recv(self) -> Any:
        self._start = getattr(self, "_start", None) or time.time()
        await asyncio.sleep(max(0.0, self._start + self._count / 50 - time.time()))
        packet = av.Packet(b"\xfc" + bytes(80))
        packet.pts, packet.time_base = self._count * 960, Fraction(1, 48_000)
        self._count += 1
        return packet


class Sender(RTCRtpSender):
    """Says to its camera when a key frame is asked for, and when a picture's last packet is sent."""

    def _send_keyframe(self) -> None:
        if isinstance(self.track, Camera):
            self.track.skip_to_key_frame()

    async def _next_encoded_frame(self, codec: Any) -> Any:
        frame = await super()._next_encoded_frame(codec)
        if isinstance(self.track, Camera):
            self.track.sent_at[self.track.number] = time.monotonic()
        return frame


class Receiver(RTCRtpReceiver):
    """Counts pictures and times them. Of what aiortc does, all but the decoding happens."""

    def __init__(self, kind: str, transport: Any) -> None:
        super().__init__(kind, transport)
        self.person: Any = None
        self._parts: dict[int, list[bytes]] = {}

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        person = self.person
        if person is not None and packet.payload and packet.payload_type == person.picture_type:
            parts = self._parts.setdefault(packet.timestamp, [])
            parts.append(packet.payload)
            if packet.marker:
                person.picture_came(time.monotonic(), self._parts.pop(packet.timestamp))
                if len(self._parts) > 50:
                    self._parts.clear()
        await super()._handle_rtp_packet(packet, arrival_time_ms)


def nothing_decoded(_loop: Any, work: queue.Queue[Any], *_rest: Any) -> None:
    while work.get() is not None:
        pass


class Person:
    """One end of a call."""

    def __init__(self, camera: Camera, numbers: dict[bytes, int], decodes: bool) -> None:
        self.camera, self.other_camera = camera, camera
        self.numbers = numbers
        self.came: list[float] = []
        self.latencies: list[float] = []
        self.picture_type = -1
        self._codec: Any = None
        self._work: queue.Queue[tuple[float, bytes]] | None = queue.Queue() if decodes else None
        if decodes:
            threading.Thread(target=self._decode, daemon=True).start()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTrack(Microphone())
        self.connection.addTrack(camera)

    def looks_at(self, connection: Any) -> None:
        """Count and time the pictures that come by this connection."""
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "video":
                self._codec = transceiver._codecs[0]
                self.picture_type = self._codec.payloadType
                transceiver.receiver.person = self

    def picture_came(self, at: float, parts: list[bytes]) -> None:
        self.came.append(at)
        picture = b"".join(depayload(self._codec, part) for part in parts)
        number = self.numbers.get(picture)
        if number is not None:
            self.latencies.append(at - self.other_camera.sent_at[number])
        elif self._work is not None:
            self._work.put((at, picture))

    def _decode(self) -> None:
        assert self._work is not None
        decoder: Any = av.CodecContext.create("vp8", "r")
        while True:
            at, picture = self._work.get()
            try:
                for frame in decoder.decode(av.Packet(picture)):
                    number = number_in(frame)
                    if number < FRAMES:
                        # A picture sent before the camera came round again: ten seconds at most.
                        self.latencies.append((at - self.other_camera.sent_at[number]) % (FRAMES / RATE))
            except av.FFmpegError:
                pass


async def through_relay(port: int, person: Person, room: str, seat: str) -> None:
    connection = person.connection
    await connection.setLocalDescription(await connection.createOffer())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = {"room": room, "seat": seat, "sdp": connection.localDescription.sdp}
    writer.write(json.dumps(asked).encode() + b"\n")
    told = json.loads(await reader.readline())
    writer.close()
    await connection.setRemoteDescription(RTCSessionDescription(told["sdp"], "answer"))
    person.looks_at(connection)


async def main(how: str, port: int, first: int, calls: int, width: int, height: int) -> None:
    receivers: Any = aiortc.rtcrtpreceiver
    receivers.decoder_worker = nothing_decoded
    place: Any = aiortc.rtcpeerconnection
    place.RTCRtpReceiver, place.RTCRtpSender = Receiver, Sender
    frames = encoded(width, height)
    numbers = {frame: number for number, frame in enumerate(frames)}
    everybody: list[Person] = []
    for call in range(first, first + calls):
        decodes = how == "transcoding" and call == 0
        here, there = Person(Camera(frames), numbers, False), Person(Camera(frames), numbers, decodes)
        here.other_camera, there.other_camera = there.camera, here.camera
        for person, seat in ((here, "client"), (there, "therapist")):
            if how == "janus":
                from bench.call.janus import through_janus

                await through_janus(port, person, call, seat)
            else:
                await through_relay(port, person, f"room {call}", seat)
        everybody += [here, there]
    print(json.dumps("joined"), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        seconds = float(line)
        for person in everybody:
            person.came.clear()
            person.latencies.clear()
        await asyncio.sleep(seconds)
        rates = [len(person.came) / seconds for person in everybody]
        latencies = [round(1000 * each, 2) for person in everybody for each in person.latencies]
        print(json.dumps({"rates": rates, "latencies": latencies}), flush=True)


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    how, *numbers = sys.argv[1:]
    uvloop.run(main(how, *(int(each) for each in numbers)))
