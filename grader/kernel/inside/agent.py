"""The few lines that call a student's function: inputs in, outputs out.

They run in the box after the student's cells. Everything here may be replaced or read by
the student; nothing here knows a reference, an expected value or a verdict.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

from grader.kernel.inside.codec import Tensor, decode, encode


def answer(namespace: dict[str, Any], request: bytes) -> bytes:
    """Call the student's function on every case of ``request``.

    Args:
        namespace: the notebook's global names.
        request: encoded dict with ``function`` (name), ``driver`` (source or ``""``)
            and ``cases`` (list of tuples of arguments).

    Returns:
        Encoded dict: ``missing`` (bool), ``seconds`` (float, processor time of all
        calls but the first), and ``outcomes``, one per case and one more for the first
        case called again. An outcome is ``("returned", value, args)`` or
        ``("raised", kind, message, line)``.
    """
    task = decode(request)
    _record_gradients()
    if task["function"] not in namespace:
        return encode({"missing": True, "outcomes": [], "seconds": 0.0})
    function = namespace[task["function"]]
    drive = _driver(task["driver"])
    fresh = decode(request)["cases"][:1]  # the first call may have changed its arguments
    cases = [*task["cases"], *fresh]
    outcomes = [_outcome(drive, function, cases[0])]  # which may import a library first
    started = time.process_time()
    outcomes += [_outcome(drive, function, args) for args in cases[1:]]
    seconds = time.process_time() - started
    return encode({"missing": False, "outcomes": outcomes, "seconds": seconds})


def _record_gradients() -> None:
    """Switch PyTorch's recording on; an earlier answer may have left it off."""
    with contextlib.suppress(Exception):  # of whatever stands in the place of PyTorch
        if "torch" in sys.modules:
            sys.modules["torch"].set_grad_enabled(True)


def _driver(source: str) -> Any:
    if not source:
        return lambda f, *args: f(*args)
    scope: dict[str, Any] = {}
    exec(compile(source, "<driver>", "exec"), scope)  # the grader's own text
    return scope["drive"]


def _outcome(drive: Any, function: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    args = tuple(_native(part) for part in args)
    try:
        value = drive(function, *args)
        # a result that cannot be sent is this case's fault only
        sent = encode(("returned", value, args))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return ("raised", type(error).__name__, _text(error), _line(error))
    # a copy, detached from buffers the student still holds
    detached: tuple[Any, ...] = decode(sent)
    return detached


def _native(value: Any) -> Any:
    """Turn tensors on the wire into PyTorch tensors; keep everything else."""
    if isinstance(value, Tensor):
        import torch

        return torch.from_numpy(value.array).requires_grad_(value.requires_grad)
    if isinstance(value, (list, tuple)):
        return type(value)(_native(part) for part in value)
    if isinstance(value, dict):
        return {key: _native(part) for key, part in value.items()}
    return value


def _text(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except BaseException:
        return ""


def _line(error: BaseException) -> int | None:
    """Return the line of the function's own cell where ``error`` came from.

    That may be a call of what another cell defines; a line of that cell would mislead.
    """
    found, own = None, ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "ipykernel_" in name or name.startswith("<ipython-input"):
            own = own or name
            found = trace.tb_lineno if name == own else found
        trace = trace.tb_next
    return found
