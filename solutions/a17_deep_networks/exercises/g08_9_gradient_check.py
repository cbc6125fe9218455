"""G08.9 `gradient_check`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from grader.model import Accepted, Case, Exercise, Mistake, Part, Tolerance
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import WITNESSES, Array, Rng

KEPT = "theta holds the same numbers afterwards"
LARGE = "right gradients pass, however large they are"
DEAD = "where a and n are both 0, as for a dead unit, the error is 0"
NEAR = "with a kink nearby and a smaller h, right gradients pass"
NAN = "a gradient that is nan has the error inf"
"""Requirements of the task."""

SINGLE, SEVERAL = "one wrong entry", "several wrong entries"
FLOOR = 1e-5
Numbers = dict[str, Array]
Loss = Callable[[Mapping[str, Array]], float]

# A right gradient passes if its error is below 1e-6: the rest is rounding, and so is its place.
NETWORK = '''
def drive(f, theta, grads, X, Y, act, h):
    """Call f with the loss of a network; what passes has no place."""
    import numpy as np

    def J(theta):
        A, last = X, len(theta) // 2
        for l in range(1, last + 1):
            Z = A @ np.asarray(theta[f"W{l}"]).T + np.asarray(theta[f"b{l}"])
            A = Z if l == last else np.tanh(Z) if act == "tanh" else np.maximum(Z, 0)
        return 0.5 * np.sum((A - Y) ** 2) / len(Y)

    found = f(J, theta, grads, h)
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        return found
    error, name, place = found
    try:
        error = float(np.asarray(error).item())
        if 0 <= error < 1e-6:
            return 0.0, "", []
    except (TypeError, ValueError):
        pass
    name = str(name) if isinstance(name, (np.str_, np.ndarray)) else name
    try:
        place = [int(i) for i in np.ravel(np.array(place, dtype=float))]
    except (TypeError, ValueError):
        pass
    return error, name, place
'''


def loss(theta: Mapping[str, Array], X: Array, Y: Array, act: str) -> float:
    """Return the loss that the driver makes, example by example."""
    total = 0.0
    for x, y in zip(X, Y, strict=True):
        for layer in range(1, len(theta) // 2 + 1):
            z = theta[f"W{layer}"] @ x + theta[f"b{layer}"]
            x = np.tanh(z) if act == "tanh" else np.maximum(z, 0)
        total += float(((z - y) ** 2).sum()) / 2
    return total / len(X)


def slopes(
    theta: Numbers, X: Array, Y: Array, act: str, flaw: str = ""
) -> tuple[Numbers, list[Array]]:
    """Return the gradients of the loss, or those of a wrong program, and all z.

    Args:
        theta: `W1`, `b1`, … of layers of any widths.
        X: `(N, d)` float.
        Y: `(N, d_L)` float.
        act: "tanh" or "relu".
        flaw: what is wrong with the program; empty: nothing.
    """
    last = len(theta) // 2
    A, Z = [X], [X]
    for layer in range(1, last + 1):
        Z.append(A[-1] @ theta[f"W{layer}"].T + theta[f"b{layer}"])
        A.append(np.tanh(Z[-1]) if act == "tanh" else np.maximum(Z[-1], 0))
    delta = (Z[-1] - Y) / len(X)
    grads: Numbers = {}
    for layer in range(last, 0, -1):
        grads[f"W{layer}"] = delta.T @ (Z if flaw == "of z" else A)[layer - 1]
        grads[f"b{layer}"] = delta.sum(axis=0)
        W = theta[f"W{layer}"]
        turned = flaw == "transposed" and len(W) == len(W.T)
        at = layer if flaw == "next slope" and layer < last else layer - 1
        slope = 1 - A[at] ** 2 if act == "tanh" else 1.0 * (Z[at] > 0)
        if layer > 1:
            delta = (delta @ (W.T if turned else W)) * (1.0 if flaw == "bare" else slope)
    return {name: grads[name] for name in theta}, Z[1:]


def check_inputs(rng: Rng) -> list[Case]:
    """Gradients with single wrong entries, and of wrong programs; right ones at the edge."""

    def network(
        n: int, sizes: Sequence[int], act: str, size: float = 1.0, floor: float = 0.01
    ) -> Any:
        """No entry of a gradient is small, and no z near a kink."""
        for _ in range(2000):
            theta = {}
            for layer, (source, to) in enumerate(pairwise(sizes), start=1):
                theta[f"W{layer}"] = rng.normal(0, 0.8, (to, source))
                theta[f"b{layer}"] = rng.uniform(0.1, 0.6, to)
            X = rng.normal(0.3, 1, (n, sizes[0]))
            Y = size * rng.normal(0, 2, (n, sizes[-1]))
            right, Z = slopes(theta, X, Y, act)
            least = min(float(np.abs(g).min()) for g in right.values())
            clear = act == "tanh" or min(float(np.abs(z).min()) for z in Z[:-1]) > 0.02
            if least > floor * size and clear:
                break
        return theta, right, X, Y

    def case(
        name: str,
        net: Any,
        grads: Numbers,
        act: str,
        h: float = 1e-4,
        **more: Any,
    ) -> Case:
        theta, _, X, Y = net
        return Case(name=name, args=(theta, grads, X, Y, act, h), **more)

    def changed(net: Any, *changes: tuple[str, float]) -> Numbers:
        """Some entry of each of these arrays is multiplied."""
        grads = {name: g.copy() for name, g in net[1].items()}
        for name, by in changes:
            grads[name].flat[int(rng.integers(grads[name].size))] *= by
        return grads

    def single(number: str, net: Any, act: str, name: str, by: float, **more: Any) -> Case:
        return case(number, net, changed(net, (name, by)), act, group=SINGLE, **more)

    def several(number: str, net: Any, *changes: tuple[str, float]) -> Case:
        return case(number, net, changed(net, *changes), "tanh", group=SEVERAL)

    def program(flaw: str, n: int, sizes: Sequence[int], act: str, **more: Any) -> Case:
        net = network(n, sizes, act)
        theta, _, X, Y = net
        wrong, _ = slopes(theta, X, Y, act, flaw)
        return case(flaw, net, wrong, act, group=SEVERAL, **more)

    first = network(3, (2, 3, 2), "tanh")
    second = network(4, (3, 4, 2, 1), "tanh")
    third = network(3, (2, 2, 2), "relu")
    fourth = network(2, (3, 2, 3), "tanh")
    fifth = network(3, (2, 3, 4), "tanh")
    # The largest distance is not the largest error.
    far = {name: g.copy() for name, g in first[1].items()}
    places = [(name, at) for name, g in far.items() for at in np.ndindex(g.shape)]
    places.sort(key=lambda place: abs(far[place[0]][place[1]]))
    (low, low_at), (high, high_at) = places[1], places[-1]
    far[low][low_at] *= 1.3
    far[high][high_at] *= 0.85
    # A small entry where the slope is 0 weighs little: the floor.
    dead = {name: p.copy() for name, p in fifth[0].items()}
    dead["W2"][:, 1] = 0.0
    of_dead, _ = slopes(dead, fifth[2], fifth[3], "tanh")
    quiet = {name: g.copy() for name, g in of_dead.items()}
    quiet["b1"][1] = 2e-6
    quiet["b2"][2] *= 1.1
    off = {name: p.copy() for name, p in third[0].items()}
    off["b1"][1] = -30.0
    of_off, _ = slopes(off, third[2], third[3], "relu")
    large = network(4, (3, 2), "tanh", 1e4, 0.1)
    for _ in range(500):
        near = network(3, (2, 3, 1), "relu")
        at_kink = {name: p.copy() for name, p in near[0].items()}
        z = near[2] @ at_kink["W1"].T + at_kink["b1"]
        at_kink["b1"][1] += 5e-6 - z[0, 1]  # the other side is 5e-6 away
        of_kink, Z = slopes(at_kink, near[2], near[3], "relu")
        others = np.delete(Z[0].ravel(), 1)
        least = min(float(np.abs(g).min()) for g in of_kink.values())
        if least > 0.01 and float(np.abs(others).min()) > 0.02:
            break
    holes = changed(fourth, ("W1", 1.4))
    holes["W2"][2, 1] = np.nan

    def edge(
        name: str, theta: Numbers, net: Any, grads: Numbers, act: str, **more: Any
    ) -> Any:
        return case(name, (theta, net[1], *net[2:]), grads, act, role="edge", **more)

    of_floor = (dead, of_dead, *fifth[2:])
    return [
        single("first array", first, "tanh", "W1", 1.3),
        single("last array", second, "tanh", "b3", 0.6),
        single("a middle array", second, "tanh", "W2", 0.7),
        single("a bias", fourth, "tanh", "b1", 1.5),
        single("a sign", third, "relu", "W1", -1.0),
        single("the last weights", fourth, "tanh", "W2", 0.8),
        single("a long step", fourth, "tanh", "W1", 1.6, h=0.05),
        several("two arrays", first, ("W1", 1.3), ("b2", 1.1)),
        several("two others", second, ("W2", 1.2), ("b3", 0.6), ("b1", 1.1)),
        several("signs", fourth, ("W1", -0.5), ("b2", -1.0)),
        several("more signs", first, ("W1", -1.0), ("b2", -0.5)),
        several("too large by far", fourth, ("W2", 40.0), ("W1", 0.2)),
        case("small and wrong", first, far, "tanh", group=SEVERAL),
        case("a floor", of_floor, quiet, "tanh", group=SEVERAL),
        program("transposed", 4, (2, 3, 3, 2), "tanh"),
        program("next slope", 3, (3, 2, 2, 2), "tanh"),
        program("of z", 3, (2, 3, 2), "tanh"),
        program("bare", 4, (2, 3, 1), "tanh"),
        edge("large", large[0], large, large[1], "tanh", requirement=LARGE, h=1e-3),
        edge("dead", off, third, of_off, "relu", requirement=DEAD),
        edge("near", at_kink, near, of_kink, "relu", requirement=NEAR, h=1e-6),
        edge("nan", fourth[0], fourth, holes, "tanh", requirement=NAN),
    ]


def gradient_check(
    J: Loss, theta: Numbers, grads: Numbers, h: float
) -> tuple[float, str, tuple[int, ...]]:
    """Central differences, one number after the other; the largest relative error.

    Args:
        J: of a dict like theta: one number.
        theta: arrays of one or two axes by their names.
        grads: the gradients in question, by the same names.
        h: how far each number moves to either side.
    """
    rows = []
    for name, p in theta.items():
        for at in np.ndindex(p.shape):
            step = np.zeros(p.shape)
            step[at] = h
            n = (J({**theta, name: p + step}) - J({**theta, name: p - step})) / (2 * h)
            a = float(grads[name][at])
            size = max(abs(a), abs(n), FLOOR)
            rows.append((math.inf if math.isnan(a) else abs(a - n) / size, name, at))
    return max(rows, key=lambda row: row[0])


Error = Callable[[float, float], float]


def _relative(a: float, n: float) -> float:
    return math.inf if math.isnan(a) else abs(a - n) / max(abs(a), abs(n), FLOOR)


def _central(J: Loss, theta: Numbers, name: str, at: Any, h: float) -> float:
    def moved(by: float) -> float:
        p = theta[name].copy()
        p[at] += by
        return J({**theta, name: p})

    return (moved(h) - moved(-h)) / (2 * h)


def _forward_difference(J: Loss, theta: Numbers, name: str, at: Any, h: float) -> float:
    p = theta[name].copy()
    p[at] += h
    return (J({**theta, name: p}) - J(theta)) / h


def _check(
    *,
    numeric: Callable[..., float] = _central,
    error: Error = _relative,
    names: Callable[[list[str]], list[str]] = lambda names: names,
    pick: Callable[..., Any] = lambda rows: max(rows, key=lambda row: row[0]),
    ends: Callable[..., Any] = lambda row, theta: row,
) -> Callable[..., Any]:
    """Return a gradient check with something else in one place.

    Args:
        numeric: the slope by one entry.
        error: of a given and a numeric slope.
        names: which arrays are looked at.
        pick: one of the rows (error, name, place).
        ends: what comes back of it.
    """

    def check(J: Loss, theta: Numbers, grads: Numbers, h: float) -> Any:
        rows = [
            (error(float(grads[name][at]), numeric(J, theta, name, at, h)), name, at)
            for name in names(list(theta))
            for at in np.ndindex(theta[name].shape)
        ]
        return ends(pick(rows), theta)

    return check


def _never_back(J: Loss, theta: Numbers, grads: Numbers, h: float) -> Any:
    """What was moved stays moved, within one check."""
    now = {name: p.copy() for name, p in theta.items()}
    rows = []
    for name, p in now.items():
        for at in np.ndindex(p.shape):
            p[at] += h
            above = J(now)
            p[at] -= 2 * h
            rows.append(
                (_relative(float(grads[name][at]), (above - J(now)) / (2 * h)), name, at)
            )
    return max(rows, key=lambda row: row[0])


def _moves_all(J: Loss, theta: Numbers, name: str, at: Any, h: float) -> float:
    p = theta[name]
    return (J({**theta, name: p + h}) - J({**theta, name: p - h})) / (2 * h)


def _by_norms(J: Loss, theta: Numbers, grads: Numbers, h: float) -> Any:
    rows = []
    for name, p in theta.items():
        n = np.array([_central(J, theta, name, at, h) for at in np.ndindex(p.shape)])
        a = grads[name].ravel()
        size = max(float(np.linalg.norm(a)), float(np.linalg.norm(n)), FLOOR)
        each = [_relative(*pair) for pair in zip(a, n, strict=True)]
        at = np.unravel_index(int(np.argmax(each)), p.shape)
        total = float(np.linalg.norm(a - n)) / size
        rows.append((math.inf if math.isnan(total) else total, name, at))
    return max(rows, key=lambda row: row[0])


def _largest_distance(J: Loss, theta: Numbers, grads: Numbers, h: float) -> Any:
    rows = [
        (abs(float(grads[name][at]) - n), _relative(float(grads[name][at]), n), name, at)
        for name, p in theta.items()
        for at in np.ndindex(p.shape)
        for n in [_central(J, theta, name, at, h)]
    ]
    return max(rows, key=lambda row: math.inf if math.isnan(row[0]) else row[0])[1:]


def _mean(rows: list[Any]) -> Any:
    worst = max(rows, key=lambda row: row[0])
    return (sum(row[0] for row in rows) / len(rows), *worst[1:])


def _of_each_array_last(rows: list[Any]) -> Any:
    return max((row for row in rows if row[1] == rows[-1][1]), key=lambda row: row[0])


def _last_place(rows: list[Any]) -> Any:
    return (max(row[0] for row in rows), *rows[-1][1:])


def _flat(row: Any, theta: Numbers) -> Any:
    error, name, at = row
    return error, name, (int(np.ravel_multi_index(at, theta[name].shape)),)


def _fixed(h: float) -> Callable[..., float]:
    return lambda J, theta, name, at, _: _central(J, theta, name, at, h)


def _by_the_sum(size: Callable[[float], float], a: float, n: float) -> float:
    return abs(a - n) / size(abs(a) + abs(n))


def _with_nan(error: Error) -> Error:
    """The same, with what the task says of nan."""
    return lambda a, n: math.inf if math.isnan(a) else error(a, n)


EXERCISE = Exercise(
    id="G08.9",
    function="gradient_check",
    points=6,
    reference=gradient_check,
    inputs=check_inputs,
    outputs=("error", "name", "place"),
    pack="tuple",
    driver=NETWORK,
    tolerance=Tolerance(relative=2e-6, of_scale=0.0),
    unchanged=KEPT,
    parts=(
        *(
            Part(name=f"{name}, {group}", weight=share, output=output, group=group)
            for group in (SINGLE, SEVERAL)
            for output, name, share in (
                ("error", "the largest error", 1),
                ("name", "name of the array", 0.65),
                ("place", "place in it", 0.6),
            )
        ),
        *(
            Part(name=edge, weight=0.3, edge=edge)
            for edge in (LARGE, DEAD, NEAR, NAN, KEPT)
        ),
    ),
    lecture=WITNESSES,
    accepted=(
        Accepted(
            code="X08.9z",
            function=_check(
                error=_with_nan(lambda a, n: abs(a - n) / (max(abs(a), abs(n)) + FLOOR))
            ),
            message="Accepted: you add 1e-5 to the larger size. The task takes the largest "
            "of three, which leaves errors of large entries as they are.",
        ),
    ),
    mistakes=(
        Mistake(
            code="X08.9a",
            variant=_check(numeric=_forward_difference),
            message="The numeric slope looks to one side only. Take the central difference, "
            "J(theta + h) - J(theta - h) over 2 h: its own error is far smaller.",
        ),
        Mistake(
            code="X08.9b",
            variant=_check(numeric=lambda *args: 2 * _central(*args)),
            message="The difference of two losses is divided by h. They lie 2 h apart.",
        ),
        Mistake(
            code="X08.9b",
            variant=_check(numeric=lambda *args: _central(*args) / 2),
            message="The numeric slope is half of what it should be: divide by 2 h once.",
        ),
        Mistake(
            code="X08.9b",
            variant=_check(numeric=lambda *args: -_central(*args)),
            message="The numeric slope has the wrong sign: J(theta + h) comes first.",
        ),
        Mistake(
            code="X08.9b",
            variant=_check(numeric=lambda *args: 2 * args[-1] * _central(*args)),
            message="The difference of two losses is not divided by 2 h.",
        ),
        Mistake(
            code="X08.9b",
            variant=_check(numeric=lambda *args: args[-1] ** 2 * _central(*args)),
            message="... / 2 * h divides by 2 and multiplies by h: write brackets, "
            "... / (2 * h).",
        ),
        Mistake(
            code="X08.9r",
            variant=_check(numeric=lambda *args: 0.0),
            message="All numeric slopes are 0: J gets the same numbers twice. Two names for "
            "one array are one array, and a copied dict holds the same arrays: copy the "
            "array itself, and give J a dict that holds the moved one.",
            lists_causes=True,
        ),
        Mistake(
            code="X08.9c",
            variant=_check(error=_with_nan(lambda a, n: abs(a - n))),
            message="The error is the plain distance. Divide it by the largest of |a|, |n| "
            "and 1e-5, entry by entry.",
        ),
        Mistake(
            code="X08.9c",
            variant=_largest_distance,
            message="The entry was chosen by its distance. Choose it by its relative error: "
            "a small entry may be quite wrong.",
        ),
        Mistake(
            code="X08.9d",
            variant=_check(
                error=_with_nan(lambda a, n: abs(a - n) / max(abs(a) + abs(n), FLOOR))
            ),
            message="You divide by |a| + |n|, another custom. This task divides by the "
            "largest of |a|, |n| and 1e-5.",
        ),
        *(
            Mistake(
                code="X08.9d",
                variant=_check(error=_with_nan(partial(_by_the_sum, size))),
                message="You divide by |a| + |n|, another custom. This task divides by the "
                "largest of |a|, |n| and 1e-5.",
            )
            for size in (
                lambda total: total + FLOOR,
                lambda total: max(total, 1e-8),
            )
        ),
        Mistake(
            code="X08.9d",
            variant=_check(error=_with_nan(lambda a, n: abs(a - n) / max(abs(n), FLOOR))),
            message="You divide by the size of the numeric slope. Divide by the largest of "
            "|a|, |n| and 1e-5.",
        ),
        Mistake(
            code="X08.9d",
            variant=_check(error=_with_nan(lambda a, n: abs(a - n) / max(abs(a), FLOOR))),
            message="You divide by the size of the given slope. Divide by the largest of "
            "|a|, |n| and 1e-5.",
        ),
        Mistake(
            code="X08.9d",
            variant=_check(
                error=_with_nan(lambda a, n: abs(a - n) / max(min(abs(a), abs(n)), FLOOR))
            ),
            message="You divide by the smaller of |a| and |n|. Divide by the largest of |a|, "
            "|n| and 1e-5.",
        ),
        Mistake(
            code="X08.9e",
            variant=_check(
                error=_with_nan(lambda a, n: abs(a - n) / max(abs(a), abs(n), 1e-300))
            ),
            message="The 1e-5 is missing: where the slope is 0, a millionth would count as "
            "an error of 100 %. Divide by the largest of |a|, |n| and 1e-5.",
        ),
        Mistake(
            code="X08.9e",
            variant=_check(
                error=_with_nan(lambda a, n: abs(a - n) / (max(abs(a), abs(n)) + 1e-12))
            ),
            message="The smallest size to divide by is not 1e-5. Divide by the largest of "
            "|a|, |n| and 1e-5.",
        ),
        Mistake(
            code="X08.9f",
            variant=_check(
                error=_with_nan(lambda a, n: (a - n) / max(abs(a), abs(n), FLOOR))
            ),
            message="The absolute value is missing on top, so gradients that are too small "
            "go unnoticed.",
        ),
        Mistake(
            code="X08.9g",
            variant=_check(
                error=_with_nan(
                    lambda a, n: abs(abs(a) - abs(n)) / max(abs(a), abs(n), FLOOR)
                )
            ),
            message="Only the sizes are compared. A gradient with the wrong sign passes: "
            "take |a - n|.",
        ),
        Mistake(
            code="X08.9h",
            variant=_by_norms,
            message="The error is that of a whole array, with norms. Take it entry by entry: "
            "one wrong entry drowns in a long array.",
        ),
        Mistake(
            code="X08.9h",
            variant=_check(pick=_mean),
            message="The error is a mean over the entries. Return the largest.",
        ),
        Mistake(
            code="X08.9i",
            variant=_check(pick=lambda rows: rows[-1]),
            message="This is the error of the last entry. Keep the largest of all.",
        ),
        Mistake(
            code="X08.9i",
            variant=_check(pick=lambda rows: rows[0]),
            message="Only the first entry is looked at. See whether the 'return' is inside "
            "the loop.",
        ),
        Mistake(
            code="X08.9j",
            variant=_check(names=lambda names: names[:1]),
            message="Only the first array is looked at. See whether the 'return' is inside "
            "the loop.",
        ),
        Mistake(
            code="X08.9j",
            variant=_check(pick=_of_each_array_last),
            message="The largest error of the last array comes back. Keep the largest of all "
            "arrays: do not begin anew with each.",
        ),
        Mistake(
            code="X08.9j",
            variant=_check(names=lambda names: [n for n in names if n[0] == "W"]),
            message="Only arrays with two axes are looked at. The biases count, too.",
        ),
        Mistake(
            code="X08.9k",
            variant=_check(pick=_last_place),
            message="The error is the largest, but name and place are those of the last "
            "entry. Keep them together with it.",
        ),
        Mistake(
            code="X08.9l",
            variant=_check(ends=_flat),
            message="The place is counted along the whole array. Return the index, row and "
            "column for a matrix.",
        ),
        Mistake(
            code="X08.9l",
            variant=_check(ends=lambda row, theta: (*row[:2], row[2][::-1])),
            message="Row and column of the place are exchanged.",
        ),
        Mistake(
            code="X08.9l",
            variant=_check(
                ends=lambda row, theta: (*row[:2], tuple(i + 1 for i in row[2]))
            ),
            message="The place counts from 1. Python counts from 0.",
        ),
        Mistake(
            code="X08.9m",
            variant=_never_back,
            message="An entry stays where the last look left it, while the others are "
            "looked at. Put it back before you go on.",
        ),
        Mistake(
            code="X08.9m",
            variant=_check(numeric=_moves_all),
            message="All entries of an array move together. Move one at a time.",
        ),
        Mistake(
            code="X08.9n",
            variant=_check(numeric=_fixed(1e-4)),
            message="h is 1e-4, whatever is asked for. Use the argument h.",
        ),
        Mistake(
            code="X08.9n",
            variant=_check(numeric=_fixed(1e-5)),
            message="h is 1e-5, whatever is asked for. Use the argument h.",
        ),
        Mistake(
            code="X08.9o",
            variant=_check(ends=lambda row, theta: (row[0], row[2], row[1])),
            message="Name and place are exchanged: return (error, name, place).",
        ),
        Mistake(
            code="X08.9o",
            variant=_check(ends=lambda row, theta: (row[1], row[2], row[0])),
            message="The error comes last. Return (error, name, place).",
        ),
        Mistake(
            code="X08.9p",
            variant=_check(
                error=lambda a, n: (
                    0.0 if math.isnan(a) else abs(a - n) / max(abs(a), abs(n), FLOOR)
                )
            ),
            message="A gradient that is nan passes: every comparison with nan is False. Ask "
            "np.isnan first.",
        ),
        Mistake(
            code="X08.9q",
            variant=_check(ends=lambda row, theta: (100 * row[0], *row[1:])),
            message="The error is in percent. Return the share itself.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def check_in_place(J, theta, grads, h):
    worst = (-1.0, None, None)
    for name in theta:
        p = theta[name]
        it = np.nditer(p, flags=["multi_index"])
        while not it.finished:
            at = it.multi_index
            old = p[at]
            p[at] = old + h
            above = J(theta)
            p[at] = old - h
            below = J(theta)
            p[at] = old
            a, n = grads[name][at], (above - below) / (2 * h)
            error = np.inf if np.isnan(a) else abs(a - n) / max(abs(a), abs(n), 1e-5)
            if error > worst[0]:
                worst = (error, name, at)
            it.iternext()
    return worst


def check_with_arrays(J, theta, grads, h):
    errors = {}
    for name, p in theta.items():
        n = np.empty_like(p)
        for k in range(p.size):
            values = []
            for sign in (1, -1):
                q = p.flatten()
                q[k] += sign * h
                values.append(J(theta | {name: q.reshape(p.shape)}))
            n.flat[k] = (values[0] - values[1]) / 2 / h
        a = grads[name]
        size = np.maximum(np.maximum(np.abs(a), np.abs(n)), 1e-5)
        errors[name] = np.nan_to_num(np.abs(a - n) / size, nan=np.inf)
    name = max(errors, key=lambda name: errors[name].max())
    at = np.unravel_index(errors[name].argmax(), errors[name].shape)
    return [errors[name].max(), name, np.array(at)]


def check_on_copies(J, theta, grads, h):
    import copy

    found = []
    for name, p in theta.items():
        for at, _ in np.ndenumerate(p):
            up, down = copy.deepcopy(theta), copy.deepcopy(theta)
            up[name][at] += h
            down[name][at] -= h
            a, n = grads[name][at], (J(up) - J(down)) / (2 * h)
            error = abs(a - n) / max(1e-5, abs(a), abs(n))
            found.append((error if error == error else float("inf"), name, list(at)))
    found.sort(key=lambda row: row[0])
    return found[-1]


RIGHT_WAYS = [check_in_place, check_with_arrays, check_on_copies]


EQUIVALENTS = {
    "worst = (-1.0, '', ()) → worst = (-2.0, '', ())": "no error is negative",
    "if error > worst[0]: → if error >= worst[0]:": "of equal errors any may be named",
    "error = abs(a - n) / max(abs(a), abs(n), 1e-05) → error = abs(n - a) / max(abs(a), abs(n), 1e-05)": "a distance has no sign",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_exact_slopes() -> None:
    """Errors by PyTorch's gradients in the place of numeric ones."""
    import torch

    for (theta, grads, X, Y, act, h), (error, name, place) in expected(EXERCISE):

        def J(*arrays, X=X, Y=Y, act=act):
            A = torch.tensor(X)
            for W, b in zip(arrays[::2], arrays[1::2], strict=True):
                Z = A @ W.T + b
                A = getattr(torch, act)(Z)
            return 0.5 * ((Z - torch.tensor(Y)) ** 2).sum() / len(X)

        rows = []
        for key, exact in zip(theta, autograd(J, *theta.values()), strict=True):
            for at in np.ndindex(exact.shape):
                rows.append(
                    (_relative(float(grads[key][at]), float(exact[at])), key, list(at))
                )
        rows.sort(key=lambda row: row[0])
        if error == 0:
            assert rows[-1][0] < 1e-9
            continue
        np.testing.assert_allclose(error, rows[-1][0], rtol=1e-5 if h < 0.01 else 0.1)
        assert (name, place) == tuple(rows[-1][1:])
        assert rows[-2][0] < 0.999 * rows[-1][0], "the place is no matter of rounding"


def witness_loss() -> None:
    """The driver's loss, seen through a check of its own gradients."""
    for (theta, _, X, Y, act, h), _ in expected(EXERCISE):
        right, _ = slopes(theta, X, Y, act)
        mine = gradient_check(partial(loss, X=X, Y=Y, act=act), theta, right, h)
        assert mine[0] < (1e-6 if h < 0.01 else 0.1)
