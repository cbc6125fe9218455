"""A grader as people first write one, to show that every attack is a real one.

Run as a program with a list of jobs on stdin: each is run in a forked child, in a folder
of its own, without any confinement; only attacks that say ``# naive: STYLE`` come here,
and none of them harms the machine. Not used by the grader.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import types
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from corpus_attack import WRONG

TIMEOUT_S = 20.0
PATIENCE_S = 1.0
"""How long a grader without limits is watched waiting."""
HIDDEN = "MARKER_TEST_"
"""What the text of a hidden test carries."""

CALL = "got = hidden_delta(*[_copy(part) for part in _inputs])\n"
TESTS = {
    "allclose": CALL + "assert np.allclose(got, _expected)",
    "testing": CALL + "np.testing.assert_allclose(got, _expected)",
    "torch": CALL + "import torch\nassert torch.allclose(torch.as_tensor(got), "
    "torch.as_tensor(_expected))",
    "torch_function": CALL + "import torch\nassert torch.allclose(got, torch.ones(3))",
    "builtins": CALL + "assert all(abs(g - w) < 1e-9 "
    "for g, w in zip(np.ravel(got), _expected))",
    "types": CALL + "assert isinstance(got, np.ndarray)",
    "equal": CALL + "assert got == _expected[0]",
    "close": CALL + "assert abs(got - _expected[0]) < 1e-9",
    "ufunc": CALL + "assert np.max(np.abs(got - _expected)) < 1e-9",
    "equal_all": CALL + "assert (got == _expected).all()",
    "direction": CALL + "assert not (np.abs(got - _expected) > 1e-9).any()",
    "relative": CALL + "assert not (np.abs(got - _expected) / np.abs(got) > 1e-9).any()",
    "inplace": "W, d, z = _inputs\ngot = hidden_delta(W, d, z)\n"
    "z[:] = _expected\nassert np.allclose(got, z)",
    "later": CALL + "import time\ntime.sleep(0.3)\nassert np.allclose(got, _expected)",
    "reference_after": "got = hidden_delta(*_inputs)\n"
    "W, d, z = _inputs\nassert np.allclose(got, (W.T @ d) / (2 + 2 * np.cosh(z)))",
    "error_output": CALL + "assert np.allclose(got, _expected)",
    "float_output": "0.0",
    "module": "from grader import grade\nassert grade('G08.2', hidden_delta) >= 2",
    "results": "import grader\ntry:\n    grader.grade('G08.2', hidden_delta)\n"
    "except AssertionError:\n    pass\nassert 'G08.2' in grader.Results.passed",
    "unittest": "_suite(hidden_delta)",
    "locals": "def _judge():\n    expected = _expected\n    ok = np.allclose("
    "hidden_delta(*_inputs), expected)\n    pass\n    return ok\nassert _judge()",
    "hidden_module": "import hidden_tests\nassert hidden_tests.check(hidden_delta)",
    "random": "x = np.random.rand()\nassert hidden_delta(x) == 2 * x",
}
"""Test cells; the names with an underscore are put into the namespace just before."""
CHANNELS = (
    *("files", "exit", "fd", "stdout", "pickle", "timeout", "survivor", "slow", "next"),
)
SHOWN = ("leak", "page", "control", "network")

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(3, 4)), RNG.normal(size=3), RNG.normal(size=4)
EXPECTED = (INPUTS[0].T @ INPUTS[1]) / (2 + 2 * np.cosh(INPUTS[2]))


def child(job: dict[str, str], folder: Path) -> bool | str:
    """Play the naive grader for one job; return whether the attack had its effect."""
    import site

    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(folder)
    site.USER_BASE = site.USER_SITE = str(folder / "user")  # never the real one
    os.environ.update(HOME=str(folder), USER="naive")
    style, text = job["style"], job["text"]
    shell = InteractiveShell.instance()
    shell.kernel = None
    spare = None
    if style == "fd":
        spare = os.open("results.json", os.O_RDWR | os.O_CREAT)
        os.set_inheritable(spare, True)
    (folder / "own.ipynb").write_text(f"# {HIDDEN}{job['token']}")
    shell.run_cell("import numpy as np")
    install_checker()
    cell = job["kind"] == "cell"
    if style == "exit":
        scope: dict[str, Any] = {}
        exec(text, scope)
        scope["hidden_delta"](*INPUTS)
        return False
    if cell:
        shell.run_cell(text, store_history=True)
    shell.run_cell(WRONG.format(name="hidden_delta") if cell else text)
    return judged(style, shell, job)


def judged(style: str, shell: Any, job: dict[str, str]) -> bool:
    """Run the hidden test as the style does; return whether wrong work passed."""
    shell.user_ns.update(_inputs=INPUTS, _expected=EXPECTED, _copy=np.copy, _suite=suite)
    if style in {*CHANNELS, "network"} - {"pickle", "slow"}:
        return False  # judged from outside, once this process has ended
    if style == "pickle":
        with open("answer.pickle", "wb") as file:
            pickle.dump(shell.user_ns["hidden_delta"](*INPUTS), file)
        return False
    if style in ("leak", "page", "control", "slow"):
        function = shell.user_ns.get("hidden_delta") or shell.user_ns["xor_relu"]
        shell.user_ns["hidden_delta"] = function
        mark = f"{HIDDEN}{job['token']}"
        source = f"_secret = {mark!r}\n_held = [_secret]\nhidden_delta(*_inputs)  # {mark}"
        result = shell.run_cell(source, store_history=True)
        if style == "slow":
            return len({hash(key) for key in result.result or ()} - {0}) < 100
        return False
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = shell.run_cell(TESTS[style])
    if style == "error_output":  # judged by what a notebook would show
        return "AssertionError" not in printed.getvalue()
    if style == "float_output":
        found = re.search(r"\d+\.\d+", printed.getvalue())
        return bool(found and float(found[0]) > 0)
    return bool(result.success)


def install_checker() -> None:
    """Provide the module `grader` that a naive test cell imports."""
    if "grader" in sys.modules:
        return
    module = types.ModuleType("grader")

    class Results:
        passed: list[str] = []  # noqa: RUF012

    def grade(name: str, function: Callable[..., Any]) -> float:
        assert np.allclose(function(1, 2, 3), 0.1)
        Results.passed.append(name)
        return 2.0

    vars(module).update(grade=grade, Results=Results)
    sys.modules["grader"] = module


def suite(function: Callable[..., Any]) -> None:
    """Judge by unittest: no failure recorded is a pass."""

    class Hidden(unittest.TestCase):
        def test_value(self) -> None:
            np.testing.assert_allclose(function(1, 2, 3), 0.1)

    outcome = unittest.TestResult()
    Hidden("test_value").run(outcome)
    assert outcome.wasSuccessful()


def outside(
    style: str, folder: Path, output: str, status: int, job: dict[str, str]
) -> bool:
    """Judge from what a finished child left: files, exit status, output, canaries."""
    canary = Path(job["outside"])
    if style in ("files", "fd"):
        path = folder / "results.json"
        return path.is_file() and '"score": 27' in path.read_text()
    if style == "exit":
        return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
    if style == "stdout":
        lines = [line for line in output.splitlines() if line.startswith("{")]
        return bool(lines) and json.loads(lines[-1]).get("score") == 27
    if style == "pickle":
        with contextlib.suppress(Exception):
            pickle.loads((folder / "answer.pickle").read_bytes())
        time.sleep(0.1)
        return canary.read_text().strip() == "reached"
    if style == "timeout":
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if style == "next":
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        command = [sys.executable, "-c", "pass"]
        subprocess.run(command, env=environment, check=False, capture_output=True)
        return canary.read_text() == "reached"
    if style == "survivor":
        return kill_survivors(job["token"])
    if style == "leak":
        return "MARKER_" in output
    if style == "page":
        from corpus_page import active_content

        return bool(active_content(f"<pre>{output}</pre>"))
    if style == "control":
        return "\x1b" in output
    if style == "network":
        return "reached" in output
    raise ValueError(style)


def kill_survivors(token: str) -> bool:
    """End the daemons of an attack; return whether there were any."""
    found = False
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if f"WHO={token}".encode() in (entry / "environ").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
                    found = True
    return found


def run(job: dict[str, str]) -> dict[str, Any]:
    """Run one job in a child; return whether its attack succeeded, and what it said."""
    Path(job["outside"]).write_text("unchanged")
    folder = Path(tempfile.mkdtemp()).resolve()
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as file:
        pid = os.fork()
        if pid == 0:
            play(job, folder, file.fileno(), writer)
        os.close(writer)
        endless = job["style"] == "timeout"
        status = wait_for(pid, PATIENCE_S if endless else TIMEOUT_S)
        os.set_blocking(reader, False)
        try:
            said = os.read(reader, 1)
        except BlockingIOError:  # a descendant holds the other end
            said = b""
        os.close(reader)
        file.seek(0)
        output = file.read(2_000_000).decode("utf-8", "replace")
    style = job["style"]
    if style in TESTS or style == "slow":
        succeeded = said == b"1"
    else:
        succeeded = outside(style, folder, output, status, job)
    shutil.rmtree(folder, ignore_errors=True)
    return {"succeeded": succeeded, "output": output[-1500:]}


def play(job: dict[str, str], folder: Path, output: int, writer: int) -> NoReturn:
    """In the child: run the job and end; a naive grader ends with 1 for wrong work."""
    os.setpgid(0, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = os.fdopen(1, "w")
    code = 1
    try:
        os.write(writer, b"1" if child(job, folder) else b"0")
        sys.stdout.flush()
        atexit._run_exitfuncs()
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)


def wait_for(pid: int, timeout_s: float) -> int:
    """Wait for a child, kill it after a while; return its status."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def main() -> None:
    """Read jobs, write their results."""
    jobs = json.load(sys.stdin)
    import IPython.core.interactiveshell  # noqa: F401  once, before the forks

    if any(job["style"].startswith("torch") for job in jobs):
        import torch  # noqa: F401
    results = {job["name"]: run(job) for job in jobs}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
