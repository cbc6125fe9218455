"""The disk fills up while a class is graded: nothing is lost, and the reason is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_exercises import DEMO as ASSIGNMENT

from grader.course.folder import Course

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CLASS = 6
DISK_KB = 4096

SCRIPT = """
set -e
mount -t tmpfs -o size={disk}k none {place}
cp -a {course}/. {place}
free=$(df -k --output=avail {place} | tail -1)
head -c $(((free - {left}) * 1024)) /dev/zero > {place}/ballast
set +e
{grade} --json {place}/first.json
echo "exit $?"
rm -f {place}/ballast
{grade} --json {result}
exit $?
"""


def private_mounts() -> list[str]:
    """Return the command that gives a process mounts of its own; skip without."""
    words = ["unshare", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])
    probe = [*words, "sh", "-c", "mount -t tmpfs none /mnt"]
    if not shutil.which("unshare"):
        pytest.skip("the command unshare (Debian: util-linux) is not installed")
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow private mounts")
    return words


@pytest.mark.parametrize("left", [0, 150], ids="{}kB left".format)
def test_class_is_completed_once_there_is_space(
    left: int, tmp_path: Path, make_slow_class: Callable[[Path, int, float], Course]
) -> None:
    words = private_mounts()
    place, origin = tmp_path / "disk", tmp_path / "course"
    place.mkdir()
    origin.mkdir()
    make_slow_class(origin, CLASS, 0.0)
    grade = f"{sys.executable} -m grader.cli autograde {ASSIGNMENT} --course {place}"
    result = tmp_path / "second.json"
    script = SCRIPT.format(
        disk=DISK_KB, place=place, course=origin, left=left, grade=grade, result=result
    )
    done = subprocess.run(
        [*words, "bash", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert "exit 1" in done.stdout, done.stdout + done.stderr
    assert "the disk is full. Free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    results = json.loads(result.read_text("utf-8"))
    assert [r["status"] for r in results] == ["graded"] * CLASS
    assert {r["score"] for r in results} == {r["max_score"] for r in results}
