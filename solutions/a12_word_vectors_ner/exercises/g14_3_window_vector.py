"""G14.3 `window_vector`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.judge.compare import compare
from grader.kernel.inside.codec import Opaque
from grader.model import Case, Evidence, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import generic, values
from ._shared import LECTURE, Array, Rng

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


def _wrapped_left(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    places = range(center - k, center + k + 1)
    return np.concatenate([E[ids[p] if p < len(ids) else pad_id] for p in places])


def _pads_last(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    words = [*ids[max(center - k, 0) : center + k + 1]]
    return E[words + [pad_id] * (2 * k + 1 - len(words))].ravel()


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


def _two_in_front(behind: Callable[[int], int]) -> Callable[..., Array]:
    def run(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
        padded = [pad_id] * 2 + [int(word) for word in ids] + [pad_id] * behind(k)
        return E[padded[center : center + 2 * k + 1]].ravel()

    return run


def _not_shifted(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    padded = [pad_id] * k + [int(word) for word in ids] + [pad_id] * k
    return E[padded[center - k : center + k + 1]].ravel()


def _ends_if_inside_is_right(evidence: Evidence) -> list[tuple[Any, Any]]:
    """Return results at the ends beside the right ones; none if one inside is wrong."""
    found = values(evidence)
    if not found:
        return []
    ends = []
    for value, (_, _, right) in zip(found, generic(evidence), strict=True):
        wanted: Any = right.value  # type: ignore[union-attr]
        if not isinstance(value, dict) or compare(value.get("inside"), wanted["inside"]):
            return []
        ends.append((value.get("ends"), wanted["ends"]))
    return ends


def _only_ends_differ(evidence: Evidence) -> bool:
    """Whether all is right inside, and something at an end is not."""
    return any(compare(*pair) for pair in _ends_if_inside_is_right(evidence))


def _ends_stop(evidence: Evidence) -> bool:
    """Whether all is right inside, and at an end at least once an exception came."""
    return any(
        isinstance(found, Opaque) and found.type_name == "exception"
        for found, _ in _ends_if_inside_is_right(evidence)
    )


def _zeros(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return window_vector(np.vstack([E, 0 * E[:1]]), ids, center, k, len(E))


def _first_row(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
    return window_vector(E, ids, center, k, 0)


ENDS = (
    "At the ends of a sentence the vector of pad_id does not stand where it should. See "
    "what indices below 0 and beyond the last word fetch, and that no place is left out."
)


EXERCISE = Exercise(
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
            message="You take columns of E. It holds one word per row; deck D1's L, with "
            "a column per word, is its transpose.",
            lecture=f"{LECTURE}#The-embedding-layer",
        ),
        *(
            Mistake(
                code="M14.3e",
                variant=variant,
                message=ENDS,
            )
            for variant in (
                *(
                    _wrapped,
                    _wrapped_left,
                    _pads_last,
                    _last_row,
                    _modulo,
                    _clipped,
                    _skipped,
                    _sliced,
                ),
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
        Mistake(
            code="X14.3e",
            variant=_around(lambda w, c, k: w, lambda rows: np.array(rows).T.ravel()),
            message="All first entries come first, then all second ones, and so on. Put "
            "word after word: the whole vector of one, then that of the next.",
        ),
        *(
            Mistake(
                code="X14.3f",
                variant=_around(lambda w, c, k, cut=cut: w[cut]),  # type: ignore[misc]
                message=message,
            )
            for cut, message in (
                (
                    slice(None, -1),
                    "The last word of the window is missing. A range ends before its "
                    "second number: the window goes to center + k, included.",
                ),
                (slice(1, None), "The first word of the window is missing: center - k."),
            )
        ),
        *(
            Mistake(
                code="X14.3g",
                variant=_around(pick),
                message="Only one side of the centre is there. The window has k words to "
                "its left and k to its right.",
            )
            for pick in (
                lambda w, c, k: w[: k + 1],
                lambda w, c, k: w[k:],
                lambda w, c, k: w[:k],
                lambda w, c, k: w[k + 1 :],
            )
        ),
        *(
            Mistake(code="X14.3h", variant=variant, message=message)
            for variant, message in (
                (
                    lambda E, ids, center, k=2, pad_id=0: window_vector(
                        E, ids, center, 2, pad_id
                    ),
                    "Your window has two words on each side, whatever k says.",
                ),
                *(
                    (
                        _two_in_front(behind),
                        "You put two padding words in front of the sentence, whatever k "
                        "says. It takes k of them.",
                    )
                    for behind in (lambda k: 2, lambda k: k)
                ),
            )
        ),
        Mistake(
            code="X14.3i",
            variant=_not_shifted,
            message="With k padding words in front every word has moved k places to the "
            "right: in the padded list the window begins at center, not at center - k.",
        ),
        *(
            Mistake(
                code="X14.3j",
                variant=_around(lambda w, c, k, by=by: [p + by for p in w]),  # type: ignore[misc]
                message=f"Your window lies one word too far to the {side}. It goes from "
                "center - k to center + k, both included.",
            )
            for by, side in ((1, "right"), (-1, "left"))
        ),
        *(
            Mistake(
                code="X14.3k",
                variant=_around(pick),
                message=f"The word itself comes {where} in your vector. It stands in the "
                "middle, between its left and its right neighbours.",
            )
            for where, pick in (
                ("first", lambda w, c, k: [c, *w[:k], *w[k + 1 :]]),
                ("last", lambda w, c, k: [*w[:k], *w[k + 1 :], c]),
            )
        ),
        Mistake(
            code="M14.3e",
            detect=_only_ends_differ,
            message=ENDS,
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def window_word_by_word(E, ids, center, k=2, pad_id=0):
    parts = []
    for p in range(center - k, center + k + 1):
        word = ids[p] if 0 <= p < len(ids) else pad_id
        parts.append(E[word])
    return np.concatenate(parts)


def window_with_numpy_padding(E, ids, center, k=2, pad_id=0):
    padded = np.pad(ids, k, constant_values=pad_id)
    return E[padded][center : center + 2 * k + 1].reshape(-1)


def window_written_in(E, ids, center, k=2, pad_id=0):
    d = E.shape[1]
    x = np.tile(E[pad_id], 2 * k + 1)
    for step in range(-k, k + 1):
        if 0 <= center + step < len(ids):
            x[(step + k) * d : (step + k + 1) * d] = E[ids[center + step]]
    return x


def window_by_one_hots(E, ids, center, k=2, pad_id=0):
    places = np.arange(center - k, center + k + 1)
    inside = (places >= 0) & (places < len(ids))
    words = np.where(inside, np.take(ids, places, mode="clip"), pad_id)
    return np.hstack(list(np.eye(len(E))[words] @ E))


RIGHT_WAYS = [
    window_word_by_word,
    window_with_numpy_padding,
    window_written_in,
    window_by_one_hots,
]


# --- examples of mistakes -------------------------------------------------------------


def stopping_at(kind: type[Exception], *, first: bool) -> Callable[..., Array]:
    """Return a window that stops at the end, and at the beginning if `first`."""

    def window(E: Array, ids: Array, center: int, k: int = 2, pad_id: int = 0) -> Array:
        if center + k >= len(ids) or (center < k and first):
            raise kind("no such word")
        return window_vector(E, ids, center, k, pad_id)

    return window


WRONG_WAYS = {
    "M14.3e": [
        stopping_at(kind, first=first)
        for kind in (KeyError, IndexError, TypeError, RuntimeError)
        for first in (True, False)
    ]
}


# --- what the reference has to agree with ---------------------------------------------


def witness_unfold_of_torch() -> None:
    import torch

    F = torch.nn.functional
    for (E, ids, center, end, *rest), found in expected(EXERCISE):
        k, pad = rest or (2, 0)
        rows = F.pad(torch.tensor(ids), (k, k), value=pad).unfold(0, 2 * k + 1, 1)
        for name, place in (("inside", center), ("ends", end)):
            looked_up = F.embedding(rows[place], torch.tensor(E))
            np.testing.assert_array_equal(looked_up.flatten().numpy(), found[name])
