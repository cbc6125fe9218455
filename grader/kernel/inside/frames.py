"""Frames: how the trusted process and a box speak over their socket pair.

A frame is the length of its body (unsigned, 32 bits, little-endian), one byte that says
what it is, and the body. Into the box go `RUN` and `ASK`, each with a token of 16 random
bytes before its body; what ends that step carries the same token, so that nothing can be
said to be over before it has begun. Out of it come the outputs of cells, in the codec, and
answers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from grader.kernel.inside.codec import MAX_BYTES, MalformedError

RUN, ASK = b"R", b"A"
"""A cell's source; the request for an exercise, as `agent.answer` takes it."""
OUTPUT, TOO_LARGE = b"o", b"l"
"""What a cell shows: ``(kind, content)``; what is too large: ``(names, bytes)``."""
DONE, ANSWER, UNSENT = b"d", b"a", b"u"
"""A step is over: whether it went well; the answer; why it cannot be sent."""
ENDS = (DONE, ANSWER, UNSENT)
READY = b"y"
"""The box waits for its first step."""

TOKEN_BYTES = 16
MAX_BODY_BYTES = MAX_BYTES + 256
"""The largest message of the codec, and a token."""
_HEAD = struct.Struct("<I1s")
_FROM_BOX = frozenset((OUTPUT, TOO_LARGE, DONE, ANSWER, UNSENT, READY))


def frame(kind: bytes, body: bytes) -> bytes:
    """Return a frame as it travels."""
    return _HEAD.pack(len(body), kind) + body


class FrameReader:
    """Cuts what a box sends into frames; takes any bytes."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Take bytes as they arrive and yield kind and body of what is complete.

        Raises:
            MalformedError: no box of ours sends this; nothing after it can be read.
        """
        self._data += data
        while len(self._data) >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._data)
            if kind not in _FROM_BOX:
                raise MalformedError(f"frame of the unknown kind {kind!r}")
            if length > MAX_BODY_BYTES:
                raise MalformedError(f"frame of {length} bytes, at most {MAX_BODY_BYTES}")
            end = _HEAD.size + length
            if len(self._data) < end:
                return
            body = bytes(self._data[_HEAD.size : end])
            del self._data[:end]
            yield kind, body


def parts(data: bytearray) -> tuple[bytes, bytes, bytes] | None:
    """Take the first frame of the trusted side off ``data``: kind, token and body.

    Returns None until it is complete.
    """
    if len(data) < _HEAD.size:
        return None
    length, kind = _HEAD.unpack_from(data)
    end = _HEAD.size + length
    if len(data) < end:
        return None
    start = _HEAD.size + TOKEN_BYTES
    token, body = bytes(data[_HEAD.size : start]), bytes(data[start:end])
    del data[:end]
    return kind, token, body
