"""Errors whose traceback nobody can read: endless calls, and numbers that are none.

A thousand levels of calls take IPython a minute and half a megabyte to print.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from utils.check.results import running_shell
from utils.check.student import own_line

SAYS = {
    RecursionError: "a function calls itself again and again, about 1000 times: where "
    "does it stop? A long chain needs a loop",
    FloatingPointError: "a number became too large, or is none",
}


def in_one_line() -> None:
    """Make a notebook show such errors in one line, unless it shows errors its own way."""
    shell = running_shell()
    if shell is not None and not shell.custom_exceptions:
        shell.set_custom_exc(tuple(SAYS), _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    says = next(text for known, text in SAYS.items() if issubclass(kind, known))
    line = f"✗ {kind.__name__}{own_line(error)}: {says} ({error})"
    shell._showtraceback(kind, error, [line])
    return [line]
