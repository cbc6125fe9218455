"""Figures for the lectures: `fig, ax = figure()`, draw with matplotlib, `show(fig, alt)`.

`page` holds the style and the way to show; each other module draws one kind of thing.
All of it can be reached from here: `plotting.draw_network(ax, …)`.
"""

from utils.plotting.network import draw_network, draw_pass, number
from utils.plotting.page import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINES,
    MARKERS,
    ORANGE,
    PALETTE,
    PINK,
    RED,
    SKY,
    figure,
    show,
    style,
)
from utils.plotting.play import play
from utils.plotting.surface import draw_decision, draw_paths

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "LINES",
    "MARKERS",
    "ORANGE",
    "PALETTE",
    "PINK",
    "RED",
    "SKY",
    "draw_decision",
    "draw_network",
    "draw_pass",
    "draw_paths",
    "figure",
    "number",
    "play",
    "show",
    "style",
]
