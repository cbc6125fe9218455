"""Bring the gradebook's class list up to date with a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.course.class_list import ClassList, ListedStudent, read_class_list
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook, clear_write_errors


@dataclass(frozen=True, kw_only=True)
class Update:
    """How the class list and the gradebook differ."""

    listed: ClassList
    new: tuple[ListedStudent, ...]
    changed: tuple[tuple[ListedStudent, ListedStudent], ...]
    """As they were, and as they are now."""
    gone: tuple[ListedStudent, ...]
    """In the gradebook, and not in the file: they stay."""

    @property
    def same(self) -> int:
        """How many are as they were."""
        return len(self.listed.students) - len(self.new) - len(self.changed)

    def lines(self) -> Iterator[str]:
        """Yield what an instructor reads."""
        yield f"{len(self.listed.students)} students ({self.listed.form})"
        for student in self.new:
            yield f"  new      {_who(student)}"
        for before, after in self.changed:
            yield f"  changed  {_who(after)}: {', '.join(_differences(before, after))}"
        for student in self.gone:
            yield f"  gone     {_who(student)}"
        for sentence in self.listed.left_out:
            yield f"  left out: {sentence}"
        for name, ids in self._namesakes():
            yield f"  same name: {name} is {' and '.join(ids)}"
        yield (
            f"{len(self.new)} new, {len(self.changed)} changed, {self.same} as before, "
            f"{len(self.gone)} gone"
        )
        if self.gone:
            yield (
                "Who is gone from the list stays in the gradebook; 'nbgrader db student "
                f"remove --force {self.gone[0].id}' deletes a student with all scores."
            )

    def _namesakes(self) -> Iterator[tuple[str, list[str]]]:
        ids = defaultdict(list)
        for student in self.listed.students:
            ids[student.name].append(student.id)
        yield from ((name, found) for name, found in ids.items() if name and found[1:])


def update_students(course: Course, path: Path, *, only_look: bool = False) -> Update:
    """Put the students of a file into the gradebook.

    What the file leaves empty keeps its value; nobody is removed.

    Args:
        course: the course.
        path: the class list.
        only_look: whether the gradebook stays as it is.

    Raises:
        UsageError: the file is no class list.
        CannotWriteError: the gradebook cannot be written.
    """
    listed = read_class_list(path)
    with clear_write_errors(course), CourseGradebook(course) as gradebook:
        before = gradebook.students()
        new = tuple(s for s in listed.students if s.id not in before)
        known = [(before[s.id], s) for s in listed.students if s.id in before]
        now = [(old, old.with_known(s)) for old, s in known]
        changed = tuple((old, new) for old, new in now if old != new)
        if not only_look:
            gradebook.put_students([*new, *(after for _, after in changed)])
    ids = {student.id for student in listed.students}
    return Update(
        listed=listed,
        new=new,
        changed=changed,
        gone=tuple(student for key, student in before.items() if key not in ids),
    )


def _who(student: ListedStudent) -> str:
    return f"{student.id} {student.name}".strip()


def _differences(before: ListedStudent, after: ListedStudent) -> Iterator[str]:
    old, new = asdict(before), asdict(after)
    for field, value in new.items():
        if old[field] != value:
            yield f"{field} '{old[field]}' is now '{value}'"
