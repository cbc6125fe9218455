"""X09.5 `train_mlp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.kernel.inside.codec import Opaque
from grader.model import UNCHANGED, Case, Evidence, Exercise, Mistake, Part, Returned
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ._shared import CLOSE, LECTURE, Array, Rng

Params = dict[str, Array]
NAMES = ("W1", "b1", "W2", "b2")

# Losses may be numbers, or arrays with one entry each.
TRAIN_DRIVER = """
def drive(f, x, t, params, eta, steps):
    import numpy as np

    found = f(x, t, params, eta, steps)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    after, losses = found
    if not hasattr(after, "items"):
        return found
    try:
        losses = np.array([np.asarray(v, float).item() for v in losses])
    except (TypeError, ValueError):
        pass
    return {**dict(after.items()), "losses": losses}
"""


def train_inputs(rng: Rng) -> list[Case]:
    """Sizes that differ and sizes that agree; a single example; no steps at the edge."""

    def case(n: int, d: int, h: int, eta: float, steps: int, **more: Any) -> Case:
        shapes: tuple[Any, ...] = ((h, d), h, (1, h), 1)
        params = {name: rng.normal(0, 1, s) for name, s in zip(NAMES, shapes, strict=True)}
        x = rng.normal(0, 1, (n, d))
        t = rng.permutation(np.arange(n) % 2)
        name = f"N = {n}, d = {d}, h = {h}, {steps} steps"
        return Case(name=name, args=(x, t, params, eta, steps), batch=n, **more)

    several = {"role": "edge", "requirement": SEVERAL}
    return [
        case(5, 2, 3, 0.5, 1),
        case(4, 3, 2, 1.1, 1),
        case(3, 3, 3, 0.8, 1),
        case(7, 1, 2, 1.5, 1),
        case(1, 2, 3, 0.7, 1),
        case(5, 2, 3, 0.6, 3, **several),
        case(6, 3, 4, 0.3, 5, **several),
        case(3, 2, 2, 0.9, 2, **several),
        case(4, 2, 3, 0.5, 0, role="edge", requirement=NONE),
    ]


SEVERAL = "with several steps each begins where the one before ended"
NONE = "with steps = 0 it is the start, and an empty list"
"""Requirements of the task."""

Loss = tuple[Callable[[Array], Array], Callable[[Array], Array]]
LOGISTIC: Loss = (lambda m: np.logaddexp(0, -m), lambda m: -sigmoid(-m))
"""A loss of the margin, and its slope."""


def train_mlp(
    x: Array,
    t: Array,
    params: Params,
    eta: float,
    steps: int,
    *,
    act: tuple[Callable[[Array], Array], Callable[[Array], Array]] = (
        np.tanh,
        lambda h: 1 - h * h,
    ),
    loss: Loss = LOGISTIC,
    mean: bool = True,
    signs: Callable[[Array], Array] = lambda t: 2 * t - 1,
    heap: bool = False,
    lost: tuple[str, ...] = (),
) -> tuple[Params, list[float]]:
    """Gradient descent with the gradients written out, example by example.

    Args:
        x: `(N, d)` float, the examples.
        t: `(N,)` int, labels 0 and 1.
        params: `W1` (h, d), `b1` (h,), `W2` (1, h), `b2` (1,).
        eta: learning rate.
        steps: how often all parameters move.
        act: activation, and its slope by the activation.
        loss: of a margin, and its slope.
        mean: whether the loss is the mean over the examples.
        signs: from labels to signs.
        heap: whether gradients of earlier steps stay.
        lost: parameters that never move.
    """
    now = {name: np.array(value, float) for name, value in params.items()}
    total = {name: np.zeros_like(value) for name, value in now.items()}
    losses = []
    share = 1 / len(x) if mean else 1.0
    for _ in range(steps):
        if not heap:
            total = {name: np.zeros_like(value) for name, value in now.items()}
        value = 0.0
        for row, sign in zip(x, signs(np.asarray(t)), strict=True):
            h = act[0](now["W1"] @ row + now["b1"])
            m = sign * (now["W2"][0] @ h + now["b2"][0])
            value += float(loss[0](m)) * share
            e = loss[1](m) * sign * share
            delta = e * now["W2"][0] * act[1](h)
            total["W1"] += np.outer(delta, row)
            total["b1"] += delta
            total["W2"][0] += e * h
            total["b2"] += e
        losses.append(value)
        for name in now:
            if name not in lost:
                now[name] = now[name] - eta * total[name]
    return now, losses


def _variant(**wrong: Any) -> Callable[..., Any]:
    def run(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
        return train_mlp(x, t, params, eta, steps, **wrong)

    return run


def _uphill(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    return train_mlp(x, t, params, -eta, steps)


def _no_rate(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    return train_mlp(x, t, params, 1.0, steps)


def _extra(more: int) -> Callable[..., Any]:
    """Return descent with so many steps more than asked for."""

    def run(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
        return train_mlp(x, t, params, eta, max(steps + more, 0))

    return run


def _losses_after(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    after, _ = train_mlp(x, t, params, eta, steps)
    _, losses = train_mlp(x, t, params, eta, steps + 1)
    return after, losses[1:]


def _one_step(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    return train_mlp(x, t, params, eta, min(steps, 1))


def _last_loss(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    after, losses = train_mlp(x, t, params, eta, steps)
    return after, losses[-1:]


def _stale(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    """Every step goes along the gradient at the start."""
    first, losses = train_mlp(x, t, params, eta, min(steps, 1))
    after = {k: params[k] + steps * (first[k] - params[k]) for k in params}
    return after, losses * steps


def _pairs(evidence: Evidence) -> list[tuple[Any, Any]]:
    """Return what came back where it was two things, and not with a dict in front."""
    values = [o.value for o in evidence.outcomes if isinstance(o, Returned)]
    pairs = [v for v in values if isinstance(v, (tuple, list)) and len(v) == 2]
    return [(a, b) for a, b in pairs] if len(pairs) == len(evidence.outcomes) else []


def _exchanged(evidence: Evidence) -> bool:
    pairs = _pairs(evidence)
    return bool(pairs) and all(isinstance(second, dict) for _, second in pairs)


def _no_dict(evidence: Evidence) -> bool:
    pairs = _pairs(evidence)
    return bool(pairs) and not any(isinstance(v, dict) for pair in pairs for v in pair)


def _no_numbers(evidence: Evidence) -> bool:
    """Whether all losses of all steps are objects that the driver could not read."""
    values = [o.value for o in evidence.outcomes if isinstance(o, Returned)]
    losses = [v.get("losses") for v in values if isinstance(v, dict)]
    lists = [some for some in losses if isinstance(some, list)]
    return bool(lists) and all(isinstance(v, Opaque) for some in lists for v in some)


def _scaled(steps_by: Callable[[int], float], losses_by: Callable[[int], float]) -> Any:
    """Return descent whose gradients and losses have factors that depend on N."""

    def run(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
        now, losses = dict(params), []
        for _ in range(steps):
            now, (loss,) = train_mlp(x, t, now, eta * steps_by(len(x)), 1)
            losses.append(loss * losses_by(len(x)))
        return now, losses

    return run


def _rate_twice(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    return train_mlp(x, t, params, eta**2, steps)


def _last_layer_first(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
    """W2 has moved when the error goes back through it: row j of W1 gets its new entry j."""
    now, losses = dict(params), list[float]()
    for _ in range(steps):
        after, loss = train_mlp(x, t, now, eta, 1)
        new = after["W2"][0] / now["W2"][0]
        for name, share in (("W1", new[:, None]), ("b1", new)):
            after[name] = now[name] + (after[name] - now[name]) * share
        now, losses = after, losses + loss
    return now, losses


def _without(bias: str) -> Callable[..., Any]:
    """Return descent in a network that does not know one of its biases."""

    def run(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
        blind = {**params, bias: np.zeros_like(params[bias])}
        after, losses = train_mlp(x, t, blind, eta, steps, lost=(bias,))
        return {**after, bias: params[bias]}, losses

    return run


def _all_pairs(count: Callable[[int], int]) -> Callable[..., Any]:
    """Return descent where signs (N,) times scores (N, 1) have become (N, N)."""

    def run(x: Array, t: Array, params: Params, eta: float, steps: int) -> Any:
        n = len(x)
        rows, labels = np.repeat(x, n, axis=0), np.tile(t, n)
        now, losses = dict(params), []
        for _ in range(steps):
            now, (loss,) = train_mlp(rows, labels, now, eta * n * n / count(n), 1)
            losses.append(loss * n * n / count(n))
        return now, losses

    return run


RELU = (lambda z: np.maximum(z, 0), lambda h: 1.0 * (h > 0))
SIGMOID = (sigmoid, lambda h: h * (1 - h))
LINEAR = (lambda z: z, np.ones_like)
HINGE: Loss = (lambda m: np.maximum(0, 1 - m), lambda m: -1.0 * (m < 1))
NO_ONE: Loss = (lambda m: -m, lambda m: -np.ones_like(m))
NO_LOGARITHM: Loss = (lambda m: 1 + np.exp(-m), lambda m: -np.exp(-m))
TANH_SLOPES = (lambda h: 1 - h, lambda h: h * (1 - h), np.ones_like, lambda h: -h * h)

EXERCISE = Exercise(
    id="X09.5",
    function="train_mlp",
    points=5,
    reference=train_mlp,
    inputs=train_inputs,
    outputs=(*NAMES, "losses"),
    parts=(
        *(Part(name=name, weight=0.65, output=name) for name in (*NAMES, "losses")),
        Part(name=SEVERAL, weight=1.15, edge=SEVERAL),
        *(Part(name=edge, weight=0.3, edge=edge) for edge in (NONE, UNCHANGED)),
    ),
    pack="dict",
    driver=TRAIN_DRIVER,
    lecture=f"{LECTURE}#8.-It-learns-(10-minutes,-core)",
    mistakes=(
        Mistake(
            code="X09.5a",
            variant=_uphill,
            message="Your steps go uphill: subtract eta times the gradient.",
        ),
        Mistake(
            code="X09.5b",
            variant=_variant(heap=True),
            message="The gradients of all steps add up in .grad. Clear them before each "
            "backward, or make new Tensors.",
        ),
        Mistake(
            code="X09.5c",
            variant=_variant(mean=False),
            message="The loss is summed over the examples. It is their mean: divide by N.",
        ),
        Mistake(
            code="X09.5d",
            variant=_losses_after,
            message="The losses are those after each step. Take down J before the "
            "parameters move.",
        ),
        Mistake(
            code="X09.5e",
            variant=_variant(signs=lambda t: t),
            message="The labels 0 and 1 went into the margin as they are, so half of the "
            "examples teach nothing. The margin needs the signs 2t - 1.",
        ),
        Mistake(
            code="X09.5f",
            variant=_variant(signs=lambda t: 1 - 2 * t),
            message="The signs of the two classes are exchanged: label 1 is +1.",
        ),
        Mistake(
            code="X09.5g",
            variant=_variant(act=RELU),
            message="The hidden layer is a relu. The task asks for tanh.",
        ),
        Mistake(
            code="X09.5g",
            variant=_variant(act=SIGMOID),
            message="The hidden layer is a sigmoid. The task asks for tanh.",
        ),
        Mistake(
            code="X09.5h",
            variant=_variant(loss=HINGE),
            message="This is the hinge loss max(0, 1 - m). The task asks for the logistic "
            "one, log(1 + exp(-m)).",
        ),
        Mistake(
            code="X09.5i",
            variant=_variant(lost=("b1", "b2")),
            message="The biases never move. They are parameters like the weights.",
        ),
        Mistake(
            code="X09.5i",
            variant=_variant(lost=("W1", "b1")),
            message="The first layer never moves. All four parameters learn.",
        ),
        Mistake(
            code="X09.5j",
            variant=_extra(1),
            message="You make one step too many: count the updates.",
        ),
        Mistake(
            code="X09.5k",
            variant=_extra(-1),
            message="You make one step too few: count the updates.",
        ),
        Mistake(
            code="X09.5l",
            variant=_no_rate,
            message="The learning rate eta has no effect: multiply the gradient by it.",
        ),
        Mistake(
            code="X09.5m",
            variant=_one_step,
            message="There is one step only. See whether the 'return' is inside the loop.",
        ),
        Mistake(
            code="X09.5n",
            variant=_last_loss,
            message="Only the last loss comes back. Collect one for each step.",
        ),
        Mistake(
            code="X09.5o",
            variant=_stale,
            message="Every step used the gradient at the start. Compute J anew, from the "
            "parameters as they are now, before each step.",
        ),
        *(
            Mistake(
                code="X09.5p",
                variant=_all_pairs(count),
                message="Every score met every label: signs of shape (N,) times scores of "
                "shape (N, 1) is an (N, N) matrix. Give both the same shape.",
            )
            for count in (lambda n: n, lambda n: n * n, lambda n: 1)
        ),
        *(
            Mistake(
                code="X09.5q",
                variant=_variant(act=(np.tanh, slope)),
                message="The slope of tanh is wrong in the step of the first layer. With "
                "the result H it is 1 - H**2.",
            )
            for slope in TANH_SLOPES
        ),
        Mistake(
            code="X09.5g",
            variant=_variant(act=LINEAR),
            message="There is no tanh: the hidden layer is only a weighted sum.",
        ),
        Mistake(
            code="X09.5r",
            variant=_scaled(lambda n: 1 / n, lambda n: 1 / n),
            message="The mean is taken twice: losses and steps are N times too small.",
        ),
        Mistake(
            code="X09.5r",
            variant=_scaled(lambda n: 1 / n, lambda n: 1),
            message="The losses are right, the steps are N times too small. The 1/N is in J "
            "already, so the gradient of J has it.",
        ),
        Mistake(
            code="X09.5s",
            variant=_scaled(lambda n: n, lambda n: 1),
            message="The losses are means, but the steps are those of the sum over the "
            "examples, N times too large.",
        ),
        Mistake(
            code="X09.5s",
            variant=_scaled(lambda n: 1, lambda n: n),
            message="The steps are right, but the losses are sums over the examples. Take "
            "down J, the mean.",
        ),
        Mistake(
            code="X09.5t",
            variant=_scaled(lambda n: 1, lambda n: -1),
            message="The losses have the wrong sign: J is never negative.",
        ),
        Mistake(
            code="X09.5h",
            variant=_variant(loss=NO_ONE),
            message="The loss of an example is -m here: the 1 inside log(1 + exp(-m)) is "
            "missing.",
        ),
        Mistake(
            code="X09.5h",
            variant=_variant(loss=NO_LOGARITHM),
            message="The loss of an example is 1 + exp(-m) here: the logarithm is missing.",
        ),
        *(
            Mistake(
                code="X09.5u",
                variant=_without(bias),
                message=f"{bias} is not used: it belongs to the weighted sum of its layer.",
            )
            for bias in ("b1", "b2")
        ),
        Mistake(
            code="X09.5v",
            variant=_rate_twice,
            message="eta enters twice: the steps are eta**2 times the gradient.",
        ),
        Mistake(
            code="X09.5w",
            variant=_last_layer_first,
            message="W2 moves before the error goes back through it. First take all four "
            "gradients, then move all four parameters.",
        ),
        Mistake(
            code="X09.5x",
            detect=_exchanged,
            message="The two results are exchanged: first the dict of parameters, then the "
            "list of losses.",
        ),
        Mistake(
            code="X09.5y",
            detect=_no_dict,
            message="The first result is no dict. It is one with the arrays W1, b1, W2 and "
            "b2, as params is.",
        ),
        Mistake(
            code="X09.5z",
            detect=_no_numbers,
            message="The losses are no plain numbers. Of a Tensor J take float(J.data).",
        ),
    ),
)

# --- other right ways of writing it ---------------------------------------------------


def train_on_whole_arrays(x, t, params, eta, steps):
    p = {name: value.copy() for name, value in params.items()}
    y = 2 * t[:, None] - 1
    losses = []
    for _ in range(steps):
        H = np.tanh(x @ p["W1"].T + p["b1"])
        m = y * (H @ p["W2"].T + p["b2"])
        losses.append(np.mean(np.log1p(np.exp(-m))))
        ds = -y / (1 + np.exp(m)) / len(x)
        dz = ds @ p["W2"] * (1 - H**2)
        for name, slope in (
            ("W1", dz.T @ x), ("b1", dz.sum(axis=0)),
            ("W2", ds.T @ H), ("b2", ds.sum(axis=0)),
        ):  # fmt: skip
            p[name] -= eta * slope
    return p, losses


def train_with_probabilities(x, t, params, eta, steps):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    losses = np.zeros(steps)
    for k in range(steps):
        H = np.tanh(np.einsum("nd,hd->nh", x, W1) + b1)
        p = 1 / (1 + np.exp(-(H @ W2[0] + b2[0])))
        losses[k] = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
        e = (p - t) / len(t)
        D = np.outer(e, W2[0]) * (1 - H) * (1 + H)
        W1, b1 = W1 - eta * D.T @ x, b1 - eta * D.sum(0)
        W2, b2 = W2 - eta * (e @ H)[None], b2 - eta * e.sum()
    return [dict(W1=W1, b1=b1, W2=W2, b2=b2), losses.tolist()]


def train_by_differences_of_a_complex_step(x, t, params, eta, steps):
    now = {name: value.astype(complex) for name, value in params.items()}

    def cost(p):
        s = (np.tanh(x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"])[:, 0]
        return np.mean(np.log(1 + np.exp(-(2 * t - 1) * s)))

    losses = []
    for _ in range(steps):
        losses.append(cost(now).real)
        slopes = {}
        for name, value in now.items():
            slopes[name] = np.zeros(value.shape)
            for place in np.ndindex(value.shape):
                moved = {**now, name: value.copy()}
                moved[name][place] += 1e-30j
                slopes[name][place] = cost(moved).imag / 1e-30
        now = {name: now[name] - eta * slopes[name] for name in now}
    return {name: value.real for name, value in now.items()}, losses


RIGHT_WAYS = [
    train_on_whole_arrays,
    train_with_probabilities,
    train_by_differences_of_a_complex_step,
]


def train_and_exchange(x, t, params, eta, steps):
    return train_on_whole_arrays(x, t, params, eta, steps)[::-1]


def train_and_list(x, t, params, eta, steps):
    after, losses = train_on_whole_arrays(x, t, params, eta, steps)
    return [after[name] for name in NAMES], losses


class Boxed:
    """What a Tensor is to whoever looks at it from outside."""

    def __init__(self, data):
        self.data = data


def train_and_box(x, t, params, eta, steps):
    after, losses = train_on_whole_arrays(x, t, params, eta, steps)
    return after, [Boxed(loss) for loss in losses]


WRONG_WAYS = {
    "X09.5x": [train_and_exchange],
    "X09.5y": [train_and_list],
    "X09.5z": [train_and_box],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    import torch

    F = torch.nn.functional
    for (x, t, params, eta, steps), end in expected(EXERCISE):
        p = {name: torch.tensor(v, requires_grad=True) for name, v in params.items()}
        optimizer = torch.optim.SGD(p.values(), lr=eta)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            hidden = torch.tanh(F.linear(torch.tensor(x), p["W1"], p["b1"]))
            s = F.linear(hidden, p["W2"], p["b2"])[:, 0]
            loss = F.binary_cross_entropy_with_logits(s, torch.tensor(t).double())
            loss.backward()
            losses.append(loss.item())
            optimizer.step()
        for name in NAMES:
            np.testing.assert_allclose(p[name].detach().numpy(), end[name], **CLOSE)
        np.testing.assert_allclose(losses, end["losses"], **CLOSE)
