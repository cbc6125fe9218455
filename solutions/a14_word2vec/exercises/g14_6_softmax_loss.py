"""G14.6 `softmax_loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._shared import autograd, sigmoid
from ._shared import CLOSE, SOFTMAX, WORD2VEC, Array, Rng, Triple, softmax_loss

FINITE = "finite and right numbers for scores of 1000 and -1000"


def softmax_inputs(rng: Rng) -> list[Case]:
    """Sizes that differ and agree; first, last and middle word; a word alone at the edge."""

    def case(V: int, d: int, c: int, **more: Any) -> Case:
        args = (rng.normal(0, 1, d), c, rng.normal(0, 1, (V, d)))
        return Case(name=f"V = {V}, d = {d}, c = {c}", args=args, **more)

    def far(c: int, *scores: float) -> Case:
        """Scores are given; v_w has 1 in its first place and small numbers elsewhere."""
        v_w = np.array([1.0, 0.25, -0.5])
        u = rng.normal(0, 1, (len(scores), 3))
        u[:, 0] = np.array(scores) - u[:, 1:] @ v_w[1:]
        name = f"c = {c}, scores {', '.join(f'{s:g}' for s in scores)}"
        return Case(name=name, args=(v_w, c, u), role="edge", requirement=FINITE)

    return [
        case(5, 3, 2),
        case(4, 6, 0),
        case(3, 3, 1),
        case(7, 2, 6),
        case(2, 4, 1),
        case(6, 1, 3),
        far(1, 1000.0, 998.5, -1000.0),
        far(2, 1000.0, -1000.0, -999.0),
        far(0, -1000.0, -1001.0, -999.5, -1000.5),
    ]


def _softmax(s: Array) -> Array:
    p = np.exp(s - s.max())
    return np.asarray(p / p.sum())


def _flawed(
    *,
    scores: Callable[[Array, Array], Array] = lambda v_w, u: u @ v_w,
    p: Callable[[Array], Array] = _softmax,
    L: Callable[[Array, int], Any] = lambda p, c: -np.log(p[c]),
    e: Callable[[Array, Array], Array] = lambda p, y: p - y,
    dv: Callable[..., Any] = lambda e, v_w, c, u: e @ u,
    du: Callable[..., Any] = lambda e, v_w, c, u: np.outer(e, v_w),
) -> Callable[[Array, int, Array], Triple]:
    def run(v_w: Array, c: int, u: Array) -> Triple:
        chances = p(scores(v_w, u))
        error = e(chances, np.eye(len(u))[c])
        return L(chances, c), dv(error, v_w, c, u), du(error, v_w, c, u)

    return run


def _log_of_zero(p: Array, c: int) -> Any:
    with np.errstate(divide="ignore"):
        return -np.log(p[c])


def _others_only(own: bool) -> Callable[[Array, int, Array], Triple]:
    """Return a loss whose sum below the fraction lacks c, which has a p of its own or 0."""

    def run(v_w: Array, c: int, u: Array) -> Triple:
        s = u @ v_w
        total = np.logaddexp.reduce(np.delete(s, c))
        p = np.exp(s - total)
        p[c] = p[c] if own else 0.0
        e = p - np.eye(len(u))[c]
        return total - s[c], e @ u, np.outer(e, v_w)

    return run


def _maximum_lost(v_w: Array, c: int, u: Array) -> Triple:
    """In L the maximum was subtracted from the sum, and not from the score of c."""
    L, dv, du = softmax_loss(v_w, c, u)
    return float(L - np.max(u @ v_w)), dv, du


def _row(e: Array, v_w: Array, c: int, u: Array) -> Array:
    du = np.zeros(u.shape)
    du[c] = e[c] * v_w
    return du


def _unit(u: Array) -> Array:
    return np.asarray(u / np.linalg.norm(u, axis=-1, keepdims=True))


EXERCISE = Exercise(
    id="G14.6",
    function="softmax_loss",
    points=4,
    reference=softmax_loss,
    inputs=softmax_inputs,
    outputs=("L", "dv", "du"),
    parts=(
        Part(name="L", weight=0.8, output="L"),
        Part(name="dv", weight=1.2, output="dv"),
        Part(name="du", weight=1.2, output="du"),
        Part(name=FINITE, weight=0.6, edge=FINITE),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    pack="tuple",
    lecture=WORD2VEC,
    mistakes=(
        Mistake(
            code="X14.6a",
            variant=_flawed(e=lambda p, y: y - p),
            message="Both gradients have the wrong sign. The error is prediction minus "
            "target: p - y.",
            lecture=SOFTMAX,
        ),
        Mistake(
            code="X14.6b",
            variant=_flawed(e=lambda p, y: p),
            message="The error of every word is its p. At the true word 1 has to be "
            "subtracted: p - y.",
            lecture=SOFTMAX,
        ),
        Mistake(
            code="X14.6c",
            variant=_flawed(e=lambda p, y: -y),
            message="These are the gradients of the score of c alone, with a minus. The sum "
            "below the fraction depends on all scores: p is missing in p - y.",
            lecture=SOFTMAX,
        ),
        Mistake(
            code="X14.6d",
            variant=_flawed(du=_row),
            message="du is right in row c, and 0 elsewhere. Every word stands in the sum "
            "below the fraction, so every row gets its share.",
        ),
        Mistake(
            code="X14.6d",
            variant=_flawed(
                dv=lambda e, v_w, c, u: e[c] * u[c],
                du=_row,
            ),
            message="dv and du have the share of the word c only. Every word stands in the "
            "sum below the fraction, so all of them have a share.",
        ),
        Mistake(
            code="X14.6e",
            variant=_flawed(dv=lambda e, v_w, c, u: e[c] * u[c]),
            message="dv has the share of the word c only. v_w is in all scores: add up the "
            "shares of all words.",
        ),
        Mistake(
            code="X14.6f",
            variant=_flawed(L=lambda p, c: np.log(p[c])),
            message="L is the logarithm itself. The loss is MINUS the logarithm of the "
            "probability.",
        ),
        Mistake(
            code="X14.6f",
            variant=_flawed(L=lambda p, c: -np.log(p).sum()),
            message="L adds up minus the logarithms of all probabilities. Only that of the "
            "word c counts.",
        ),
        Mistake(
            code="X14.6f",
            variant=_flawed(L=lambda p, c: 1 - p[c]),
            message="L is 1 - p. The loss is minus the logarithm of p.",
        ),
        Mistake(
            code="X14.6f",
            variant=_flawed(L=lambda p, c: p[c]),
            message="L is the probability of the word c. The loss is minus its logarithm.",
        ),
        Mistake(
            code="X14.6f",
            variant=_flawed(L=lambda p, c: -np.log2(p[c])),
            message="L is a logarithm to the base 2. This course takes the natural one.",
        ),
        Mistake(
            code="X14.6f",
            variant=_flawed(L=lambda p, c: -np.sum(p * np.log(p))),
            message="L is the entropy of p. The target is the word c: minus the logarithm of "
            "its p.",
        ),
        Mistake(
            code="X14.6g",
            variant=_flawed(p=sigmoid),
            message="Each score went through the logistic function by itself. Here all V "
            "words compete: softmax.",
        ),
        Mistake(
            code="X14.6h",
            variant=_flawed(
                L=lambda p, c: -np.log(p[c]) / len(p), e=lambda p, y: (p - y) / len(p)
            ),
            message="Everything is divided by the number of words V. There is one pair and "
            "no mean.",
        ),
        Mistake(
            code="X14.6h",
            variant=_flawed(e=lambda p, y: (p - y) / len(p)),
            message="Both gradients are divided by the number of words V. There is one pair "
            "and no mean.",
        ),
        Mistake(
            code="X14.6i",
            variant=_flawed(e=lambda p, y: (p - y) * p * (1 - p)),
            message="A slope p(1 - p) too many: p - y is the gradient by the scores already.",
            lecture=SOFTMAX,
        ),
        Mistake(
            code="X14.6j",
            variant=_flawed(du=lambda e, v_w, c, u: np.outer(v_w, e)),
            message="du is transposed. It has the shape of u: a row for each word.",
        ),
        Mistake(
            code="X14.6k",
            variant=_flawed(du=lambda e, v_w, c, u: e[:, None] * u),
            message="du is made of u itself. The score of a word is u_j times v_w: what is "
            "u_j multiplied by?",
        ),
        Mistake(
            code="X14.6l",
            variant=_flawed(dv=lambda e, v_w, c, u: e.sum() * v_w),
            message="dv is made of v_w itself. The score of a word is u_j times v_w: what "
            "is v_w multiplied by?",
        ),
        Mistake(
            code="X14.6m",
            variant=_flawed(scores=lambda v_w, u: _unit(u) @ _unit(v_w)),
            message="The scores are cosines. Here they are plain dot products.",
        ),
        Mistake(
            code="X14.6n",
            variant=lambda v_w, c, u: softmax_loss(v_w, c - 1, u),
            message="c is taken as a number that counts from 1. Word c is row c, from 0.",
        ),
        Mistake(
            code="X14.6o",
            variant=_flawed(du=lambda e, v_w, c, u: np.outer(e, v_w).sum(axis=0)),
            message="du is summed over the words. It has the shape of u, a row for each.",
        ),
        Mistake(
            code="X14.6p",
            variant=_flawed(dv=lambda e, v_w, c, u: e[:, None] * u),
            message="dv still has a row for each word. v_w is one vector and is in all "
            "scores: add the rows.",
        ),
        Mistake(
            code="X14.6q",
            variant=_flawed(dv=lambda e, v_w, c, u: (e @ u) / len(u)),
            message="dv is the mean of the words' shares. It is their sum.",
        ),
        Mistake(
            code="X14.6r",
            variant=_flawed(dv=lambda e, v_w, c, u: -u[c]),
            message="dv is minus the vector of c. The other half, the mean of all rows with "
            "the weights p, is missing.",
        ),
        Mistake(
            code="X14.6r",
            variant=_flawed(dv=lambda e, v_w, c, u: (e + np.eye(len(u))[c]) @ u),
            message="dv is the mean of all rows with the weights p. The vector of c has to be "
            "subtracted.",
        ),
        Mistake(
            code="X14.6s",
            variant=_flawed(dv=lambda e, v_w, c, u: -(e @ u)),
            message="dv has the wrong sign, du the right one. Both begin with p - y.",
        ),
        Mistake(
            code="X14.6t",
            variant=_flawed(
                du=lambda e, v_w, c, u: (
                    np.outer(e + np.eye(len(u))[c], v_w) - np.eye(len(u))[c][:, None]
                )
            ),
            message="In du 1 was subtracted from the whole row of c, after the product. "
            "Subtract it from p of c, before you multiply by v_w.",
        ),
        Mistake(
            code="X14.6t",
            variant=_flawed(du=lambda e, v_w, c, u: np.outer(e + np.eye(len(u))[c], v_w)),
            message="du lacks the 1 that is subtracted for the word c. dv has it.",
        ),
        Mistake(
            code="X14.6t",
            variant=_flawed(
                du=lambda e, v_w, c, u: np.outer(e + np.eye(len(u))[c] - 1, v_w)
            ),
            message="In du v_w was subtracted in every row. Only row c has p - 1; all others "
            "have p.",
        ),
        Mistake(
            code="X14.6u",
            variant=_flawed(L=_log_of_zero),
            message="The p of a word far behind is rounded to 0, and its logarithm is "
            "infinite. Take the logarithm of the fraction by hand: s_c minus the logarithm of "
            "the sum.",
        ),
        *(
            Mistake(
                code="X14.6u",
                variant=_flawed(L=lambda p, c, least=least: -np.log(p[c] + least)),
                message="A small number inside the logarithm stops L from growing. Take the "
                "logarithm of the fraction by hand: s_c minus the logarithm of the sum.",
            )
            for least in (1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
        *(
            Mistake(
                code="X14.6v",
                variant=_others_only(own),
                message="The sum below the fraction lacks the word c. It goes over all V "
                "words, c as well.",
            )
            for own in (True, False)
        ),
        Mistake(
            code="X14.6w",
            variant=_maximum_lost,
            message="The largest score is missing in L. If you subtract it in the sum, "
            "subtract it from s_c as well.",
        ),
        Mistake(
            code="X14.6s",
            variant=_flawed(du=lambda e, v_w, c, u: -np.outer(e, v_w)),
            message="du has the wrong sign, dv the right one. Both begin with p - y.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def softmax_with_one_hot(v_w, c, u):
    s = u @ v_w
    p = np.exp(s - np.max(s)) / np.sum(np.exp(s - np.max(s)))
    y = np.zeros(len(u))
    y[c] = 1
    L = np.log(np.sum(np.exp(s - s.max()))) + s.max() - s[c]
    return L, u.T @ (p - y), np.outer(p - y, v_w)


def softmax_in_columns(v_w, c, u):
    v = v_w.reshape(-1, 1)  # (d, 1)
    s = u @ v
    s = s - s.max()
    total = np.log(np.exp(s).sum())
    delta = np.exp(s - total)
    delta[c, 0] -= 1
    return (total - s[c]).item(), (u.T @ delta).ravel(), delta @ v.T


def softmax_in_loops(v_w, c, u):
    s = [float(np.dot(row, v_w)) for row in u]
    L = -s[c] + np.logaddexp.reduce(s)
    dv, du = -u[c], np.zeros_like(u)  # -u[c] is new
    for k in range(len(u)):
        p = np.exp(s[k] - np.logaddexp.reduce(s))
        dv = dv + p * u[k]
        du[k] = p * v_w
    du[c] -= v_w
    return [L, dv, du]


def softmax_by_einsum(v_w, c, u):
    s = np.einsum("jd,d->j", u, v_w)
    log_p = s - np.logaddexp.reduce(s)
    e = np.exp(log_p) - (np.arange(len(s)) == c)
    return -log_p[c], np.einsum("j,jd->d", e, u), np.einsum("j,d->jd", e, v_w)


RIGHT_WAYS = [
    softmax_with_one_hot,
    softmax_in_columns,
    softmax_in_loops,
    softmax_by_einsum,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (v_w, c, u), (L, dv, du) in expected(EXERCISE):
        label = torch.tensor([c])

        def loss(v_w: Any, u: Any, label: Any = label) -> Any:
            return torch.nn.functional.cross_entropy((u @ v_w)[None], label)

        value = loss(torch.tensor(v_w), torch.tensor(u)).item()
        np.testing.assert_allclose(L, value, **CLOSE)
        for mine, theirs in zip((dv, du), autograd(loss, v_w, u), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)
