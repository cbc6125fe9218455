"""Attacks as files: what stands in their first lines, and the notebook they make."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "attacks"
WRONG = "def {name}(*args, **kwargs):\n    return 7.25"
"""An answer that earns nothing anywhere."""


@dataclass(frozen=True)
class Attack:
    """One file below ``attacks/``; unnamed fields have these defaults."""

    name: str
    text: str
    attack: str
    """Line of the list; numbers from 61 on are ours."""
    title: str
    success: str
    """What would have to happen for the attack to have succeeded."""
    kind: str = "cell"
    """``cell``: added before the first task. ``function``: in one solution cell.
    ``submission``: defines ``build(folder, notebook)``, run on the trusted side.
    ``oracle``: defines ``ANSWERS``, solution cells that must all earn the same words."""
    exercise: str = "G08-2-hidden_delta"
    """Whose solution cell a ``function`` is."""
    base: str = "wrong"
    """``wrong`` or ``right``: the other answers."""
    loses: str = ""
    """With right answers: the exercises it may cost, separated by spaces."""
    may_lose: str = ""
    """Exercises whose points it may cost or not, depending on the machine's speed."""
    profile: str = "numpy"
    says: str = ""
    """What the feedback page has to say."""
    status: str = "graded"
    """What has to become of it: ``graded`` (or, of what was never tried, ``pending``),
    ``pending`` as it cannot be read, or ``either``."""
    needs: str = ""
    """``root`` where only root can make the submission."""
    student: str = ""
    """Name of the submission's folder, as a Python literal, if it matters."""
    batch: str = ""
    """``only``: handed in with others to ``grader autograde``, not by itself."""
    naive: str = ""
    """In which naive grader (see ``corpus_naive``) it succeeds."""
    unshown: str = ""
    """Why it is not shown to succeed in a naive grader."""
    expect: str = ""
    """A remark for the reader."""


def read_attack(path: Path) -> Attack:
    """Return the attack in a file."""
    text = path.read_text("utf-8")
    fields: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            break
        name, _, value = line[2:].partition(": ")
        fields[name] = value.strip()
    return Attack(name=path.stem, text=text, **fields)


def all_attacks() -> list[Attack]:
    """Return every attack, in the order of their numbers."""
    return [read_attack(path) for path in sorted(FOLDER.glob("*.py"))]


def filled(text: str, places: Mapping[str, object]) -> str:
    """Put paths, ports and process ids into an attack: more than a student knows."""
    for name, value in places.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def answered(notebook: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """Return a released notebook with answers by grade id, wrong ones where missing."""
    made: dict[str, Any] = copy.deepcopy(dict(notebook))
    for cell in made["cells"]:
        key = grade_id(cell)
        if cell["cell_type"] == "code" and key.endswith("-solution"):
            test = key.removesuffix("-solution")
            wrong = WRONG.format(name=test.split("-", 2)[2])
            cell["source"] = answers.get(test, wrong)
    return made


def grade_id(cell: Mapping[str, Any]) -> str:
    """Return a cell's grade id or nothing."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def code_cell(source: str, **fields: Any) -> dict[str, Any]:
    """Return a cell as JupyterLab would add it."""
    cell = {"cell_type": "code", "id": "mine", "metadata": {}, "source": source}
    return {**cell, "outputs": [], "execution_count": None, **fields}


def write_submission(
    attack: Attack,
    text: str,
    folder: Path,
    released: Mapping[str, Any],
    right: Mapping[str, str],
) -> None:
    """Write the folder that carries an attack.

    Args:
        attack: which one.
        text: its text with all places filled in.
        folder: exists and is empty.
        released: the assignment's notebook.
        right: right answers by grade id of the test cell.
    """
    answers = dict(right) if attack.base == "right" else {}
    if attack.kind == "function":
        answers[attack.exercise] = text
    notebook = answered(released, answers)
    if attack.kind == "submission":
        scope: dict[str, Any] = {"__name__": attack.name, "code_cell": code_cell}
        exec(compile(text, attack.name, "exec"), scope)
        scope["build"](folder, notebook)
        return
    if attack.kind == "cell":
        first = next(
            i for i, cell in enumerate(notebook["cells"]) if "solution" in grade_id(cell)
        )
        notebook["cells"].insert(first, code_cell(text))
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook), "utf-8")
