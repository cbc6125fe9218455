"""The values that flow through the grader: frozen, plain, without behaviour.

Down the road of one submission::

    Submission -sanitize-> Prepared -kernel-> Answer -judge-> Finding, Score -> Result
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from grader.limits import Limits

if TYPE_CHECKING:
    import numpy as np

Role = Literal["generic", "edge", "visible", "example"]
Pack = Literal["value", "tuple", "dict"]
Profile = Literal["numpy", "torch"]
CellKind = Literal["plain", "locked", "solution", "test", "manual", "task"]

SOLUTION_SUFFIX = "-solution"
"""A solution cell's grade id is its test's, followed by this."""
UNCHANGED = "the arguments are left unchanged"
"""What an exercise requires that does not say otherwise."""
ADDED_PREFIX = "added-"
"""In an executed notebook, how the ids of cells begin that the student added."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call of a graded function: its arguments, and what it is there to show."""

    name: str
    """Short label, unique within the exercise; students see it for edge cases only."""
    args: tuple[Any, ...]
    """What the driver gets after the function: arrays, numbers, strings, lists, dicts."""
    role: Role = "generic"
    """``generic`` decides about outputs, ``edge`` about one requirement the task names,
    ``visible`` is the task's own example: it scores nothing and exposes hard-coding.
    ``example`` is made where there is none, to be shown (`grader.judge.example`)."""
    requirement: str = ""
    """For an edge case: the requirement in the words of the task."""
    group: str = ""
    """The branch, dimension or size it belongs to, if a `Part` asks for it."""
    batch: int | None = None
    """Number of examples N, where a missing or doubled 1/N could show."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A share of an exercise's points: an output, a branch or dimension, or an edge.

    It is earned where it is right on all its cases.
    """

    name: str
    """As the task and the student's page say it."""
    weight: float | Fraction
    """Its share of the points, relative to the other parts'."""
    output: str = ""
    """The output that has to be right; all of them if empty."""
    group: str = ""
    """The group of generic cases it has to be right on; all of them if empty."""
    edge: str = ""
    """Instead: a requirement, that of an edge case or `Exercise.unchanged`."""


@dataclass(frozen=True)
class Tolerance:
    """How far a right answer may lie from the reference (see `grader.judge.compare`)."""

    relative: float
    """Allowed error as a share of each reference entry."""
    of_scale: float
    """Allowed error as a share of the largest entry, for entries that cancel."""
    digits: int = 0
    """If positive: one unit of this significant digit is allowed instead."""


FLOAT64 = Tolerance(relative=1e-7, of_scale=1e-9)
"""For every exercise that argues for no other one; see `grader.judge.compare`."""
FOUR_DIGITS = Tolerance(relative=0.0, of_scale=0.0, digits=4)
"""For numbers computed by hand: rounded or cut off after four significant digits."""


@dataclass(frozen=True)
class Returned:
    """A call that came back."""

    value: Any
    """The result as plain data; `grader.kernel.inside.codec.Opaque` where it was none."""
    args: tuple[Any, ...]
    """The arguments after the call, to see whether they were changed."""


@dataclass(frozen=True)
class Raised:
    """A call that ended in an exception."""

    kind: str
    """Name of the exception's class."""
    message: str = ""
    """Its text, shortened."""
    line: int | None = None
    """Line in the student's cell, counted from 1."""


Outcome = Returned | Raised


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything a mistake's own test may look at."""

    cases: tuple[Case, ...]
    outcomes: tuple[Outcome, ...]
    expected: tuple[Outcome, ...]
    source: str
    """Source of the student's cell; empty if unknown."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A known way of getting it wrong, with the sentence a teacher would say.

    Exactly one of ``variant`` and ``detect`` is given.
    """

    code: str
    """Syllabus code, e.g. ``M08.2a`` or ``MX.13``."""
    message: str
    """One or two sentences for the student: what it looks like, what to do instead."""
    variant: Any = None
    """The wrong function (or value, where the student gives one); runs in the trusted
    process, around the same driver."""
    lecture: str = ""
    """Where it is explained, if not where its exercise is."""
    lists_causes: bool = False
    """Whether the sentence lists several causes. Then it may be said of values such as 0 in
    all cases, which many broken functions give."""
    detect: Callable[[Evidence], bool] | None = None
    """For what values of the function itself cannot show: looks at the evidence."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Another right form of an answer, with other values: full marks and a remark."""

    code: str
    """Syllabus code, e.g. ``E31``; one per form within an exercise."""
    function: Any
    """The function in that form; runs like the reference."""
    message: str
    """What is different about it, for the student."""
    lecture: str = ""
    """Where it is explained, if not where its exercise is."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One graded function: the trusted half of a test cell."""

    id: str
    """Syllabus id, e.g. ``G08.2``."""
    function: str
    """Name the student defines."""
    points: float
    """As in the notebook's test cell."""
    reference: Any
    """Right function (or value), written independently of the solution cell."""
    inputs: Callable[[np.random.Generator], Sequence[Case]]
    """Makes the hidden cases from a seeded generator."""
    outputs: tuple[str, ...]
    """Names of what it returns, in order."""
    parts: tuple[Part, ...] = ()
    """What the points fall into. None: outputs and requirements (`grader.shares`)."""
    pack: Pack = "value"
    """Whether the outputs come as one value, a tuple, or a dict with these keys."""
    driver: str = ""
    """Source of ``drive(f, *args)``, run around the student's function in the kernel and
    around the reference here. Empty: ``f(*args)``. Must not contain an answer."""
    mistakes: tuple[Mistake, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    """Forms that are as right as the reference's although their values differ."""
    tolerance: Tolerance | None = None
    """None: the course's tolerance for float64 results."""
    unchanged: str = UNCHANGED
    """The requirement that arguments survive the call; empty where it makes no sense."""
    seeded: bool = False
    """Whether the result depends on a seed or generator among the arguments."""
    vectorised: bool = False
    """Whether the task asks for array operations; loops then earn a remark (MX.12)."""
    lecture: str = ""
    """Where it is explained: ``08_backpropagation#heading``."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One sentence about one exercise."""

    code: str
    """``M…`` named mistake, ``MX…`` cross-cutting, otherwise a word such as ``shape``."""
    message: str
    output: str | None = None
    """Names of the outputs concerned; None: the whole answer."""
    named: bool = False
    """True: a mistake that has a name, of the exercise or common to all."""
    remark: bool = False
    """True: costs nothing."""
    example: str = ""
    """Lines of a public example: arguments, the right result, the answer's own."""
    lecture: str = ""
    """Where it is explained: ``08_backpropagation#heading``."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Points of one exercise with their reasons."""

    id: str
    function: str
    score: float
    max_score: float
    findings: tuple[Finding, ...]
    parts: tuple[tuple[str, bool], ...] = ()
    """Each output and each named requirement, and whether it was met."""
    worth: tuple[float, ...] = ()
    """How many points each of these parts is worth."""
    lecture: str = ""
    behaviour: str = ""
    """The same for all answers that are wrong in one way nobody has named yet."""
    unseen: bool = False
    """Whether the answer was never tried: no score is recorded, and a person looks."""


@dataclass(frozen=True, kw_only=True)
class SourceCell:
    """A cell of the instructor's notebook, as it is released."""

    key: str
    """The grade id, or the cell's own id where it has none."""
    kind: CellKind
    cell_type: str
    source: str
    """Solutions blanked, hidden tests stripped."""
    metadata: Mapping[str, Any]
    points: float = 0.0
    exercise: str = ""
    """For a test cell: the id of the exercise that its hidden line grades."""
    checksum: str = ""
    full_source: str = ""
    """With the hidden tests, as nbgrader's database keeps it."""
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The author's pictures in a Markdown cell: base64 by MIME type, by name."""


@dataclass(frozen=True, kw_only=True)
class ExerciseSource:
    """The text of an assignment's exercises, as it is carried to where grading happens."""

    assignment: str
    files: tuple[tuple[str, str], ...]
    """Path below the folder of all assignments, and text."""
    digest: str


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """An instructor's notebook together with its exercises.

    It travels between processes with the exercises' text (`grader.course.exercises`).
    """

    name: str
    cells: tuple[SourceCell, ...]
    exercises: tuple[Exercise, ...]
    """In the order of their test cells."""
    source: ExerciseSource
    metadata: Mapping[str, Any]
    """Notebook metadata (kernelspec, language)."""
    profile: Profile = "numpy"
    limits: Limits = field(default_factory=Limits)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Further files of the assignment, put beside the notebook when it runs."""

    @property
    def by_cell(self) -> Mapping[str, Exercise]:
        """The exercises by the grade id of their test cell."""
        graded = (cell.key for cell in self.cells if cell.exercise)
        return dict(zip(graded, self.exercises, strict=True))


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What one student handed in, as bytes."""

    student: str
    assignment: str
    notebook: bytes | None
    """None: unreadable; ``problem`` says why."""
    problem: str = ""
    repairs: tuple[str, ...] = ()
    """What had to be put right already while reading (a renamed notebook …)."""
    timestamp: datetime | None = None
    """What nbgrader's ``timestamp.txt`` says, in UTC: the student's word."""
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """What was handed in with the notebook, by its path from there: pictures and PDFs with
    their content, anything else empty."""


@dataclass(frozen=True, kw_only=True)
class PreparedCell:
    """A cell of a submission after sanitizing."""

    key: str
    """Key of the source cell; empty for a cell the student added."""
    kind: CellKind
    cell_type: str
    source: str
    metadata: Mapping[str, Any]
    runs: bool
    """Whether the box executes it; of a test cell, what its student sees."""
    restored: bool = False
    """Whether the submission lacked it."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """What the student attached to a Markdown cell, by name."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A submission whose structure is that of the source again."""

    cells: tuple[PreparedCell, ...]
    repairs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the kernel said about one exercise."""

    outcomes: tuple[Outcome, ...] = ()
    """One per case, in order."""
    fresh: tuple[Outcome, ...] = ()
    """One per case that this submission alone is asked."""
    repeated: Outcome | None = None
    """The first case, called once more at the end."""
    missing: bool = False
    """The name was not defined."""
    slow: bool = False
    """The calls took far longer than the reference's."""
    fault: str = ""
    """Why there are no outcomes: the limit hit, or the kernel's death."""
    not_run: bool = False
    """Whether that has other causes than this answer: it was never tried."""


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """The outputs of one executed cell."""

    outputs: tuple[Mapping[str, Any], ...]
    ok: bool
    fault: str = ""
    """Limit hit or kernel died; empty after an ordinary end, an exception included."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """All that running one submission yields; enough to judge it again later."""

    runs: Mapping[int, CellRun]
    """By index into `Prepared.cells`."""
    answers: Mapping[str, Answer]
    """By exercise id."""
    isolation: str
    seconds: float = 0.0
    """What running the cells and calling the functions took."""
    given_again: tuple[str, ...] = ()
    """Exercises whose answers are those after the given cells were run once more."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the gradebook says about one student and assignment."""

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    assignment: str
    submitted: bool
    timestamp: str = ""
    """When it was handed in, as the student's copy says; empty if unknown."""
    raw_score: float = 0.0
    """Automatic and manual points with extra credit."""
    penalty: float = 0.0
    """For late work, as the course's plugin decided."""
    max_score: float
    pending: bool = False
    """Whether something waits for a person to mark it."""

    @property
    def name(self) -> str:
        """The student's name as people write it; the id where no name is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.student

    @property
    def score(self) -> float:
        """What counts: points less the penalty, never below zero."""
        return max(0.0, self.raw_score - self.penalty)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One submission to be graded, with what an earlier run gave."""

    submission: Submission
    stored: bytes = b""
    """A kept execution (`grader.grading.answers.pack`); empty: run it."""


@dataclass(frozen=True, kw_only=True)
class Graded:
    """What comes back for a job."""

    result: Result
    execution: bytes = b""
    """To be kept, if it was run and may be."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome for one student and assignment."""

    student: str
    assignment: str
    status: Literal["graded", "pending", "failed"]
    """``pending``: it could not be read, or some answer not be tried, and a person looks.
    ``failed``: the grader itself failed, and nothing is recorded."""
    scores: tuple[Score, ...]
    isolation: str
    seconds: float
    """What grading took, this time."""
    executed: bool
    """False: judged from stored answers."""
    run_s: float = 0.0
    """What running the submission took when it was run."""
    limits: tuple[str, ...] = ()
    """Cells and functions that were stopped, with the limit they hit."""
    repairs: tuple[str, ...] = ()
    problem: str = ""
    """Why nothing of it could be read, or how the grader failed."""
    grader_fault: str = ""
    """Traceback, if the grader itself failed; nothing is then recorded as a score."""
    notebook: str = ""
    """The executed notebook, ready to be written."""
    untouched: tuple[str, ...] = ()
    """Grade ids of answer cells that still are as they were released."""

    @property
    def unread(self) -> bool:
        """Whether it could not be read at all."""
        return self.status == "pending" and bool(self.problem)

    @property
    def score(self) -> float:
        """Points earned automatically."""
        return round(sum(s.score for s in self.scores), 2)

    @property
    def max_score(self) -> float:
        """Points that can be earned automatically."""
        return round(sum(s.max_score for s in self.scores), 2)
