"""G01.3 `best_tree`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng

Rules = Mapping[tuple[str, str, str], float]
Lexicon = Mapping[str, set[str]]
Tree = tuple[Any, ...]
Best = tuple[float, Tree | None]

OWN, OTHER = "the lecture's grammar", "other grammars and roots"
"""What cases are about, and parts of the points."""
NO_TREE = "without a tree the result is (0.0, None)"
"""A requirement of the task."""
NOUNS = ("boy", "girl", "park", "hill", "telescope")


def best_tree(
    tokens: Sequence[str], rules: Rules, lexicon: Lexicon, root: str = "S"
) -> Best:
    """Return the most probable derivation, by recursion over symbols and spans."""

    @cache
    def best(symbol: str, i: int, j: int) -> Best:
        found: list[Best] = [(0.0, None)]
        if j - i == 1 and symbol in lexicon.get(tokens[i], ()):
            found.append((1.0, (symbol, tokens[i])))
        for (parent, left, right), p in rules.items():
            for k in range(i + 1, j) if parent == symbol else ():
                (p_left, a), (p_right, b) = best(left, i, k), best(right, k, j)
                found.append((p * p_left * p_right, (parent, a, b)))
        return max(found, key=lambda one: one[0])

    return best(root, 0, len(tokens))


Entry = tuple[float, Any, float]
"""Probability of a tree, the tree, and the probability of its top rule."""


def _leaves(flaw: str, word: str, tags: Sequence[str]) -> dict[str, Entry]:
    """Return the field of a word with its sorted tags."""
    kept = {"first tag": tags[:1], "last tag": tags[-1:]}.get(flaw, tags)
    p = 1 / max(len(tags), 1) if flaw == "shared" else 1.0

    def leaf(tag: str) -> Any:
        others = {"bare words": word, "bare tags": tag, "turned leaves": (word, tag)}
        return others.get(flaw, (tag, word))

    return {tag: (p, leaf(tag), 0.0) for tag in kept}


def _joined(flaw: str, label: str, own: float, left: Entry, right: Entry) -> Entry:
    """Return what a rule makes of two entries."""
    (p, a, _), (q, b, _) = left, right
    value = {
        "sum": own + p + q,
        "top rule": own,
        "no rule": p * q,
        "left only": own * p,
        "right only": own * q,
    }.get(flaw, own * p * q)
    tree = {
        "exchanged": (label, b, a),
        "no labels": (a, b),
        "pairs": (label, (a, b)),
    }.get(flaw, (label, a, b))
    return value, tree, own


def _kept(flaw: str, old: Entry, new: Entry) -> Entry:
    """Return which of two entries stays in a field, or what becomes of both."""
    is_better = {
        "first": old[0] == 0,
        "last": True,
        "worst": old[0] == 0 or new[0] < old[0],
        "by its own rule": new[2] > old[2],
    }.get(flaw, new[0] > old[0])
    value, tree, own = new if is_better else old
    return (old[0] + new[0] if flaw == "all added" else value), tree, own


def _table(flaw: str) -> Callable[..., Best]:
    """Return a bottom-up search with one mistake built in."""
    nothing: Entry = (0.0, None, 0.0)

    def search(
        tokens: Sequence[str], rules: Rules, lexicon: Lexicon, root: str = "S"
    ) -> Best:
        T = len(tokens)
        table = {
            (i, i + 1): _leaves(flaw, word, sorted(lexicon.get(word, ())))
            for i, word in enumerate(tokens)
        }
        for i, j in ((i, i + n) for n in range(2, T + 1) for i in range(T - n + 1)):
            here = table[i, j] = {}
            for k, ((A, B, C), own) in product(range(i + 1, j), rules.items()):
                left, right = table[i, k].get(B), table[k, j].get(C)
                if not left or not right:
                    continue
                new = _joined(flaw, A, own, left, right)
                if flaw == "one for all":
                    if new[0] <= max((p for p, _, _ in here.values()), default=0.0):
                        continue
                    here.clear()
                here[A] = _kept(flaw, here.get(A, nothing), new)
        whole = table[0, T]
        if flaw == "any root":
            return max(whole.values(), key=lambda entry: entry[0], default=nothing)[:2]
        return whole.get(root, nothing)[:2]

    return search


def _inside(tokens: Sequence[str], rules: Rules, lexicon: Lexicon, root: str = "S") -> Best:
    """Return the sum over all trees beside the best one."""
    trees = dict(_derivations(tokens, rules, lexicon, root))
    return sum(trees.values()), best_tree(tokens, rules, lexicon, root)[1]


def _logarithm(
    tokens: Sequence[str], rules: Rules, lexicon: Lexicon, root: str = "S"
) -> Best:
    p, tree = best_tree(tokens, rules, lexicon, root)
    return math.log(p) if p else 0.0, tree


def _one_word_only(
    tokens: Sequence[str], rules: Rules, lexicon: Lexicon, root: str = "S"
) -> Best:
    return best_tree(tokens, {}, lexicon, root)


def _derivations(
    tokens: Sequence[str], rules: Rules, lexicon: Lexicon, root: str
) -> Iterator[tuple[Tree, float]]:
    """Yield every tree over the words, and its probability."""
    if len(tokens) == 1 and root in lexicon.get(tokens[0], ()):
        yield (root, tokens[0]), 1.0
    for (parent, left, right), p in rules.items():
        for k in range(1, len(tokens)) if parent == root else ():
            for a, p_left in _derivations(tokens[:k], rules, lexicon, left):
                for b, p_right in _derivations(tokens[k:], rules, lexicon, right):
                    yield (root, a, b), p * p_left * p_right


def _english(of_np: float, of_vp: float) -> dict[tuple[str, str, str], float]:
    """Return the lecture's grammar, with the chances of a phrase on NP and on VP."""
    return {
        ("S", "NP", "VP"): 1.0,
        ("NP", "DET", "N"): round(1 - of_np, 3),
        ("NP", "NP", "PP"): of_np,
        ("VP", "V", "NP"): round(1 - of_vp, 3),
        ("VP", "VP", "PP"): of_vp,
        ("PP", "P", "NP"): 1.0,
    }


def _telescope(rng: Rng, name: str, of_np: float, of_vp: float) -> Case:
    nouns = [str(w) for w in rng.permutation(NOUNS)[:3]]
    tokens = ["the", nouns[0], "saw", "a", nouns[1], "with", "the", nouns[2]]
    lexicon = {"the": {"DET"}, "a": {"DET"}, "saw": {"V", "N"}, "with": {"P"}}
    lexicon |= {noun: {"N"} for noun in nouns}
    return Case(name=name, args=(tokens, _english(of_np, of_vp), lexicon, "S"), group=OWN)


STRANGE: tuple[tuple[str, str, str, dict[str, float]], ...] = (
    (
        "ba di gu ba",
        "ba:YZ di:XY gu:YZ",
        "X",
        dict(XZX=0.2, XZY=0.6, YYZ=0.3, YZY=0.3, ZXZ=0.3, ZYX=0.1, ZYZ=0.5, ZZX=0.6),
    ),
    (
        "ba di gu gu ba",
        "ba:XY di:YZ gu:XZ",
        "Y",
        dict(XXY=0.7, XZY=0.5, YXY=0.5, YYZ=0.1, ZYY=0.3, ZZY=0.6),
    ),
    (
        "ba gu gu di di",
        "ba:X di:XZ gu:Y",
        "Z",
        dict(XXZ=0.6, XYX=0.5, YYZ=0.3, ZXX=0.5, ZYX=0.6, ZYZ=0.8, ZZX=0.3, ZZZ=0.8),
    ),
)
"""Words, their tags, the root, rules: the best of four trees or more is ahead by a third,
and whoever compares, multiplies or looks up wrongly gets another one."""


def _strange(rng: Rng, text: str, tags: str, root: str, rules: dict[str, float]) -> Case:
    """Return one of these in other words, its chances moved by up to 2 %."""
    others = [str(w) for w in rng.permutation(["ba", "di", "gu", "ka", "mo"])]
    name = dict(zip(("ba", "di", "gu"), others, strict=False))
    tokens = [name[word] for word in text.split()]
    of_word = dict(pair.split(":") for pair in tags.split())
    moved = {
        (r[0], r[1], r[2]): float(np.round(p * rng.uniform(0.98, 1.02), 4))
        for r, p in rules.items()
    }
    lexicon = {name[word]: set(some) for word, some in of_word.items()}
    args = (tokens, moved, lexicon, root)
    called = f"{len(tokens)} words, another grammar, root {root}"
    return Case(name=called, args=args, group=OTHER)


def best_tree_inputs(rng: Rng) -> list[Case]:
    """A phrase on either side, grammars of chance, one word, no tree, unknown words."""
    high = round(rng.uniform(0.55, 0.7), 2), round(rng.uniform(0.2, 0.35), 2)
    on_np, on_vp = (
        _telescope(rng, f"the phrase on {where}", *chances)
        for where, chances in (("NP", high), ("VP", high[::-1]))
    )
    tokens, rules, lexicon, _ = on_vp.args

    def without(name: str, tokens: list[str], root: str = "S") -> Case:
        args = (tokens, rules, lexicon, root)
        return Case(name=name, args=args, role="edge", requirement=NO_TREE)

    tiny = {
        ("X", "X", "Y"): 0.5,
        ("X", "Y", "X"): 0.9,
        ("Y", "X", "X"): 0.7,
        ("Y", "Y", "Y"): 0.2,
    }
    shown = (["a", "b", "a"], tiny, {"a": {"X", "Y"}, "b": {"Y"}}, "Y")
    return [
        Case(name="visible", args=shown, role="visible", group=OTHER),
        on_np,
        on_vp,
        *(_strange(rng, *one) for one in STRANGE),
        Case(name="a part of it", args=(tokens[3:], rules, lexicon, "NP"), group=OTHER),
        Case(name="one word", args=(["saw"], rules, lexicon, "V"), group=OTHER),
        without("no sentence", tokens[:2]),
        without("another root", tokens, "PP"),
        without("an unknown word", [*tokens[:-1], "xylophone"]),
        without("one word, another root", ["saw"], "P"),
    ]


def _mistake(letter: str, message: str, *flaws: str) -> list[Mistake]:
    return [
        Mistake(code=f"X01.3{letter}", variant=_table(flaw), message=message)
        for flaw in flaws
    ]


EXERCISE = Exercise(
    id="G01.3",
    function="best_tree",
    points=5,
    reference=best_tree,
    inputs=best_tree_inputs,
    outputs=("p", "tree"),
    pack="tuple",
    parts=(
        Part(name=f"p, {OWN}", weight=1.0, output="p", group=OWN),
        Part(name=f"tree, {OWN}", weight=1.2, output="tree", group=OWN),
        Part(name=f"p, {OTHER}", weight=0.8, output="p", group=OTHER),
        Part(name=f"tree, {OTHER}", weight=1.0, output="tree", group=OTHER),
        Part(name=NO_TREE, weight=0.6, edge=NO_TREE),
        Part(name=UNCHANGED, weight=0.4, edge=UNCHANGED),
    ),
    lecture=f"{LECTURE}#The-CKY-table",
    mistakes=(
        *_mistake(
            "a",
            "The first tree that is found stays. Compare it with each further one, and keep "
            "the more probable.",
            "first",
        ),
        *_mistake(
            "b",
            "The last tree that is found wins. Replace the one you have only by a more "
            "probable one.",
            "last",
        ),
        *_mistake("c", "This is the least probable tree.", "worst"),
        *_mistake(
            "d",
            "Trees are compared by the probability of their top rule alone. Compare the "
            "products over all their rules.",
            "by its own rule",
            "top rule",
        ),
        *_mistake(
            "e",
            "The probabilities of a rule and of its two parts are added. Choices that must "
            "all happen multiply.",
            "sum",
        ),
        *_mistake(
            "f",
            "One of the two parts is missing from the product: it takes the rule, the left "
            "part and the right part.",
            "left only",
            "right only",
        ),
        *_mistake(
            "g",
            "Each word seems to get one tag. A word such as 'saw' has several, and the best "
            "tree may need any of them.",
            "first tag",
            "last tag",
        ),
        *_mistake(
            "h",
            "This is the best tree of any label. Only trees with root on top count.",
            "any root",
        ),
        *_mistake("i", "Left and right part of each pair are exchanged.", "exchanged"),
        *_mistake(
            "j",
            "A word stands in the tree without its tag. A tree over one word is the pair "
            "(tag, word).",
            "bare words",
        ),
        *_mistake(
            "j",
            "The tags stand in the tree without their words. A tree over one word is the "
            "pair (tag, word).",
            "bare tags",
        ),
        *_mistake(
            "j",
            "Word and tag are exchanged. A tree over one word is the pair (tag, word).",
            "turned leaves",
        ),
        *_mistake(
            "s",
            "A field keeps one tree, the best of all labels. Keep the best one for each "
            "label: a rule above may need any of them.",
            "one for all",
        ),
        *_mistake(
            "k",
            "Above two parts stands a pair here. A tree over several words has three items: "
            "(label, left, right).",
            "pairs",
        ),
        *_mistake(
            "n",
            "The probability is shared among the tags of a word. Words cost nothing: each "
            "tag of a word has the probability 1.",
            "shared",
        ),
        Mistake(
            code="X01.3o",
            variant=_logarithm,
            message="p is the logarithm of the probability. The task asks for the "
            "probability itself.",
        ),
        Mistake(
            code="X01.3p",
            variant=lambda tokens, rules, lexicon, root: best_tree(
                tokens, _english(0.25, 0.4), lexicon, root
            ),
            lists_causes=True,
            message="In another grammar you find no tree, or other chances. Does your "
            "function read names of the notebook, such as CHANCES or 'NP', in place of its "
            "argument rules?",
        ),
        Mistake(
            code="X01.3q",
            variant=lambda tokens, rules, lexicon, root: best_tree(
                tokens, rules, lexicon, "S"
            ),
            lists_causes=True,
            message="Right for the root 'S'; with another root you find no tree. Look up "
            "the argument root at the end.",
        ),
        Mistake(
            code="X01.3r",
            variant=_one_word_only,
            lists_causes=True,
            message="Nothing longer than one word gets a tree. Perhaps the last split point "
            "or the longest span is missing (range leaves its end out); perhaps no rule is "
            "found.",
        ),
        *_mistake(
            "k",
            "The labels above two parts are missing. A tree over several words is "
            "(label, left, right).",
            "no labels",
        ),
        Mistake(
            code="X01.3l",
            variant=_inside,
            message="p is the sum over all trees, as when they were counted. It is the "
            "probability of the best tree alone: the sum has become a maximum.",
        ),
        *_mistake(
            "l",
            "p adds up several trees. It is the probability of the best tree alone: the sum "
            "has become a maximum.",
            "all added",
        ),
        *_mistake(
            "m",
            "The probability of the rule itself is missing from the product.",
            "no rule",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def best_bottom_up(tokens, rules, lexicon, root="S"):
    T, chart = len(tokens), {}
    for i, word in enumerate(tokens):
        chart[i, i + 1] = {tag: (1.0, [tag, word]) for tag in lexicon.get(word, ())}
    for n in range(2, T + 1):
        for i in range(T - n + 1):
            j = i + n
            chart[i, j] = {}
            for k in range(i + 1, j):
                for (A, B, C), p in rules.items():
                    if B in chart[i, k] and C in chart[k, j]:
                        q = p * chart[i, k][B][0] * chart[k, j][C][0]
                        if q > chart[i, j].get(A, (0,))[0]:
                            both = [A, chart[i, k][B][1], chart[k, j][C][1]]
                            chart[i, j][A] = q, both
    return chart[0, T].get(root, (0.0, None))


def best_with_pointers(tokens, rules, lexicon, root="S"):
    T, p, back = len(tokens), {}, {}
    for i in range(T):
        for tag in lexicon.get(tokens[i], ()):
            p[tag, i, i + 1] = 1.0
    for j in range(2, T + 1):
        for i in range(j - 2, -1, -1):
            for k in range(i + 1, j):
                for (A, B, C), own in rules.items():
                    q = own * p.get((B, i, k), 0) * p.get((C, k, j), 0)
                    if q > p.get((A, i, j), 0):
                        p[A, i, j], back[A, i, j] = q, (B, k, C)

    def build(A, i, j):
        if j == i + 1:
            return (A, tokens[i])
        B, k, C = back[A, i, j]
        return (A, build(B, i, k), build(C, k, j))

    if (root, 0, T) not in p:
        return 0.0, None
    return p[root, 0, T], build(root, 0, T)


def best_of_all(tokens, rules, lexicon, root="S"):
    trees = [(p, tree) for tree, p in _derivations(tokens, rules, lexicon, root)]
    return max(trees, key=lambda pair: pair[0], default=(0.0, None))


RIGHT_WAYS = [best_bottom_up, best_with_pointers, best_of_all]

EQUIVALENTS = {
    "for length in range(2, T + 1): → for length in range(2, T + 2):": "no span is longer than the sentence",
    "if A not in here or found > here[A][0]: → if A not in here or found >= here[A][0]:": "the best tree is unique, and of trees that lose any may be kept",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_all_trees_one_by_one() -> None:
    for args, (p, tree) in expected(EXERCISE):
        trees = dict(_derivations(*args))
        if not trees:
            assert (p, tree) == (0.0, None), args
            continue
        assert abs(max(trees.values()) - p) < 1e-12, args
        assert max(trees, key=trees.__getitem__) == tree, args
