"""What a check says: a green line, or a reason; and how it stops the cell.

In JupyterLab a result is HTML in the colours of the theme, announced by screen readers;
everywhere else it is text. In a notebook all checks of a cell are shown, right and wrong,
before the cell ends in an error: what is right beside what is wrong is a clue. Elsewhere a
check that fails raises at once.
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
    """A check that did not hold; shows its reason, with a picture if there is one."""

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


class ChecksFailed(CheckFailed):
    """Ends a cell whose checks did not all hold; their reasons stand above it."""


def shown(check: Callable[..., CheckPassed | YourTurn]) -> Callable[..., None]:
    """Make a check show its result at once, wherever in the cell it stands.

    While nbgrader autogrades, a failed one only shows its reason: the points come from
    the hidden line below, and an exception would take its partial credit away. A reason
    that several checks of a cell have is shown once.
    """

    @functools.wraps(check)
    def checked(*args: Any, **kwargs: Any) -> None:
        try:
            _display(check(*args, **kwargs))
        except CheckFailed as failed:
            shell = running_shell()
            if shell is None:
                _display(failed)
                if not _is_graded():
                    raise
            elif str(failed) not in _failed:
                _display(failed)
                _stop_later(shell, str(failed))

    return checked


_failed: list[str] = []
"""The reasons that the running cell has shown."""


def _stop_later(shell: Any, reason: str) -> None:
    """Let the running cell end in an error when all of it has run."""
    if not _failed:
        shell.events.register("post_run_cell", _stop)
    _failed.append(reason)


def _stop(result: Any) -> None:
    """End a cell in an error, unless it has ended in one by itself."""
    shell = running_shell()
    count, reasons = len(_failed), "; ".join(_failed)
    _failed.clear()
    shell.events.unregister("post_run_cell", _stop)
    if result is None or not result.success or _is_graded():
        return
    does = "1 check does not hold" if count == 1 else f"{count} checks do not hold"
    # nbgrader's Validate button shows the error alone, without what stands above it
    alone = os.environ.get("NBGRADER_EXECUTION") == "validate"
    error = ChecksFailed(f"{does}: {reasons if alone else 'see above'}")
    result.error_in_exec = error
    shell.showtraceback((ChecksFailed, error, None))


def _is_graded() -> bool:
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def _display(result: CheckPassed | YourTurn | CheckFailed) -> None:
    """Show a result: in a notebook as it can, elsewhere as text."""
    if running_shell():
        from IPython.display import display

        display(result)
    else:
        print(result.text() if isinstance(result, CheckFailed) else result)


def running_shell() -> Any:
    """Return the IPython that runs, None if there is none; asking loads nothing."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
