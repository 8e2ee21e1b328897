"""A file that opens with a key and is whole, or does not open: for what is carried away from the server.

Chunks of 1 MiB under AES-GCM, each bound to its place and the last one to being the last, so that a file
that was cut off, put together anew or changed is refused (the STREAM construction: Hoang, Reyhanitabar,
Rogaway and Vizár 2015). A SHA-256 of everything ends the file: a damaged copy is found without the key.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.errors import WrongKey

_MAGIC = b"QuietRoom-1\n"
_PREFIX, _CHUNK, _TAG, _DIGEST = 7, 1 << 20, 16, 32


class Damaged(Exception):
    """The file is no such file, or not as it was written."""


def write_sealed(path: Path, key: bytes, parts: Iterable[bytes]) -> None:
    """Write the parts, one after the other, to a new file of mode 600; whole or not at all."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _write(file, AESGCM(key), parts)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_sealed(path: Path, key: bytes) -> Iterator[bytes]:
    """The content, in parts of at most 1 MiB.

    Raises:
        Damaged: no such file, cut off, or changed; found out before the part concerned is given.
        WrongKey: it was written with another key.
    """
    left = path.stat().st_size - len(_MAGIC) - _PREFIX - _DIGEST
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC or left < _TAG:
            raise Damaged("This is no backup of Quiet Room.")
        cipher, prefix, number = AESGCM(key), file.read(_PREFIX), 0
        while left > 0:
            chunk = file.read(min(_CHUNK + _TAG, left))
            left -= len(chunk)
            try:
                yield cipher.decrypt(_nonce(prefix, number, last=left == 0), chunk, _MAGIC)
            except InvalidTag:
                if number == 0:
                    check(path)
                    raise WrongKey("The backup does not open with these keys.") from None
                raise Damaged("The backup is damaged or cut off.") from None
            number += 1


def check(path: Path) -> None:
    """Without a key: raises Damaged unless the file is as it was written."""
    digest, size = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise Damaged("This is no backup of Quiet Room.")
        digest.update(_MAGIC)
        left = size - len(_MAGIC) - _DIGEST
        while left > 0:
            part = file.read(min(_CHUNK, left))
            digest.update(part)
            left -= len(part)
        if file.read() != digest.digest():
            raise Damaged("The backup is damaged or cut off.")


def _write(file: BinaryIO, cipher: AESGCM, parts: Iterable[bytes]) -> None:
    digest, prefix = hashlib.sha256(), secrets.token_bytes(_PREFIX)

    def put(data: bytes) -> None:
        digest.update(data)
        file.write(data)

    put(_MAGIC + prefix)
    for number, (chunk, last) in enumerate(_chunks(parts)):
        put(cipher.encrypt(_nonce(prefix, number, last=last), chunk, _MAGIC))
    file.write(digest.digest())


def _chunks(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The parts in equal chunks; the last says so, and may be empty."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > _CHUNK:
            yield bytes(waiting[:_CHUNK]), False
            del waiting[:_CHUNK]
    yield bytes(waiting), True


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
