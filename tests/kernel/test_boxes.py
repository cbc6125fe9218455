"""A box has what a submission needs, no more, ends at once, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import IsolationError, KernelDied, KernelFault
from grader.kernel import box_process, driver, parents
from grader.kernel.cores import Core
from grader.kernel.driver import Allowance, BoxDriver
from grader.kernel.inside import codec, frames
from grader.kernel.parents import PARENTS
from grader.limits import MIB, Limits
from grader.model import CellRun
from grader.sandbox.levels import Applied

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]

LIMITS = Limits(memory_bytes=512 * MIB, processes=32, files_bytes=8 * MIB)
Start = Callable[..., BoxDriver]


@pytest.fixture
def start(can_confine: None) -> Iterator[Start]:
    """A function that starts confined boxes; all are gone after the test."""
    if sys.platform != "linux":
        pytest.skip("boxes need Linux")
    made: list[BoxDriver] = []

    def one(limits: Limits = LIMITS, isolation: str = "namespaces", **options) -> BoxDriver:
        made.append(BoxDriver(limits, isolation=isolation, **options))
        return made[-1]

    yield one
    for box in made:
        box.close()


def run(box: BoxDriver, code: str, processor_s: float = 30.0) -> CellRun:
    """Run a cell."""
    return box.run(code, Allowance(processor_s, 60.0))


def printed(box: BoxDriver, code: str) -> str:
    """Return what a cell prints; it must go well."""
    result = run(box, code)
    assert result.ok, result
    return "".join(out.get("text", "") for out in result.outputs)


def wait_until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def processes_of(marker: str) -> list[int]:
    """Return the processes with a text in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes()
        except OSError:
            continue
        if marker.encode() in line:
            found.append(int(entry.parent.name))
    return found


# --- what it has -------------------------------------------------------------------


def test_it_is_confined_and_says_so(start: Start) -> None:
    assert start().isolation in ("full", "namespaces")


def test_files_of_the_assignment_lie_in_the_working_folder(start: Start) -> None:
    box = start(files={"data.csv": b"a,b\n1,2\n"})
    assert printed(box, "print(open('data.csv').read())") == "a,b\n1,2\n\n"


def test_it_shows_the_libraries_of_its_profile(start: Start) -> None:
    box = start(profile="numpy")
    for library in ("torch", "scipy", "sklearn", "grader"):
        assert "ModuleNotFoundError" in str(run(box, f"import {library}").outputs)
    assert run(box, "import numpy, matplotlib, utils.check").ok
    assert run(start(profile="torch"), "import torch").ok


def test_no_module_of_the_grader_is_loaded(start: Start) -> None:
    code = "import sys\nprint([name for name in sys.modules if name.startswith('grader')])"
    assert printed(start(), code) == "[]\n"


def test_it_knows_nothing_of_its_owner(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNERS_SECRET", "MARKER_of_the_owner")
    box = start()
    assert "MARKER" not in printed(box, "import os\nprint(dict(os.environ))")
    assert printed(box, "import sys\nprint(sys.argv)") == "['ipykernel_launcher']\n"


def test_siblings_do_not_share_their_random_numbers(start: Start) -> None:
    code = "import random, numpy\nprint(random.random(), numpy.random.rand())"
    assert printed(start(), code) != printed(start(), code)


def test_siblings_do_not_share_names_history_or_files(start: Start) -> None:
    first = start()
    printed(first, "import numpy\nnumpy.mine = x = 5\nopen('f', 'w').close()")
    second = start()
    code = "import os, numpy\nprint('x' in globals(), hasattr(numpy, 'mine'), os.listdir())"
    assert printed(second, code) == "False False []\n"
    assert printed(second, "%history") == f"{code}\n%history\n"


# --- its limits --------------------------------------------------------------------


def test_memory_limit_ends_it_with_its_reason_and_spares_the_neighbour(
    start: Start,
) -> None:
    neighbour = start()
    code = "blocks = []\nwhile True:\n    blocks.append(bytearray(b'x') * 2**24)"
    with pytest.raises(KernelDied, match="memory limit of 512 MiB"):
        run(start(), code)
    assert printed(neighbour, "print(2 + 2)") == "4\n"


def test_memory_of_children_counts(start: Start) -> None:
    code = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        block = bytearray(os.urandom(1) * (150 * 2**20))\n        time.sleep(60)\n"
        "time.sleep(60)"
    )
    with pytest.raises(KernelDied, match="memory limit"):
        run(start(), code)


def test_fork_bomb_stays_in_its_box(start: Start) -> None:
    neighbour, bomb = start(), start()
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    with contextlib.suppress(KernelFault):  # interrupted, lost or dead
        run(bomb, code, 1.0)
    assert printed(neighbour, "!echo fine").strip() == "fine"
    bomb.close()


def test_private_files_are_limited_together(start: Start) -> None:
    code = (
        "for path in ('/tmp/a', 'b', '/dev/shm/c'):\n"
        "    with open(path, 'wb') as f: f.write(bytes(3 * 2**20))"
    )
    assert "No space left" in str(run(start(), code).outputs)


def test_a_busy_machine_costs_no_time(start: Start) -> None:
    """Processor time counts, and neighbours use their own."""
    spin = "import time\nt = time.process_time()\nwhile time.process_time() < t + 0.5: pass"
    command = [sys.executable, "-c", "while True: pass"]
    spinners = [subprocess.Popen(command) for _ in range(6)]
    try:
        assert run(start(), spin, 2.0).fault == ""
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def test_it_stays_on_the_processor_of_its_owner(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parents, "Core", lambda _: Core(tmp_path))  # others hold theirs
    owner = parents.WarmParents()
    monkeypatch.setattr(box_process, "PARENTS", owner)
    box = start()
    kept = "import os\nprint(len(os.sched_getaffinity(0)))"
    assert printed(box, kept) == "1\n"
    moved = run(box, "os.sched_setaffinity(0, range(os.cpu_count()))")
    assert "PermissionError" in str(moved.outputs)
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', {!r}]).returncode"
    assert printed(box, code.format(kept)).startswith("1\n")
    box.close()
    owner.close()


def test_owners_have_a_processor_each(tmp_path: Path) -> None:
    there = sorted(os.sched_getaffinity(0))
    owners = [Core(tmp_path) for _ in range(len(there) + 1)]
    assert [owner.number for owner in owners] == [*there, None]
    owners[0].release()
    assert Core(tmp_path).number == there[0]
    for owner in owners:
        owner.release()


# --- its end -----------------------------------------------------------------------


def test_what_it_started_dies_with_it(start: Start) -> None:
    box = start()
    printed(
        box,
        "import subprocess\n"
        "p = subprocess.Popen(['sleep', '9876541'], start_new_session=True)",
    )
    wait_until(lambda: bool(processes_of("9876541")))
    box.close()
    wait_until(lambda: not processes_of("9876541"))


def test_killed_warm_parent_is_replaced(start: Start) -> None:
    first = start()
    run(first, "import subprocess\np = subprocess.Popen(['sleep', '9876540'])")
    os.kill(PARENTS.get("numpy", "boxes", confined=True).pid, signal.SIGKILL)
    with pytest.raises(KernelDied, match="warm parent"):
        run(first, "import time; time.sleep(30)")
    wait_until(lambda: not processes_of("9876540"))
    assert printed(start(), "print(2 + 2)") == "4\n"


def test_a_box_begins_although_its_warm_parent_was_just_killed(start: Start) -> None:
    """The moment decides whether its socket is broken, its process gone, or neither."""
    for _ in range(5):
        start().close()
        os.kill(PARENTS.get("numpy", "boxes", confined=True).pid, signal.SIGKILL)
        assert printed(start(), "print(2 + 2)") == "4\n"


OWNER = """
import time
from grader.kernel.driver import Allowance, BoxDriver
from grader.limits import Limits
box = BoxDriver(Limits(), isolation="namespaces")
box.run("import subprocess; p = subprocess.Popen(['sleep', '9876539'])", Allowance(9))
print("ready", flush=True)
time.sleep(600)
"""


def test_killed_owner_leaves_no_process(can_confine: None) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner.stdout:
        assert owner.stdout.readline() == b"ready\n"
    wait_until(lambda: bool(processes_of("9876539")))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    wait_until(lambda: not processes_of("9876539"))


def test_refusal_instead_of_silent_degradation(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Applied, "level", "none")
    with pytest.raises(IsolationError, match="asked for"):
        start()


def test_a_box_that_cannot_be_built_says_why(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = box_process.BoxProcess._note

    def refused(self: box_process.BoxProcess, message: dict, fds: list[int]) -> None:
        note(self, {"exit": 1, "reason": None, "error": "no namespaces here"}, fds)

    monkeypatch.setattr(box_process.BoxProcess, "_note", refused)
    with pytest.raises(IsolationError, match="no namespaces here"):
        start()


# --- frames ------------------------------------------------------------------------

KINDS = st.sampled_from([frames.OUTPUT, frames.DONE, frames.ANSWER, frames.READY, b"?"])

VALUES = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["stream", "text", "data"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.sampled_from(["name", "data"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(KINDS, st.binary(max_size=50)), max_size=5), st.data())
def test_frames_are_the_same_however_they_are_cut(sent, data) -> None:
    whole = b"".join(frames.frame(kind, body) for kind, body in sent)
    reader, got = frames.FrameReader(), []
    try:
        while whole:
            size = data.draw(st.integers(1, len(whole)))
            got += reader.feed(whole[:size])
            whole = whole[size:]
    except codec.MalformedError:
        assert any(kind == b"?" for kind, _ in sent)
    else:
        assert got == sent


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_end_in_frames_or_an_error(pieces: list[bytes]) -> None:
    reader = frames.FrameReader()
    try:
        for piece in pieces:
            for kind, body in reader.feed(piece):
                assert kind in (*frames.ENDS, frames.OUTPUT, frames.TOO_LARGE, frames.READY)
                assert len(body) <= frames.MAX_BODY_BYTES
    except codec.MalformedError:
        pass
    assert len(reader._data) <= sum(map(len, pieces))


def test_a_frame_that_is_too_long_is_refused_before_it_arrives() -> None:
    head = frames.frame(frames.OUTPUT, b"")[4:5]
    size = (frames.MAX_BODY_BYTES + 1).to_bytes(4, "little")
    with pytest.raises(codec.MalformedError, match="at most"):
        list(frames.FrameReader().feed(size + head))


PIECES = st.one_of(
    st.binary(max_size=300),
    st.builds(frames.frame, KINDS, st.binary(max_size=300)),
    st.builds(frames.frame, st.just(frames.OUTPUT), st.builds(codec.encode, VALUES)),
)


@given(st.lists(PIECES, max_size=8))
def test_whatever_a_box_sends_a_step_ends(pieces: list[bytes]) -> None:
    """The driver's own loop, on a process that is none."""
    box = _driver_of(pieces)
    with box, contextlib.suppress(KernelFault):
        box.run("1", Allowance(0.05, 0.05))


class _Process:
    """A box that has sent everything and ended."""

    isolation, reason, ended, pipes = "none", "exit status 0", True, ()

    def __init__(self, pieces: list[bytes]) -> None:
        self.channel, theirs = box_process.socket.socketpair()
        for piece in pieces:
            theirs.sendall(piece)
        theirs.close()

    def fileno(self) -> int:
        return -1

    def used_s(self) -> float:
        return 0.0

    def wait_for_news(self, timeout_s: float) -> None: ...

    def signal(self, number: int) -> None: ...

    def close(self) -> None:
        self.channel.close()


def _driver_of(pieces: list[bytes]) -> BoxDriver:
    made = object.__new__(BoxDriver)
    made._outputs = driver.OutputCollector(LIMITS)
    made._reader = frames.FrameReader()
    made._lost = ""
    made._decoders = []
    made._process = _Process(pieces)  # type: ignore[assignment]
    return made
