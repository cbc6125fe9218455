"""What several exercises of a16_linear_classifiers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Mistake, Part

from ..._losses import LECTURE, Array, Rng, mistakes

SVM = f"{LECTURE}#9.-SVM-against-softmax-on-one-example-(9-minutes,-core)"
STABLE = f"{LECTURE}#The-loss-of-a-data-set"
TRAINING = f"{LECTURE}#7.-Downhill,-and-no-bottom-(12-minutes,-core)"
CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}

ALONE = "one example, N = 1"
CORNER = "slope 0 where a term is exactly at its corner"
PLAIN, PRICED = "reg = 0", "reg above 0"
"""Requirements and groups of the tasks."""


def margin_inputs(rng: Rng) -> list[Case]:
    """Both labels: beyond the margin, inside it, and on the wrong side."""

    def case(n: int, name: str, **more: Any) -> Case:
        margins = np.concatenate([[1.7, 0.4, -0.8, 0.6, -1.3, 2.1], rng.normal(size=n)])[:n]
        y = rng.permutation(np.where(np.arange(n) % 2, 1.0, -1.0))
        spread = rng.uniform(0.9, 1.1, n)
        return Case(name=name, args=(y * margins * spread, y), batch=n, **more)

    return [
        case(6, "6 examples"),
        case(8, "8 examples"),
        case(1, "one", role="edge", requirement="one example, N = 1"),
    ]


# --- the hinge loss for several classes -----------------------------------------------


def hinge_inputs(rng: Rng) -> list[Case]:
    """Terms on both sides of the corner, and exactly there; with and without a price."""

    def case(n: int, d: int, c: int, reg: float, **more: Any) -> Case:
        X, y, W = _with_all_kinds(rng, n, d, c)
        name = f"N = {n}, D = {d}, C = {c}, reg = {reg:g}"
        group = PRICED if reg else PLAIN
        return Case(name=name, args=(X, y, W, reg), batch=n, group=group, **more)

    order = rng.permutation(3)
    W = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 3.0]])[order]
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    y = np.argsort(order)[[0, 1, 0, 2]]
    return [
        case(5, 4, 3, 0.0),
        case(6, 2, 4, 0.0),
        case(4, 4, 4, 0.0),
        case(7, 3, 2, 0.0),
        case(5, 3, 4, round(float(rng.uniform(0.2, 0.4)), 3)),
        case(4, 2, 3, round(float(rng.uniform(0.6, 0.9)), 3)),
        Case(name="corner", args=(X, y, W, 0.0), batch=4, role="edge", requirement=CORNER),
        case(1, 4, 3, 0.0, role="edge", requirement=ALONE),
    ]


def _with_all_kinds(rng: Rng, n: int, d: int, c: int) -> tuple[Array, Array, Array]:
    """Return inputs with wrong answers, narrow ones and wide ones, all off the corner."""
    while True:
        X, W = rng.normal(0, 1, (n, d)), rng.normal(0, 0.8, (c, d))
        y = rng.permutation(np.concatenate([[0, 0, c - 1], rng.integers(0, c, n)])[:n])
        Z = X @ W.T
        rows = np.arange(n)
        terms = Z - Z[rows, y][:, None] + 1
        others = terms[np.arange(c) != y[:, None]]
        counts = ((terms > 0).sum(axis=1) - 1).max()
        kinds = [(others > 1.05).any(), ((others > 0.05) & (others < 0.95)).any()]
        kinds += [(others < -0.05).any(), counts > 1 or c == 2]
        if (all(kinds) or (n == 1 and counts == 2)) and np.abs(others).min() > 0.02:
            return X, y, W


def hinge_loss(X: Array, y: Array, W: Array, reg: float) -> tuple[float, Array]:
    """Return the mean hinge loss of several classes with its price, and the gradient by W.

    Every class that is not at least 1 behind pushes its own row and the true one.
    """
    loss, dW = 0.0, np.zeros(W.shape)
    for x, true in zip(X, y, strict=True):
        z = [float(sum(a * b for a, b in zip(row, x, strict=True))) for row in W]
        for c, score in enumerate(z):
            missing = score - z[true] + 1.0
            if c != true and missing > 0:
                loss += missing / len(y)
                dW[c] += x / len(y)
                dW[true] -= x / len(y)
    for place, w in np.ndenumerate(W):
        loss += reg * float(w) ** 2
        dW[place] += 2 * reg * w
    return loss, dW


def hinge_with(
    *,
    lead: float = 1.0,
    turned: bool = False,
    price: Callable[[Array], Array] = lambda terms: np.maximum(0, terms),
    slope: Callable[[Array], Array] = lambda terms: (terms > 0).astype(float),
    own: float = 0.0,
    total: Callable[[Array], Array] = lambda prices: prices.sum(axis=1),
    true: Callable[[Array], Any] = lambda slopes: slopes.sum(axis=1),
    label: int = 0,
    whole: bool = False,
    of_loss: Callable[[int, int], float] = lambda n, c: 1 / n,
    of_dW: Callable[[int, int], float] = lambda n, c: 1 / n,
    R: Callable[[Array, int], float] = lambda W, n: float((W * W).sum()),
    dR: Callable[[Array, int], Any] = lambda W, n: 2 * W,
    last: Callable[[Array], Array] = lambda dW: dW,
    swapped: bool = False,
) -> Callable[..., Any]:
    """Return the loss and its gradient with something else in one place.

    Args:
        lead: by which the true class shall be ahead.
        turned: whether scores are subtracted the other way round.
        price: of a term.
        slope: of a term.
        own: price of the true class itself.
        total: of the prices, example by example.
        true: what the row of the true class loses, from the slopes of the others.
        label: is added to y.
        whole: whether scores of whole columns are taken for the true ones.
        of_loss, of_dW: factors of both sums, from N and C.
        R, dR: the price of the weights and its slope, from W and N.
        last: what becomes of dW at last.
        swapped: whether the two change places.
    """

    def run(X: Array, y: Array, W: Array, reg: float) -> Any:
        Z = X @ W.T
        n, c = Z.shape
        rows, y = np.arange(n), y + label
        others = np.ones(Z.shape)
        others[rows, y] = 0
        right = Z[:, y[:1]] if whole else Z[rows, y][:, None]
        terms = (right - Z if turned else Z - right) + lead
        loss = (total(price(terms) * others) + own).sum() * of_loss(n, c)
        S = slope(terms) * others
        S[rows, y] -= true(S)
        dW = S.T @ X * of_dW(n, c) * (-1 if turned else 1)
        loss, dW = loss + reg * R(W, n), last(dW + reg * dR(W, n))
        return (dW, loss) if swapped else (loss, dW)

    return run


def _only_true_rows(X: Array, y: Array, W: Array, reg: float) -> Any:
    """The classes that come too near are not pushed away."""
    loss, dW = hinge_loss(X, y, W, reg)[0], 2 * reg * W
    for x, true in zip(X, y, strict=True):
        dW[true] += hinge_loss(x[None], np.array([true]), W, 0.0)[1][true] / len(y)
    return loss, dW


def _one_example_of_a_class(*, by_class: bool) -> Callable[..., Any]:
    """Return what ``dW[y] -= ...`` gives: the last example of each class counts alone.

    Args:
        by_class: whether it stands in a loop over the classes that come too near.
    """

    def run(X: Array, y: Array, W: Array, reg: float) -> Any:
        Z, rows = X @ W.T, np.arange(len(y))
        on = Z - Z[rows, y][:, None] + 1 > 0
        on[rows, y] = False
        dW = on.T.astype(float) @ X
        if by_class:
            for near in on.T:
                dW[y[near]] -= X[near]
        else:
            dW[y] -= on.sum(axis=1)[:, None] * X
        return hinge_loss(X, y, W, reg)[0], dW / len(y) + 2 * reg * W

    return run


def _up_to_the_true_class(X: Array, y: Array, W: Array, reg: float) -> Any:
    """Classes with larger numbers than the true one are left out."""
    loss, dW = reg * (W * W).sum(), 2 * reg * W
    for x, true in zip(X, y, strict=True):
        one, of_W = hinge_loss(x[None], np.array([true]), W[: true + 1], 0.0)
        loss += one / len(y)
        dW[: true + 1] += of_W / len(y)
    return loss, dW


def _divided_again_and_again(X: Array, y: Array, W: Array, reg: float) -> Any:
    loss, dW = 0.0, np.zeros(W.shape)
    for x, true in zip(X, y, strict=True):
        one, of_W = hinge_loss(x[None], np.array([true]), W, 0.0)
        loss, dW = (loss + one) / len(y), (dW + of_W) / len(y)
    return loss + reg * (W * W).sum(), dW + 2 * reg * W


def _loss_of_each(X: Array, y: Array, W: Array, reg: float) -> Any:
    rows = zip(X, y, strict=True)
    losses = [hinge_loss(x[None], np.array([true]), W, reg)[0] for x, true in rows]
    return np.array(losses), hinge_loss(X, y, W, reg)[1]


def hinge_parts() -> tuple[Part, ...]:
    """Return what the three points of a hinge loss fall into."""
    return (
        Part(name="loss with reg = 0", weight=0.75, output="loss", group=PLAIN),
        Part(name="dW with reg = 0", weight=1.1, output="dW", group=PLAIN),
        Part(name="loss with reg above 0", weight=0.25, output="loss", group=PRICED),
        Part(name="dW with reg above 0", weight=0.25, output="dW", group=PRICED),
        Part(name=CORNER, weight=0.35, edge=CORNER),
        Part(name=ALONE, weight=0.15, edge=ALONE),
        Part(name=UNCHANGED, weight=0.15, edge=UNCHANGED),
    )


def hinge_mistakes(exercise: str) -> tuple[Mistake, ...]:
    """Return what goes wrong in the hinge loss of several classes.

    Args:
        exercise: its number, such as ``05.12``.
    """
    squared: dict[str, Any] = dict(price=lambda terms: np.maximum(0, terms) ** 2)
    return mistakes(
        exercise,
        {
            "Xa": (
                hinge_with(own=1.0),
                "The loss is 1 too large for each example: the true class pays max(0, 1). "
                "Leave c = y out of the sum.",
            ),
            "Xa, all": (
                hinge_with(own=1.0, true=lambda S: S.sum(axis=1) - 1),
                "The true class is in the sum, in the loss and in dW. Leave c = y out.",
            ),
            "Xa, both": (
                hinge_with(own=1.0, true=lambda S: S.sum(axis=1) + 1),
                "The true class is counted, too: the loss is 1 too large for each example, "
                "and in dW the row of the true class gets one -x too many. Leave c = y out.",
            ),
            "Xa, dW": (
                hinge_with(true=lambda S: S.sum(axis=1) + 1),
                "In dW the row of the true class gets one -x too many for each example: the "
                "true class is counted, too. Count the others that come too near.",
            ),
            "Xb": (
                hinge_with(true=lambda S: 0),
                "dW has only the rows of the classes that come too near. Each of these "
                "terms contains the score of the true class, too: its row gets -x for each.",
            ),
            "Xb, once": (
                hinge_with(true=lambda S: S.max(axis=1)),
                "The row of the true class gets -x once for each example. It gets -x for "
                "each class that comes too near.",
            ),
            "Xb, always": (
                hinge_with(true=lambda S: np.ones(len(S))),
                "The row of the true class gets -x for each example, whether a class comes "
                "too near or not. It gets -x for each class that does.",
            ),
            "Xb, all": (
                hinge_with(true=lambda S: np.full(len(S), S.shape[1] - 1.0)),
                "The row of the true class gets -x for every other class. It gets it only "
                "for those whose term is above 0.",
            ),
            "Xb, alone": (
                _only_true_rows,
                "dW has only the rows of the true classes. A class that comes too near has "
                "its score in the term, too: its row gets +x.",
            ),
            **{
                f"Xx, {by_class}": (
                    _one_example_of_a_class(by_class=by_class),
                    "Where several examples have the same true class, dW[y] -= ... keeps "
                    "only the last of them. Use np.subtract.at, a loop, or a product with X.",
                )
                for by_class in (False, True)
            },
            "Xc": (
                hinge_with(of_dW=lambda n, c: 1.0),
                "dW lacks the 1/N. The loss is a mean over the examples, and so is its "
                "gradient.",
            ),
            "Xc, loss": (
                hinge_with(of_loss=lambda n, c: 1.0),
                "The loss lacks the 1/N, dW has it: divide the sum over the examples.",
            ),
            "Xc, both": (
                hinge_with(of_loss=lambda n, c: 1.0, of_dW=lambda n, c: 1.0),
                "Both results lack the 1/N: the loss is a mean over the examples.",
            ),
            "Xd": (
                hinge_with(of_loss=lambda n, c: 1 / n / c, of_dW=lambda n, c: 1 / n / c),
                "The mean runs over examples and classes. Add up over the classes, and "
                "divide by the number of examples only.",
            ),
            "Xd, others": (
                hinge_with(
                    of_loss=lambda n, c: 1 / n / (c - 1),
                    of_dW=lambda n, c: 1 / n / (c - 1),
                ),
                "The terms of an example are averaged. Add them up, and divide by the "
                "number of examples only.",
            ),
            "Xd, loss": (
                hinge_with(of_loss=lambda n, c: 1 / n / c),
                "The loss is a mean over examples and classes, dW is not. Add up over the "
                "classes, and divide by the number of examples only.",
            ),
            "Xd, twice": (
                hinge_with(of_dW=lambda n, c: 1 / n / n),
                "dW is divided by N twice. Once is enough.",
            ),
            "Xe": (
                hinge_with(dR=lambda W, n: W),
                "reg times W stands in dW. The loss has reg times the sum of squares, "
                "without 1/2, so the slope is 2 reg W.",
            ),
            "Xe, half": (
                hinge_with(R=lambda W, n: (W * W).sum() / 2, dR=lambda W, n: W),
                "The price of the weights has a factor 1/2, as in the lecture. In this "
                "task it has none: reg times the sum of all squares.",
            ),
            "Xe, loss": (
                hinge_with(R=lambda W, n: (W * W).sum() / 2),
                "The price in the loss has a factor 1/2. Here it is reg times the sum of "
                "all squares.",
            ),
            "Xf": (
                hinge_with(dR=lambda W, n: 0),
                "The price of the weights is missing in dW: add 2 reg W.",
            ),
            "Xf, loss": (
                hinge_with(R=lambda W, n: 0.0),
                "The price of the weights is missing in the loss: add reg times the sum of "
                "all squares.",
            ),
            "Xf, both": (
                hinge_with(R=lambda W, n: 0.0, dR=lambda W, n: 0),
                "reg has no effect: the price of the weights is missing in both results.",
            ),
            "Xg": (
                hinge_with(R=lambda W, n: (W * W).sum() / n, dR=lambda W, n: 2 * W / n),
                "The price of the weights is divided by N. It is there once, not once for "
                "each example: add it after the division.",
            ),
            "Xg, dW": (
                hinge_with(dR=lambda W, n: 2 * W / n),
                "In dW the price of the weights is divided by N. Add it after the division.",
            ),
            "Xg, loss": (
                hinge_with(R=lambda W, n: (W * W).sum() / n),
                "In the loss the price of the weights is divided by N. Add it after the "
                "division.",
            ),
            "Xg, times": (
                hinge_with(R=lambda W, n: n * (W * W).sum(), dR=lambda W, n: 2 * n * W),
                "The price of the weights is added once for each example. It is there "
                "once.",
            ),
            "Xh": (
                hinge_with(R=lambda W, n: (W * W).sum() ** 0.5),
                "The price in the loss is the length of W. Take the sum of the squares, "
                "without the root.",
            ),
            "Xh, plain": (
                hinge_with(R=lambda W, n: W.sum()),
                "The price in the loss adds up the weights themselves. Square them first.",
            ),
            "Xh, sizes": (
                hinge_with(R=lambda W, n: np.abs(W).sum(), dR=lambda W, n: np.sign(W)),
                "The price is that of L1, the sizes of the weights. Here it is the sum of "
                "their squares.",
            ),
            "Xh, mean": (
                hinge_with(R=lambda W, n: (W * W).mean(), dR=lambda W, n: 2 * W / W.size),
                "The price is the mean of the squared weights. It is their sum.",
            ),
            "Xi": (
                hinge_with(slope=lambda terms: np.maximum(0, terms)),
                "The terms themselves stand in dW. A term above 0 has the slope 1, however "
                "large it is.",
            ),
            "Xi, squared": (
                hinge_with(**squared, slope=lambda terms: 2 * np.maximum(0, terms)),
                "The terms are squared. Here max(0, ...) counts as it is.",
            ),
            "Xi, loss": (
                hinge_with(**squared),
                "The terms are squared in the loss. Here max(0, ...) counts as it is.",
            ),
            "Xj": (
                hinge_with(slope=lambda terms: (terms >= 0).astype(float)),
                "Where a term is exactly at its corner, the task takes the slope 0: "
                "compare with > 0, not >= 0.",
            ),
            "Xj, half": (
                hinge_with(slope=lambda terms: np.heaviside(terms, 0.5)),
                "Where a term is exactly at its corner, you take the slope 1/2, as small "
                "steps to both sides do. The task takes the slope 0.",
            ),
            "Xu": (
                _up_to_the_true_class,
                "The classes behind the true one in the row of scores are left out, as with "
                "break in the place of continue.",
            ),
            "Xv": (
                _divided_again_and_again,
                "The division by N stands inside the loop over the examples: the first ones "
                "are divided again and again. Divide once, after the loop.",
            ),
            "Xw": (
                _loss_of_each,
                "The loss still has one number for each example. Return their mean, one "
                "number.",
            ),
            "Xk": (
                hinge_with(lead=0.0),
                "The lead of 1 is missing: a class that is behind by less than 1 pays, too.",
            ),
            "Xk, slope": (
                hinge_with(slope=lambda terms: (terms > 1).astype(float)),
                "dW looks only at classes that are ahead of the true one. A class that is "
                "behind by less than 1 has a slope, too.",
            ),
            "Xk, both": (
                hinge_with(
                    price=lambda terms: np.where(terms > 1, terms, 0),
                    slope=lambda terms: (terms > 1).astype(float),
                ),
                "Only classes that are ahead of the true one pay. One that is behind by "
                "less than 1 pays, too: ask whether the whole term is above 0.",
            ),
            "Xk, other": (
                hinge_with(lead=-1.0),
                "The 1 has the wrong sign: a term is z_c - z_y + 1.",
            ),
            "Xl": (
                hinge_with(turned=True),
                "The difference is turned round: a term is z_c - z_y + 1, with the true "
                "score subtracted.",
            ),
            "Xm": (
                hinge_with(
                    total=lambda prices: prices.max(axis=1),
                    slope=lambda terms: (
                        (terms > 0) & (terms == _largest_other(terms)[:, None])
                    ).astype(float),
                ),
                "Only the class that comes nearest pays. Here all classes that are too "
                "near pay: add up their terms.",
            ),
            "Xm, loss": (
                hinge_with(total=lambda prices: prices.max(axis=1)),
                "In the loss only the class that comes nearest pays. All classes that are "
                "too near pay: add up their terms.",
            ),
            "Xn": (
                hinge_with(price=lambda terms: terms, slope=np.ones_like),
                "max(0, ...) is missing: terms below 0 count as 0, and have no slope.",
            ),
            "Xn, loss": (
                hinge_with(price=lambda terms: terms),
                "max(0, ...) is missing in the loss: terms below 0 count as 0.",
            ),
            "Xn, dW": (
                hinge_with(slope=np.ones_like),
                "dW has a share of every class. Terms below 0 have no slope.",
            ),
            "Xo": (
                hinge_with(last=lambda dW: -dW),
                "dW has the wrong sign: the row of the true class gets -x, the others +x.",
            ),
            "Xo, sum": (
                hinge_with(of_dW=lambda n, c: -1 / n),
                "The signs are turned round in dW: the row of the true class gets -x, the "
                "others +x.",
            ),
            "Xp": (
                hinge_with(last=lambda dW: dW.T),
                "dW is transposed. It has the shape (C, D) of W.",
            ),
            "Xq": (
                hinge_with(label=-1),
                "The labels are shifted by one: they start at 0.",
            ),
            "Xr": (
                hinge_with(whole=True),
                "The score of one class is taken for the true score of all examples. Each "
                "example has its own: Z[np.arange(N), y].",
            ),
            "Xs": (
                hinge_with(swapped=True),
                "The two results have changed places: return (loss, dW).",
            ),
            "Xt": (
                hinge_with(
                    price=lambda terms: (terms > 0).astype(float),
                ),
                "The loss counts the classes that come too near. Add up the terms "
                "themselves.",
            ),
        },
    )


def _largest_other(terms: Array) -> Array:
    """Return the largest term of each row but the true one's, which is 1 exactly."""
    return np.where(terms == 1.0, -np.inf, terms).max(axis=1)
