"""A session survives whatever its kernel does, and leaves nothing behind.

Runs in the stock kernel: nothing here relies on confinement, only on the trusted side.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from grader.errors import KernelDied, KernelFault, KernelLost, LimitExceeded, WireError
from grader.judge.key import read_answer
from grader.kernel.driver import KernelDriver
from grader.kernel.inside import codec
from grader.kernel.outputs import FLOOD_FACTOR
from grader.limits import MIB, Limits
from grader.model import CellRun, Raised, Returned

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

LIMITS = Limits(cell_text_bytes=100_000, output_bytes=1_000_000)
ONE_CASE = [(np.ones(2),)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One kernel for all that leaves it whole."""
    folder = tmp_path_factory.mktemp("kernel")
    with KernelDriver("python3", LIMITS, cwd=str(folder)) as session:
        yield session


@pytest.fixture
def own(tmp_path):
    """A kernel for a test that may ruin it."""
    with KernelDriver("python3", LIMITS, cwd=str(tmp_path)) as session:
        yield session


def run(session, source, timeout_s=30.0):
    """Run a cell."""
    return session.run(source, timeout_s=timeout_s)


def ask(session, function="f", cases=ONE_CASE, *, timeout_s=30.0, driver=""):
    """Ask for a function's answer on cases."""
    task = {"function": function, "driver": driver, "cases": cases}
    return read_answer(session.ask(codec.encode(task), timeout_s=timeout_s), len(cases))


def outcome(session, *definition, **options):
    """Define ``f`` and return what it gave for the first case."""
    assert run(session, "\n".join(definition)).ok
    return ask(session, **options).outcomes[0]


def stdout(cell_run):
    """Return what a cell printed."""
    return "".join(o["text"] for o in cell_run.outputs if o.get("name") == "stdout")


# --- honest work -------------------------------------------------------------------


def test_a_cell_gives_its_outputs(shared):
    result = run(shared, "print('a')\nprint('b')\n6 * 7")
    assert result.ok
    assert stdout(result) == "a\nb\n"
    assert result.outputs[-1]["data"]["text/plain"] == "42"


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
    result = run(shared, "input()", timeout_s=10)
    assert result.outputs[-1]["ename"] == "StdinNotImplementedError"


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


@pytest.mark.parametrize(
    "value", ["object()", "np", "f", "iter([])", "np.ones(2).view(np.matrix)"]
)
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


def test_an_endless_loop_is_interrupted_and_the_kernel_goes_on(shared):
    result = run(shared, "print('first')\nwhile True: pass", timeout_s=0.5)
    assert result.fault == "stopped at its time limit of 0.5 s"
    assert stdout(result) == "first\n"
    assert stdout(run(shared, "print('next')")) == "next\n"


def test_an_endless_function_is_interrupted_and_the_next_one_answers(shared):
    assert run(shared, "def f(x):\n    while True: pass\ndef g(x): return 1.0").ok
    with pytest.raises(LimitExceeded, match=r"time limit of 0.5 s"):
        ask(shared, "f", timeout_s=0.5)
    assert ask(shared, "g").outcomes[0].value == 1.0


STUBBORN = """
import time
def f(x=None):
    while True:
        try:
            while True: time.sleep(0.01)
        except BaseException: pass
"""


def test_a_cell_that_swallows_the_interrupt_loses_its_kernel(own):
    with pytest.raises(KernelLost, match="could not be interrupted") as caught:
        run(own, "print('first', flush=True)" + STUBBORN + "f()", timeout_s=1)
    assert caught.value.outputs[0]["text"].startswith("first")


def test_a_function_that_swallows_the_interrupt_loses_its_kernel(own):
    assert run(own, STUBBORN).ok
    with pytest.raises(KernelLost, match="could not be interrupted"):
        ask(own, timeout_s=0.5)


# --- everything in one request -----------------------------------------------------


def through(session, *steps, timeout_s=10.0, until_s=60.0):
    """Send cells, and ``f?`` for the function ``f``, in a single request."""
    requests = [
        codec.encode({"function": step[:-1], "driver": "", "cases": ONE_CASE})
        if step.endswith("?")
        else step
        for step in steps
    ]
    until = time.monotonic() + until_s
    done = session.run_through(requests, timeout_s=timeout_s, until=until)
    return done and [
        part if isinstance(part, CellRun) else read_answer(part, 1) for part in done
    ]


def test_cells_and_functions_take_their_turns(shared):
    first, one, second, two = through(
        shared,
        "print('first')\ndef f(x):\n    print('function')\n    return 1.0\n'value'",
        "f?",
        "print('second')\ndef f(x): return 2.0",
        "f?",
    )
    assert (first.ok, first.fault, stdout(first)) == (True, "", "first\n")
    assert first.outputs[-1]["data"]["text/plain"] == "'value'"
    assert len(first.outputs) == 2
    assert stdout(second) == "second\n"
    assert [answer.outcomes[0].value for answer in (one, two)] == [1.0, 2.0]
    assert stdout(run(shared, "print('next')")) == "next\n"


def test_an_exception_stops_nothing(shared):
    bad, after, answer = through(shared, "def f(x): return 3.0\n1 / 0", "7", "f?")
    assert (bad.ok, bad.outputs[-1]["ename"]) == (False, "ZeroDivisionError")
    assert after.ok
    assert answer.outcomes[0].value == 3.0


def test_a_function_that_is_missing_or_fails_is_ordinary(shared):
    missing, _, raised = through(shared, "never_defined?", "def f(x): 1 / 0", "f?")
    assert missing.missing
    assert raised.outcomes[0].kind == "ZeroDivisionError"


def test_figures_belong_to_their_cell(own):
    draw = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1]);"
    define = "def f(x):\n    plt.plot([1])\n    return 1.0"
    runs = through(own, draw, define, "f?", draw, "None")
    kinds = [[o["output_type"] for o in part.outputs] for part in (runs[0], *runs[3:])]
    assert kinds == [["display_data"], ["display_data"], []]


def test_history_is_that_of_single_cells(own):
    assert through(own, "1 + 1", "x = _ + Out[1] + len(In)", "x")[2].outputs[0]["data"] == {
        "text/plain": "7"
    }


PECULIAR = [
    "class Bad:\n    def __repr__(self): 1 / 0\nx = Bad()",
    "x",
    "raise SystemExit",
    "raise KeyboardInterrupt",
    "x = = 1",
    "def f(:\n  pass",
    "input()",
    "from getpass import getpass\ngetpass()",
    "!echo from the shell",
    "%no_such_magic",
    "%%capture kept\nprint(1)",
    "kept.stdout",
    "?len",
    "import warnings\nwarnings.warn_explicit('careful', UserWarning, 'here', 1)",
    "from IPython.display import clear_output, display\n"
    "display('a')\nclear_output()\ndisplay('b')",
    "print('after', end=' ')\ndisplay('d')\nprint('before')",
    "import sys\nprint('e', file=sys.stderr)\nprint('o')",
    "get_ipython().set_next_input('next')",
    "%config InlineBackend.figure_format = 'svg'",
    "1\n\n2",
    "_ + len(Out) + len(In)",
    "",
]


def test_peculiar_cells_give_what_they_give_one_by_one(own, tmp_path):
    at_once = through(own, *PECULIAR)
    with KernelDriver("python3", LIMITS, cwd=str(tmp_path)) as other:
        one_by_one = [run(other, source) for source in PECULIAR]
    for source, ours, theirs in zip(PECULIAR, at_once, one_by_one, strict=True):
        assert ours == theirs, source


ODD = {
    "endless cell": ["while True: pass"],
    "endless function": ["def f(x):\n    while True: pass", "f?"],
    "cell that ends the kernel": ["import os\nos._exit(0)"],
    "function that ends the kernel": ["import os\ndef f(x): os._exit(0)", "f?"],
    "flood": ["while True: print('x' * 1000)"],
    "coroutine": ["import asyncio\nawait asyncio.sleep(0)"],
    "deleted agent": ["del _grader_answer_\ndef f(x): return 1.0", "f?"],
    "replaced agent": ["_grader_answer_ = lambda *a: 'TjEwMA=='\ndef f(x): 0", "f?"],
    "unreadable answer": ["_grader_answer_ = lambda *a: 'x'\ndef f(x): 0", "f?"],
    "replaced driver": ["_grader_cell_ = lambda *a: True", "1 / 0"],
    "replaced shell": ["get_ipython().run_cell = lambda *a, **k: 7", "1 / 0"],
    "too much at once": ["def f(x): return b'x' * (12 << 20)", "f?", "f?", "f?"],
}


@pytest.mark.parametrize("steps", ODD.values(), ids=ODD.keys())
def test_of_what_is_out_of_the_ordinary_nothing_is_said(own, steps):
    assert through(own, "print('first')", *steps, "'last'", timeout_s=2) is None


def test_nothing_to_run_is_no_request(shared):
    assert through(shared) is None


SLOW = "import time\ntime.sleep(0.7)\ndef f(x):\n    time.sleep(0.4)\n    return 1.0"


def test_each_step_has_its_own_limit(shared):
    assert through(shared, SLOW, "f?", "f?", timeout_s=1.2)


def test_all_steps_together_have_one_too(own):
    assert through(own, SLOW, "f?", "f?", timeout_s=1.2, until_s=1.6) is None


def test_the_first_step_has_it_as_well(own):
    assert through(own, "import time\ntime.sleep(2)", timeout_s=10, until_s=0.5) is None


FORGED = """
from IPython.display import publish_display_data
def forge(step): publish_display_data({'application/x-grader-step': step})
print('seen')
"""


@pytest.mark.parametrize(
    "steps", ["0", "1", "7", "-1", "None", "{}", "[0]", "'0'", "True", "0); forge(1"]
)
def test_a_forged_step_moves_outputs_or_ends_the_run(own, steps):
    """Between the student's own cells, that is; answers are values all the same."""
    define = "def f(x): return 5.0"
    done = through(own, FORGED + f"forge({steps})", define, "f?")
    assert done is None or done[2].outcomes[0].value == 5.0


def test_a_step_that_nobody_waits_for_is_no_output(shared):
    done = run(shared, FORGED + "forge(0)\nprint('more')")
    assert stdout(done) == "seen\nmore\n"


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


def test_a_cell_that_prints_for_ever_is_stopped_and_its_output_cut(own):
    with contextlib.suppress(KernelLost):
        result = run(own, "while True: print('x' * 100_000, flush=True)", timeout_s=250)
        assert "printed far more than can be kept" in result.fault
        assert kept_bytes(result.outputs) < 3 * LIMITS.cell_text_bytes


def test_a_kernel_that_cannot_send_what_it_prints_is_stopped_all_the_same(own):
    """Printing faster than its output thread sends, it ends by flood or by time."""
    with contextlib.suppress(KernelLost):
        result = run(own, "while True: print('x' * 1000)", timeout_s=20)
        assert result.fault
        assert kept_bytes(result.outputs) < 3 * LIMITS.cell_text_bytes


def test_a_long_but_finite_output_is_cut(shared):
    count = FLOOD_FACTOR * LIMITS.cell_text_bytes // 4000
    result = run(shared, f"for _ in range({count}): print('x' * 999)")
    assert result.ok
    assert kept_bytes(result.outputs) < 3 * LIMITS.cell_text_bytes
    assert "further output was dropped" in result.outputs[-1]["text"]


def memory():
    """Return this process's resident bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_one_line_of_50_mb_ends_the_cell(own):
    with pytest.raises(KernelLost, match="more than 32 MiB at once"):
        run(own, "print('x' * 50_000_000)\nimport time; time.sleep(5)")


ENDLESS = """
import zmq, time
socket = get_ipython().kernel.iopub_thread.socket
part = b'x' * (8 << 20)
for _ in range(250):
    socket.send(part, zmq.SNDMORE, copy=False)  # costs the kernel nothing
socket.send(b'')
time.sleep(20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_message_of_endless_parts_does_not_fill_our_memory(own):
    """2 GB in one message; zmq hands it over, and counts it, only as a whole."""
    before = memory()
    with pytest.raises(KernelLost, match="far too much at once"):
        run(own, ENDLESS, timeout_s=15)
    assert memory() - before < 1000 * MIB


# --- forgeries ---------------------------------------------------------------------


def test_a_deleted_agent_is_defined_again(shared):
    assert run(shared, "def f(x): return 1.0").ok
    assert ask(shared).outcomes[0].value == 1.0
    assert run(shared, "del globals()['_grader_answer_']").ok
    assert ask(shared).outcomes[0].value == 1.0


@pytest.mark.parametrize(
    "forged",
    [
        "'not base64'",
        "base64.b64encode(b'garbage').decode()",
        "'A' * (20 << 20)",
        "None",
        "{'outcomes': []}",
        "base64.b64encode(b'N').decode()",
        "1 / 0",
        "(_ for _ in ()).throw(type('E' * 10**6, (Exception,), {}))",
    ],
)
def test_a_replaced_agent_gives_no_answer(shared, forged):
    source = f"import base64\ndef _grader_answer_(request, *more): return {forged}"
    assert run(shared, f"{source}\ndef f(x): return 1.0").ok
    answer, said = None, ""
    try:
        answer = ask(shared)
    except WireError as error:
        said = str(error)
    assert len(said.encode("utf-8")) < 300
    # a kernel that has lost the forged one is given ours anew
    assert said or answer.outcomes[0].value == 1.0
    assert run(shared, "del _grader_answer_").ok


SABOTAGE = {
    "stdout replaced": "import sys, io; sys.stdout = sys.stderr = io.StringIO()",
    "descriptors closed": "import os; os.close(1); os.close(2)",
    "agent deleted": "globals().pop('_grader_answer_', None)",
    "builtins replaced": "import builtins; builtins.print = builtins.repr = None",
    "base64 replaced": "import base64; base64.b64encode = lambda data: b'AAAA'",
    "get_ipython replaced": "get_ipython = lambda: None",
    "allclose replaced": "import numpy; numpy.allclose = lambda *a, **k: True",
    "display replaced": "get_ipython().display_formatter = None",
    "hooks replaced": "import sys; sys.excepthook = sys.displayhook = None",
}


@pytest.mark.parametrize("deed", SABOTAGE.values(), ids=SABOTAGE.keys())
def test_sabotage_in_a_function_ends_in_its_own_value_or_a_fault(own, deed):
    assert run(own, "def f(x):\n    exec(" + repr(deed) + ", globals())\n    return 7.0").ok
    with contextlib.suppress(KernelFault, WireError, LimitExceeded):
        assert ask(own, timeout_s=5).outcomes[0].value == 7.0


FORGER = """
import threading, time
kernel = get_ipython().kernel
parent = kernel.get_parent()
def forge():
    while True:
        for session in (kernel.session,):
            for kind, content in (
                ("status", {"execution_state": "idle"}),
                ("execute_reply", {"status": "ok", "user_expressions": {"answer": {
                    "status": "ok", "data": {"text/plain": "'TjEwMA=='"}}}}),
                ("stream", {"name": "stdout", "text": "score: 100"}),
            ):
                for who in (kernel.get_parent(), parent):
                    kernel.session.send(
                        kernel.iopub_socket, kind, content, who, ident=b"x")
        time.sleep(0.001)
threading.Thread(target=forge, daemon=True).start()
def f(x):
    time.sleep(0.5)
    return 7.0
"""


def test_messages_forged_by_a_thread_are_no_answer(own):
    run(own, FORGER)
    with contextlib.suppress(KernelFault, WireError, LimitExceeded):
        assert ask(own, timeout_s=10).outcomes[0].value == 7.0


GARBAGE = """
import threading, time
socket = get_ipython().kernel.iopub_thread.socket
nested = b'[' * 100_000
def spam():
    for _ in range(300):
        socket.send_multipart([b"x", b"<IDS|MSG>", b"", nested, b"{}", b"{}", b"{}"])
        socket.send_multipart([b"", b"", b""])
        time.sleep(0.002)
spam()
print("done")
"""


def test_garbage_on_the_output_channel_is_passed_over(own):
    assert "done" in stdout(run(own, GARBAGE))


# --- nothing stays -----------------------------------------------------------------


def descriptors():
    """Return how many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


def children():
    """Return the ids of this process's children."""
    found = Path("/proc/self/task").glob("*/children")
    return {pid for path in found for pid in path.read_text().split()}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_session_leaves_no_socket_process_or_file(tmp_path):
    def one():
        with KernelDriver("python3", LIMITS, cwd=str(tmp_path)) as session:
            run(session, "1")
            return Path(session._manager.connection_file)

    one()  # what is opened once and kept
    open_before, children_before = descriptors(), children()
    connection_file = one()
    assert not connection_file.exists()
    assert children() <= children_before
    assert descriptors() <= open_before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_session_of_a_dead_kernel_leaves_nothing_either(tmp_path):
    open_before, children_before = descriptors(), children()
    session = KernelDriver("python3", LIMITS, cwd=str(tmp_path))
    with session, pytest.raises(KernelDied):
        run(session, "import os; os._exit(1)")
    assert children() <= children_before
    assert descriptors() <= open_before + 1


def test_closing_twice_does_no_harm(tmp_path):
    session = KernelDriver("python3", LIMITS, cwd=str(tmp_path))
    session.close()
    session.close()


def test_a_kernel_that_does_not_exist_leaves_nothing():
    before = children()
    with pytest.raises(Exception, match="no-such-kernel"):
        KernelDriver("no-such-kernel", LIMITS)
    assert children() <= before


def test_without_a_provisioner_of_ours_the_isolation_is_none(shared):
    assert shared.isolation == "none"
