"""G14.1 `analogy`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng

Pick = Callable[[Array, int, int, int], int]


def _best(
    sign: tuple[int, int, int] = (-1, 1, 1),
    *,
    score: Callable[[Array, Array], Array] | None = None,
    exclude: str = "abc",
    unit: bool = False,
) -> Pick:
    """Return an analogy with one thing wrong."""

    def run(E: Array, a: int, b: int, c: int) -> int:
        lengths = np.linalg.norm(E, axis=1)
        rows = E / lengths[:, None] if unit else E
        query = sign[0] * rows[a] + sign[1] * rows[b] + sign[2] * rows[c]
        found = E @ query / lengths if score is None else score(E, query)
        aside = [{"a": a, "b": b, "c": c}[name] for name in exclude]
        found = np.array([-np.inf if i in aside else s for i, s in enumerate(found)])
        return int(found.argmax())

    return run


def _zeroed(E: Array, a: int, b: int, c: int) -> int:
    found = E @ (E[b] - E[a] + E[c]) / np.linalg.norm(E, axis=1)
    found[[a, b, c]] = 0.0
    return int(found.argmax())


def _in_the_rest(E: Array, a: int, b: int, c: int) -> int:
    rest = np.delete(E, [a, b, c], axis=0)
    cosines = rest @ (E[b] - E[a] + E[c]) / np.linalg.norm(rest, axis=1)
    return int(cosines.argmax())


def _step(E: Array, a: int, b: int, c: int) -> int:
    """Compare the step from c to each word with the step from a to b."""
    steps = E - E[c]
    lengths = np.linalg.norm(steps, axis=1)
    lengths[c] = 1.0
    found = steps @ (E[b] - E[a]) / lengths
    found[[a, b, c]] = -np.inf
    return int(found.argmax())


def _second(E: Array, a: int, b: int, c: int) -> int:
    found = E @ (E[b] - E[a] + E[c]) / np.linalg.norm(E, axis=1)
    return int(np.argsort(-found)[1])


def _neighbour(E: Array, a: int, b: int, c: int) -> int:
    found = E @ E[c] / np.linalg.norm(E, axis=1)
    found[[a, b, c]] = -np.inf
    return int(found.argmax())


def _magnitude(E: Array, a: int, b: int, c: int) -> int:
    found = np.abs(E @ (E[b] - E[a] + E[c])) / np.linalg.norm(E, axis=1)
    found[[a, b, c]] = -1.0
    return int(found.argmax())


def _distance(E: Array, query: Array) -> Array:
    return np.asarray(1 - E @ query / np.linalg.norm(E, axis=1) / np.linalg.norm(query))


def _euclid(E: Array, query: Array) -> Array:
    return np.asarray(-np.linalg.norm(E - query, axis=1))


def _squared(E: Array, query: Array) -> Array:
    return np.asarray(E @ query / np.sum(E * E, axis=1))


GIVEN = (
    "One of the three given words may win here, and often does. All three have to stand "
    "aside."
)


ANALOGIES: tuple[tuple[str, Pick, str], ...] = (
    (
        "M14.1a",
        _best((1, -1, 1)),
        "You walk from b to a. The step that is repeated from c on leads from a to b.",
    ),
    (
        "M14.1b",
        _best((1, 1, -1)),
        "The wrong word is subtracted. Only a is taken away: the step begins there.",
    ),
    (
        "M14.1c",
        _best(score=lambda E, query: E @ query),
        "Long vectors win. Divide each candidate's dot product by the candidate's length, "
        "and it is a cosine.",
    ),
    (
        "M14.1d",
        _best(exclude=""),
        GIVEN,
    ),
    (
        "M14.1e",
        _best(score=_distance),
        "You choose the word that is least alike. The cosine is a similarity: the largest "
        "wins; of a distance it would be the smallest.",
    ),
    (
        "M14.1f",
        _best(score=_euclid),
        "You choose the nearest point. The task asks for the most similar direction, the "
        "largest cosine, wherever the end point lies.",
    ),
    (
        "X14.0a",
        _best(unit=True),
        "The rows were scaled to length 1 before the query was made of them. The query "
        "takes them as they stand in E; only the candidates are divided by their lengths.",
    ),
)


PARTLY = ("bc", "ac", "ab", "a", "b", "c")


NEARLY: tuple[tuple[str, Pick, str], ...] = (
    *(("M14.1d", _best(exclude=names), GIVEN) for names in PARTLY),
    (
        "X14.0f",
        _best(score=_squared),
        "Short vectors win: the dot product is divided by the candidate's squared length. "
        "A cosine divides by the length itself.",
    ),
    (
        "X14.0g",
        _zeroed,
        "The three given words get a fixed similarity, such as 0 or -1, and they win where "
        "all others have less. Give them minus infinity, or leave them out.",
    ),
    (
        "X14.0r",
        lambda E, a, b, c: 1 + _best()(E[1:], a - 1, b - 1, c - 1),
        "Word 0 never wins: your search begins at row 1 of E. Begin at the first row.",
    ),
    (
        "M14.1d",
        _second,
        "You take the second best word, as if one of the given ones won each time. Two of "
        "them may, or none: let all three stand aside, and take the best.",
    ),
    (
        "X14.0h",
        _in_the_rest,
        "The given words are taken out of the table, and your index counts in what is "
        "left. Return the row in E: keep the table whole, give the three minus infinity.",
    ),
    (
        "X14.0i",
        _step,
        "You compare steps: from a to b and from c to each word. The task compares words "
        "with the point E[b] - E[a] + E[c], by their cosine.",
    ),
    (
        "X14.0j",
        _neighbour,
        "That is the word most like c. The step from a to b has no effect: add it to c.",
    ),
    (
        "X14.0k",
        _magnitude,
        "The sign of the cosine is lost: a word that points the opposite way may win. Take "
        "no absolute value and no square.",
    ),
)
"""Wrong, but seldom seen: tables of their own show them."""


def analogy_inputs(rng: Rng) -> list[Case]:
    """Random tables, searched until reference and all mistakes give different words.

    Then one table for each mistake that is seldom seen; there word 0 is none of the
    given ones, as a wrong answer 0 would tell nothing apart.
    """
    cases = []
    for V, d in ((16, 4), (24, 5), (18, 3), (20, 6)):
        while True:
            E = rng.normal(0, 1, (V, d)) * rng.uniform(0.2, 4, (V, 1))
            a, b, c = (int(i) for i in rng.permutation(V)[:3])
            picks = (analogy, *(pick for _, pick, _ in ANALOGIES))
            if _all_differ(pick(E, a, b, c) for pick in picks):
                break
        cases.append(Case(name=f"{V} words", args=(E, a, b, c)))
    for V, seldom in (
        *((15 + 2 * i, _best(exclude=PARTLY[i])) for i in range(3)),
        (21, _best(score=_squared)),
        (22, _in_the_rest),
        (23, _step),
        (25, _neighbour),
    ):
        while True:
            E = rng.normal(0, 1, (V, 4)) * rng.uniform(0.5, 2, (V, 1))
            a, b, c = (1 + int(i) for i in rng.permutation(V - 1)[:3])
            if seldom(E, a, b, c) != analogy(E, a, b, c):
                break
        cases.append(Case(name=f"{V} words", args=(E, a, b, c)))
    return [
        *cases,
        Case(name="the first word", args=_first_wins(rng)),
        Case(name="no word is alike", args=_opposite(rng)),
    ]


def _first_wins(rng: Rng) -> tuple[Array, int, int, int]:
    """Return a table whose first word is the answer."""
    E = rng.normal(0, 1, (13, 4)) * rng.uniform(0.5, 2, (13, 1))
    a, b, c = (1 + int(i) for i in rng.permutation(len(E) - 1)[:3])
    E[0] = 0.3 * (E[b] - E[a] + E[c])
    return E, a, b, c


def _opposite(rng: Rng) -> tuple[Array, int, int, int]:
    """Return a table in which all words but the given ones point away from the query.

    The rows are long: products without norms, too, lie below the -1 a search may start with.
    """
    E = rng.normal(0, 1, (14, 4)) * rng.uniform(0.5, 2, (14, 1))
    a, b, c = (1 + int(i) for i in rng.permutation(len(E) - 1)[:3])
    away = -np.sign(E @ (E[b] - E[a] + E[c]))
    away[[a, b, c]] = 1.0
    return 9 * E * away[:, None], a, b, c


def _all_differ(words: Iterable[int]) -> bool:
    """Whether no word comes twice; ask for no more of them than that takes."""
    seen: set[int] = set()
    for word in words:
        if word in seen:
            return False
        seen.add(word)
    return True


def analogy(E: Array, a: int, b: int, c: int) -> int:
    """T14.3 with E15: cosines one by one, the best so far remembered."""
    query = [q - p + r for p, q, r in zip(E[a], E[b], E[c], strict=True)]
    best, winner = -math.inf, -1
    for i, row in enumerate(E.tolist()):
        cosine = sum(p * q for p, q in zip(query, row, strict=True))
        cosine /= math.hypot(*query) * math.hypot(*row)
        if i not in (a, b, c) and cosine > best:
            best, winner = cosine, i
    return winner


EXERCISE = Exercise(
    id="G14.1",
    function="analogy",
    points=3,
    reference=analogy,
    inputs=analogy_inputs,
    outputs=("d",),
    lecture=f"{LECTURE}#Riddles:-analogies",
    mistakes=tuple(
        Mistake(code=code, variant=pick, message=message)
        for code, pick, message in (*ANALOGIES, *NEARLY)
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def analogy_by_sorting(E, a, b, c):
    U = E / np.sqrt((E * E).sum(axis=1, keepdims=True))
    order = np.argsort(-(U @ (E[b] - E[a] + E[c])))
    return next(i for i in order if i not in {a, b, c})  # np.int64


def analogy_in_a_loop(E, a, b, c):
    q = E[b] - E[a] + E[c]
    found = {
        i: float(q @ E[i]) / (math.sqrt(q @ q) * math.sqrt(E[i] @ E[i]))
        for i in range(len(E))
        if i not in (a, b, c)
    }
    return max(found, key=found.get)


def analogy_by_distance(E, a, b, c):
    q = E[b] - E[a] + E[c]
    U, q = E / np.linalg.norm(E, axis=1)[:, None], q / np.linalg.norm(q)
    gaps = np.linalg.norm(U - q, axis=1)  # of unit vectors: falls as the cosine rises
    gaps[np.array([a, b, c])] = np.inf
    return np.argmin(gaps)


def analogy_among_the_others(E, a, b, c):
    import torch

    rest = [i for i in range(len(E)) if i not in (a, b, c)]
    q = torch.tensor(E[b] + E[c] - E[a])
    cosines = torch.nn.functional.cosine_similarity(torch.tensor(E)[rest], q[None])
    return rest[int(cosines.argmax())]


RIGHT_WAYS = [
    analogy_by_sorting,
    analogy_in_a_loop,
    analogy_by_distance,
    analogy_among_the_others,
]

EQUIVALENTS = {
    "cosines = E @ query / np.linalg.norm(E, axis=1) → cosines = E @ query / np.linalg.norm(E, axis=-1)": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_cosine_similarity_of_torch() -> None:
    import torch

    for (E, a, b, c), d in expected(EXERCISE):
        query = torch.tensor(E[b] - E[a] + E[c])
        cosines = torch.nn.functional.cosine_similarity(torch.tensor(E), query[None])
        order = torch.argsort(cosines, descending=True).tolist()
        assert next(i for i in order if i not in (a, b, c)) == d
