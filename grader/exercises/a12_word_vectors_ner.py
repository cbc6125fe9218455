"""Assignment a12: word vectors, names in their windows, the training loop (D-14, D-15).

Conventions: word vectors are rows of E (V, d); a window of k words on each side is their
concatenation from left to right; the score network has a logistic hidden layer (D.Y) and
the loss is binary cross-entropy, its mean over a batch. PyTorch is spoken in the student's
functions only: the references are NumPy, the training step is watched by stand-ins.
"""

from __future__ import annotations

import ast
import contextlib
import math
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.check.compare import compare, is_number
from grader.exercises._functions import sigmoid
from grader.exercises._hand import by_hand
from grader.exercises.a11_iris import generic, raised, values
from grader.model import Case, Evidence, Exercise, Mistake, Tolerance
from grader.wire import Opaque, Tensor

PROFILE = "torch"

Array = np.ndarray
Rng = np.random.Generator
Params = dict[str, Array]
LECTURE = "14_word_vectors_and_ner"
FRAMEWORKS = "15_frameworks_and_training_loop"

# --- X14.1 -------------------------------------------------------------------------

X14_1 = by_hand(
    "X14.1",
    "museums",
    {"length": 250, "paris_from": 100, "padding_the": 2, "padding_to": 1, "learned": 2016},
    {
        "M14.3d": (
            {"length": 100, "paris_from": 50, "padding_the": 1, "learned": 816},
            "A window of 2 has two words on each side of the centre, not two in all.",
        ),
        "M14.3b": (
            {"length": 200, "learned": 1616},
            "The centre word belongs to its window.",
        ),
        "M14.3a": (
            {"length": 50, "paris_from": 0, "learned": 416},
            "The vectors are put one after the other, not added up.",
        ),
        "X14.1a": ({"paris_from": 101}, "Indices count from 0."),
        "X14.1b": (
            {"learned": 2008},
            "Count once more: u and b have as many entries as there are hidden units.",
        ),
        "X14.1c": ({"learned": 2017}, "The score is u times h; nothing is added to it."),
    },
    lecture=f"{LECTURE}#The-window",
)

# --- G14.3 -------------------------------------------------------------------------

# Inside a sentence and at its ends are two outputs: the ends are half of the matter.
WINDOW_DRIVER = """
def drive(f, E, ids, center, end, *rest):
    inside = f(E, ids, center, *rest)
    try:
        return {"inside": inside, "ends": f(E, ids, end, *rest)}
    except Exception:  # there was no such word
        return {"inside": inside, "ends": type("exception", (), {})()}
"""


def window_inputs(rng: Rng) -> list[Case]:
    """A whole window and one beyond the first or last word; a table as wide as long."""

    def case(V: int, d: int, T: int, *where: int, name: str, **more: Any) -> Case:
        ids = 1 + rng.permutation(V - 1)[:T]
        return Case(name=name, args=(rng.normal(0, 1, (V, d)), ids, *where), **more)

    alone: dict[str, Any] = {"role": "edge", "requirement": "k = 0 is the centre alone"}
    longer = {"role": "edge", "requirement": "k may be longer than the sentence"}
    return [
        case(12, 3, 8, 4, 0, 2, 4, name="k = 2, first word"),
        case(14, 4, 9, 3, 8, name="k and pad_id left out, last word"),
        case(9, 5, 7, 3, 5, 3, 1, name="k = 3, last word but one"),
        case(8, 8, 6, 2, 0, 1, 5, name="square"),
        case(11, 3, 6, 3, 1, 2, 3, name="second word"),
        case(13, 3, 3, 1, 2, 4, 7, name="short sentence", **longer),
        case(9, 3, 5, 3, 0, 0, 2, name="no neighbours", **alone),
    ]


def window_vector(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    """T14.9: one position after the other, each word looked up by name."""
    sentence = {place: int(word) for place, word in enumerate(ids)}
    words = [sentence.get(center + step, pad_id) for step in range(-k, k + 1)]
    return np.array([float(number) for word in words for number in E[word]])


def _around(
    pick: Callable[[Sequence[int], int, int], Sequence[int]],
    put: Callable[[list[Array]], Array] = np.concatenate,
) -> Callable[..., Array]:
    """Return a wrong window: other positions, or put together otherwise."""

    def run(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
        n = len(ids)
        places = pick(range(center - k, center + k + 1), center, k)
        return put([E[ids[p] if 0 <= p < n else pad_id] for p in places])

    return run


def _columns(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    padded = np.concatenate([[pad_id] * k, ids, [pad_id] * k]).astype(int)
    return np.concatenate([E[:, i] for i in padded[center : center + 2 * k + 1]])


def _wrapped(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return np.concatenate([E[ids[center + step]] for step in range(-k, k + 1)])


def _last_row(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return window_vector(E, ids, center, k, -1)


def _modulo(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return E[np.take(ids, range(center - k, center + k + 1), mode="wrap")].ravel()


def _clipped(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return E[np.take(ids, range(center - k, center + k + 1), mode="clip")].ravel()


def _skipped(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return E[ids[max(center - k, 0) : center + k + 1]].ravel()


def _sliced(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return E[ids[center - k : center + k + 1]].ravel()


def _no_such_word(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    sentence = dict(enumerate(ids))
    return np.concatenate([E[sentence[center + step]] for step in range(-k, k + 1)])


def _ends_stop(evidence: Evidence) -> bool:
    """Whether all is right inside, and at an end at least once an exception came."""
    found = values(evidence)
    return (
        bool(found)
        and all(
            isinstance(value, dict)
            and compare(value.get("inside"), right.value["inside"]) is None  # type: ignore[union-attr]
            for value, (_, _, right) in zip(found or [], generic(evidence), strict=True)
        )
        and any(
            isinstance(value["ends"], Opaque) and value["ends"].type_name == "exception"
            for value in found or []
        )
    )


def _zeros(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return window_vector(np.vstack([E, 0 * E[:1]]), ids, center, k, len(E))


def _first_row(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return window_vector(E, ids, center, k, 0)


G14_3 = Exercise(
    id="G14.3",
    function="window_vector",
    points=3,
    reference=window_vector,
    inputs=window_inputs,
    outputs=("inside", "ends"),
    pack="dict",
    driver=WINDOW_DRIVER,
    lecture=f"{LECTURE}#The-window",
    mistakes=(
        Mistake(
            code="M14.3a",
            variant=_around(lambda w, c, k: w, sum),  # type: ignore[arg-type]
            message="The vectors of the window are added up, and nobody knows any more who "
            "stood where. Put them one after the other.",
        ),
        Mistake(
            code="M14.3a",
            variant=_around(lambda w, c, k: w, lambda rows: np.mean(rows, axis=0)),
            message="This is the mean of the vectors, which forgets who stood where. Put "
            "them one after the other.",
        ),
        Mistake(
            code="M14.3b",
            variant=_around(lambda w, c, k: [p for p in w if p != c]),
            message="The neighbours are there, but not the word itself. The centre has its "
            "place in the middle of the window.",
        ),
        Mistake(
            code="M14.3c",
            variant=_around(lambda w, c, k: w[::-1]),
            message="Your window runs from right to left. Keep the order of the sentence.",
        ),
        *(
            Mistake(
                code="M14.3d",
                variant=_around(pick),
                message="There are only k words in your window. It has k of them on each "
                "side, and the centre.",
            )
            for pick in (
                lambda w, c, k: range(c - k // 2, c - k // 2 + k),
                lambda w, c, k: range(c, c + k),
                lambda w, c, k: range(c - k + 1, c + 1),
            )
        ),
        Mistake(
            code="M14.3f",
            variant=_columns,
            message="You take columns of E. It holds one word per row; the slides' L, with "
            "a column per word, is its transpose.",
            lecture=f"{LECTURE}#The-embedding-layer",
        ),
        *(
            Mistake(
                code="M14.3e",
                variant=variant,
                message="At the ends of a sentence the vector of pad_id does not stand "
                "where it should. See what indices below 0 and beyond the last word "
                "fetch, and that no place is left out.",
            )
            for variant in (
                *(_wrapped, _last_row, _modulo, _clipped, _skipped, _sliced),
                _no_such_word,
            )
        ),
        Mistake(
            code="M14.3e",
            detect=_ends_stop,
            message="At an end of a sentence your function stops with an exception. A "
            "position before the first or after the last word holds the word pad_id.",
        ),
        Mistake(
            code="X14.3a",
            variant=_zeros,
            message="Beyond the ends you put zeros. The padding word has a vector of its "
            "own, row pad_id of E, and it is learned like the others.",
        ),
        Mistake(
            code="X14.3b",
            variant=_first_row,
            message="Beyond the ends you take row 0, whatever pad_id says.",
        ),
        Mistake(
            code="X14.3c",
            variant=_around(lambda w, c, k: w, np.array),
            message="Each vector stands in a row of its own. The network wants them in one "
            "row: a 1-D array.",
        ),
        Mistake(
            code="X14.3d",
            variant=lambda E, ids, center, k=2, pad_id=0: window_vector(
                E, np.arange(len(ids)), center, k, pad_id
            ),
            message="You look up the positions in the sentence. The row of a word is its "
            "number, ids[position].",
        ),
    ),
)

# --- G14.1 -------------------------------------------------------------------------

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
)
"""Wrong, but seldom seen: tables of their own show them."""


def analogy_inputs(rng: Rng) -> list[Case]:
    """Random tables, searched until reference and all mistakes give different words.

    Then one table for each mistake that is seldom seen.
    """
    cases = []
    for V, d in ((16, 4), (24, 5), (18, 3), (20, 6)):
        while True:
            E = rng.normal(0, 1, (V, d)) * rng.uniform(0.2, 4, (V, 1))
            a, b, c = (int(i) for i in rng.permutation(V)[:3])
            found = {analogy(E, a, b, c), *(pick(E, a, b, c) for _, pick, _ in ANALOGIES)}
            if len(found) == 1 + len(ANALOGIES):
                break
        cases.append(Case(name=f"{V} words", args=(E, a, b, c)))
    for V, names in ((15, "bc"), (17, "ac"), (19, "ab"), (21, "")):
        seldom = _best(exclude=names) if names else _best(score=_squared)
        while True:
            E = rng.normal(0, 1, (V, 4)) * rng.uniform(0.5, 2, (V, 1))
            a, b, c = (int(i) for i in rng.permutation(V)[:3])
            if seldom(E, a, b, c) != analogy(E, a, b, c):
                break
        cases.append(Case(name=f"{V} words", args=(E, a, b, c)))
    return cases


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


G14_1 = Exercise(
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

# --- G14.2 -------------------------------------------------------------------------

SPEARMAN_DRIVER = """
def drive(f, a, b, c, d):
    return {"without ties": f(a, b), "with ties": f(c, d)}
"""


def spearman_inputs(rng: Rng) -> list[Case]:
    """Values far from a line and all different; then ties, also of whole numbers."""

    def apart(n: int) -> tuple[Array, Array]:
        a = rng.normal(0, 1, n)
        return np.exp(2 * a) - 3, 10 * np.tanh(a + 0.8 * rng.normal(0, 1, n))

    humans = np.array([7.35, 10.0, 7.46, 7.58, 5.77, 6.62, 1.62, 1.31, 0.92])
    cosines = np.array([0.6, 1.0, 0.55, 0.7, 0.7, 0.5, 0.2, 0.3, 0.1])
    votes = rng.permutation(np.array([1.0, 1, 1, 2, 3, 3, 4, 5, 5, 5, 5, 7]))
    other = votes % 4 + rng.integers(0, 2, 12)
    return [
        Case(name="8 and the nine pairs", args=(*apart(8), humans, cosines)),
        Case(name="13, ties on one side", args=(*apart(13), votes, rng.normal(0, 1, 12))),
        Case(name="20, ties on both sides", args=(*apart(20), votes, other)),
    ]


def _counted(v: Array) -> list[float]:
    """Ranks by counting the smaller and the equal ones."""
    return [
        sum(other < value for other in v.tolist())
        + (1 + sum(other == value for other in v.tolist())) / 2
        for value in v.tolist()
    ]


def _pearson(r: Sequence[float], s: Sequence[float]) -> float:
    mean_r, mean_s = math.fsum(r) / len(r), math.fsum(s) / len(s)
    pairs = [(p - mean_r, q - mean_s) for p, q in zip(r, s, strict=True)]
    own = math.fsum(p * p for p, _ in pairs) * math.fsum(q * q for _, q in pairs)
    return math.fsum(p * q for p, q in pairs) / math.sqrt(own)


def spearman(a: Array, b: Array) -> float:
    """T14.5: the correlation of the ranks."""
    return _pearson(_counted(a), _counted(b))


def _ranked(ranks: Callable[[Array], Any]) -> Callable[[Array, Array], float]:
    return lambda a, b: _pearson([float(r) for r in ranks(a)], [float(r) for r in ranks(b)])


def _kendall(a: Array, b: Array) -> float:
    up = np.sign(np.subtract.outer(a, a)), np.sign(np.subtract.outer(b, b))
    return float(np.sum(up[0] * up[1]) / math.sqrt(np.sum(up[0] ** 2) * np.sum(up[1] ** 2)))


def _kendall_a(a: Array, b: Array) -> float:
    up = np.sign(np.subtract.outer(a, a)) * np.sign(np.subtract.outer(b, b))
    return float(np.sum(up) / (len(a) * (len(a) - 1)))


def _short_formula(a: Array, b: Array) -> float:
    n = len(a)
    gaps = np.subtract(_counted(a), _counted(b))
    return float(1 - 6 * np.sum(gaps**2) / (n * (n * n - 1)))


def _short_formula_arbitrary(a: Array, b: Array) -> float:
    n = len(a)
    gaps = _stable(a) - _stable(b)
    return float(1 - 6 * np.sum(gaps**2) / (n * (n * n - 1)))


def _stable(v: Array) -> Array:
    return np.argsort(np.argsort(v, kind="stable"), kind="stable")


def _backwards(v: Array) -> Array:
    return _stable(v[::-1])[::-1]


def _only_ties_wrong(evidence: Evidence) -> bool:
    """Whether all is right but for ties: an unstable sort may order them anyhow."""
    found = values(evidence)
    return found is not None and all(
        isinstance(value, dict)
        and is_number(value.get("with ties"))
        and compare(value.get("without ties"), spearman(*case.args[:2])) is None
        for value, (case, _, _) in zip(found, generic(evidence), strict=True)
    )


UNSHARED = (
    "Tied values do not share a rank, or not the right one: each gets the mean of the "
    "ranks they occupy together."
)
SPEARMAN = f"{LECTURE}#Judgements:-similarity"
G14_2 = Exercise(
    id="G14.2",
    function="spearman",
    points=4,
    reference=spearman,
    inputs=spearman_inputs,
    outputs=("without ties", "with ties"),
    pack="dict",
    driver=SPEARMAN_DRIVER,
    lecture=SPEARMAN,
    mistakes=(
        Mistake(
            code="M14.2a",
            variant=_ranked(lambda v: v),
            message="This is the correlation of the values themselves. Only their order "
            "should count: put the ranks in their place first.",
        ),
        Mistake(
            code="M14.2b",
            variant=_ranked(np.argsort),
            message="argsort says where the smallest value stands, where the next, and so "
            "on. That is no rank: a rank says the how-manieth each value is.",
        ),
        Mistake(
            code="M14.2d",
            variant=lambda a, b: -spearman(a, b),
            message="One of the two rankings runs downwards, so your correlation has the "
            "wrong sign. Let rank 1 be the smallest value in both.",
        ),
        *(
            Mistake(
                code="M14.2e",
                variant=variant,
                message="This is Kendall's tau, which counts pairs in the same order. "
                "Spearman's rho is the correlation of the ranks.",
            )
            for variant in (_kendall, _kendall_a)
        ),
        *(
            Mistake(code="M14.2c", variant=variant, message=UNSHARED)
            for variant in (
                _ranked(lambda v: np.argsort(np.argsort(v))),
                _ranked(_stable),
                _ranked(_backwards),
                _ranked(lambda v: np.searchsorted(np.sort(v), v)),
                _ranked(lambda v: np.searchsorted(np.sort(v), v, side="right")),
                _ranked(lambda v: np.unique(v, return_inverse=True)[1]),
                _short_formula_arbitrary,
            )
        ),
        Mistake(code="M14.2c", detect=_only_ties_wrong, message=UNSHARED),
        Mistake(
            code="X14.0b",
            variant=_short_formula,
            message="The short formula with the squared differences of the ranks holds "
            "only if there are no ties. Take the correlation of the ranks.",
        ),
    ),
)

# --- G14.4 -------------------------------------------------------------------------


def table_inputs(rng: Rng) -> list[Case]:
    """Words two and three times, words not at all, the last one among them."""

    def case(words: Sequence[int], d: int, V: int, name: str) -> Case:
        ids = rng.permutation(np.array(words))
        return Case(name=name, args=(rng.normal(0, 1, (len(ids), d)), ids, V))

    return [
        case([1, 1, 4, 0, 2, 2, 2], 3, 6, "7 words"),
        case([3, 3, 1, 5, 0], 4, 9, "5 words"),
        case([2, 0, 2, 4], 4, 7, "square"),
        case([5, 5, 5, 5, 2, 0, 0, 1], 2, 8, "as many words as rows"),
    ]


def embedding_backward(dX: Array, ids: Array, V: int) -> Array:
    """T14.11: L is a weight matrix, its input a one-hot."""
    one_hot = np.array([[float(word == v) for v in range(V)] for word in ids])
    return np.asarray(one_hot.T @ dX)


def _last_wins(dX: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, dX.shape[1]))
    for row, word in zip(dX, ids, strict=True):
        dE[word] = row
    return dE


def _first_wins(dX: Array, ids: Array, V: int) -> Array:
    return _last_wins(dX[::-1], ids[::-1], V)


def _mean_per_word(dX: Array, ids: Array, V: int) -> Array:
    count = np.maximum(1, np.bincount(ids, minlength=V))
    return np.asarray(embedding_backward(dX, ids, V) / count[:, None])


def _everywhere(dX: Array, ids: Array, V: int) -> Array:
    return np.tile(dX.sum(axis=0), (V, 1))


def _adds_by_index(source: str) -> bool:
    """Whether the code contains ``name[...] += ...``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript)
        for node in ast.walk(tree)
    )


def _one_of_each(evidence: Evidence, *, added: bool) -> bool:
    """Whether repeated words kept their last share only, by ``+=`` or not."""
    found = values(evidence)
    rows = generic(evidence)
    return (
        found is not None
        and _adds_by_index(evidence.source) is added
        and all(
            compare(value, _last_wins(*case.args)) is None
            for value, (case, _, _) in zip(found, rows, strict=True)
        )
    )


TABLE = f"{LECTURE}#The-embedding-layer"
G14_4 = Exercise(
    id="G14.4",
    function="embedding_backward",
    points=3,
    reference=embedding_backward,
    inputs=table_inputs,
    outputs=("dE",),
    lecture=TABLE,
    mistakes=(
        Mistake(
            code="M14.4a",
            detect=partial(_one_of_each, added=False),
            message="A word that occurs several times keeps only the gradient of its last "
            "occurrence. It has to collect them all.",
        ),
        Mistake(
            code="M14.4b",
            detect=partial(_one_of_each, added=True),
            message="A word that occurs several times keeps only the gradient of its last "
            "occurrence. With an array of indices += reads all rows first and writes them "
            "afterwards; np.add.at adds one by one.",
        ),
        *(
            Mistake(
                code="M14.4c",
                variant=variant,
                message="You take a mean over words. Add their gradients up; whatever is "
                "averaged is averaged in the loss, and dX knows of it already.",
            )
            for variant in (
                _mean_per_word,
                lambda dX, ids, V: embedding_backward(dX, ids, V) / len(ids),
            )
        ),
        Mistake(
            code="M14.4d",
            variant=_first_wins,
            message="A word that occurs several times keeps only the gradient of its first "
            "occurrence. All of them count.",
        ),
        Mistake(
            code="M14.4e",
            variant=_everywhere,
            message="Every row holds the same total. A word has the gradients of its own "
            "occurrences, and a word that does not occur has none.",
        ),
        Mistake(
            code="M14.4f",
            variant=lambda dX, ids, V: dX,
            message="You return dX as it is, a row per occurrence. The gradient of a table "
            "has the shape of the table, a row per word.",
        ),
        Mistake(
            code="X14.0c",
            variant=lambda dX, ids, V: embedding_backward(dX, ids, int(ids.max()) + 1),
            message="Your table ends with the largest number that occurs. It has V rows, "
            "also for words that do not occur.",
        ),
    ),
)

# --- G14.5 -------------------------------------------------------------------------


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


GRADIENTS = f"{LECTURE}#Gradients,-by-hand"
TANH = "Somewhere you take tanh. In this assignment f is the logistic function."
G14_5 = Exercise(
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
    ),
)

# --- X14.2 -------------------------------------------------------------------------


def split_inputs(rng: Rng) -> list[Case]:
    """Windows of different words, in no order, of three sizes."""

    def case(k: int, d: int, V: int) -> Case:
        ids = rng.permutation(V - 1)[: 2 * k + 1]
        while np.all(np.diff(ids) > 0):
            ids = rng.permutation(ids)
        name = f"k = {k}, d = {d}"
        return Case(name=name, args=(rng.normal(0, 1, ids.size * d), ids, V))

    return [case(2, 3, 9), case(1, 4, 8), case(2, 5, 7), case(3, 2, 12)]


def window_backward(dx: Array, ids: Array, V: int) -> Array:
    """T14.12: number by number, to the word it belongs to."""
    d = len(dx) // len(ids)
    dE = np.zeros((V, d))
    for place, number in enumerate(dx.tolist()):
        dE[ids[place // d], place % d] += number
    return dE


def _blocks(dx: Array, ids: Array) -> Array:
    return dx.reshape(len(ids), -1)


def _crossed(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids] = dx.reshape(-1, len(ids)).T
    return dE


def _centre(dx: Array, ids: Array, V: int) -> Array:
    middle = len(ids) // 2
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids[middle]] = _blocks(dx, ids)[middle]
    return dE


def _all_to_centre(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids[len(ids) // 2]] = _blocks(dx, ids).sum(axis=0)
    return dE


def _sum_to_each(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids] = _blocks(dx, ids).sum(axis=0)
    return dE


def _sorted(dx: Array, ids: Array, V: int) -> Array:
    return window_backward(dx, np.sort(ids), V)


UNSPLIT = (
    "dx is still in one piece, or its blocks have not reached the table. Each word of the "
    "window gets its own d numbers, in the row with its number."
)
X14_2 = Exercise(
    id="X14.2",
    function="window_backward",
    points=2,
    reference=window_backward,
    inputs=split_inputs,
    outputs=("dE",),
    lecture=TABLE,
    mistakes=(
        Mistake(code="M14.5h", variant=lambda dx, ids, V: dx, message=UNSPLIT),
        Mistake(
            code="M14.5h", variant=lambda dx, ids, V: _blocks(dx, ids), message=UNSPLIT
        ),
        *(
            Mistake(code="M14.5h", detect=raised("ValueError", text), message=UNSPLIT)
            for text in ("shape mismatch", "not be broadcast", "not broadcastable")
        ),
        Mistake(
            code="X14.2a",
            variant=_crossed,
            message="The numbers are dealt out like cards, one to each word in turn. The "
            "first d belong to the first word, the next d to the second.",
        ),
        Mistake(
            code="X14.2b",
            variant=_centre,
            message="Only the centre word has got its block. Its neighbours were in x too.",
        ),
        *(
            Mistake(
                code="X14.2c",
                variant=variant,
                message="The blocks are added together. Each of them belongs to one word.",
            )
            for variant in (_sum_to_each, _all_to_centre)
        ),
        Mistake(
            code="X14.2d",
            variant=_sorted,
            message="The blocks go to the words in the order of their numbers. They stand "
            "in the order of the window.",
        ),
    ),
)

# --- G15.1 -------------------------------------------------------------------------

# Stand-ins write down what they are asked. They know the functions of torch by name only.
STEP_DRIVER = '''
import operator

LIKE = "float double long to type clone contiguous squeeze flatten ravel requires_grad_"
SHAPED = "unsqueeze view reshape __getitem__ expand"


class Loose:
    """Stands for a tensor: whatever is done to it, the result says what it was."""

    def __init__(self, name, heard, value=1.0):
        self.name, self.heard, self.value = name, heard, value
        self.shape, self.ndim, self.dtype, self.device = (4,), 1, "float", "cpu"
        self.requires_grad, self.grad = True, None

    def __getattr__(self, word):
        if word.startswith("__"):
            raise AttributeError(word)
        return lambda *given, **more: self.after(word, *given)

    def after(self, word, *given):
        name = self.name
        if word in LIKE.split() or (word in ("mean", "sum") and name == "loss"):
            return self
        if word in SHAPED.split():
            name = name if given == (-1,) else name + " in another shape"
        else:
            name = word.strip("_") + " of " + name
        told = {"isnan": 0.0, "isinf": 0.0, "isfinite": 1.0}
        return Loose(name, self.heard, told.get(word, self.value))

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        named = kwargs or {}
        flat = []
        for part in (*args, *named.values()):
            flat += part if isinstance(part, (tuple, list)) else [part]
        mine = next((part for part in flat if isinstance(part, cls)), None)
        mine = cls("?", []) if mine is None else mine
        if function.__name__ == "backward":
            return mine.backward(retain_graph=named.get("retain_graph"))
        return mine.after(function.__name__, *args[1:])

    def __bool__(self):
        return self.value != 0

    def __iter__(self):  # torch.max(y_hat, 1) is a pair
        pair = self.name.split()[0] in ("max", "min")
        return iter([self.after("__getitem__", i) for i in range(2 if pair else 4)])

    def __getitem__(self, key):
        return self.after("__getitem__", key)

    def __len__(self):
        return 4

    def size(self, *axis):
        return 4 if axis else self.shape

    def item(self):
        return self.value

    def __float__(self):
        return self.value

    def __format__(self, how):
        return format(self.value, how)

    def detach(self):
        return self.after("detach")

    def backward(self, gradient=None, retain_graph=None, *rest, **more):
        kept = ", graph kept" if retain_graph else ""
        source = "" if self.name == "loss" else " from " + self.name
        self.heard.append("backward" + source + kept)


for word in "add radd sub rsub mul rmul truediv rtruediv neg pow".split():
    setattr(Loose, f"__{word}__",
            lambda self, *other, word=word: self.after("__" + word + "__"))


def asked(self, other, word):
    found = self.after(word)
    right = bool(getattr(operator, word)(self.value, getattr(other, "value", other)))
    found.value = float(right)
    return found


for word in "eq ne lt le gt ge".split():
    setattr(Loose, f"__{word}__", lambda self, other, word=word: asked(self, other, word))
Loose.__hash__ = object.__hash__


class Actor:
    """Stands for model, loss function and optimizer."""

    def __init__(self, role, heard, answer=None, value=1.0):
        self.role, self.heard, self.answer, self.value = role, heard, answer, value

    def __call__(self, *given, **named):
        parts = [getattr(part, "name", "?") for part in (*given, *named.values())]
        self.heard.append(f"{self.role}({', '.join(parts)})")
        return Loose(self.answer, self.heard, self.value)

    forward = __call__

    def zero_grad(self, *given, **named):
        self.heard.append("zero_grad")

    def step(self, *given, **named):
        self.heard.append("step")

    def train(self, mode=True):
        return self

    def eval(self):
        return self

    def parameters(self):
        return iter(())


def drive(f, value):
    heard = []
    f(Actor("model", heard, "y_hat"), Actor("loss_fn", heard, "loss", value),
      Actor("opt", heard), Loose("x", heard), Loose("y", heard))
    first = [i for i, call in enumerate(heard) if call.startswith("backward")][:1]
    before = heard[:first[0]] if first else heard
    if "zero_grad" in before:  # where before backward does not matter, nor how often
        rest = [call for call in before if call != "zero_grad"]
        after = heard[len(before):]
        if "step" in after:  # clearing once more at the end does no harm
            end = after.index("step")
            after[end:] = [call for call in after[end:] if call != "zero_grad"]
        heard = ["zero_grad", *rest, *after]
    return heard
'''


def train_step(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
    """T15.3 with E19 and E29: five calls."""
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.step()


def _calls(order: str, change: Callable[..., Any] | None = None) -> Callable[..., None]:
    """Return a step that makes its calls in another order: z f l b s."""

    def run(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
        y_hat = loss = model(x)
        for call in order:
            match call:
                case "z":
                    opt.zero_grad()
                case "l":
                    given = (y_hat, y) if change is None else change(y_hat, y)
                    loss = loss_fn(*given)
                case "b":
                    loss.backward()
                case "r":
                    loss.backward(retain_graph=True)
                case "s":
                    opt.step()

    return run


ORDERS = f"{FRAMEWORKS}#Which-orders-work?"
LOSS = f"{FRAMEWORKS}#The-loss:-one-number"
SOFTMAX = (
    "The predictions are turned into probabilities before the loss function gets them. A "
    "loss like nn.CrossEntropyLoss does that itself and wants raw scores: hand over what "
    "the model returns."
)
STEPS: tuple[tuple[str, Callable[..., None], str, str], ...] = (
    (
        "M15.1a",
        _calls("lbs"),
        "Nobody clears the gradients. backward adds to what .grad holds, and the last step "
        "left something there.",
        ORDERS,
    ),
    (
        "M15.1b",
        _calls("zlsb"),
        "The parameters move before backward has written their gradients: with those of "
        "the step before, or with none.",
        ORDERS,
    ),
    (
        "M15.1c",
        _calls("lbzs"),
        "The gradients are cleared after backward has written them and before step can use "
        "them. Nothing will move.",
        ORDERS,
    ),
    (
        "M15.1d",
        _calls("zbs"),
        "The loss function is never asked: you go back from the predictions. They say "
        "nothing about right or wrong before they are compared with y.",
        f"{FRAMEWORKS}#As-it-stands-on-a-slide",
    ),
    (
        "M15.1d",
        _calls("bs"),
        "This is the shorthand of a slide, and two calls are missing: nobody clears the "
        "gradients, and no loss function compares the predictions with y.",
        f"{FRAMEWORKS}#As-it-stands-on-a-slide",
    ),
    ("M15.1e", _calls("zlbs", lambda p, y: (p.softmax(1), y)), SOFTMAX, LOSS),
    ("M15.1e", _calls("zlbs", lambda p, y: (p.log_softmax(1), y)), SOFTMAX, LOSS),
    ("M15.1e", _calls("zlbs", lambda p, y: (p.sigmoid(), y)), SOFTMAX, LOSS),
    (
        "M15.1f",
        _calls("zlrs"),
        "The graph is kept after backward. That is for a second walk through the same "
        "graph; here it only holds on to memory.",
        f"{FRAMEWORKS}#When-is-the-graph-thrown-away?",
    ),
    *(
        (
            "M15.1g",
            _calls("zlbs", change),
            "The loss function gets something in another shape. (N, 1) against (N,) is "
            "broadcast to N x N pairs without an error; leave the shapes as they are.",
            LOSS,
        )
        for change in (
            lambda p, y: (p, y[:, None]),
            lambda p, y: (p[:, None], y),
        )
    ),
    (
        "X15.0a",
        _calls("lbsz"),
        "The gradients are cleared at the very end. What they hold when your function is "
        "called is still there when backward adds to it.",
        ORDERS,
    ),
    (
        "X15.0b",
        _calls("zlbs", lambda p, y: (y, p)),
        "The loss function gets prediction and target in the wrong order: loss_fn(y_hat, "
        "y). Cross-entropy would take the targets for scores.",
        LOSS,
    ),
    (
        "X15.0c",
        _calls("zlb"),
        "The gradients are there, but nobody moves the parameters.",
        f"{FRAMEWORKS}#Four-parts,-five-calls",
    ),
    (
        "X15.0d",
        _calls("zls"),
        "There is a loss, but no backward: the gradients stay empty.",
        f"{FRAMEWORKS}#Four-parts,-five-calls",
    ),
    (
        "X15.0e",
        _calls("zlbs", lambda p, y: (p.detach(), y)),
        "The prediction is cut off its graph (detach) before the loss is taken. Nothing "
        "finds the way back to the parameters.",
        f"{FRAMEWORKS}#The-graph-behind-the-loss",
    ),
)

G15_1 = Exercise(
    id="G15.1",
    function="train_step",
    points=3,
    reference=train_step,
    inputs=lambda rng: [
        Case(name=f"call {i}", args=(float(v),)) for i, v in enumerate(rng.random(2))
    ],
    outputs=("calls",),
    driver=STEP_DRIVER,
    unchanged="",
    lecture=f"{FRAMEWORKS}#Four-parts,-five-calls",
    mistakes=(
        *(
            Mistake(code=code, variant=variant, message=message, lecture=lecture)
            for code, variant, message, lecture in STEPS
        ),
        Mistake(
            code="X15.0f",
            detect=lambda evidence: values(evidence) is not None,
            message="Of the five calls some are missing, made twice, out of order, or get "
            "something else than they should.",
        ),
    ),
)

# --- X15.1 -------------------------------------------------------------------------

# The model drops every second entry while it trains; loss_fn gives the mean of a batch.
# Without PyTorch in the process arrays take the place of tensors.
EVALUATE_DRIVER = """
import sys

import numpy as np


class Model:
    def __init__(self, w, torch):
        self.w, self.training, self.seen, self.torch = w, True, [], torch

    def train(self, mode=True):
        self.training = mode
        return self

    def eval(self):
        return self.train(False)

    def parameters(self):
        return iter([self.w])

    def to(self, *place, **named):
        return self

    def __call__(self, x):
        recording = self.torch is not None and self.torch.is_grad_enabled()
        self.seen.append([self.training, recording])
        kept = np.arange(len(x)) % 2 * 2.0 if self.training else np.ones(len(x))
        return x * self.w * (kept if self.torch is None else self.torch.tensor(kept))

    forward = __call__


def drive(f, w, batches):
    torch = sys.modules.get("torch")
    make = np.asarray if torch is None else torch.tensor
    w = np.float64(w)
    if torch is not None:
        w = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    model = Model(w, torch)
    tensors = [(make(x), make(y)) for x, y in batches]
    loss = f(model, lambda y_hat, y: ((y_hat - y) ** 2 * (1 + y * y)).mean(), tensors)
    training, recording = (any(flags) for flags in zip(*model.seen))
    return {"loss": loss, "training": training, "recording": recording}
"""


def batch_inputs(rng: Rng) -> list[Case]:
    """Batches of different lengths; one alone."""

    def case(*sizes: int) -> Case:
        batches = [(rng.normal(0, 1, n), rng.normal(0, 1, n)) for n in sizes]
        return Case(name=f"batches of {sizes}", args=(float(rng.normal(1, 1)), batches))

    return [case(5, 5, 2), case(4, 7), case(3, 3, 3, 6)]


def _evaluation(
    weigh: Callable[[list[float], list[int]], float], *, swapped: bool = False
) -> Callable[..., float]:
    """Return an evaluation that makes one number of the batches' losses and sizes."""

    def run(model: Any, loss_fn: Any, batches: Any) -> float:
        torch = sys.modules.get("torch")
        with torch.no_grad() if torch else contextlib.nullcontext():
            model.eval()
            pairs = [(model(x), y) for x, y in batches]
            found = [float(loss_fn(*pair[:: -1 if swapped else 1])) for pair in pairs]
        return weigh(found, [len(y) for _, y in batches])

    return run


def _weighted(found: list[float], sizes: list[int]) -> float:
    return math.fsum(v * n for v, n in zip(found, sizes, strict=True)) / sum(sizes)


evaluate = _evaluation(_weighted)


def _evaluated(
    *, training: bool = False, recording: bool = False, tensor: bool = False
) -> Callable[[Evidence], bool]:
    """Return a test of how the evaluation was run."""

    def test(evidence: Evidence) -> bool:
        found = values(evidence)
        return bool(found) and all(
            isinstance(value, dict)
            and bool(value["training"]) is training
            and bool(value["recording"]) is recording
            and isinstance(value["loss"], Tensor) is tensor
            for value in found or []
        )

    return test


HABITS = f"{FRAMEWORKS}#Two-habits-around-the-loop"
TRAINS = (
    "The model is still in training mode: dropout drops. Call eval() before you ask it."
)
RECORDS = (
    "Everything is recorded, though nobody will go back. Ask the model under 'with "
    "torch.no_grad():'; eval() alone does not stop the recording."
)
HOLDS = (
    "You return a tensor that still holds the graph of every batch, so nothing of it can "
    "be forgotten. Add up numbers, loss.item(), and do not record."
)
X15_1 = Exercise(
    id="X15.1",
    function="evaluate",
    points=3,
    reference=evaluate,
    inputs=batch_inputs,
    outputs=("loss", "training", "recording"),
    pack="dict",
    driver=EVALUATE_DRIVER,
    unchanged="",
    lecture=HABITS,
    mistakes=(
        Mistake(
            code="X15.1a",
            variant=_evaluation(lambda found, sizes: math.fsum(found) / len(found)),
            message="The mean of the batches' means counts an example of a small batch "
            "for more. Weigh each batch with the number of its examples.",
        ),
        Mistake(
            code="X15.1b",
            variant=_evaluation(lambda found, sizes: math.fsum(found)),
            message="You return the sum of the batches' losses. Their weighted mean, loss "
            "per example, can be compared between data sets.",
        ),
        Mistake(
            code="X15.1c",
            variant=_evaluation(
                lambda found, sizes: math.fsum(
                    v * n for v, n in zip(found, sizes, strict=True)
                ),
            ),
            message="The batches are weighted, but the sum is not divided by the number of "
            "all examples.",
        ),
        Mistake(
            code="X15.0b",
            variant=_evaluation(_weighted, swapped=True),
            message="The loss function gets prediction and target in the wrong order: "
            "loss_fn(y_hat, y).",
            lecture=LOSS,
        ),
        Mistake(code="M15.1h", detect=_evaluated(training=True), message=TRAINS),
        Mistake(code="M15.1h", detect=_evaluated(recording=True), message=RECORDS),
        Mistake(
            code="M15.1h",
            detect=_evaluated(training=True, recording=True),
            message="The model is still in training mode, and everything is recorded. You "
            "need both: model.eval() and 'with torch.no_grad():'.",
        ),
        Mistake(
            code="M15.1i", detect=_evaluated(recording=True, tensor=True), message=HOLDS
        ),
        Mistake(
            code="M15.1i",
            detect=_evaluated(training=True, recording=True, tensor=True),
            message=HOLDS + " And switch to eval().",
        ),
        *(
            Mistake(
                code="X15.1d",
                detect=_evaluated(training=training, tensor=True),
                message="You return a tensor. The task asks for a number: .item().",
            )
            for training in (False, True)
        ),
    ),
)

# --- X15.2 -------------------------------------------------------------------------

TRAIN_DRIVER = """
def drive(f, ids, y, params, eta, batches):
    found = f(ids, y, params, eta, batches)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    params, losses = found
    if hasattr(params, "items"):
        params = dict(params.items())
    if not isinstance(params, dict):
        return found

    def plain(value):
        return value.detach().numpy() if hasattr(value, "detach") else value

    if isinstance(losses, (tuple, list)):  # numbers, unless a graph hangs on them
        losses = [
            value if getattr(value, "requires_grad", False) else plain(value)
            for value in losses
        ]
    elif not getattr(losses, "requires_grad", False):
        losses = plain(losses)
    return {**{name: plain(value) for name, value in params.items()}, "losses": losses}
"""
NAMES = ("E", "W", "b", "u")


def train_inputs(rng: Rng) -> list[Case]:
    """Windows with repeated words and padding, batches of different lengths."""

    def case(
        sizes: tuple[int, int, int, int, int], eta: float, *batches: int, **more: Any
    ) -> Case:
        N, k, V, d, n = sizes
        wide = 2 * k + 1
        params = {
            "E": rng.normal(0, 1, (V, d)),
            "W": rng.normal(0, 1, (n, wide * d)),
            "b": rng.normal(0, 1, n),
            "u": rng.normal(0, 2, n),
        }
        ids = rng.integers(0, V, (N, wide))
        ids[0], ids[-1, 0] = np.minimum(np.arange(wide), V - 1), 0
        y = rng.permutation(np.arange(N) % 2)
        rows = [rng.permutation(N)[:size] for size in batches]
        name = f"N = {N}, k = {k}, {len(batches)} batches"
        return Case(name=name, args=(ids, y, params, eta, rows), **more)

    requirement = "without batches it is the start, and an empty list"
    return [
        case((9, 1, 6, 3, 4), 0.7, 4, 4, 3, 5),
        case((8, 2, 9, 2, 3), 1.1, 8, 5, 2),
        case((6, 1, 3, 3, 9), 0.5, 3, 4, 3, 2, 5),
        case((5, 0, 4, 4, 4), 0.9, 2, 3, 4),
        case((4, 1, 4, 2, 3), 0.5, role="edge", requirement=requirement),
    ]


def _slopes(
    ids: Array, y: Array, params: Params, *, squashed: bool = False, tanh: bool = False
) -> tuple[Params, float]:
    """Gradients and loss of some windows, one window at a time; their means."""
    total = {name: np.zeros_like(value) for name, value in params.items()}
    cost = 0.0
    for words, label in zip(ids, y, strict=True):
        x = np.concatenate([params["E"][word] for word in words])
        z = params["W"] @ x + params["b"]
        h = np.tanh(z) if tanh else sigmoid(z)
        s = float(params["u"] @ h)
        if squashed:  # the loss takes the logistic function of a probability
            p = float(sigmoid(s))
            e = (float(sigmoid(p)) - label) * p * (1 - p)
            s = p
        else:
            e = float(sigmoid(s)) - label
        cost += float(np.logaddexp(0, -s if label else s)) / len(y)
        e /= len(y)
        delta = e * params["u"] * (1 - h * h if tanh else h * (1 - h))
        for place, word in enumerate(words):
            d = params["E"].shape[1]
            total["E"][word] += delta @ params["W"][:, place * d : (place + 1) * d]
        total["W"] += np.outer(delta, x)
        total["b"] += delta
        total["u"] += e * h
    return total, cost


Train = Callable[..., tuple[Params, Any]]


def train_ner(
    ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
) -> tuple[Params, list[float]]:
    """Descend batch by batch, without PyTorch."""
    losses = []
    for rows in batches:
        slopes, cost = _slopes(ids[rows], y[rows], params)
        params = {name: params[name] - eta * slopes[name] for name in NAMES}
        losses.append(cost)
    return {name: params[name].copy() for name in NAMES}, losses


def _trained(
    *,
    sign: float = 1.0,
    keep: bool = False,
    summed: bool = False,
    frozen: str = "",
    padding: bool = False,
    whole: bool = False,
    after: bool = False,
    report: Callable[[list[float]], Any] = list,
    **how: bool,
) -> Train:
    """Return a training loop with one thing wrong."""

    def run(
        ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
    ) -> tuple[Params, Any]:
        now, heap = dict(params), {name: 0 * params[name] for name in NAMES}
        losses = []
        for rows in batches:
            part = np.arange(len(y)) if whole else rows
            slopes, cost = _slopes(ids[part], y[part], now, **how)
            if padding:
                slopes["E"][0] = 0
            scale = len(part) if summed else 1
            for name in NAMES:
                step = heap[name] + slopes[name] if keep else slopes[name]
                heap[name] = step
                if name not in frozen:
                    now[name] = now[name] - sign * eta * scale * step
            if after:
                cost = _slopes(ids[part], y[part], now, **how)[1]
            losses.append(cost * scale)
        return now, report(losses)

    return run


def _holds_graphs(evidence: Evidence) -> bool:
    """Whether the losses came back as tensors that still want gradients."""

    def held(losses: Any) -> bool:
        parts = losses if isinstance(losses, (list, tuple)) else [losses]
        return any(isinstance(p, Tensor) and p.requires_grad for p in parts)

    found = values(evidence)
    return bool(found) and all(
        isinstance(value, dict) and held(value.get("losses")) for value in found or []
    )


def _other_form(evidence: Evidence) -> bool:
    """Whether no call came back with parameters and losses, and not all with None."""
    found = values(evidence)
    return (
        bool(found)
        and any(value is not None for value in found or [])
        and not any(isinstance(v, dict) and "losses" in v for v in found or [])
    )


def _stands_still(evidence: Evidence) -> bool:
    """Whether some parameter comes back as it went in, on every generic case."""
    found = values(evidence)
    if not found or _holds_graphs(evidence) or _other_form(evidence):
        return False
    return any(
        all(
            isinstance(value, dict) and compare(value.get(name), case.args[2][name]) is None
            for value, (case, _, _) in zip(found, generic(evidence), strict=True)
        )
        for name in NAMES
    )


def _not_returned(
    ids: Array, y: Array, params: Params, eta: float, batches: Sequence[Array]
) -> tuple[Params, list[float]]:
    return dict(params), train_ner(ids, y, params, eta, batches)[1]


STEP = f"{FRAMEWORKS}#The-step:-an-optimizer-in-a-few-lines"
GRAPH = f"{FRAMEWORKS}#The-graph-behind-the-loss"
DISCARDED = f"{FRAMEWORKS}#When-is-the-graph-thrown-away?"
BACK = f"{FRAMEWORKS}#Backward:-writes,-never-moves"
HELD_BACK: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    (
        "X15.2f",
        "RuntimeError",
        ("leaf Variable that requires grad",),
        "A tensor that wants a gradient is changed in place while PyTorch records, and "
        "PyTorch refuses. The update is no part of the model: 'with torch.no_grad():'.",
        STEP,
    ),
    (
        "X15.2g",
        "RuntimeError",
        ("does not require grad",),
        "The loss leads back to nothing that wants a gradient. Set requires_grad on the "
        "four parameters, and compute the loss while PyTorch records: no no_grad, "
        "detach() or item() on the way. A parameter made anew in the update (w = w - ...) "
        "under no_grad wants no gradient any more: change it in place, w -= ...",
        BACK,
    ),
    (
        "X15.2h",
        "RuntimeError",
        ("through the graph a second time",),
        "backward walks through a graph that has been used up. Each batch needs a forward "
        "pass and a loss of its own, and a running sum of losses is for reports only: "
        "never call backward on it.",
        DISCARDED,
    ),
    (
        "X15.2i",
        "RuntimeError",
        ("modified by an inplace operation",),
        "A number that backward still needs has been overwritten: by a step before "
        "backward, or by +=, x[i] = or the like inside the model.",
        DISCARDED,
    ),
    (
        "X15.2j",
        "RuntimeError ValueError",
        ("same dtype", "expected scalar type", "Found dtype", "desired output type"),
        "Two kinds of numbers meet that PyTorch does not mix. Parameters are float64 and "
        "stay so with torch.tensor(array); the labels are whole numbers and have to be "
        "made float64, .double(), for this loss.",
        LOSS,
    ),
    (
        "X15.2k",
        "IndexError RuntimeError",
        ("used as indices must be", "'indices'"),
        "Words are looked up with numbers that are not whole. ids holds integers: leave "
        "them so.",
        f"{LECTURE}#The-embedding-layer",
    ),
    (
        "X15.2l",
        "AssertionError RuntimeError",
        ("not compiled with CUDA", "NVIDIA", "CUDA GPUs", "mps devices"),
        "You ask for a graphics card. Where this is graded there is none, as on many "
        "laptops: leave the device out.",
        f"{FRAMEWORKS}#Put-together",
    ),
    (
        "X15.2m",
        "RuntimeError",
        ("call numpy() on Tensor",),
        "NumPy cannot record gradients. Compute with torch's functions; for the result "
        "take .detach().numpy(), or return the tensor.",
        GRAPH,
    ),
    (
        "X15.2n",
        "TypeError AttributeError",
        ("NoneType",),
        "Something you use is None, most likely a .grad. backward() fills it only for "
        "the tensors a graph begins with; one computed from others (w = w - ...) is none "
        "of them, and without requires_grad there is none either.",
        STEP,
    ),
    (
        "X15.2o",
        "TypeError",
        ("must be Tensor", "'numpy.ndarray' and 'Tensor'"),
        "An array stands where PyTorch wants a tensor. Make tensors of all data first: "
        "torch.tensor(array).",
        f"{LECTURE}#All-labels-at-once",
    ),
    (
        "X15.2p",
        "RuntimeError",
        ("only for scalar outputs",),
        "backward starts at one number, and your loss has several: take their mean.",
        LOSS,
    ),
)


def _raised_any(kinds: str, texts: Sequence[str]) -> Callable[[Evidence], bool]:
    tests = [raised(kinds, text) for text in texts]
    return lambda evidence: any(test(evidence) for test in tests)


X15_2 = Exercise(
    id="X15.2",
    function="train_ner",
    points=6,
    reference=train_ner,
    inputs=train_inputs,
    outputs=(*NAMES, "losses"),
    pack="dict",
    driver=TRAIN_DRIVER,
    lecture=f"{FRAMEWORKS}#Put-together",
    mistakes=(
        Mistake(
            code="X15.2a",
            variant=_trained(keep=True),
            message="The gradients of all batches pile up. backward adds to .grad: clear "
            "it before each batch.",
            lecture=ORDERS,
        ),
        Mistake(
            code="X15.2b",
            variant=_trained(sign=-1.0),
            message="You walk uphill. The update subtracts eta times the gradient.",
            lecture=STEP,
        ),
        Mistake(
            code="X15.2c",
            variant=_trained(squashed=True),
            message="A logistic function too many: the loss takes it of a probability. "
            "binary_cross_entropy_with_logits wants the raw score s.",
            lecture=LOSS,
        ),
        Mistake(
            code="X15.2d",
            variant=_trained(summed=True),
            message="Your loss is the sum over the windows of the batch. The task takes "
            "the mean.",
            lecture=LOSS,
        ),
        Mistake(
            code="X15.2e",
            detect=_holds_graphs,
            message="The losses you return are tensors with their graphs: as long as "
            "somebody holds the list, nothing of any step can be forgotten. Keep the "
            "number, loss.item().",
            lecture=HABITS,
        ),
        *(
            Mistake(
                code=code,
                detect=_raised_any(kinds, texts),
                message=message,
                lecture=lecture,
            )
            for code, kinds, texts, message, lecture in HELD_BACK
        ),
        Mistake(
            code="X15.2q",
            variant=_trained(frozen="E"),
            message="The word vectors do not move. The table E is a parameter too: it "
            "wants a gradient and a step.",
            lecture=TABLE,
        ),
        *(
            Mistake(
                code="X15.2r",
                variant=_trained(frozen=name),
                message=f"{name} does not move. It wants a gradient and a step, like the "
                "others.",
                lecture=STEP,
            )
            for name in "Wbu"
        ),
        Mistake(
            code="X15.2r",
            detect=_stands_still,
            message="At least one of E, W, b and u comes back as it went in. Each of them "
            "wants a gradient and a step.",
            lecture=STEP,
        ),
        *(
            Mistake(
                code="X15.2y",
                variant=variant,
                message="Nothing moves. Clear the gradients before backward, not between "
                "backward and the step, and change the parameters you return.",
                lecture=ORDERS,
            )
            for variant in (_trained(sign=0.0), _not_returned)
        ),
        Mistake(
            code="X15.2x",
            detect=_other_form,
            message="Return the tuple (params, losses): first a dict with the keys E, W, b "
            "and u, then the list of losses.",
        ),
        Mistake(
            code="X15.2s",
            variant=_trained(padding=True),
            message="Row 0 of E does not move. Here it is a row like any other: no "
            "padding_idx.",
            lecture=TABLE,
        ),
        Mistake(
            code="X15.2t",
            variant=_trained(whole=True),
            message="Every step uses all windows. It should use those of its batch alone: "
            "batches holds row numbers of ids and y.",
        ),
        Mistake(
            code="X15.2u",
            variant=_trained(tanh=True),
            message=TANH,
            lecture=GRADIENTS,
        ),
        Mistake(
            code="X15.2v",
            variant=_trained(after=True),
            message="The loss of each batch is taken after the step. The task wants the "
            "one from which the step was made.",
        ),
        *(
            Mistake(
                code="X15.2w",
                variant=_trained(report=report),
                message="The losses are added up along the way. The list has one entry "
                "per batch, its own loss.",
            )
            for report in (lambda v: list(np.cumsum(v)), math.fsum)
        ),
    ),
)

# --- X15.3 -------------------------------------------------------------------------

# Which new windows are places stays here: the guesses come back as shares per left
# neighbour. The bound: where contexts decide, a trained network errs on none of them;
# 30 % leaves every right method alone and no wrong one passes.
PLACES_DRIVER = """
def drive(f, ids, y, E, new_ids, seed):
    import numpy as np

    found = f(ids, y, E, new_ids, seed)
    if hasattr(found, "detach"):
        found = found.detach().numpy()
    if not isinstance(found, (np.ndarray, list, tuple)):
        return found
    guesses = np.asarray(found)
    if guesses.shape != (len(new_ids),) or guesses.dtype.kind not in "biuf":
        return guesses
    if not np.isin(guesses, (0, 1)).all():  # scores or probabilities
        return guesses
    left = new_ids[:, new_ids.shape[1] // 2 - 1]
    return np.array([np.mean(guesses[left == word]) for word in np.unique(left)])
"""
MARGIN = Tolerance(relative=0.0, of_scale=0.3)
GROUP = 12


def places_inputs(rng: Rng) -> list[Case]:
    """A small language: the word to the left of a place comes from a group of its own.

    A fifth of each group occurs in the new windows only; its vectors lie with the rest.
    """

    def case(V: int, d: int, N: int, seed: int) -> Case:
        side = np.where(np.arange(V) < V // 2, -1.0, 1.0)
        side[0] = 0.0
        way = rng.normal(0, 1, d)
        way *= 1.5 / np.linalg.norm(way)
        E = rng.normal(0, 0.35, (V, d)) + np.outer(side, way)
        mixed = 1 + rng.permutation(V - 1)
        old, new = np.split(mixed, [V - 1 - V // 5])
        numbers = rng.permutation(V)  # the groups do not stand in order
        numbers[np.flatnonzero(numbers == 0)], numbers[0] = numbers[0], 0

        def windows(left: Array) -> Array:
            ids = rng.integers(1, V, (len(left), 5))
            ids[rng.random(len(left)) < 0.1, 4] = 0
            ids[:, 1] = left
            return ids

        told = windows(rng.choice(old, N))
        asked = windows(rng.permutation(np.repeat(np.union1d(new, old[:10]), GROUP)))
        y = (side[told[:, 1]] > 0).astype(int)
        table = np.empty_like(E)
        table[numbers] = E
        name = f"{N} windows, {V} words"
        return Case(name=name, args=(numbers[told], y, table, numbers[asked], seed))

    return [case(48, 8, 320, 3), case(60, 10, 300, 11)]


def find_places(ids: Array, y: Array, E: Array, new_ids: Array, seed: int) -> Array:
    """Descend on one layer, a logistic unit over the window; the borders are straight."""
    x = E[ids].reshape(len(ids), -1)
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(2000):
        error = (sigmoid(x @ w + b) - y) / len(y)
        w, b = w - 0.5 * (x.T @ error + 1e-3 * w), b - 0.5 * error.sum()
    return np.asarray(E[new_ids].reshape(len(new_ids), -1) @ w + b > 0)


def _by_the_word(ids: Array, y: Array, E: Array, new_ids: Array, seed: int) -> list[bool]:
    """The baseline of lecture 14: what the centre word was more often."""
    seen = [y[ids[:, 2] == word] for word in new_ids[:, 2]]
    return [bool(len(labels)) and float(np.mean(labels)) > 0.5 for labels in seen]


def _hardly_any(evidence: Evidence) -> bool:
    """Whether in every case all contexts get nearly the same share of places."""
    found = values(evidence)
    return _are_shares(found, evidence) and all(
        float(np.ptp(v)) < 0.75 for v in found or []
    )


def _are_shares(found: list[Any] | None, evidence: Evidence) -> bool:
    """Whether every case came down to a share per left neighbour."""
    shapes = [getattr(o.value, "shape", None) for *_, o in generic(evidence)]  # type: ignore[union-attr]
    return bool(found) and all(
        isinstance(v, np.ndarray) and v.shape == shape
        for v, shape in zip(found or [], shapes, strict=True)
    )


def _only_some(evidence: Evidence) -> bool:
    """Whether shares came back that do differ, without being right."""
    return _are_shares(values(evidence), evidence) and not _hardly_any(evidence)


def _no_guesses(evidence: Evidence) -> bool:
    """Whether something else came back than one yes or no per window."""
    found = values(evidence)
    return (
        bool(found)
        and any(v is not None for v in found or [])
        and not _are_shares(found, evidence)
    )


TRAINING = f"{LECTURE}#Training,-five-times"
X15_3 = Exercise(
    id="X15.3",
    function="find_places",
    points=3,
    reference=find_places,
    inputs=places_inputs,
    outputs=("guesses",),
    driver=PLACES_DRIVER,
    tolerance=MARGIN,
    seeded=True,
    lecture=TRAINING,
    mistakes=(
        Mistake(
            code="X15.3a",
            variant=lambda ids, y, E, new_ids, seed: np.zeros(len(new_ids)),
            message="You never find a place. See what the network says about the windows "
            "it was taught with, and where the border between yes and no lies.",
        ),
        Mistake(
            code="X15.3b",
            variant=lambda ids, y, E, new_ids, seed: np.ones(len(new_ids)),
            message="To you every word is a place. A score above 0, or a probability "
            "above 0.5, is a yes.",
        ),
        Mistake(
            code="X15.3c",
            variant=lambda ids, y, E, new_ids, seed: ~find_places(ids, y, E, new_ids, seed),
            message="Yes and no are exchanged: what you call a place is none.",
        ),
        Mistake(
            code="X15.3d",
            detect=_hardly_any,
            message="Your guesses hardly depend on what stands before the word, though "
            "that decides here. Train longer, on whole windows; a look-up of the centre "
            "word is not enough.",
        ),
        Mistake(
            code="X15.3e",
            detect=_only_some,
            message="Some contexts are judged rightly, others not. Train until the "
            "training windows are right, and start from the word vectors E: some words "
            "occur in the new windows only.",
        ),
        Mistake(
            code="X15.3f",
            detect=_no_guesses,
            message="Return one guess per new window: a 1-D array of length M with True "
            "and False, or 1 and 0.",
        ),
    ),
)

EXERCISES = (
    *(X14_1, G14_3, G14_1, G14_2, G14_4, G14_5, X14_2),
    *(G15_1, X15_1, X15_2, X15_3),
)
