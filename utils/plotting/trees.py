"""Parse trees, and the triangular table that a chart parser fills.

A tree is a nested tuple: `("DET", "the")` is a word with its label, and
`("NP", left, right)` a node over two smaller trees.

Ref: lecture 01.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utils.plotting.page import GREY, INK, RED, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_ROOM = 0.62  # height above the top node, in levels


def tree_spans(tree: tuple, start: int = 0) -> list[tuple[int, int, str]]:
    """Return `(first, end, label)` of each node of `tree`, parents before children.

    Args:
        tree: nested tuples, see the module's text.
        start: position of the first word of `tree` in its sentence; `end` is the
            position after the last word.

    Ref: lecture 01, spans of the CKY table.
    """
    if isinstance(tree[1], str):
        return [(start, start + 1, tree[0])]
    inner: list[tuple[int, int, str]] = []
    end = start
    for child in tree[1:]:
        below = tree_spans(child, end)
        inner += below
        end = below[0][1]
    return [(start, end, tree[0]), *inner]


def draw_tree(
    ax: Axes,
    tree: tuple,
    *,
    marked: Collection[tuple[int, int, str]] = (),
    levels: int = 0,
) -> None:
    """Draw a parse tree on `ax`, its words in one row at the bottom.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        tree: nested tuples, see the module's text.
        marked: nodes as `tree_spans` names them; each is drawn red and framed, with a
            thick line up to its parent.
        levels: room above the words, so that trees side by side agree in scale; a
            higher tree gets the room it needs.

    Ref: lecture 01, the two trees of the telescope sentence.
    """
    words, height = _draw_node(ax, tree, 0, set(marked))[1:]
    ax.set(xlim=(-0.6, words - 0.4), ylim=(-1.3, max(height, levels) + LABEL_ROOM))
    ax.axis("off")


def draw_chart(
    ax: Axes,
    words: Sequence[str],
    cells: Mapping[tuple[int, int], str],
    *,
    marked: Collection[tuple[int, int]] = (),
) -> None:
    """Draw the triangular table of a chart parser: spans of words, short ones below.

    The field of the span from `i` to `j` stands above the middle of its words, so
    that the top field is the whole sentence.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        words: the sentence.
        cells: `(i, j)` -> what was found over the words `i` to `j - 1`; other fields
            stay empty.
        marked: spans whose fields are framed in red.

    Ref: lecture 01, CKY.
    """
    from matplotlib.patches import Rectangle

    n = len(words)
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            span, text = (i, i + length), cells.get((i, i + length), "")
            x, y = i + length / 2, length
            framed = span in marked
            field = Rectangle(
                (x - 0.46, y - 0.42),
                0.92,
                0.84,
                facecolor=SKY if text else "#F4F4F4",
                alpha=0.55 if text else 1,
                edgecolor=RED if framed else "white",
                linewidth=2.5 if framed else 1,
            )
            ax.add_patch(field)
            ax.text(x, y, text, ha="center", va="center", fontsize=9, color=INK)
    for i, word in enumerate(words):
        ax.text(i + 0.5, 0.2, word, ha="center", va="center", fontsize=10, color=INK)
    ax.set(xlim=(-0.1, n + 0.1), ylim=(-0.2, n + 0.6))
    ax.axis("off")


def _draw_node(
    ax: Axes, tree: tuple, start: int, marked: set[Any]
) -> tuple[float, int, int]:
    """Draw `tree` from the word `start` on; return its place, end and height."""
    plate: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 2}
    text = {"ha": "center", "va": "center", "fontsize": 9.5, "zorder": 3}
    if isinstance(tree[1], str):
        ax.text(start, -0.9, tree[1], style="italic", color=INK, **text)
        ax.plot([start, start], [0, -0.7], ":", color=GREY, linewidth=1.2, zorder=1)
        place, end, height = float(start), start + 1, 0
    else:
        children, end = [], start
        for child in tree[1:]:
            x, after, tall = _draw_node(ax, child, end, marked)
            children.append((x, tall, (end, after, child[0]) in marked))
            end = after
        place = sum(x for x, _, _ in children) / len(children)
        height = 1 + max(tall for _, tall, _ in children)
        for x, tall, red in children:
            colour, width = (RED, 3.2) if red else (INK, 1.2)
            ends = ([place, x], [height, tall])
            ax.plot(*ends, "-", color=colour, linewidth=width, zorder=2 if red else 1)
    red = (start, end, tree[0]) in marked
    if red:
        plate |= {"edgecolor": RED, "linewidth": 1.5, "boxstyle": "round,pad=0.25"}
        del plate["pad"]
    colour = RED if red else INK
    ax.text(
        place,
        height,
        tree[0],
        color=colour,
        weight="bold" if red else None,
        bbox=plate,
        **text,
    )
    return place, end, height
