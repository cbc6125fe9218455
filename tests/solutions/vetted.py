"""Which exercises have been tried with all known mistakes and small faults as they are now.

    python tests/solutions/vetted.py

These two rules take longest, and their verdict rests on files alone. `vetted.toml` holds a
digest of these files for each exercise that kept the rules; the tests leave out what has
its digest there, and try everything else. The command tries whatever has changed and
writes down what held.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader.course.folder import Course, open_course
from grader.vetting.check import subjects
from grader.vetting.rules import Subject, hold

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path(__file__).with_name("vetted.toml")
RULES = ("mistakes", "faults")
CODE = (
    *("grader/judge", "grader/vetting", "grader/kernel/inside", "utils"),
    *("grader/model.py", "grader/limits.py", "grader/errors.py", "grader/shares.py"),
    *("grader/text_modules.py", "grader/course/exercises.py", "grader/course/by_hand.py"),
)
"""What decides besides an exercise and its notebook."""
RENEW = "python tests/solutions/vetted.py"

Record = Mapping[str, Mapping[str, str]]
"""Assignment -> exercise -> digest."""


def digest(subject: Subject, root: Path = ROOT) -> str:
    """Return a digest of all that the verdict on an exercise rests on.

    Args:
        subject: the exercise.
        root: where the grader's code lies.
    """
    notebook = subject.notebook
    solutions = notebook.path.parent.parent
    parts = [subject.exercise.id, _versions(), _code(root)]
    for path in texts(solutions, subject):
        parts += _named(solutions, path)
    for name, content in notebook.assignment.files.items():
        parts += [name, content.hex()]
    return _digest([*parts, *(cell.source for cell in notebook.cells)])


def _digest(parts: Iterable[str]) -> str:
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8))
        found.update(data)
    return found.hexdigest()[:32]


def _named(root: Path, path: Path) -> tuple[str, str]:
    return path.relative_to(root).as_posix(), path.read_bytes().hex()


def _versions() -> str:
    """Return the versions of what computes; a build's own suffix does not count."""
    packages = (f"{p} {version(p).partition('+')[0]}" for p in ("numpy", "torch"))
    return " ".join((f"Python {sys.version_info[0]}.{sys.version_info[1]}", *packages))


@cache
def _code(root: Path) -> str:
    return _digest(part for path in code_files(root) for part in _named(root, path))


def code_files(root: Path) -> list[Path]:
    """Return the files of `CODE` in a fixed order."""
    found = [p for place in CODE for p in ((root / place).rglob("*"), [root / place])]
    files = {path for paths in found for path in paths if path.is_file()}
    return sorted(path for path in files if path.suffix != ".pyc")


def texts(solutions: Path, subject: Subject) -> list[Path]:
    """Return the file of an exercise, and whatever of ``solutions/`` it may import.

    An import counts wherever it stands: a function may import when it is called.
    """
    module = Path(*subject.file.path.split("/")[1:])
    waiting = [solutions / module, solutions / module.parent / "__init__.py"]
    found: set[Path] = set()
    while waiting:
        for path in _files(waiting.pop()):
            if path not in found:
                found.add(path)
                waiting += _imported(path)
    return sorted(found)


def _files(module: Path) -> Iterator[Path]:
    """Yield the files of a module by its path, whether that names a file or a folder."""
    if module.is_dir():
        yield from sorted(module.rglob("*.py"))
    for path in (module, module.with_suffix(".py")):
        if path.is_file():
            yield path


def _imported(path: Path) -> list[Path]:
    """Return what the relative imports of a file may name: modules, or names in them."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            found += [base / "__init__.py", *(base / alias.name for alias in node.names)]
            found += [base.with_suffix(".py")] if node.module else []
    return found


def recorded(path: Path = RECORD) -> Record:
    """Return what was written down; nothing where there is no record."""
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def is_vetted(subject: Subject, record: Record, root: Path = ROOT) -> bool:
    """Whether an exercise kept the rules as it is now."""
    known = record.get(subject.notebook.assignment.name, {})
    return known.get(subject.exercise.id) == digest(subject, root)


def renew(course: Course, path: Path = RECORD, root: Path = ROOT) -> list[str]:
    """Try what has changed, write down what held; return a sentence for what did not."""
    before, after, said = recorded(path), {}, []
    for name in course.assignments():
        held = after.setdefault(name, {})
        for subject in subjects(course, name):
            if not is_vetted(subject, before, root):
                faults = [fault for rule in RULES for fault in hold(subject, rule).faults]
                said += [f"{name}, {subject.exercise.id}: {fault}" for fault in faults]
                if faults:
                    continue
                print(f"{name}, {subject.exercise.id} holds", flush=True)
            held[subject.exercise.id] = digest(subject, root)
    path.write_text("\n".join(_lines(after)) + "\n", "utf-8")
    return said


def _lines(record: Record) -> Iterator[str]:
    yield f"# Exercises that kept the rules {' and '.join(RULES)}, by a digest of all that"
    yield f"# decides. Written by: {RENEW}"
    for name, held in record.items():
        yield f"\n[{json.dumps(name)}]"
        yield from (f"{json.dumps(e)} = {json.dumps(d)}" for e, d in held.items())


def main() -> int:
    """Renew the record; return 1 if something does not hold."""
    said = renew(open_course(ROOT))
    print("\n".join(said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
