"""What goes wrong in a machine for arrays, and the sentence for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...._graphs import LEVEL_ORDERS, depth_first, mistakes, topo_sort, turned
from .._shared import LECTURE
from .engine import (
    RULES,
    Rule,
    children_last,
    elementwise,
    engine,
    one,
    sum_backward,
    sum_to,
)
from .orders import marked_early, recursing


def _with(op: str, rule: Rule, **more: Any) -> type:
    return engine(rules={op: rule}, **more)


def in_place(parent: Any, share: Any) -> None:
    parent.grad += share


def _assign(parent: Any, share: Any) -> None:
    parent.grad = share


def _shared(parent: Any, share: Any) -> None:
    """Keep the array itself that arrives first, and add to it later."""
    if parent.grad is None or not np.any(parent.grad):
        parent.grad = share
    else:
        parent.grad += share


def _if_needed(up: Any, shape: Any) -> Any:
    return up if np.shape(up) == shape else sum_to(up, shape)


HANDED_ON: dict[str, Rule] = {
    op: lambda a, b: (a + b, (lambda up: up, lambda up: up)) for op in ("+", "r+")
}
"""A sum that gives the very array that has arrived to both operands."""


def as_it_is(up: Any, shape: Any) -> Any:
    return up


def new_axes_only(up: Any, shape: Any) -> Any:
    while np.ndim(up) > len(shape):
        up = up.sum(axis=0)
    return up


def repeated_only(up: Any, shape: Any) -> Any:
    new = np.ndim(up) - len(shape)
    for k, n in enumerate(shape):
        if n == 1:
            up = up.sum(axis=new + k, keepdims=True)
    return up


def _mean_to(up: Any, shape: Any) -> Any:
    return sum_to(up, shape) * max(int(np.prod(shape)), 1) / max(np.size(up), 1)


def _product(*backs: Callable[[Any, Any, Any], Any]) -> Rule:
    return lambda a, b: (a @ b, tuple(lambda up, f=f: f(a, b, up) for f in backs))


def _sum(back: Callable[..., Any]) -> Rule:
    def rule(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        value = a.sum(axis=axis, keepdims=keepdims)
        return value, (lambda up: back(up, a, axis, keepdims),)

    return rule


def _shaped(keeps: bool) -> Rule:
    """Return a sum that keeps its axis always, or never; its gradient fits it."""

    def rule(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        value = a.sum(axis=axis, keepdims=keeps)
        back = lambda up: sum_backward(np.reshape(up, value.shape), a.shape, axis, keeps)
        return value, (back,)

    return rule


def _lost(*ops: str) -> type:
    """Return a class in which results of some operations know no parents."""

    def forgetful(rule: Rule) -> Rule:
        return lambda *values, **options: (rule(*values, **options)[0], ())

    return engine(rules={op: forgetful(RULES[op]) for op in ops})


def _tanh(slope: Callable[[Any, Any], Any]) -> type:
    return _with("tanh", elementwise(np.tanh, lambda a: slope(a, np.tanh(a))))


ARITHMETIC = (
    *mistakes(
        "X09.4a",
        "The product hands each factor its own value. It gets the value of the other one.",
        *(
            engine(
                rules={
                    op: elementwise(lambda a, b: a * b, lambda a, b: a, lambda a, b: b)
                    for op in ("*", "r*")
                },
                composed=composed,
            )
            for composed in (False, True)
        ),
    ),
    *mistakes(
        "X09.4b",
        "The second operand of a difference has the wrong sign in its gradient: a - b "
        "falls when b grows.",
        _with("-", elementwise(lambda a, b: a - b, one, one)),
    ),
    *mistakes(
        "X09.4c",
        "The gradient of the divisor is wrong. Write a / b as a * b**-1 and differentiate "
        "that by b.",
        *(
            _with("/", elementwise(lambda a, b: a / b, lambda a, b: 1 / b, slope))
            for slope in (
                lambda a, b: a / b**2,
                lambda a, b: -1 / b**2,
                lambda a, b: -a / b,
            )
        ),
    ),
    *mistakes(
        "X09.4d",
        "With a plain number on the left the operation is turned round: 2 - v and 2 / v "
        "are not v - 2 and v / 2.",
        _with("r-", RULES["-"]),
        _with("r/", RULES["/"]),
        engine(rules={"r-": RULES["-"], "r/": RULES["/"]}),
    ),
    *mistakes(
        "X09.4e",
        "With a plain number on the left the gradient stops there, or has the wrong slope: "
        "v is what is subtracted, or what divides, and the result has to know it.",
        _lost("r-"),
        _lost("r/"),
        _lost("r+", "r-", "r*", "r/"),
        _with("r-", elementwise(lambda a, b: b - a, one, one)),
        _with("r/", elementwise(lambda a, b: b / a, lambda a, b: b / a**2, one)),
        _with("r/", elementwise(lambda a, b: b / a, lambda a, b: -1 / a**2, one)),
    ),
    *mistakes(
        "X09.4f",
        "The slope of a power is wrong: the exponent comes down as a factor and is one "
        "less upstairs.",
        *(
            _with("**", elementwise(lambda a, k: a**k, slope), composed=composed)
            for slope in (
                lambda a, k: k * a**k,
                lambda a, k: a ** (k - 1),
                lambda a, k: k + 0 * a,
            )
            for composed in (False, True)
        ),
    ),
)

FUNCTIONS = (
    *mistakes(
        "X09.4g",
        "exp is its own derivative: the slope is the result.",
        *(
            _with("exp", elementwise(np.exp, slope))
            for slope in (lambda a: a, one, lambda a: a * np.exp(a - 1))
        ),
    ),
    *mistakes(
        "X09.4h",
        "The slope of the logarithm is 1/a, with a what went in.",
        *(
            _with("log", elementwise(np.log, slope))
            for slope in (lambda a: a, lambda a: 1 / np.log(a), np.log, lambda a: -1 / a)
        ),
    ),
    *mistakes(
        "X09.4i",
        "The slope of tanh is wrong. Written with the result t it takes one subtraction "
        "and one square.",
        _tanh(lambda a, t: 1 - t),
        _tanh(lambda a, t: 1 - a**2),
        _tanh(lambda a, t: t * (1 - t)),
        _tanh(lambda a, t: t),
    ),
    *mistakes(
        "X09.4j",
        "relu does not hold back what it should: it passes the whole gradient on where its "
        "input is positive, and nothing where it is negative.",
        *(
            _with("relu", elementwise(lambda a: np.maximum(a, 0.0), slope))
            for slope in (one, lambda a: np.maximum(a, 0.0), lambda a: 1.0 * (a < 0))
        ),
    ),
    *mistakes(
        "kink",
        "At 0 your relu has the slope 1. The task sets it to 0 there.",
        _with(
            "relu",
            elementwise(lambda a: np.maximum(a, 0.0), lambda a: 1.0 * (a >= 0)),
            deep=True,
        ),
    ),
)

SHAPES = (
    *mistakes(
        "X09.4k",
        "After a broadcast the gradient is not summed back: it has the shape of the result "
        "instead of that of its Tensor. Sum it over all that was repeated, in all four of "
        "+ - * /.",
        engine(back_to=as_it_is),
    ),
    *mistakes(
        "X09.4l",
        "Broadcasting that puts axes in front is undone, but not the kind that repeats an "
        "axis of length 1. Sum over that, too, and keep it with length 1.",
        engine(back_to=new_axes_only),
    ),
    *mistakes(
        "X09.4m",
        "Axes of length 1 are summed, but not those that a broadcast puts in front.",
        engine(back_to=repeated_only),
    ),
    *mistakes(
        "X09.4n",
        "After a broadcast the copies are averaged. They are roads that meet: add.",
        engine(back_to=_mean_to),
    ),
    *mistakes(
        "X09.4o",
        "The gradients of a matrix product are wrong. With up arriving, one is up times "
        "the transpose of the right factor, the other the transpose of the left factor "
        "times up.",
        _with("@", _product(lambda a, b, up: up @ b, lambda a, b, up: a @ up)),
        _with("@", _product(lambda a, b, up: b.T @ up, lambda a, b, up: up @ a.T)),
        _with("@", _product(lambda a, b, up: (up @ b.T).T, lambda a, b, up: (a.T @ up).T)),
        _with("@", _product(lambda a, b, up: up @ b.T, lambda a, b, up: up.T @ a)),
        _with("@", _product(lambda a, b, up: up * b, lambda a, b, up: up * a)),
    ),
    *mistakes(
        "X09.4p",
        "A sum over one axis hands its gradient back along the wrong axis, or not at all. "
        "Put the axis back with length 1, at its place, then stretch.",
        _with("sum", _sum(lambda up, a, axis, keep: up * np.ones(a.shape))),
        _with(
            "sum",
            _sum(
                lambda up, a, axis, keep: (
                    (up if axis is None or keep else np.expand_dims(up, 0))
                    * np.ones(a.shape)
                )
            ),
        ),
    ),
    *mistakes(
        "X09.4q",
        "The gradient of a sum is divided by the number of entries: that is a mean.",
        _with(
            "sum",
            _sum(
                lambda up, a, axis, keep: (
                    sum_backward(up, a.shape, axis, keep)
                    / (a.size if axis is None else a.shape[axis])
                )
            ),
        ),
    ),
    *mistakes(
        "X09.4r",
        "The sum ignores what arrives: every entry gets 1 instead of up.",
        _with("sum", _sum(lambda up, a, axis, keep: np.ones(a.shape))),
    ),
    *mistakes(
        "X09.4s",
        "reshape does not bring the gradient back into the old shape.",
        _with("reshape", lambda a, shape: (a.reshape(shape), (lambda up: up,))),
        _with(
            "reshape", lambda a, shape: (a.reshape(shape), (lambda up: up,)), push=in_place
        ),
        _with(
            "reshape",
            lambda a, shape: (
                a.reshape(shape),
                (lambda up: np.reshape(up, a.shape, order="F"),),
            ),
        ),
    ),
    *mistakes(
        "X09.4zd",
        "The result of reshape has not the shape that was asked for.",
        _with("reshape", lambda a, shape: (a, (lambda up: np.reshape(up, a.shape),))),
        _with(
            "reshape", lambda a, shape: (np.ravel(a), (lambda up: np.reshape(up, a.shape),))
        ),
    ),
    *mistakes(
        "X09.4ze",
        "sum does not give the shape that NumPy gives: with keepdims=True the summed axis "
        "stays, with length 1; without it, it goes.",
        _with("sum", _shaped(keeps=False)),
        _with("sum", _shaped(keeps=True)),
    ),
    *mistakes(
        "X09.4t",
        "transpose does not turn the gradient back. What arrives has the shape of the "
        "result: transpose it again.",
        _with("transpose", lambda a: (a.T, (lambda up: up,))),
        _with("transpose", lambda a: (a.T, (lambda up: up,)), push=in_place),
        _with("transpose", lambda a: (a.T, (lambda up: np.reshape(up, a.shape),))),
    ),
)

GRAPHS = (
    *mistakes(
        "M09.4a",
        "Tensors are served in the order in which a search first meets them, and some hand "
        "on a gradient that is not complete. Wait until all users of a Tensor have reported.",
        *(
            engine(order=order)
            for right in (False, True)
            for order in (
                partial(depth_first, post=False, right=right),
                partial(marked_early, right=right),
            )
        ),
        lecture=f"{LECTURE}#Why-the-order-matters",
    ),
    *mistakes(
        "M09.4b",
        "Your backward pass begins at the inputs, where nothing has arrived yet. Begin at "
        "the result: go through the order in reverse.",
        engine(order=topo_sort),
        lecture=f"{LECTURE}#Why-the-order-matters",
    ),
    *mistakes(
        "M09.4c",
        "A Tensor with several users hands its gradient on several times, so parts of it "
        "count twice. Each one gets its turn once.",
        engine(order=turned(partial(depth_first, post=True, seen=False))),
        recursing(push_first=True),
        recursing(push_first=False),
        lecture=f"{LECTURE}#What-it-costs",
    ),
    *mistakes(
        "M09.4d",
        "Tensors are served level by level. Where roads differ in length, one gets its turn "
        "before the longer road has brought its share.",
        *(engine(order=order) for order in LEVEL_ORDERS),
        lecture=f"{LECTURE}#Why-the-order-matters",
    ),
    *mistakes(
        "M09.4e",
        "All gradients stay 0: the result itself never gets the gradient that arrives.",
        engine(start=lambda data, up: np.zeros_like(data)),
    ),
    *mistakes(
        "X09.4u",
        "backward(up) begins with 1 everywhere and ignores up. Begin with up where it is "
        "given.",
        engine(start=lambda data, up: np.ones_like(data)),
    ),
    *mistakes(
        "M09.4g",
        "A gradient that arrives replaces what was there. It has to be added: a Tensor may "
        "have several users, and several results.",
        engine(push=_assign),
    ),
    *mistakes(
        "X09.4v",
        "Two Tensors share one gradient array: what is added to the gradient of one appears "
        "in the other. The first time, store a copy; or write grad = grad + share, which "
        "makes a new array, instead of +=.",
        engine(push=_shared, back_to=_if_needed, rules=HANDED_ON, deep=True),
    ),
    *mistakes(
        "X09.4w",
        "backward() wipes out the gradients that were there. It adds to them; clearing is "
        "the job of zero_grad().",
        engine(before=children_last),
    ),
    *mistakes(
        "M09.4f",
        "After zero_grad() some gradients are still there, and the next backward adds to "
        "them. Clear the Tensor and everything it was made from.",
        engine(zeroed=lambda node: ()),
        engine(zeroed=lambda node: (node,)),
        engine(zeroed=lambda node: (node, *node.parents)),
        engine(zeroed=lambda node: [n for n in children_last(node) if not n.parents]),
    ),
    *mistakes(
        "X09.4x",
        "no_grad() has no effect: what is computed inside is recorded, and backward goes "
        "through it.",
        engine(quiet=False),
    ),
    *mistakes(
        "X09.4y",
        "After no_grad() recording stays off: gradients of what is computed later are "
        "missing. Switch it back when the block ends.",
        engine(after="off"),
    ),
    *mistakes(
        "X09.4z",
        "If a block of no_grad() ends with an error, recording stays off. Switch it back in "
        "any case: try ... finally, or __exit__.",
        engine(on_error=False, deep=True),
    ),
    *mistakes(
        "X09.4za",
        "A no_grad() inside another one switches recording on when it ends, and the rest of "
        "the outer block is recorded. Remember what it was before.",
        engine(after="on", deep=True),
    ),
    *mistakes(
        "X09.4zb",
        "Whole numbers stay whole numbers. Keep the data as float64: np.array(data, float).",
        engine(dtype=None, deep=True),
    ),
    *mistakes(
        "recursion",
        "Right on small graphs, but a deep one ends in a RecursionError: Python stops after "
        "about 1000 calls inside each other. Use a loop with a list of open nodes.",
        engine(order=turned(partial(depth_first, post=True)), deep=True),
        engine(zeroed=partial(depth_first, post=True), deep=True),
        lecture=f"{LECTURE}#Why-the-order-matters",
    ),
)

MISTAKES = (*ARITHMETIC, *FUNCTIONS, *SHAPES, *GRAPHS)
