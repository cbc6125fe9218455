"""Warm kernels behave like the stock one, end at once, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.kernel.rundir import base_folder
from grader.limits import MIB, Limits

pytestmark = pytest.mark.kernel
KERNELS = ("course", "course-confined")
Start = Callable[..., Any]


@pytest.mark.parametrize("name", KERNELS)
def test_figures_appear_inline(start: Start, can_confine: None, name: str) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    assert start(name).run(code).images == 1


@pytest.mark.parametrize("name", KERNELS)
def test_shell_commands_and_pip_work(start: Start, can_confine: None, name: str) -> None:
    student = start(name)
    assert "seven" in student.run("!echo se''ven").text
    assert "pip" in student.run("%pip --version").text


@pytest.mark.parametrize("name", KERNELS)
def test_input_without_a_frontend_is_refused(
    start: Start, can_confine: None, name: str
) -> None:
    assert "StdinNotImplementedError" in start(name).run("input('name? ')").error


@pytest.mark.parametrize("name", KERNELS)
def test_interrupt_stops_the_cell_and_keeps_the_names(
    start: Start, can_confine: None, name: str
) -> None:
    student = start(name)
    student.run("x = 42")
    student.send("while True:\n    pass")
    time.sleep(0.3)
    student.manager.interrupt_kernel()
    assert "KeyboardInterrupt" in student.collect().error
    assert "42" in student.run("print(x)").text


@pytest.mark.parametrize("name", KERNELS)
def test_restart_forgets_the_names(start: Start, can_confine: None, name: str) -> None:
    student = start(name)
    student.run("x = 42")
    student.manager.restart_kernel(now=True)
    student.client.wait_for_ready(timeout=60)
    assert "NameError" in student.run("x").error


@pytest.mark.parametrize("name", KERNELS)
def test_siblings_do_not_share_their_random_numbers(
    start: Start, can_confine: None, name: str
) -> None:
    code = "import random, numpy\nprint(random.random(), numpy.random.rand())"
    assert start(name).run(code).text != start(name).run(code).text


def test_torch_computes_with_threads_and_loader_workers(
    start: Start, can_confine: None
) -> None:
    pytest.importorskip("torch")
    student = start("course-confined", course_profile="torch")
    code = (
        "import torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "torch.set_num_threads(2)\na = torch.ones(200, 200) @ torch.ones(200, 200)\n"
        "data = TensorDataset(torch.arange(8.0))\n"
        "loader = DataLoader(data, batch_size=2, num_workers=2)\n"
        "print(a.sum().item(), sum(b[0].sum().item() for b in loader))"
    )
    outcome = student.run(code, timeout_s=60)
    assert outcome.error == ""
    assert "8000000.0 28.0" in outcome.text


def test_numpy_profile_has_no_autograd_library(start: Start, can_confine: None) -> None:
    student = start("course-confined", course_profile="numpy")
    for library in ("torch", "scipy", "sklearn"):
        assert "ModuleNotFoundError" in student.run(f"import {library}").error
    assert student.run("import numpy, matplotlib, utils.check").error == ""


def test_files_of_the_assignment_lie_in_the_working_folder(
    start: Start, can_confine: None
) -> None:
    student = start("course-confined", course_files={"data.csv": b"a,b\n1,2\n"})
    assert "a,b" in student.run("print(open('data.csv').read())").text


def test_memory_limit_kills_with_its_reason_and_spares_the_neighbour(
    start: Start, can_confine: None
) -> None:
    neighbour = start("course-confined")
    glutton = start("course-confined", course_limits=Limits(memory_bytes=256 * MIB))
    glutton.send("blocks = []\nwhile True:\n    blocks.append(bytearray(b'x') * 2**24)")
    assert "memory limit" in glutton.wait_for_death()
    assert "4" in neighbour.run("print(2 + 2)").text


def test_memory_of_children_counts(start: Start, can_confine: None) -> None:
    glutton = start("course-confined", course_limits=Limits(memory_bytes=300 * MIB))
    glutton.send(
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        block = bytearray(os.urandom(1) * (100 * 2**20))\n        time.sleep(60)\n"
        "time.sleep(60)"
    )
    assert "memory limit" in glutton.wait_for_death()


def test_fork_bomb_stays_in_its_box(start: Start, can_confine: None) -> None:
    neighbour = start("course-confined")
    bomb = start("course-confined", course_limits=Limits(processes=32))
    bomb.send("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
    time.sleep(0.5)
    code = "import subprocess\nprint(subprocess.run(['echo', 'fine'], capture_output=True))"
    assert "fine" in neighbour.run(code).text
    bomb.manager.shutdown_kernel(now=True)
    assert not bomb.manager.is_alive()


def test_private_files_are_limited_together(start: Start, can_confine: None) -> None:
    student = start("course-confined", course_limits=Limits(files_bytes=4 * MIB))
    code = (
        "for path in ('/tmp/a', 'b', '/dev/shm/c'):\n"
        "    with open(path, 'wb') as f: f.write(bytes(2 * 2**20))"
    )
    assert "No space left" in student.run(code).error


def processes_of(marker: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in line:
                found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_daemon_dies_with_its_box(start: Start, can_confine: None) -> None:
    student = start("course-confined")
    student.run(
        "import subprocess\nsubprocess.Popen(['sleep', '9876543'], start_new_session=True)"
    )
    wait_until(lambda: bool(processes_of("9876543")))
    student.manager.shutdown_kernel(now=True)
    wait_until(lambda: not processes_of("9876543"))


OWNER = """
import sys, time
from jupyter_client import KernelManager
manager = KernelManager(kernel_name="course-confined")
manager.start_kernel()
print(manager.provisioner.pid, manager.provisioner._prefix, flush=True)
time.sleep(600)
"""


def test_killed_owner_leaves_no_process_socket_or_folder(can_confine: None) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    with owner.stdout:
        pid, prefix = owner.stdout.readline().split()
    parents = set(processes_of("grader.kernel.parent"))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    wait_until(lambda: not Path(prefix).parent.exists())
    assert len(set(processes_of("grader.kernel.parent")) & parents) < len(parents)


def test_killed_warm_parent_is_replaced(start: Start, can_confine: None) -> None:
    first = start("course-confined")
    first.run("import subprocess\nsubprocess.Popen(['sleep', '9876542'])")
    parent = first.provisioner._parent_handle._process.pid
    os.kill(parent, signal.SIGKILL)
    assert "warm parent" in first.wait_for_death()
    wait_until(lambda: not processes_of("9876542"))
    assert "4" in start("course-confined").run("print(2 + 2)").text


def test_stale_folder_of_a_killed_owner_is_removed(tmp_path: Path) -> None:
    from grader.kernel.rundir import RunFolder

    stale = base_folder() / "kstale-for-test"
    stale.mkdir(exist_ok=True)
    (stale / "lock").touch(0o600)
    fresh = RunFolder()
    assert not stale.exists()
    fresh.remove()


def test_isolation_none_is_recorded_as_none(start: Start) -> None:
    student = start("course-confined", course_isolation="none")
    assert student.provisioner.isolation == "none"
    assert "4" in student.run("print(2 + 2)").text
