"""What has passed is left out, and runs again as soon as anything it rests on changes."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CONFTEST = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
import records

def pytest_addoption(parser):
    records.add_options(parser)

def pytest_configure(config):
    config.addinivalue_line("markers", "rests_on: files")
    config.pluginmanager.register(records.Records(config, Path(__file__).parent))
"""
FILES = {
    "tests/test_long.py": """
        import pytest
        from helper import right

        @pytest.mark.rests_on("data/{name}.txt", "parts")
        @pytest.mark.parametrize("name", ["one", "two"])
        def test_long(name):
            from parts.first import ONE
            assert right(open(f"data/{name}.txt").read())

        def test_short():
            pass
        """,
    "tests/helper.py": """
        def right(text):
            import deeper
            return text.strip() in deeper.ALL
        """,
    "tests/deeper.py": "ALL = '1 2'",
    "data/one.txt": "1",
    "data/two.txt": "2",
    "parts/__init__.py": "",
    "parts/first.py": "def late():\n    from ._second import ONE\nONE = 1",
    "parts/_second.py": "ONE = 1",
    "parts/table.csv": "1",
}
BOTH = ["test_long[one]", "test_long[two]"]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take seconds
    pytester.makeconftest(CONFTEST)
    for name, text in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(line.removeprefix(" " * 8) for line in text.split("\n")))
    return pytester


def ran(project: pytest.Pytester, *options: str) -> list[str]:
    """Run the project's tests in a process; return the long ones that ran."""
    done = project.runpytest_subprocess("-rA", "-p", "no:cacheprovider", *options)
    text = done.stdout.str()
    assert "PASSED tests/test_long.py::test_short" in text
    return [name for name in BOTH if f"ED tests/test_long.py::{name}" in text]


def test_what_passed_is_left_out_until_asked_for(project: pytest.Pytester) -> None:
    assert ran(project) == BOTH
    assert ran(project) == BOTH  # nothing is written unless asked for
    assert ran(project, "--record") == BOTH
    assert ran(project) == []
    assert ran(project, "--anew") == BOTH
    done = project.runpytest_subprocess()
    done.stdout.fnmatch_lines(
        ["2 tests left out: they passed*", "*1 passed, 2 deselected*"]
    )


@pytest.mark.parametrize("file", [*FILES])
def test_a_file_that_changes_brings_its_tests_back(
    project: pytest.Pytester, file: str
) -> None:
    ran(project, "--record")
    with (project.path / file).open("a") as changed:
        changed.write("\n" if file.startswith("data") else "\n# another line\n")
    expected = [name for name in BOTH if not file.startswith("data") or file[5:8] in name]
    assert ran(project) == expected
    ran(project, "--record")
    assert ran(project) == []


def test_what_running_leaves_behind_is_no_change(project: pytest.Pytester) -> None:
    ran(project, "--record")
    for name in (".checkpoints/first.py", "__pycache__/first.pyc"):
        path = project.path / "parts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert ran(project) == []


def test_what_fails_is_not_written_down(project: pytest.Pytester) -> None:
    place = project.path / "data" / "one.txt"
    ran(project, "--record")
    place.write_text("wrong")
    assert ran(project, "--record") == BOTH[:1]
    assert ran(project, "--record") == BOTH[:1]
    place.write_text("1")
    assert ran(project, "--record") == BOTH[:1], "its failure has ended what was known"
    assert ran(project) == []


def test_what_fails_at_its_end_is_not_written_down(project: pytest.Pytester) -> None:
    with (project.path / "tests/test_long.py").open("a") as file:
        file.write(
            "\n@pytest.fixture(autouse=True)\ndef ends():\n    yield\n    assert 0\n"
        )
    ran(project, "--record")
    assert ran(project) == BOTH


def test_processes_of_xdist_agree(project: pytest.Pytester) -> None:
    spread = ("-p", "xdist", "-n", "2", "--dist", "loadgroup")
    assert ran(project, *spread, "--record") == BOTH
    done = project.runpytest_subprocess(*spread)
    done.stdout.fnmatch_lines(["2 tests left out: they passed*", "*1 passed*"])


def test_a_test_that_is_gone_leaves_the_record(project: pytest.Pytester) -> None:
    ran(project, "--record")
    path = project.path / "tests/test_long.py"
    path.write_text(path.read_text().replace("def test_long", "def test_longer"))
    project.runpytest_subprocess("--record")
    text = (project.path / "tests/records.toml").read_text()
    assert "test_longer[one]" in text
    assert "test_long[" not in text


def test_a_place_that_is_nowhere_is_said(project: pytest.Pytester) -> None:
    (project.path / "data" / "two.txt").unlink()
    done = project.runpytest_subprocess()
    assert done.ret != 0
    assert "two.txt: a test rests on it, and it is not there" in (
        done.stdout.str() + done.stderr.str()
    )
