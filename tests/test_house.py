"""The house itself: imports go one way, lists agree, nothing leaks."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "limits": set(),
    "model": {"limits"},
    "text_modules": {"errors"},
    "shares": {"model"},
    "kernel.inside": set(),
    "kernel.specs": {"limits"},
    "course": {"errors", "limits", "model", "text_modules", "shares", "kernel.specs"},
    "sandbox": set(),
    "kernel": {"errors", "limits", "model", "kernel.inside", "kernel.specs", "sandbox"},
    "judge": {"errors", "model", "text_modules", "shares", "kernel.inside"},
    "report": {"errors", "model", "course"},
    "grading": {
        *("errors", "limits", "model", "course", "sandbox", "judge", "report"),
        *("kernel", "kernel.inside"),
    },
    "nbgrader": {"errors", "course", "report"},
    "vetting": {"errors", "model", "course", "judge", "grading"},
    "authoring": {"errors", "model", "course", "report"},
    "commands": {"errors", "limits", "model", "course", "sandbox", "report", "grading"},
    "cli": {
        *("errors", "model", "course", "sandbox", "report", "grading"),
        *("vetting", "authoring", "commands"),
    },
}
"""From the bottom up, each with the rooms below it that it may import."""
ENGINE = sorted(p for p in (ROOT / "grader").rglob("*.py") if "template" not in p.parts)


def imports(module: str, text: str) -> set[str]:
    """Return the dotted names that a module imports, relative ones resolved."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")[: -node.level] if node.level else []
            start = ".".join([*parts, *([node.module] if node.module else [])])
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def room_of(name: str) -> str:
    """Return the room a dotted name lies in, the innermost one; nothing if in none."""
    inner = name.removeprefix("grader.")
    rooms = (r for r in ROOMS if inner == r or inner.startswith(f"{r}."))
    return max(rooms, key=len, default="") if name.startswith("grader.") else ""


def wrong_imports(module: str, text: str) -> set[str]:
    """Return what a module of the engine must not import."""
    room = room_of(module)
    allowed = {room, ""} | ROOMS.get(room, set())
    return {
        name
        for name in imports(module, text)
        if name.split(".")[0] == "utils" or room_of(name) not in allowed
    }


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts)


def test_rooms_stand_in_one_order() -> None:
    below: set[str] = set()
    for room, doors in ROOMS.items():
        assert doors <= below, f"{room} opens a door upwards or sideways"
        below.add(room)


@pytest.mark.parametrize("path", ENGINE, ids=module_of)
def test_a_room_is_entered_by_its_doors(path: Path) -> None:
    module = module_of(path)
    assert room_of(module) or module == "grader.__init__"
    assert not wrong_imports(module, path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("grader.course.folder", "from grader.judge.diagnose import diagnose"),
        ("grader.course.folder", "from grader.kernel.driver import BoxDriver"),
        ("grader.course.folder", "from grader.report import harmless"),
        ("grader.judge.key", "from grader.kernel import driver"),
        ("grader.judge.score", "def f():\n    import grader.course.gradebook"),
        ("grader.judge.score", "from ..kernel.parents import PARENTS"),
        ("grader.kernel.inside.agent", "from .. import driver"),
        ("grader.report.page", "from grader.grading.runner import execute"),
        ("grader.nbgrader.converters", "from grader.commands.autograde import autograde"),
        ("grader.model", "from utils.check import check"),
    ],
)
def test_a_planted_import_is_found(module: str, line: str) -> None:
    assert wrong_imports(module, line)


def test_no_module_needs_itself() -> None:
    names = {module_of(path).removesuffix(".__init__"): path for path in ENGINE}
    graph = {}
    for name, path in names.items():
        wanted = imports(module_of(path), path.read_text("utf-8"))
        targets = {w if w in names else w.rpartition(".")[0] for w in wanted}
        graph[name] = (targets & names.keys()) - {name}
    list(TopologicalSorter(graph).static_order())  # CycleError names the circle


@pytest.mark.parametrize(
    "package", [p for p in ENGINE if p.name == "__init__.py"], ids=module_of
)
def test_a_list_of_modules_has_all_of_them(package: Path) -> None:
    text = ast.get_docstring(ast.parse(package.read_text("utf-8"))) or ""
    listed = set(re.findall(r"(?m)^(\w+(?:\.py|/)) ", text))
    there = {p.name for p in package.parent.glob("*.py")} - {"__init__.py"}
    there |= {f"{p.parent.name}/" for p in package.parent.glob("*/__init__.py")}
    assert listed in (set(), there)


def test_one_module_touches_the_database() -> None:
    touching = [
        module_of(path)
        for path in ENGINE
        if any(
            name.startswith(("sqlalchemy", "nbgrader.api"))
            for name in imports(module_of(path), path.read_text("utf-8"))
        )
    ]
    assert touching == ["grader.course.gradebook"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "utils").rglob("*.py")), ids=lambda p: p.name
)
def test_utils_never_imports_the_grader(path: Path) -> None:
    assert "grader" not in re.findall(
        r"^\s*(?:from|import)\s+(\w+)", path.read_text(), re.M
    )


def requirement(text: str) -> tuple[str, str]:
    name, floor = re.fullmatch(r"([A-Za-z0-9_.-]+)(.*)", text).groups()  # type: ignore
    return name.lower().replace("_", "-"), floor


def test_conda_and_pip_ask_for_the_same() -> None:
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    ours = dict(requirement(text) for text in conda if text != "pip")
    assert ours.pop("python") == PROJECT["requires-python"]
    ours["torch"] = ours.pop("pytorch-cpu")
    assert ours == dict(map(requirement, PROJECT["dependencies"]))


def test_every_requirement_has_a_tested_version() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    tested = {requirement(line.split("==")[0])[0] for line in lines if "==" in line}
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    assert {requirement(text)[0] for text in wanted} <= tested


def test_exercises_import_only_what_instructors_have() -> None:
    """`grader check` runs all of a file, where nothing was installed for tests."""
    asked = {requirement(text)[0].replace("-", "_") for text in PROJECT["dependencies"]}
    known = {*sys.stdlib_module_names, *asked, "grader", "utils"}
    files = sorted((ROOT / "solutions").rglob("exercises/**/*.py"))
    strange = []
    for path in files:
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(str(node.module))
            strange += [(path.name, n) for n in names if n.split(".")[0] not in known]
    assert len(files) > 100
    assert strange == []


@pytest.mark.parametrize(
    "first",
    [
        "from grader.grading.fork_server import PRELOADED",  # of the workers
        "import grader.course; PRELOADED = ['grader.commands.autograde']",  # of the command
    ],
)
def test_grading_builds_no_grammar(first: str) -> None:
    """It takes a second, in every process, and nothing uses it."""
    code = (
        f"import sys, importlib; {first}; list(map(importlib.import_module, PRELOADED)); "
        "print(*({'lark', 'nbformat'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "nbformat"


def test_help_needs_no_heavy_import() -> None:
    code = "import sys; from grader import cli; cli._parser(); print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"numpy", "nbgrader", "nbformat", "torch", "zmq", "rich", "jupyter_client"}
    assert not heavy & set(loaded)


def test_readme_names_the_two_commands_and_existing_files() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first_screen = "\n".join(text.splitlines()[:25])
    assert "make demo" in first_screen
    assert "make test" in first_screen
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_tests_of_a_file_share_a_process(request: pytest.FixtureRequest) -> None:
    """And with it what they set up; pytest-xdist reads that from the names of tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@tests/test_house.py:")
