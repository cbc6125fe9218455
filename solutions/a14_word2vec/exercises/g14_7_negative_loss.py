"""G14.7 `negative_loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._shared import autograd, sigmoid
from ._shared import CLOSE, WORD2VEC, Array, Rng, Triple, negative_loss

FINITE = "finite and right numbers for scores of 1000 and -1000"
ONCE = "each word drawn once"
TWICE = "a word drawn several times"


def negative_inputs(rng: Rng) -> list[Case]:
    """One drawn word, several, all others; two and three times the same; large scores."""

    def case(V: int, d: int, c: int, *negatives: int, **more: Any) -> Case:
        args = (rng.normal(0, 1, d), c, rng.normal(0, 1, (V, d)), np.array(negatives))
        name = f"V = {V}, d = {d}, c = {c}, negatives {', '.join(map(str, negatives))}"
        return Case(name=name, args=args, **more)

    def far(c: int, negatives: list[int], *scores: float) -> Case:
        v_w = np.array([1.0, 0.25, -0.5])
        u = rng.normal(0, 1, (len(scores), 3))
        u[:, 0] = np.array(scores) - u[:, 1:] @ v_w[1:]
        name = f"c = {c}, scores {', '.join(f'{s:g}' for s in scores)}"
        args = (v_w, c, u, np.array(negatives))
        return Case(name=name, args=args, role="edge", requirement=FINITE)

    return [
        case(6, 3, 2, 4, 0, group=ONCE),
        case(5, 4, 0, 3, group=ONCE),
        case(4, 4, 3, 1, 0, 2, group=ONCE),
        case(7, 2, 5, 6, 1, 3, 2, group=ONCE),
        case(3, 1, 1, 2, 0, group=ONCE),
        case(6, 3, 4, 1, 1, group=TWICE),
        case(5, 2, 0, 3, 2, 3, 4, group=TWICE),
        case(4, 4, 2, 0, 0, 0, 1, group=TWICE),
        far(0, [1, 2], 1000.0, -1000.0, 1.5),
        far(0, [1, 2], -1000.0, 1000.0, -0.5),
        far(2, [0, 1], 999.0, 1000.0, -2.0),
    ]


def _added(pairs: list[tuple[int, float]], v_w: Array, u: Array) -> Any:
    return sum(x * u[j] for j, x in pairs)


def _flawed(
    *,
    words: Callable[[int, list[int], int], list[tuple[int, float]]] | None = None,
    term: Callable[[float, float], Any] = lambda s, sign: np.logaddexp(0, -sign * s),
    e: Callable[[float, float], float] = lambda s, sign: -sign * sigmoid(-sign * s),
    L: Callable[[list[Any], int], Any] = lambda terms, m: sum(terms),
    dv: Callable[..., Any] = _added,
    du: Callable[..., Any] | None = None,
) -> Callable[[Array, int, Array, Array], Triple]:
    """Return a wrong loss. Pairs are words with their errors, c first.

    Args:
        words: which words with which signs there are.
        term: of the loss.
        e: slope of a term by the score.
        L: the loss of its terms and m.
        dv: of pairs.
        du: of pairs.
    """

    def run(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
        drawn = [int(k) for k in negatives]
        chosen = [(c, 1.0), *((k, -1.0) for k in drawn)]
        if words is not None:
            chosen = words(c, drawn, len(u))
        s = [float(u[j] @ v_w) for j, _ in chosen]
        terms = [term(x, sign) for x, (_, sign) in zip(s, chosen, strict=True)]
        pairs = [(j, e(x, sign)) for x, (j, sign) in zip(s, chosen, strict=True)]
        table = np.zeros(u.shape)
        if du is not None:
            table = du(pairs, v_w, u)
        else:
            for j, x in pairs:
                table[j] += x * v_w
        return L(terms, len(drawn)), dv(pairs, v_w, u), table

    return run


def _written(pairs: list[tuple[int, float]], v_w: Array, u: Array) -> Array:
    du = np.zeros(u.shape)
    for j, x in pairs:
        du[j] = x * v_w
    return du


def _once_each(pairs: list[tuple[int, float]], v_w: Array, u: Array) -> Any:
    return _added(list(dict(pairs).items()), v_w, u)


def _rows(choose: Callable[[list[Any]], list[Any]]) -> Callable[..., Array]:
    """Return du with the rows of some of the pairs only."""

    def du(pairs: list[tuple[int, float]], v_w: Array, u: Array) -> Array:
        table = np.zeros(u.shape)
        for j, x in choose(pairs):
            table[j] += x * v_w
        return table

    return du


def _unique(c: int, drawn: list[int], V: int) -> list[tuple[int, float]]:
    return [(c, 1.0), *((k, -1.0) for k in sorted(set(drawn)))]


def _all_others(c: int, drawn: list[int], V: int) -> list[tuple[int, float]]:
    return [(c, 1.0), *((k, -1.0) for k in range(V) if k != c)]


def _mean_of_drawn(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
    real = negative_loss(v_w, c, u, [])
    both = negative_loss(v_w, c, u, negatives)
    m = len(negatives)
    return (
        real[0] + (both[0] - real[0]) / m,
        real[1] + (both[1] - real[1]) / m,
        real[2] + (both[2] - real[2]) / m,
    )


def _by_table(table: Callable[..., Any]) -> Callable[..., Any]:
    def run(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
        L, dv, du = negative_loss(v_w, c, u, negatives)
        return L, dv, table(du, c, negatives)

    return run


def _once_in_the_gradients(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
    """The errors of the words are written into an array (V,)."""
    s = u @ v_w
    e = np.zeros(len(u))
    e[c] = sigmoid(s[c]) - 1
    e[negatives] = sigmoid(s[negatives])
    return negative_loss(v_w, c, u, negatives)[0], e @ u, np.outer(e, v_w)


def _last_drawn(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
    """L and dv are begun anew for each drawn word, du is one table of assignments."""
    L, dv, _ = negative_loss(v_w, c, u, negatives[-1:])
    return L, dv, _once_in_the_gradients(v_w, c, u, negatives)[2]


def _clipped(s: float, sign: float) -> Any:
    return np.logaddexp(0, np.clip(-sign * s, -500, 500))


def _softmax_of_drawn(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
    """The true word against the drawn ones, by softmax."""
    rows = [c, *negatives]
    s = u[rows] @ v_w
    p = np.exp(s - s.max())
    p /= p.sum()
    e = p - np.eye(len(rows))[0]
    du = np.zeros(u.shape)
    np.add.at(du, rows, np.outer(e, v_w))
    return -float(np.log(p[0])), e @ u[rows], du


def _negated(v_w: Array, c: int, u: Array, negatives: Array) -> Triple:
    L, dv, du = negative_loss(v_w, c, u, negatives)
    return L, -dv, -du


EXERCISE = Exercise(
    id="G14.7",
    function="negative_loss",
    points=5,
    reference=negative_loss,
    inputs=negative_inputs,
    outputs=("L", "dv", "du"),
    parts=(
        Part(name="L", weight=0.8, output="L", group=ONCE),
        Part(name="dv", weight=1.2, output="dv", group=ONCE),
        Part(name="du", weight=1.2, output="du", group=ONCE),
        Part(name=TWICE, weight=1.0, group=TWICE),
        Part(name=FINITE, weight=0.6, edge=FINITE),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    pack="tuple",
    lecture=WORD2VEC,
    mistakes=(
        Mistake(
            code="X14.7a",
            variant=_flawed(
                words=lambda c, drawn, V: [(c, 1.0), *((k, 1.0) for k in drawn)]
            ),
            message="The drawn words are treated like real ones. Their terms have a minus "
            "within sigma.",
        ),
        Mistake(
            code="X14.7a",
            variant=_flawed(e=lambda s, sign: -sigmoid(-s)),
            message="L is right, but in the gradients the drawn words are treated like real "
            "ones. With -s within sigma the slope has another sign.",
        ),
        Mistake(
            code="X14.7a",
            variant=_flawed(term=lambda s, sign: np.logaddexp(0, -s)),
            message="The gradients are right. In L the minus within sigma is missing for "
            "the drawn words.",
        ),
        Mistake(
            code="X14.7b",
            variant=_flawed(du=_written),
            message="A word that was drawn twice has one share in du. An assignment, and "
            "du[negatives] += …, write a row once: add one by one, or np.add.at.",
        ),
        Mistake(
            code="X14.7b",
            variant=_once_in_the_gradients,
            message="L is right, but in both gradients a word that was drawn twice counts "
            "once. An assignment, and e[negatives] += …, write an entry once: add one by "
            "one, or np.add.at.",
        ),
        Mistake(
            code="X14.7c",
            variant=_flawed(words=_unique),
            message="A word that was drawn twice counts once. Each draw is a term of its "
            "own.",
        ),
        Mistake(
            code="X14.7c",
            variant=_flawed(dv=_once_each),
            message="In dv a word that was drawn twice counts once. Each draw has a share of "
            "its own.",
        ),
        Mistake(
            code="X14.7d",
            variant=_flawed(dv=lambda pairs, v_w, u: pairs[0][1] * u[pairs[0][0]]),
            message="dv has the share of the real word only. The drawn words push v_w, too.",
        ),
        Mistake(
            code="X14.7e",
            variant=_flawed(dv=lambda pairs, v_w, u: sum(x * u[j] for j, x in pairs[1:])),
            message="dv has the shares of the drawn words only. The real word pulls v_w.",
        ),
        Mistake(
            code="X14.7f",
            variant=_flawed(du=_rows(lambda pairs: pairs[:1])),
            message="du is filled in row c only. The rows of the drawn words have gradients, "
            "too.",
        ),
        Mistake(
            code="X14.7g",
            variant=_flawed(du=_rows(lambda pairs: pairs[1:])),
            message="du is filled in the rows of the drawn words only. Row c has a gradient, "
            "too.",
        ),
        Mistake(
            code="X14.7h",
            variant=_mean_of_drawn,
            message="The terms of the drawn words are divided by m. They are added, without "
            "a mean.",
        ),
        Mistake(
            code="X14.7h",
            variant=_flawed(
                L=lambda terms, m: sum(terms) / (m + 1),
                dv=lambda pairs, v_w, u: sum(x * u[j] for j, x in pairs) / len(pairs),
                du=lambda pairs, v_w, u: (
                    _rows(lambda all_: all_)(pairs, v_w, u) / len(pairs)
                ),
            ),
            message="Everything is divided by the number of terms. The terms are added, "
            "without a mean.",
        ),
        Mistake(
            code="X14.7h",
            variant=_flawed(L=lambda terms, m: terms[0] + sum(terms[1:]) / m),
            message="In L the terms of the drawn words are divided by m. They are added, "
            "without a mean.",
        ),
        Mistake(
            code="X14.7v",
            variant=_flawed(e=lambda s, sign: sigmoid(-s) if sign > 0 else sigmoid(s)),
            message="In the gradients the share of the real word has the wrong sign. The "
            "slope of -log sigma(s) is sigma(s) - 1, which is negative.",
        ),
        Mistake(
            code="X14.7w",
            variant=_flawed(term=_clipped),
            message="L stops growing at scores of some size: something is clipped. "
            "-log sigma(-1000) is 1000; np.logaddexp(0, -s) is -log sigma(s), and stable.",
        ),
        *(
            Mistake(
                code="X14.7w",
                variant=_flawed(
                    term=lambda s, sign, least=least: -np.log(sigmoid(sign * s) + least)
                ),
                message="A small number inside the logarithm stops L from growing. "
                "-log sigma(-1000) is 1000; np.logaddexp(0, -s) is -log sigma(s), and stable.",
            )
            for least in (1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
        Mistake(
            code="X14.7x",
            variant=_last_drawn,
            message="In L and dv only the last drawn word is left. Add up over all of them.",
        ),
        Mistake(
            code="X14.7x",
            variant=lambda v_w, c, u, negatives: negative_loss(v_w, c, u, negatives[-1:]),
            message="Only the last drawn word counts. Add up over all of them.",
        ),
        Mistake(
            code="X14.7x",
            variant=lambda v_w, c, u, negatives: negative_loss(v_w, c, u, negatives[:1]),
            message="Only the first drawn word counts. Add up over all of them; see whether "
            "the 'return' is inside the loop.",
        ),
        Mistake(
            code="X14.7y",
            variant=_flawed(
                dv=lambda pairs, v_w, u: (
                    pairs[0][1] * u[pairs[0][0]] - _added(pairs[1:], v_w, u)
                )
            ),
            message="In dv the shares of the drawn words are subtracted. The slope of "
            "-log sigma(-s) is +sigma(s): they are added.",
        ),
        Mistake(
            code="X14.7i",
            variant=_negated,
            message="Both gradients have the wrong sign. The slope of -log sigma(s) is "
            "sigma(s) - 1, that of -log sigma(-s) is sigma(s).",
        ),
        Mistake(
            code="X14.7j",
            variant=_flawed(
                e=lambda s, sign: -sign * sigmoid(-sign * s) * sigmoid(s) * sigmoid(-s)
            ),
            message="A slope of sigma too many: sigma(s) - 1 and sigma(s) are the slopes by "
            "the score already.",
        ),
        Mistake(
            code="X14.7k",
            variant=_flawed(e=lambda s, sign: sigmoid(s)),
            message="For the real word, too, the slope is taken as sigma(s). It is "
            "sigma(s) - 1.",
        ),
        Mistake(
            code="X14.7l",
            variant=_by_table(lambda du, c, negatives: du[[c, *negatives]]),
            message="du has a row for the word c and for each drawn word. It has the shape "
            "of u, and is 0 in the rows of all other words.",
        ),
        Mistake(
            code="X14.7m",
            variant=_flawed(L=lambda terms, m: terms[0]),
            message="L has the term of the real word only. Each drawn word adds one.",
        ),
        Mistake(
            code="X14.7m",
            variant=_flawed(L=lambda terms, m: sum(terms[1:])),
            message="L has the terms of the drawn words only. That of the real word is "
            "missing.",
        ),
        Mistake(
            code="X14.7n",
            variant=_flawed(L=lambda terms, m: -sum(terms)),
            message="L has the wrong sign. It is MINUS the logarithms of probabilities, so "
            "it is positive.",
        ),
        Mistake(
            code="X14.7n",
            variant=_flawed(L=lambda terms, m: sum(terms[1:]) * -1 + terms[0]),
            message="In L the terms of the drawn words are subtracted. They stand there "
            "with a minus before the logarithm, too.",
        ),
        Mistake(
            code="X14.7o",
            variant=_flawed(L=lambda terms, m: sum(terms) / np.log(2)),
            message="L is made of logarithms to the base 2. This course takes the natural "
            "one.",
        ),
        Mistake(
            code="X14.7p",
            variant=_flawed(
                du=lambda pairs, v_w, u: _spread(pairs, u, lambda j: u[j]),
            ),
            message="du is made of u itself. The score of a word is u_j times v_w: what is "
            "u_j multiplied by?",
        ),
        Mistake(
            code="X14.7q",
            variant=_flawed(words=_all_others),
            message="All other words are taken as drawn. Only those in negatives count.",
        ),
        Mistake(
            code="X14.7r",
            variant=_flawed(
                term=lambda s, sign: -np.log(1 - sigmoid(-s)) if sign > 0 else -sigmoid(-s)
            ),
            message="In L the logarithm is missing for the drawn words.",
        ),
        Mistake(
            code="X14.7r",
            variant=_flawed(term=lambda s, sign: -sigmoid(sign * s)),
            message="In L the logarithms are missing.",
        ),
        Mistake(
            code="X14.7s",
            variant=_softmax_of_drawn,
            message="The words compete in a softmax. Here each pair has a question of its "
            "own, real or drawn, and a sigma of its own.",
        ),
        Mistake(
            code="X14.7t",
            variant=_flawed(e=lambda s, sign: sigmoid(s) - 1 if sign > 0 else -sigmoid(s)),
            message="L is right. In the gradients the drawn words have the wrong sign: the "
            "slope of -log sigma(-s) is +sigma(s).",
        ),
        Mistake(
            code="X14.7u",
            variant=_flawed(
                e=lambda s, sign: sigmoid(s) - 1 if sign > 0 else 1 - sigmoid(s)
            ),
            message="In the gradients the error of a drawn word is 1 - sigma(s). The slope "
            "of -log sigma(-s) is sigma(s).",
        ),
    ),
)


def _spread(pairs: list[Any], u: Array, row: Callable[[int], Array]) -> Array:
    du = np.zeros(u.shape)
    for j, x in pairs:
        du[j] += x * row(j)
    return du


# --- other right ways of writing it ---------------------------------------------------


def negative_on_whole_rows(v_w, c, u, negatives):
    rows = np.concatenate([[c], negatives])
    signs = np.where(np.arange(len(rows)) == 0, 1.0, -1.0)
    s = u[rows] @ v_w
    e = -signs * 0.5 * (1 - np.tanh(signs * s / 2))
    du = np.zeros_like(u)
    np.add.at(du, rows, e[:, None] * v_w)
    return np.logaddexp(0, -signs * s).sum(), e @ u[rows], du


def negative_by_counts(v_w, c, u, negatives):
    def sigma(z):
        return np.where(z > 0, 1, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z)))

    count = np.bincount(negatives, minlength=len(u))
    real = np.eye(len(u))[c]
    s = u @ v_w
    L = real @ np.logaddexp(0, -s) + count @ np.logaddexp(0, s)
    e = real * (sigma(s) - 1) + count * sigma(s)
    return L, u.T @ e, np.outer(e, v_w)


def negative_one_by_one(v_w, c, u, negatives):
    def sigma(z):
        return 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))

    def minus_log_sigma(z):
        return np.log1p(np.exp(-z)) if z > 0 else -z + np.log1p(np.exp(z))

    du = np.zeros(u.shape)
    s = np.dot(u[c], v_w)
    L = minus_log_sigma(s)
    dv = (sigma(s) - 1) * u[c]
    du[c] = (sigma(s) - 1) * v_w
    for k in negatives:
        s = np.dot(u[k], v_w)
        L += minus_log_sigma(-s)
        dv = dv + sigma(s) * u[k]
        du[k] = du[k] + sigma(s) * v_w
    return [L, dv, du]


def negative_with_one_hots(v_w, c, u, negatives):
    chosen = np.eye(len(u))[[c, *negatives]]  # (m + 1, V)
    y = np.zeros(len(chosen))
    y[0] = 1
    s = chosen @ u @ v_w
    e = np.exp(-np.logaddexp(0, -s)) - y
    L = np.sum(np.logaddexp(0, s) - y * s)
    return L, e @ chosen @ u, chosen.T @ np.outer(e, v_w)


RIGHT_WAYS = [
    negative_on_whole_rows,
    negative_by_counts,
    negative_one_by_one,
    negative_with_one_hots,
]


EQUIVALENTS = {
    "L = np.logaddexp(0, -s[0]) + np.logaddexp(0, s[1:]).sum() → L = np.logaddexp(-s[0], 0) + np.logaddexp(0, s[1:]).sum()": "logaddexp is symmetric",
    "L = np.logaddexp(0, -s[0]) + np.logaddexp(0, s[1:]).sum() → L = np.logaddexp(0, -s[0]) + np.logaddexp(s[1:], 0).sum()": "logaddexp is symmetric",
}


# --- examples of mistakes -------------------------------------------------------------


def negative_added_at_once(v_w, c, u, negatives):
    L, dv, _ = negative_loss(v_w, c, u, negatives)
    du = np.zeros(u.shape)
    du[c] = (sigmoid(u[c] @ v_w) - 1) * v_w
    du[negatives] += np.outer(sigmoid(u[negatives] @ v_w), v_w)
    return L, dv, du


WRONG_WAYS = {"X14.7b": [negative_added_at_once]}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    F = torch.nn.functional
    for (v_w, c, u, negatives), (L, dv, du) in expected(EXERCISE):
        drawn = torch.tensor(negatives)

        def loss(v_w: Any, u: Any, c: int = c, drawn: Any = drawn) -> Any:
            return -F.logsigmoid(u[c] @ v_w) - F.logsigmoid(-(u[drawn] @ v_w)).sum()

        value = loss(torch.tensor(v_w), torch.tensor(u)).item()
        np.testing.assert_allclose(L, value, **CLOSE)
        for mine, theirs in zip((dv, du), autograd(loss, v_w, u), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)
