"""What goes wrong inside one operation."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...._graphs import mistakes
from .._shared import ONE_SIDE, max_backward
from .flawed import RULES, engine, lost, one_rule, tie_rule


def _tanh(slope: Callable[[float, float], float]) -> type:
    """Return the class whose tanh has a slope of the operand and the result."""
    return one_rule("tanh", lambda a: (math.tanh(a), (slope(a, math.tanh(a)),)))


TWO_VALUES = (
    *mistakes(
        "M09.1a",
        "The product hands each factor its own value back. Each one gets the value of "
        "the other.",
        engine(rules={op: lambda a, b: (a * b, (a, b)) for op in ("*", "r*")}),
    ),
    *mistakes(
        "X09.2a",
        "The second operand of a difference has the wrong sign in its gradient: a - b "
        "falls when b grows.",
        one_rule("-", lambda a, b: (a - b, (1.0, 1.0))),
    ),
    *mistakes(
        "X09.2b",
        "The gradient of the divisor is wrong. Write a / b as a * b**-1 and "
        "differentiate that by b.",
        one_rule("/", lambda a, b: (a / b, (1 / b, a / b**2))),
        one_rule("/", lambda a, b: (a / b, (1 / b, -1 / b**2))),
        one_rule("/", lambda a, b: (a / b, (1 / b, -a / b))),
    ),
)

NUMBER_ON_THE_LEFT = (
    *mistakes(
        "X09.2c",
        "With a plain number on the left the operation is turned round: 2 - v and "
        "2 / v are not v - 2 and v / 2.",
        one_rule("r-", RULES["-"]),
        one_rule("r/", RULES["/"]),
        engine(rules={"r-": RULES["-"], "r/": RULES["/"]}),
    ),
    *mistakes(
        "X09.2d",
        "With a plain number on the left of - or /, the value is right and the "
        "gradient is not. Here v is what is subtracted, or what divides.",
        one_rule("r-", lambda a, b: (b - a, (1.0, 1.0))),
        one_rule("r/", lambda a, b: (b / a, (b / a**2, 1.0))),
        one_rule("r/", lambda a, b: (b / a, (-1 / a**2, 1.0))),
    ),
    *mistakes(
        "X09.2e",
        "With a plain number on the left the gradient stops there: the result has to "
        "remember the Value it was made from.",
        lost("r-"),
        lost("r/"),
        lost("r+", "r-", "r*", "r/"),
    ),
)

FUNCTIONS = (
    *mistakes(
        "X09.2f",
        "The slope of a power is wrong: the exponent comes down as a factor and is one "
        "less upstairs.",
        one_rule("**", lambda a, k: (a**k, (k * a**k,))),
        one_rule("**", lambda a, k: (a**k, (a ** (k - 1),))),
        one_rule("**", lambda a, k: (a**k, ((k - 1) * a ** (k - 1),))),
        one_rule("**", lambda a, k: (a**k, (k,))),
    ),
    *mistakes(
        "X09.2k",
        "A power is computed with the size of its base, |a|. A negative base has a sign "
        "that counts, in the value or in the slope: use a itself.",
        one_rule("**", lambda a, k: (a**k, (k * abs(a) ** (k - 1),))),
        one_rule("**", lambda a, k: (abs(a) ** k, (k * abs(a) ** (k - 1),))),
        one_rule("**", lambda a, k: (abs(a) ** k, (k * a ** (k - 1),))),
    ),
    *mistakes(
        "X09.2g",
        "exp is its own derivative: the slope is the result.",
        one_rule("exp", lambda a: (math.exp(a), (a,))),
        one_rule("exp", lambda a: (math.exp(a), (1.0,))),
        one_rule("exp", lambda a: (math.exp(a), (a * math.exp(a - 1),))),
    ),
    *mistakes(
        "X09.2h",
        "The slope of tanh is wrong. Written with the result t it takes one "
        "subtraction and one square.",
        _tanh(lambda a, t: 1 - t),
        _tanh(lambda a, t: 1 - a**2),
        _tanh(lambda a, t: t * (1 - t)),
        _tanh(lambda a, t: t),
    ),
    *mistakes(
        "X09.2i",
        "relu does not hold back what it should: it passes the whole gradient on where "
        "its input is positive, and nothing where it is negative.",
        one_rule("relu", lambda a: (max(a, 0.0), (1.0,))),
        one_rule("relu", lambda a: (max(a, 0.0), (max(a, 0.0),))),
    ),
)

MAX = (
    *mistakes(
        "M09.2c",
        "max sends the gradient to the smaller of the two. The larger one made the result.",
        one_rule("max", lambda a, b: (max(a, b), max_backward(b, a, 1.0))),
    ),
    *mistakes(
        "M09.2d",
        "max sends the gradient to both. Only the larger one gets it.",
        one_rule("max", lambda a, b: (max(a, b), (1.0, 1.0))),
    ),
    *mistakes(
        "M09.2e",
        "max multiplies by the winner's value. Its slope there is 1.",
        one_rule("max", lambda a, b: (max(a, b), (a * (a > b), b * (b > a)))),
    ),
)

TIES_AND_KINKS = (
    *mistakes(
        "M09.2a",
        "At a tie of max the gradient is lost.",
        one_rule("max", tie_rule(0, 0), deep=True),
    ),
    *mistakes(
        "M09.2b",
        "At a tie of max the gradient is counted twice.",
        one_rule("max", tie_rule(1, 1), deep=True),
    ),
    *mistakes("tie", ONE_SIDE, one_rule("max", tie_rule(1, 0), deep=True)),
    *mistakes(
        "kink",
        "At 0 your relu has the slope 1. The task sets it to 0 there.",
        one_rule("relu", lambda a: (max(a, 0.0), (float(a >= 0),)), deep=True),
    ),
)

OPERATION_MISTAKES = (
    *TWO_VALUES,
    *NUMBER_ON_THE_LEFT,
    *FUNCTIONS,
    *MAX,
    *TIES_AND_KINKS,
)
