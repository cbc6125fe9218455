"""Right answers to a01 in other styles than the solution's."""

from collections import Counter, defaultdict
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

# --- G01.1 count_parses(tokens, rules, lexicon, root) ---------------------------------


def count_by_recursion(tokens, rules, lexicon, root="S"):
    @lru_cache(None)
    def n(a, i, j):
        if j == i + 1:
            return 1 if a in lexicon.get(tokens[i], set()) else 0
        return sum(
            n(b, i, k) * n(c, k, j) for x, b, c in rules if x == a for k in range(i + 1, j)
        )

    return n(root, 0, len(tokens))


def count_in_a_matrix(tokens, rules, lexicon, root="S"):
    symbols = sorted({s for rule in rules for s in rule} | {root})
    place = {s: number for number, s in enumerate(symbols)}
    T = len(tokens)
    n = np.zeros((T + 1, T + 1, len(symbols)), dtype=np.int64)
    for i, word in enumerate(tokens):
        for tag in lexicon.get(word, []):
            if tag in place:
                n[i, i + 1, place[tag]] = 1
    for width in range(2, T + 1):
        for i in range(T - width + 1):
            for a, b, c in rules:
                left = n[i, i + 1 : i + width, place[b]]
                right = n[i + 1 : i + width, i + width, place[c]]
                n[i, i + width, place[a]] += left @ right
    return n[0, T, place[root]]


def count_by_listing_trees(tokens, rules, lexicon, root="S"):
    trees = defaultdict(list)
    for i, word in enumerate(tokens):
        for tag in lexicon.get(word, ()):
            trees[i, i + 1].append((tag, word))
    for j in range(2, len(tokens) + 1):
        for i in range(j - 2, -1, -1):
            for k in range(i + 1, j):
                for left in trees[i, k]:
                    for right in trees[k, j]:
                        trees[i, j] += [
                            (a, left, right)
                            for a, b, c in rules
                            if (b, c) == (left[0], right[0])
                        ]
    return len([tree for tree in trees[0, len(tokens)] if tree[0] == root])


# --- G01.2 bigram_mle(sentences, context, word) ---------------------------------------


def bigram_with_counters(sentences, context, word):
    pairs, firsts = Counter(), Counter()
    for sentence in sentences:
        pairs.update(pairwise(sentence))
        firsts.update(sentence[:-1])
    return pairs[context, word] / max(firsts[context], 1)


def bigram_as_fraction(sentences, context, word):
    after = [b for s in sentences for a, b in pairwise(s) if a == context]
    return float(Fraction(after.count(word), len(after))) if after else 0.0


def bigram_as_mean(sentences, context, word):
    hits = [
        s[i + 1] == word for s in sentences for i in range(len(s) - 1) if s[i] == context
    ]
    return np.mean(hits) if hits else np.float64(0)


STYLES = {
    "G01.1": [count_by_recursion, count_in_a_matrix, count_by_listing_trees],
    "G01.2": [bigram_with_counters, bigram_as_fraction, bigram_as_mean],
}
