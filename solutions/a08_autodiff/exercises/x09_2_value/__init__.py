"""X09.2 `Value`."""

from __future__ import annotations

from functools import partial

from grader.kernel.inside.codec import Opaque
from grader.model import Evidence, Exercise, Mistake, Part

from ...._graphs import LEVEL_ORDERS, depth_first, topo_sort, turned, wrong_parts
from .._shared import LECTURE
from .cases import DEEP, KINK, PARTS, TIE, VALUE_DRIVER, value_inputs
from .flawed import assign, by_recursion, engine, local_only, recursing
from .operations import OPERATION_MISTAKES
from .reference import Reference
from .right_ways import RIGHT_WAYS
from .witness import witness_torch
from .wrong_ways import WRONG_WAYS

__all__ = ["EQUIVALENTS", "EXERCISE", "RIGHT_WAYS", "WRONG_WAYS", "witness_torch"]


def _is_part_error(evidence: Evidence) -> bool:
    """Whether every wrong part of the main case ended in an exception."""
    wrong = wrong_parts(evidence, PARTS)
    return bool(wrong) and all(isinstance(value, Opaque) for value in wrong.values())


WEIGHTS = {
    **dict.fromkeys(("plus_times", "minus_divide", "numbers", "power"), 0.5),
    **dict.fromkeys(("exp", "tanh", "relu", "max"), 0.25),
    **{"parents": 0.5, "branches": 1.0, "roads": 2.0, "accumulate": 1.0, "zero_grad": 0.5},
}
"""Order and accumulation are what an engine is about, and are worth most."""

EXERCISE = Exercise(
    id="X09.2",
    function="Value",
    points=9,
    reference=Reference,
    inputs=value_inputs,
    outputs=PARTS,
    parts=(
        *(Part(name=p, weight=WEIGHTS[p], output=p) for p in PARTS),
        *(
            Part(name=e, weight=w, edge=e)
            for e, w in ((KINK, 0.25), (TIE, 0.25), (DEEP, 0.5))
        ),
    ),
    pack="dict",
    driver=VALUE_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#The-machine",
    mistakes=(
        *OPERATION_MISTAKES,
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
                engine(zeroed=lambda node: (node, *node.parents)),
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
