"""The trusted half of an assignment: the files in ``exercises/`` beside its notebook.

``exercises/g08_2_hidden_delta.py`` holds everything about the task G08.2: ``EXERCISE``, a
`grader.model.Exercise`, and what `grader.vetting` tries it with: ``RIGHT_WAYS``, other
right functions; ``WRONG_WAYS``, more functions with a known mistake by its code;
``EQUIVALENTS``, small faults that change nothing, each with the reason; and functions
whose name begins with ``witness``. It may be a folder with an ``__init__.py``.

Files that begin with an underscore are what exercises share; ``exercises/__init__.py`` may
say ``PROFILE`` and ``LIMITS``. Imports between these files are relative:
``from ._shared import LECTURE``, ``from ..._shared import sigmoid``,
``from ...a05_forward_init.exercises.g06_3_forward import EXERCISE``.

They are imported from their text. An assignment carries the text wherever it is graded, so
that a worker judges by what the instructor's machine has read, and by nothing else.
"""

from __future__ import annotations

import ast
import copyreg
import difflib
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args

from grader.errors import SourceError
from grader.limits import Limits
from grader.model import (
    Accepted,
    Assignment,
    Exercise,
    ExerciseSource,
    Mistake,
    Pack,
    Part,
    Profile,
    Tolerance,
)
from grader.text_modules import TextImporter, Texts

FOLDER = "exercises"
"""Beside a notebook in ``solutions/``; never copied to students."""


@dataclass(frozen=True)
class ExerciseFile:
    """One exercise with the module that holds all about it."""

    exercise: Exercise
    module: ModuleType
    path: str
    """As its author knows it."""

    @property
    def right_ways(self) -> Sequence[Callable[..., Any]]:
        """Other right ways of writing it."""
        return tuple(getattr(self.module, "RIGHT_WAYS", ()))

    @property
    def wrong_ways(self) -> Mapping[str, Sequence[Callable[..., Any]]]:
        """Examples of mistakes by their codes, besides the mistakes' own functions."""
        return dict(getattr(self.module, "WRONG_WAYS", {}))

    @property
    def equivalents(self) -> Mapping[str, str]:
        """Small faults that nobody can tell from the original, each with the reason."""
        return dict(getattr(self.module, "EQUIVALENTS", {}))

    @property
    def witnesses(self) -> Mapping[str, Callable[[], None]]:
        """Functions that hold the reference against something else, by name."""
        return {
            name: value
            for name, value in vars(self.module).items()
            if name.startswith("witness") and callable(value)
        }


@dataclass(frozen=True)
class ExerciseBook:
    """All exercises of an assignment."""

    files: Mapping[str, ExerciseFile]
    """By the exercise's id."""
    profile: Profile
    limits: Limits
    source: ExerciseSource


def load(solutions: Path, assignment: str) -> ExerciseBook:
    """Import the exercises of an assignment from ``solutions/<assignment>/exercises/``.

    Raises:
        SourceError: a file is broken, or is not what its name says; with file and line.
    """
    return _load(TextImporter(Texts(solutions)), assignment)


def load_file(solutions: Path, path: str) -> ModuleType:
    """Import one file below the folder of all assignments.

    Raises:
        SourceError: it is broken; with file and line.
    """
    importer = TextImporter(Texts(solutions))
    with importer.at_work():
        return importer.module(path)


@cache
def unpack(source: ExerciseSource) -> ExerciseBook:
    """Import the exercises that an assignment carries.

    Raises:
        SourceError: the text is not the one whose digest it carries.
    """
    if digest_of(source.files) != source.digest:
        raise SourceError(
            f"the exercises of '{source.assignment}' arrived damaged: their digest is "
            f"{digest_of(source.files)}, expected {source.digest}; nothing was graded"
        )
    return _load(TextImporter(dict(source.files)), source.assignment)


def digest_of(files: Sequence[tuple[str, str]]) -> str:
    """Return what tells two versions of an assignment's exercises apart."""
    digest = hashlib.sha256()
    for path, text in files:
        for part in (path.encode(), text.encode("utf-8", "surrogatepass")):
            digest.update(len(part).to_bytes(8))
            digest.update(part)
    return digest.hexdigest()


def _load(importer: TextImporter, assignment: str) -> ExerciseBook:
    folder = f"{assignment}/{FOLDER}"
    with importer.at_work():
        found: dict[str, ExerciseFile] = {}
        for name in importer.names(folder):
            if name.startswith(("_", ".")) or not _is_module(importer, f"{folder}/{name}"):
                continue
            file = _exercise_file(importer, f"{folder}/{name}")
            twice = found.setdefault(file.exercise.id, file)
            if twice is not file:
                raise SourceError(
                    f"'{twice.path}' and '{file.path}' are both {file.exercise.id}: "
                    "an id is used once; rename one of them or take it away"
                )
        whole = importer.module(folder) if importer.names(folder) else ModuleType(folder)
    files = tuple(sorted(importer.texts.items()))
    return ExerciseBook(
        files=found,
        profile=_profile(whole, folder),
        limits=_limits(whole, folder),
        source=ExerciseSource(assignment=assignment, files=files, digest=digest_of(files)),
    )


def _profile(whole: ModuleType, folder: str) -> Profile:
    found = getattr(whole, "PROFILE", "numpy")
    if found not in get_args(Profile):
        known = " or ".join(repr(name) for name in get_args(Profile))
        raise SourceError(f"'{folder}/__init__.py': PROFILE is {found!r}, expected {known}")
    return cast(Profile, found)


def _limits(whole: ModuleType, folder: str) -> Limits:
    found = getattr(whole, "LIMITS", Limits())
    if not isinstance(found, Limits):
        raise SourceError(
            f"'{folder}/__init__.py': LIMITS is {type(found).__name__}, expected "
            "grader.limits.Limits(...)"
        )
    return found


def _is_module(importer: TextImporter, path: str) -> bool:
    if path.endswith(".py"):
        return True
    return "__init__.py" in importer.names(path)


def _exercise_file(importer: TextImporter, path: str) -> ExerciseFile:
    module, shown = importer.module(path), importer.shown(path)
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise):
        raise SourceError(
            f"'{shown}' defines no EXERCISE = Exercise(...): what exercises share belongs "
            f"into a file whose name begins with '_'"
        )
    problem = next(problems(exercise), "") or next(_beside_problems(module), "")
    if problem:
        raise SourceError(f"'{shown}': {problem}")
    wanted = file_stem(exercise.id, exercise.function)
    stem = path.rpartition("/")[2].removesuffix(".py")
    if stem != wanted:
        raise SourceError(
            f"'{shown}' holds {exercise.id}, {exercise.function}: call it '{wanted}.py', "
            "or put the id right"
        )
    return ExerciseFile(exercise, module, shown)


BESIDE = ("RIGHT_WAYS", "WRONG_WAYS", "EQUIVALENTS")
"""What a file may hold besides its exercise, and witnesses."""


def _beside_problems(module: ModuleType) -> Iterator[str]:
    """Yield what would not be looked at, as it has another name or form."""
    known = ("EXERCISE", *BESIDE)
    for name in vars(module):
        meant = difflib.get_close_matches(name, known, 1, 0.8)
        if meant and name not in known:
            yield f"it defines '{name}': did you mean {meant[0]}?"
    ways = getattr(module, "RIGHT_WAYS", ())
    if not isinstance(ways, list | tuple):
        yield f"RIGHT_WAYS is {ways!r:.80}, expected a list of functions"
    wrong = getattr(module, "WRONG_WAYS", {})
    if not isinstance(wrong, Mapping) or not all(
        isinstance(code, str) and isinstance(examples, list | tuple)
        for code, examples in wrong.items()
    ):
        yield f"WRONG_WAYS is {wrong!r:.80}, expected lists of functions by codes"
    same = getattr(module, "EQUIVALENTS", {})
    if not isinstance(same, Mapping) or not all(isinstance(t, str) for t in same.values()):
        yield f"EQUIVALENTS is {same!r:.80}, expected reasons by faults"


def problems(exercise: Exercise) -> Iterator[str]:
    """Yield what is wrong with an exercise's fields, before anybody is graded by it."""
    points, outputs = exercise.points, exercise.outputs
    if not isinstance(exercise.id, str) or not isinstance(exercise.function, str):
        yield f"id is {exercise.id!r}, function {exercise.function!r}, expected two texts"
    if type(points) not in (int, float) or not 0 < points < math.inf:
        yield f"points is {points!r}, expected a number above 0"
    if not callable(exercise.inputs):
        yield f"inputs is {exercise.inputs!r}, expected a function of a generator"
    if not isinstance(outputs, tuple) or not all(isinstance(o, str) for o in outputs):
        yield f"outputs is {outputs!r}, expected a tuple of names"
    elif not outputs or len(set(outputs)) < len(outputs):
        yield f"outputs is {outputs!r}, expected at least one name, and none twice"
    if exercise.pack not in get_args(Pack):
        yield f"pack is {exercise.pack!r}, expected one of {', '.join(get_args(Pack))}"
    if exercise.pack == "value" and len(outputs) > 1:
        yield f"outputs is {outputs!r}, and pack='value' gives only one"
    if not isinstance(exercise.tolerance, Tolerance | None):
        yield f"tolerance is {exercise.tolerance!r}, expected a Tolerance or None"
    for name, kind in (("mistakes", Mistake), ("accepted", Accepted), ("parts", Part)):
        found = getattr(exercise, name)
        if not isinstance(found, tuple) or not all(isinstance(e, kind) for e in found):
            yield f"{name} is {found!r:.80}, expected a tuple of {kind.__name__}"
    yield from _driver_problems(exercise.driver)
    for part in exercise.parts:
        if not isinstance(part.weight, int | float) or not 0 < part.weight < math.inf:
            yield f"part '{part.name}' weighs {part.weight!r}, expected a number above 0"
        if part.output and part.output not in outputs:
            yield f"part '{part.name}' has the output '{part.output}', which is none"
    for mistake in exercise.mistakes:
        if (mistake.variant is None) == (mistake.detect is None):
            yield f"mistake {mistake.code} has not exactly one of variant and detect"


def _driver_problems(driver: object) -> Iterator[str]:
    """Yield what is wrong with the text that students' functions are called by."""
    if not isinstance(driver, str):
        yield f"driver is {type(driver).__name__}, expected the text of drive(f, *args)"
        return
    try:
        body = ast.parse(driver).body
    except (SyntaxError, ValueError) as error:
        yield f"driver, line {getattr(error, 'lineno', 1)}: {error}"
        return
    if driver and "drive" not in {n.name for n in body if isinstance(n, ast.FunctionDef)}:
        yield "driver defines no function drive(f, *args)"


def file_stem(exercise_id: str, function: str) -> str:
    """Return ``g08_2_hidden_delta`` for G08.2, the name of its file."""
    return f"{exercise_id}_{function}".replace(".", "_").replace("-", "_").lower()


def _carry(assignment: Assignment) -> tuple[Callable[..., Assignment], tuple[Any, ...]]:
    """Let an assignment travel with its exercises' text instead of their functions."""
    values = {f.name: getattr(assignment, f.name) for f in fields(assignment)}
    exercises = values.pop("exercises")
    return _carried, (values, tuple(exercise.id for exercise in exercises))


def _carried(values: dict[str, Any], ids: Sequence[str]) -> Assignment:
    files = unpack(values["source"]).files
    return Assignment(**values, exercises=tuple(files[i].exercise for i in ids))


copyreg.pickle(Assignment, _carry)
