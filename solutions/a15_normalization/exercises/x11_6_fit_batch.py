"""X11.6 `fit_batch`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Evidence, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng

ONE, SEVERAL = "one step", "several steps"
NONE = "with steps = 0 it is the start, and two empty lists"

# The pieces are not those of the other tasks: what counts is how they are put together.
PIECES = '''
def drive(f, theta, slopes, target, c, rates, lam, steps):
    """Call f with pieces of the same kind as the task's, but with other insides."""
    import numpy as np

    def gradient(theta):
        r = sum(float((a * p).sum()) for a, p in zip(slopes, theta)) - target
        J = r * r / 2 + sum(float((p**4).sum()) for p in theta) / 4
        return J, [r * a + p**3 for a, p in zip(slopes, theta)]

    def clip(grads):
        size = sum(float(np.abs(g).sum()) for g in grads)
        return [g / (1 + size / c) for g in grads], size

    def rate(t):
        return float(rates[t])

    def step(theta, m, v, g, t, eta, lam):
        m, v = 0.6 * m + g, 0.3 * v + np.abs(g)
        move = m / (1 + v) * (1 + 1 / (1 + t))
        return theta - eta * (move + lam * theta), m, v

    found = f(theta, gradient, clip, rate, step, lam, steps)
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        return found
    after, *lists = found
    try:
        lists = [np.array([np.asarray(v, float).item() for v in each]) for each in lists]
    except (TypeError, ValueError):
        pass
    return (after, *lists)
'''


def fit_inputs(rng: Rng) -> list[Case]:
    """Lists of weights and biases in several orders; no steps at the edge."""

    def case(steps: int, *shapes: Any, **more: Any) -> Case:
        theta = [np.asarray(rng.uniform(0.4, 1.2, s)) for s in shapes]
        theta = [p * rng.choice([-1.0, 1.0], p.shape) for p in theta]
        slopes = [np.asarray(rng.normal(0.3, 1, s)) for s in shapes]
        target, c = float(rng.uniform(2, 4)), float(rng.uniform(3, 6))
        rates = np.sort(rng.uniform(0.1, 0.5, steps + 3))
        rates = np.roll(rates, steps // 2)
        lam = float(rng.uniform(0.3, 0.6))
        args = (theta, slopes, target, c, rates, lam, steps)
        group = SEVERAL if steps > 1 else ONE
        name = f"{len(shapes)} arrays, {steps} steps"
        return Case(name=name, args=args, group=group, **more)

    return [
        case(1, (3, 2), 3, 3, (2, 3), 2),
        case(1, 4, (4, 4)),
        case(3, (3, 2), 3, 3, (2, 3), 2),
        case(5, (2, 2), 2, (2, 2), 2),
        case(2, 3, (1, 3), 1, (3, 1)),
        case(0, (3, 2), 3, role="edge", requirement=NONE),
    ]


def fit_batch(
    theta: list[Array],
    gradient: Callable[..., Any],
    clip: Callable[..., Any],
    rate: Callable[..., Any],
    step: Callable[..., Any],
    lam: float,
    steps: int,
) -> tuple[list[Array], list[float], list[float]]:
    """Train with the pieces given: one row of the memory for each array.

    Args:
        theta: arrays of one or two axes.
        gradient: of theta: the loss and a list of gradients.
        clip: of gradients: the clipped ones, and their norm before.
        rate: of the number of a step, from 0.
        step: of one array, its memory and gradient, t from 1, rate and decay.
        lam: decay of the arrays with two axes.
        steps: how many.
    """
    rows = [(p, np.zeros(p.shape), np.zeros(p.shape)) for p in theta]
    losses, norms = [], []
    for done in range(steps):
        J, grads = gradient([p for p, _, _ in rows])
        grads, norm = clip(grads)
        losses.append(J)
        norms.append(norm)
        rows = [
            step(p, m, v, g, done + 1, rate(done), lam * (np.ndim(p) == 2))
            for (p, m, v), g in zip(rows, grads, strict=True)
        ]
    return [p for p, _, _ in rows], losses, norms


def _length(grads: list[Array]) -> float:
    return float(sum((g**2).sum() for g in grads) ** 0.5)


def _fit(flaw: str) -> Callable[..., Any]:
    """Return training with a flaw."""

    def run(
        theta: list[Array],
        gradient: Callable[..., Any],
        clip: Callable[..., Any],
        rate: Callable[..., Any],
        step: Callable[..., Any],
        lam: float,
        steps: int,
    ) -> Any:
        start = theta
        theta = list(theta)
        ms, vs = ([np.zeros_like(p) for p in theta] for _ in range(2))
        if flaw == "shared":
            ms = vs
        losses, norms, count = [], [], 0
        more = {"too many": 1, "too few": -1}.get(flaw, 0)
        steps = min(steps, 1) if flaw == "one" else steps + more
        for t in range(max(steps, 0)):
            J, raw = gradient(start if flaw == "stale" else theta)
            grads, norm = clip(raw)
            if flaw == "raw":
                grads = raw
            elif flaw == "each alone":
                grads = [clip([g])[0][0] for g in raw]
            elif flaw == "clipped twice":
                grads, _ = clip(grads)
            norms.append(
                {"after": clip(grads)[1], "own": _length(raw), "own after": _length(grads)}
                .get(flaw, norm)
            )  # fmt: skip
            eta = rate({"late": t + 1, "constant": 0}.get(flaw, t))
            for k, p in enumerate(theta):
                count += 1
                decay = lam if p.ndim == 2 else 0.0
                decay = {
                    "all": lam,
                    "none": 0.0,
                    "exchanged": lam - decay,
                    "first": lam if k == 0 else 0.0,
                    "even": lam if k % 2 == 0 else 0.0,
                    "times eta": eta * decay,
                }.get(flaw, decay)
                if flaw == "one by one":
                    grads, _ = clip(gradient(theta)[1])
                m, v = ms[k], vs[k]
                if flaw in ("forgets", "forgets m"):
                    m = 0 * m
                if flaw in ("forgets", "forgets v"):
                    v = 0 * v
                at = {"t": t, "count": count, "t = 1": 1}.get(flaw, t + 1)
                new, m, v = step(p, m, v, grads[k], at, eta, decay)
                ms[k], vs[k] = (v, m) if flaw == "exchanged memory" else (m, v)
                if flaw != "not put back":
                    theta[k] = new
            losses.append(gradient(theta)[0] if flaw == "loss after" else J)
        if flaw == "last":
            return theta, losses[-1:], norms[-1:]
        return theta, losses, norms

    return run


def _own_tools(evidence: Evidence) -> bool:
    """Whether functions of part 4 are called by their own names."""
    return bool(
        OF_PART_4
        & {
            node.func.id
            for node in ast.walk(ast.parse(evidence.source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
    )


OF_PART_4 = {"adamw_step", "schedule", "clip_by_norm"}
FLAWS = (
    (
        "a",
        "t",
        "step is called with t from 0. A step of AdamW has t = 1, 2, …: t + 1, where rate "
        "has t.",
    ),
    (
        "b",
        "late",
        "The rate is one step ahead: the first step has rate(0).",
    ),
    (
        "c",
        "raw",
        "The clipped gradients are not used: step gets those from before clipping.",
    ),
    (
        "d",
        "after",
        "norms holds what clip says of gradients that are clipped already. Keep the norm "
        "that it returns with them.",
    ),
    (
        "d",
        "own",
        "norms holds lengths of your own. Keep the norm that clip returns; the tests' clip "
        "measures in another way.",
    ),
    (
        "d",
        "own after",
        "norms holds lengths of your own, of the clipped gradients. Keep the norm that "
        "clip returns.",
    ),
    (
        "e",
        "loss after",
        "The losses are those after each step. Take down the J that comes with the "
        "gradients, before theta moves.",
    ),
    (
        "f",
        "all",
        "All arrays decay. Those with one axis, the biases, gamma and beta, get 0 in the "
        "place of lam.",
    ),
    (
        "g",
        "none",
        "Nothing decays. Arrays with two axes get lam, the others 0.",
    ),
    (
        "h",
        "exchanged",
        "The wrong arrays decay: those with two axes get lam, the others 0.",
    ),
    (
        "u",
        "first",
        "Only the first array decays. All that have two axes do.",
    ),
    (
        "u",
        "even",
        "Every other array decays. What decides is the number of axes, p.ndim == 2, not "
        "the place in the list.",
    ),
    (
        "w",
        "shared",
        "m and v are one and the same list, as after m = v = [...]: what is written to "
        "one is in the other. Make two lists.",
    ),
    (
        "x",
        "times eta",
        "lam is multiplied by the rate before step gets it. step multiplies by eta itself.",
    ),
    (
        "v",
        "each alone",
        "Each array is clipped alone, which turns the gradient. Call clip once per step, "
        "with the list of all.",
    ),
    (
        "i",
        "forgets",
        "Each step begins with empty m and v. They begin at 0 once, before the loop; then "
        "each step gets what the one before returned.",
    ),
    (
        "i",
        "forgets m",
        "m begins at 0 in each step. Keep what step returned, for each array.",
    ),
    (
        "i",
        "forgets v",
        "v begins at 0 in each step. Keep what step returned, for each array.",
    ),
    (
        "j",
        "stale",
        "Each step uses the gradients at the start. Ask for new ones before each step, at "
        "the parameters as they are then.",
    ),
    ("k", "too many", "There is one step too many: count the calls."),
    ("l", "too few", "There is one step too few: count the calls."),
    (
        "m",
        "one",
        "There is one step only. See whether the 'return' is inside the loop.",
    ),
    (
        "n",
        "last",
        "Only the last loss and norm come back. Collect one of each for each step.",
    ),
    (
        "o",
        "one by one",
        "Gradients are asked for again when some arrays have moved already. Ask once per "
        "step; all arrays move from the same point.",
    ),
    (
        "p",
        "constant",
        "The rate is that of the first step all the time. Ask rate(t) anew in each step.",
    ),
    (
        "q",
        "count",
        "t counts the arrays, too. It is the number of the step, the same for all arrays "
        "in it.",
    ),
    (
        "q",
        "t = 1",
        "Each step is called the first, t = 1. t grows by 1 from step to step.",
    ),
    (
        "r",
        "exchanged memory",
        "m and v are exchanged from step to step. step returns theta, m, v, in this order.",
    ),
    (
        "s",
        "not put back",
        "The parameters never move: put what step returns back into the list.",
    ),
    (
        "t",
        "clipped twice",
        "The gradients are clipped twice. Once is enough: keep both results of one call.",
    ),
)


EXERCISE = Exercise(
    id="X11.6",
    function="fit_batch",
    points=4,
    reference=fit_batch,
    inputs=fit_inputs,
    outputs=("theta", "losses", "norms"),
    pack="tuple",
    driver=PIECES,
    parts=(
        Part(name="theta after one step", weight=1.1, output="theta", group=ONE),
        Part(name="losses of one step", weight=0.3, output="losses", group=ONE),
        Part(name="norms of one step", weight=0.3, output="norms", group=ONE),
        Part(name="theta after several steps", weight=1.2, output="theta", group=SEVERAL),
        Part(name="losses of several steps", weight=0.3, output="losses", group=SEVERAL),
        Part(name="norms of several steps", weight=0.2, output="norms", group=SEVERAL),
        Part(name=NONE, weight=0.3, edge=NONE),
        Part(name=UNCHANGED, weight=0.3, edge=UNCHANGED),
    ),
    lecture=f"{LECTURE}#1.-By-heart-(11-minutes,-core)",
    mistakes=(
        *(
            Mistake(code=f"X11.6{letter}", variant=_fit(flaw), message=message)
            for letter, flaw, message in FLAWS
        ),
        Mistake(
            code="X11.6y",
            detect=_own_tools,
            message="Your cell calls a function of part 4 by its name. The tests bring "
            "pieces of their own: call clip, rate and step, as they come in.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def fit_with_lists(theta, gradient, clip, rate, step, lam, steps):
    theta = list(theta)
    m = [np.zeros_like(p) for p in theta]
    v = [np.zeros_like(p) for p in theta]
    losses, norms = [], []
    for t in range(steps):
        J, grads = gradient(theta)
        grads, norm = clip(grads)
        losses.append(J)
        norms.append(norm)
        for k in range(len(theta)):
            own = lam if theta[k].ndim == 2 else 0.0
            theta[k], m[k], v[k] = step(theta[k], m[k], v[k], grads[k], t + 1, rate(t), own)
    return theta, losses, norms


def fit_from_one(theta, gradient, clip, rate, step, lam, steps):
    now = [p.copy() for p in theta]
    memory = {k: [np.zeros(p.shape), np.zeros(p.shape)] for k, p in enumerate(now)}
    losses, norms = np.zeros(steps), np.zeros(steps)
    for t in range(1, steps + 1):
        losses[t - 1], grads = gradient(now)
        clipped, norms[t - 1] = clip(grads)
        for k, g in enumerate(clipped):
            p, *memory[k] = step(
                now[k], *memory[k], g, t, rate(t - 1), lam * (len(now[k].shape) > 1)
            )
            now[k][...] = p
    return now, losses, norms


class _Optimizer:
    """The same as an object, as PyTorch writes it."""

    def __init__(self, theta, step, lam):
        self.theta = [np.array(p) for p in theta]
        self.state = [(0.0 * p, 0.0 * p) for p in theta]
        self.update, self.lam, self.t = step, lam, 0

    def step(self, grads, eta):
        self.t += 1
        for k, g in enumerate(grads):
            p = self.theta[k]
            lam = self.lam if p.ndim > 1 else 0
            self.theta[k], *state = self.update(p, *self.state[k], g, self.t, eta, lam)
            self.state[k] = tuple(state)


def fit_by_a_class(theta, gradient, clip, rate, step, lam, steps):
    optimizer, losses, norms = _Optimizer(theta, step, lam), [], []
    while optimizer.t < steps:
        J, grads = gradient(optimizer.theta)
        clipped, norm = clip(grads)
        optimizer.step(clipped, rate(optimizer.t))
        losses += [J]
        norms += [norm]
    return [optimizer.theta, losses, norms]


def _own_clip(theta, gradient, clip, rate, step, lam, steps):
    def clip_by_norm(grads, c):
        norm = np.sqrt(sum((g**2).sum() for g in grads))
        return [g * min(1.0, c / norm) for g in grads], norm

    def tamed(grads):
        return clip_by_norm(grads, 1.0)

    return fit_with_lists(theta, gradient, tamed, rate, step, lam, steps)


def _own_schedule(theta, gradient, clip, rate, step, lam, steps):
    def schedule(t, top):
        return top * (t + 1)

    plan = [schedule(t, 0.03) for t in range(steps)]
    return fit_with_lists(theta, gradient, clip, plan.__getitem__, step, lam, steps)


WRONG_WAYS = {"X11.6y": [_own_clip, _own_schedule]}
RIGHT_WAYS = [fit_with_lists, fit_from_one, fit_by_a_class]


# --- what the reference has to agree with ---------------------------------------------


def witness_optimizer_of_torch() -> None:
    """With AdamW's own pieces the loop trains as PyTorch does."""
    import torch

    from .g10_7_adamw_step import adamw_step
    from .g10_8_schedule import schedule
    from .g12_3_clip_by_norm import clip_by_norm

    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    start = [rng.normal(size=(2, 3)), rng.normal(size=2)]

    def torch_loss(W: Any, b: Any) -> Any:
        return ((torch.tensor(X) @ W.T + b - torch.tensor(y)) ** 2).sum()

    def gradient(theta: list[Array]) -> tuple[float, list[Array]]:
        e = X @ theta[0].T + theta[1] - y
        return float((e**2).sum()), [2 * e.T @ X, 2 * e.sum(axis=0)]

    found, losses, _ = fit_batch(
        start,
        gradient,
        lambda grads: clip_by_norm(grads, 5.0),
        lambda t: schedule(t, 0.1, 0.01, 2, 6),
        lambda p, m, v, g, t, eta, lam: adamw_step(
            p, m, v, g, t, eta, 0.9, 0.999, 1e-8, lam
        ),
        0.2,
        6,
    )
    W, b = (torch.tensor(p, requires_grad=True) for p in start)
    groups = [
        {"params": [W], "weight_decay": 0.2},
        {"params": [b], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups)
    for t in range(6):
        optimizer.zero_grad()
        J = torch_loss(W, b)
        J.backward()
        np.testing.assert_allclose(losses[t], J.item(), rtol=1e-5)
        torch.nn.utils.clip_grad_norm_([W, b], 5.0)
        for group in optimizer.param_groups:
            group["lr"] = schedule(t, 0.1, 0.01, 2, 6)
        optimizer.step()
    np.testing.assert_allclose(found[0], W.detach().numpy(), rtol=1e-5)
    np.testing.assert_allclose(found[1], b.detach().numpy(), rtol=1e-5)


def witness_lists_are_as_long_as_asked() -> None:
    for (*_, steps), (_, losses, norms) in expected(EXERCISE):
        assert len(losses) == len(norms) == steps
