"""A turn in a lecture: dots are no fault, right is right, and wrong is told why."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils import check
from utils.check import CheckFailed, CheckPassed, YourTurn, results

A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """What the checks display, and no nbgrader around them."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    seen = []
    monkeypatch.setattr(results, "_display", seen.append)
    return seen


WAITING = {
    "dots": (..., "✎ your turn: it"),
    "a pair of dots": ((..., ...), "✎ your turn: it"),
    "half written": ((1, ...), "✎ your turn: it (1 of 2 to write)"),
    "a table": ({"a": 1, "b": ..., "c": 2}, "✎ your turn: it (1 of 3 to write)"),
    "nested": ([1, (2, [...])], "✎ your turn: it (1 of 3 to write)"),
    "an array of dots": (np.array([..., 1.0]), "✎ your turn: it (1 of 2 to write)"),
}


@pytest.mark.parametrize(("value", "text"), WAITING.values(), ids=WAITING.keys())
def test_while_dots_stand_it_is_the_students_turn(shown, value, text):
    check.turn("it", value, 14)
    (result,) = shown
    assert isinstance(result, YourTurn)
    assert repr(result) == text


RIGHT = {
    "whole number": (14, 14),
    "whole number as a float": (14.0, 14),
    "NumPy's number": (np.int64(14), 14),
    "0-d tensor": (torch.tensor(0.5), 0.5),
    "rounded by hand": (0.56, 5 / 9),
    "a fraction": (5 / 9, 5 / 9),
    "nearly zero": (1e-12, 0.0),
    "text": ("NP", "NP"),
    "small letters and spaces": (" no  tree ", "No tree"),
    "underscores and hyphens": ("not_good, feed-forward", "not good, feed forward"),
    "whole number with an error of rounding": (np.sqrt(3) ** 2, 3),
    "Chinese": ("公鸡", "公鸡"),
    "truth": (True, True),
    "NumPy's truth": (np.bool_(False), False),
    "a list for a tuple": ([1, 2], (1, 2)),
    "an array for a tuple": (np.array([1, 2]), (1, 2)),
    "a range for a tuple": (range(1, 3), (1, 2)),
    "a tensor for a tuple": (torch.tensor([1.0, 2.0]), (1, 2)),
    "a list for a set": (["b", "a"], {"a", "b"}),
    "an array for a set": (np.array([2, 1]), {1, 2}),
    "arrays of one number for a set": ([np.array(2), np.array(1)], {1, 2}),
    "capitals in a set": ({"tanh, Rate-3", "Sigmoid"}, {"tanh, rate 3", "sigmoid"}),
    "one thing for a set of one": ("b2", {"b2"}),
    "a table": ({"a": 1, "b": "x", "more": 0}, {"a": 1, "b": "x"}),
    "an array": (A.tolist(), A),
    "a tensor": (torch.tensor(A), A),
    "shapes": (((5,), "error", [5, 3]), ((5,), "error", (5, 3))),
    "nested": ([("a", 1), ("b", 2.001)], [("a", 1), ("b", 2.0)]),
}


@pytest.mark.parametrize(("value", "expected"), RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_is_right(shown, value, expected):
    check.turn("it", value, expected)
    (result,) = shown
    assert isinstance(result, CheckPassed)
    assert repr(result) == "✓ it: right"


WRONG = {
    "too large": (15, 14, "it: 15 is too large"),
    "whole numbers are exact": (742_901, 742_900, "is too large"),
    "sign": (-0.5, 0.5, "it: -0.5 has the wrong sign"),
    "sign of a rounded decimal": (-0.33, 1 / 3, "it: -0.33 has the wrong sign"),
    "nan": (np.nan, 0.5, "nan is no finite number"),
    "text for a number": ("14", 14, "'14' is no number"),
    "truth for a number": (True, 1, "True is no number"),
    "nothing": (None, 14, "None is no number: is a return missing"),
    "nothing for two": (None, (1, 2), "None given, expected 2 things: is a return"),
    "an array for a number": (A, 14, r"shape \(3, 2\) is not one number"),
    "a function": (len, 14, "this is a function, expected what it returns"),
    "other text": ("VP", "NP", "it: 'VP' is not right"),
    "number for a text": (3, "NP", "3 is no text, expected one in quotes"),
    "other truth": (False, True, "False is not right"),
    "no truth": ("yes", True, "'yes' is not True and not False"),
    "second of two": ((1.5, 1.0), (1.5, 2.0), "1 of 2 right; entry 2: 1 is too small"),
    "too few": ((1,), (1, 2), "1 given, expected 2"),
    "no tuple": (1, (1, 2), "1 is one thing, expected 2"),
    "no order": ({1, 2}, (1, 2), "a set has no order, expected a list of 2"),
    "spaces are kept": ("no tree", "notree", "'no tree' is not right"),
    "missing entry": ({"a": 1}, {"a": 1, "b": 2}, "the entry 'b' is missing"),
    "wrong entry": ({"a": 1, "b": 3}, {"a": 1, "b": 2}, "1 of 2 right; entry 'b': 3"),
    "no table": (3, {"a": 1}, "3 is no dict"),
    "stranger in a set": ({"a", "c"}, {"a", "b"}, "'c' does not belong there"),
    "incomplete set": ({"a"}, {"a", "b"}, "1 more belongs there"),
    "nearly empty set": ({"a"}, {"a", "b", "c"}, "2 more belong there"),
    "no set": ("a", {"a", "b"}, "'a' is one thing, expected several"),
    "another thing for a set of one": ("b1", {"b2"}, "'b1' does not belong there"),
    "a function for an array": (len, A, "this is a function, expected what it returns"),
    "array, shape": (A.T, A, r"has shape \(2, 3\), expected \(3, 2\); is it transposed"),
    "array, sign": (-A, A, "it has the opposite sign everywhere"),
    "long": ("x" * 90, "NP", "…"),
}


@pytest.mark.parametrize(("value", "expected", "text"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_stops_the_cell_with_its_reason(shown, value, expected, text):
    with pytest.raises(CheckFailed, match=text) as caught:
        check.turn("it", value, expected)
    assert shown == [caught.value]
    assert len(str(caught.value)) < 120


def test_the_answer_is_not_given_away():
    with pytest.raises(CheckFailed) as caught:
        check.turn("chance", 0.25, 0.4375)
    assert "0.43" not in str(caught.value)


def test_a_likely_mistake_is_told_why():
    why = {0.25: "Divide by the context.", (1, 2): "Turn it round."}
    with pytest.raises(CheckFailed, match=r"0\.25 is not right\. Divide by the context"):
        check.turn("chance", 0.25, 0.5, why)
    with pytest.raises(CheckFailed, match="Turn it round"):
        check.turn("order", (1, 2), (2, 1), why)
    with pytest.raises(CheckFailed, match=r"chance: 0\.3 is too small"):
        check.turn("chance", 0.3, 0.5, why)


def test_a_likely_mistake_in_one_place_needs_no_other_number():
    why = {(None, 9): "Two runs for each.", (0.24, None): "Divide."}
    for pair, sentence in (
        ((12, 9), "Two runs"),
        ((0, 9), "Two runs"),
        ((0.24, 18), "Div"),
    ):
        with pytest.raises(CheckFailed, match=sentence):
            check.turn("runs", pair, (12, 18), why)
    with pytest.raises(CheckFailed, match="entry 1: 5 is too small"):
        check.turn("runs", (5, 18), (12, 18), why)


def test_an_array_among_others_is_compared_as_an_array():
    expected = {"W": np.arange(6.0).reshape(2, 3) - 9, "b": np.ones(2)}
    check.turn("both", {"W": expected["W"].tolist(), "b": torch.ones(2)}, expected)
    for wrong, words in (
        (expected["W"].T, r"1 of 2 right; entry 'W': it has shape \(3, 2\).*transposed"),
        (-expected["W"], "entry 'W': it has the opposite sign everywhere"),
        (None, "entry 'W': it is None"),
    ):
        with pytest.raises(CheckFailed, match=words):
            check.turn("both", {"W": wrong, "b": np.ones(2)}, expected)


def test_a_symmetric_array_of_the_other_sign_is_not_called_transposed():
    with pytest.raises(CheckFailed, match="it has the opposite sign everywhere"):
        check.turn("it", np.diag([-1.0, -2.0]), np.diag([1.0, 2.0]))


SHOWN = {
    "numbers of NumPy": ((np.float64(1 / 3), np.int64(2)), "(0.333333, 2)"),
    "a 0-d array": ([np.array(1.5), np.bool_(True)], "[1.5, True]"),
    "arrays": ((np.array([1.0, 2.0]), torch.tensor(3)), "([1.0, 2.0], 3)"),
    "a table": ({"a": np.float64(0.5), "b": {np.int64(1)}}, "{'a': 0.5, 'b': {1}}"),
}


@pytest.mark.parametrize(("value", "text"), SHOWN.values(), ids=SHOWN.keys())
def test_a_wrong_answer_is_repeated_as_one_writes_it(value, text):
    with pytest.raises(CheckFailed) as caught:
        check.turn("it", value, "NP")
    assert str(caught.value) == f"it: {text} is no text, expected one in quotes"


def test_a_mistake_that_is_nearly_right_counts_as_right(shown):
    check.turn("chance", 0.5, 0.5, {0.501: "not this"})
    assert isinstance(shown[0], CheckPassed)


def test_the_tolerance_can_be_stricter():
    with pytest.raises(CheckFailed):
        check.turn("chance", 0.56, 5 / 9, rtol=1e-6)


def test_a_turn_is_html_for_the_notebook_and_escapes_names():
    assert "✎ your turn: P(a|b) &lt; 1" in YourTurn("P(a|b) < 1")._repr_html_()


@pytest.mark.parametrize("answer", [36, 5 / 9, "NP", (1.5, ""), {1, 3}, {"a": [True]}])
def test_a_sealed_answer_is_the_answer_and_cannot_be_read(shown, answer):
    sealed = check.seal(answer)
    assert repr(answer) not in sealed
    check.turn("it", answer, sealed)
    assert isinstance(shown[0], CheckPassed)
    with pytest.raises(CheckFailed):
        check.turn("it", "something else", sealed)
