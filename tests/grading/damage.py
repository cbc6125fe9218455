"""Damage whole classes: ``python tests/grading/damage.py 10000``.

Everybody has solved everything; then something happens to what they hand in, as editors,
browsers, version control, mail and disks do it, or at random. Whoever's answers survived
has full marks or waits for a person; nobody loses a point without being told why.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in, solutions
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.model import Result

NAME = "a07_backpropagation"
Cells = list[dict[str, Any]]
Kind = Callable[[random.Random, dict[str, Any]], bytes]


def text(notebook: Any) -> bytes:
    return json.dumps(notebook, ensure_ascii=False).encode("utf-8", "surrogatepass")


# --- what leaves every answer as it was --------------------------------------------


def stripped(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return text(notebook)


def other_ids(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"n{number}"
    return text(notebook)


def without_ids(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    for cell in notebook["cells"]:
        del cell["id"]
    notebook["nbformat_minor"] = 4
    return text(notebook)


def moved(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cells: Cells = notebook["cells"]
    cells.insert(rng.randrange(len(cells)), cells.pop(rng.randrange(len(cells))))
    return text(notebook)


def copied(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cells: Cells = notebook["cells"]
    cells.insert(rng.randrange(len(cells)), dict(rng.choice(cells)))
    return text(notebook)


def added(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    source = rng.choice(["", "1 / 0", "x = 7", "print('ok')", "%%time\n1", "def f(:"])
    cell = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": []}
    cell |= {"execution_count": None, "source": source}
    notebook["cells"].insert(rng.randrange(len(notebook["cells"]) + 1), cell)
    return text(notebook)


def dropped_given(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cells: Cells = notebook["cells"]
    given = [cell for cell in cells if not is_answer(cell)]
    cells.remove(rng.choice(given))
    return text(notebook)


def changed_given(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cell = rng.choice([cell for cell in notebook["cells"] if not is_answer(cell)])
    cell["source"] = rng.choice(["", "x", "1 / 0", "raise SystemExit", cell["source"] * 2])
    return text(notebook)


def changed_fields(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cell = rng.choice(notebook["cells"])
    fields = cell["metadata"].setdefault("nbgrader", {})
    for name in ("points", "locked", "schema_version", "cell_type", "checksum"):
        fields[name] = rng.choice([None, 7, "x", [], {}, -1.5, True])
    return text(notebook)


def odd_outputs(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = rng.choice([None, 7, [7], [{"output_type": "x"}], "x", {}])
            cell["execution_count"] = rng.choice([None, "x", -1, 1e99])
    return text(notebook)


def odd_metadata(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    notebook["metadata"] = rng.choice(
        [None, 7, [], {"kernelspec": 7}, {"language_info": []}]
    )
    notebook["nbformat_minor"] = rng.choice([None, 0, 4, 99, "x"])
    return text(notebook)


def lines_of_sources(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    return text(notebook)


def carriage_returns(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    return text(notebook).replace(b"\n", b"\r\n")


def with_mark(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    return b"\xef\xbb\xbf" + text(notebook)


def indented(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook, indent=rng.randrange(4), sort_keys=True).encode()


HARMLESS: tuple[Kind, ...] = (
    *(stripped, other_ids, without_ids, moved, copied, added, dropped_given),
    *(changed_given, changed_fields, odd_outputs, odd_metadata, lines_of_sources),
    *(carriage_returns, with_mark, indented),
)


# --- what may take answers away ----------------------------------------------------


def cut_off(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    data = text(notebook)
    return data[: rng.randrange(len(data))]


def flipped(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    data = bytearray(text(notebook))
    for _ in range(rng.choice([1, 1, 1, 3, 100])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def hole(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    data = text(notebook)
    start, length = rng.randrange(len(data)), rng.randrange(1, 4096)
    return data[:start] + rng.choice([b"", bytes(length)]) + data[start + length :]


def other_encoding(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    how = rng.choice(["utf-16", "utf-32", "gbk", "latin-1"])
    return text(notebook).decode().encode(how, "replace")


def packed(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(f"{NAME}.ipynb", text(notebook))
    return rng.choice([memory.getvalue(), gzip.compress(text(notebook))])


def something_else(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    return rng.choice(
        [
            *(
                b"",
                b" \n",
                b"null",
                b"[]",
                b"{}",
                b"7",
                b'"x"',
                b"%PDF-1.7\n",
                b"\x00" * 99,
            ),
            b"<!DOCTYPE html><title>Log in</title>",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            b"import numpy as np\n",
            b"<<<<<<< HEAD\n" + text(notebook) + b"\n=======\n>>>>>>> main\n",
            b'{"nbformat": 4, "cells": ' + b"[" * 5000,
        ]
    )


def without_answer(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cells: Cells = notebook["cells"]
    cells.remove(rng.choice([cell for cell in cells if is_answer(cell)]))
    return text(notebook)


def odd_source(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cell = rng.choice(notebook["cells"])
    cell["source"] = rng.choice(
        [None, 7, [None], {}, ["a", 7], "", "\ud800", "def f(:", "("]
    )
    return text(notebook)


def odd_cell(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cells: Cells = notebook["cells"]
    place = rng.randrange(len(cells))
    cells[place] = rng.choice([None, 7, [], "x", {}, {"cell_type": "code"}])
    return text(notebook)


def other_type(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    rng.choice(notebook["cells"])["cell_type"] = rng.choice(
        ["raw", "markdown", "code", None]
    )
    return text(notebook)


def other_characters(rng: random.Random, notebook: dict[str, Any]) -> bytes:
    cell = rng.choice(notebook["cells"])
    source = "".join(cell["source"])
    cell["source"] = unicodedata.normalize(rng.choice(["NFD", "NFKD"]), source).replace(
        *rng.choice([("-", "–"), ('"', "“"), ("    ", "\t"), ("\n", "\x0b"), (" ", "\xa0")])
    )
    return text(notebook)


HARMFUL: tuple[Kind, ...] = (
    *(cut_off, flipped, hole, other_encoding, packed, something_else, without_answer),
    *(odd_source, odd_cell, other_type, other_characters),
)


def is_answer(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


# --- a class -----------------------------------------------------------------------


def damaged_class(course: Course, size: int, seed: int) -> dict[str, Kind]:
    """Hand in for ``size`` students; return by name what happened to each."""
    hand_in(course, Person("whole", solutions(course)))
    whole = (course.submission("whole", NAME) / f"{NAME}.ipynb").read_text("utf-8")
    rng = random.Random(seed)
    found = {}
    for number in range(size):
        kind = rng.choice(rng.choice([HARMLESS, HARMFUL]))
        student = f"s{number:05}-{kind.__name__}"
        folder = course.submission(student, NAME)
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_bytes(kind(rng, json.loads(whole)))
        found[student] = kind
    return found


def faults(course: Course, kinds: dict[str, Kind], results: list[Result]) -> Iterator[str]:
    """Yield whatever must not be: who, what happened, what came out."""
    by_name = {result.student: result for result in results}
    with CourseGradebook(course) as gradebook:
        marks = {mark.student: mark for mark in gradebook.marks(NAME)}
    full = by_name["whole"].max_score
    if by_name["whole"].score != full:
        yield f"the whole notebook has {by_name['whole'].score} of {full}"
    for student, kind in kinds.items():
        result = by_name.get(student)
        if result is None or student not in marks:
            yield f"{student}: no row"
        elif result.status == "failed":
            yield f"{student}: a fault of the grader: {result.grader_fault[-500:]}"
        elif result.unread:
            if not result.problem or not marks[student].pending:
                yield f"{student}: nobody is asked to look: {result.problem!r}"
        elif kind in HARMLESS and result.score < full:
            yield f"{student}: {result.score} of {full}: {_reasons(result)}"
        else:
            for score in result.scores:
                if score.score < score.max_score and not any(
                    score.function in f.message
                    or "cell" in f.message
                    or f.named
                    or f.output
                    for f in score.findings
                ):
                    said = [finding.message for finding in score.findings]
                    yield f"{student}: {score.id} says neither cell nor reason: {said}"


def _reasons(result: Result) -> list[str]:
    return [
        f"{score.id}: {finding.message}"
        for score in result.scores
        if score.score < score.max_score
        for finding in score.findings
    ]


def main(size: int) -> int:
    """Grade a damaged class in a folder of its own and print what was found."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from conftest import _new_course

    with tempfile.TemporaryDirectory() as folder:
        course = _new_course(Path(folder))
        kinds = damaged_class(course, size, seed=size)
        started = time.monotonic()
        results = autograde(course, NAME, jobs=os.cpu_count() or 1, isolation="none")
        print(f"{len(results)} in {time.monotonic() - started:.0f} s")
        print(Counter(result.status for result in results))
        found = list(faults(course, kinds, results))
    print("\n".join(found) or "nothing wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
