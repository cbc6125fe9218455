"""One style for all figures, and one way to show them.

Every figure is made by `figure`, drawn on with ordinary matplotlib, and ended with
`show`, which attaches a description for readers who cannot see it. Colours are those
of Okabe and Ito, told apart by colour-blind readers; line styles change along with
them, so that a grey print loses nothing. matplotlib is imported when the first figure
is made, not before.

Ref: lectures (all figures).
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, RED, GREEN = "#0072B2", "#D55E00", "#009E73"
ORANGE, SKY, PINK = "#E69F00", "#56B4E9", "#CC79A7"
INK, GREY = "#1A1A1A", "#8A8A8A"
PALE_BLUE, PALE_RED, PALE_GREY = "#DCEBF5", "#FBE6D6", "#F7F7F7"

PALETTE = (BLUE, RED, GREEN, ORANGE, PINK, SKY)
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

CHINESE_FONT = Path(__file__).with_name("fonts") / "NotoSansCJKsc-course.otf"

SCREEN_DPI = 96  # what one inch of a figure measures on the page
IMAGE_DPI = 144  # what is stored: sharp on dense displays, still small


def style() -> dict[str, Any]:
    """Return the matplotlib settings of the course."""
    from cycler import cycler

    return {
        "axes.prop_cycle": cycler(color=PALETTE) + cycler(linestyle=LINES),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.labelsize": 10,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#E3E3E3",
        "grid.linewidth": 0.7,
        "legend.frameon": False,
        "legend.fontsize": 9.5,
        "lines.linewidth": 2.0,
        "font.size": 10,
        "font.family": ["DejaVu Sans", _chinese()],
        "image.cmap": "cividis",
    }


@functools.cache
def _chinese() -> str:
    """Make the packaged Chinese font known to matplotlib and return its name."""
    from matplotlib import font_manager

    fonts = font_manager.fontManager
    fonts.addfont(CHINESE_FONT)
    # Titles are bold; a weight that is missing would be a warning below every figure.
    fonts.ttflist.append(dataclasses.replace(fonts.ttflist[-1], weight=700))
    return font_manager.FontProperties(fname=CHINESE_FONT).get_name()


def figure(
    width: float = 7.0, height: float = 3.5, rows: int = 1, columns: int = 1
) -> tuple[Figure, Any]:
    """Return a figure and its axes in the style of the course.

    The style holds for the session, so that what you plot yourself matches. The
    figure is not registered with pyplot: it appears where you call `show(fig, alt)`,
    once.

    Args:
        width: of the whole figure, in inches; a page is about 9 wide.
        height: of the whole figure, in inches.
        rows: of the grid of axes.
        columns: of the grid of axes.

    Returns:
        The figure, and one `Axes` or an array of them as `plt.subplots` returns.
    """
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(style())
    fig = Figure(figsize=(width, height), layout="constrained")
    return fig, fig.subplots(rows, columns)


def show(fig: Figure, alt: str) -> None:
    """Show `fig` in the notebook, with `alt` as its description.

    The text goes where nbconvert looks for it, into the metadata of the image, and
    stands in for the picture wherever only text can be shown.

    Args:
        fig: made by `figure`, or any matplotlib figure.
        alt: what there is to see, in a sentence or two; not the title again.

    Raises:
        ValueError: if `alt` is blank.
    """
    from IPython.display import display

    data, metadata = bundle_of(fig, alt)
    display(data, metadata=metadata, raw=True)


def bundle_of(fig: Figure, alt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `fig` as Jupyter displays it: the data by media type, and its metadata.

    Raises:
        ValueError: if `alt` is blank.
    """
    if not alt.strip():
        raise ValueError("alt is blank: say in a sentence what the figure shows")
    width, height = (fig.get_size_inches() * SCREEN_DPI).round().astype(int).tolist()
    data = {"image/png": _png(fig), "text/plain": f"Figure: {alt}"}
    return data, {"image/png": {"alt": alt, "width": width, "height": height}}


def _png(fig: Figure) -> str:
    """Return `fig` as a base64 PNG of at most 256 colours, a third of the size."""
    from PIL import Image

    raw, small = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png", dpi=IMAGE_DPI)
    image = Image.open(raw).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return base64.b64encode(small.getvalue()).decode("ascii")
