"""X09.2 `Value`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial

from grader.judge.compare import compare
from grader.kernel.inside.codec import Opaque
from grader.model import Evidence, Exercise, Mistake, Returned

from .._shared import (
    LECTURE,
    LEVEL_ORDERS,
    ONE_SIDE,
    depth_first,
    max_backward,
    topo_sort,
    turned,
)
from .cases import PARTS, VALUE_DRIVER, value_inputs
from .flawed import (
    RULES,
    Rule,
    assign,
    by_recursion,
    engine,
    local_only,
    lost,
    one_rule,
    recursing,
    tie_rule,
)
from .reference import Reference
from .right_ways import RIGHT_WAYS
from .witness import witness_torch
from .wrong_ways import WRONG_WAYS

__all__ = ["EQUIVALENTS", "EXERCISE", "RIGHT_WAYS", "WRONG_WAYS", "witness_torch"]


def _is_part_error(evidence: Evidence) -> bool:
    """Whether every wrong part of the main case ended in an exception."""
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, dict):
            return False
        if not isinstance(right, Returned):
            return False
        wrong = [
            outcome.value.get(part)
            for part in PARTS
            if compare(outcome.value.get(part), right.value[part]) is not None
        ]
        return bool(wrong) and all(isinstance(value, Opaque) for value in wrong)
    return False


def _operation_mistakes() -> Iterable[Mistake]:
    """Yield what goes wrong inside one operation."""
    said: dict[str, tuple[str, str]] = {
        "times": (
            "M09.1a",
            "The product hands each factor its own value back. Each one gets the value of "
            "the other.",
        ),
        "minus": (
            "X09.2a",
            "The second operand of a difference has the wrong sign in its gradient: a - b "
            "falls when b grows.",
        ),
        "divide": (
            "X09.2b",
            "The gradient of the divisor is wrong. Write a / b as a * b**-1 and "
            "differentiate that by b.",
        ),
        "turned": (
            "X09.2c",
            "With a plain number on the left the operation is turned round: 2 - v and "
            "2 / v are not v - 2 and v / 2.",
        ),
        "left": (
            "X09.2d",
            "With a plain number on the left of - or /, the value is right and the "
            "gradient is not. Here v is what is subtracted, or what divides.",
        ),
        "lost": (
            "X09.2e",
            "With a plain number on the left the gradient stops there: the result has to "
            "remember the Value it was made from.",
        ),
        "power": (
            "X09.2f",
            "The slope of a power is wrong: the exponent comes down as a factor and is one "
            "less upstairs.",
        ),
        "exp": ("X09.2g", "exp is its own derivative: the slope is the result."),
        "tanh": (
            "X09.2h",
            "The slope of tanh is wrong. Written with the result t it takes one "
            "subtraction and one square.",
        ),
        "relu": (
            "X09.2i",
            "relu does not hold back what it should: it passes the whole gradient on where "
            "its input is positive, and nothing where it is negative.",
        ),
        "loser": (
            "M09.2c",
            "max sends the gradient to the smaller of the two. The larger one made the "
            "result.",
        ),
        "both": ("M09.2d", "max sends the gradient to both. Only the larger one gets it."),
        "winner": ("M09.2e", "max multiplies by the winner's value. Its slope there is 1."),
        "lost tie": ("M09.2a", "At a tie of max the gradient is lost."),
        "double tie": ("M09.2b", "At a tie of max the gradient is counted twice."),
        "one tie": ("tie", ONE_SIDE),
        "kink": ("kink", "At 0 your relu has the slope 1. The task sets it to 0 there."),
    }

    def tanh_with(slope: Callable[[float, float], float]) -> Rule:
        return lambda a: (math.tanh(a), (slope(a, math.tanh(a)),))

    classes: list[tuple[str, type]] = [
        (
            "times",
            engine(rules={op: lambda a, b: (a * b, (a, b)) for op in ("*", "r*")}),
        ),
        ("minus", one_rule("-", lambda a, b: (a - b, (1.0, 1.0)))),
        *(
            ("divide", one_rule("/", rule))
            for rule in (
                lambda a, b: (a / b, (1 / b, a / b**2)),
                lambda a, b: (a / b, (1 / b, -1 / b**2)),
                lambda a, b: (a / b, (1 / b, -a / b)),
            )
        ),
        ("turned", one_rule("r-", RULES["-"])),
        ("turned", one_rule("r/", RULES["/"])),
        ("turned", engine(rules={"r-": RULES["-"], "r/": RULES["/"]})),
        ("left", one_rule("r-", lambda a, b: (b - a, (1.0, 1.0)))),
        ("left", one_rule("r/", lambda a, b: (b / a, (b / a**2, 1.0)))),
        ("left", one_rule("r/", lambda a, b: (b / a, (-1 / a**2, 1.0)))),
        ("lost", lost("r-")),
        ("lost", lost("r/")),
        ("lost", lost("r+", "r-", "r*", "r/")),
        *(
            ("power", one_rule("**", rule))
            for rule in (
                lambda a, k: (a**k, (k * a**k,)),
                lambda a, k: (a**k, (a ** (k - 1),)),
                lambda a, k: (a**k, ((k - 1) * a ** (k - 1),)),
                lambda a, k: (a**k, (k,)),
            )
        ),
        ("exp", one_rule("exp", lambda a: (math.exp(a), (a,)))),
        ("exp", one_rule("exp", lambda a: (math.exp(a), (1.0,)))),
        ("exp", one_rule("exp", lambda a: (math.exp(a), (a * math.exp(a - 1),)))),
        *(
            ("tanh", one_rule("tanh", tanh_with(slope)))
            for slope in (
                lambda a, t: 1 - t,
                lambda a, t: 1 - a**2,
                lambda a, t: t * (1 - t),
                lambda a, t: t,
            )
        ),
        ("relu", one_rule("relu", lambda a: (max(a, 0.0), (1.0,)))),
        ("relu", one_rule("relu", lambda a: (max(a, 0.0), (max(a, 0.0),)))),
        ("loser", one_rule("max", lambda a, b: (max(a, b), max_backward(b, a, 1.0)))),
        ("both", one_rule("max", lambda a, b: (max(a, b), (1.0, 1.0)))),
        ("winner", one_rule("max", lambda a, b: (max(a, b), (a * (a > b), b * (b > a))))),
        ("lost tie", one_rule("max", tie_rule(0, 0), deep=True)),
        ("double tie", one_rule("max", tie_rule(1, 1), deep=True)),
        ("one tie", one_rule("max", tie_rule(1, 0), deep=True)),
        ("kink", one_rule("relu", lambda a: (max(a, 0.0), (float(a >= 0),)), deep=True)),
    ]
    for name, wrong in classes:
        yield Mistake(code=said[name][0], variant=wrong, message=said[name][1])


EXERCISE = Exercise(
    id="X09.2",
    function="Value",
    points=9,
    reference=Reference,
    inputs=value_inputs,
    outputs=PARTS,
    pack="dict",
    driver=VALUE_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#The-machine",
    mistakes=(
        *_operation_mistakes(),
        *(
            Mistake(
                code="M09.4a",
                variant=engine(order=partial(depth_first, post=False, right=right)),
                message="Nodes are served in the order in which a search first meets them, "
                "and some hand on a gradient that is not complete. Wait until all users "
                "of a node have reported.",
                lecture=f"{LECTURE}#Why-the-order-matters",
            )
            for right in (False, True)
        ),
        Mistake(
            code="M09.4b",
            variant=engine(order=topo_sort),
            message="Your backward pass begins at the inputs, where nothing has arrived "
            "yet. Begin at the result: go through the order in reverse.",
            lecture=f"{LECTURE}#Why-the-order-matters",
        ),
        *(
            Mistake(
                code="M09.4c",
                variant=wrong,
                message="A node with several users hands its gradient on several times, so "
                "parts of it count twice. Each node gets its turn once.",
                lecture=f"{LECTURE}#What-it-costs",
            )
            for wrong in (
                *(
                    engine(
                        order=turned(
                            partial(depth_first, post=True, seen=False, right=right)
                        )
                    )
                    for right in (False, True)
                ),
                recursing(push_first=True),
                recursing(push_first=False),
            )
        ),
        *(
            Mistake(
                code="M09.4d",
                variant=engine(order=order),
                message="Nodes are served level by level. Where roads differ in length, a "
                "node gets its turn before the longer road has brought its share.",
                lecture=f"{LECTURE}#Why-the-order-matters",
            )
            for order in LEVEL_ORDERS
        ),
        Mistake(
            code="M09.4e",
            variant=engine(start=0.0),
            message="All gradients stay 0: nobody has told the result that df/df is 1.",
        ),
        *(
            Mistake(
                code="M09.4f",
                variant=wrong,
                message="After zero_grad() some gradients are still there, and the next "
                "backward adds to them. Clear the node and everything it was made from.",
            )
            for wrong in (
                engine(zeroed=lambda node: ()),
                engine(zeroed=lambda node: (), apart=True),
                engine(zeroed=lambda node: (node,)),
                engine(zeroed=lambda node: [n for n in topo_sort(node) if not n.parents]),
            )
        ),
        Mistake(
            code="M09.4g",
            variant=engine(push=assign),
            message="A gradient that arrives replaces what was there. It has to be added: "
            "a node may have several users, and several results.",
        ),
        Mistake(
            code="M09.1b",
            variant=engine(push=local_only),
            message="Only local gradients are passed on. Multiply them by the gradient "
            "that has arrived at the node.",
            lecture=f"{LECTURE}#One-node-at-a-time",
        ),
        Mistake(
            code="X09.2j",
            variant=engine(before=topo_sort),
            message="backward() wipes out the gradients that were there. It adds to them; "
            "clearing is the job of zero_grad().",
        ),
        *(
            Mistake(
                code="recursion",
                variant=wrong,
                message="Right on small graphs, but a deep one ends in a RecursionError: "
                "Python stops after about 1000 calls inside each other. Use a loop with "
                "a list of open nodes.",
                lecture=f"{LECTURE}#Why-the-order-matters",
            )
            for wrong in (
                engine(order=turned(by_recursion), deep=True),
                engine(zeroed=by_recursion, deep=True),
            )
        ),
        Mistake(
            code="stops",
            detect=_is_part_error,
            message="These parts stop with an error: an operation or method is missing, "
            "still blank, or fails. The visible checks show which; the other parts are "
            "right.",
        ),
    ),
)

EQUIVALENTS = {
    "return self * -1 → return self / -1": "-1 is its own inverse",
    "larger = max(self.data, other.data) → larger = max(other.data, self.data)": "max is symmetric",
    "return Value(max(self.data, 0.0), [self], [self.data > 0]) → return Value(max(0.0, self.data), [self], [self.data > 0])": "max is symmetric",
}
