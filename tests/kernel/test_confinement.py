"""Each protection, shown by an attack that succeeds without it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

import grader.limits
from grader.kernel.specs import PROFILES
from grader.sandbox.packages import needed

pytestmark = pytest.mark.kernel

_REPOSITORY = Path(grader.limits.__file__).parents[1]
_PRELUDE = """
import ctypes, mmap, os, pathlib, signal, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *words):
    words = [ctypes.c_long(w) for w in words]
    result = libc.syscall(ctypes.c_long(number), *words)
    assert result >= 0, os.strerror(ctypes.get_errno())
    return result
def connect(family, address):
    with socket.socket(family) as s:
        s.settimeout(2)
        s.connect(address)
"""
_ATTACKS = {
    "read the grader": "pathlib.Path({repository!r}, 'grader/limits.py').read_text()",
    "list the course": "assert 'grader' in os.listdir({repository!r})",
    "read a gradebook": "pathlib.Path({secret!r}).read_text()",
    "list the grader's home": (
        "names = set(os.listdir({home!r}))\n"
        "assert names - {{sys.prefix.split('/')[2], sys.base_prefix.split('/')[2]}}"
    ),
    "write to the machine": "pathlib.Path({secret!r} + '.new').write_text('x')",
    "reach a tcp port": "connect(socket.AF_INET, ('127.0.0.1', {port}))",
    "reach an abstract socket": "connect(socket.AF_UNIX, {abstract!r})",
    "reach a socket file": "connect(socket.AF_UNIX, {socket_file!r})",
    "see the grader's process": (
        "assert any(b'pytest' in pathlib.Path('/proc', p, 'cmdline').read_bytes()"
        " for p in os.listdir('/proc') if p.isdigit())"
    ),
    "signal the grader": "os.kill({pid}, 0)",
    "trace a process": (
        "p = subprocess.Popen(['sleep', '9']); time.sleep(.05)\n"
        "try: assert libc.ptrace(16, p.pid, 0, 0) == 0\n"
        "finally: p.kill(); p.wait()"
    ),
    "read a process's memory": (
        "b = ctypes.create_string_buffer(8)\n"
        "v = (ctypes.c_size_t * 2)(ctypes.addressof(b), 8)\n"
        "assert libc.process_vm_readv(os.getpid(), v, 1, v, 1, 0) == 8"
    ),
    "make a user namespace": (
        "p = os.fork()\n"
        "if p == 0: os._exit(0 if libc.unshare(0x10000000) == 0 else 1)\n"
        "assert os.waitpid(p, 0)[1] == 0"
    ),
    "hold memory in no process (memfd)": "os.close(os.memfd_create('x'))",
    "hold memory in no process (shared)": "mmap.mmap(-1, 4096).close()",
    "hold memory in no process (zero)": (
        "mmap.mmap(os.open('/dev/zero', os.O_RDWR), 4096).close()"
    ),
    "hold memory in no process (shm)": (
        "i = libc.shmget(0, 4096, 0o1600); assert i >= 0; libc.shmctl(i, 0, 0)"
    ),
    "open an audit socket": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)",
    "see the machine's users": "assert pathlib.Path('/etc/shadow').exists()",
    "import torch": "import torch; torch.ones(1)",
    "import scipy": "import scipy.optimize",
    "import sympy": "import sympy; x = sympy.Symbol('x'); sympy.diff(x**2, x)",
    "import what is beside numpy": "import mpmath, networkx, sklearn, nbgrader",
    "import the grader": "import grader.limits",
}
_ROOT_ATTACKS = {
    "mount": "assert libc.mount(b'none', b'/mnt', b'tmpfs', 0, b'') == 0"
    "; libc.umount2(b'/mnt', 2)",
    "become root": "os.setuid(0); assert os.getuid() == 0",
    "change a library": "import numpy; open(numpy.__file__, 'r+').close()",
    "chroot": (
        "p = os.fork()\n"
        "if p == 0: os._exit(0 if libc.chroot(b'/tmp') == 0 else 1)\n"
        "assert os.waitpid(p, 0)[1] == 0"
    ),
    "read a parent's environment": (
        "pathlib.Path('/proc', str(os.getppid() or 1), 'environ').read_bytes()"
    ),
    "open the kernel log": "libc.klogctl(10, 0, 0) >= 0 or 1/0",
    "change a kernel setting": (
        "p = pathlib.Path('/proc/sys/kernel/core_uses_pid')\np.write_text(p.read_text())"
    ),
    "raise its priority": "os.nice(-1)",
}


@contextlib.contextmanager
def _listening(family: int, address: object) -> Iterator[socket.socket]:
    """A server that accepts whoever comes."""
    with socket.socket(family) as server:
        server.bind(address)
        server.listen(8)
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield server
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            server.accept()[0].close()


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Things on this machine that a submission must not reach."""
    folder = tmp_path_factory.mktemp("machine")
    secret = folder / "gradebook.db"
    secret.write_text("secret")
    abstract, path = f"\0course-{os.getpid()}", str(folder / "s")
    with (
        _listening(socket.AF_INET, ("127.0.0.1", 0)) as tcp,
        _listening(socket.AF_UNIX, abstract),
        _listening(socket.AF_UNIX, path),
    ):
        yield {
            "repository": str(_REPOSITORY),
            "secret": str(secret),
            "home": os.path.expanduser("~"),
            "port": tcp.getsockname()[1],
            "abstract": abstract,
            "socket_file": path,
            "pid": os.getpid(),
        }


@pytest.mark.parametrize("name", _ATTACKS)
def test_attack_works_outside_and_fails_in_a_box(name, boxed, free, targets):
    code = _PRELUDE + _ATTACKS[name].format(**targets) + "\nprint('done')"
    assert free.run(code).text.endswith("done\n")
    inside = boxed.run(code)
    assert inside.error
    assert "done" not in inside.text


@pytest.mark.parametrize("name", _ROOT_ATTACKS)
def test_root_attack_works_outside_and_fails_in_a_box(name, boxed, free):
    code = _PRELUDE + _ROOT_ATTACKS[name] + "\nprint('done')"
    if os.getuid() == 0:
        assert free.run(code).text.endswith("done\n")
    inside = boxed.run(code)
    assert inside.error
    assert "done" not in inside.text


def test_level_is_recorded(boxed, free):
    assert boxed.provisioner.isolation in ("full", "namespaces")
    assert free.provisioner.isolation == "none"


def test_no_process_of_the_box_has_a_capability(boxed):
    code = """
import os, pathlib
for p in filter(str.isdigit, os.listdir('/proc')):
    for line in pathlib.Path('/proc', p, 'status').read_text().splitlines():
        if line.startswith(('Cap', 'NoNewPrivs', 'Uid')):
            print(p, *line.split())
"""
    lines = [line.split() for line in boxed.run(code).text.splitlines()]
    assert {pid for pid, *_ in lines} >= {"1", "2"}
    for _, name, *values in lines:
        if name.startswith("Cap"):
            assert int(values[0], 16) == 0
        elif name == "NoNewPrivs:":
            assert values == ["1"]
        else:
            assert "0" not in values


def test_init_of_the_box_is_closed_to_student_code(boxed):
    code = (
        "for x in 'mem', 'environ', 'maps', 'fd', 'root':\n    "
        "try: (os.listdir if x in ('fd','root') else open)(f'/proc/1/{x}'); print(x)\n"
        "    except OSError: pass"
    )
    assert boxed.run("import os\n" + code).text == ""


def test_no_file_of_the_machine_is_open(boxed):
    code = """
import os
for fd in os.listdir('/proc/self/fd'):
    try: print(os.readlink(f'/proc/self/fd/{fd}'))
    except OSError: pass
"""
    links = boxed.run(code).text.split()
    assert links
    kinds = ("socket:", "pipe:", "anon_inode:", "/dev/null", "/proc/")
    assert [link for link in links if not link.startswith(kinds)] == []


def test_memory_holds_no_trace_of_the_owners_environment(start, can_confine, monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "topsecret")
    student = start("course-confined")
    code = """
import re
found, pattern = 0, re.compile(b't[o]psecret')
for line in open('/proc/self/maps'):
    span, mode = line.split()[:2]
    low, high = (int(x, 16) for x in span.split('-'))
    if mode.startswith('r') and 'vsyscall' not in line and 'vvar' not in line:
        with open('/proc/self/mem', 'rb', 0) as memory:
            memory.seek(low)
            try: found += len(pattern.findall(memory.read(high - low)))
            except OSError: pass
print(found)
"""
    assert student.run(code).text == "0\n"


def test_boxes_do_not_see_each_other(start, can_confine):
    one, two = start("course-confined"), start("course-confined")
    one.run("open('/tmp/note', 'w').write('x'); open('/dev/shm/note', 'w').write('x')")
    seen = two.run("import os; print(os.listdir('/tmp') + os.listdir('/dev/shm'))")
    assert "note" not in seen.text


def test_only_its_own_processes_are_visible(boxed):
    code = "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))"
    assert boxed.run(code).text.startswith("[1, 2")
    assert len(boxed.run(code).text.split()) <= 4


def test_a_box_shows_only_what_it_should_at_its_top(boxed):
    code = "import os; print(*sorted(os.listdir(%r)))"
    assert boxed.run(code % str(_REPOSITORY)).text.split() in (
        [".venv", "utils"],
        ["utils"],
    )
    assert boxed.run(code % "/home").text == "student\n"


_WALK = """
import importlib.metadata, json, os, sys
names = {"site-packages", "dist-packages"}
folders = {p for p in sys.path if os.path.basename(p) in names}
for root, below, files in os.walk("/"):
    below[:] = [name for name in below if root != "/" or name not in ("proc", "sys")]
    folders |= {os.path.join(root, name) for name in names & set(below)}
folders |= {line.split()[4] for line in open("/proc/self/mountinfo")}
folders = {os.path.realpath(p) for p in folders if os.path.basename(p) in names}
found = {}
for folder in folders:
    found[folder] = sorted(os.listdir(folder))
loaded = [m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
print(json.dumps({
    "folders": found,
    "known": sorted({d.name.lower() for d in importlib.metadata.distributions()}),
    "homeless": [path for path in loaded if not os.path.exists(path)],
}))
"""


def test_a_box_shows_the_packages_of_its_profile_and_no_others(start, can_confine):
    """Found by walking every folder, however the packages got there."""
    student = start("course-confined", course_profile="numpy")
    found = json.loads(student.run(_WALK, timeout_s=120).text)
    needs = {dist.name.lower() for dist in needed(PROFILES["numpy"].packages)}
    assert set(found["known"]) <= needs
    assert "numpy" in found["known"]
    assert found["homeless"] == []
    entries = set().union(*found["folders"].values())
    outside = {
        name
        for dist in distributions()
        if dist.name.lower() not in needs
        for name in (dist.read_text("top_level.txt") or dist.name).split()
    }
    assert {"numpy", "matplotlib", "IPython"} <= entries
    assert not entries & (outside | {"sympy", "torch", "scipy", "mpmath", "grader"})


def test_a_program_started_in_a_box_sees_the_same_packages(start, can_confine):
    student = start("course-confined", course_profile="numpy")
    code = "import subprocess, sys; print(subprocess.run([sys.executable, '-c', {!r}], "
    code += "capture_output=True, text=True))"
    assert "returncode=0" in student.run(code.format("import numpy, utils.check")).text
    assert "No module named" in student.run(code.format("import sympy")).text
