"""Figures for the lectures: `fig, ax = figure()`, draw with matplotlib, `show(fig, alt)`.

`page` holds the style and the way to show; each other module draws one kind of thing.
All of it can be reached from here: `plotting.draw_network(ax, …)`.
"""

from utils.plotting.activations import draw_tangent, draw_with_slope
from utils.plotting.arrays import draw_array, draw_broadcast, draw_product, draw_shape
from utils.plotting.batches import draw_padded
from utils.plotting.boundaries import draw_classes, draw_regions
from utils.plotting.circuits import draw_circuit
from utils.plotting.confusion import draw_confusion
from utils.plotting.depth import draw_norms
from utils.plotting.diagrams import draw_nested, draw_pendulum, draw_timeline
from utils.plotting.graphs import draw_graph
from utils.plotting.hidden import draw_activity
from utils.plotting.history import draw_history
from utils.plotting.jacobians import draw_direction, draw_map, draw_microscope
from utils.plotting.layers import draw_adjacency, draw_histograms
from utils.plotting.lifetimes import draw_lifetimes
from utils.plotting.loop import draw_loop
from utils.plotting.losses import (
    draw_loss_surface,
    draw_probabilities,
    draw_signed,
)
from utils.plotting.momentum import draw_momentum_map, momentum_factor
from utils.plotting.network import draw_network, draw_pass, number
from utils.plotting.neuron import draw_neuron, draw_topology
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
from utils.plotting.panels import draw_one_unit, draw_panels
from utils.plotting.perceptron import draw_boundary, draw_margins
from utils.plotting.play import play
from utils.plotting.ridges import draw_ridges
from utils.plotting.shapes import draw_factors
from utils.plotting.starts import draw_sizes, draw_unit_lines, draw_walk
from utils.plotting.surface import draw_decision, draw_paths
from utils.plotting.training import draw_losses
from utils.plotting.trees import draw_chart, draw_tree, tree_spans
from utils.plotting.words import draw_sections, draw_sentence, draw_words

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
    "draw_activity",
    "draw_adjacency",
    "draw_array",
    "draw_boundary",
    "draw_broadcast",
    "draw_chart",
    "draw_circuit",
    "draw_classes",
    "draw_confusion",
    "draw_decision",
    "draw_direction",
    "draw_factors",
    "draw_graph",
    "draw_histograms",
    "draw_history",
    "draw_lifetimes",
    "draw_loop",
    "draw_loss_surface",
    "draw_losses",
    "draw_map",
    "draw_margins",
    "draw_microscope",
    "draw_momentum_map",
    "draw_nested",
    "draw_network",
    "draw_neuron",
    "draw_norms",
    "draw_one_unit",
    "draw_padded",
    "draw_panels",
    "draw_pass",
    "draw_paths",
    "draw_pendulum",
    "draw_probabilities",
    "draw_product",
    "draw_regions",
    "draw_ridges",
    "draw_sections",
    "draw_sentence",
    "draw_shape",
    "draw_signed",
    "draw_sizes",
    "draw_tangent",
    "draw_timeline",
    "draw_topology",
    "draw_tree",
    "draw_unit_lines",
    "draw_walk",
    "draw_with_slope",
    "draw_words",
    "figure",
    "momentum_factor",
    "number",
    "play",
    "show",
    "style",
    "tree_spans",
]
