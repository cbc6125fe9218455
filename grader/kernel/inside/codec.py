"""The codec between the trusted process and a box: data only, and little of it.

Layout of a value: one tag byte, then the payload. Lengths are unsigned 32-bit
little-endian. Known are None, bool, int, float, complex, str, bytes, list, tuple, dict,
set, numeric NumPy arrays and scalars, and PyTorch tensors; anything else crosses as
`Opaque`, the name of its type. What behaves as one of these crosses as one: an OrderedDict
as a dict, a named tuple as a tuple, a range as a list, a Fraction as a float. Nothing is
executed or imported on behalf of the sender.

This file is the security boundary. It runs in the box as well, untrusted: it imports NumPy
and the standard library only. There the encoder may be replaced by anything; the decoder
on the trusted side must take any bytes and end in a value within the caps or in
`MalformedError`.
"""

from __future__ import annotations

import collections
import decimal
import numbers
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MAX_BYTES = 16 << 20
"""Largest message; class assignments stay below 100 kB."""
MAX_DEPTH = 24
MAX_ITEMS = 200_000
"""Values in one message, nested ones included; bounds the decoder's time."""
MAX_KEYS = 4096
"""Dict keys and set members in one message, text not counted: numbers and tuples can be
chosen to have one hash, and n of them take n^2 steps; Python salts the hash of text."""
MAX_INT_BYTES = 512
MAX_DIMENSIONS = 16

_LENGTH = struct.Struct("<I")
_FLOAT = struct.Struct("<d")
_COMPLEX = struct.Struct("<dd")
_SEQUENCE_TAGS: dict[type, bytes] = {list: b"l", tuple: b"t"}
_DTYPES = frozenset(
    np.dtype(name).str
    for name in (
        *("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"),
        *("f2", "f4", "f8", "c8", "c16"),
    )
)


class MalformedError(ValueError):
    """The bytes are no message, or exceed a cap."""


class Opaque:
    """Stands for a value that does not cross; knows the name of its type."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and self.type_name == other.type_name

    def __hash__(self) -> int:
        return hash(self.type_name)

    def __repr__(self) -> str:
        return f"Opaque({self.type_name!r})"


class Tensor:
    """A PyTorch tensor as data; the trusted side needs no PyTorch to hold one."""

    __slots__ = ("array", "requires_grad")

    def __init__(self, array: np.ndarray, requires_grad: bool = False) -> None:
        self.array = array
        self.requires_grad = requires_grad

    def __repr__(self) -> str:
        return f"Tensor({self.array!r}, requires_grad={self.requires_grad})"


def encode(value: Any) -> bytes:
    """Return ``value`` as bytes; raise `MalformedError` if it exceeds a cap."""
    out = bytearray()
    _Encoder(out).put(value, 0)
    return bytes(out)


class _Encoder:
    def __init__(self, out: bytearray) -> None:
        self.out = out
        self.items = 0
        self.keys = 0

    def put(self, value: Any, depth: int) -> None:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS or len(self.out) > MAX_BYTES:
            raise MalformedError("value is too deep, too long or too large to be sent")
        kind = type(value)
        if value is None:
            self.out += b"N"
        elif kind is bool:
            self.out += b"1" if value else b"0"
        elif kind is int:
            size = value.bit_length() // 8 + 1
            if size > MAX_INT_BYTES:
                raise MalformedError("integer is too large to be sent")
            self.block(b"i", value.to_bytes(size, "little", signed=True))
        elif kind is float:
            self.out += b"f" + _FLOAT.pack(value)
        elif kind is complex:
            self.out += b"c" + _COMPLEX.pack(value.real, value.imag)
        elif kind is str:
            self.block(b"s", value.encode("utf-8", "replace"))  # no lone surrogates
        elif kind is bytes:
            self.block(b"b", value)
        elif kind in (list, tuple):
            self.sequence(_SEQUENCE_TAGS[kind], value, depth)
        elif kind in (set, frozenset):
            self.keys = _counted(value, self.keys)
            self.sequence(b"e", value, depth)
        elif kind is dict:
            self.keys = _counted(value, self.keys)
            flat = [part for item in value.items() for part in item]
            self.sequence(b"d", flat, depth)
        else:
            self.foreign(value, depth)

    def block(self, tag: bytes, payload: bytes) -> None:
        if len(self.out) + len(payload) > MAX_BYTES:
            raise MalformedError("value is too large to be sent")
        self.out += tag + _LENGTH.pack(len(payload)) + payload

    def sequence(self, tag: bytes, values: Any, depth: int) -> None:
        self.out += tag + _LENGTH.pack(len(values))
        for value in values:
            self.put(value, depth + 1)

    def foreign(self, value: Any, depth: int) -> None:
        """Encode array-like values and relatives of plain ones; others become opaque."""
        if _is_tensor(value):
            value = _as_data(value)
        if isinstance(value, Tensor):
            self.array(b"T" if value.requires_grad else b"n", value.array)
        elif isinstance(value, np.generic) and value.dtype.kind not in "US":
            self.array(b"g", np.asarray(value))
        elif type(value) in (np.ndarray, np.matrix):
            self.array(b"a", np.asarray(value))
        elif (plain := _plain(value)) is not None:
            self.put(plain, depth)
        else:
            name = value.type_name if isinstance(value, Opaque) else type(value).__name__
            self.block(b"o", name[:100].encode("utf-8", "replace"))

    def array(self, tag: bytes, array: np.ndarray) -> None:
        if array.nbytes > MAX_BYTES or not _is_shape(array.shape):
            raise MalformedError("array is too large to be sent")
        if array.dtype in (np.longdouble, np.clongdouble):  # what only some machines have
            array = array.astype("c16" if array.dtype.kind == "c" else "f8")
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if array.dtype.str not in _DTYPES:
            self.block(b"o", f"array of {array.dtype}"[:100].encode())
            return
        head = bytes([len(array.shape)]) + b"".join(map(_LENGTH.pack, array.shape))
        name = array.dtype.str.encode()
        self.block(tag, bytes([len(name)]) + name + head + array.tobytes())


_RELATIVES: tuple[tuple[Any, Any], ...] = (
    (int, int),
    ((float, numbers.Real, decimal.Decimal), float),
    (str, str),
    (tuple, tuple),
    (Mapping, dict),
    ((Sequence, collections.deque), list),
)
"""Classes of values, and what makes the plain one of them."""


def _plain(value: Any) -> Any:
    """Return a value of a derived class as one of its base; None if there is none."""
    if isinstance(value, (bytes, bytearray, memoryview, Opaque)):
        return None
    try:
        for relatives, make in _RELATIVES:
            if isinstance(value, relatives):
                long = isinstance(value, (Mapping, Sequence)) and len(value) > MAX_ITEMS
                return None if long else make(value)
    except Exception:  # a class of the student's, which may do anything
        return None
    return None


def _is_tensor(value: Any) -> bool:
    import sys

    torch = sys.modules.get("torch")
    return torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)


def _as_data(tensor: Any) -> Tensor | Opaque:
    try:
        return Tensor(tensor.detach().cpu().numpy(), tensor.requires_grad)
    except (TypeError, RuntimeError):  # bfloat16, sparse, without data
        return Opaque(f"tensor of {tensor.dtype}")


def decode(data: bytes) -> Any:
    """Return the value in ``data``, which may come from an enemy.

    Raises:
        MalformedError: on anything that `encode` would not have written.
    """
    if len(data) > MAX_BYTES + 64:
        raise MalformedError(f"message of {len(data)} bytes, at most {MAX_BYTES} allowed")
    decoder = _Decoder(data)
    try:
        value = decoder.take(0)
    except MalformedError:
        raise
    except (struct.error, ValueError, TypeError, OverflowError) as error:
        raise MalformedError(f"malformed message: {error}") from None
    if decoder.at != len(data):
        raise MalformedError(f"{len(data) - decoder.at} bytes after the end")
    return value


class _Decoder:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.items = 0
        self.keys = 0

    def take(self, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise MalformedError("message is nested too deeply or has too many items")
        tag = self.raw(1)
        if tag in _CONSTANTS:
            return _CONSTANTS[tag]
        if tag == b"f":
            return _FLOAT.unpack(self.raw(8))[0]
        if tag == b"c":
            return complex(*_COMPLEX.unpack(self.raw(16)))
        length = _LENGTH.unpack(self.raw(4))[0]
        if tag in b"ltde":
            return self.container(tag, length, depth)
        return self.block(tag, self.raw(length))

    def raw(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        if len(part) != size:
            raise MalformedError("message ends in the middle of a value")
        self.at += size
        return part

    def container(self, tag: bytes, length: int, depth: int) -> Any:
        if length > len(self.data) - self.at:
            raise MalformedError("container is longer than the message")
        values = [self.take(depth + 1) for _ in range(length)]
        if tag == b"l":
            return values
        if tag == b"t":
            return tuple(values)
        keys = values if tag == b"e" else values[::2]
        if len(values) % (1 if tag == b"e" else 2):
            raise MalformedError("dict with a key too many")
        self.keys = _counted(keys, self.keys)
        return set(keys) if tag == b"e" else dict(zip(keys, values[1::2], strict=True))

    def block(self, tag: bytes, payload: bytes) -> Any:
        if tag == b"s":
            return payload.decode("utf-8")
        if tag == b"b":
            return payload
        if tag == b"i":
            if not 0 < len(payload) <= MAX_INT_BYTES:
                raise MalformedError("integer of an impossible length")
            return int.from_bytes(payload, "little", signed=True)
        if tag == b"o":
            return Opaque(payload[:100].decode("utf-8", "replace"))
        if tag in (b"a", b"g", b"T", b"n"):
            array = _array(payload)
            if tag == b"g":
                if array.ndim:
                    raise MalformedError("scalar with dimensions")
                return array[()]
            return array if tag == b"a" else Tensor(array, tag == b"T")
        raise MalformedError(f"unknown tag {tag!r}")


_CONSTANTS = {b"N": None, b"1": True, b"0": False}


def _counted(keys: Any, before: int) -> int:
    """Return how many keys a message has with these, text not counted."""
    count = before
    for key in keys:
        if not _is_key(key):
            raise MalformedError("set or dict with a member that cannot be sent")
        count += type(key) not in (str, bytes)
    if count > MAX_KEYS:
        raise MalformedError("sets and dicts have too many members to be sent")
    return count


def _is_key(value: Any) -> bool:
    """Only short plain keys: hashing them is cheap and cannot call anything."""
    if type(value) is tuple:
        return len(value) <= 8 and all(_is_key(part) for part in value)
    if isinstance(value, np.generic):
        return value.dtype.newbyteorder("<").str in _DTYPES
    return value is None or type(value) in (bool, int, float, complex, str, bytes)


def _is_shape(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape may cross, also if it has no entries."""
    return len(shape) <= MAX_DIMENSIONS and max(shape, default=0) <= MAX_BYTES


def _array(payload: bytes) -> np.ndarray:
    size = payload[0] if payload else 0
    name = payload[1 : 1 + size].decode("ascii", "replace")
    if name not in _DTYPES:
        raise MalformedError("array of a type that does not cross")
    at = 2 + size
    dimensions = payload[at - 1] if len(payload) >= at else MAX_DIMENSIONS + 1
    end = at + 4 * dimensions
    if dimensions > MAX_DIMENSIONS or len(payload) < end:
        raise MalformedError("array with an impossible shape")
    shape = struct.unpack(f"<{dimensions}I", payload[at:end])
    if not _is_shape(shape):
        raise MalformedError("array with an impossible shape")
    dtype = np.dtype(name)
    count = 1
    for extent in shape:
        count *= extent
    if count * dtype.itemsize != len(payload) - end:
        raise MalformedError("array whose shape and bytes disagree")
    flat = np.frombuffer(payload, np.uint8 if name == "|b1" else dtype, -1, end)
    return flat.astype(dtype).reshape(shape)  # a copy; bytes other than 0, 1 are True
