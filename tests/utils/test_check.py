"""The visible checks: they pass what is right, and say briefly what is not."""

from __future__ import annotations

import ast
import inspect

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from utils import check
from utils.check import CheckFailed, CheckPassed


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """What the checks display, and no nbgrader around them."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    results = []
    monkeypatch.setattr(check, "_display", results.append)
    return results


W = np.random.default_rng(0).normal(size=(3, 4))
B = np.random.default_rng(1).normal(size=3)


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
    "filled": (lambda: check.filled({"a": 0.0, "b": 1}, "t"), "t is filled in: 2 numbers"),
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
    "autograd, one skipped": (lambda: check.autograd(dot, [None, W], W, W), "agree"),
}


@pytest.mark.parametrize(("call", "text"), PASSING.values(), ids=PASSING.keys())
def test_what_is_right_passes_and_is_shown(shown, call, text):
    assert call() is None
    (result,) = shown
    assert isinstance(result, CheckPassed)
    assert text in result.text


def wrong_in_one(index=(1, 2)):
    gradient = loss_gradient(W)
    gradient[index] += 1
    return gradient


FAILING = {
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
        r"p differs in 1 of 3 entries, the first at index \[2\]",
    ),
    "gradient, sign": (
        lambda: check.gradient(loss, -loss_gradient(W), W),
        "the gradient has the opposite sign everywhere",
    ),
    "gradient, double": (
        lambda: check.gradient(loss, 2 * loss_gradient(W), W),
        "exactly twice too large",
    ),
    "gradient, half": (
        lambda: check.gradient(loss, loss_gradient(W) / 2, W),
        "exactly half as large",
    ),
    "gradient, transposed": (
        lambda: check.gradient(square, SQUARE_GRADIENT.T, SQUARE),
        "is transposed",
    ),
    "gradient, shape": (
        lambda: check.gradient(loss, loss_gradient(W).T, W, "dW"),
        r"dW has shape \(4, 3\), expected \(3, 4\); is it transposed",
    ),
    "gradient, one entry": (
        lambda: check.gradient(loss, wrong_in_one(), W, "dW"),
        r"dW disagrees .* in 1 of 12 entries, most of all at index \[1, 2\]",
    ),
    "gradient, None": (lambda: check.gradient(loss, None, W, "dW"), "dW is None"),
    "gradient, nan": (lambda: check.gradient(loss, W * np.nan, W), "contains nan or inf"),
    "gradient, text": (lambda: check.gradient(loss, np.full((3, 4), "a"), W), "no number"),
    "gradient, both zero": (
        lambda: check.gradient(lambda x: 1.0, np.zeros((3, 4)), W),
        "are zero, which proves nothing",
    ),
    "gradient, zero": (lambda: check.gradient(loss, np.zeros((3, 4)), W), "disagrees"),
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
        "gradient 0 contains nan or inf",
    ),
}


@pytest.mark.parametrize(("call", "text"), FAILING.values(), ids=FAILING.keys())
def test_what_is_wrong_fails_with_a_short_reason(shown, call, text):
    with pytest.raises(CheckFailed, match=text) as caught:
        call()
    assert shown == []
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_each_check_has_been_seen_to_pass_and_to_fail():
    names = {n for n, f in vars(check).items() if hasattr(f, "__wrapped__")}
    assert names == {"shape", "filled", "close", "gradient", "autograd"}
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
def test_while_nbgrader_grades_a_failure_is_only_printed(monkeypatch, capsys, call, text):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    call()
    out = capsys.readouterr().out
    assert out.startswith("✗ ")
    assert out.count("\n") == 1


@pytest.mark.parametrize("mode", ["validate", "", "0"])
def test_otherwise_nbgrader_sees_the_failure(monkeypatch, mode):
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    with pytest.raises(CheckFailed):
        check.shape(W, (1,))


def test_an_error_of_the_students_function_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        check.gradient(lambda x: 1 / 0, W, W)


# --- in a notebook -----------------------------------------------------------------


@pytest.fixture
def shell():
    """An IPython shell without history."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.user_ns["check"] = check
    yield shell
    shell.atexit_operations()


def test_a_failure_in_a_cell_shows_its_reason_and_no_traceback(shell):
    with capture_output() as captured:
        result = shell.run_cell("check.filled({'a': None}, 'the table')")
    assert isinstance(result.error_in_exec, CheckFailed)
    assert captured.stdout.strip() == "✗ the table still lacks a"
    assert captured.stderr == ""


def test_a_failure_ends_its_cell(shell):
    with capture_output():
        shell.run_cell("done = False\ncheck.filled({'a': None})\ndone = True")
    assert shell.user_ns["done"] is False


def test_a_passed_check_shows_one_green_line():
    passed = CheckPassed("W <b> is right")
    assert repr(passed) == "✓ W <b> is right"
    assert "W &lt;b&gt; is right" in passed._repr_html_()


# --- no answers in here ------------------------------------------------------------


def test_utils_know_neither_the_grader_nor_any_answer():
    """Comparing with a number the caller gives is all they may do."""
    tree = ast.parse(inspect.getsource(check))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"exp", "log", "tanh", "softmax", "matmul", "dot", "einsum", "outer"}
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not any(module.startswith("grader") for module in modules)
    operators = {type(n.op) for n in ast.walk(tree) if isinstance(n, ast.BinOp)}
    assert ast.MatMult not in operators
