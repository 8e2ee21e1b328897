"""Ten seconds of picture, encoded once as a browser would, each picture's number drawn into it."""

from __future__ import annotations

import struct
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy

FRAMES, RATE, KEY_EVERY = 300, 30, 60
BITS = 10
BITRATE = {(640, 480): 740_000, (1280, 720): 1_400_000}


def encoded(width: int, height: int) -> list[bytes]:
    """The pictures as VP8, at the bit rate a browser would choose. Kept in the temporary folder."""
    kept = Path(tempfile.gettempdir()) / f"quiet-room-bench-{width}x{height}.vp8"
    if not kept.exists():
        frames = _encode(width, height)
        half = kept.with_suffix(".part")
        half.write_bytes(b"".join(struct.pack("!L", len(frame)) + frame for frame in frames))
        half.replace(kept)
    data, at, frames = kept.read_bytes(), 0, []
    while at < len(data):
        (size,) = struct.unpack_from("!L", data, at)
        frames.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return frames


def number_in(frame: Any) -> int:
    """The number drawn into a decoded picture, whatever its size."""
    luma = frame.to_ndarray(format="gray8")
    side = luma.shape[1] // 20
    read = [luma[side // 2 + side // 4, side * (2 * bit) + side // 2] > 128 for bit in range(BITS)]
    return sum(1 << bit for bit, lit in enumerate(read) if lit)


def _encode(width: int, height: int) -> list[bytes]:
    bitrate = BITRATE[width, height]
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.bit_rate, codec.time_base, codec.framerate = bitrate, Fraction(1, RATE), Fraction(RATE)
    codec.gop_size = KEY_EVERY
    codec.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "minrate": str(bitrate),
        "maxrate": str(bitrate),
        "bufsize": str(bitrate // 2),
        "keyint_min": str(KEY_EVERY),
    }
    noise = numpy.random.default_rng(1)
    ground = noise.integers(60, 190, (height // 8, width // 8), dtype=numpy.uint8).repeat(8, 0).repeat(8, 1)
    packets: list[bytes] = []
    for n in range(FRAMES):
        luma = numpy.roll(ground, 3 * n, axis=1)[:height, :width].copy()
        side = width // 20
        for bit in range(BITS):
            luma[: side * 3 // 2, side * 2 * bit : side * (2 * bit + 1)] = 235 if n >> bit & 1 else 16
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, values in zip(frame.planes, (luma, None, None), strict=True):
            lines = numpy.full((plane.height, plane.line_size), 128, dtype=numpy.uint8)
            if values is not None:
                lines[:, :width] = values
            plane.update(lines.tobytes())
        frame.pts = n
        packets += [bytes(packet) for packet in codec.encode(frame)]
    packets += [bytes(packet) for packet in codec.encode(None)]
    return packets
