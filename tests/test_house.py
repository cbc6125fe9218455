"""The house itself: imports go one way, lists agree, nothing leaks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LAYERS = (
    ("errors", "limits", "interrupts", "quick", "harmless"),
    ("wire", "model", "files", "texts", "timestamps", "changes"),
    ("course", "notebooks", "exercises", "by_hand", "check", "kernel", "sandbox"),
    ("blanks", "sanitize", "judge", "runner", "store", "verdicts"),
    ("source", "gradebook", "pipeline", "release"),
    ("parallel", "cluster", "autograde", "report", "validate", "publish", "doctor"),
    ("vetting", "authoring"),
    ("nbgrader",),
    ("demo", "cli"),
)
"""From the bottom up. A module imports from its own layer and those below it."""
ALLOWED = {
    ("pipeline", "report"),  # the cell a result is written into is part of the result
}


def imports(path: Path) -> set[str]:
    """Return the names of grader's parts, and 'utils', that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "grader":
                names = [f"grader.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "grader" and len(parts) > 1:
                found.add(parts[1])
            elif parts[0] == "utils":
                found.add("utils")
    return found


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "grader").parts[0].removesuffix(".py")


@pytest.mark.parametrize(
    "path",
    sorted(p for p in (ROOT / "grader").rglob("*.py") if "template" not in p.parts),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_imports_point_down_and_never_to_utils(path: Path) -> None:
    level = {name: number for number, names in enumerate(LAYERS) for name in names}
    part = part_of(path)
    if part == "__init__":
        return
    for target in imports(path) - {part}:
        assert target != "utils"
        assert level[target] <= level[part] or (part, target) in ALLOWED, (part, target)


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


def test_grading_builds_no_grammar() -> None:
    """It takes a second, in every process, and nothing uses it."""
    code = (
        "import sys, grader.quick, grader.autograde; "
        "print(*({'lark', 'rfc3987_syntax'} & {m.partition('.')[0] for m in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == ""


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
