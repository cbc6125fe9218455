"""The codec: everything plain crosses unchanged, nothing else does, no bytes harm."""

from __future__ import annotations

import collections
import decimal
import enum
import fractions
import math
import os
import random
import struct
import time
import tracemalloc
import types

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.kernel.inside import codec
from grader.kernel.inside.codec import MalformedError, Opaque, Tensor, decode, encode

FUZZ_CASES = int(os.environ.get("GRADER_FUZZ_CASES", "3000"))
"""Mutated messages per run; a nightly run asks for 100 000 or more."""
MIB = 1 << 20
DTYPES = [
    "?",
    "i1",
    "i2",
    "i4",
    "i8",
    "u1",
    "u2",
    "u4",
    "u8",
    "f2",
    "f4",
    "f8",
    "c8",
    "c16",
]
HUGE = (1 << 32) - 1


def crossed(value):
    """Return what arrives when ``value`` is sent."""
    return decode(encode(value))


def same(a, b):
    """Whether two plain values have the same types and contents; NaN equals NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Tensor):
        return a.requires_grad == b.requires_grad and same(a.array, b.array)
    if isinstance(a, np.ndarray | np.generic):
        plain = a.dtype == b.dtype.newbyteorder("=") or a.dtype == b.dtype
        return plain and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, set):
        return sorted(map(repr, a)) == sorted(map(repr, b))
    return repr(a) == repr(b)


texts = st.text(st.characters(codec="utf-8"), max_size=20)
keys = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts
keys = keys | st.binary(max_size=8) | st.tuples(texts, st.integers(0, 9))
arrays = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
leaves = st.none() | st.booleans() | st.floats() | st.complex_numbers() | texts
leaves = leaves | st.binary(max_size=30) | st.integers(-(2**4000), 2**4000) | arrays
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(keys, inner, max_size=5)
    ),
    max_leaves=20,
)


# --- what crosses ------------------------------------------------------------------


@given(values)
@settings(max_examples=300)
def test_every_plain_value_arrives_as_it_was(value):
    assert same(crossed(value), value)


@given(st.sets(keys, max_size=6))
def test_sets_arrive_as_sets(members):
    assert crossed(members) == members
    assert crossed(frozenset(members)) == members


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1,) * 16], ids=str)
def test_arrays_of_all_types_and_shapes_arrive(name, shape):
    array = (np.arange(math.prod(shape)).reshape(shape) % 2 == 1).astype(name)
    arrived = crossed(array)
    assert (arrived.dtype, arrived.shape) == (array.dtype, array.shape)
    assert np.array_equal(arrived, array)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T,
        np.asfortranarray,
        lambda a: a[::-1, ::2],
        lambda a: a.astype(">f8"),
        lambda a: np.broadcast_to(a[0], (5, 6)),
    ],
    ids=["transposed", "fortran", "strided", "big endian", "broadcast"],
)
def test_memory_order_does_not_change_an_array(view):
    array = view(np.arange(24.0).reshape(4, 6))
    arrived = crossed(array)
    assert np.array_equal(arrived, array)
    assert arrived.dtype == np.dtype("<f8")
    assert arrived.flags.writeable


@pytest.mark.parametrize("name", DTYPES)
def test_numpy_scalars_keep_their_type(name):
    scalar = np.ones(1, name)[0]
    assert same(crossed(scalar), scalar)


@pytest.mark.parametrize("value", [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324])
def test_special_floats_keep_their_bits(value):
    assert struct.pack("<d", crossed(value)) == struct.pack("<d", value)


@pytest.mark.parametrize("needs_gradient", [False, True])
def test_torch_tensors_arrive_as_data(needs_gradient):
    tensor = torch.arange(6.0).reshape(2, 3).requires_grad_(needs_gradient)
    arrived = crossed(tensor)
    assert type(arrived) is Tensor
    assert arrived.requires_grad is needs_gradient
    assert np.array_equal(arrived.array, tensor.detach().numpy())
    assert same(crossed(arrived), arrived)


def test_a_parameter_is_a_tensor_that_needs_its_gradient():
    assert crossed(torch.nn.Parameter(torch.ones(2))).requires_grad


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(2, dtype=torch.bfloat16),
        torch.eye(2).to_sparse(),
        torch.empty(2, device="meta"),
    ],
    ids=["bfloat16", "sparse", "meta"],
)
def test_tensors_without_numpy_form_are_opaque(tensor):
    assert isinstance(crossed(tensor), Opaque)


def test_dict_and_set_members_may_be_numpy_scalars():
    counts = {np.int64(3): 1, np.float64(0.5): 2}
    assert crossed(counts) == counts
    assert crossed({np.int64(3)}) == {3}


# --- what does not cross -----------------------------------------------------------


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


class Array(np.ndarray):
    pass


class Float(float):
    pass


class Text(str):
    pass


class Pupil(torch.Tensor):
    pass


class Colour(enum.IntEnum):
    RED = 1


RELATIVES = {
    "float subclass": (Float(1), 1.0),
    "fraction": (fractions.Fraction(1, 4), 0.25),
    "decimal": (decimal.Decimal("0.5"), 0.5),
    "str subclass": (Text("a"), "a"),
    "NumPy's text": (np.str_("a"), "a"),
    "enum": (Colour.RED, 1),
    "ordered dict": (collections.OrderedDict(a=1), {"a": 1}),
    "default dict": (collections.defaultdict(int, a=1), {"a": 1}),
    "mapping": (types.MappingProxyType({"a": 1}), {"a": 1}),
    "counter": (collections.Counter("aab"), {"a": 2, "b": 1}),
    "named tuple": (collections.namedtuple("P", "x y")(1, Float(2)), (1, 2.0)),
    "list subclass": (type("L", (list,), {})([1]), [1]),
    "user list": (collections.UserList([1]), [1]),
    "deque": (collections.deque([1, 2]), [1, 2]),
    "range": (range(3), [0, 1, 2]),
    "long double": (np.longdouble(1), np.float64(1)),
    "long doubles": (np.ones(2, np.longdouble), np.ones(2)),
}


@pytest.mark.parametrize(("value", "plain"), RELATIVES.values(), ids=RELATIVES.keys())
def test_a_relative_crosses_as_the_plain_value(value, plain):
    for found, wanted in ((crossed(value), plain), (crossed([value])[0], plain)):
        assert type(found) is type(wanted)
        assert np.array_equal(found, wanted)


def test_a_matrix_crosses_as_an_array():
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0]])
    assert type(crossed(matrix)) is np.ndarray
    assert crossed(matrix).shape == (1, 2)


FOREIGN = {
    "always equal": AlwaysEqual(),
    "ndarray subclass": np.ones(2).view(Array),
    "masked array": np.ma.ones(2),
    "matrix like": np.rec.array([(1, 2.0)]),
    "tensor subclass": torch.ones(2).as_subclass(Pupil),
    "function": lambda: 1,
    "class": float,
    "module": np,
    "generator": (n for n in range(3)),
    "bytearray": bytearray(b"a"),
    "memoryview": memoryview(b"a"),
    "object array": np.array([object()]),
    "structured array": np.zeros(2, [("x", "f8")]),
    "text array": np.array(["a"]),
    "list that lies": type("L", (list,), {"__iter__": lambda self: 1 / 0})([1]),
    "endless": range(10**12),
    "date": np.datetime64("2020-01-01"),
    "exception": ValueError("x"),
    "ellipsis": ...,
}


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN.keys())
def test_anything_else_is_opaque(value):
    assert type(crossed(value)) is Opaque
    assert [type(part) for part in crossed([1, value])] == [int, Opaque]


def test_an_opaque_value_knows_only_the_name_of_its_type():
    assert crossed(AlwaysEqual()).type_name == "AlwaysEqual"
    assert crossed(Opaque("X")) == Opaque("X")


def test_a_monstrous_type_name_is_cut():
    value = type("N" * 10_000, (), {})()
    assert len(crossed(value).type_name) <= 100


def test_lone_surrogates_never_reach_the_trusted_side():
    crossed("a\ud800b").encode("utf-8")
    with pytest.raises(MalformedError):
        decode(b"s" + struct.pack("<I", 3) + b"\xed\xa0\x80")


# --- caps of the encoder -----------------------------------------------------------


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


CYCLE: list = []
CYCLE.append(CYCLE)

TOO_MUCH = {
    "bytes": b"x" * (codec.MAX_BYTES + 1),
    "text": "x" * (codec.MAX_BYTES + 1),
    "array": np.zeros(codec.MAX_BYTES // 8 + 1),
    "many blocks": [b"x" * MIB] * 17,
    "depth": nested(codec.MAX_DEPTH + 1),
    "cycle": CYCLE,
    "items": [None] * codec.MAX_ITEMS,
    "int": 1 << (8 * codec.MAX_INT_BYTES),
    "dimensions": np.zeros((1,) * (codec.MAX_DIMENSIONS + 1)),
    "extent": np.zeros((0, 1 << 33)),
    "virtual array": np.broadcast_to(0.0, (1 << 20, 1 << 20)),
    "virtual big endian": np.broadcast_to(np.zeros((), ">f8"), (1 << 20, 1 << 20)),
    "keys": {(n,) for n in range(codec.MAX_KEYS + 1)},
    "object as key": {AlwaysEqual: 1},
    "frozenset as member": {frozenset()},
}


@pytest.mark.parametrize("value", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_the_encoder_refuses_what_the_decoder_would(value):
    with pytest.raises(MalformedError):
        encode(value)


def test_the_caps_themselves_still_cross():
    assert crossed(nested(codec.MAX_DEPTH)) == nested(codec.MAX_DEPTH)
    assert len(crossed([None] * (codec.MAX_ITEMS - 1))) == codec.MAX_ITEMS - 1
    assert len(crossed(b"x" * (codec.MAX_BYTES - 64))) == codec.MAX_BYTES - 64
    assert crossed({"w": {str(n): n for n in range(20_000)}})["w"]["19999"] == 19999


# --- what arrives is a copy --------------------------------------------------------


@pytest.mark.parametrize("name", DTYPES)
def test_an_arrived_array_shares_no_memory(name):
    array = np.ones((2, 3), name)
    message = bytearray(encode(array))
    arrived = decode(bytes(message))
    assert not np.shares_memory(arrived, array)
    assert not np.shares_memory(arrived, np.frombuffer(message, np.uint8))
    assert arrived.flags.owndata or arrived.base.flags.owndata


def test_an_arrived_tensor_does_not_follow_its_original():
    tensor = torch.ones(3)
    arrived = crossed(tensor)
    tensor.zero_()
    assert arrived.array.tolist() == [1, 1, 1]


# --- hostile bytes -----------------------------------------------------------------


def block(tag, payload=b"", length=None):
    size = len(payload) if length is None else length
    return tag + struct.pack("<I", size) + payload


def array_block(shape, data=b"", name=b"<f8", tag=b"a"):
    head = bytes([len(name)]) + name + bytes([len(shape)])
    head += b"".join(struct.pack("<I", extent) for extent in shape)
    return block(tag, head + data)


def attempt(data):
    """Decode; return the value or the error, if it is the one promised."""
    try:
        return decode(data)
    except MalformedError as error:
        return error


CRAFTED = {
    "nothing": b"",
    "unknown tag": block(b"z", b"abc"),
    "pickle": b"\x80\x04\x95\x00",
    "trailing bytes": encode(1) + b"N",
    "short float": b"f1234",
    "bad utf-8": block(b"s", b"\xff\xfe"),
    "empty int": block(b"i"),
    "huge int": block(b"i", b"\x01" * (codec.MAX_INT_BYTES + 1)),
    "odd dict": block(b"d", b"1", 1),
    "list as key": block(b"d", block(b"l") + b"N", 2),
    "array as key": block(b"d", array_block(()) + b"N", 2),
    "opaque as key": block(b"d", block(b"o", b"X") + b"N", 2),
    "dict in a set": block(b"e", block(b"d"), 1),
    "array without head": block(b"a"),
    "object array": array_block((1,), b"\0" * 8, b"|O8"),
    "object array, short name": array_block((1,), b"\0" * 8, b"|O"),
    "void array": array_block((1,), b"\0" * 8, b"|V8"),
    "text array": array_block((1,), b"\0" * 4, b"<U1"),
    "big endian": array_block((1,), b"\0" * 8, b">f8"),
    "record": array_block((1,), b"\0" * 16, b"f8,f8"),
    "not ascii": array_block((1,), b"\0" * 8, b"\xff\xfe"),
    "shape too large": array_block((2,), b"\0" * 8),
    "shape too small": array_block((1,), b"\0" * 16),
    "shape overflows": array_block((1 << 31, 1 << 31, 4), b""),
    "shape wraps to size": array_block((1 << 31, 1 << 31, 2, 8, 1), b"\0" * 8),
    "empty but endless": array_block((HUGE, 0), b""),
    "empty and overflowing": array_block((HUGE, HUGE, HUGE, 0), b""),
    "17 dimensions": array_block((1,) * 17, b"\0" * 8),
    "255 dimensions": array_block((1,) * 255, b"\0" * 8),
    "scalar with shape": array_block((1,), b"\0" * 8, tag=b"g"),
    "name of 255 bytes": block(b"a", b"\xff<f8"),
    "too large": b"N" * (codec.MAX_BYTES + 65),
}


@pytest.mark.parametrize("data", CRAFTED.values(), ids=CRAFTED.keys())
def test_crafted_bytes_are_refused(data):
    with pytest.raises(MalformedError):
        decode(data)


@pytest.mark.parametrize("tag", list(b"ltdesbioagTn"), ids=chr)
@pytest.mark.parametrize("length", [HUGE, 1 << 31, codec.MAX_BYTES, 1000])
def test_a_lying_length_allocates_nothing(tag, length):
    data = block(bytes([tag]), b"NNNN", length)
    tracemalloc.start()
    result = attempt(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(result, MalformedError)
    assert peak < 64 << 10


def test_nested_lying_lengths_allocate_little():
    data = b"".join(block(b"l", b"", 300_000) for _ in range(20)) + b"N" * 300_000
    tracemalloc.start()
    result = attempt(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(result, MalformedError)
    assert peak < 8 * MIB


def test_bytes_true_as_anything_but_zero_become_real_booleans():
    array = decode(array_block((3,), b"\x00\x02\xff", b"|b1"))
    assert array.tobytes() == b"\x00\x01\x01"


def test_booleans_are_not_left_as_raw_bytes_in_scalars():
    assert decode(array_block((), b"\x07", b"|b1", b"g")).tobytes() == b"\x01"


def colliding_tuples(count):
    """Return keys that all have the same hash in every Python process."""
    return [(n * ((1 << 61) - 1),) for n in range(1, count + 1)]


GREEDY = {
    "array": array_block((2 * MIB - 8,), bytes(16 * MIB - 64)),
    "wide text": block(b"s", b"x" * (4 * MIB) + "\U0001f600".encode()),
    "constants": block(b"l", b"N" * (codec.MAX_ITEMS - 1), codec.MAX_ITEMS - 1),
    "empty sets": block(b"l", block(b"e") * 100_000, 100_000),
    "empty arrays": block(b"l", array_block((0,)) * 50_000, 50_000),
    "colliding ints": block(
        b"e", b"".join(encode(key[0]) for key in colliding_tuples(50_000)), 50_000
    ),
    "colliding tuples": block(
        b"e", b"".join(map(encode, colliding_tuples(50_000))), 50_000
    ),
    "most colliding": block(
        b"e", b"".join(map(encode, colliding_tuples(codec.MAX_KEYS))), codec.MAX_KEYS
    ),
    "most colliding, in many": block(
        b"l",
        block(b"e", b"".join(map(encode, colliding_tuples(1000))), 1000) * 50,
        50,
    ),
}


@pytest.mark.parametrize("data", GREEDY.values(), ids=GREEDY.keys())
def test_no_message_takes_long(data):
    started = time.process_time()
    attempt(data)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("data", GREEDY.values(), ids=GREEDY.keys())
def test_no_message_takes_much_memory(data):
    tracemalloc.start()
    attempt(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * len(data) + 64 * MIB


@given(st.binary(max_size=400))
@settings(max_examples=1000)
def test_random_bytes_end_in_a_value_or_the_promised_error(data):
    attempt(data)


@given(st.lists(st.sampled_from([bytes([b]) for b in b"N10fcltdesbioagTn\0\1\2\3<8?"])))
@settings(max_examples=1000)
def test_random_bytes_of_the_alphabet_do_so_too(parts):
    attempt(b"".join(parts))


SEEDS = [
    encode(value)
    for value in (
        {"missing": False, "outcomes": [("returned", np.ones((2, 3)), (1, "a", None))]},
        {"missing": False, "outcomes": [("raised", "ValueError", "text", 3)] * 3},
        [np.arange(4, dtype=name).astype(name) for name in ("i1", "f8", "c16", "u4")],
        {"a": {(1, "x"): {1, 2, 3}}, b"k": [1.5, 2j, Tensor(np.ones(3), True)]},
        nested(codec.MAX_DEPTH - 1),
        [Opaque("Thing"), np.float64(1), np.bool_(True), -(1 << 300), frozenset("ab")],
    )
]
LENGTHS = (0, 1, 255, 1 << 16, codec.MAX_BYTES, 1 << 31, HUGE)


def mutated(rng):
    """Return a real message with one to four injuries."""
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        injury = rng.randrange(5)
        if injury == 0:
            data[at : at + 1] = bytes([rng.randrange(256)])
        elif injury == 1:
            del data[at:]
        elif injury == 2:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        elif injury == 3:
            data[at : at + 4] = struct.pack("<I", rng.choice(LENGTHS))
        else:
            other = rng.choice(SEEDS)
            data[at:] = other[rng.randrange(len(other)) :]
    return bytes(data)


def test_mutated_messages_end_in_a_value_or_the_promised_error():
    rng = random.Random(0 if FUZZ_CASES < 100_000 else time.time_ns())
    slowest = 0.0
    for _ in range(FUZZ_CASES):
        data = mutated(rng)
        started = time.process_time()
        try:
            decode(data)
        except MalformedError:
            pass
        except BaseException as error:
            pytest.fail(f"{type(error).__name__} on {data!r}")
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 2


def test_whatever_is_decoded_can_be_encoded_again():
    rng = random.Random(1)
    arrived = [attempt(mutated(rng)) for _ in range(1000)]
    kept = [value for value in arrived if not isinstance(value, MalformedError)]
    assert kept
    assert all(same(crossed(value), value) for value in kept)


def test_every_truncation_is_refused():
    for data in SEEDS:
        for end in range(len(data)):
            with pytest.raises(MalformedError):
                decode(data[:end])
