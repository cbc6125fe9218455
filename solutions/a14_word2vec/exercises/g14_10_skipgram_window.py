"""G14.10 `skipgram_window`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import CLOSE, LOSSES, WORD2VEC, Array, Loss, Rng, Triple, torch_loss

DRIVER = f"""{LOSSES}

def drive(f, w, company, v, u, kind):
    return f(w, company, v, u, made(kind))
"""

ORDER = "loss is called once for each word of the company, in order"
EMPTY = "without company L and all gradients are 0"


def window_inputs(rng: Rng) -> list[Case]:
    """One word of company, several, one of them twice, the centre among them."""

    def case(
        V: int, d: int, w: int, *company: int, kind: str = "dense", **more: Any
    ) -> Case:
        tables = rng.normal(0, 1, (2, V, d))
        name = f"V = {V}, d = {d}, w = {w}, company {', '.join(map(str, company))}"
        return Case(name=name, args=(w, list(company), *tables, kind), **more)

    order: dict[str, Any] = {"role": "edge", "requirement": ORDER, "kind": "counted"}
    return [
        case(6, 3, 2, 4, 0, 5),
        case(5, 4, 0, 3, 1, kind="wide"),
        case(4, 4, 3, 1, 2, 0, 1),
        case(7, 2, 5, 6, 6, 3, 5, kind="wide"),
        case(5, 3, 1, 4, kind="wide"),
        case(3, 1, 1, 2, 0, 2, 2),
        case(6, 3, 3, 2, 5, 1, **order),
        case(5, 2, 4, 0, 3, 0, 1, **order),
        case(4, 3, 1, role="edge", requirement=EMPTY),
    ]


def skipgram_window(
    w: int, company: Sequence[int], v: Array, u: Array, loss: Loss
) -> Triple:
    """Return the loss of one window, and its gradients by both tables."""
    found = [loss(v[w].copy(), c, u.copy()) for c in company]
    dv, du = np.zeros(v.shape), np.zeros(u.shape)
    for row, number in np.ndindex(v.shape):
        if row == w:
            dv[row, number] = sum(one[1][number] for one in found)
    for place in np.ndindex(u.shape):
        du[place] = sum(one[2][place] for one in found)
    return float(sum(one[0] for one in found)), dv, du


def _flawed(
    *,
    words: Callable[[int, list[int]], list[int]] = lambda w, company: company,
    ask: Callable[..., Any] = lambda w, c, v, u, loss: loss(v[w], c, u),
    L: Callable[[list[Any]], Any] = sum,
    dv: Callable[..., Any] = lambda parts, w, company, v: _in_row(w, sum(parts), v),
    du: Callable[[list[Array], Array], Any] = lambda parts, u: sum(
        parts, np.zeros(u.shape)
    ),
    rows: Callable[[int, Array], Array] = lambda c, du: du,
) -> Callable[..., Triple]:
    def run(w: int, company: list[int], v: Array, u: Array, loss: Loss) -> Triple:
        chosen = words(w, list(company))
        found = [ask(w, c, v, u, loss) for c in chosen]
        losses, dvs, dus = ([one[k] for one in found] for k in range(3))
        dus = [rows(c, table) for c, table in zip(chosen, dus, strict=True)]
        if not found:
            return 0.0, np.zeros(v.shape), np.zeros(u.shape)
        return L(losses), dv(dvs, w, company, v), du(dus, u)

    return run


def _in_row(w: int, row: Any, v: Array) -> Array:
    dv = np.zeros(v.shape)
    dv[w] = row
    return dv


def _at_company(parts: list[Array], w: int, company: list[int], v: Array) -> Array:
    dv = np.zeros(v.shape)
    for c, part in zip(company, parts, strict=True):
        dv[c] += part
    return dv


def _own_row(c: int, du: Array) -> Array:
    return _in_row(c, du[c], du)


def _three_rounds(order: tuple[int, int, int]) -> Callable[..., Triple]:
    """Return a window that goes through the company for each result, in this order."""

    def run(w: int, company: list[int], v: Array, u: Array, loss: Loss) -> Triple:
        found = {k: sum(loss(v[w], c, u)[k] for c in company) for k in order}
        return float(found[0]), _in_row(w, found[1], v), found[2] + np.zeros(u.shape)

    return run


def _three_calls(w: int, c: int, v: Array, u: Array, loss: Loss) -> Triple:
    return loss(v[w], c, u)[0], loss(v[w], c, u)[1], loss(v[w], c, u)[2]


def _practice(w: int, c: int, v: Array, u: Array, loss: Loss) -> Triple:
    """The given loss `pull`."""
    away = v[w] - u[c]
    du = np.tile(0.1 * v[w], (len(u), 1))
    du[c] -= away
    L = away @ away / 2 + 0.1 * np.sum(u @ v[w])
    return float(L), away + 0.1 * u.sum(axis=0), du


EXERCISE = Exercise(
    id="G14.10",
    function="skipgram_window",
    points=3,
    reference=skipgram_window,
    inputs=window_inputs,
    outputs=("L", "dv", "du"),
    parts=(
        Part(name="L", weight=0.4, output="L"),
        Part(name="dv", weight=0.9, output="dv"),
        Part(name="du", weight=0.9, output="du"),
        Part(name=ORDER, weight=0.4, edge=ORDER),
        Part(name=EMPTY, weight=0.2, edge=EMPTY),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    pack="tuple",
    driver=DRIVER,
    lecture=WORD2VEC,
    mistakes=(
        Mistake(
            code="X14.10a",
            variant=_flawed(
                dv=lambda parts, w, company, v: _in_row(w, parts[-1], v),
                du=lambda parts, u: parts[-1],
                L=lambda losses: losses[-1],
            ),
            message="Only the last word of the company is left. Add up over all of them.",
        ),
        Mistake(
            code="X14.10a",
            variant=_flawed(
                dv=lambda parts, w, company, v: _in_row(w, parts[-1], v),
                du=lambda parts, u: parts[-1],
            ),
            message="L is a sum, but of the gradients only those of the last word are left. "
            "They are added as well.",
        ),
        Mistake(
            code="X14.10a",
            variant=_flawed(dv=lambda parts, w, company, v: _in_row(w, parts[-1], v)),
            message="dv has the share of the last word only. All words of the company "
            "have one: add them.",
        ),
        Mistake(
            code="X14.10a",
            variant=_flawed(du=lambda parts, u: parts[-1]),
            message="du has the share of the last word only. All words of the company "
            "have one: add them.",
        ),
        Mistake(
            code="X14.10b",
            variant=_flawed(words=lambda w, company: company[:1]),
            message="Only the first word of the company counts. See whether the 'return' "
            "is inside the loop.",
        ),
        Mistake(
            code="X14.10c",
            variant=_flawed(
                L=lambda losses: sum(losses) / len(losses),
                dv=lambda parts, w, company, v: _in_row(w, sum(parts) / len(parts), v),
                du=lambda parts, u: sum(parts) / len(parts),
            ),
            message="You take the mean over the company. The losses and the gradients are "
            "added up.",
        ),
        Mistake(
            code="X14.10d",
            variant=_flawed(dv=lambda parts, w, company, v: sum(parts)),
            message="dv is one row. It has the shape of the table v: this row at place w, 0 "
            "elsewhere.",
        ),
        Mistake(
            code="X14.10e",
            variant=_flawed(
                dv=lambda parts, w, company, v: np.tile(sum(parts), (len(v), 1))
            ),
            message="Every row of dv is filled. Only the vector of the centre word was "
            "used: the other rows are 0.",
        ),
        Mistake(
            code="X14.10f",
            variant=_flawed(dv=_at_company),
            message="dv is filled in the rows of the company. The vector that was used is "
            "that of the centre word: row w.",
        ),
        Mistake(
            code="X14.10g",
            variant=_flawed(ask=lambda w, c, v, u, loss: loss(v[c], w, u), dv=_at_company),
            message="The roles are exchanged: the company predicts the centre. In skip-gram "
            "the centre word w predicts each word of its company.",
        ),
        Mistake(
            code="X14.10g",
            variant=_flawed(ask=lambda w, c, v, u, loss: loss(v[c], w, u)),
            message="The roles are exchanged: the loss is asked with the vector of a word of "
            "the company, and w as its target.",
        ),
        Mistake(
            code="X14.10h",
            variant=_flawed(ask=lambda w, c, v, u, loss: loss(u[w], c, v)),
            message="The tables are exchanged: the centre word has its vector in v, the "
            "company in u.",
        ),
        Mistake(
            code="X14.10h",
            variant=_flawed(ask=lambda w, c, v, u, loss: loss(u[w], c, u)),
            message="The vector of the centre word was taken from u. It stands in v.",
        ),
        Mistake(
            code="X14.10i",
            variant=_flawed(L=lambda losses: losses[-1]),
            message="L is that of the last word only. Add up over the company.",
        ),
        Mistake(
            code="X14.10i",
            variant=_flawed(L=lambda losses: sum(losses) / len(losses)),
            message="L is a mean over the company. It is the sum, as the gradients are.",
        ),
        Mistake(
            code="X14.10j",
            variant=_flawed(words=lambda w, company: list(dict.fromkeys(company))),
            message="A word that stands twice in the company counts once. Each place "
            "counts.",
        ),
        Mistake(
            code="X14.10j",
            variant=_flawed(
                words=lambda w, company: [c for c in dict.fromkeys(company) if c != w]
            ),
            message="A word that stands twice in the company counts once, and the centre "
            "word is left out of it. Each place counts.",
        ),
        Mistake(
            code="X14.10k",
            variant=_flawed(words=lambda w, company: [c for c in company if c != w]),
            message="A word of the company is left out where it is the same as the centre "
            "word. Each place counts.",
        ),
        Mistake(
            code="X14.10l",
            variant=_flawed(
                dv=lambda parts, w, company, v: v - _in_row(w, sum(parts), v),
                du=lambda parts, u: u - sum(parts),
            ),
            message="You return tables after a step. Return the gradients; a step is the "
            "next task.",
        ),
        Mistake(
            code="X14.10o",
            variant=_flawed(rows=_own_row),
            message="Of each du only the row of c is added. The loss gives a whole table: add "
            "all of it.",
        ),
        *(
            Mistake(
                code="X14.10p",
                variant=variant,
                message="loss is called several times for one word, and a loss that draws "
                "gives another answer each time. Call it once and keep all three results.",
            )
            for variant in (
                _three_rounds((0, 1, 2)),
                _three_rounds((1, 2, 0)),
                _flawed(ask=_three_calls),
            )
        ),
        Mistake(
            code="X14.10q",
            variant=_flawed(words=lambda w, company: sorted(company)),
            message="The words are sorted first. A loss that draws depends on the order: "
            "keep that of the list.",
        ),
        Mistake(
            code="X14.10r",
            variant=_flawed(ask=_practice),
            message="You ask the loss for practice, pull. Ask the loss that your function is "
            "given.",
        ),
        Mistake(
            code="X14.10m",
            variant=_flawed(words=lambda w, company: company[:-1] or company),
            message="The last word of the company is left out.",
        ),
        Mistake(
            code="X14.10n",
            variant=_flawed(
                dv=lambda parts, w, company, v: _in_row(w, sum(parts) / len(parts), v),
                du=lambda parts, u: sum(parts) / len(parts),
            ),
            message="L is the sum, but the gradients are means over the company. They are "
            "added up as well.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def window_adding_up(w, company, v, u, loss):
    L, dv, du = 0.0, np.zeros_like(v), np.zeros_like(u)
    for c in company:
        one, dv_w, du_c = loss(v[w], c, u)
        L += one
        dv[w] += dv_w
        du += du_c
    return L, dv, du


def window_of_lists(w, company, v, u, loss):
    found = [loss(v[w], c, u) for c in company]
    dv = np.zeros(v.shape)
    if found:
        dv[w] = np.sum([one[1] for one in found], axis=0)
    du = np.zeros(u.shape) + sum(one[2] for one in found)
    return [sum(one[0] for one in found), dv, du]


def window_with_one_hot(w, company, v, u, loss):
    centre = np.arange(len(v)) == w
    L, dv_w, du = 0, np.zeros(v.shape[1]), np.zeros(u.shape)
    for c in company:
        more = loss(v_w=v[w], c=c, u=u)
        L, dv_w, du = L + more[0], dv_w + more[1], du + more[2]
    return L, np.outer(centre, dv_w), du


def window_recursively(w, company, v, u, loss):
    if len(company) == 0:
        return 0.0, np.zeros(v.shape), np.zeros(u.shape)
    L, dv_w, du = loss(v[w], company[0], u)
    rest = window_recursively(w, company[1:], v, u, loss)
    rest[1][w] += dv_w
    return L + rest[0], rest[1], du + rest[2]


RIGHT_WAYS = [
    window_adding_up,
    window_of_lists,
    window_with_one_hot,
    window_recursively,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (w, company, v, u, kind), (L, dv, du) in expected(EXERCISE):

        def total(
            v: Any, u: Any, w: int = w, company: Any = company, kind: str = kind
        ) -> Any:
            nothing = 0 * (v.sum() + u.sum())
            return nothing + sum(
                torch_loss(kind, v[w], c, u, k + 1) for k, c in enumerate(company)
            )

        np.testing.assert_allclose(
            L, total(torch.tensor(v), torch.tensor(u)).item(), **CLOSE
        )
        for mine, theirs in zip((dv, du), autograd(total, v, u), strict=True):
            np.testing.assert_allclose(mine, theirs, **CLOSE)
