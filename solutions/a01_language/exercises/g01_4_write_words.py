"""G01.4 `write_words`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._shared import raised
from ._shared import END, LECTURE, START, Rng

Table = Mapping[str, Mapping[str, float]]

USED_UP = "it stops when the numbers are used up"
NEVER = "a word with probability 0 is never drawn"
BORDER = "on a border the next word is drawn"
"""Requirements of the task."""


def write_words(table: Table, numbers: Sequence[float]) -> list[str]:
    """Return the words that these numbers draw, each by the place it falls on."""
    words: list[str] = []
    for u in numbers:
        row = table[words[-1] if words else START]
        borders = np.cumsum([*row.values()])
        word = [*row][int(np.searchsorted(borders, u, side="right"))]
        if word == END:
            break
        words.append(word)
    return words


def _writer(flaw: str) -> Callable[..., Any]:
    """Return the same, step by step, with one mistake built in."""

    carried = [0.0]

    def pick(row: Mapping[str, float], u: float) -> str:
        items = list(row.items())
        if flaw == "sorted":
            items.sort()
        if flaw == "by size":
            items.sort(key=lambda item: -item[1])
        if flaw == "most probable":
            return max(row, key=lambda word: row[word])
        if flaw == "evenly":
            return items[int(u * len(items))][0]
        total, before = carried[0], items[0][0]
        for word, p in items:
            total = p if flaw in ("not added", "stays") else total + p
            carried[0] = total if flaw == "goes on adding" else 0.0
            equal = flaw == "border" or (flaw == "border, but for 0" and p > 0)
            if total > u or (equal and total >= u):
                return before if flaw == "one early" else word
            if flaw == "from above" and 1 - total < u:
                return word
            before = word
        return "" if flaw == "stays" else items[-1][0]

    def write(table: Table, numbers: Sequence[float]) -> Any:
        words, last = list[str](), START
        carried[0] = 0.0
        for u in numbers:
            u = numbers[0] if flaw == "one number" else u
            u = 1 - u if flaw == "from above" else u
            row = table[START if flaw == "from the start" else last]
            word = pick(row, u) or last
            if word == END and flaw in ("starts anew", "skips the end"):
                last = START if flaw == "starts anew" else last
                continue
            if word == END and flaw != "past the end":
                return [*words, END] if flaw == "with the end" else words
            if word == END:
                word = pick(table[START], u)
            words.append(word)
            last = word
        return words

    if flaw == "with the start":
        return lambda table, numbers: [START, *write(table, numbers)]
    if flaw == "both marks":
        return lambda table, numbers: [START, *write(table, numbers), END]
    if flaw == "one text":
        return lambda table, numbers: "".join(write(table, numbers))
    return write


def _table(rng: Rng) -> dict[str, dict[str, float]]:
    """Return a table of five words in an order that no sorting gives."""
    words = [str(w) for w in rng.permutation(["天", "地", "人", "山", "水"])]
    table = {}
    for context in (START, *words):
        after = [str(w) for w in rng.permutation(words)[:4]]
        if context != START:
            after.insert(int(rng.integers(1, 4)), END)
        parts = np.round(rng.dirichlet(np.full(len(after), 3.0)), 3)
        parts[-1] = 1 - parts[:-1].sum()
        table[context] = {w: float(p) for w, p in zip(after, parts, strict=True)}
    return table


def _draws(rng: Rng, table: Table, length: int, *, ends: bool) -> list[float]:
    """Return numbers, off the borders, that draw so many words."""
    while True:
        numbers = [float(u) for u in rng.uniform(0.02, 0.98, 40)]
        words = write_words(table, numbers)
        if len(words) != length:
            continue
        numbers = numbers[: length + 4 if ends else length]
        rows = [table[w] for w in (START, *words)][: len(numbers)]
        gaps = [
            np.abs(np.cumsum([*row.values()]) - u).min()
            for row, u in zip(rows, numbers, strict=False)
        ]
        if min(gaps) > 1e-3:
            return numbers


FLAWS = (
    *("sorted", "by size", "most probable", "evenly", "not added", "one early"),
    *("one number", "from above", "from the start", "goes on adding"),
)
PAST_THE_END = ("past the end", "starts anew", "skips the end")


def write_words_inputs(rng: Rng) -> list[Case]:
    """Texts that end by themselves; some that do not; a chance of 0; numbers on a border."""

    def case(length: int, *, ends: bool, **more: Any) -> Case:
        while True:
            table = _table(rng)
            numbers = _draws(rng, table, length, ends=ends)
            right = write_words(table, numbers)
            flaws = (*FLAWS, *PAST_THE_END) if ends else FLAWS
            wrong = [_writer(flaw)(table, numbers) for flaw in flaws]
            wrong = [w for w in wrong if w != right]
            if len(wrong) == len(flaws) == len({tuple(w) for w in wrong}):
                name = f"{length} words, {len(numbers)} numbers"
                return Case(name=name, args=(table, numbers), **more)

    zero = {START: {"天": 0.0, "地": 0.5, "人": 0.5}, "地": {"人": 0.25, END: 0.75}}
    zero["人"] = {END: 0.0, "天": 1.0}
    zero["天"] = {"地": 1.0}
    whole = {START: {"地": 0.5, "天": 0.25, "人": 0.25}, "人": {END: 0.25, "天": 0.75}}
    whole["天"] = {"人": 0.75, END: 0.25}
    whole["地"] = {"天": 0.5, "人": 0.5}

    def edge(name: str, requirement: str, table: Table, numbers: list[float]) -> Case:
        args = (table, numbers)
        return Case(name=name, args=args, role="edge", requirement=requirement)

    return [
        case(5, ends=True),
        case(7, ends=True),
        case(4, ends=True),
        case(6, ends=False, role="edge", requirement=USED_UP),
        Case(name="no numbers", args=(zero, []), role="edge", requirement=USED_UP),
        edge("a word that never comes", NEVER, zero, [0.0, 0.9]),
        edge("a border", BORDER, whole, [0.5, 0.75, 0.25, 0.5, 0.25]),
    ]


def _mistake(letter: str, message: str, *flaws: str) -> list[Mistake]:
    return [
        Mistake(code=f"X01.4{letter}", variant=_writer(flaw), message=message)
        for flaw in flaws
    ]


EXERCISE = Exercise(
    id="G01.4",
    function="write_words",
    points=3,
    reference=write_words,
    inputs=write_words_inputs,
    outputs=("words",),
    parts=(
        Part(name="words", weight=2.1, output="words"),
        Part(name=USED_UP, weight=0.3, edge=USED_UP),
        *(Part(name=e, weight=0.2, edge=e) for e in (BORDER, NEVER, UNCHANGED)),
    ),
    lecture=f"{LECTURE}#9.-Let-the-table-speak-(12-minutes,-core)",
    mistakes=(
        *_mistake(
            "a",
            "Always the most probable word is taken, whatever the number is. The number "
            "decides.",
            "most probable",
        ),
        *_mistake(
            "b",
            "The number is compared with single probabilities. Compare it with their sum so "
            "far.",
            "not added",
            "stays",
        ),
        *_mistake(
            "c",
            "Every word is drawn from the row of <s>. The context is the word before.",
            "from the start",
        ),
        *_mistake(
            "d",
            "All words are drawn with the first number. Each takes the next one.",
            "one number",
        ),
        *_mistake(
            "e",
            "The rows are sorted first. Take their words in the order of the dict.",
            "sorted",
            "by size",
        ),
        *_mistake(
            "f",
            "You take the word before the one at which the sum exceeds the number.",
            "one early",
        ),
        *_mistake(
            "g",
            "All words of a row are equally likely here. Their probabilities have no "
            "effect.",
            "evenly",
        ),
        *_mistake("h", "The mark </s> stands in the text. Leave it out.", "with the end"),
        *_mistake("i", "The mark <s> stands in the text. Leave it out.", "with the start"),
        *_mistake("h", "Both marks stand in the text. Leave them out.", "both marks"),
        *_mistake(
            "j",
            "After </s> you go on, as if from <s>. The text ends there, though numbers are "
            "left.",
            "past the end",
        ),
        *_mistake(
            "j",
            "After </s> you begin again, in the row of <s>. The text ends there, though "
            "numbers are left.",
            "starts anew",
        ),
        *_mistake(
            "j",
            "You leave out </s> and go on. The text ends there, though numbers are left.",
            "skips the end",
        ),
        *_mistake(
            "l",
            "The sum goes on from number to number. It begins at 0 for each of them.",
            "goes on adding",
        ),
        Mistake(
            code="X01.4j",
            detect=raised("KeyError", END),
            message="You look for the row of </s>. The text ends there, though numbers are "
            "left.",
        ),
        *_mistake("k", "Nearly: return the list of words, not one text.", "one text"),
        *_mistake(
            "m",
            "Where the sum equals the number, it does not exceed it: go on to the next "
            "word. Compare with > instead of >=.",
            "border",
            "border, but for 0",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def write_adding_up(table, numbers):
    words, last = [], START
    for u in numbers:
        total = 0
        for word, p in table[last].items():
            total += p
            if total > u:
                last = word
                break
        if last == END:
            return words
        words.append(last)
    return words


def write_taking_away(table, numbers):
    context, text = "<s>", ()
    for u in numbers:
        for word, p in table[context].items():
            u -= p
            if u < 0:
                context = word
                break
        if context == "</s>":
            break
        text += (context,)
    return text


def write_by_recursion(table, numbers, context="<s>"):
    if len(numbers) == 0:
        return []
    row = list(table[context])
    ends = np.cumsum(list(table[context].values()))
    word = row[np.argmax(ends > numbers[0])]
    return [] if word == "</s>" else [word, *write_by_recursion(table, numbers[1:], word)]


def write_on_and_on(table, numbers):
    context, text = "<s>", []
    for u in numbers:
        row = table[context]
        borders = np.cumsum(list(row.values()))
        context = list(row)[int(np.sum(borders <= u))]
        text.append(context)
    return [word for word in text if word != "</s>"]


WRONG_WAYS = {"X01.4j": [write_on_and_on]}
RIGHT_WAYS = [write_adding_up, write_taking_away, write_by_recursion]


# --- what the reference has to agree with ---------------------------------------------


def witness_shares_of_many_draws() -> None:
    rng = np.random.default_rng(1)
    table = {START: {"天": 0.2, "地": 0.5, END: 0.3}}
    drawn = [tuple(write_words(table, [u])) for u in rng.random(20_000)]
    for word, p in (("天", 0.2), ("地", 0.5)):
        assert abs(drawn.count((word,)) / len(drawn) - p) < 0.015, word
    for (table, numbers), words in expected(EXERCISE):
        assert list(words) == write_adding_up(table, numbers)
