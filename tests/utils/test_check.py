"""The visible checks: they pass what is right, and say briefly what is not."""

from __future__ import annotations

import ast
import atexit
import builtins
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from utils import check
from utils.check import CheckFailed, CheckPassed, results
from utils.check.endless import in_one_line
from utils.check.picture import Picture
from utils.check.relations import relative_errors
from utils.check.results import ChecksFailed

DISPLAY = results._display


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """What the checks display, and no nbgrader around them."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    seen = []
    monkeypatch.setattr(results, "_display", seen.append)
    return seen


W = np.random.default_rng(0).normal(size=(3, 4))
B = np.random.default_rng(1).normal(size=3)
TOP = np.array([[1.0], [0], [0]])


def loss(W):
    """Return a smooth function of a matrix whose gradient is `loss_gradient`."""
    return float(np.sum(np.sin(W)) + W[0, 0] * W[1, 1])


def loss_gradient(W):
    """Return its gradient."""
    gradient = np.cos(W)
    gradient[0, 0] += W[1, 1]
    gradient[1, 1] += W[0, 0]
    return gradient


def square(W):
    """Return a function of a square matrix with an asymmetric gradient."""
    return float(np.sum(W**2 * np.arange(1.0, 10).reshape(3, 3)))


SQUARE = np.random.default_rng(2).normal(size=(3, 3))
SQUARE_GRADIENT = 2 * SQUARE * np.arange(1.0, 10).reshape(3, 3)


def dot(a, b):
    """Return a function for the witness PyTorch."""
    return (a * b).sum()


PASSING = {
    "shape": (lambda: check.shape(W, (3, 4), "W"), "W has shape (3, 4)"),
    "shape of a number": (lambda: check.shape(1.0, ()), "the value has shape ()"),
    "shape of a list": (lambda: check.shape([[1], [2]], [2, 1]), "shape (2, 1)"),
    "shape of a tensor": (lambda: check.shape(torch.ones(2, 3), (2, 3)), "(2, 3)"),
    "same": (
        lambda: check.same(["a", ("b", None)], ("a", ["b", None]), "it"),
        "it is right",
    ),
    "same, an array": (
        lambda: check.same(np.array(["a", "b"]), ["a", "b"], "it"),
        "it is right",
    ),
    "same, a text": (lambda: check.same(np.str_("天"), "天", "it"), "it is right"),
    "filled": (
        lambda: check.filled({"a": 0.0, "b": 1}, "t"),
        "t: 2 numbers filled in; whether right, the grader says",
    ),
    "close": (lambda: check.close(0.1 + 0.2, 0.3, "sum"), "sum is right"),
    "close, an array": (lambda: check.close(W + 1e-9, W, "W"), "W is right"),
    "close, empty": (lambda: check.close([], [], "it"), "it is right"),
    "gradient": (lambda: check.gradient(loss, loss_gradient(W), W, "dW"), "dW agrees"),
    "gradient of whole numbers": (
        lambda: check.gradient(lambda x: np.sum(x**2), [2, 4], np.array([1, 2])),
        "the gradient agrees",
    ),
    "gradient of a number": (
        lambda: check.gradient(lambda x: x**2, np.array(6.0), 3.0),
        "the gradient agrees",
    ),
    "autograd": (lambda: check.autograd(dot, [W, 2 * W], 2 * W, W), "agree with PyTorch"),
    "gradient of zeros, but for one row": (
        lambda: check.gradient(lambda v: np.sum(v[0] ** 2), 2 * W * TOP, W),
        "the gradient agrees",
    ),
    "gradient of a large sum": (
        lambda: check.gradient(lambda v: 1e4 + np.sum(v**2), 2 * W, W),
        "the gradient agrees",
    ),
    "gradient as a tensor": (
        lambda: check.gradient(loss, torch.tensor(loss_gradient(W), requires_grad=True), W),
        "the gradient agrees",
    ),
    "close, a tensor": (
        lambda: check.close(torch.ones(2, requires_grad=True), [1, 1]),
        "is right",
    ),
    "autograd, one skipped": (lambda: check.autograd(dot, [None, W], W, W), "agree"),
    "turn": (lambda: check.turn("the half", (1.5, 2), (1.5, 2.0)), "the half: right"),
}


@pytest.mark.parametrize(("call", "text"), PASSING.values(), ids=PASSING.keys())
def test_what_is_right_passes_and_is_shown(shown, call, text):
    assert call() is None
    (result,) = shown
    assert isinstance(result, CheckPassed)
    assert text in result.text


ALTERNATING = np.where(np.arange(12).reshape(3, 4) % 2, 1.0, -1.0)


FAILING = {
    "same, another word": (
        lambda: check.same(["O", "B"], ["O", "I"], "the tags"),
        r"the tags\[1\] is 'B', expected 'I'",
    ),
    "same, deep": (
        lambda: check.same(("S", ("NP", "x")), ("S", ("NP", "y")), "the tree"),
        r"the tree\[1\]\[1\] is 'x', expected 'y'",
    ),
    "same, too short": (
        lambda: check.same(["a"], ["a", "b"], "words"),
        r"words is \['a'\], expected \['a', 'b'\]",
    ),
    "same, text for a list": (
        lambda: check.same("ab", ["a", "b"], "words"),
        r"words is 'ab', expected \['a', 'b'\]",
    ),
    "same, list for a text": (
        lambda: check.same(["a"], "a", "the word"),
        r"the word is \['a'\], expected 'a'",
    ),
    "same, None": (
        lambda: check.same(None, ["a"], "words"),
        r"words is None, expected \['a'\]",
    ),
    "same, long": (
        lambda: check.same(["a"] * 99, ["a"] * 98, "words"),
        " … ",
    ),
    "shape, None": (
        lambda: check.shape(None, (3,), "W"),
        "W is None: is a 'return' missing",
    ),
    "shape, transposed": (
        lambda: check.shape(W.T, (3, 4), "W"),
        r"W has shape \(4, 3\), expected \(3, 4\); is it transposed\?",
    ),
    "shape, axis too many": (
        lambda: check.shape(np.ones((3, 1)), (3,)),
        "there is an axis of length 1 too many or too few",
    ),
    "shape, otherwise": (
        lambda: check.shape(W, (2, 5)),
        r"the value has shape \(3, 4\), expected \(2, 5\)$",
    ),
    "shape, ragged": (lambda: check.shape([[1], [1, 2]], (2, 1), "W"), "W is no array"),
    "filled": (lambda: check.filled({"a": None, "b": 0, "c": None}), "still lacks a, c"),
    "close, sign": (lambda: check.close(-W, W, "W"), "W has the opposite sign"),
    "close, number": (lambda: check.close(0.5, 0.25, "p"), "p is 0.5, expected 0.25"),
    "close, nan": (lambda: check.close(np.nan, 0.25, "p"), "p is nan, expected 0.25"),
    "close, None": (lambda: check.close(None, 1.0, "p"), "p is None"),
    "close, text": (lambda: check.close("a", 1.0, "p"), "p is no number"),
    "close, shape": (lambda: check.close([1.0], 1.0, "p"), r"p has shape \(1,\)"),
    "close, one entry": (
        lambda: check.close([1, 2, 4.0], [1, 2, 3.0], "p"),
        r"p differs in 1 of 3 entries, at index \[2\]",
    ),
    "close, twice": (lambda: check.close([2, 4.0], [1, 2.0], "p"), "p is twice too large"),
    "filled, an array": (lambda: check.filled(W, "t"), "t is no longer a dict"),
    "shape, a number": (
        lambda: check.shape(1.0, (3,), "db"),
        "it is one number, was it summed over all entries",
    ),
    "shape, a sum missing": (
        lambda: check.shape(W, (4,), "db"),
        "an axis too many, is a sum over it missing",
    ),
    "shape, expected as a number": (
        lambda: check.shape(W, 3, "db"),
        r"db has shape \(3, 4\), expected \(3,\)",
    ),
    "gradient, shape": (
        lambda: check.gradient(loss, loss_gradient(W).T, W, "dW"),
        r"dW has shape \(4, 3\), expected \(3, 4\); is it transposed",
    ),
    "gradient, None": (lambda: check.gradient(loss, None, W, "dW"), "dW is None"),
    "gradient, text": (lambda: check.gradient(loss, np.full((3, 4), "a"), W), "no number"),
    "gradient, x a dict": (lambda: check.gradient(loss, W, {"W": W}), "the third argument"),
    "gradient, both zero": (
        lambda: check.gradient(lambda x: 1.0, np.zeros((3, 4)), W),
        "are zero, which proves nothing",
    ),
    "gradient, float32": (
        lambda: check.gradient(loss, loss_gradient(W) * (1 + 1e-4 * ALTERNATING), W),
        "by little: float32, or a kink close by",
    ),
    "gradient, of a number": (
        lambda: check.gradient(lambda x: x**2, 5.0, 2.0, "dx"),
        r"dx is 5, expected 4 \(finite differences\)",
    ),
    "autograd, sign": (
        lambda: check.autograd(dot, [W, -2 * W], 2 * W, W),
        "gradient 1 has the opposite sign",
    ),
    "autograd, shape": (
        lambda: check.autograd(dot, [W.T, None], W, W),
        r"gradient 0 has shape \(4, 3\)",
    ),
    "autograd, nan": (
        lambda: check.autograd(dot, [W * np.nan, None], W, W),
        "gradient 0 contains nan or inf everywhere",
    ),
    "autograd, both zero": (
        lambda: check.autograd(dot, [0 * W, None], W, 0 * W),
        "gradient 0 and PyTorch's are zero, which proves nothing",
    ),
    "autograd, all None": (
        lambda: check.autograd(dot, [None, None], W, W),
        "nothing to compare: the .grad of a tensor is None until backward",
    ),
    "autograd, no list": (
        lambda: check.autograd(dot, W, W, W),
        "should come as a list of 2",
    ),
    "autograd, too few": (
        lambda: check.autograd(dot, [W], W, W),
        "should come as a list of 2",
    ),
    "autograd, not used": (
        lambda: check.autograd(lambda a, b: a.sum(), [np.ones((3, 4)), W], W, W),
        "PyTorch sees no way from argument 1 to the result",
    ),
    "autograd, detached": (
        lambda: check.autograd(lambda a: a.detach().sum(), [W], W),
        "has lost its graph",
    ),
    "autograd, a float": (
        lambda: check.autograd(lambda a: a.sum().item(), [W], W),
        "has lost its graph",
    ),
    "autograd, no number": (
        lambda: check.autograd(lambda a: 2 * a, [W], W),
        r"returned an array of shape \(3, 4\), expected one number",
    ),
    "autograd, no return": (
        lambda: check.autograd(lambda a: None, [W], W),
        "returned None",
    ),
    "autograd, stopped": (
        lambda: check.autograd(lambda a: a @ a, [W], W),
        "your function stopped with RuntimeError: mat1 and mat2",
    ),
    "autograd, no array": (lambda: check.autograd(dot, [W, W], "a", W), "argument 0 is no"),
    "turn, a number": (lambda: check.turn("n", 13, 14), "n: 13 is too small"),
}


@pytest.mark.parametrize(("call", "text"), FAILING.values(), ids=FAILING.keys())
def test_what_is_wrong_fails_with_a_short_reason(shown, call, text):
    with pytest.raises(CheckFailed, match=text) as caught:
        call()
    assert shown == [caught.value]
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_each_check_has_been_seen_to_pass_and_to_fail():
    names = {n for n, f in vars(check).items() if hasattr(f, "__wrapped__")}
    assert names | {"CheckPassed", "CheckFailed", "YourTurn", "seal"} == set(check.__all__)
    assert names == {"shape", "filled", "close", "same", "gradient", "autograd", "turn"}
    for seen in (PASSING, FAILING):
        assert {label.split(",")[0].split()[0] for label in seen} == names


def test_close_allows_an_error_relative_to_the_largest_entry():
    check.close([1e6, 0.5], [1e6, 0.0], rtol=1e-6)
    with pytest.raises(CheckFailed):
        check.close([1e6, 1.5], [1e6, 0.0], rtol=1e-6)


def test_the_arguments_are_left_as_they_were():
    x, df = W.copy(), loss_gradient(W)
    check.gradient(loss, df, x)
    assert np.array_equal(x, W)
    assert np.array_equal(df, loss_gradient(W))


def test_a_failed_check_is_an_assertion_that_fails():
    assert issubclass(CheckFailed, AssertionError)


@pytest.mark.parametrize(("call", "text"), FAILING.values(), ids=FAILING.keys())
def test_while_nbgrader_grades_a_failure_is_only_shown(monkeypatch, shown, call, text):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    call()
    (failed,) = shown
    assert re.search(text, str(failed))


@pytest.mark.parametrize("mode", ["validate", "", "0"])
def test_otherwise_nbgrader_sees_the_failure(monkeypatch, mode):
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    with pytest.raises(CheckFailed):
        check.shape(W, (1,))


# --- relations ---------------------------------------------------------------------


def changed(entries, by):
    """Return the right gradient, changed in some entries."""
    gradient = loss_gradient(W)
    gradient[entries] = by(gradient[entries])
    return gradient


RIGHT = loss_gradient(W)
RELATIONS = {
    "sign": (-RIGHT, "dW has the opposite sign everywhere"),
    "twice": (2 * RIGHT, "dW is twice too large everywhere"),
    "half": (RIGHT / 2, "dW is half of what it should be everywhere"),
    "a batch of 7": (7 * RIGHT, "dW is 7 times too large everywhere"),
    "1/N twice": (RIGHT / 5, "dW is 5 times too small everywhere"),
    "any factor": (0.37 * RIGHT, "dW is 0.37 times what it should be everywhere"),
    "sign and factor": (
        -3 * RIGHT,
        "dW has the opposite sign and is 3 times too large everywhere",
    ),
    "zero": (0 * RIGHT, "dW is zero everywhere"),
    "reshaped": (
        RIGHT.T.reshape(3, 4),
        "dW is transposed, and reshape hides it: use .T instead",
    ),
    "rows backwards": (RIGHT[::-1], "dW runs backwards along axis 0"),
    "columns backwards": (RIGHT[:, ::-1], "dW runs backwards along axis 1"),
    "order": (np.roll(RIGHT, 1, axis=0), "dW holds the right numbers in a wrong order"),
    "a row's sign": (
        changed(1, np.negative),
        "dW has the opposite sign in row 1; the rest agrees",
    ),
    "two rows": (
        changed([0, 2], np.negative),
        "dW has the opposite sign in rows 0 and 2; the rest agrees",
    ),
    "a column's factor": (
        changed((slice(None), 3), lambda v: 2 * v),
        "dW is twice too large in column 3; the rest agrees",
    ),
    "a row forgotten": (
        changed(2, np.zeros_like),
        "dW is zero in row 2; the rest agrees",
    ),
    "a row, no relation": (
        changed(2, lambda v: v + np.arange(1, 5)),
        "dW disagrees with finite differences in row 2, most of all at index [2, 1]",
    ),
    "one entry": (
        changed((1, 2), lambda v: v + 1),
        "dW disagrees with finite differences in 1 of 12 entries, at index [1, 2]",
    ),
    "some entries": (
        changed(([0, 2], [1, 3]), lambda v: v + np.array([0.2, 5])),
        "dW disagrees with finite differences in 2 of 12 entries, most of all at "
        "index [2, 3]",
    ),
    "axis 0": (
        np.tile(RIGHT.sum(axis=0), (3, 1)),
        "dW has rows that are all equal: was axis 0 summed or lost?",
    ),
    "axis 1": (
        np.tile(RIGHT.mean(axis=1, keepdims=True), (1, 4)),
        "dW has columns that are all equal: was axis 1 summed or lost?",
    ),
    "all axes": (
        np.full((3, 4), RIGHT.sum()),
        "dW holds the same number everywhere: was it summed over all entries?",
    ),
    "one number, no sum": (
        np.full((3, 4), 77.0),
        "dW holds the same number everywhere",
    ),
    "a slope missing per row": (
        RIGHT * [[2.0], [0.3], [5]],
        "dW is right but for a wrong factor in each row",
    ),
    "an input missing per column": (
        RIGHT * [2.0, 0.3, 5, 7],
        "dW is right but for a wrong factor in each column",
    ),
    "nan": (
        changed((1, 2), lambda v: np.nan),
        "dW contains nan or inf in 1 of 12 entries, at index [1, 2]",
    ),
    "inf": (
        changed((slice(None), 0), lambda v: v * np.inf),
        "dW contains nan or inf in column 0",
    ),
}


@pytest.mark.parametrize(("df", "text"), RELATIONS.values(), ids=RELATIONS.keys())
def test_a_wrong_gradient_is_told_what_is_wrong_with_it(df, text):
    with pytest.raises(CheckFailed) as caught:
        check.gradient(loss, df, W, "dW")
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("df", "text"),
    [
        (SQUARE_GRADIENT.T, "is transposed"),
        (-SQUARE_GRADIENT.T, "is transposed and has the opposite sign"),
    ],
)
def test_a_transposed_square_gradient_is_recognised(df, text):
    with pytest.raises(CheckFailed, match=f"{text}$"):
        check.gradient(square, df, SQUARE)


def test_entries_without_a_slope_hide_no_relation():
    """A ReLU that is off gives zeros, which have neither sign nor factor."""
    with pytest.raises(CheckFailed, match=r"opposite sign everywhere$"):
        check.gradient(lambda v: np.sum(v[0] ** 2), -2 * W * TOP, W)


def test_one_wrong_number_is_no_factor_of_the_right_one():
    with pytest.raises(CheckFailed, match="disagrees"):
        check.gradient(loss, changed((0, 0), lambda v: 1.7 * v), W)


def test_more_than_three_wrong_rows_are_counted():
    x = np.random.default_rng(3).normal(size=(30, 4))
    df = 2 * x
    df[10:] *= -1
    with pytest.raises(CheckFailed, match="in 20 of 30 rows, from row 10 on"):
        check.gradient(lambda v: np.sum(v**2), df, x)


# --- the picture -------------------------------------------------------------------


class Table(HTMLParser):
    """Reads a table: its caption, heads and cells."""

    def __init__(self, text):
        super().__init__()
        self.found = {"caption": [], "th": [], "td": []}
        self.scopes, self.roles, self._in = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in self.found:
            self._in = tag
            self.found[tag].append("")
        if tag == "th":
            self.scopes.append(attrs["scope"])
        if "role" in attrs:
            self.roles.append(attrs["role"])

    def handle_endtag(self, tag):
        self._in = None if tag == self._in else self._in

    def handle_data(self, data):
        if self._in:
            self.found[self._in][-1] += data


def failure(f, df, x):
    with pytest.raises(CheckFailed) as caught:
        check.gradient(f, df, x, "dW")
    return caught.value


def test_the_picture_says_the_relative_error_of_each_entry():
    df = changed((1, 2), lambda v: 2 * v)
    df[0, 0] = np.nan
    df[2, 3] = -np.inf
    df[2, 0] *= -1
    df[2, 1] = 0
    lines = failure(loss, df, W).text().splitlines()
    assert lines[0].startswith("✗ dW contains nan or inf in 2 of 12 entries")
    assert lines[1] == "relative error of dW in %, by index; ✓ agrees"
    assert [line.split() for line in lines[2:]] == [
        ["0", "1", "2", "3"],
        ["0", "nan", "✓", "✓", "✓"],
        ["1", "✓", "✓", "50", "✓"],
        ["2", "200", "100", "✓", "inf"],
    ]


def test_the_picture_in_html_is_a_table_that_a_screen_reader_can_read():
    table = Table(failure(loss, changed(1, np.negative), W)._repr_html_())
    assert table.roles == ["alert"]
    assert table.found["caption"] == ["relative error of dW in %, by index; ✓ agrees"]
    assert table.scopes == ["col"] * 4 + ["row"] * 3
    assert table.found["th"] == ["0", "1", "2", "3", "0", "1", "2"]
    assert table.found["td"][1:] == ["✓"] * 4 + ["200"] * 4 + ["✓"] * 4


def test_the_picture_sets_no_colour_of_text():
    """It is read on white and on black."""
    page = failure(loss, -RIGHT, W)._repr_html_()
    colours = re.findall(r"(?<!-)\bcolor:([^;\"]+)", page)
    assert set(colours) == {"inherit"}
    assert "--jp-warn-color1" in page


@pytest.mark.parametrize("shape", [(300, 50), (10_000,), (7, 8, 9, 10), (1, 13), (11, 1)])
def test_a_large_array_has_a_small_picture(shape):
    x = np.random.default_rng(0).normal(size=shape)
    df = x.copy()
    df.flat[-1] *= -1
    picture = Picture("x", relative_errors(df, x), df == x)
    lines = picture.text().splitlines()
    assert len(lines) <= 12
    assert max(map(len, lines[1:])) < 170
    assert lines[-1].split()[-1] == "200"
    assert picture.text().count("200") == 1
    assert "a cell shows the worst of its block" in lines[0]
    assert picture.html().count("<td") <= 121


@pytest.mark.parametrize(
    ("shape", "heads", "sides"),
    [
        ((), [], [""]),
        ((3,), ["0", "1", "2"], [""]),
        ((2, 1), ["0"], ["0", "1"]),
        ((2, 2, 2), ["0", "1"], ["0,0", "0,1", "1,0", "1,1"]),
        ((25, 1), ["0"], [*(f"{a}–{a + 2}" for a in range(0, 24, 3)), "24"]),
    ],
)
def test_the_picture_names_the_indices_of_any_shape(shape, heads, sides):
    errors = np.ones(shape)
    lines = Picture("x", errors, errors < 0).text().splitlines()[1:]
    assert lines[0].split() == heads
    cells = max(len(heads), 1)
    assert [" ".join(line.split()[:-cells]) for line in lines[1:]] == sides


def test_the_name_of_an_array_is_escaped():
    errors = np.ones(2)
    assert "<b>" not in Picture("<b>W</b>", errors, errors < 0).html()
    assert "<script>" not in CheckFailed("<script>")._repr_html_()


# --- a function of the student that goes wrong -------------------------------------


def fails_in_a_line(v):
    """A function of a student with a mistake in its second line."""
    scale = v.sum()
    return v / (scale - scale) @ v @ v


def fails_in_numpy(v):
    """A function of a student that stops inside a library."""
    return np.linalg.inv(v)


def not_yet_written(v):
    """A blank."""
    raise NotImplementedError("G05.1 softmax")


OF_STUDENTS = {
    "its line": (fails_in_a_line, "stopped with ValueError: .*: return v / "),
    "its line, not the library's": (
        fails_in_numpy,
        r"stopped with LinAlgError: .* in line \d+ of its cell: return np.linalg.inv\(v\)",
    ),
    "a blank": (not_yet_written, "a function is still to be written: G05.1 softmax$"),
    "no return": (lambda v: None, "your function returned None: is a 'return' missing"),
    "an array": (lambda v: 2 * v, r"an array of shape \(3, 4\), expected one number"),
    "a tuple": (lambda v: (1.0, v), "a value of type tuple, expected one number"),
    "a dict": (lambda v: {"J": 1.0}, "a value of type dict, expected one number"),
    "nan": (lambda v: np.nan, "your function returned nan"),
    "a number": (3.0, "is of type float, expected a function: pass it without calling"),
    "random": (lambda v: np.random.default_rng().normal(), "two values at one place"),
}


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize(("f", "text"), OF_STUDENTS.values(), ids=OF_STUDENTS.keys())
def test_a_function_that_goes_wrong_is_named_kindly(f, text):
    with pytest.raises(CheckFailed, match=text) as caught:
        check.gradient(f, W, W)
    assert len(str(caught.value)) < 250
    assert "utils" not in str(caught.value)


def test_stopping_the_kernel_stops_a_check():
    def interrupted(v):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.gradient(interrupted, W, W)


def test_a_function_that_changes_its_argument_is_checked_all_the_same():
    def in_place(v):
        v *= 2
        return v.sum()

    x = W.copy()
    check.gradient(in_place, np.full((3, 4), 2.0), x)
    assert np.array_equal(x, W)


def test_without_pytorch_the_witness_says_so(monkeypatch):
    def no_torch(name, *args, **kwargs):
        if name == "torch":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", no_torch)
    with pytest.raises(CheckFailed, match="PyTorch is not installed here"):
        check.autograd(dot, [W, W], W, W)


# --- in a notebook -----------------------------------------------------------------


@pytest.fixture
def shell():
    """An IPython shell without history."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.user_ns["check"] = check
    yield shell
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)  # a second time it would fail
    InteractiveShell.clear_instance()


@pytest.fixture
def really_shown(monkeypatch):
    """What the checks display goes to the shell."""
    monkeypatch.setattr(results, "_display", DISPLAY)


@pytest.mark.usefixtures("really_shown")
def test_a_failure_in_a_cell_shows_its_reason_and_no_traceback(shell):
    with capture_output() as captured:
        result = shell.run_cell("check.close([1.0, 2.0], [1.0, 3.0], 'p')")
    assert isinstance(result.error_in_exec, ChecksFailed)
    assert captured.stdout.strip() == "✗ 1 check does not hold: see above"
    reason = "✗ p differs in 1 of 2 entries, at index [1]"
    assert captured.stderr == ""
    (shown,) = captured.outputs
    assert shown.data["text/plain"].startswith(f"{reason}\nrelative error of p in %")
    assert '<div role="alert"' in shown.data["text/html"]
    assert "<table" in shown.data["text/html"]


def test_the_line_of_a_students_cell_is_quoted(shell, shown):
    shell.run_cell("def my_loss(v):\n    return v.missing\n")
    with capture_output():
        shell.run_cell("check.gradient(my_loss, [1.0], [2.0])")
    assert str(shown[0]).endswith("in line 2 of its cell: return v.missing")


def test_a_cell_shows_all_its_checks_and_then_ends_in_one_error(shell, shown):
    source = (
        "check.close(2.0, 1.0, 'W1')\ncheck.close(1.0, 1.0, 'W2')\n"
        "check.close(4.0, 1.0, 'b2')\ndone = True"
    )
    with capture_output() as captured:
        result = shell.run_cell(source)
    assert [type(part).__name__ for part in shown] == [
        "CheckFailed",
        "CheckPassed",
        "CheckFailed",
    ]
    assert shell.user_ns["done"] is True
    assert isinstance(result.error_in_exec, ChecksFailed)
    assert captured.stdout.strip() == "✗ 2 checks do not hold: see above"
    with capture_output():
        assert shell.run_cell("1 + 1").success


def test_a_reason_is_shown_once_in_a_cell(shell, shown):
    source = "for name in 'ab':\n    check.filled({'a': None})"
    for _ in range(2):
        with capture_output() as captured:
            shell.run_cell(source)
        assert captured.stdout.strip() == "✗ 1 check does not hold: see above"
    assert len(shown) == 2


def test_an_error_of_its_own_ends_a_cell_as_ever(shell, shown):
    with capture_output() as captured:
        result = shell.run_cell("check.filled({'a': None})\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "see above" not in captured.stdout
    assert len(shown) == 1


def test_where_nbgrader_shows_the_error_alone_it_has_the_reasons(shell, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    source = "check.close(2.0, 1.0, 'a')\ncheck.close(4.0, 1.0, 'b')"
    with capture_output() as captured:
        shell.run_cell(source)
    line = "✗ 2 checks do not hold: a is 2, expected 1; b is 4, expected 1"
    assert captured.stdout.strip() == line


def test_while_nbgrader_grades_a_cell_goes_on_and_ends_well(shell, shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with capture_output():
        result = shell.run_cell("check.filled({'a': None})\ncheck.filled({'a': None})")
    assert result.success
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def f(n):\n    return f(n + 1)\nf(0)", "✗ RecursionError, in line 2 of its cell"),
        (
            "import numpy as np\nwith np.errstate(all='raise'):\n    np.exp(1e4)",
            "✗ FloatingPointError, in line 3 of its cell",
        ),
    ],
)
def test_an_error_nobody_can_read_takes_one_line(shell, source, line):
    in_one_line()
    with capture_output() as captured:
        result = shell.run_cell(source)
    assert not result.success
    (said,) = captured.stdout.strip().splitlines()
    assert said.startswith(line)


def test_the_students_own_way_to_show_errors_stays(shell):
    seen = []

    def mine(shell, kind, error, trace, tb_offset=None):
        seen.append(kind)

    shell.set_custom_exc((KeyError,), mine)
    in_one_line()
    with capture_output():
        shell.run_cell("{}['a']")
    assert seen == [KeyError]


def test_a_passed_check_shows_one_green_line():
    passed = CheckPassed("W <b> is right")
    assert repr(passed) == "✓ W <b> is right"
    assert "W &lt;b&gt; is right" in passed._repr_html_()


# --- no answers in here ------------------------------------------------------------


SOURCES = sorted(Path(check.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_utils_know_neither_the_grader_nor_any_answer(path):
    """Comparing with a number the caller gives is all they may do."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"exp", "log", "tanh", "softmax", "matmul", "dot", "einsum", "outer"}
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not any(module.startswith("grader") for module in modules)
    operators = {type(n.op) for n in ast.walk(tree) if isinstance(n, ast.BinOp)}
    assert ast.MatMult not in operators


def test_a_check_loads_nothing_heavy():
    """Not even IPython, where nothing else has: then it prints."""
    code = (
        "import sys\nfrom utils import check\nimport numpy as np\n"
        "try:\n    check.gradient(np.sum, np.zeros(3), np.zeros(3), 'dx')\n"
        "except check.CheckFailed:\n    check.shape(1.0, ())\n"
        "print(*{'torch', 'matplotlib', 'IPython', 'scipy'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "✗ dx is zero everywhere"
    assert lines[-2:] == ["✓ the value has shape ()", ""]
