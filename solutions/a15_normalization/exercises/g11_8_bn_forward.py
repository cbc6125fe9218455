"""G11.8 `bn_forward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Evidence, Exercise, Mistake, Part, Returned
from grader.vetting.witness import expected

from ..._shared import generic
from ._shared import ALONE, BATCH, CLOSE, TESTING, Array, Rng, factors, spread, standardised

OUTPUTS = ("y", "run_mu", "run_var")
TRAIN, TEST = "in training", "in testing"


def bn_inputs(rng: Rng) -> list[Case]:
    """Training and testing, sizes that differ and agree, a single example."""

    def case(n: int, h: int, eps: float, training: bool, **more: Any) -> Case:
        z = spread(rng, n, h)
        gamma, beta = factors(rng, h), rng.normal(1, 1, h)
        run_mu, run_var = rng.normal(2, 1, h), rng.uniform(1.5, 4, h)
        rho = float(rng.uniform(0.6, 0.9))
        group = TRAIN if training else TEST
        return Case(
            name=f"N = {n}, h = {h}, {group}",
            args=(z, gamma, beta, run_mu, run_var, rho, eps, training),
            group=group,
            **more,
        )

    z = np.array([[1.0], [1.0], [5.0], [5.0]])
    shown = (*map(np.array, ([3.0], [1.0], [0.0], [1.0])), 0.9, 0.0, True)
    tested = (*map(np.array, ([4.0], [1.0], [1.0], [4.0])), 0.75, 12.0, False)
    return [
        Case(name="visible", args=(z, *shown), role="visible", group=TRAIN),
        Case(name="visible, testing", args=(z[:1], *tested), role="visible", group=TEST),
        case(5, 3, 0.3, True),
        case(4, 4, 1e-5, True),
        case(2, 5, 0.7, True),
        case(7, 1, 0.2, True),
        case(5, 3, 0.4, False),
        case(3, 3, 1e-5, False),
        case(1, 4, 0.6, False),
        case(1, 3, 0.3, True, role="edge", requirement=ALONE),
        case(1, 1, 0.5, True, role="edge", requirement=ALONE),
    ]


def bn_forward(
    z: Array,
    gamma: Array,
    beta: Array,
    run_mu: Array,
    run_var: Array,
    rho: float,
    eps: float,
    training: bool,
) -> tuple[Array, Array, Array]:
    """Batch normalisation, unit by unit and example by example.

    Args:
        z: `(N, h)` float.
        gamma: `(h,)` float, factors.
        beta: `(h,)` float, shifts.
        run_mu: `(h,)` float, running means.
        run_var: `(h,)` float, running variances.
        rho: share of what was there before.
        eps: is added to each variance.
        training: whether the batch is measured.
    """
    y = np.empty(z.shape)
    new_mu, new_var = np.array(run_mu, float), np.array(run_var, float)
    for k in range(z.shape[1]):
        if training:
            z_hat, mu, var, _ = standardised(z[:, k], eps)
            new_mu[k] += (1 - rho) * (mu - run_mu[k])
            new_var[k] += (1 - rho) * (var - run_var[k])
        else:
            z_hat = [(v - run_mu[k]) / (run_var[k] + eps) ** 0.5 for v in z[:, k]]
        y[:, k] = [gamma[k] * v + beta[k] for v in z_hat]
    return y, new_mu, new_var


Moments = Callable[[Array], tuple[Array, Array]]


def _columns(z: Array) -> tuple[Array, Array]:
    return z.mean(axis=0), z.var(axis=0)


def _rows(z: Array) -> tuple[Array, Array]:
    return z.mean(axis=1, keepdims=True), z.var(axis=1, keepdims=True)


def _all(z: Array) -> tuple[Array, Array]:
    return z.mean() + 0 * z[0], z.var() + 0 * z[0]


def _sample(z: Array) -> tuple[Array, Array]:
    n = len(z)
    return z.mean(axis=0), z.var(axis=0) * n / max(n - 1, 1)


def _batch_norm(
    *,
    measure: Moments = _columns,
    stored: Moments | None = None,
    divide: Callable[[Array, Array, float], Array] = lambda c, var, eps: (
        c / np.sqrt(var + eps)
    ),
    divide_in_testing: Callable[[Array, Array, float], Array] | None = None,
    affine: Callable[[Array, Array, Array], Array] = lambda v, gamma, beta: (
        gamma * v + beta
    ),
    affine_in_testing: Callable[[Array, Array, Array], Array] | None = None,
    mix: Callable[[Array, Array, float], Array] = lambda old, new, rho: (
        rho * old + (1 - rho) * new
    ),
    keep: Callable[[Array, float], Array] = lambda var, eps: var,
    normalises_by: tuple[str, str] = ("batch", "running"),
    updates: tuple[str, str] = ("batch", "none"),
) -> Callable[..., Any]:
    """Return batch normalisation with something else in one place.

    Args:
        measure: mean and variance of the batch.
        stored: those that the running values take up.
        divide: what was centred, by what belongs to its variance.
        divide_in_testing: the same in testing.
        affine: gamma and beta.
        affine_in_testing: the same in testing.
        mix: of an old running value and a new one.
        keep: what of the variance the running values take up.
        normalises_by: which values, in training and in testing.
        updates: whether running values change, in training and in testing.
    """

    def forward(
        z: Array,
        gamma: Array,
        beta: Array,
        run_mu: Array,
        run_var: Array,
        rho: float,
        eps: float,
        training: bool,
    ) -> Any:
        mode = 0 if training else 1
        mu, var = measure(z)
        new_mu, new_var = run_mu, run_var
        if updates[mode] == "batch":
            mean, variance = (stored or measure)(z)
            new_mu = mix(run_mu, mean, rho)
            new_var = mix(run_var, keep(variance, eps), rho)
        use = normalises_by[mode]
        if use == "running":
            mu, var = run_mu, run_var
        elif use == "new":
            mu, var = new_mu, new_var
        elif use == "running mean":
            mu = run_mu
        elif use == "running variance":
            var = run_var
        by, then = divide, affine
        if not training:
            by, then = divide_in_testing or divide, affine_in_testing or affine
        return then(by(z - mu, var, eps), gamma, beta), new_mu, new_var

    return forward


def _alone_in_testing(evidence: Evidence) -> bool:
    """Whether three values come back in training, and an array of z's shape in testing."""
    return all(
        isinstance(outcome, Returned)
        and (
            len(outcome.value) == 3 and not isinstance(outcome.value, np.ndarray)
            if case.args[-1]
            else np.shape(outcome.value) == case.args[0].shape
        )
        for case, outcome, _ in generic(evidence)
    )


def _nothing_in_testing(evidence: Evidence) -> bool:
    """Whether None comes back in testing, and something in training."""
    return all(
        isinstance(outcome, Returned) and (outcome.value is None) != case.args[-1]
        for case, outcome, _ in generic(evidence)
    )


def _sample_in_testing(evidence: Evidence) -> bool:
    """Whether y is divided by a running variance times N / (N - 1), wherever N > 1."""
    found, wanted = [], []
    for case, outcome, _ in generic(evidence):
        z, gamma, beta, run_mu, run_var, _, eps, training = case.args
        if not training and len(z) > 1:
            assert isinstance(outcome, Returned)
            found.append(outcome.value[0])
            var = run_var * len(z) / (len(z) - 1)
            wanted.append(gamma * (z - run_mu) / np.sqrt(var + eps) + beta)
    return bool(found) and all(map(np.allclose, found, wanted))


EXERCISE = Exercise(
    id="G11.8",
    function="bn_forward",
    points=4,
    reference=bn_forward,
    inputs=bn_inputs,
    outputs=OUTPUTS,
    pack="tuple",
    parts=(
        Part(name="y in training", weight=1.2, output="y", group=TRAIN),
        Part(name="run_mu in training", weight=0.5, output="run_mu", group=TRAIN),
        Part(name="run_var in training", weight=0.6, output="run_var", group=TRAIN),
        Part(name="y in testing", weight=1.0, output="y", group=TEST),
        Part(name="run_mu in testing", weight=0.15, output="run_mu", group=TEST),
        Part(name="run_var in testing", weight=0.15, output="run_var", group=TEST),
        Part(name=ALONE, weight=0.2, edge=ALONE),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    lecture=BATCH,
    mistakes=(
        Mistake(
            code="X11.8a",
            variant=_batch_norm(measure=_sample),
            message="The variance is divided by N - 1. Batch normalisation takes the mean "
            "of the squares: divide by N (np.var does, without ddof).",
        ),
        Mistake(
            code="X11.8b",
            variant=_batch_norm(stored=_sample),
            message="run_var takes up a variance that is divided by N - 1, as PyTorch's "
            "does. In this task it divides by N there, too.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8c",
            variant=_batch_norm(mix=lambda old, new, rho: (1 - rho) * old + rho * new),
            message="rho and 1 - rho are exchanged (PyTorch's momentum is 1 - rho). Here "
            "rho belongs to the old running value.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8d",
            variant=_batch_norm(normalises_by=("batch", "batch")),
            message="In testing you measure the batch again. There the running values take "
            "the places of mean and variance, whatever else is in the batch.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8e",
            variant=_batch_norm(updates=("batch", "batch")),
            message="In testing the running values change. Testing must leave them as they "
            "come in.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8f",
            variant=_batch_norm(normalises_by=("new", "running")),
            message="In training you normalise by the running values. They are only kept "
            "there; mean and variance are those of the batch.",
        ),
        Mistake(
            code="X11.8f",
            variant=_batch_norm(normalises_by=("running", "running")),
            message="In training you normalise by the running values. They are only kept "
            "there; mean and variance are those of the batch.",
        ),
        Mistake(
            code="X11.8g",
            variant=_batch_norm(divide=lambda c, var, eps: c / (np.sqrt(var) + eps)),
            message="epsilon is added to the root. It belongs to the variance, under the "
            "root.",
        ),
        Mistake(
            code="X11.8h",
            variant=_batch_norm(divide=lambda c, var, eps: c / np.sqrt(var)),
            message="epsilon is missing. Add it to the variance, under the root, in "
            "training and in testing.",
        ),
        Mistake(
            code="X11.8i",
            variant=_batch_norm(divide=lambda c, var, eps: c / (var + eps)),
            message="You divide by the variance. Divide by the root of variance plus "
            "epsilon.",
        ),
        Mistake(
            code="X11.8j",
            variant=_batch_norm(measure=_rows),
            message="Mean and variance are taken over the units of each example. Batch "
            "normalisation takes them over the examples, axis 0.",
        ),
        Mistake(
            code="X11.8j",
            variant=_batch_norm(measure=_rows, stored=_columns),
            message="y is normalised over the units of each example: that is layer "
            "normalisation. Take mean and variance over the examples, axis 0.",
        ),
        Mistake(
            code="X11.8k",
            variant=_batch_norm(measure=_all),
            message="One mean and one variance serve all units. Each unit, each column of "
            "z, has its own: axis=0 is missing.",
        ),
        Mistake(
            code="X11.8l",
            variant=_batch_norm(affine=lambda v, gamma, beta: v),
            message="gamma and beta are missing: y is gamma * z_hat + beta, in training "
            "and in testing.",
        ),
        Mistake(
            code="X11.8l",
            variant=_batch_norm(affine=lambda v, gamma, beta: gamma * v),
            message="beta is missing: y is gamma * z_hat + beta.",
        ),
        Mistake(
            code="X11.8l",
            variant=_batch_norm(affine=lambda v, gamma, beta: v + beta),
            message="gamma is missing: y is gamma * z_hat + beta.",
        ),
        Mistake(
            code="X11.8m",
            variant=_batch_norm(affine=lambda v, gamma, beta: beta * v + gamma),
            message="gamma and beta have changed places: gamma is the factor, beta is "
            "added.",
        ),
        Mistake(
            code="X11.8m",
            variant=_batch_norm(affine=lambda v, gamma, beta: gamma * (v + beta)),
            message="beta is multiplied by gamma, too. It is added at the end.",
        ),
        Mistake(
            code="X11.8n",
            variant=_batch_norm(keep=lambda var, eps: var + eps),
            message="epsilon is in the running variance. Keep the variance alone; epsilon "
            "is added each time under the root.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8o",
            variant=_batch_norm(keep=lambda var, eps: np.sqrt(var + eps)),
            message="run_var takes up s, a root. It takes up the variance.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8o",
            variant=_batch_norm(keep=lambda var, eps: np.sqrt(var)),
            message="run_var takes up a standard deviation. It takes up the variance.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8p",
            variant=_batch_norm(updates=("none", "none")),
            message="The running values never change. In training return the new ones: "
            "rho of the old value and 1 - rho of the batch's.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8q",
            variant=_batch_norm(mix=lambda old, new, rho: new),
            message="The values of this batch come back in place of the running ones. "
            "They replace a share 1 - rho only; rho of the old value stays.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8r",
            variant=_batch_norm(mix=lambda old, new, rho: old + (1 - rho) * new),
            message="The running values only grow: the old value stays whole. Multiply it "
            "by rho.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8r",
            variant=_batch_norm(mix=lambda old, new, rho: rho * old + new),
            message="The value of the batch enters whole. Its share is 1 - rho.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8s",
            variant=_batch_norm(divide_in_testing=lambda c, var, eps: c / np.sqrt(var)),
            message="epsilon is missing in testing: add it to the running variance, as you "
            "do in training.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8t",
            variant=_batch_norm(divide_in_testing=lambda c, var, eps: c / var),
            message="In testing you divide by the running variance. Divide by the root of "
            "it plus epsilon.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8t",
            variant=_batch_norm(divide_in_testing=lambda c, var, eps: c / (var + eps)),
            message="The root is missing in testing: divide by the root of the running "
            "variance plus epsilon.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8u",
            variant=_batch_norm(affine_in_testing=lambda v, gamma, beta: v),
            message="gamma and beta are missing in testing. They are parameters of the "
            "layer and work there, too.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8v",
            variant=_batch_norm(normalises_by=("batch", "running mean")),
            message="In testing the mean is the running one, but the variance is measured "
            "on the batch. Take the running variance.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8v",
            variant=_batch_norm(normalises_by=("batch", "running variance")),
            message="In testing the variance is the running one, but the mean is measured "
            "on the batch. Take the running mean.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8y",
            variant=_batch_norm(
                mix=lambda old, new, rho: (rho * old + (1 - rho) * new)[None]
            ),
            message="In training the running values come back with an axis too many, of "
            "length 1. Their shape is (h,): without keepdims.",
        ),
        Mistake(
            code="X11.8z",
            variant=_batch_norm(measure=lambda z: (z.mean(axis=0), z.std(axis=0))),
            message="In the place of the variance stands the standard deviation, its root. "
            "np.var gives the variance.",
        ),
        Mistake(
            code="X11.8A",
            detect=_alone_in_testing,
            message="In testing y comes back alone. Return the tuple (y, run_mu, run_var) "
            "there, too.",
        ),
        Mistake(
            code="X11.8B",
            detect=_nothing_in_testing,
            message="In testing nothing comes back. Return the tuple (y, run_mu, run_var) "
            "there, too.",
        ),
        Mistake(
            code="X11.8C",
            detect=_sample_in_testing,
            message="In testing the running variance is multiplied by N / (N - 1). It is "
            "used as it comes in: a single example has no N - 1.",
            lecture=TESTING,
        ),
        Mistake(
            code="X11.8x",
            variant=_batch_norm(
                normalises_by=("running", "batch"), updates=("none", "batch")
            ),
            message="Training and testing are exchanged: with training=True the batch is "
            "measured and the running values change.",
        ),
        Mistake(
            code="X11.8w",
            variant=_batch_norm(divide=lambda c, var, eps: c),
            message="The mean is taken away, but nothing is divided: divide by the root of "
            "variance plus epsilon.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def bn_as_in_the_lecture(z, gamma, beta, run_mu, run_var, rho, eps, training):
    if training:
        mu, var = z.mean(axis=0), z.var(axis=0)
        run_mu = rho * run_mu + (1 - rho) * mu
        run_var = rho * run_var + (1 - rho) * var
    else:
        mu, var = run_mu, run_var
    return gamma * (z - mu) / np.sqrt(var + eps) + beta, run_mu, run_var


def bn_with_moments(z, gamma, beta, run_mu, run_var, rho, eps, training):
    if not training:
        return (z - run_mu) * (gamma * (run_var + eps) ** -0.5) + beta, run_mu, run_var
    mu = np.einsum("nh->h", z) / len(z)
    centred = z - mu
    var = np.einsum("nh,nh->h", centred, centred) / len(z)
    y = centred * (gamma * (var + eps) ** -0.5) + beta
    return [y, run_mu + (1 - rho) * (mu - run_mu), run_var + (1 - rho) * (var - run_var)]


class _Layer:
    """The same as an object, as PyTorch writes it."""

    def __init__(self, gamma, beta, run_mu, run_var, rho, eps):
        self.gamma, self.beta = gamma, beta
        self.run = {"mu": run_mu.copy(), "var": run_var.copy()}
        self.rho, self.eps, self.training = rho, eps, True

    def __call__(self, z):
        batch = {"mu": np.mean(z, 0), "var": np.var(z, 0)}
        if self.training:
            for name, old in self.run.items():
                old *= self.rho
                old += (1 - self.rho) * batch[name]
        else:
            batch = self.run
        return (z - batch["mu"]) / np.sqrt(batch["var"] + self.eps) * self.gamma + self.beta


def bn_by_a_class(z, gamma, beta, run_mu, run_var, rho, eps, training):
    layer = _Layer(gamma, beta, run_mu, run_var, rho, eps)
    layer.training = training
    y = layer(z)
    return y, layer.run["mu"], layer.run["var"]


def bn_unit_by_unit(z, gamma, beta, run_mu, run_var, rho, eps, training):
    N, h = z.shape
    y, new_mu, new_var = np.zeros((N, h)), run_mu.copy(), run_var.copy()
    for j in range(h):
        mu, var = run_mu[j], run_var[j]
        if training:
            mu = sum(z[:, j]) / N
            var = sum(z[:, j] ** 2) / N - mu**2
            new_mu[j] = rho * run_mu[j] + (1 - rho) * mu
            new_var[j] = rho * run_var[j] + (1 - rho) * var
        for n in range(N):
            y[n, j] = gamma[j] * (z[n, j] - mu) / (var + eps) ** 0.5 + beta[j]
    return y, new_mu, new_var


def _no_tuple(z, gamma, beta, run_mu, run_var, rho, eps, training):
    if not training:
        return gamma * (z - run_mu) / np.sqrt(run_var + eps) + beta
    return bn_as_in_the_lecture(z, gamma, beta, run_mu, run_var, rho, eps, training)


def _nothing(z, gamma, beta, run_mu, run_var, rho, eps, training):
    if training:
        return bn_as_in_the_lecture(z, gamma, beta, run_mu, run_var, rho, eps, training)
    return None


def _unbiased(at_one):
    def forward(z, gamma, beta, run_mu, run_var, rho, eps, training):
        if training:
            return bn_as_in_the_lecture(z, gamma, beta, run_mu, run_var, rho, eps, training)
        N = len(z)
        var = run_var * (N / (N - 1) if N > 1 else at_one)
        return gamma * (z - run_mu) / np.sqrt(var + eps) + beta, run_mu, run_var

    return forward


def _unbiased_without_care(z, gamma, beta, run_mu, run_var, rho, eps, training):
    if training:
        return bn_as_in_the_lecture(z, gamma, beta, run_mu, run_var, rho, eps, training)
    var = run_var * len(z) / (len(z) - 1)
    return gamma * (z - run_mu) / np.sqrt(var + eps) + beta, run_mu, run_var


WRONG_WAYS = {
    "X11.8A": [_no_tuple],
    "X11.8B": [_nothing],
    "X11.8C": [_unbiased(1.0), _unbiased(0.0), _unbiased_without_care],
}
RIGHT_WAYS = [bn_as_in_the_lecture, bn_with_moments, bn_by_a_class, bn_unit_by_unit]


# --- what the reference has to agree with ---------------------------------------------


def witness_batch_norm_of_torch() -> None:
    """PyTorch's running variance divides by N - 1; its momentum is 1 - rho."""
    import torch

    for (z, gamma, beta, mu, var, rho, eps, training), value in expected(EXERCISE):
        n = len(z)
        if training and n == 1:
            continue  # PyTorch refuses it
        run_mu, run_var = torch.tensor(mu), torch.tensor(var)
        y = torch.nn.functional.batch_norm(
            torch.tensor(z),
            run_mu,
            run_var,
            torch.tensor(gamma),
            torch.tensor(beta),
            training=training,
            momentum=1 - rho,
            eps=eps or 1e-300,
        )
        np.testing.assert_allclose(value[0], y.numpy(), **CLOSE)
        np.testing.assert_allclose(value[1], run_mu.numpy(), **CLOSE)
        theirs = run_var.numpy()
        if training:
            share = (theirs - rho * var) * (n - 1) / n
            theirs = rho * var + share
        np.testing.assert_allclose(value[2], theirs, **CLOSE)


def witness_one_example_is_beta() -> None:
    for (z, _, beta, _, var, rho, _, training), value in expected(EXERCISE):
        if training and len(z) == 1:
            np.testing.assert_allclose(value[0], beta[None], **CLOSE)
            np.testing.assert_allclose(value[2], rho * var, **CLOSE)
