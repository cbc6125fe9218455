"""The box holds for an ordinary user as it does for root: the same tests, run as one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
UID = "54321"
TESTS = ("tests/kernel/test_confinement.py", "tests/kernel/test_lifecycle.py")
NEEDS_ROOT = "needs root to become an ordinary user; these tests run as one already"


@pytest.mark.skipif(os.getuid() != 0, reason=NEEDS_ROOT)
@pytest.mark.parametrize("path", TESTS)
def test_confinement_holds_for_an_ordinary_user(path: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ordinary") as home:
        os.chmod(home, 0o755)
        command = [sys.executable, str(ROOT / "tests/sandbox/as_user.py"), UID, home]
        pytest_command = [sys.executable, "-B", "-m", "pytest", "-q", path]
        options = ["-p", "no:cacheprovider", f"--basetemp={home}/tmp"]
        run = subprocess.run(
            [*command, *pytest_command, *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed
    assert int(passed[1]) >= 15
    assert "skipped" not in run.stdout, run.stdout[-2000:]
