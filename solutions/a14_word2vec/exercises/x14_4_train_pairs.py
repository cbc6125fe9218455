"""X14.4 `train_pairs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import CLOSE, LOSSES, WORD2VEC, Array, Loss, Rng, Triple, torch_loss

# Losses may be numbers, or arrays with one entry each.
DRIVER = f"""{LOSSES}

def drive(f, pairs, v, u, eta, epochs, kind):
    found = f(pairs, v, u, eta, epochs, made(kind))
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        return found
    *tables, losses = found
    try:
        losses = np.array([np.asarray(x, float).item() for x in losses])
    except (TypeError, ValueError):
        pass
    return (*tables, losses)
"""

ONE = "one pair, one epoch"
MANY = "several pairs or epochs"
ORDER = "loss is called once for each pair, in the order of pairs, in every epoch"
NONE = "with epochs = 0 the tables are as at the start, and the list is empty"


def train_inputs(rng: Rng) -> list[Case]:
    """Words used again and again, one beside itself; one pair, one epoch; no epoch."""

    def case(
        V: int, d: int, n: int, eta: float, epochs: int, kind: str = "dense", **more: Any
    ) -> Case:
        pairs = rng.integers(0, V, (n, 2))
        w = pairs[0, 0]
        pairs[0, 1] = (w + rng.integers(1, V)) % V
        pairs[-1] = w, (w + rng.integers(1, V)) % V  # a centre word comes again
        if n > 2:
            pairs[1, 1] = pairs[1, 0]
        v, u = rng.normal(0, 0.7, (2, V, d))
        name = f"V = {V}, d = {d}, {n} pairs, {epochs} epochs"
        return Case(name=name, args=(pairs, v, u, eta, epochs, kind), batch=n, **more)

    return [
        case(4, 3, 1, 0.5, 1, group=ONE),
        case(3, 3, 1, 0.3, 1, "wide", group=ONE),
        case(5, 3, 4, 0.3, 1, group=MANY),
        case(4, 2, 6, 0.2, 2, group=MANY),
        case(3, 3, 3, 0.4, 3, "wide", group=MANY),
        case(6, 4, 7, 0.1, 2, "wide", group=MANY),
        case(4, 3, 1, 0.5, 2, group=MANY),
        case(5, 1, 5, 0.15, 3, group=MANY),
        case(5, 3, 4, 0.05, 2, "counted", role="edge", requirement=ORDER),
        case(4, 2, 3, 0.03, 3, "counted", role="edge", requirement=ORDER),
        case(4, 3, 3, 0.2, 0, role="edge", requirement=NONE),
    ]


Step = Callable[[Array, Array, int, int, Loss], Triple]


def _ask(v: Array, u: Array, w: int, c: int, loss: Loss) -> Triple:
    return loss(v[w].copy(), c, u.copy())


def _means(found: list[list[float]]) -> list[float]:
    return [sum(epoch) / len(epoch) for epoch in found]


def _running_means(found: list[list[float]]) -> list[float]:
    return list(np.cumsum(_means(found)) / np.arange(1, len(found) + 1))


def train_pairs(
    pairs: Array,
    v: Array,
    u: Array,
    eta: float,
    epochs: int,
    loss: Loss,
    *,
    ask: Step = _ask,
    rate: Callable[[float, int], tuple[float, float]] = lambda eta, n: (eta, eta),
    rows: Callable[[int, int, Array], Any] = lambda w, c, u: range(len(u)),
    gather: Callable[[list[list[float]]], list[float]] = _means,
    order: Callable[[Array, int], Array] = lambda pairs, epoch: pairs,
    start_again: bool = False,
    all_rows: bool = False,
) -> tuple[Array, Array, list[float]]:
    """Return both tables after stochastic gradient descent, and each epoch's mean loss.

    Args:
        pairs: `(n, 2)` int, centre word and company.
        v: `(V, d)` float, centre vectors.
        u: `(V, d)` float, vectors of the company.
        eta: learning rate.
        epochs: how often all pairs are gone through.
        loss: of a pair, with its gradients.
        ask: how a pair is shown to the loss.
        rate: step sizes of the two tables.
        rows: which rows of u move.
        gather: the list of losses from those of all pairs, epoch by epoch.
        order: of the pairs in an epoch.
        start_again: whether each epoch begins at the start.
        all_rows: whether all rows of v move.
    """
    new_v, new_u = np.array(v, float), np.array(u, float)
    of_v, of_u = rate(eta, len(pairs))
    found: list[list[float]] = []
    for epoch in range(epochs):
        if start_again:
            new_v, new_u = np.array(v, float), np.array(u, float)
        found.append([])
        for w, c in order(pairs, epoch):
            L, dv, du = ask(new_v, new_u, int(w), int(c), loss)
            found[-1].append(float(L))
            moved = slice(None) if all_rows else w
            new_v[moved] = new_v[moved] - of_v * dv
            for j in rows(int(w), int(c), new_u):
                new_u[j] = new_u[j] - of_u * du[j]
    return new_v, new_u, gather(found)


def _two_calls(v: Array, u: Array, w: int, c: int, loss: Loss) -> Triple:
    L, dv, _ = loss(v[w].copy(), c, u.copy())
    return L, dv, loss(v[w].copy(), c, u.copy())[2]


def _variant(**wrong: Any) -> Callable[..., Any]:
    def run(
        pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
    ) -> tuple[Array, Array, list[float]]:
        return train_pairs(pairs, v, u, eta, epochs, loss, **wrong)

    return run


def _whole_batch(
    share: Callable[[int], float],
) -> Callable[..., tuple[Array, Array, list[float]]]:
    """Return descent with one step for each epoch."""

    def run(
        pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
    ) -> tuple[Array, Array, list[float]]:
        v, u, losses = v.copy(), u.copy(), []
        for _ in range(epochs):
            L, dv, du = 0.0, np.zeros(v.shape), np.zeros(u.shape)
            for w, c in pairs:
                one, row, table = loss(v[w], c, u)
                L += one
                dv[w] += row
                du += table
            v, u = v - eta * share(len(pairs)) * dv, u - eta * share(len(pairs)) * du
            losses.append(L / len(pairs))
        return v, u, losses

    return run


def _stale(old: str) -> Callable[..., tuple[Array, Array, list[float]]]:
    """Return descent in which the loss sees one table as it was when the epoch began."""

    def run(
        pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
    ) -> tuple[Array, Array, list[float]]:
        losses = []
        for _ in range(epochs):
            first = {"v": v, "u": u}[old].copy()

            def ask(
                v: Array, u: Array, w: int, c: int, loss: Loss, first: Any = first
            ) -> Any:
                return loss(first[w], c, u) if old == "v" else loss(v[w], c, first)

            v, u, mean = train_pairs(pairs, v, u, eta, 1, loss, ask=ask)
            losses += mean
        return v, u, losses

    return run


def _always_first(
    pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
) -> tuple[Array, Array, list[float]]:
    """The new tables move, and the loss sees the old ones."""

    def ask(new_v: Array, new_u: Array, w: int, c: int, loss: Loss) -> Triple:
        return loss(v[w].copy(), c, u.copy())

    return train_pairs(pairs, v, u, eta, epochs, loss, ask=ask)


def _decaying(
    share: Callable[[int, int, int, int], float],
) -> Callable[..., tuple[Array, Array, list[float]]]:
    """Return descent with another rate in each step: share(epoch, epochs, step, steps)."""

    def run(
        pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
    ) -> tuple[Array, Array, list[float]]:
        losses: list[list[float]] = []
        steps = epochs * len(pairs)
        for epoch in range(epochs):
            losses.append([])
            for i in range(len(pairs)):
                rate = eta * share(epoch, epochs, epoch * len(pairs) + i, steps)
                v, u, one = train_pairs(pairs[i : i + 1], v, u, rate, 1, loss)
                losses[-1] += one
        return v, u, _means(losses)

    return run


def _losses_after(
    pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
) -> tuple[Array, Array, list[float]]:
    """Each loss is taken after its step."""
    v, u, losses = v.copy(), u.copy(), []
    for _ in range(epochs):
        total = 0.0
        for w, c in pairs:
            _, dv, du = loss(v[w], c, u)
            v[w] -= eta * dv
            u -= eta * du
            total += loss(v[w], c, u)[0]
        losses.append(total / len(pairs))
    return v, u, losses


def _losses_at_the_end(
    pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
) -> tuple[Array, Array, list[float]]:
    """After each epoch all pairs are asked once more."""
    losses = []
    for _ in range(epochs):
        v, u, _ = train_pairs(pairs, v, u, eta, 1, loss)
        losses.append(float(np.mean([loss(v[w], c, u)[0] for w, c in pairs])))
    return v, u, losses


def _one_after_the_other(
    pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
) -> tuple[Array, Array, list[float]]:
    """u moves along the gradient at the new v."""
    v, u, losses = v.copy(), u.copy(), []
    for _ in range(epochs):
        total = 0.0
        for w, c in pairs:
            L, dv, _ = loss(v[w], c, u)
            v[w] -= eta * dv
            u -= eta * loss(v[w], c, u)[2]
            total += L
        losses.append(total / len(pairs))
    return v, u, losses


def _extra(more: int) -> Callable[..., Any]:
    def run(
        pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
    ) -> tuple[Array, Array, list[float]]:
        return train_pairs(pairs, v, u, eta, max(epochs + more, 0), loss)

    return run


def _exchanged(
    pairs: Array, v: Array, u: Array, eta: float, epochs: int, loss: Loss
) -> tuple[Array, Array, list[float]]:
    v, u, losses = train_pairs(pairs, v, u, eta, epochs, loss)
    return u, v, losses


EXERCISE = Exercise(
    id="X14.4",
    function="train_pairs",
    points=4,
    reference=train_pairs,
    inputs=train_inputs,
    outputs=("v", "u", "losses"),
    parts=(
        Part(name="v", weight=0.7, output="v", group=ONE),
        Part(name="u", weight=0.7, output="u", group=ONE),
        Part(name="losses", weight=0.4, output="losses", group=ONE),
        Part(name=MANY, weight=1.0, group=MANY),
        Part(name=ORDER, weight=0.6, edge=ORDER),
        Part(name=NONE, weight=0.2, edge=NONE),
        Part(name=UNCHANGED, weight=0.4, edge=UNCHANGED),
    ),
    pack="tuple",
    driver=DRIVER,
    lecture=WORD2VEC,
    mistakes=(
        Mistake(
            code="X14.4a",
            variant=_variant(rate=lambda eta, n: (-eta, -eta)),
            message="Your steps go uphill: subtract eta times the gradient.",
        ),
        Mistake(
            code="X14.4b",
            variant=_variant(rows=lambda w, c, u: [c]),
            message="Of u only the row of c moves. du is a whole table: subtract all of it.",
        ),
        Mistake(
            code="X14.4b",
            variant=_variant(rows=lambda w, c, u: [w]),
            message="Of u the row of w moves. du is a whole table: subtract all of it.",
        ),
        Mistake(
            code="X14.4c",
            variant=_variant(rate=lambda eta, n: (eta, 0.0)),
            message="u never moves. Both tables learn.",
        ),
        Mistake(
            code="X14.4c",
            variant=_variant(rate=lambda eta, n: (0.0, eta)),
            message="v never moves. Both tables learn.",
        ),
        Mistake(
            code="X14.4d",
            variant=_whole_batch(lambda n: 1.0),
            message="All gradients of an epoch are those at its beginning. The tables move "
            "after every pair, and the next pair sees the new ones.",
        ),
        Mistake(
            code="X14.4d",
            variant=_whole_batch(lambda n: 1 / n),
            message="There is one step for a whole epoch, with the mean of all gradients. "
            "Here the tables move after every pair, and the next pair sees the new ones.",
        ),
        *(
            Mistake(
                code="X14.4y",
                variant=_stale(old),
                message=f"The loss is shown {old} as it was when the epoch began. It sees both "
                "tables as they are now.",
            )
            for old in "vu"
        ),
        Mistake(
            code="X14.4y",
            variant=_always_first,
            message="The loss is always shown the tables of the start. It sees both tables as "
            "they are now.",
        ),
        *(
            Mistake(
                code="X14.4z",
                variant=_decaying(share),
                message="The steps get smaller as time goes on. eta is the same in each step.",
            )
            for share in (
                lambda epoch, epochs, step, steps: 1 - epoch / epochs,
                lambda epoch, epochs, step, steps: 1 / (1 + epoch),
                lambda epoch, epochs, step, steps: 1 - step / steps,
            )
        ),
        Mistake(
            code="X14.4e",
            variant=_one_after_the_other,
            message="u moves along a gradient at the new v. Both gradients come from one "
            "call of loss, before anything moves.",
        ),
        Mistake(
            code="X14.4f",
            variant=_losses_after,
            message="The losses are those after the step of each pair. Take down L as loss "
            "gives it, before the tables move.",
        ),
        Mistake(
            code="X14.4f",
            variant=_losses_at_the_end,
            message="The losses are those after the epoch. Take down the L of each pair, "
            "before its step.",
        ),
        Mistake(
            code="X14.4g",
            variant=_variant(gather=lambda found: [sum(epoch) for epoch in found]),
            message="The losses are sums over the pairs of an epoch. Return their means.",
        ),
        Mistake(
            code="X14.4h",
            variant=_variant(gather=lambda found: [L for epoch in found for L in epoch]),
            message="There is a loss for each pair. Return one number for each epoch, the "
            "mean over its pairs.",
        ),
        Mistake(
            code="X14.4i",
            variant=_variant(gather=lambda found: [epoch[-1] for epoch in found]),
            message="The loss of an epoch is that of its last pair. Return the mean over "
            "its pairs.",
        ),
        Mistake(
            code="X14.4j",
            variant=_extra(1),
            message="You go through the pairs once too often: count the epochs.",
        ),
        Mistake(
            code="X14.4k",
            variant=_extra(-1),
            message="You go through the pairs once too few: count the epochs.",
        ),
        Mistake(
            code="X14.4l",
            variant=_variant(rate=lambda eta, n: (1.0, 1.0)),
            message="The learning rate eta has no effect: multiply the gradients by it.",
        ),
        Mistake(
            code="X14.4m",
            variant=_variant(rate=lambda eta, n: (eta / n, eta / n)),
            message="The steps are divided by the number of pairs. Each pair makes a whole "
            "step of its own.",
        ),
        Mistake(
            code="X14.4n",
            variant=lambda pairs, v, u, eta, epochs, loss: train_pairs(
                pairs, v, u, eta, min(epochs, 1), loss
            ),
            message="There is one epoch only. See whether the 'return' is inside the loop.",
        ),
        Mistake(
            code="X14.4o",
            variant=_variant(order=lambda pairs, epoch: pairs[::-1]),
            message="The pairs come in reverse order.",
        ),
        Mistake(
            code="X14.4p",
            variant=_variant(order=lambda pairs, epoch: pairs[:, ::-1]),
            message="Centre and company are exchanged. A pair is (w, c), centre word first.",
        ),
        Mistake(
            code="X14.4q",
            variant=_variant(ask=lambda v, u, w, c, loss: loss(u[w].copy(), c, u.copy())),
            message="The vector of the centre word was taken from u. It stands in v.",
        ),
        Mistake(
            code="X14.4r",
            variant=_variant(start_again=True),
            message="Every epoch begins with the tables of the start. Go on from where the "
            "one before has ended.",
        ),
        Mistake(
            code="X14.4s",
            variant=lambda pairs, v, u, eta, epochs, loss: train_pairs(
                pairs[:1], v, u, eta, epochs, loss
            ),
            message="In each epoch only the first pair is used. See how far the inner loop "
            "reaches.",
        ),
        Mistake(
            code="X14.4t",
            variant=lambda pairs, v, u, eta, epochs, loss: train_pairs(
                np.repeat(pairs, epochs, axis=0), v, u, eta, min(epochs, 1), loss
            ),
            message="Each pair is repeated, and then the next one begins. An epoch goes "
            "through all pairs once.",
        ),
        Mistake(
            code="X14.4v",
            variant=_variant(all_rows=True),
            message="Each step moves all rows of v. dv_w belongs to the row of the centre "
            "word: only row w moves.",
        ),
        Mistake(
            code="X14.4w",
            variant=_variant(gather=_running_means),
            message="The mean of an epoch counts the pairs of earlier epochs, too. Begin a new "
            "list in each epoch.",
        ),
        Mistake(
            code="X14.4w",
            variant=_variant(gather=lambda found: list(np.cumsum(_means(found)))),
            message="The losses of earlier epochs are added to those of an epoch. Begin at 0 "
            "in each epoch.",
        ),
        Mistake(
            code="X14.4x",
            variant=_variant(ask=_two_calls),
            message="loss is called more than once for a pair, and a loss that draws gives "
            "another answer each time. Call it once and keep all three results.",
        ),
        Mistake(
            code="X14.4u",
            variant=_exchanged,
            message="The two tables come back in the wrong order: v first, then u.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def train_in_place_on_copies(pairs, v, u, eta, epochs, loss):
    v, u = v.copy(), u.copy()
    losses = []
    for _ in range(epochs):
        total = 0
        for w, c in pairs:
            L, dv_w, du = loss(v[w], c, u)
            v[w] -= eta * dv_w
            u -= eta * du
            total += L
        losses.append(total / len(pairs))
    return v, u, losses


def train_with_new_arrays(pairs, v, u, eta, epochs, loss):
    losses = np.zeros((epochs, len(pairs)))
    for t in range(epochs):
        for i, (w, c) in enumerate(pairs.tolist()):
            losses[t, i], row, du = loss(v[w], c, u)
            centre = np.eye(len(v))[w]
            v, u = v - eta * np.outer(centre, row), u - eta * du
    return [v, u, losses.mean(axis=1)]


class SGD:
    def __init__(self, v, u, eta):
        self.v, self.u, self.eta = np.array(v), np.array(u), eta

    def step(self, w, c, loss):
        L, dv_w, du = loss(self.v[w], c, self.u)
        self.v[w] = self.v[w] - self.eta * dv_w
        self.u = self.u - self.eta * du
        return L


def train_with_an_optimizer(pairs, v, u, eta, epochs, loss):
    opt = SGD(v, u, eta)
    losses = [
        np.mean([opt.step(pairs[i, 0], pairs[i, 1], loss) for i in range(len(pairs))])
        for _ in range(epochs)
    ]
    return opt.v, opt.u, losses


RIGHT_WAYS = [
    train_in_place_on_copies,
    train_with_new_arrays,
    train_with_an_optimizer,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    import torch

    for (pairs, v, u, eta, epochs, kind), end in expected(EXERCISE):
        tables = [torch.tensor(x, requires_grad=True) for x in (v, u)]
        optimizer = torch.optim.SGD(tables, lr=eta)
        means, calls = [], 0
        for _ in range(epochs):
            losses = []
            for w, c in pairs.tolist():
                calls += 1
                L = torch_loss(kind, tables[0][w], c, tables[1], calls)
                optimizer.zero_grad()
                L.backward()
                optimizer.step()
                losses.append(L.item())
            means.append(np.mean(losses))
        for mine, table in zip(end[:2], tables, strict=True):
            np.testing.assert_allclose(mine, table.detach().numpy(), **CLOSE)
        np.testing.assert_allclose(end[2], means, **CLOSE)
