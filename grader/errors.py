"""Every error the grader raises on purpose.

    GraderError
    ├── UsageError           the command cannot be carried out as given (exit code 2)
    │   ├── UnknownAssignment
    │   └── CourseError      the folder is no course, or its set-up is incomplete
    ├── CannotWriteError     results cannot be kept: disk full, database locked
    ├── UnsettledError       gradebook and results differ: grading was interrupted
    ├── SourceError          a notebook or table of the instructor is inconsistent
    ├── DamagedNotebook      a submission is unreadable; its student gets the reason
    ├── WireError            bytes on the wire are no message of ours
    ├── KernelFault          the kernel that runs a submission is of no further use
    │   ├── KernelDied       its process ended
    │   └── KernelLost       it was hit by a limit and had to be given up
    ├── LimitExceeded        a limit ended one request; the kernel lives
    └── IsolationError       untrusted code would run with too little confinement

A *student's* fault is never raised to the top: it becomes a finding or a failed result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class GraderError(Exception):
    """Base of all errors below; its text is fit to be shown to an instructor."""


class UsageError(GraderError):
    """The request makes no sense as given."""


class UnknownAssignment(UsageError):
    """No assignment of that name exists in the course."""


class CourseError(UsageError):
    """The folder lacks something a course needs."""


class CannotWriteError(GraderError):
    """Results cannot be kept; those kept before are safe."""


class UnsettledError(GraderError):
    """Pages would say other points than the gradebook; grading again settles it."""


class SourceError(GraderError):
    """A solution notebook and its table of exercises contradict each other."""


class DamagedNotebook(GraderError):
    """A submission that cannot be read; the text is the reason its student sees."""


class WireError(GraderError):
    """Malformed, oversized or too deeply nested bytes from a kernel."""


class KernelFault(GraderError):
    """The kernel cannot go on; what it answered before still counts.

    Attributes:
        outputs: of the cell that was running, as notebook outputs.
    """

    outputs: tuple[Mapping[str, Any], ...] = ()


class KernelDied(KernelFault):
    """The kernel process ended by itself."""


class KernelLost(KernelFault):
    """A limit was hit and the kernel had to be given up; the text names the limit."""


class LimitExceeded(GraderError):
    """A limit ended one request, but the kernel answers again; the text names it."""


class IsolationError(GraderError):
    """Untrusted code would have to run with less confinement than asked for."""
