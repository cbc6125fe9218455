"""The core of the corpus once more, as an ordinary user: no root, no capability."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

HERE = Path(__file__).parent
AS_USER = HERE.parent / "sandbox" / "as_user.py"
CORE = (
    *("01_np_allclose", "05_always_equal", "13_ast_transformer", "16b_displayhook"),
    *("31_open_paths", "32b_other_proc", "33_ptrace", "35_neighbours", "36_gradebook"),
    *("43a_death_in_function", "44b_forged_replies", "46a_reduce", "48a_active_html"),
    *("50a_ignores_signals", "51_fork_bomb", "52_daemon", "53a_memory", "54a_disk_fill"),
    *("57b_unix_sockets", "58c_hard_link", "60k_magics", "75_system_calls"),
    *("81_parents_memory",),
)
NOBODYS_UID = 54_321


@pytest.fixture
def user() -> Iterator[int]:
    """The id of an ordinary user, created for this test where the machine can."""
    if sys.platform != "linux":
        pytest.skip("confined kernels need Linux")
    if os.getuid():
        pytest.skip("not root: all other tests of the corpus ran as an ordinary user")
    name = f"corpus{os.getpid()}"
    made = False
    if shutil.which("useradd"):
        command = ["useradd", "--no-create-home", "--no-user-group", name]
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield pwd.getpwnam(name).pw_uid if made else NOBODYS_UID
    if made:
        subprocess.run(["userdel", name], capture_output=True, check=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for the user; short, because sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="u", dir="/tmp") as folder:
        yield Path(folder)


def closed_to_others(path: Path) -> Path | None:
    """The folder above ``path`` that others may not enter, if there is one."""
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def test_core_attacks_fail_for_an_ordinary_user(user: int, home: Path) -> None:
    for needed in (HERE, Path(sys.prefix)):
        closed = closed_to_others(needed.resolve())
        if closed:
            pytest.skip(f"'{closed}' is closed to other users, and this course lies in it")
    command = [
        *(sys.executable, str(AS_USER), str(user), str(home)),
        *(sys.executable, "-m", "pytest", str(HERE / "test_attacks.py"), "-q"),
        *("-p", "no:cacheprovider", f"--basetemp={home}/p", "-k", " or ".join(CORE)),
    ]
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(home),
    }
    done = subprocess.run(
        command,
        cwd=HERE.parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert f"{len(CORE)} passed" in done.stdout, done.stdout[-2000:]
