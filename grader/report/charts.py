"""Drawings for pages that open without a network: SVG text in the page's own colours."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

BINS = 10
"""Bars of a distribution, from 0 to 100 %."""


def distribution(shares: Sequence[float], title: str) -> str:
    """Return a histogram of shares between 0 and 1 as an SVG element.

    Args:
        shares: one per submission.
        title: what a screen reader says instead of the picture.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with mpl.rc_context({"svg.hashsalt": title, "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(7, 2.4), layout="constrained")
        axes = figure.subplots()
        counts = axes.hist(
            [100 * share for share in shares],
            bins=BINS,
            range=(0, 100),
            color="#2f6db3",
            edgecolor="white",
        )[0]
        axes.set_xlabel("automatic points in %")
        axes.set_ylabel("submissions")
        axes.set_xticks(range(0, 101, 10))
        axes.set_ylim(0, max(1.0, 1.08 * max(counts, default=0)))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    return _embedded(text.getvalue(), title)


def _embedded(svg: str, title: str) -> str:
    """Return the drawing without its prologue, black as the page's text colour."""
    from html import escape

    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\b(width|height)="[\d.]+pt" ', "", svg, count=2)
    svg = svg.replace("#000000", "currentColor").replace("*{stroke", "svg *{stroke")
    # text without a colour of its own would stay black on a dark page
    label = f'<svg role="img" aria-label="{escape(title)}" fill="currentColor" '
    return svg.replace("<svg ", label, 1)
