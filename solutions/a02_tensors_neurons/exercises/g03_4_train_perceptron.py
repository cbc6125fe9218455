"""G03.4 `train_perceptron`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import (
    ALWAYS_MOVES,
    DECIDED_WITHOUT_B,
    DECIDED_WITHOUT_LABEL,
    NEURONS,
    NO_LABEL_IN_STEP,
    Array,
    Rng,
)

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([-1.0, -1.0, -1.0, 1.0])
XOR = np.array([-1.0, 1.0, 1.0, -1.0])
LINE, NO_LINE = "a line separates", "the rounds run out"
Trained = tuple[Array, float, int, bool]


def _clouds(rng: Rng, n: int, d: int, gap: float) -> tuple[Array, Array]:
    """Points off the origin on both sides of a hyperplane, shuffled."""
    across = rng.normal(size=d)
    across /= np.linalg.norm(across)
    y = rng.permutation(np.repeat([1.0, -1.0], [(n + 1) // 2, n // 2]))
    X = rng.normal(size=(n, d))
    X += np.outer(y * (gap + np.abs(X @ across)) - X @ across, across)
    return X + 1.5 * across, y


def _rounds_needed(X: Array, y: Array) -> int:
    """Return after how many rounds the rule stops; 0 if that takes many."""
    for rounds in range(1, 25):
        if train_perceptron(X, y, rounds)[3]:
            return rounds
    return 0


def _hard(rng: Rng, n: int, d: int) -> tuple[Array, Array]:
    """Return separable clouds that need some rounds, and where usual mistakes show."""
    while True:
        X, y = _clouds(rng, n, d, gap=0.15)
        rounds = _rounds_needed(X, y)
        if rounds > 3 and _shows_mistakes(X, y, rounds + 4):
            return X, y


def _shows_mistakes(X: Array, y: Array, rounds: int) -> bool:
    """Whether mistakes of order and of what counts as wrong change all that is returned."""
    w, b, mistakes, _ = train_perceptron(X, y, rounds)
    for flawed in _SUBTLE:
        other = flawed(X, y, rounds)
        if np.allclose(other[0], w) or other[1] == b or other[2] == mistakes:
            return False
    return True


def perceptron_runs(rng: Rng) -> list[Case]:
    """AND; clouds that a line separates; points that none does; rounds that run out."""

    def case(name: str, X: Array, y: Array, rounds: int, group: str) -> Case:
        return Case(name=name, args=(X, y, rounds), group=group)

    plane, space = _hard(rng, 9, 2), _hard(rng, 12, 3)
    short = _hard(rng, 7, 2)
    noise = rng.normal(size=(3, 2)), np.array([1.0, -1.0, 1.0])
    never = np.vstack([CORNERS, noise[0]]), np.append(XOR, noise[1])
    return [
        Case(name="AND", args=(CORNERS, AND, 20), role="visible"),
        case("a plane", *plane, 80, LINE),
        case("space", *space, 80, LINE),
        case("just enough", *plane, _rounds_needed(*plane), LINE),
        case("too few rounds", *short, _rounds_needed(*short) - 2, NO_LINE),
        case("XOR and noise", *never, 6, NO_LINE),
        case("one round", *space, 1, NO_LINE),
    ]


def train_perceptron(X: Array, y: Array, rounds: int) -> Trained:
    """Run the rule of T03.3 with the bias as the weight of an input 1."""
    ones = np.column_stack([np.ones(len(X)), X])
    w, mistakes = np.zeros(ones.shape[1]), 0
    for _ in range(rounds):
        before = mistakes
        for x, sign in zip(ones, y, strict=True):
            if sign * np.dot(w, x) <= 0:
                w, mistakes = w + sign * x, mistakes + 1
        if mistakes == before:
            return w[1:], float(w[0]), mistakes, True
    return w[1:], float(w[0]), mistakes, False


def _flawed(
    *,
    wrong: Callable[[float], bool] = lambda margin: margin <= 0,
    sign: float = 1.0,
    eta: float = 1.0,
    bias: float = 1.0,
    counts: float = 1.0,
    label: bool = True,
    seen: bool = True,
    at_once: bool = False,
    again: bool = False,
    until_right: bool = False,
    start: float = 0.0,
    order: Callable[[int], list[int]] = lambda n: [*range(n)],
    stop: str = "clean",
    counted: str = "mistakes",
    more: int = 0,
    done: Callable[[bool], bool] = lambda clean: clean,
) -> Callable[[Array, Array, int], Trained]:
    def run(X: Array, y: Array, rounds: int) -> Trained:
        w, b = np.full(X.shape[1], start), 0.0
        total = last = passed = 0
        clean = False
        for _ in range(rounds + more):
            last, passed = 0, passed + 1
            if again:
                w, b = np.zeros(X.shape[1]), 0.0
            seen_w, seen_b = w, b
            for i in order(len(X)):
                while True:
                    if not at_once:
                        seen_w, seen_b = w, b
                    score = float(np.dot(seen_w, X[i])) + counts * seen_b
                    if not wrong((y[i] if seen else 1.0) * score):
                        right = True
                        break
                    right, last, total = False, last + 1, total + 1
                    move = sign * eta * (y[i] if label else 1.0)
                    w, b = w + move * X[i], b + bias * move
                    if not until_right or last > 1000:
                        break
                if stop == "right" and right:
                    break
            clean = last == 0 or (stop == "right" and right)
            if clean and stop != "never":
                break
        number = {"mistakes": total, "rounds": passed, "last": last}.get(counted, 0)
        if counted == "visits":
            number = passed * len(X)
        return w, b, number, done(clean)

    return run


_SUBTLE = (
    _flawed(until_right=True),
    _flawed(order=lambda n: [*range(n - 1)]),
    _flawed(order=lambda n: [*range(1, n)]),
    _flawed(order=lambda n: [*range(n)][::-1]),
    _flawed(wrong=lambda margin: margin <= 1),
    _flawed(at_once=True),
    _flawed(start=1.0),
)
"""Mistakes that a lucky draw would hide."""


def _one_round_late(X: Array, y: Array, rounds: int) -> Trained:
    w, b, mistakes, _ = train_perceptron(X, y, rounds)
    return w, b, mistakes, train_perceptron(X, y, rounds - 1)[3] if rounds > 1 else False


def _one_a_round(X: Array, y: Array, rounds: int) -> Trained:
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(rounds):
        wrong = np.flatnonzero(y * (X @ w + b) <= 0)
        if not len(wrong):
            return w, b, mistakes, True
        w, b, mistakes = w + y[wrong[0]] * X[wrong[0]], b + y[wrong[0]], mistakes + 1
    return w, b, mistakes, False


EXERCISE = Exercise(
    id="G03.4",
    function="train_perceptron",
    points=4,
    reference=train_perceptron,
    inputs=perceptron_runs,
    outputs=("w", "b", "mistakes", "done"),
    parts=(
        Part(name="w", weight=0.9, output="w", group=LINE),
        Part(name="b", weight=0.6, output="b", group=LINE),
        Part(name="mistakes", weight=1.1, output="mistakes"),
        Part(name="all four where a line separates", weight=0.6, group=LINE),
        Part(name="all four where the rounds run out", weight=0.6, group=NO_LINE),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    pack="tuple",
    lecture=f"{NEURONS}#3.-It-learns-from-its-mistakes-(15-minutes,-core)",
    mistakes=(
        Mistake(
            code="X03.4a",
            variant=_flawed(wrong=lambda margin: margin < 0),
            message="A margin of exactly 0 is treated as right. From zero weights every "
            "margin is 0, so nothing is ever learned: use <= 0.",
        ),
        Mistake(
            code="X03.4b",
            variant=_flawed(at_once=True),
            message="All examples of a round are judged with the weights from its start. "
            "Each example is judged with the weights as they are when its turn comes.",
        ),
        Mistake(
            code="X03.4o",
            variant=_one_a_round,
            message="Each round changes w and b once only, for the first example that is "
            "wrong. Go on with the next rows, with the new weights.",
        ),
        Mistake(
            code="X03.4c",
            variant=_flawed(again=True),
            message="Every round begins at zero again. Set w and b to zero once, before "
            "the first round.",
        ),
        Mistake(
            code="X03.4d",
            variant=_flawed(counted="rounds"),
            message="The third result is the number of rounds. Count each change of w and "
            "b, over all rounds.",
        ),
        Mistake(
            code="X03.4d",
            variant=_flawed(counted="last"),
            message="The third result is the number of mistakes in the last round. Count "
            "the mistakes of all rounds together.",
        ),
        Mistake(
            code="X03.4d",
            variant=_flawed(counted="visits"),
            message="The third result is the number of examples looked at. Count those "
            "only that were mistakes.",
        ),
        Mistake(
            code="X03.4e",
            variant=_flawed(stop="right"),
            message="You stop at the first example that is right. Stop only when a whole "
            "round has made no mistake.",
        ),
        Mistake(
            code="X03.4f",
            variant=_flawed(stop="never", done=lambda clean: False),
            message="done is False although a whole round has made no mistake.",
        ),
        Mistake(
            code="X03.4f",
            variant=_flawed(done=lambda clean: True),
            message="done is True although the last round still made mistakes.",
        ),
        Mistake(
            code="X03.4f",
            variant=_flawed(done=lambda clean: not clean),
            message="done is the wrong way round: True means that the last round made no "
            "mistake.",
        ),
        Mistake(
            code="X03.4f",
            variant=_one_round_late,
            message="done is False where the last of the given rounds made no mistake.",
        ),
        Mistake(
            code="X03.4g",
            variant=_flawed(more=1),
            message="One round too many is made when no line is found: rounds is the "
            "largest number of rounds.",
        ),
        Mistake(
            code="X03.4g",
            variant=_flawed(more=-1),
            message="One round too few is made: the last of the given rounds is missing.",
        ),
        Mistake(
            code="X03.4h",
            variant=_flawed(bias=0.0),
            message="The bias never moves. It is the weight of a constant input 1 and "
            "learns like the others: b + y.",
        ),
        Mistake(
            code="X03.4h",
            variant=_flawed(counts=0.0),
            message=DECIDED_WITHOUT_B,
        ),
        Mistake(
            code="X03.4h",
            variant=_flawed(bias=-1.0),
            message="The bias goes the wrong way: a mistake adds y to it.",
        ),
        Mistake(
            code="X03.4i",
            variant=_flawed(sign=-1.0),
            message="The steps go the wrong way: a mistake adds y * x to w, and y to b.",
        ),
        Mistake(
            code="X03.4i",
            variant=_flawed(label=False),
            message=NO_LABEL_IN_STEP,
        ),
        Mistake(
            code="X03.4i",
            variant=_flawed(seen=False),
            message=DECIDED_WITHOUT_LABEL,
        ),
        Mistake(
            code="X03.4j",
            variant=_flawed(until_right=True),
            message="You stay at an example until it is right. Each visit makes one step "
            "at most; then the next example comes.",
        ),
        Mistake(
            code="X03.4k",
            variant=_flawed(wrong=lambda margin: True),
            message=ALWAYS_MOVES,
        ),
        Mistake(
            code="X03.4k",
            variant=_flawed(wrong=lambda margin: margin <= 1),
            message="Right answers with a small margin count as mistakes. The rule asks "
            "for a margin above 0, not above 1.",
        ),
        *(
            Mistake(
                code="X03.4l",
                variant=_flawed(eta=eta),
                message="w and b are scaled by a learning rate. Here a mistake adds y * x "
                "and y themselves.",
            )
            for eta in (0.1, 0.5, 0.01)
        ),
        Mistake(
            code="X03.4m",
            variant=_flawed(start=1.0),
            message="w does not begin at zero.",
        ),
        Mistake(
            code="X03.4n",
            variant=_flawed(order=lambda n: [*range(n)][::-1]),
            message="The examples are visited from the last to the first. Go through the "
            "rows of X from the first on.",
        ),
        Mistake(
            code="X03.4n",
            variant=_flawed(order=lambda n: [*range(n - 1)]),
            message="The last example is never visited.",
        ),
        Mistake(
            code="X03.4n",
            variant=_flawed(order=lambda n: [*range(1, n)]),
            message="The first example is never visited.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def train_with_numbers(X, y, rounds):
    w, b, count = [0.0] * len(X[0]), 0.0, 0
    for _ in range(rounds):
        clean = True
        for row, t in zip(X.tolist(), y.tolist(), strict=True):
            z = b + sum(p * q for p, q in zip(w, row, strict=True))
            if z * t <= 0:
                w = [p + t * q for p, q in zip(w, row, strict=True)]
                b += t
                count += 1
                clean = False
        if clean:
            return w, b, count, True
    return w, b, count, False


def train_to_the_end(X, y, rounds):
    w, b, history = np.zeros(X.shape[1]), 0.0, []
    for r in range(rounds):
        history.append(0)
        for i in range(len(y)):
            if np.sign(X[i] @ w + b) != y[i]:
                w += y[i] * X[i]
                b += y[i]
                history[r] += 1
    return w, b, sum(history), history[-1] == 0


def train_while(X, y, rounds):
    v = np.zeros(X.shape[1] + 1)
    U = y[:, None] * np.hstack([X, np.ones((len(X), 1))])
    count, r, changed = 0, 0, True
    while changed and r < rounds:
        changed, r = False, r + 1
        for u in U:
            if not u @ v > 0:
                v, count, changed = v + u, count + 1, True
    return v[:-1], v[-1], count, not changed


RIGHT_WAYS = [train_with_numbers, train_to_the_end, train_while]

EQUIVALENTS = {
    "w, b, mistakes = (np.zeros(X.shape[1]), 0.0, 0) → w, b, mistakes = (np.zeros(X.shape[-1]), 0.0, 0)": "X has two axes",
    "if label * (w @ x + b) <= 0: → if label * (x @ w + b) <= 0:": "the inner product is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_lecture_needs_18_updates_for_and() -> None:
    """Section 3 of lecture 03; and Novikoff's bound of 51 holds."""
    w, b, mistakes, done = train_perceptron(CORNERS, AND, 20)
    assert (w.tolist(), b, mistakes, done) == ([3.0, 2.0], -4.0, 18, True)


def witness_dual_form() -> None:
    """The perceptron of kernels: it only counts how often each example was a mistake."""
    for (X, y, rounds), (w, b, mistakes, done) in expected(EXERCISE):
        products = (X @ X.T + 1) * y  # of two examples, with their input 1
        counts = np.zeros(len(X))
        last = counts.copy()
        for _ in range(rounds):
            last = counts.copy()
            for i in range(len(X)):
                counts[i] += y[i] * (products[i] @ counts) <= 1e-12
            if np.array_equal(counts, last):
                break
        np.testing.assert_allclose(w, (counts * y) @ X, rtol=1e-9, atol=1e-9)
        assert (b, mistakes) == (counts @ y, counts.sum())
        assert done == np.array_equal(counts, last)
