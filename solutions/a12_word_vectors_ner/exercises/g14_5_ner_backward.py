"""G14.5 `ner_backward`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd, sigmoid
from ._shared import GRADIENTS, TANH, Array, Rng


def score_inputs(rng: Rng) -> list[Case]:
    """Both labels, unequal sizes and equal ones; scores and sums of +-1000."""

    def case(n: int, m: int, y: int, name: str) -> Case:
        u, b, x = rng.normal(0, 1.5, n), rng.normal(0, 1, n), rng.normal(0, 1, m)
        return Case(name=name, args=(u, rng.normal(0, 1, (n, m)), b, x, y))

    def far(u: float, z: float, y: int, name: str) -> Case:
        """Wrong by far, or two units of three at their ends: nothing underflows alone."""
        W, x = rng.normal(0, 0.5, (3, 2)), rng.normal(0, 0.5, 2)
        b = z * np.array([1.0, -1.0, 0.0]) + 0.3
        args = u * rng.uniform(0.5, 1, 3), W, b, x, y
        return Case(name=name, args=args, role="edge", requirement=requirement)

    requirement = "scores s and sums z of size 1000 give finite gradients"
    return [
        case(3, 4, 1, "n = 3, y = 1"),
        case(2, 5, 0, "n = 2, y = 0"),
        case(5, 3, 1, "n = 5, y = 1"),
        case(4, 4, 0, "square"),
        far(1000, 0, 0, "large s, y = 0"),
        far(-1000, 0, 1, "large -s, y = 1"),
        far(1.5, 1000, 1, "large z"),
        far(-1.5, -1000, 0, "large -z"),
    ]


Backward = Callable[[Array, Array, Array, Array, int], tuple[Array, Array, Array, Array]]


def ner_backward(
    u: Array, W: Array, b: Array, x: Array, y: int
) -> tuple[Array, Array, Array, Array]:
    """T14.10 with E14: entry by entry, from the loss down."""
    n, m = W.shape
    z = [math.fsum(W[i, j] * x[j] for j in range(m)) + b[i] for i in range(n)]
    h = [float(sigmoid(z_i)) for z_i in z]
    s = math.fsum(u[i] * h[i] for i in range(n))
    e = -float(sigmoid(-s)) if y == 1 else float(sigmoid(s))
    delta = [e * u[i] * h[i] * float(sigmoid(-z[i])) for i in range(n)]
    dW = [[delta[i] * x[j] for j in range(m)] for i in range(n)]
    dx = [math.fsum(delta[i] * W[i, j] for i in range(n)) for j in range(m)]
    return np.array([e * h_i for h_i in h]), np.array(dW), np.array(delta), np.array(dx)


def _flawed(
    *,
    e: Callable[[Array, int], Any] = lambda s, y: sigmoid(s) - y,
    slope: Callable[[Array, Array], Any] = lambda z, h: h * sigmoid(-z),
    du: Callable[..., Any] = lambda e, u, h, z: e * h,
    dx: Callable[..., Any] = lambda W, delta, x: W.T @ delta,
    f: Callable[[Array], Any] = sigmoid,
) -> Backward:
    def run(
        u: Array, W: Array, b: Array, x: Array, y: int
    ) -> tuple[Array, Array, Array, Array]:
        z = W @ x + b
        h = f(z)
        error = e(u @ h, y)
        delta = error * u * slope(z, h)
        return du(error, u, h, z), np.outer(delta, x), delta, dx(W, delta, x)

    return run


def _without_u(
    u: Array, W: Array, b: Array, x: Array, y: int
) -> tuple[Array, Array, Array, Array]:
    h = sigmoid(W @ x + b)
    error = sigmoid(u @ h) - y
    delta = error * h * (1 - h)
    return error * h, np.outer(delta, x), delta, W.T @ delta


def _early(
    u: Array, W: Array, b: Array, x: Array, y: int
) -> tuple[Array, Array, Array, Array]:
    du, dW, db, _ = _flawed()(u, W, b, x, y)
    return du, dW, db, W.T @ ((sigmoid(u @ sigmoid(W @ x + b)) - y) * u)


EXERCISE = Exercise(
    id="G14.5",
    function="ner_backward",
    points=5,
    reference=ner_backward,
    inputs=score_inputs,
    outputs=("du", "dW", "db", "dx"),
    pack="tuple",
    lecture=GRADIENTS,
    mistakes=(
        Mistake(
            code="M14.5a",
            variant=_flawed(e=lambda s, y: 1.0),
            message="These are the gradients of the score s. The loss has one factor more: "
            "how fast it changes with s.",
        ),
        Mistake(
            code="M14.5b",
            variant=_flawed(e=lambda s, y: y - sigmoid(s)),
            message="The error has the wrong sign: for a place with a low score the loss "
            "falls as s rises.",
        ),
        Mistake(
            code="M14.5c",
            variant=_flawed(e=lambda s, y: (sigmoid(s) - y) * sigmoid(s) * sigmoid(-s)),
            message="There is a slope of the logistic function too many at the top. It "
            "cancels against the derivative of the logarithm.",
        ),
        Mistake(
            code="M14.5d",
            variant=_flawed(slope=lambda z, h: 1.0),
            message="On the way from h to z the slope of f is missing.",
        ),
        Mistake(
            code="M14.5e",
            variant=_flawed(du=lambda e, u, h, z: e * u),
            message="u itself stands in its gradient. s is linear in u; look what u is "
            "multiplied by.",
        ),
        Mistake(
            code="M14.5f",
            variant=_flawed(du=lambda e, u, h, z: e * z),
            message="The gradient of u is made with z, before the activation. s is u times "
            "h, after it.",
        ),
        Mistake(
            code="M14.5g",
            variant=_flawed(dx=lambda W, delta, x: W.T @ delta * x),
            message="The gradient of x is multiplied by x itself. z is linear in x, and "
            "its derivative contains W only.",
        ),
        Mistake(code="X14.0d", variant=_flawed(slope=lambda z, h: 1 - h * h), message=TANH),
        Mistake(
            code="X14.0d",
            variant=_flawed(f=np.tanh, slope=lambda z, h: 1 - h * h),
            message=TANH,
        ),
        Mistake(
            code="X14.0e",
            variant=_flawed(slope=lambda z, h: sigmoid(h) * sigmoid(-h)),
            message="The slope of f is taken at h. It belongs at z; of h = f(z) it is "
            "h(1 - h).",
        ),
        Mistake(
            code="M14.5i",
            variant=_flawed(e=lambda s, y: s - y),
            message="The error is made of the score s as it is. The loss sees its "
            "probability: sigmoid(s) - y.",
        ),
        Mistake(
            code="M14.5j",
            variant=_flawed(e=lambda s, y: sigmoid(s) - 1),
            message="The label has no effect: every word is treated as a place, y = 1. The "
            "error is sigmoid(s) - y.",
        ),
        Mistake(
            code="M14.5j",
            variant=_flawed(e=lambda s, y: sigmoid(s)),
            message="The label has no effect: every word is treated as no place, y = 0. "
            "The error is sigmoid(s) - y.",
        ),
        Mistake(
            code="M14.5k",
            variant=_flawed(e=lambda s, y: 2 * (sigmoid(s) - y) * sigmoid(s) * sigmoid(-s)),
            message="These are gradients of a squared error. The loss here is the binary "
            "cross-entropy.",
        ),
        Mistake(
            code="M14.5l",
            variant=lambda u, W, b, x, y: _flawed()(u, W, 0 * b, x, y),
            message="b is missing in z = W x + b, so h and all that follows are others.",
        ),
        Mistake(
            code="M14.5m",
            variant=lambda u, W, b, x, y: _flawed()(np.ones_like(u), W, b, x, y),
            message="u has no effect, neither on the score s = u h nor on the way back "
            "from s to h.",
        ),
        Mistake(
            code="M14.5m",
            variant=_without_u,
            message="u is missing on the way back from s to h: the error of h is the error "
            "of s times u.",
        ),
        Mistake(
            code="M14.5n",
            variant=_early,
            message="dx is taken from the error of h. From h the way leads through the "
            "slope of f first: W.T meets the error of z.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def ner_in_loops(u, W, b, x, y):
    def f(t):
        return 1 / (1 + math.exp(-t)) if t > 0 else math.exp(t) / (1 + math.exp(t))

    n, m = W.shape
    h = [f(sum(W[i, j] * x[j] for j in range(m)) + b[i]) for i in range(n)]
    e = f(sum(u[i] * h[i] for i in range(n))) - y
    delta = np.array([e * u[i] * h[i] * (1 - h[i]) for i in range(n)])
    dW = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            dW[i, j] = delta[i] * x[j]
    return [np.array([e * v for v in h]), dW, delta.copy(), delta @ W]


def ner_in_columns(u, W, b, x, y):
    u, b, x = u[:, None], b[:, None], x[:, None]
    h = 0.5 * (1 + np.tanh((W @ x + b) / 2))
    e = 0.5 * (1 + np.tanh((u.T @ h) / 2)) - y  # (1, 1)
    delta = (u @ e) * h * (1 - h)
    return (h @ e).ravel(), delta @ x.T, delta[:, 0], (W.T @ delta).squeeze(axis=1)


def ner_by_autograd(u, W, b, x, y):
    import torch

    leaves = [torch.tensor(v, requires_grad=True) for v in (u, W, b, x)]
    tu, tW, tb, tx = leaves
    s = tu @ torch.sigmoid(tW @ tx + tb)
    loss = torch.nn.functional.softplus(-s if y == 1 else s)
    return tuple(g.numpy() for g in torch.autograd.grad(loss, leaves))


def ner_by_cases(u, W, b, x, y):
    def f(t):
        small = np.exp(-np.abs(t))
        return np.where(t >= 0, 1, small) / (1 + small)

    h = f(np.einsum("ij,j->i", W, x) + b)
    s = np.dot(h, u)
    e = -f(-s) if y else f(s)
    down = e * u * f(W @ x + b) * f(-(W @ x + b))
    return e * h, down[:, None] * x, 1.0 * down, np.sum(W * down[:, None], axis=0)


RIGHT_WAYS = [ner_in_loops, ner_in_columns, ner_by_autograd, ner_by_cases]

EQUIVALENTS = {
    "e = sigmoid(u @ h) - y → e = sigmoid(h @ u) - y": "the inner product is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (*parameters, y), gradients in expected(EXERCISE):
        label = torch.tensor(float(y)).double()

        def loss(u: Any, W: Any, b: Any, x: Any, label: Any = label) -> Any:
            s = u @ torch.sigmoid(W @ x + b)
            return torch.nn.functional.binary_cross_entropy_with_logits(s, label)

        slopes = autograd(loss, *parameters)
        near_0 = 1e-12 * np.abs(parameters[0]).max()
        for slope, gradient in zip(slopes, gradients, strict=True):
            np.testing.assert_allclose(slope, gradient, rtol=1e-9, atol=near_0)


def differences_agree(loss: Callable[..., Any]) -> None:
    """Hold gradients against differences of a loss, where it is not too steep."""
    from utils.gradcheck import numeric_gradient, relative_error

    for (*parameters, y), gradients in expected(EXERCISE)[:4]:
        for i, gradient in enumerate(gradients):

            def moved(v: Any, i: int = i, p: Any = parameters, y: int = y) -> float:
                return float(loss(*p[:i], v, *p[i + 1 :], y))

            slopes = numeric_gradient(moved, parameters[i])
            assert relative_error(gradient, slopes) < 1e-6


def witness_differences_of_the_loss() -> None:
    def loss(u: Array, W: Array, b: Array, x: Array, y: int) -> float:
        s = float(u @ sigmoid(W @ x + b))
        return float(np.logaddexp(0, s) - y * s)

    differences_agree(loss)
