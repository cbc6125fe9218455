"""G05.14 `softmax_regression`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._losses import Array, Rng, log_softmax, one_hot, softmax
from ._shared import CLOSE, TRAINING

# Losses that are handed to the function: they draw scores to a number at the true class
# and to 0 elsewhere. "pull" is the notebook's; "uneven" gives every class another weight.
# Losses of the epochs may be numbers, or arrays with one entry each.
DRIVER = """
import numpy as np


def made(kind):
    def loss(Z, y):
        Z = np.asarray(Z, float)
        N, C = Z.shape
        far = {"pull": 3.0, "even": 2.0, "uneven": 1.5}[kind]
        E = Z - far * np.eye(C)[np.asarray(y)]
        weight = 0.5 + np.arange(C) if kind == "uneven" else np.ones(C)
        J = (weight * (np.logaddexp(E, -E) - np.log(2))).sum() / N
        return float(J), weight * np.tanh(E) / N

    return loss


def drive(f, X, y, W, b, kind, eta, batch, orders):
    found = f(X, y, W, b, made(kind), eta, batch, orders)
    if not isinstance(found, (tuple, list)) or len(found) != 4:
        return found
    W, b, losses, accuracy = found
    try:
        losses = np.array([np.asarray(x, float).item() for x in losses])
    except (TypeError, ValueError):
        pass
    return W, b, losses, accuracy
"""

ONE, MANY = "one batch, one epoch", "several batches and epochs"
REST = "a last batch that is smaller, also when batch is larger than N"
NONE = "no epochs: W and b as at the start, no losses, the accuracy of the start"

Loss = Callable[[Array, Array], tuple[float, Array]]
Model = tuple[Array, Array, list[float], float]


def training_inputs(rng: Rng) -> list[Case]:
    """One step; several batches and epochs, each in an order of its own; the edges."""

    def case(
        n: int, d: int, c: int, batch: int, epochs: int, kind: str = "even", **more: Any
    ) -> Case:
        while True:
            args = _start(rng, n, d, c, batch, epochs, kind)
            if _tells(*args):
                break
        name = f"N = {n}, D = {d}, C = {c}, batches of {batch}, {epochs} epochs"
        return Case(name=name, args=args, batch=min(n, batch), **more)

    shown = (
        np.array([[1.0, 0.5], [0.0, 1.0], [-1.0, -0.5], [2.0, -1.0]]),
        np.array([0, 2, 1, 2]),
        np.array([[0.5, 0.0], [0.0, -0.5], [1.0, 0.5]]),
        np.array([0.5, 0.0, -0.5]),
        *("pull", 0.5, 3, np.array([[2, 0, 3, 1]])),
    )
    return [
        Case(name="visible", args=shown, role="visible"),
        case(40, 4, 3, 40, 1, group=ONE),
        case(35, 2, 4, 35, 1, "uneven", group=ONE),
        case(45, 3, 3, 45, 1, group=ONE),
        case(24, 3, 4, 8, 2, group=MANY),
        case(32, 2, 3, 16, 3, "uneven", group=MANY),
        case(20, 4, 3, 1, 2, group=MANY),
        case(27, 3, 3, 9, 2, group=MANY),
        case(7, 3, 4, 3, 2, role="edge", requirement=REST),
        case(5, 2, 3, 8, 3, "uneven", role="edge", requirement=REST),
        case(5, 4, 3, 2, 0, role="edge", requirement=NONE),
    ]


def _start(
    rng: Rng, n: int, d: int, c: int, batch: int, epochs: int, kind: str
) -> tuple[Any, ...]:
    X, W = rng.normal(0.3, 1, (n, d)), rng.normal(0, 0.8, (c, d))
    b, y = rng.normal(0, 0.8, c), rng.integers(0, c, n)
    orders = [rng.permutation(n) for _ in range(epochs)]
    eta = round(float(rng.uniform(0.6, 1.2)), 3)
    return X, y, W, b, kind, eta, batch, np.array(orders, int).reshape(epochs, n)


def _tells(
    X: Array,
    y: Array,
    W: Array,
    b: Array,
    kind: str,
    eta: float,
    batch: int,
    orders: Array,
) -> bool:
    """Whether the accuracy is a number of its own, far from a tie of two scores."""
    names: dict[str, Any] = {}
    exec(DRIVER, names)
    loss = names["made"](kind)
    end = softmax_regression(X, y, W, b, loss, eta, batch, orders)
    others = [1 - end[3], accuracy_of(X, y, end[0], 0 * end[1])]
    if len(orders):
        others.append(accuracy_of(X, y, W, b))
        last = orders[-1][(len(y) - 1) // batch * batch :]
        if len(last) < len(y):
            others.append(accuracy_of(X[last], y[last], end[0], end[1]))
    top = np.sort(X @ end[0].T + end[1], axis=1)
    return (
        0 < end[3] < 1
        and min(abs(end[3] - other) for other in others) > 1e-6
        and float((top[:, -1] - top[:, -2]).min()) > 1e-4
    )


def accuracy_of(X: Array, y: Array, W: Array, b: Array) -> float:
    """Return the share of examples whose largest score is that of the true class."""
    return float(np.mean((X @ W.T + b).argmax(axis=1) == y))


def softmax_regression(
    X: Array,
    y: Array,
    W: Array,
    b: Array,
    loss: Loss,
    eta: float,
    batch: int,
    orders: Array,
) -> Model:
    """Number by number: what each example of a batch gives to each row of W.

    Args:
        X: `(N, D)` float, examples.
        y: `(N,)` int, classes.
        W: `(C, D)` float, weights at the start.
        b: `(C,)` float, biases at the start.
        loss: of scores and labels: their mean loss, and its gradient by the scores.
        eta: learning rate.
        batch: examples in a batch.
        orders: `(epochs, N)` int, the order of the examples in each epoch.
    """
    W, b, losses = np.array(W, float), np.array(b, float), []
    for order in orders:
        left = [int(i) for i in order]
        while left:
            now, left = left[:batch], left[batch:]
            Z = np.array([[float(w @ X[i]) + s for w, s in zip(W, b)] for i in now])
            _, dZ = loss(Z, np.array([y[i] for i in now]))
            for slopes, i in zip(dZ, now, strict=True):
                for c, slope in enumerate(slopes):
                    W[c] = W[c] - eta * slope * X[i]
                    b[c] = b[c] - eta * slope
        losses.append(loss(np.array([W @ x + b for x in X]), y)[0])
    return W, b, losses, accuracy_of(X, y, W, b)


FLAWS = {
    "a": {
        "uphill": "Your steps go uphill: subtract eta times the gradient.",
        "b uphill": "b goes uphill, W downhill: subtract eta times the gradient, of both.",
    },
    "b": {
        "b stays": "b never moves. Both W and b learn.",
        "W stays": "W never moves. Both W and b learn.",
        "b mean": "The gradient of b is a mean over the batch. dZ holds the 1/N already: "
        "add its rows.",
        "b whole": "All entries of b move alike, along the sum of the whole dZ. Each class "
        "has a slope of its own: add over the examples, axis 0.",
        "no b": "b is missing in the scores: Z = X W^T + b.",
        "no b in steps": "b is missing in the scores of the batches: Z = X W^T + b.",
        "no b in losses": "b is missing in the scores of the losses: Z = X W^T + b.",
        "no b in accuracy": "b is missing in the scores of the accuracy: Z = X W^T + b.",
    },
    "c": {
        "divided": "The gradients are divided by the number of examples again. dZ holds the "
        "1/N already.",
        "dW divided": "The gradient of W is divided by the number of examples again. dZ holds "
        "the 1/N already.",
        "divided by all": "The gradients are divided by N. dZ holds the mean over the batch "
        "already.",
        "times batch": "The gradients are multiplied by the number of examples. The step "
        "is along the mean, as loss gives it.",
        "no eta": "eta has no effect: multiply the gradients by it.",
    },
    "d": {
        "no order": "orders has no effect: in epoch t the batches are cut from orders[t].",
        "first order": "Each epoch uses the order of the first one. In epoch t it is "
        "orders[t].",
        "on top": "orders[t] is applied to rows that the epoch before has put in order "
        "already. It counts the examples as they are given.",
        "reverse": "The order is gone through from its end. Begin with its first number.",
        "X only": "The rows of X are put in order, the labels are not. Take y[rows] with "
        "X[rows].",
        "places": "orders[t][i] says which example comes at place i. You used it the other "
        "way round: at which place example i comes.",
        "twice": "The order is applied twice: the rows are in order already when they are "
        "asked for by the numbers of orders[t] again.",
    },
    "e": {
        "first batch": "Only the first batch of each epoch is used. See how far the inner "
        "loop reaches.",
        "full": "There is one step for a whole epoch. It falls into batches, and each batch "
        "makes a step.",
        "single": "Each example makes a step of its own. A batch makes one step, with all "
        "its examples.",
        "overlapping": "The batches overlap. The next one begins where the last one ended: "
        "its first place grows by batch.",
        "stale": "All batches of an epoch use the weights of its beginning. Each batch sees "
        "what the one before has left.",
        "number": "batch is taken for the number of batches. It is the number of examples "
        "in one.",
    },
    "f": {
        "drop": "A last batch that is smaller is left out. It makes a step, too.",
        "fill": "A last batch that is smaller is filled up with examples from the beginning "
        "of the order. Take only those that are left.",
        "merge": "The examples that are left over are put into the batch before. They make "
        "a batch of their own.",
        "as full": "The step of the smaller last batch is made smaller, too. dZ is its mean "
        "already.",
    },
    "g": {
        "before": "The losses are those before each epoch. Compute the loss of all examples "
        "when the epoch is over.",
        "running": "The loss of an epoch is the mean of its batches, taken while the weights "
        "moved. Compute the loss of all examples when the epoch is over.",
        "last batch": "The loss of an epoch is that of its last batch. Compute the loss of "
        "all examples when the epoch is over.",
        "last batch after": "The loss of an epoch is that of its last batch, after the step. "
        "Compute the loss of all examples.",
        "of batches": "There is a loss for each batch. Return one for each epoch.",
        "after each batch": "There is a loss for each batch. Return one for each epoch.",
        "start too": "There is one loss too many: that of the start does not belong to the "
        "list.",
        "last loss": "Only the last loss comes back. Collect one for each epoch.",
        "sum": "The losses are multiplied by N. loss gives a mean already.",
    },
    "h": {
        "share of mistakes": "The accuracy is the share of mistakes. Return the share of "
        "right answers.",
        "count": "The right answers are counted. Return their share: divide by N.",
        "percent": "The accuracy is in per cent. Return the share, a number from 0 to 1.",
        "accuracy before": "The accuracy is that of the start. Compute it with the last "
        "weights.",
        "accuracy of batch": "The accuracy is that of the last batch. Compute it for all "
        "examples.",
        "accuracies": "There is an accuracy for each epoch. Return one number, with the last "
        "weights.",
    },
    "i": {
        "too many": "There is one epoch too many: one for each row of orders.",
        "too few": "There is one epoch too few: one for each row of orders.",
        "one epoch": "There is one epoch only. See whether the 'return' is inside the loop.",
        "again": "Every epoch begins with the W and b of the start. Go on from where the "
        "one before has ended.",
        "zeros": "Training begins with zeros. It begins with the W and b that are given.",
        "W zeros": "W begins with zeros. It begins with the W that is given.",
        "b zeros": "b begins with zeros. It begins with the b that is given.",
    },
    "j": {
        "own loss": "You use the softmax and the cross-entropy themselves. Call the loss "
        "that is handed over; the tests have losses of their own.",
        "own gradient": "Your steps use P - Y of a softmax. Take the dZ that the loss hands "
        "over; the tests have losses of their own.",
        "own losses": "The losses in your list are cross-entropies. Take the J that the "
        "loss hands over; the tests have losses of their own.",
    },
    "k": {
        "b late": "b moves along a gradient at the new W. Both gradients come from one call "
        "of loss, before anything moves.",
        "swapped": "The first two results have changed places: W first, then b.",
        "ends swapped": "The last two results have changed places: the losses first, then "
        "the accuracy.",
    },
}


def _batches(flaw: str, order: Array, batch: int) -> list[Array]:
    n = len(order)
    if flaw == "reverse":
        order = order[::-1]
    if flaw == "places":
        order = np.argsort(order)
    if flaw == "twice":
        order = order[order]
    if flaw == "full":
        return [order]
    if flaw == "single":
        batch = 1
    if flaw == "number":
        return [part for part in np.array_split(order, batch) if len(part)]
    if flaw == "overlapping":
        return [order[i : i + batch] for i in range(max(n - batch + 1, 1))]
    cut = [order[i : i + batch] for i in range(0, n, batch)]
    if flaw == "first batch":
        return cut[:1]
    if len(cut[-1]) < batch:
        if flaw == "drop":
            cut = cut[:-1]
        elif flaw == "fill":
            cut[-1] = np.resize(np.concatenate([cut[-1], order]), batch)
        elif flaw == "merge" and len(cut) > 1:
            cut = [*cut[:-2], np.concatenate(cut[-2:])]
    return cut


def _steps(flaw: str, dW: Array, db: Array, dZ: Array, n: int, batch: int) -> Any:
    """Return what a flaw makes of both gradients."""
    N = len(dZ)
    factor = {"divided": 1 / N, "divided by all": 1 / n, "times batch": N, "uphill": -1}
    scale = factor.get(flaw, N / batch if flaw == "as full" else 1)
    db = {
        "b uphill": -db,
        "b stays": 0 * db,
        "b mean": dZ.mean(axis=0),
        "b whole": np.full(len(db), dZ.sum()),
    }.get(flaw, db)
    of_W = {"W stays": 0, "dW divided": 1 / N}.get(flaw, scale)
    return of_W * dW, scale * db


def _accuracy(flaw: str, right: Array, start: float, of_batch: float) -> Any:
    accuracy = float(np.mean(right))
    return {
        "share of mistakes": 1 - accuracy,
        "count": float(np.sum(right)),
        "percent": 100 * accuracy,
        "accuracy before": start,
        "accuracy of batch": of_batch,
    }.get(flaw, accuracy)


def _cross_entropy(Z: Array, y: Array) -> tuple[float, Array]:
    Y = one_hot(y, Z.shape[1])
    return float(-(Y * log_softmax(Z)).sum() / len(y)), (softmax(Z) - Y) / len(y)


def _flawed(flaw: str) -> Callable[..., Any]:
    """Return training with a flaw."""

    def run(
        X: Array,
        y: Array,
        W: Array,
        b: Array,
        loss: Loss,
        eta: float,
        batch: int,
        orders: Array,
    ) -> Any:
        n, start = len(X), (np.array(W), np.array(b))
        at_start = accuracy_of(X, y, W, b)
        if flaw == "zeros":
            W, b = 0 * W, 0 * b
        if flaw == "W zeros":
            W = 0 * W
        if flaw == "b zeros":
            b = 0 * b
        shift = 0 if flaw == "no b" else 1
        shift_in_steps = 0 if flaw == "no b in steps" else shift
        slopes = _cross_entropy if flaw in ("own loss", "own gradient") else loss
        prices = _cross_entropy if flaw in ("own loss", "own losses") else loss
        rate = 1.0 if flaw == "no eta" else eta

        def whole() -> float:
            return prices(X @ W.T + (0 if flaw == "no b in losses" else shift) * b, y)[0]

        losses: list[float] = [whole()] if flaw == "start too" else []
        accuracies, of_batch, on_top = [], at_start, np.arange(n)
        rows: Any = orders[:1] if flaw == "one epoch" else orders
        if flaw == "too few":
            rows = orders[:-1]
        if flaw == "too many" and len(orders):
            rows = [*orders, orders[-1]]
        for row in rows:
            order = np.arange(n) if flaw == "no order" else row
            order = orders[0] if flaw == "first order" else order
            if flaw == "on top":
                order = on_top = on_top[row]
            if flaw == "again":
                W, b = start
            if flaw == "before":
                losses.append(whole())
            old, found = (W, b), []
            for k, part in enumerate(_batches(flaw, order, batch)):
                labels = y[k * batch :][: len(part)] if flaw == "X only" else y[part]
                V, s = old if flaw == "stale" else (W, b)
                J, dZ = slopes(X[part] @ V.T + shift_in_steps * s, labels)
                found.append(J)
                dW, db = _steps(flaw, dZ.T @ X[part], dZ.sum(axis=0), dZ, n, batch)
                W = W - rate * dW
                if flaw == "b late":
                    db = slopes(X[part] @ W.T + b, labels)[1].sum(axis=0)
                b = b - rate * db
                of_batch = accuracy_of(X[part], y[part], W, b)
                after = prices(X[part] @ W.T + b, labels)[0]
                if flaw == "after each batch":
                    losses.append(whole())
            accuracies.append(accuracy_of(X, y, W, b))
            if flaw == "running":
                losses.append(float(np.mean(found)))
            elif flaw == "last batch":
                losses.append(found[-1])
            elif flaw == "last batch after":
                losses.append(after)
            elif flaw == "of batches":
                losses += found
            elif flaw not in ("before", "after each batch"):
                losses.append(whole() * (n if flaw == "sum" else 1))
        if flaw == "last loss":
            losses = losses[-1:]
        Z = X @ W.T + (0 if flaw == "no b in accuracy" else shift) * b
        accuracy = _accuracy(flaw, Z.argmax(axis=1) == y, at_start, of_batch)
        if flaw == "accuracies":
            accuracy = accuracies
        if flaw == "swapped":
            return b, W, losses, accuracy
        if flaw == "ends swapped":
            return W, b, accuracy, losses
        return W, b, losses, accuracy

    return run


EXERCISE = Exercise(
    id="G05.14",
    function="softmax_regression",
    points=5,
    reference=softmax_regression,
    inputs=training_inputs,
    outputs=("W", "b", "losses", "accuracy"),
    parts=(
        Part(name="W after one step", weight=1.0, output="W", group=ONE),
        Part(name="b after one step", weight=0.7, output="b", group=ONE),
        Part(name="the loss after one step", weight=0.4, output="losses", group=ONE),
        Part(name="all four after one step", weight=0.4, group=ONE),
        Part(name="W after several batches and epochs", weight=0.7, output="W", group=MANY),
        Part(name="b after several batches and epochs", weight=0.3, output="b", group=MANY),
        Part(name="the losses of several epochs", weight=0.4, output="losses", group=MANY),
        Part(name="all four after several epochs", weight=0.2, group=MANY),
        Part(name=REST, weight=0.4, edge=REST),
        Part(name=NONE, weight=0.2, edge=NONE),
        Part(name=UNCHANGED, weight=0.3, edge=UNCHANGED),
    ),
    pack="tuple",
    driver=DRIVER,
    lecture=TRAINING,
    mistakes=tuple(
        Mistake(code=f"X05.14{letter}", variant=_flawed(flaw), message=message)
        for letter, flaws in FLAWS.items()
        for flaw, message in flaws.items()
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def regression_in_slices(X, y, W, b, loss, eta, batch, orders):
    W, b, losses = W.copy(), b.copy(), []
    for order in orders:
        for start in range(0, len(X), batch):
            rows = order[start : start + batch]
            _, dZ = loss(X[rows] @ W.T + b, y[rows])
            W -= eta * dZ.T @ X[rows]
            b -= eta * dZ.sum(axis=0)
        losses.append(loss(X @ W.T + b, y)[0])
    return W, b, losses, np.mean(np.argmax(X @ W.T + b, axis=1) == y)


def regression_on_reordered_copies(X, y, W, b, loss, eta, batch, orders):
    losses = np.zeros(len(orders))
    for t in range(len(orders)):
        Xt, yt, first = X[orders[t]], y[orders[t]], 0
        while first < len(Xt):
            part = slice(first, min(first + batch, len(Xt)))
            dZ = loss(Xt[part] @ W.T + b, yt[part])[1]
            W, b = W - eta * np.einsum("nc,nd->cd", dZ, Xt[part]), b - eta * sum(dZ)
            first += batch
        losses[t] = loss(X @ W.T + b, y)[0]
    scores = X @ W.T + b
    right = sum(int(scores[i].argmax()) == y[i] for i in range(len(y)))
    return [W, b, losses, right / len(y)]


class Linear:
    """A column of ones carries the bias."""

    def __init__(self, W, b):
        self.theta = np.column_stack([W, b])

    def scores(self, X):
        return np.column_stack([X, np.ones(len(X))]) @ self.theta.T

    def step(self, X, y, loss, eta):
        _, dZ = loss(self.scores(X), y)
        self.theta = self.theta - eta * dZ.T @ np.column_stack([X, np.ones(len(X))])


def regression_by_a_class(X, y, W, b, loss, eta, batch, orders):
    model, losses = Linear(W, b), []
    for order in np.asarray(orders).tolist():
        for part in (order[i : i + batch] for i in range(0, len(order), batch)):
            model.step(X[part], [int(y[i]) for i in part], loss, eta)
        J, _ = loss(model.scores(X), y)
        losses += [J]
    accuracy = np.count_nonzero(model.scores(X).argmax(1) == y) / len(y)
    return model.theta[:, :-1], model.theta[:, -1], losses, accuracy


RIGHT_WAYS = [regression_in_slices, regression_on_reordered_copies, regression_by_a_class]

EQUIVALENTS = {
    "accuracy = np.mean((X @ W.T + b).argmax(axis=1) == y) → accuracy = np.mean((X @ W.T + b).argmax(axis=-1) == y)": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    """The losses of the driver, differentiated and followed downhill by PyTorch."""
    import torch

    for (X, y, W, b, kind, eta, batch, orders), end in expected(EXERCISE):
        far = {"pull": 3.0, "even": 2.0, "uneven": 1.5}[kind]
        x, target = torch.tensor(X), torch.tensor(far * one_hot(y, len(b)))
        weight = 0.5 + torch.arange(len(b)) if kind == "uneven" else torch.ones(len(b))

        def loss(rows: Any, W: Any, b: Any, x=x, target=target, weight=weight) -> Any:
            E = x[rows] @ W.T + b - target[rows]
            return (weight * torch.log(torch.cosh(E))).sum(dim=1).mean()

        theta = [torch.tensor(p, requires_grad=True) for p in (W, b)]
        optimizer, losses = torch.optim.SGD(theta, lr=eta), []
        for order in orders:
            for rows in torch.tensor(order).split(batch):
                optimizer.zero_grad()
                loss(rows, *theta).backward()
                optimizer.step()
            losses.append(loss(slice(None), *theta).item())
        for mine, theirs in zip(end[:2], theta, strict=True):
            np.testing.assert_allclose(mine, theirs.detach().numpy(), **CLOSE)
        np.testing.assert_allclose(end[2], losses, **CLOSE)
        right = (x @ theta[0].T + theta[1]).argmax(dim=1).numpy() == y
        np.testing.assert_allclose(end[3], right.mean())


def witness_with_the_cross_entropy() -> None:
    """With PyTorch's cross-entropy as the loss it is softmax regression."""
    import torch

    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(6, 2)), rng.integers(0, 3, 6)
    orders = np.array([rng.permutation(6) for _ in range(3)])
    start = rng.normal(size=(3, 2)), rng.normal(size=3)

    def loss(Z: Array, y: Array) -> tuple[float, Array]:
        scores = torch.tensor(Z, requires_grad=True)
        J = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
        J.backward()
        assert scores.grad is not None
        return J.item(), scores.grad.numpy()

    W, b, losses, _ = softmax_regression(X, y, *start, loss, 0.3, 4, orders)
    theta = [torch.tensor(p, requires_grad=True) for p in start]
    optimizer = torch.optim.SGD(theta, lr=0.3)
    for order in orders:
        for rows in torch.tensor(order).split(4):
            optimizer.zero_grad()
            scores = torch.tensor(X)[rows] @ theta[0].T + theta[1]
            torch.nn.functional.cross_entropy(scores, torch.tensor(y)[rows]).backward()
            optimizer.step()
    np.testing.assert_allclose(W, theta[0].detach().numpy(), **CLOSE)
    np.testing.assert_allclose(b, theta[1].detach().numpy(), **CLOSE)
    assert losses[-1] < losses[0]
