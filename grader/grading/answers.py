"""Answers kept: what running a submission gave, so that judging again runs nothing.

Entries are addressed by content: the bytes of the submission and everything its
execution depends on (cells, inputs, profile, files, codec, the confinement asked for).
Tolerances, known mistakes and sentences are not part of it, so changing them regrades from
here. The folder may be deleted at any time; a damaged entry counts as none, and so does
one whose own word is that it ran with less confinement than is asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course.files import write_atomically
from grader.judge.key import AnswerKey
from grader.kernel.inside import agent, codec
from grader.limits import GIB
from grader.model import Answer, Assignment, CellRun, Execution, Outcome, Raised, Returned
from grader.sandbox.levels import Level, is_enough

MAX_STORE_BYTES = 2 * GIB
"""What `AnswerStore.clean` leaves at most; a submission takes about 10 kB."""


def execution_key(
    assignment: Assignment, keys: Iterable[AnswerKey], isolation: Level, fresh_sets: int
) -> bytes:
    """Return a digest of all that an execution depends on besides the submission.

    The least confinement that is accepted is part of it: what ran without could have
    answered differently, and a later run that asks for a box has to use one. With another
    number of sets of new cases a submission would have been asked others.
    """
    digest = hashlib.sha256()
    for module in (codec, agent, sys.modules[__name__]):
        digest.update(inspect.getsource(module).encode())
    cells = [(c.key, c.kind, c.cell_type, c.source) for c in assignment.cells]
    files = sorted(assignment.files.items())
    digest.update(repr((assignment.profile, cells, files, isolation, fresh_sets)).encode())
    for key in keys:
        digest.update(key.request)
    return digest.digest()


@dataclass(frozen=True)
class KeptAnswers(Mapping[str, Answer]):
    """Answers by exercise id, each unpacked when it is looked at."""

    packed: Mapping[str, bytes]

    def __getitem__(self, name: str) -> Answer:
        return _unpack_answer(codec.decode(self.packed[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.packed)

    def __len__(self) -> int:
        return len(self.packed)


def pack(execution: Execution, packed: Mapping[str, bytes]) -> bytes:
    """Return an execution, and its packed answers, as bytes; empty if not to be kept.

    One that hit a limit is not: the machine may have been busy, and a second run is fair.
    """
    faults = [run.fault for run in execution.runs.values()]
    if any(faults) or not all(packed.values()):
        return b""
    value = {
        "isolation": execution.isolation,
        "seconds": execution.seconds,
        "given_again": execution.given_again,
        "runs": [(i, list(run.outputs), run.ok) for i, run in execution.runs.items()],
        "answers": dict(packed),
    }
    try:
        return zlib.compress(codec.encode(value), 1)
    except codec.MalformedError:
        return b""  # more outputs than a message holds: run it again instead


def unpack(data: bytes, isolation: Level) -> Execution | None:
    """Return a kept execution; None if it is damaged or ran with less confinement."""
    try:
        value = codec.decode(zlib.decompress(data))
        runs = {
            index: CellRun(outputs=tuple(outputs), ok=ok)
            for index, outputs, ok in value["runs"]
        }
        packed = {name: bytes(part) for name, part in value["answers"].items()}
        if not is_enough(value["isolation"], isolation):
            return None
        return Execution(
            runs=runs,
            answers=KeptAnswers(packed),
            isolation=value["isolation"],
            seconds=value["seconds"],
            given_again=tuple(value["given_again"]),
        )
    except (zlib.error, AttributeError, LookupError, TypeError, ValueError):
        return None


def pack_answers(answers: Mapping[str, Answer]) -> Mapping[str, bytes]:
    """Return answers as bytes by exercise id; empty where one is not to be kept."""
    if isinstance(answers, KeptAnswers):
        return answers.packed
    return {name: _packed(answer) for name, answer in answers.items()}


def _packed(answer: Answer) -> bytes:
    if answer.fault:
        return b""
    try:
        return codec.encode(_pack_answer(answer))
    except codec.MalformedError:
        return b""


def _pack_answer(answer: Answer) -> tuple[Any, ...]:
    repeated = None if answer.repeated is None else _pack_outcome(answer.repeated)
    outcomes = [_pack_outcome(outcome) for outcome in answer.outcomes]
    fresh = [_pack_outcome(outcome) for outcome in answer.fresh]
    return answer.missing, outcomes, fresh, repeated, answer.slow


def _unpack_answer(value: Any) -> Answer:
    missing, outcomes, fresh, repeated, slow = value
    return Answer(
        missing=missing,
        outcomes=tuple(_unpack_outcome(o) for o in outcomes),
        fresh=tuple(_unpack_outcome(o) for o in fresh),
        repeated=None if repeated is None else _unpack_outcome(repeated),
        slow=slow,
    )


def _pack_outcome(outcome: Outcome) -> tuple[Any, ...]:
    if isinstance(outcome, Returned):
        return "returned", outcome.value, outcome.args
    return "raised", outcome.kind, outcome.message, outcome.line


def _unpack_outcome(value: Any) -> Outcome:
    if value[0] == "returned":
        return Returned(value[1], value[2])
    return Raised(value[1], value[2], value[3])


@dataclass(frozen=True)
class AnswerStore:
    """The folder ``.grader/answers`` of a course; written by the coordinator alone."""

    folder: Path

    def name(self, key: bytes, notebook: bytes) -> str:
        """Return the address of a submission's execution."""
        return hashlib.sha256(key + notebook).hexdigest()

    def get(self, name: str) -> bytes:
        """Return a kept execution, empty if there is none."""
        path = self._path(name)
        try:
            data = path.read_bytes()
            os.utime(path)  # used just now: cleaned last
        except OSError:
            return b""
        return data

    def put(self, name: str, data: bytes) -> None:
        """Keep an execution; a full disk costs the shortcut, not the grading."""
        if data:
            with contextlib.suppress(OSError):
                write_atomically(self._path(name), data, durable=False)

    def clean(self, keep_bytes: int = MAX_STORE_BYTES) -> tuple[int, int]:
        """Delete what was not used for longest; return numbers of deleted and kept."""
        entries = sorted(
            ((path.stat().st_mtime, path.stat().st_size, path) for path in self._entries()),
            reverse=True,
        )
        total = deleted = 0
        for _, size, path in entries:
            total += size
            if total > keep_bytes:
                path.unlink(missing_ok=True)
                deleted += 1
        return deleted, len(entries) - deleted

    def _entries(self) -> Iterable[Path]:
        return (path for path in self.folder.glob("*/*") if path.is_file())

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]
