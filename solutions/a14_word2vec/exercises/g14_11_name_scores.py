"""G14.11 `name_scores`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import CLOSE, NAMES, Rng

Tags = Sequence[Sequence[str]]
Name = tuple[Any, ...]

PLAIN = "tags in good order"
STARTS = "a name that begins with I-"
CHANGES = "the kind changes within a row of I-"
SENTENCES = "names at the ends of sentences"
EMPTY = "a fraction with 0 below the line is 0"


def scores_inputs(rng: Rng) -> list[Case]:
    """A fixed list of sentences; kinds change their names, and easy sentences are added."""
    kinds = [("PER", "LOC", "ORG")[k] for k in rng.permutation(3)]
    short = {"O": "O"} | {
        b + k: f"{b}-{kind}" for b in "BI" for k, kind in zip("PLG", kinds, strict=True)
    }

    def tags(text: str) -> list[list[str]]:
        return [[short[word] for word in s.split()] for s in text.split("/")]

    def case(name: str, truth: str, guess: str, **more: Any) -> Case:
        if "group" in more:  # a sentence in which all is found, at places of its own
            easy = "/" + "O " * 12 + "BP O " * rng.integers(1, 4)
            easy += "BL IL O " * rng.integers(1, 4)
            truth, guess = truth + easy, guess + easy
        return Case(name=name, args=(tags(truth), tags(guess)), **more)

    plain: dict[str, Any] = {"group": PLAIN}
    starts: dict[str, Any] = {"group": STARTS}
    changes: dict[str, Any] = {"group": CHANGES}
    sentences: dict[str, Any] = {"group": SENTENCES}
    empty: dict[str, Any] = {"role": "edge", "requirement": EMPTY}
    return [
        case(
            "names of one and two words",
            "BL IL O BL O BP O O/BP IP O O BG O/O BL IL IL O O",
            "BL O O BL O BP O O/BP IP O BG O O/O BL IL O O O",
            **plain,
        ),
        case(
            "neighbours of one kind",
            "BL BL IL O BP BP O O/O BG IG BG O BP O BG O",
            "BL BL IL O BP IP O O/O BG BG BG O BL O BG O",
            **plain,
        ),
        case(
            "other kinds, found nothing in one sentence",
            "BP IP O BG IG O/BL O BP O BL O/BG O BL O O",
            "BP IP O BL IL O/O O O O BL O/BG O BL O BL",
            **plain,
        ),
        case(
            "longer and shorter names",
            "O BG IG IG O BP IP O/BL O BL IL O BP O",
            "O BG IG O O BP IP O/BL O BL IL O BL O",
            **plain,
        ),
        case(
            "I- after O in the guess",
            "O BL IL O O BP O/BP O O BG O BL O",
            "O IL IL O IP BP O/BP O IG IG O O O",
            **starts,
        ),
        case(
            "I- after O in both",
            "O IL O BP IP O IG O/BP O O IL IL O O",
            "O BL O BP IP O IG O/IP O O IL BL O O",
            **starts,
        ),
        case(
            "I- at the beginning of a sentence",
            "BL IL O BP O/IP IP O BL O",
            "IL IL O BP O/IP BP O BG O",
            **starts,
        ),
        case(
            "another kind after B-",
            "O BL IP O BG IG O/BP BL O BL O O",
            "O BL IP O BG IL O/BP IL O BP O O",
            **changes,
        ),
        case(
            "another kind after I-",
            "O BP IP IL IL O BG O/BG IG IP O BL O",
            "O BP IP BL IL O BG O/BG IG IG O BL IG",
            **changes,
        ),
        case(
            "the last word is in a name",
            "O BL O BP/O BG O BL IL/BP O BL",
            "O BL O BP/O BG O BL IL/BP O O",
            **sentences,
        ),
        case(
            "I- after the end of another sentence",
            "BL O BL/IL O BP/O O BP IP/IP O O",
            "BL O BL/BL O BP/O O BP O/IP O BL",
            **sentences,
        ),
        case(
            "the same places in several sentences",
            "BL O/BL O/BP O/BL O/O BP",
            "BL O/BP O/BP O/O O/O BP",
            **sentences,
        ),
        case("nothing found", "O BL IL O/BP O", "O O O O/O O", **empty),
        case("nothing to find", "O O O/O O", "O BP IP/O O", **empty),
        case("nothing at all", "O O/O", "O O/O", **empty),
        case("nothing right", "BL O/BP O O", "O BL/BG O O", **empty),
    ]


def names_of(tags: Sequence[str]) -> set[Name]:
    """Return the names of a sentence: kind, first place, last place."""
    names, open_name = set(), None
    for t, tag in enumerate(tags):
        goes_on = open_name and tag == f"I-{open_name[0]}"
        if open_name and not goes_on:
            names.add((*open_name, t - 1))
            open_name = None
        if not goes_on and tag != "O":
            open_name = (tag[2:], t)
    if open_name:
        names.add((*open_name, len(tags) - 1))
    return names


def _ratio(a: float, b: float) -> float:
    return a / b if b else 0.0


def _of_sets(truth: Iterable[Name], guess: Iterable[Name]) -> tuple[float, float, float]:
    true, found = set(truth), set(guess)
    tp = len(true & found)
    return (
        _ratio(tp, len(found)),
        _ratio(tp, len(true)),
        _ratio(2 * tp, len(found) + len(true)),
    )


def name_scores(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """Return precision, recall and F1 of names, counted over all sentences."""
    tp = fp = fn = 0
    for a, b in zip(truth, guess, strict=True):
        true, found = names_of(a), names_of(b)
        tp += len(true & found)
        fp += len(found - true)
        fn += len(true - found)
    return _ratio(tp, tp + fp), _ratio(tp, tp + fn), _ratio(2 * tp, 2 * tp + fp + fn)


def _strict(tags: Sequence[str]) -> set[Name]:
    """I- without a name of its kind before it is nothing, and ends the name."""
    names, first = set(), None
    for t, tag in enumerate([*tags, "O"]):
        if first is not None and tag != "I" + tags[first][1:]:
            names.add((tags[first][2:], first, t - 1))
            first = None
        if tag[0] == "B":
            first = t
    return names


def _kind_of_the_first(tags: Sequence[str]) -> set[Name]:
    """Any I- goes on, whatever its kind."""
    names, first = set(), None
    for t, tag in enumerate([*tags, "O"]):
        if first is not None and tag[0] != "I":
            names.add((tags[first][2:], first, t - 1))
            first = None
        if tag != "O" and first is None:
            first = t
    return names


def _strict_of_kinds(tags: Sequence[str]) -> set[Name]:
    """I- goes on with its own kind, begins a name after O, and is lost after another."""
    names, first, before = set(), None, "O"
    for t, tag in enumerate([*tags, "O"]):
        if first is not None and tag != "I" + tags[first][1:]:
            names.add((tags[first][2:], first, t - 1))
            first = None
        lost = tag[0] == "I" and before not in ("O", tag, "B" + tag[1:])
        if tag != "O" and first is None and not lost:
            first = t
        before = tag
    return names


def _from_b_to_the_next(tags: Sequence[str]) -> set[Name]:
    """Only B- begins a name, and any I- goes on with it."""
    names, first = set(), None
    for t, tag in enumerate([*tags, "O"]):
        if first is not None and tag[0] != "I":
            names.add((tags[first][2:], first, t - 1))
            first = None
        if tag[0] == "B":
            first = t
    return names


def _merged(tags: Sequence[str]) -> set[Name]:
    """B- after the same kind goes on."""
    names, first = set(), None
    for t, tag in enumerate([*tags, "O"]):
        if first is not None and tag[1:] != tags[first][1:]:
            names.add((tags[first][2:], first, t - 1))
            first = None
        if tag != "O" and first is None:
            first = t
    return names


def _every_tag(tags: Sequence[str]) -> set[Name]:
    return {(tag, t) for t, tag in enumerate(tags) if tag != "O"}


def _every_first(tags: Sequence[str]) -> set[Name]:
    return {(tag, t) for t, tag in enumerate(tags) if tag[0] == "B"}


def _every_kind(tags: Sequence[str]) -> set[Name]:
    return {(tag[2:], t) for t, tag in enumerate(tags) if tag != "O"}


def _every_word(tags: Sequence[str]) -> set[Name]:
    return {(t,) for t, tag in enumerate(tags) if tag != "O"}


def _without_the_last(tags: Sequence[str]) -> set[Name]:
    """A name that reaches the end of its sentence is never closed."""
    return {name for name in names_of(tags) if name[2] < len(tags) - 1}


def _by(
    names: Callable[[Sequence[str]], set[Name]],
    part: Callable[[Name], Name] = lambda name: name,
) -> Callable[[Tags, Tags], Any]:
    """Return scores of other things than names, or of parts of names."""

    def run(truth: Tags, guess: Tags) -> tuple[float, float, float]:
        sets = (
            {(i, *part(name)) for i, s in enumerate(side) for name in names(s)}
            for side in (truth, guess)
        )
        return _of_sets(*sets)

    return run


def _numberless(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """One set for all sentences, without their numbers."""
    sets = ({name for s in side for name in names_of(s)} for side in (truth, guess))
    return _of_sets(*sets)


def _numberless_lists(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """Two lists for all sentences: a name is found if the other list has it anywhere."""
    true, found = ([name for s in side for name in names_of(s)] for side in (truth, guess))
    tp, fn = sum(name in true for name in found), sum(name not in found for name in true)
    return _ratio(tp, len(found)), _ratio(tp, tp + fn), _ratio(2 * tp, tp + fn + len(found))


def _in_pairs(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """The first name of a sentence is compared with the first one, and so on."""
    tp = n_true = n_found = 0
    for a, b in zip(truth, guess, strict=True):
        true, found = (sorted(names_of(s), key=lambda name: name[1]) for s in (a, b))
        tp += sum(x == y for x, y in zip(true, found, strict=False))
        n_true, n_found = n_true + len(true), n_found + len(found)
    return _ratio(tp, n_found), _ratio(tp, n_true), _ratio(2 * tp, n_found + n_true)


def _all_names_wrong(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """fp and fn are the numbers of all names."""
    tp = n_true = n_found = 0
    for a, b in zip(truth, guess, strict=True):
        true, found = names_of(a), names_of(b)
        tp += len(true & found)
        n_true, n_found = n_true + len(true), n_found + len(found)
    p, r = _ratio(tp, tp + n_found), _ratio(tp, tp + n_true)
    return p, r, _ratio(2 * tp, 2 * tp + n_found + n_true)


def _in_one_row(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """All sentences one after the other, without a border."""
    sets = (names_of([tag for s in side for tag in s]) for side in (truth, guess))
    return _of_sets(*sets)


def _mean_over_sentences(truth: Tags, guess: Tags) -> tuple[float, ...]:
    scores = [name_scores([a], [b]) for a, b in zip(truth, guess, strict=True)]
    return tuple(float(x) for x in np.mean(scores, axis=0))


def _of_kind(side: Tags, kind: str) -> list[list[str]]:
    return [[tag if tag[2:] == kind else "O" for tag in s] for s in side]


def _mean_over_kinds(
    truth: Tags, guess: Tags, *, weighted: bool = False
) -> tuple[float, ...]:
    both = (*truth, *guess)
    kinds = sorted({tag[2:] for s in both for tag in s} - {""})
    scores = [name_scores(_of_kind(truth, k), _of_kind(guess, k)) for k in kinds]
    true = [sum(len(names_of(s)) for s in _of_kind(truth, k)) for k in kinds]
    weights = true if weighted else [1] * len(kinds)
    if not sum(weights):
        return 0.0, 0.0, 0.0
    return tuple(float(x) for x in np.average(scores, axis=0, weights=weights))


def _f1_of(mean: Callable[[Tags, Tags], tuple[float, ...]]) -> Callable[..., Any]:
    """Only F1 is a mean."""

    def run(truth: Tags, guess: Tags) -> tuple[float, ...]:
        return (*name_scores(truth, guess)[:2], mean(truth, guess)[2])

    return run


def _f1_from(mean: Callable[[Tags, Tags], tuple[float, ...]]) -> Callable[..., Any]:
    """F1 is made of precision and recall, which are means."""

    def run(truth: Tags, guess: Tags) -> tuple[float, ...]:
        p, r, _ = mean(truth, guess)
        return p, r, _ratio(2 * p * r, p + r)

    return run


def _then(change: Callable[[float, float, float], Any]) -> Callable[[Tags, Tags], Any]:
    return lambda truth, guess: change(*name_scores(truth, guess))


def _accuracy(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    pairs = [
        (x, y) for a, b in zip(truth, guess, strict=True) for x, y in zip(a, b, strict=True)
    ]
    share = sum(x == y for x, y in pairs) / len(pairs)
    return share, share, share


def _one_where_empty(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    n_true, n_found = (sum(len(names_of(s)) for s in side) for side in (truth, guess))
    p, r, _ = name_scores(truth, guess)
    p, r = p if n_found else 1.0, r if n_true else 1.0
    return p, r, _ratio(2 * p * r, p + r)


def _nan_where_empty(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    n_true, n_found = (sum(len(names_of(s)) for s in side) for side in (truth, guess))
    p, r, f = name_scores(truth, guess)
    p, r = p if n_found else math.nan, r if n_true else math.nan
    return p, r, f if f else math.nan


def _overlap(truth: Tags, guess: Tags) -> tuple[float, float, float]:
    """A name is right if it shares a word with a true name of its kind."""
    true, found = (
        [(i, *name) for i, s in enumerate(side) for name in names_of(s)]
        for side in (truth, guess)
    )

    def touch(a: Name, b: Name) -> bool:
        return a[:2] == b[:2] and a[2] <= b[3] and b[2] <= a[3]

    p = _ratio(sum(any(touch(a, b) for b in true) for a in found), len(found))
    r = _ratio(sum(any(touch(a, b) for b in found) for a in true), len(true))
    return p, r, _ratio(2 * p * r, p + r)


EXERCISE = Exercise(
    id="G14.11",
    function="name_scores",
    points=4,
    reference=name_scores,
    inputs=scores_inputs,
    outputs=("precision", "recall", "F1"),
    parts=(
        Part(name="precision", weight=0.5, output="precision", group=PLAIN),
        Part(name="recall", weight=0.5, output="recall", group=PLAIN),
        Part(name="F1", weight=0.5, output="F1", group=PLAIN),
        Part(name=STARTS, weight=0.7, group=STARTS),
        Part(name=CHANGES, weight=0.7, group=CHANGES),
        Part(name=SENTENCES, weight=0.6, group=SENTENCES),
        Part(name=EMPTY, weight=0.4, edge=EMPTY),
        Part(name=UNCHANGED, weight=0.1, edge=UNCHANGED),
    ),
    pack="tuple",
    lecture=NAMES,
    mistakes=(
        Mistake(
            code="X14.11a",
            variant=_by(_every_tag),
            message="You count words whose tags agree. Count names: kind, first and last "
            "word together.",
        ),
        Mistake(
            code="X14.11a",
            variant=_by(_every_kind),
            message="You count words whose kinds agree. Count names: kind, first and last "
            "word together.",
        ),
        Mistake(
            code="X14.11a",
            variant=_by(_every_word),
            message="You count words that are in some name. Count names: kind, first and "
            "last word together.",
        ),
        Mistake(
            code="X14.11a",
            variant=_by(_every_first),
            message="You compare the tags B- only. A name has a last word as well, and I- can "
            "begin one.",
        ),
        Mistake(
            code="X14.11b",
            variant=_by(names_of, lambda name: name[1:]),
            message="The kind of a name makes no difference here. A place that was called a "
            "person is not found.",
        ),
        Mistake(
            code="X14.11c",
            variant=_by(names_of, lambda name: name[:2]),
            message="The last word of a name makes no difference here. A name that ends too "
            "early or too late is not found.",
        ),
        Mistake(
            code="X14.11c",
            variant=_by(names_of, lambda name: (name[0], name[2])),
            message="The first word of a name makes no difference here. A name that begins "
            "too early or too late is not found.",
        ),
        Mistake(
            code="X14.11d",
            variant=_by(_strict),
            message="An I- without a name of its kind before it is left out. By the rule of "
            "the task it begins a name.",
        ),
        Mistake(
            code="X14.11e",
            variant=_by(_kind_of_the_first),
            message="An I- of another kind goes on with the name before it. It ends that "
            "name and begins one of its own kind.",
        ),
        Mistake(
            code="X14.11p",
            variant=_by(_strict_of_kinds),
            message="An I- after a name of another kind ends that name, and is lost itself. "
            "It begins a name of its own kind.",
        ),
        Mistake(
            code="X14.11q",
            variant=_by(_from_b_to_the_next),
            message="Only B- begins a name here, and any I- goes on with it. By the rule of "
            "the task I- begins a name after O and after another kind.",
        ),
        Mistake(
            code="X14.11r",
            variant=_one_where_empty,
            message="With no names a fraction is 1 here. By the rule of the task a fraction "
            "with 0 below the line is 0.",
        ),
        Mistake(
            code="X14.11r",
            variant=_nan_where_empty,
            message="With no names a fraction is 0/0, nan. By the rule of the task a fraction "
            "with 0 below the line is 0.",
        ),
        Mistake(
            code="X14.11f",
            variant=_by(_merged),
            message="Two neighbouring names of one kind become one. B- always begins a name.",
        ),
        Mistake(
            code="X14.11g",
            variant=_by(_without_the_last),
            message="A name that ends with its sentence is lost. When the tags are over, an "
            "open name ends.",
        ),
        Mistake(
            code="X14.11h",
            variant=_numberless,
            message="Names of different sentences count as one if kind and places agree. "
            "Put the number of the sentence to each name, or count in each sentence.",
        ),
        Mistake(
            code="X14.11h",
            variant=_numberless_lists,
            message="A name counts as found if another sentence has one of its kind at the "
            "same places. Put the number of the sentence to each name, or count in each "
            "sentence.",
        ),
        Mistake(
            code="X14.11t",
            variant=_in_pairs,
            message="The first name of guess is compared with the first one of truth, the "
            "second with the second, and so on. After one that is missing nothing agrees: see "
            "for each name whether it occurs in the other list.",
        ),
        Mistake(
            code="X14.11u",
            variant=_all_names_wrong,
            message="fp and fn count all names. Those that were found do not belong to them.",
        ),
        Mistake(
            code="X14.11i",
            variant=_in_one_row,
            message="The sentences are read as one. An I- at the beginning of a sentence "
            "does not go on with a name of the one before.",
        ),
        Mistake(
            code="X14.11j",
            variant=_mean_over_sentences,
            message="These are means over the sentences. Add up the counts of all sentences "
            "first, and divide once.",
        ),
        Mistake(
            code="X14.11k",
            variant=_mean_over_kinds,
            message="These are means over the kinds. Add up the counts of all kinds first, "
            "and divide once.",
        ),
        Mistake(
            code="X14.11j",
            variant=_f1_of(_mean_over_sentences),
            message="F1 is a mean over the sentences. It is computed once, from the counts of "
            "all sentences.",
        ),
        Mistake(
            code="X14.11k",
            variant=_f1_of(_mean_over_kinds),
            message="F1 is a mean over the kinds. It is computed once, from the counts of all "
            "kinds.",
        ),
        Mistake(
            code="X14.11j",
            variant=_f1_from(_mean_over_sentences),
            message="Precision and recall are means over the sentences, and F1 is made of "
            "them. Add up the counts of all sentences first, and divide once.",
        ),
        Mistake(
            code="X14.11k",
            variant=_f1_from(_mean_over_kinds),
            message="Precision and recall are means over the kinds, and F1 is made of them. "
            "Add up the counts of all kinds first, and divide once.",
        ),
        Mistake(
            code="X14.11k",
            variant=lambda truth, guess: _mean_over_kinds(truth, guess, weighted=True),
            message="These are means over the kinds, with the numbers of their names as "
            "weights. Add up the counts of all kinds first, and divide once.",
        ),
        Mistake(
            code="X14.11s",
            variant=lambda truth, guess: name_scores(truth[:1], guess[:1]),
            message="Only the first sentence counts. See whether the 'return' is inside the "
            "loop.",
        ),
        Mistake(
            code="X14.11l",
            variant=_then(lambda p, r, f: (r, p, f)),
            message="Precision and recall are exchanged. Precision divides by the names in "
            "guess, recall by those in truth.",
        ),
        Mistake(
            code="X14.11m",
            variant=_then(lambda p, r, f: (p, r, (p + r) / 2)),
            message="F1 is the ordinary mean of precision and recall. It is the harmonic "
            "one.",
        ),
        Mistake(
            code="X14.11m",
            variant=_then(lambda p, r, f: (p, r, f / 2)),
            message="F1 is half of what it should be: a 2 is missing above the line.",
        ),
        Mistake(
            code="X14.11m",
            variant=_then(lambda p, r, f: (p, r, f / (2 - f))),
            message="F1 is tp through tp + fp + fn. tp counts twice, above the line and "
            "below it.",
        ),
        Mistake(
            code="X14.11m",
            variant=_then(lambda p, r, f: (p, r, 2 * f / (2 - f))),
            message="Below the line of F1 tp counts once. It is 2 tp + fp + fn.",
        ),
        Mistake(
            code="X14.11m",
            variant=_then(lambda p, r, f: (p, r, p * r)),
            message="F1 is the product of precision and recall. It is their harmonic mean.",
        ),
        Mistake(
            code="X14.11n",
            variant=_accuracy,
            message="This is the accuracy of the tags. The many O count in it; precision "
            "and recall look at names only.",
        ),
        Mistake(
            code="X14.11o",
            variant=_overlap,
            message="A name counts as found if it shares a word with a true one. First and "
            "last word have to be the same.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def scores_as_in_the_lecture(truth, guess):
    def entities(tags):
        found, first = [], None
        for t, tag in enumerate([*tags, "O"]):
            if first is not None and tag != "I" + tags[first][1:]:
                found.append((tags[first][2:], first, t - 1))
                first = None
            if tag != "O" and first is None:
                first = t
        return found

    true = {(i, *name) for i, tags in enumerate(truth) for name in entities(tags)}
    found = {(i, *name) for i, tags in enumerate(guess) for name in entities(tags)}
    tp = len(true & found)
    p = tp / len(found) if found else 0
    r = tp / len(true) if true else 0
    return p, r, 2 * p * r / (p + r) if p + r else 0


def scores_as_seqeval_does(truth, guess):
    """One long row with an O between; ends and starts from neighbouring tags."""

    def entities(sentences):
        before, kind_before, start, found = "O", "", 0, set()
        for i, tag in enumerate([t for s in sentences for t in (*s, "O")]):
            letter, kind = tag[0], tag[2:]
            if before != "O" and (letter in "BO" or kind != kind_before):
                found.add((kind_before, start, i - 1))
            if letter == "B" or (letter == "I" and (before == "O" or kind != kind_before)):
                start = i
            before, kind_before = letter, kind
        return found

    true, found = entities(truth), entities(guess)
    tp, fp, fn = len(true & found), len(found - true), len(true - found)
    return [tp / max(tp + fp, 1), tp / max(tp + fn, 1), 2 * tp / max(2 * tp + fp + fn, 1)]


def scores_by_counting(truth, guess):
    import collections

    def names(side):
        count = collections.Counter()
        for i, tags in enumerate(side):
            starts = [
                t
                for t, tag in enumerate(tags)
                if tag[0] == "B"
                or (tag[0] == "I" and (t == 0 or tags[t - 1][1:] != tag[1:]))
            ]
            for t in starts:
                end = t + 1
                while end < len(tags) and tags[end] == "I" + tags[t][1:]:
                    end += 1
                count[i, tags[t][2:], t, end] += 1
        return count

    true, found = names(truth), names(guess)
    both = sum((true & found).values())
    n_found, n_true = sum(found.values()), sum(true.values())
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.divide([both, both, 2 * both], [n_found, n_true, n_found + n_true])
    return tuple(np.nan_to_num(ratios))


RIGHT_WAYS = [
    scores_as_in_the_lecture,
    scores_as_seqeval_does,
    scores_by_counting,
]


EQUIVALENTS = {
    "f1 = 2 * tp / (len(found) + len(true)) if found or true else 0.0 → f1 = 2 * tp / (len(found) + len(true)) if found and true else 0.0": "with one of them empty tp is 0",
    "names.add((i, tags[first][2:], first, t - 1)) → names.add((i, tags[first][2:], first, t + 1))": "another number for the same last place, in both sets",
    "names.add((i, tags[first][2:], first, t - 1)) → names.add((i, tags[first][2:], first, 1 - t))": "another number for the same last place, in both sets",
    "names.add((i, tags[first][2:], first, t - 1)) → names.add((i, tags[first][2:], first, t - 2))": "another number for the same last place, in both sets",
    "names.add((i, tags[first][2:], first, t - 1)) → names.add((i, tags[first][2:], first, t - -1))": "another number for the same last place, in both sets",
    "names.add((i, tags[first][2:], first, t - 1)) → names.add((i, tags[first][3:], first, t - 1))": "the kinds PER, LOC and ORG differ in their last two letters",
    "names.add((i, tags[first][2:], first, t - 1)) → names.add((i, tags[first][-2:], first, t - 1))": "the kinds PER, LOC and ORG differ in their last two letters",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_text_search() -> None:
    """Names found by a regular expression in a text of tags."""
    import re

    def names(side: Tags) -> set[Name]:
        text = " O ".join(" ".join(s) for s in side) + " "
        return {
            (m[2], m.start(), m.end())
            for m in re.finditer(r"([BI])-(\w+) (?:I-\2 )*", text)
        }

    for (truth, guess), (p, r, f1) in expected(EXERCISE):
        text_length = [[len(s) for s in side] for side in (truth, guess)]
        assert text_length[0] == text_length[1]
        true, found = (
            {(kind, _place(side, a), _place(side, b)) for kind, a, b in names(side)}
            for side in (truth, guess)
        )
        np.testing.assert_allclose((p, r, f1), _of_sets(true, found), **CLOSE)


def _place(side: Tags, position: int) -> int:
    """Return how many tags stand before a position of the text of all tags."""
    text = " O ".join(" ".join(s) for s in side) + " "
    return text[:position].count(" ")
