"""G11.7 `pad_batch`."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import Case, Evidence, Exercise, Mistake, Returned
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng

LISTS = """
def drive(f, *args):
    import numpy as np

    def plain(value):
        if hasattr(value, "tolist"):
            value = value.tolist()
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        return str(value) if isinstance(value, str) else value

    def number(value):
        if isinstance(value, list):
            return [number(part) for part in value]
        return int(value) if isinstance(value, bool) else value

    found = f(*args)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    return plain(found[0]), number(plain(found[1]))
"""


LONG = ("interesting", "wonderful", "disappointing")  # longer than any pad
WORDS = ("this", "movie", "is", "great", "bad", "i", "love", *LONG)


def pad_inputs(rng: Rng) -> list[Case]:
    """Words, a long one each time, and numbers; different widths, none of them 5."""

    def case(lengths: Sequence[int], pad: Any, name: str, **kind: Any) -> Case:
        words: list[Any] = list(WORDS if isinstance(pad, str) else range(10))
        order = [[words[int(k)] for k in rng.integers(10, size=n)] for n in lengths]
        # A number like any other, a word longer than pad.
        order[0][0] = LONG[int(rng.integers(3))] if isinstance(pad, str) else 0
        return Case(name=name, args=(order, pad), **kind)

    texts = ["I love this interesting movie", "great movie", "This movie is bad"]
    slide = [text.split() for text in texts]
    same: dict[str, Any] = {
        "role": "edge",
        "requirement": "a real token may equal pad and keeps its 1",
    }
    empty: dict[str, Any] = {
        "role": "edge",
        "requirement": "an empty sentence gives a row of pads",
    }
    lengths = [[int(n) for n in rng.permutation([2, *rng.integers(1, 6, 3), 7])]]
    return [
        Case(name="slide", args=(slide, "[pad]"), role="visible"),
        case(lengths[0], "[pad]", "five sentences"),
        case([int(n) for n in rng.permutation([1, 2, 3])], "[pad]", "three, short"),
        case([4, 3, 6, 2], -1, "numbers"),
        case([3, 8], "<none>", "another pad"),
        case([4, 2, 3], 0, "pad 0", **same),
        Case(name="word", args=([["a", "[pad]", "b"], ["c"]], "[pad]"), **same),
        case([3, 0, 2], "[pad]", "empty", **empty),
    ]


Padded = tuple[list[list[Any]], list[list[int]]]


def pad_batch(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
    """T11.11, column by column."""
    longest = max(map(len, sentences))
    columns = [[s[t] if t < len(s) else pad for s in sentences] for t in range(longest)]
    real = [[int(t < len(s)) for s in sentences] for t in range(longest)]
    return [list(row) for row in zip(*columns, strict=True)], [
        list(row) for row in zip(*real, strict=True)
    ]


def _padded(
    width: Callable[[list[list[Any]]], int] = lambda ss: max(map(len, ss)),
    tokens: Callable[[list[Any], list[Any]], list[Any]] = lambda s, pads: s + pads,
    mask: Callable[[list[Any], int, list[Any], Any], list[int]] | None = None,
) -> Callable[..., Padded]:
    """Return a padding with another width, order or mask(row, words, pads, pad)."""

    def variant(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
        T = width(sentences)
        cut = [list(s[:T]) for s in sentences]
        rows = [tokens(s, [pad] * (T - len(s))) for s in cut]
        masks = [
            mask(row, len(s), [pad] * (T - len(s)), pad)
            if mask
            else [1] * len(s) + [0] * (T - len(s))
            for row, s in zip(rows, cut, strict=True)
        ]
        return rows, masks

    return variant


def _as_wide_as_pad(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
    tokens, mask = pad_batch(sentences, pad)
    return np.array(tokens, dtype=np.array(pad).dtype).tolist(), mask


def _fixed_width(evidence: Evidence) -> bool:
    """Whether all results have one width, which is not that of their sentences."""
    widths, right = set(), set()
    for case, outcome, wanted in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(wanted, Returned):
            return False
        value = outcome.value
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            return False
        for part in value:
            if not isinstance(part, list) or not all(isinstance(r, list) for r in part):
                return False
            widths |= {len(row) for row in part}
        right.add(len(wanted.value[0][0]))
    return len(widths) == 1 and len(right) > 1


CONSTANT = (
    "The width is a constant. T is the length of the longest sentence of this batch: with "
    "a smaller width words get lost, with a larger one there are columns without words."
)


EXERCISE = Exercise(
    id="G11.7",
    function="pad_batch",
    points=3,
    reference=pad_batch,
    inputs=pad_inputs,
    outputs=("tokens", "mask"),
    pack="tuple",
    driver=LISTS,
    lecture=f"{LECTURE}#Padding:-three-lengths,-one-rectangle",
    mistakes=(
        Mistake(
            code="M11.7a",
            variant=_padded(width=lambda ss: min(map(len, ss))),
            message="All sentences are cut to the shortest one, and words are lost. Fill "
            "the short ones up to the longest.",
        ),
        Mistake(
            code="M11.7b",
            variant=_padded(
                tokens=lambda s, pads: pads + s,
                mask=lambda row, n, pads, pad: [0] * len(pads) + [1] * n,
            ),
            message="The pads stand in front. In this course they follow the words.",
        ),
        Mistake(
            code="M11.7c",
            variant=_padded(mask=lambda row, n, pads, pad: [0] * n + [1] * len(pads)),
            message="The mask marks the pads. Its 1 stands for a real token.",
        ),
        *(
            Mistake(
                code="M11.7d",
                variant=_padded(mask=mask),
                message="Your mask looks at what a token is, and a real one may look like "
                "a pad. Build the mask from the lengths of the sentences (or reserve a "
                "pad that no token can be).",
            )
            for mask in (
                lambda row, n, pads, pad: [int(token != pad) for token in row],
                lambda row, n, pads, pad: [int(token != 0) for token in row],
            )
        ),
        Mistake(code="M11.7e", variant=_padded(width=lambda ss: 5), message=CONSTANT),
        Mistake(code="M11.7e", detect=_fixed_width, message=CONSTANT),
        Mistake(
            code="X11.7a",
            variant=_padded(mask=lambda row, n, pads, pad: [1] * len(row)),
            message="The mask is 1 everywhere. A pad has a 0.",
        ),
        Mistake(
            code="X11.7b",
            variant=lambda sentences, pad="[pad]": pad_batch(sentences),
            message="You always fill with [pad]. Use the argument pad, which may be "
            "another word or a number.",
        ),
        Mistake(
            code="X11.7c",
            variant=_as_wide_as_pad,
            message="Your tokens are cut off: an array filled with pad has room for words "
            "of pad's length only. Use lists, or dtype=object.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def pad_in_arrays(sentences, pad="[pad]"):
    T = max(map(len, sentences))
    tokens = np.full((len(sentences), T), pad, dtype=object)
    mask = np.zeros((len(sentences), T))
    for row, sentence in enumerate(sentences):
        tokens[row, : len(sentence)] = sentence
        mask[row, : len(sentence)] = 1
    return tokens, mask


def pad_by_zip(sentences, pad="[pad]"):
    nothing = object()
    columns = list(itertools.zip_longest(*sentences, fillvalue=nothing))
    tokens = [[pad if t is nothing else t for t in row] for row in zip(*columns)]
    mask = [[t is not nothing for t in row] for row in zip(*columns)]
    return [tokens, mask]


def pad_in_place_of_copies(sentences, pad="[pad]"):
    rows = copy.deepcopy(sentences)
    T = 0
    for row in rows:
        T = max(T, len(row))
    for row in rows:
        while len(row) < T:
            row.append(pad)
    lengths = np.array([len(s) for s in sentences])
    return tuple(map(tuple, rows)), np.arange(T)[None, :] < lengths[:, None]


def pad_in_plain_arrays(sentences, pad="[pad]"):
    lengths = [len(s) for s in sentences]
    rows = [[*s, *[pad] * (max(lengths) - len(s))] for s in sentences]
    mask = np.tril(np.ones((max(lengths) + 1, max(lengths)), int), -1)[lengths]
    return np.array(rows), mask


def pad_in_an_array_of_room(sentences, pad="[pad]"):
    """Text in an array whose fields are as wide as the longest word."""
    words = np.array([pad, *itertools.chain(*sentences)])
    tokens = np.full((len(sentences), max(map(len, sentences))), pad, words.dtype)
    mask = np.zeros(tokens.shape, bool)
    for n, sentence in enumerate(sentences):
        for t, word in enumerate(sentence):
            tokens[n, t], mask[n, t] = word, True
    return tokens, mask


RIGHT_WAYS = [
    pad_in_arrays,
    pad_by_zip,
    pad_in_place_of_copies,
    pad_in_plain_arrays,
    pad_in_an_array_of_room,
]


# --- examples of mistakes -------------------------------------------------------------


def pad_to(width: int) -> Callable[..., Padded]:
    def pad_batch(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
        rows = [(list(s) + [pad] * width)[:width] for s in sentences]
        return rows, [[int(t < len(s)) for t in range(width)] for s in sentences]

    return pad_batch


def pad_always_with_a_word(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
    T = max(map(len, sentences))
    rows = [s + ["[pad]"] * (T - len(s)) for s in sentences]
    return rows, [[int(t < len(s)) for t in range(T)] for s in sentences]


def pad_in_a_narrow_array(sentences: list[list[Any]], pad: Any = "[pad]") -> Any:
    tokens = np.full((len(sentences), max(map(len, sentences))), pad)
    mask = np.zeros(tokens.shape)
    for n, sentence in enumerate(sentences):
        tokens[n, : len(sentence)] = sentence
        mask[n, : len(sentence)] = 1
    return tokens, mask


WRONG_WAYS = {
    "M11.7e": [pad_to(width) for width in (5, 10, 100)],
    "X11.7b": [pad_always_with_a_word],
    "X11.7c": [pad_in_a_narrow_array],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_pad_sequence_of_torch() -> None:
    import torch

    pad_sequence = torch.nn.utils.rnn.pad_sequence
    for (sentences, pad), (tokens, mask) in expected(EXERCISE):
        numbers: dict[Any, int] = {pad: 0}
        for word in itertools.chain(*sentences):
            numbers.setdefault(word, len(numbers))
        rows = [torch.tensor([numbers[w] for w in s]).long() for s in sentences]
        padded = pad_sequence(rows, batch_first=True)
        assert [[numbers[w] for w in row] for row in tokens] == padded.tolist()
        real = pad_sequence([torch.ones(len(s)) for s in sentences], batch_first=True)
        assert mask == real.tolist()


def witness_rectangle_of_the_slide() -> None:
    (_, (tokens, mask)), *_ = expected(EXERCISE)
    assert [sum(row) for row in mask] == [5, 2, 4]
    assert tokens[1] == ["great", "movie", "[pad]", "[pad]", "[pad]"]
