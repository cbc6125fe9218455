"""What a check says: a green line, or a reason that stops the cell.

In JupyterLab a result is HTML in the colours of the theme, announced by screen readers;
everywhere else it is text.
"""

from __future__ import annotations

import functools
import html
import os
import sys
from collections.abc import Callable
from typing import Any

from utils.check.picture import Picture


class CheckPassed:
    """A check that held; shows itself as one green line."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"✓ {self.text}"

    def _repr_html_(self) -> str:
        style = "border-left:4px solid #1a7f37;padding-left:.6em"
        text = html.escape(self.text)
        return f'<div role="status" style="{style}">✓ {text}</div>'


class YourTurn:
    """A place in a lecture where the student has not written yet; fails nothing."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"✎ your turn: {self.text}"

    def _repr_html_(self) -> str:
        style = "border-left:4px solid #0072b2;padding-left:.6em"
        text = html.escape(self.text)
        return f'<div role="status" style="{style}">✎ your turn: {text}</div>'


class CheckFailed(AssertionError):
    """A check that did not hold; shows its reason, with a picture if there is one.

    The error that ends the cell is the reason in one line, without a traceback.
    """

    def __init__(self, reason: str, picture: Picture | None = None) -> None:
        super().__init__(reason)
        self.picture = picture

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {self}"]

    def text(self) -> str:
        """Return reason and picture as plain text."""
        return f"✗ {self}" + (f"\n{self.picture.text()}" if self.picture else "")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text())

    def _repr_html_(self) -> str:
        style = "border-left:4px solid var(--jp-warn-color1,#b35900);padding-left:.6em"
        reason = f"<div>✗ {html.escape(str(self))}</div>"
        picture = self.picture.html() if self.picture else ""
        return f'<div role="alert" style="{style}">{reason}{picture}</div>'


def shown(check: Callable[..., CheckPassed | YourTurn]) -> Callable[..., None]:
    """Make a check show its result at once, wherever in the cell it stands.

    While nbgrader autogrades, a failed one only shows its reason: the points come from
    the hidden line below, and an exception would take its partial credit away.
    """

    @functools.wraps(check)
    def checked(*args: Any, **kwargs: Any) -> None:
        try:
            _display(check(*args, **kwargs))
        except CheckFailed as failed:
            _display(failed)
            if os.environ.get("NBGRADER_EXECUTION") != "autograde":
                raise

    return checked


def _display(result: CheckPassed | YourTurn | CheckFailed) -> None:
    """Show a result: in a notebook as it can, elsewhere as text."""
    if _in_ipython():
        from IPython.display import display

        display(result)
    else:
        print(result.text() if isinstance(result, CheckFailed) else result)


def _in_ipython() -> bool:
    """Return whether IPython runs; asking loads nothing."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
