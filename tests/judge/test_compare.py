"""The comparison accepts rounding, refuses everything else, and survives any value."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.judge.compare import compare, describe, without_noise
from grader.kernel.inside import codec
from grader.kernel.inside.codec import Opaque, Tensor
from grader.model import FLOAT64, FOUR_DIGITS, Tolerance

NAN, INF = math.nan, math.inf


def kind(value, expected, tolerance=FLOAT64):
    """Return the kind of the mismatch, None if the value is right."""
    mismatch = compare(value, expected, tolerance)
    return mismatch.kind if mismatch else None


def arrived(value):
    """Return what crosses from the kernel of ``value``."""
    return codec.decode(codec.encode(value))


# --- numbers -----------------------------------------------------------------------


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1.0, 1e200])
def test_the_tolerance_has_an_edge(scale, sign):
    wanted = np.array([scale, -scale])
    allowed = FLOAT64.relative + FLOAT64.of_scale
    assert kind(wanted * (1 + sign * 0.99 * allowed), wanted) is None
    assert kind(wanted * (1 + sign * 1.01 * allowed), wanted) == "value"


def test_small_entries_beside_large_ones_may_carry_rounding_only():
    wanted = np.array([1.0, 0.0])
    assert kind(np.array([1.0, 0.9e-9]), wanted) is None
    assert kind(np.array([1.0, 1.1e-9]), wanted) == "value"


@pytest.mark.parametrize("zero", [0.0, np.zeros((2, 3)), 0])
def test_where_only_zero_is_right_what_is_hardly_there_is_zero(zero):
    for value in (0.0, -0.0, 5e-324, 7e-218, -1e-12):
        assert kind(zero + value, zero + 0.0) is None
    assert kind(zero + 1e-11, zero + 0.0) == "value"
    assert kind(zero + 1e-300, zero + 0.0, Tolerance(0.0, 0.0)) == "value"
    assert kind(np.array([1e-30, 1e-25]), np.array([0.0, 1e-25])) == "value"


@pytest.mark.parametrize("value", [NAN, INF, -INF, 1e308, 0.0, -1.0])
def test_no_extreme_value_passes_for_an_ordinary_one(value):
    assert kind(value, 1.0) in ("finite", "value")
    assert kind(np.array([1.0, value]), np.array([1.0, 1.0])) in ("finite", "value")


@pytest.mark.parametrize("tolerance", [FLOAT64, FOUR_DIGITS, Tolerance(0, 0)])
@pytest.mark.parametrize("special", [NAN, INF, -INF])
def test_nan_and_inf_are_right_only_as_themselves(special, tolerance):
    wanted = np.array([1.0, special])
    assert kind(wanted.copy(), wanted, tolerance) is None
    for other in {0.0, 1.0, 1e308, NAN, INF, -INF} - {special}:
        if other is not special:
            assert kind(np.array([1.0, other]), wanted, tolerance) is not None


def test_a_mismatch_names_the_first_wrong_index_and_the_share():
    found, wanted = np.array([[1.0, 2], [0, 4], [0, 6]]), np.arange(1.0, 7).reshape(3, 2)
    mismatch = compare(found, wanted)
    assert (mismatch.kind, mismatch.index) == ("value", (1, 0))
    assert mismatch.share_right == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("value", "expected", "words"),
    [
        (2.0, 1.0, "it is another number"),
        (np.array([1.0, 2.0]), np.ones(2), "it first differs at index [1]"),
        ([1.0, 2.0], [1.0, 3.0], "item 1: it is another number"),
        ({"w": 2.0}, {"w": 1.0}, "entry 'w': it is another number"),
        (np.ones(3), np.ones((3, 2)), "its shape is (3,), expected (3, 2)"),
    ],
    ids=str,
)
def test_a_mismatch_says_where_it_is(value, expected, words):
    assert compare(value, expected).detail == words


def test_a_mismatch_shows_nothing_of_the_expected_value():
    for found in (1.0, NAN, np.ones(2), "x", None, [1.0]):
        assert "0.123" not in str(compare(found, 0.12345))


@pytest.mark.parametrize("by", [-0.5, 0.5])
def test_a_difference_as_large_as_the_tolerance_is_allowed(by):
    assert kind(2.0 + by, 2.0, Tolerance(relative=0.25, of_scale=0.0)) is None
    assert kind(2.0 + 1.5 * by, 2.0, Tolerance(relative=0.25, of_scale=0.0)) == "value"


def test_whole_numbers_are_compared_exactly():
    assert kind(np.array([1, 2]), np.array([1, 2])) is None
    assert kind(np.array([1, 2]), np.array([1, 3])) == "value"
    assert kind(2**62 + 1, np.array(2**62)) == "value"


def test_whole_numbers_of_more_than_64_bits_are_compared_as_floats():
    assert kind(-(2**63) - 1, -(2.0**63)) is None
    assert kind(1 << 999, 2.0**999) is None
    assert kind(2.0**999, 1 << 999) is None
    assert compare(1 << 1000, 2.0**1000).detail == "it is far too large"
    assert kind(2.0**1000, 1 << 1000) == "value"


# --- types and shapes --------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        *(2.0, 2, np.float64(2), np.array(2.0), np.int32(2), np.float32(2), np.float16(2)),
        *(np.array([2.0]), np.array([[2]]), Tensor(np.array(2.0)), Tensor(np.ones(1) * 2)),
    ],
    ids=str,
)
def test_one_number_comes_in_many_forms(value):
    assert kind(value, 2.0) is None
    assert kind(value, np.array(2.0)) is None
    assert kind(value, np.float64(2)) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (np.array([2.0, 2.0]), "shape"),
        (np.array([]), "shape"),
        (Tensor(np.ones(2)), "shape"),
        (np.array([3.0]), "value"),
        ([2.0], "type"),
        ("2.0", "type"),
        (None, "type"),
        (True, "type"),
        (2 + 0j, "dtype"),
        (np.complex64(2), "dtype"),
        (np.bool_(True), "dtype"),
        (b"2", "type"),
        ({2.0}, "type"),
    ],
    ids=str,
)
def test_what_is_not_one_number_is_refused(value, problem):
    assert kind(value, 2.0) == problem


@pytest.mark.parametrize("dtype", ["c8", "c16", "?"])
def test_an_array_of_another_dtype_is_refused(dtype):
    assert kind(np.ones(3, dtype), np.ones(3)) == "dtype"


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_narrow_numbers_are_right_where_they_lose_nothing(dtype):
    wanted = np.array([1.0, 0.5, NAN, INF])
    assert kind(wanted.astype(dtype), wanted) is None
    assert kind(np.array([0.1, 0.5], dtype), np.array([0.1, 0.5])) == "dtype"


def test_whole_numbers_count_where_the_answer_is_whole():
    assert kind(np.array([1, 2]), np.array([1.0, 2.0])) is None
    assert kind(np.array([0, 2]), np.array([0.5, 2.0])) == "dtype"
    assert kind(0, 0.5) == "value"


def test_wide_floats_count_where_narrow_ones_are_expected():
    assert kind(np.ones(2), np.ones(2, "f4")) is None


@pytest.mark.parametrize("shape", [(3, 2), (6,), (2, 3, 1), (1, 2, 3), (0,), ()], ids=str)
def test_another_shape_is_never_broadcast(shape):
    assert kind(np.ones(shape), np.ones((2, 3))) == "shape"


def test_an_empty_array_needs_its_shape():
    assert kind(np.ones((0, 3)), np.ones((0, 3))) is None
    assert kind(np.ones((3, 0)), np.ones((0, 3))) == "shape"


@pytest.mark.parametrize(
    "value",
    [
        [[1.0, 2], [3, 4.0]],
        ([1.0, 2.0], (3.0, 4.0)),
        [np.array([1.0, 2.0]), Tensor(np.array([3.0, 4.0]))],
        Tensor(np.array([[1.0, 2.0], [3.0, 4.0]])),
        np.array([[1, 2], [3, 4]]),
    ],
    ids=str,
)
def test_a_table_of_the_right_numbers_is_right(value):
    wanted = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert kind(value, wanted) is None
    assert kind(value, wanted.T) in ("value", "dtype")
    assert kind(value, wanted.ravel()) == "shape"
    assert kind(value, wanted.tolist()) is None


@pytest.mark.parametrize(
    "value",
    [
        *([[1.0, 2.0], [3.0]], [["1", "2"], ["3", "4"]], [None, 1.0], {0: [1.0, 2.0]}, []),
        *([[True, 2.0], [3.0, 4.0]], [1 << 80, 1.0], [[1.0, 2.0], "34"]),
    ],
    ids=str,
)
def test_what_is_no_table_of_numbers_is_no_array(value):
    assert kind(value, np.array([[1.0, 2.0], [3.0, 4.0]])) in ("type", "shape")


def test_a_long_text_among_numbers_takes_no_memory():
    bomb = [*[1.0] * 100_000, "a" * 1_000_000]
    assert kind(bomb, np.ones(3)) == kind([bomb, bomb], np.ones(3)) == "type"


def test_where_a_tensor_is_asked_for_an_array_is_none():
    assert kind(np.ones(2), Tensor(np.ones(2))) == "type"
    assert kind(1.0, Tensor(np.array(1.0))) == "type"


def test_a_tensor_with_its_graph_is_no_number_and_no_array():
    def live(values):
        return Tensor(np.array(values), requires_grad=True)

    assert kind(live(1.0), 1.0) == kind(live([1.0]), 1.0) == "type"
    assert kind(live([1.0]), np.ones(1)) == kind([live(1.0)], [1.0]) == "type"
    assert kind(live([1.0]), [1.0]) == kind([live(1.0)], np.ones(1)) == "type"
    assert kind(live([1.0]), Tensor(np.ones(1))) is None


@pytest.mark.parametrize("value", [np.True_, np.array(True), Tensor(np.array([True]))])
def test_true_comes_in_many_forms(value):
    assert kind(value, True) is None
    assert kind(value, False) == "value"
    assert kind(1, True) == kind(np.array([True, True]), True) == "type"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (True, "a bool"),
        (2, "a number"),
        (np.float64(2), "a number"),
        (np.array(2.0), "a number"),
        (np.ones(3), "an array of shape (3,)"),
        (np.ones((2, 3)), "an array of shape (2, 3)"),
        (Tensor(np.ones((2, 1))), "a tensor of shape (2, 1)"),
        ("x", "a text"),
        ([1.0], "a list"),
        ({1.0}, "a set"),
        (Opaque("Graph"), "an object of type 'Graph'"),
    ],
    ids=str,
)
def test_a_value_is_described_by_its_kind(value, words):
    assert describe(value) == words


def test_a_tensor_is_compared_with_a_tensor():
    wanted = Tensor(np.ones(2, "f4"))
    assert kind(Tensor(np.ones(2, "f4"), True), wanted) is None
    assert kind(Tensor(np.zeros(2, "f4")), wanted) == "value"
    assert kind(np.ones(2, "f4"), wanted) == "type"


def test_complex_numbers_are_compared_as_such():
    assert kind(1 + 2j, 1 + 2j) is None
    assert kind(1 - 2j, 1 + 2j) == "value"


# --- containers --------------------------------------------------------------------


def test_list_and_tuple_are_the_same_to_a_reader():
    assert kind([1.0, "a"], (1.0, "a")) is None
    assert kind((1.0, "a"), [1.0, "a"]) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([1.0], "shape"),
        ([1.0, 2.0, 3.0], "shape"),
        ([1.0, 3.0], "value"),
        ({1.0, 2.0}, "type"),
        ({0: 1.0, 1: 2.0}, "type"),
        ("12", "type"),
        (np.array(1.0), "type"),
        (np.array([[1.0], [1.0]]), "value"),
        (np.ones((2, 2)), "shape"),
    ],
    ids=str,
)
def test_a_wrong_list_is_refused(value, problem):
    assert kind(value, [1.0, 2.0]) == problem


def test_a_wrong_item_is_named_with_its_position():
    mismatch = compare([1.0, [2.0, 0.0]], [1.0, [2.0, 3.0]])
    assert mismatch.index == (1, 1)
    assert mismatch.detail.startswith("item 1: item 1: ")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": 1.0}, "type"),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, "type"),
        ({"a": 1.0, 0: 2.0}, "type"),
        ({"a": 1.0, "b": 0.0}, "value"),
        ([("a", 1.0), ("b", 2.0)], "type"),
        (None, "type"),
    ],
    ids=str,
)
def test_a_dict_needs_its_keys_and_values(value, problem):
    assert kind({"b": 2.0, "a": 1.0}, {"a": 1.0, "b": 2.0}) is None
    assert kind(value, {"a": 1.0, "b": 2.0}) == problem


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("w" * 40, "'" + 30 * "w" + "'"),
        (b"w" * 40, "b'" + 30 * "w" + "'"),
        (10**40, "1" + 29 * "0"),
        ((1, "b"), "(1, 'b')"),
        (("v" * 40, "w" * 40), "('" + 30 * "v" + "', '" + 24 * "w"),
    ],
    ids=str,
)
def test_a_key_is_shown_in_a_few_characters(key, shown):
    assert compare({key: 1.0}, {key: 2.0}).detail.startswith(f"entry {shown}: it is")


def test_twelve_keys_are_shown():
    many = dict.fromkeys(range(10, 40), 1.0) | {"w" * 40: 1.0}
    shown = "10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21"
    assert compare(many, {"a": 1.0}).detail == f"its keys are {shown}, expected a"
    wide = {"w" * 40: 1.0, 2: 1.0}
    assert compare(wide, {"a": 1.0}).detail == f"its keys are 2, {30 * 'w'}, expected a"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "b"),
        (b"a", "a"),
        (1, True),
        (1.0, True),
        (0, None),
        ([], None),
        ("True", True),
    ],
    ids=str,
)
def test_plain_values_need_their_type(value, expected):
    assert kind(value, expected) in ("type", "value")


@pytest.mark.parametrize("value", [None, True, "a", b"a", {1, 2}], ids=str)
def test_plain_values_equal_themselves(value):
    assert kind(value, value) is None


def test_a_numpy_boolean_is_a_boolean():
    assert kind(np.bool_(True), True) is None
    assert kind(np.bool_(False), True) == "value"


# --- four significant digits -------------------------------------------------------


@pytest.mark.parametrize("wanted", [0.123456, -98.7654, 1234567.0, 9.9999e-5])
def test_rounded_and_cut_numbers_are_right(wanted):
    step = 10.0 ** (math.floor(math.log10(abs(wanted))) - 3)
    assert kind(round(wanted / step) * step, wanted, FOUR_DIGITS) is None
    assert kind(math.trunc(wanted / step) * step, wanted, FOUR_DIGITS) is None
    assert kind((math.trunc(wanted / step) + 2) * step, wanted, FOUR_DIGITS) == "value"
    assert kind(-wanted, wanted, FOUR_DIGITS) == "value"


def test_three_digits_are_too_few():
    assert kind(0.1234, 0.123456, FOUR_DIGITS) is None
    assert kind(0.1236, 0.123456, FOUR_DIGITS) == "value"
    assert kind(0.123, 0.123456, FOUR_DIGITS) == "value"


def test_zero_by_hand_is_zero():
    assert kind(0.0, 0.0, FOUR_DIGITS) is None
    assert kind(1e-9, 0.0, FOUR_DIGITS) == "value"


# --- what a hostile kernel may send ------------------------------------------------


class AlwaysEqual:
    __array_priority__ = 1e9

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __le__(self, other):
        return True

    __hash__ = object.__hash__


class AgreeableFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class AgreeableArray(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None


AGREEABLE = [AlwaysEqual(), np.ones(2).view(AgreeableArray)]
WANTED = [1.0, np.ones(2), [1.0], (1.0, 2.0), {"a": 1.0}, "a", None, True, {1}]


@pytest.mark.parametrize("expected", WANTED, ids=str)
@pytest.mark.parametrize("value", AGREEABLE, ids=["object", "array"])
def test_an_object_that_equals_everything_is_never_right(value, expected):
    value = arrived(value)
    assert type(value) is Opaque
    assert kind(value, expected) == "type"
    assert kind([value], [expected]) == "type"
    assert kind({"k": value}, {"k": expected}) == "type"


def test_a_number_that_equals_everything_is_judged_by_its_value():
    assert kind(arrived(AgreeableFloat(1)), 1.0) is None
    assert kind(arrived(AgreeableFloat(1)), 2.0) == "value"


@pytest.mark.parametrize("expected", WANTED, ids=str)
def test_an_opaque_value_is_never_right_whatever_its_name(expected):
    for name in ("float", "ndarray", "list", "str", "NoneType", "dict"):
        assert kind(Opaque(name), expected) == "type"


@pytest.mark.parametrize("bits", [60, 64, 70, 500, 1000, 1001, 4000])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_large_int_is_only_wrong(bits, sign):
    assert kind(sign << bits, 1.0) == "value"
    assert kind([sign << bits], [1.0]) == "value"
    assert kind(sign << bits, np.ones(2)) in ("shape", "value")


@pytest.mark.parametrize("bits", [64, 1001])
def test_a_large_int_equals_itself(bits):
    """Both sides may come from the student: the first call and the repeated one."""
    assert kind(1 << bits, 1 << bits) is None
    assert kind(1 << bits, 1 << bits, Tolerance(1e-12, 1e-12)) is None
    assert kind((1 << bits) + (1 << bits - 2), 1 << bits) == "value"


@pytest.mark.parametrize("shape", [(1 << 20, 0), (1 << 16, 0, 5)], ids=str)
def test_an_array_of_nothing_repeated_endlessly_costs_nothing(shape):
    value = np.empty(shape)
    tracemalloc.start()
    assert kind(value, [1.0, 2.0]) == "shape"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
scalars = scalars | st.complex_numbers() | st.integers(-(2**4000), 2**4000)
arrays = st.sampled_from(["?", "i8", "u1", "u8", "f2", "f4", "f8", "c16"]).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=2, min_side=0))
)
anything = st.recursive(
    scalars | arrays | st.builds(Opaque, st.text(max_size=3)) | arrays.map(Tensor),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(anything, anything, st.sampled_from([FLOAT64, FOUR_DIGITS, Tolerance(0, 0)]))
@settings(max_examples=600)
def test_any_two_values_can_be_compared(value, expected, tolerance):
    compare(value, expected, tolerance)


@given(anything, st.sampled_from([FLOAT64, FOUR_DIGITS, Tolerance(0, 0)]))
@settings(max_examples=400)
def test_every_value_equals_itself(value, tolerance):
    assert compare(value, value, tolerance) is None


@pytest.mark.parametrize("wrong", [3.0, np.array([3.0, 1.0])])
def test_nothing_finite_is_rounding_beside_an_infinite_value(wrong: Any) -> None:
    right = np.full_like(wrong, np.inf) if isinstance(wrong, np.ndarray) else np.inf
    assert np.array_equal(without_noise(wrong, right), wrong)
    mixed = np.array([np.inf, 5.0])
    assert not without_noise(np.array([1e-17, 1e-18]), mixed).any()
