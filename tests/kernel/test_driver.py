"""A driver survives whatever its box does, and leaves nothing behind.

Runs without confinement: nothing here relies on it, only on the trusted side.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.errors import (
    IsolationError,
    KernelDied,
    KernelFault,
    KernelLost,
    LimitExceeded,
    WireError,
)
from grader.judge.key import read_answer
from grader.kernel import driver
from grader.kernel.driver import Allowance, BoxDriver
from grader.kernel.inside import codec, frames
from grader.kernel.inside.shell import NO_INPUT
from grader.kernel.outputs import FLOOD_FACTOR
from grader.limits import MIB, Limits
from grader.model import Raised, Returned

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

LIMITS = Limits(cell_text_bytes=100_000, output_bytes=1_000_000)
ONE_CASE = [(np.ones(2),)]


@pytest.fixture(scope="module")
def shared():
    """One box for all that leaves it whole."""
    with BoxDriver(LIMITS) as box:
        yield box


@pytest.fixture
def own():
    """A box for a test that may ruin it."""
    with BoxDriver(LIMITS) as box:
        yield box


def run(box, source, processor_s=30.0, wall_s=60.0):
    """Run a cell."""
    return box.run(source, Allowance(processor_s, wall_s))


def ask(box, function="f", cases=ONE_CASE, *, processor_s=30.0, driver=""):
    """Ask for a function's answer on cases."""
    task = {"function": function, "driver": driver, "cases": cases}
    return read_answer(box.ask(codec.encode(task), Allowance(processor_s)), len(cases))


def outcome(box, *definition, **options):
    """Define ``f`` and return what it gave for the first case."""
    assert run(box, "\n".join(definition)).ok
    return ask(box, **options).outcomes[0]


def stdout(cell_run):
    """Return what a cell printed."""
    return "".join(o["text"] for o in cell_run.outputs if o.get("name") == "stdout")


# --- honest work -------------------------------------------------------------------


def test_a_cell_gives_its_outputs(shared):
    result = run(shared, "print('a')\nprint('b')\n6 * 7")
    assert result.ok
    assert stdout(result) == "a\nb\n"
    assert result.outputs[-1]["data"]["text/plain"] == "42"


FRESH = """names = sorted(name for name in globals() if not name.startswith("_i"))
print(*names)
import asyncio, sys
print([name for name in vars(sys) if name.startswith("last_")], [_, __, ___], Out)
print(len(asyncio.all_tasks()), get_ipython().execution_count, len(In))"""
NAMES = (
    "In Out _ __ ___ __builtin__ __builtins__ __name__ _dh _oh exit get_ipython open quit"
)


def test_what_was_rehearsed_before_the_fork_leaves_nothing(own):
    """Names, outputs, history and the last error are those of a new notebook."""
    names, last, counts = stdout(run(own, FRESH)).splitlines()
    assert names == NAMES
    assert last == "[] ['', '', ''] {}"
    assert counts == "1 2 2"
    run(own, "5")
    assert stdout(run(own, "print([_, __, ___], Out)")) == "[5, '', ''] {2: 5}\n"


def test_an_exception_is_an_ordinary_end(shared):
    result = run(shared, "1 / 0")
    assert (result.ok, result.fault) == (False, "")
    assert result.outputs[-1]["ename"] == "ZeroDivisionError"


def test_a_function_is_asked_with_the_inputs_and_its_values_come_back(shared):
    given = outcome(shared, "def f(x):\n    x += 1\n    return {'sum': x.sum()}")
    assert given == Returned({"sum": np.float64(4)}, given.args)
    assert given.args[0].tolist() == [2, 2]


def test_a_driver_runs_around_the_function(shared):
    driver = "def drive(f, x):\n    return [f(x), f(2 * x)]"
    given = outcome(shared, "def f(x):\n    return x.sum()", driver=driver)
    assert given.value == [2.0, 4.0]


def test_an_undefined_function_is_missing(shared):
    assert ask(shared, "never_defined").missing


def test_an_exception_of_the_function_comes_with_its_line(shared):
    given = outcome(shared, "def f(x):\n    y = 1\n    raise ValueError('too bad')")
    assert given == Raised("ValueError", "too bad", 3)


@pytest.mark.parametrize("error", ["SystemExit(0)", "GeneratorExit()", "BaseException()"])
def test_even_leaving_the_kernel_is_only_an_exception(shared, error):
    given = outcome(shared, f"def f(x):\n    raise {error}")
    assert given.kind == error.split("(")[0]


def test_printing_in_the_function_reaches_nobody(shared):
    given = outcome(shared, "def f(x):\n    print('score: 100')\n    return 1.0")
    assert given.value == 1.0
    assert stdout(run(shared, "print('next')")) == "next\n"


def test_reading_from_the_keyboard_is_an_error(shared):
    result = run(shared, "input()")
    assert result.outputs[-1]["ename"] == "StdinNotImplementedError"
    assert result.outputs[-1]["evalue"] == NO_INPUT


# --- answers that cannot cross -----------------------------------------------------

UNFIT = {
    "too large": "b'x' * (20 << 20)",
    "too large an array": "np.zeros(3 << 20)",
    "virtual array": "np.broadcast_to(0.0, (1 << 20, 1 << 20))",
    "too many": "[None] * 300_000",
    "too deep": "deep",
    "cycle": "cycle",
    "huge int": "1 << 10_000",
    "unfit key": "{frozenset(): 1}",
    "many dimensions": "np.zeros((1,) * 20)",
}
SETUP = """import numpy as np
deep = []
for _ in range(100_000): deep = [deep]
cycle = []; cycle.append(cycle)"""


@pytest.mark.parametrize("value", UNFIT.values(), ids=UNFIT.keys())
def test_an_answer_that_cannot_cross_costs_only_its_case(shared, value):
    source = f"{SETUP}\ndef f(x):\n    return {value} if x[0] else 1.0"
    assert run(shared, source).ok
    answer = ask(shared, cases=[(np.ones(2),), (np.zeros(2),)])
    assert isinstance(answer.outcomes[0], Raised)
    assert answer.outcomes[1].value == 1.0


@pytest.mark.parametrize("value", ["object()", "np", "f", "iter([])", "np.ma.ones(2)"])
def test_an_answer_that_is_no_data_is_opaque(shared, value):
    given = outcome(shared, f"import numpy as np\ndef f(x):\n    return {value}")
    assert isinstance(given.value, codec.Opaque)


@pytest.mark.parametrize(
    "text", ["'\\ud800'", "'x' * 10**6", "Bad()", "'<script>'"], ids=str
)
def test_any_text_of_an_exception_can_be_written(shared, text):
    bad = "class Bad:\n    def __str__(self): raise SystemExit"
    given = outcome(shared, bad, f"def f(x):\n    raise ValueError({text})")
    assert given.kind == "ValueError"
    assert len(given.message.encode("utf-8")) < 1000


# --- time --------------------------------------------------------------------------


def test_an_endless_loop_is_interrupted_and_the_box_goes_on(shared):
    result = run(shared, "print('first')\nwhile True: pass", 0.5)
    assert result.fault == "stopped at its time limit of 0.5 s"
    assert stdout(result) == "first\n"
    assert stdout(run(shared, "print('next')")) == "next\n"


def test_what_waits_for_ever_is_stopped_by_the_clock(shared):
    result = run(shared, "import time\ntime.sleep(60)", wall_s=0.5)
    assert result.fault == "stopped at its time limit of 0.5 s on the clock"
    result = run(shared, "time.sleep(60)", 0.2, float("inf"))
    assert result.fault == "stopped at its time limit of 0.8 s on the clock"


SPIN = "import time\nt = time.process_time()\nwhile time.process_time() < t + {}: pass"


def test_time_is_that_of_the_processor(shared):
    assert run(shared, f"time.sleep(1)\n{SPIN.format(0.3)}", 1.0).fault == ""
    assert run(shared, SPIN.format(3), 1.0).fault


def test_time_of_processes_counts_those_that_have_ended_too(own):
    spin = SPIN.format(1)
    command = f"[sys.executable, '-c', {spin!r}]"
    code = f"import subprocess, sys\nfor _ in range(20): subprocess.run({command})"
    result = run(own, code, 3.0)
    assert result.fault == "stopped at its time limit of 3 s"


def test_a_coroutine_that_waits_for_ever_is_stopped(shared):
    result = run(shared, "import asyncio\nawait asyncio.sleep(60)", wall_s=0.5)
    assert "time limit" in result.fault
    assert stdout(run(shared, "print('next')")) == "next\n"


def test_an_endless_function_is_interrupted_and_the_next_one_answers(shared):
    assert run(shared, "def f(x):\n    while True: pass\ndef g(x): return 1.0").ok
    with pytest.raises(LimitExceeded, match=r"time limit of 0.5 s"):
        ask(shared, "f", processor_s=0.5)
    assert ask(shared, "g").outcomes[0].value == 1.0


STUBBORN = """
def f(x=None):
    while True:
        try: sum(range(10**6))
        except BaseException: pass
"""


def test_a_cell_that_swallows_the_interrupt_loses_its_box(own):
    with pytest.raises(KernelLost, match="could not be interrupted") as caught:
        run(own, "print('first', flush=True)" + STUBBORN + "f()", 0.5)
    assert caught.value.outputs[0]["text"].startswith("first")
    with pytest.raises(KernelFault):
        run(own, "print('next')")


def test_a_function_that_swallows_the_interrupt_loses_its_box(own):
    assert run(own, STUBBORN).ok
    with pytest.raises(KernelLost, match="could not be interrupted"):
        ask(own, processor_s=0.5)


# --- death -------------------------------------------------------------------------


def test_a_cell_that_ends_its_process_is_told_apart(own):
    with pytest.raises(KernelDied) as caught:
        run(own, "import os, time\nprint('last', flush=True)\ntime.sleep(.3)\nos._exit(0)")
    assert caught.value.outputs[0]["text"].startswith("last")
    assert "death of its kernel" in caught.value.outputs[-1]["text"]


def test_a_function_that_ends_its_process_is_told_apart(own):
    assert run(own, "import os\ndef f(x): os._exit(0)").ok
    with pytest.raises(KernelDied):
        ask(own)


def test_a_dead_kernel_answers_every_further_request_with_its_death(own):
    for _ in range(2):
        with pytest.raises(KernelFault):
            run(own, "import os; os.kill(os.getpid(), 9)")


# --- floods ------------------------------------------------------------------------


def kept_bytes(outputs):
    """Return how much text a cell left."""
    return sum(len(str(output)) for output in outputs)


FLOODS = (
    "while True: print('x' * 100_000, flush=True)",
    "while True: print('x' * 1000)",
    "import os\nwhile True: os.write(1, b'x' * 1000)",
    "!yes",
)


def test_a_cell_that_prints_for_ever_is_stopped_and_its_output_cut(own):
    for code in FLOODS:
        result = run(own, code)
        assert "printed far more than can be kept" in result.fault
        assert kept_bytes(result.outputs) < 3 * LIMITS.cell_text_bytes
        assert stdout(run(own, "print('next')")) == "next\n"


def test_a_long_but_finite_output_is_cut(shared):
    count = FLOOD_FACTOR * LIMITS.cell_text_bytes // 4000
    result = run(shared, f"for _ in range({count}): print('x' * 999)")
    assert result.ok
    assert kept_bytes(result.outputs) < 3 * LIMITS.cell_text_bytes
    assert "further output was dropped" in result.outputs[-1]["text"]


def memory():
    """Return this process's resident bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_one_line_of_50_mb_is_dropped_and_named(own):
    result = run(own, "print('x' * 50_000_000)\nprint('more')")
    assert result.ok
    assert "further output was dropped" in result.outputs[-1]["text"]
    assert stdout(result) == "\nmore\n"


ENDLESS = """
import os
for fd in range(3, 64):
    try: os.write(fd, bytes([255, 255, 255, 0]) + b'o')
    except OSError: continue
part = b'x' * (8 << 20)
for _ in range(250):
    for fd in range(3, 64):
        try: os.write(fd, part)
        except OSError: continue
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_frame_of_any_length_does_not_fill_our_memory(own):
    before = memory()
    with pytest.raises(KernelFault):
        run(own, ENDLESS)
    assert memory() - before < 200 * MIB


# --- forgeries ---------------------------------------------------------------------


def forged(kind, body):
    """Return code that finds the socket and writes a frame there."""
    return (
        "import os, socket, stat\n"
        "for fd in range(3, 64):\n"
        "    try:\n"
        "        if stat.S_ISSOCK(os.fstat(fd).st_mode):\n"
        "            socket.socket(fileno=os.dup(fd)).getpeername()\n"
        f"            os.write(fd, {frames.frame(kind, body)!r})\n"
        "    except OSError: pass\n"
    )


TOKEN = b"t" * frames.TOKEN_BYTES
FORGED = {
    "a step that is over": (frames.DONE, TOKEN + b"\1"),
    "an answer": (frames.ANSWER, TOKEN + codec.encode({"outcomes": []})),
    "no token": (frames.DONE, b""),
    "ready": (frames.READY, b""),
    "garbage": (frames.OUTPUT, b"garbage"),
    "no output": (frames.OUTPUT, codec.encode([1, 2])),
    "of the wrong side": (frames.RUN, TOKEN + b"1"),
}


@pytest.mark.parametrize(("kind", "body"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_frame_ends_the_box(own, kind, body):
    """It would end there as well if it came while a function is asked."""
    with pytest.raises(KernelLost):
        run(own, "print('first')\n" + forged(kind, body) + "import time; time.sleep(1)")


def test_a_forged_output_is_an_output(own):
    body = codec.encode(("stream", {"name": "stdout", "text": "score: 100"}))
    assert stdout(run(own, forged(frames.OUTPUT, body))) == "score: 100"


STRANGE = {
    "unknown kind": ("no_such_kind", {}),
    "text that is none": ("stream", {"name": 7, "text": None}),
    "data that is none": ("display_data", {"data": [1]}),
    "keys that are none": ("display_data", {"data": {1: 2, None: "x"}}),
    "trace that is none": ("error", {"traceback": 7}),
    "name that is none": ("update_display_data", {"data": {}, "display_id": {}}),
    "count that is none": ("execute_result", {"data": {"text/plain": "1"}}),
}


@pytest.mark.parametrize("message", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_output_is_passed_over(own, message):
    result = run(own, forged(frames.OUTPUT, codec.encode(message)) + "print('done')")
    assert result.ok
    assert stdout(result).endswith("done\n")


SABOTAGE = {
    "stdout replaced": "import sys, io; sys.stdout = sys.stderr = io.StringIO()",
    "descriptors closed": "import os; os.close(1); os.close(2)",
    "builtins replaced": "import builtins; builtins.print = builtins.repr = None",
    "struct replaced": "import struct; struct.pack = lambda *a: b'AAAA'",
    "os.write replaced": "import os; os.write = lambda fd, data: len(data)",
    "os.read replaced": "import os; os.read = lambda fd, size: b''",
    "all descriptors closed": "import os; os.closerange(0, 64)",
    "signals blocked": "import signal; signal.pthread_sigmask(0, range(1, 60))",
    "get_ipython replaced": "get_ipython = lambda: None",
    "allclose replaced": "import numpy; numpy.allclose = lambda *a, **k: True",
    "display replaced": "get_ipython().display_formatter = None",
    "hooks replaced": "import sys; sys.excepthook = sys.displayhook = None",
}


@pytest.mark.parametrize("deed", SABOTAGE.values(), ids=SABOTAGE.keys())
def test_sabotage_in_a_function_ends_in_its_own_value_or_a_fault(own, deed):
    assert run(own, "def f(x):\n    exec(" + repr(deed) + ", globals())\n    return 7.0").ok
    with contextlib.suppress(KernelFault, WireError, LimitExceeded):
        assert ask(own, processor_s=1).outcomes[0].value == 7.0


# --- nothing stays -----------------------------------------------------------------


def descriptors():
    """Return how many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


def children():
    """Return the ids of this process's children."""
    found = Path("/proc/self/task").glob("*/children")
    return {pid for path in found for pid in path.read_text().split()}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_box_leaves_no_socket_process_or_file():
    def one():
        with BoxDriver(LIMITS) as box:
            run(box, "1")
            return Path(stdout(run(box, "import os; print(os.getcwd())")).strip())

    one()  # what is opened once and kept
    open_before, children_before = descriptors(), children()
    folder = one()
    assert not folder.exists()
    assert children() <= children_before
    assert descriptors() <= open_before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_dead_box_leaves_nothing_either():
    open_before, children_before = descriptors(), children()
    box = BoxDriver(LIMITS)
    with box, pytest.raises(KernelDied):
        run(box, "import os; os._exit(1)")
    assert children() <= children_before
    assert descriptors() <= open_before


def test_closing_twice_does_no_harm():
    box = BoxDriver(LIMITS)
    box.close()
    box.close()


def test_a_refused_file_leaves_nothing():
    before = descriptors()
    with pytest.raises(ValueError, match="plain file name"):
        BoxDriver(LIMITS, files={"../out": b""})
    assert descriptors() <= before


def test_without_confinement_the_isolation_is_none(shared):
    assert shared.isolation == "none"


def test_a_system_without_warm_parents_runs_cells_all_the_same(monkeypatch):
    """macOS, with `--isolation none`; an interpreter of its own takes a moment."""
    monkeypatch.setattr(driver.sys, "platform", "darwin")
    with pytest.raises(IsolationError, match="darwin cannot confine"):
        BoxDriver(LIMITS, isolation="namespaces")
    with BoxDriver(LIMITS, files={"data.csv": b"1,2"}) as box:
        assert stdout(run(box, "print(open('data.csv').read())")) == "1,2\n"
        assert outcome(box, "def f(x):\n    return x.sum()").value == 2.0
        assert "time limit" in run(box, "while True: pass", 0.5).fault
        with pytest.raises(KernelDied, match="exit status 3"):
            run(box, "import os; os._exit(3)")
