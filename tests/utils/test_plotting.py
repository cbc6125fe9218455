"""Figures: described, drawn without loading matplotlib early, and readable in grey."""

import base64
import io
import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest
from PIL import Image

from utils import plotting

XOR = ([[3, 4], [6, 5]], [[2, 4]])
BIASES = ([1, -6], [-4])


@pytest.fixture
def shown(monkeypatch):
    """Collect what `show` hands to the notebook, as (data, metadata)."""
    displayed = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, metadata, raw: displayed.append((data, metadata)),
    )
    return displayed


def texts(ax):
    """Return the visible texts of an axes."""
    return [text.get_text() for text in ax.texts if text.get_text()]


def luminance(colour):
    """Return how light a colour is in grey, from 0 to 255."""
    return Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))


def test_importing_plotting_does_not_import_matplotlib():
    question = "import sys, utils.plotting; print('matplotlib' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


def test_show_attaches_the_description_to_the_image(shown):
    fig, _ = plotting.figure()
    plotting.show(fig, "a falling line")
    [(data, metadata)] = shown
    assert metadata["image/png"]["alt"] == "a falling line"
    assert data["text/plain"] == "Figure: a falling line"


def test_show_stores_a_png_larger_than_its_place_on_the_page(shown):
    fig, _ = plotting.figure(4, 2)
    plotting.show(fig, "nothing yet")
    [(data, metadata)] = shown
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.format == "PNG"
    assert image.size == (576, 288)
    assert metadata["image/png"]["width"] == 384


def test_the_same_drawing_gives_the_same_bytes(shown):
    for _ in range(2):
        fig, ax = plotting.figure()
        ax.plot([1, 2, 3])
        plotting.show(fig, "a rising line")
    assert shown[0] == shown[1]


@pytest.mark.parametrize("alt", ["", "  \n"], ids=repr)
def test_a_figure_without_description_is_refused(alt, shown):
    fig, _ = plotting.figure()
    with pytest.raises(ValueError, match="alt is blank"):
        plotting.show(fig, alt)
    assert shown == []


def test_figures_are_not_kept_by_pyplot():
    import matplotlib.pyplot as plt

    plotting.figure()
    assert plt.get_fignums() == []


def test_lines_of_a_plot_differ_in_style_not_only_in_colour():
    _, ax = plotting.figure()
    lines = [ax.plot([0, 1])[0] for _ in range(4)]
    assert len({line.get_linestyle() for line in lines}) == 4


def test_the_first_two_colours_differ_in_grey():
    blue, red = map(luminance, (plotting.BLUE, plotting.RED))
    assert abs(blue - red) > 20


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (-0.00449363541, "\N{MINUS SIGN}0.0045"),
        (0.5, "0.5"),
        (-0.0, "0"),
        ("u", "u"),
    ],
)
def test_numbers_are_short_and_have_a_real_minus(value, text):
    assert plotting.number(value) == text


def test_network_shows_every_node_weight_and_bias():
    _, ax = plotting.figure()
    plotting.draw_network(ax, [["p", "q"], ["r", "s"], ["t"]], XOR, BIASES)
    drawn = texts(ax)
    assert {"p", "q", "r", "s", "t"} <= set(drawn)
    assert {"3", "4", "6", "5", "2", "\N{MINUS SIGN}6", "\N{MINUS SIGN}4"} <= set(drawn)
    assert len(ax.patches) == 5


def test_network_places_weights_outputs_by_inputs():
    """The weight in row 1, column 0 stands beside the line from input 0 to unit 1."""
    _, ax = plotting.figure()
    plotting.draw_network(ax, [[0, 0], [0, 0]], [[[0, 0], [7, 0]]])
    [label] = [text for text in ax.texts if text.get_text() == "7"]
    x, y = label.get_position()
    source, target = ax.patches[0].center, ax.patches[3].center
    along = (x - source[0]) / (target[0] - source[0])
    assert y == pytest.approx(source[1] + along * (target[1] - source[1]))


@pytest.mark.parametrize(("backward", "ends"), [(False, "right"), (True, "left")])
def test_arrows_turn_round_in_the_backward_pass(backward, ends):
    _, ax = plotting.figure()
    plotting.draw_network(ax, [["a"], ["b"]], [[[1]]], backward=backward)
    [arrow] = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    heads_right = arrow.xy[0] > arrow.xyann[0]
    assert heads_right == (ends == "right")


def test_a_network_of_zeros_can_be_drawn():
    _, ax = plotting.figure()
    plotting.draw_network(ax, [[0], [0]], [[[0.0]]], [[0.0]], shades=[[0], [1]])
    assert len(ax.patches) == 2


def test_pass_shows_values_on_the_left_and_errors_on_the_right():
    _, axes = plotting.figure(9, 4, 1, 2)
    net = {"W1": np.ones((2, 2)), "b1": np.ones(2), "W2": np.ones((1, 2))}
    net["b2"] = np.ones(1)
    values, errors = [[1, 0], [4, 0], [9]], [[6, 0], [8]]
    units = [(1, 2), (3, 4), (5,)]
    plotting.draw_pass(axes, net, values, errors, net, units=units)
    assert "$a_{5}$\n9" in texts(axes[0])
    assert "$\\delta_{5}$\n8" in texts(axes[1])
    assert "$x_{2}$" in texts(axes[1])


def test_pass_shows_what_reaches_the_inputs():
    _, axes = plotting.figure(9, 4, 1, 2)
    net = {"W1": np.ones((1, 2)), "b1": np.ones(1), "W2": np.ones((1, 1))}
    net["b2"] = np.ones(1)
    values, errors = [[1, 0], [4], [9]], [[6], [8]]
    units = [(1, 2), (3,), (4,)]
    plotting.draw_pass(axes, net, values, errors, net, units=units, at_inputs=[18, 24])
    assert "to $x_{2}$\n24" in texts(axes[1])


def test_decision_draws_each_class_with_its_own_marker():
    _, ax = plotting.figure()
    points = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    plotting.draw_decision(ax, lambda p: p[:, 0].clip(0, 1), points, [0, 0, 1])
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 1]
    assert len({line.get_marker() for line in ax.lines}) == 2


def test_a_constant_decision_has_no_boundary_and_no_warning():
    _, ax = plotting.figure()
    plotting.draw_decision(ax, lambda p: np.full(len(p), 0.2), np.zeros((1, 2)), [0])
    assert len(ax.collections) == 1


def test_paths_are_named_and_start_at_the_star():
    _, ax = plotting.figure()
    path = [[0, 0], [1, 1]]
    plotting.draw_paths(
        ax, lambda u, v: u**2 + v**2, {"batch": path}, xlim=(-1, 2), ylim=(-1, 2)
    )
    walk, star = ax.lines
    assert walk.get_label() == "batch"
    assert star.get_marker() == "*"
    assert star.get_xydata().tolist() == [[0, 0]]


def test_chinese_is_drawn_with_the_packaged_font():
    fig, ax = plotting.figure(2, 1)
    ax.set_title("公鸡 and 供给")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fig.savefig(io.BytesIO())
    assert not [w for w in caught if "missing from" in str(w.message)]
    assert "Noto Sans CJK SC" in matplotlib.rcParams["font.family"]


def test_rare_character_is_said_to_be_missing():
    """The test above would notice boxes."""
    fig, ax = plotting.figure(2, 1)
    ax.set_title("\U0002a6a5")
    with pytest.warns(UserWarning, match="missing from"):
        fig.savefig(io.BytesIO())
