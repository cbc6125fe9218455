"""The expressions a session sends to its kernel: define the agent, run a cell, ask.

They travel as user expressions: as a cell, a text costs the kernel a slow hash.
"""

from __future__ import annotations

import base64
import functools
import inspect
import marshal

from grader.kernel.inside import agent, codec

_AGENT_NAME = "_grader_answer_"
_CELL_NAME = "_grader_cell_"
STEP = "application/x-grader-step"
"""Displayed by the kernel after each step of `run_through`, with the step's number."""


@functools.cache
def agent_source() -> str:
    """Return the expression that defines the agent inside a kernel; its value is None.

    Its code is compiled here: kernels are of this environment, so of this Python.
    """
    text = inspect.getsource(codec) + "\n" + inspect.getsource(agent)
    text = text.replace("from __future__ import annotations\n", "")
    code = marshal.dumps(compile(text, "<agent>", "exec", dont_inherit=True))
    coded = base64.b64encode(code)
    definition = (
        f"def {_AGENT_NAME}(request, step=None, namespace=globals(), scope={{}}):\n"
        "    import base64, marshal\n"
        "    if not scope:\n"
        f"        exec(marshal.loads(base64.b64decode({coded!r})), scope)\n"
        "    reply = scope['answer'](namespace, base64.b64decode(request))\n"
        "    if step is not None:\n"
        "        from IPython.display import publish_display_data\n"
        f"        publish_display_data({{{STEP!r}: step}})\n"
        "    return base64.b64encode(reply).decode()\n"
        f"def {_CELL_NAME}(source, step):\n"
        "    from IPython import get_ipython\n"
        "    from IPython.display import publish_display_data\n"
        "    shell = get_ipython()\n"
        "    shell.kernel._forward_input()\n"  # as for a request: input() is refused
        "    try:\n"
        "        done = shell.run_cell(source, store_history=True)\n"
        "    finally:\n"
        "        shell.kernel._restore_input()\n"
        f"    publish_display_data({{{STEP!r}: step}})\n"
        "    return done.success and not shell._last_traceback_during_displayhook\n"
    )
    return f"exec({definition!r})"


def cell_call(source: str, step: int) -> str:
    """Return the expression that runs a cell; its value is whether it went well."""
    return f"{_CELL_NAME}({source!r}, {step})"


def answer_call(request: bytes, step: int | None = None) -> str:
    """Return the expression for an exercise, once `agent_source` has been evaluated."""
    return f"{_AGENT_NAME}({base64.b64encode(request).decode()!r}, {step})"


def may_await(step: str | bytes) -> bool:
    """Return whether a cell may be a coroutine, which runs in a request of its own only."""
    return isinstance(step, str) and ("await" in step or "async" in step)
