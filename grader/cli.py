"""The ``grader`` command: parse, call one function, print, exit.

Imports stay inside the functions: ``grader --help`` answers at once.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from grader.course.folder import Course
    from grader.model import Result

EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    _require_utf8()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show every name
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(argv)
    except KeyboardInterrupt:  # in the imports of the first second as well
        print("grader: stopped; what was graded is kept", file=sys.stderr)
        return 130


def _require_utf8() -> None:
    """Start anew where Python would read names of files in another encoding.

    Names of students are folders; read as ASCII or Latin 1 they are nobody's.
    """
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get("PYTHONUTF8") == "1":
        return
    os.environ["PYTHONUTF8"] = "1"
    os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    from traitlets import TraitError

    import grader.course  # noqa: F401  (before nbformat and nbgrader)
    from grader.errors import GraderError, UsageError
    from grader.report.harmless import printable

    try:
        return int(arguments.run(arguments))
    except GraderError as error:
        print(f"grader: {printable(str(error))}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_SOME_FAILED
    except TraitError as error:
        print(f"grader: a setting in nbgrader_config.py: {error}", file=sys.stderr)
        return EXIT_USAGE
    except Exception as error:
        from grader.course.gradebook import write_error

        clear = write_error(error, Path(getattr(arguments, "course", ".")).resolve())
        if clear is None:
            raise
        print(f"grader: {printable(str(clear))}", file=sys.stderr)
        return EXIT_SOME_FAILED


class _Parser(argparse.ArgumentParser):
    """Says what was meant where a word is only misspelt."""

    def error(self, message: str) -> NoReturn:
        """Print usage and message, end with 2."""
        found = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if found:
            meant = difflib.get_close_matches(found[1], re.findall(r"[\w-]+", found[2]), 1)
            message += f"; did you mean '{meant[0]}'?" if meant else ""
        super().error(message)


class _Version(argparse.Action):
    """Prints the version, which takes a moment to find out."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(f"grader {version('backprop-course')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="grader",
        description="Release, grade and explain the assignments of this course.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print it and end")
    parser.add_argument("--course", default=".", help="folder of the course")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, run, text in (
        ("students", _students, "put the class list of a file into the gradebook"),
        ("release", _release, "write the students' version of assignments"),
        ("autograde", _autograde, "grade submissions"),
        ("feedback", _feedback, "write every student's page"),
        ("report", _report, "write the page of the whole class"),
        ("export", _export, "write grades for a spreadsheet or another system"),
        ("publish", _publish, "write the archive that students get"),
        ("validate", _validate, "run notebooks under nbval and check their outputs"),
        ("check", _check, "try out all that must hold for the exercises of assignments"),
        ("init", _init, "make a small course that works at once"),
        ("new-exercise", _new_exercise, "add a task to an assignment, to be filled in"),
        ("clean", _clean, "make room: forget the answers of submissions graded long ago"),
        ("doctor", _doctor, "say how well this machine can confine student code"),
        ("demo", _demo, "grade a simulated class and show the result"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(run=run)
        verb.add_argument(
            "--course", default=argparse.SUPPRESS, help="folder of the course"
        )
        _add_options(verb, name)
    return parser


def _add_options(verb: argparse.ArgumentParser, name: str) -> None:
    what = "notebook or assignment" if name == "validate" else "assignment"
    without = ("students", "demo", "doctor", "clean", "publish", "init", "new-exercise")
    if name not in without:
        verb.add_argument("assignments", nargs="*", metavar=what.upper())
    if name == "students":
        verb.add_argument("file", type=Path, metavar="FILE", help="CSV, of any system")
        verb.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would change, and write nothing",
        )
    if name == "validate":
        verb.add_argument("--kernel", default="", help="kernelspec to run them in")
        verb.add_argument(
            "--store",
            action="store_true",
            help="execute lectures and solutions and keep what they print",
        )
    if name == "check":
        verb.add_argument(
            "--secrets",
            type=_positive,
            metavar="N",
            help="try the hidden inputs of N courses instead of ten",
        )
    if name == "autograde":
        _add_grading_options(verb)
    if name == "report":
        verb.add_argument(
            "--new-mistakes",
            action="store_true",
            help="also write table entries for wrong answers that have no name yet",
        )
    if name == "export":
        verb.add_argument(
            "--format",
            choices=("csv", "canvas", "moodle", "gradescope"),
            default="csv",
            help="default: %(default)s",
        )
        verb.add_argument("--to", type=Path, metavar="PATH", help="file or folder")
    if name == "init":
        verb.add_argument("folder", type=Path, metavar="DIR")
    if name == "new-exercise":
        verb.add_argument("assignment", metavar="ASSIGNMENT")
        verb.add_argument("exercise", metavar="ID", help="e.g. G08.7")
        verb.add_argument("function", metavar="FUNCTION", help="what students write")
        verb.add_argument("--points", type=float, default=2.0, help="default: 2")
    if name == "publish":
        verb.add_argument("--to", type=Path, metavar="FILE", help="the archive")
    if name == "feedback":
        verb.add_argument("--student", action="append", default=[], metavar="S")
    if name in ("autograde", "demo"):
        _add_run_options(verb)


def _add_grading_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--student", action="append", default=[], metavar="S")
    verb.add_argument(
        "--force", action="store_true", help="run everything anew, kept answers or not"
    )
    verb.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="grade on a Dask cluster"
    )


def _add_run_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--jobs", type=_positive, default=os.cpu_count() or 1, help="worker processes"
    )
    verb.add_argument("--json", type=Path, metavar="FILE", help="write results here")
    verb.add_argument(
        "--isolation",
        choices=("full", "namespaces", "none"),
        default="namespaces",
        help="the least confinement of student code that is accepted; each result "
        "records what it had (default: %(default)s)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def _students(arguments: argparse.Namespace) -> int:
    from grader.commands.students import update_students
    from grader.course.folder import open_course
    from grader.report.harmless import printable

    course = open_course(arguments.course)
    update = update_students(course, arguments.file, only_look=arguments.dry_run)
    for line in update.lines():
        print(printable(line))
    if arguments.dry_run:
        print("Nothing was written.")
    return EXIT_SOME_FAILED if update.listed.left_out else EXIT_OK


def _release(arguments: argparse.Namespace) -> int:
    from grader.commands.release import release
    from grader.course.folder import open_course

    course = open_course(arguments.course)
    for name in course.named(arguments.assignments):
        print(f"{name}: {', '.join(release(course, name)) or 'unchanged'}")
    return EXIT_OK


def _autograde(arguments: argparse.Namespace) -> int:
    if sys.stderr.isatty():  # whatever is said next writes over it
        print("grader: getting ready …", end="\r", file=sys.stderr, flush=True)
    if not arguments.scheduler:
        from grader.grading import fork_server

        fork_server.start()  # its imports go on during ours
    from grader.commands.autograde import autograde
    from grader.course.files import write_json
    from grader.course.folder import open_course
    from grader.report.progress import GradingProgress, print_table, run_summary
    from grader.report.records import as_json

    course = open_course(arguments.course)
    results: dict[str, list[Result]] = {}
    changed: defaultdict[str, list[str]] = defaultdict(list)
    handed_in = _handed_in(course, course.named(arguments.assignments))
    for name, students in handed_in.items():
        with GradingProgress(name, len(arguments.student) or students) as progress:
            results[name] = autograde(
                course,
                name,
                students=arguments.student,
                jobs=arguments.jobs,
                isolation=arguments.isolation,
                force=arguments.force,
                scheduler=arguments.scheduler,
                on_result=progress.add,
                on_changes=changed[name].append,
            )
    everything = [result for some in results.values() for result in some]
    if arguments.json:
        write_json(arguments.json, [as_json(result) for result in everything])
    print_table(everything)
    for name, some in results.items():
        print(f"\n{name}: {run_summary(some)}; next: grader feedback {name}")
        for said in changed[name]:
            print(f"{name}: since the last run {said}")
    graded = all(result.status == "graded" for result in everything)
    return EXIT_OK if graded else EXIT_SOME_FAILED


def _handed_in(course: Course, names: Sequence[str]) -> dict[str, int]:
    """Return how many handed in which assignment; say which nobody did."""
    from grader.errors import UsageError

    found = {name: count for name in names if (count := len(course.students(name)))}
    place = f"{course.directory.submitted_directory}/<student>/<assignment>/"
    if not found:
        raise UsageError(
            f"nothing to grade: nobody has handed in {', '.join(names)}; submissions lie "
            f"in '{course.root / place}'"
        )
    for name in names:
        if name not in found:
            print(f"grader: {name}: nobody has handed it in", file=sys.stderr)
    return found


def _in_gradebook(course: Course, named: Sequence[str]) -> list[str]:
    """Return the assignments that are meant; say which are left out."""
    from grader.course.gradebook import in_gradebook

    course.named(named)  # says so if there is none, or if one lacks its notebook
    names, left_out = in_gradebook(course, named)
    for remark in left_out:
        print(f"grader: {remark}", file=sys.stderr)
    return names


def _feedback(arguments: argparse.Namespace) -> int:
    from grader.course.folder import open_course
    from grader.report.feedback import write_feedback

    course = open_course(arguments.course)
    for name in _in_gradebook(course, arguments.assignments):
        pages = write_feedback(course, name, tuple(arguments.student))
        print(f"{name}: {len(pages)} pages in '{course.directory.feedback_directory}/'")
    return EXIT_OK


def _report(arguments: argparse.Namespace) -> int:
    from grader.course.folder import open_course
    from grader.report.class_report import write_report

    course = open_course(arguments.course)
    for name in _in_gradebook(course, arguments.assignments):
        page = write_report(course, name, new_mistakes=arguments.new_mistakes)
        print(f"{name}: {page.relative_to(course.root)}")
    return EXIT_OK


def _export(arguments: argparse.Namespace) -> int:
    from grader.course.folder import open_course
    from grader.report.exports import export

    course = open_course(arguments.course)
    names = _in_gradebook(course, arguments.assignments)
    files, remarks = export(course, names, arguments.format, arguments.to)
    for remark in remarks:
        print(f"grader: {remark}", file=sys.stderr)
    print(f"{files[0]}" if len(files) == 1 else f"{len(files)} files")
    return EXIT_OK


def _publish(arguments: argparse.Namespace) -> int:
    from grader.commands.publish import publish
    from grader.course.folder import open_course

    course = open_course(arguments.course)
    course.named()  # says so if there is none, or if one lacks its notebook
    path, count = publish(course, arguments.to)
    print(f"{path}: {count} files, {path.stat().st_size / 2**20:.1f} MiB")
    return EXIT_OK


def _validate(arguments: argparse.Namespace) -> int:
    from grader.commands.validate import notebooks, store, validate
    from grader.course.folder import open_course

    course = open_course(arguments.course)
    if not any(notebooks(course, arguments.assignments)):
        course.named()  # says where it looked
    if arguments.store:
        for path in store(course, arguments.assignments):
            print(f"{path.relative_to(course.root)}: outputs stored")
        return EXIT_OK
    return validate(course, arguments.assignments, kernel=arguments.kernel)


def _check(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from grader.course.folder import open_course
    from grader.vetting.check import check
    from grader.vetting.rules import SECRETS
    from grader.vetting.table import failures, show

    course = open_course(arguments.course)
    secrets = arguments.secrets or SECRETS
    failed = False
    for name in course.named(arguments.assignments):
        findings = list(check(course, name, secrets=secrets))
        show(name, findings, Console(width=120))
        failed |= bool(failures(findings))
    return EXIT_SOME_FAILED if failed else EXIT_OK


def _init(arguments: argparse.Namespace) -> int:
    from grader.authoring import init

    made = init(arguments.folder)
    print(f"a course with one assignment is in '{made}'; its README says how to go on")
    return EXIT_OK


def _new_exercise(arguments: argparse.Namespace) -> int:
    from grader.authoring import new_exercise
    from grader.course.folder import open_course

    path = new_exercise(
        open_course(arguments.course),
        arguments.assignment,
        arguments.exercise,
        arguments.function,
        arguments.points,
    )
    print(f"'{path}' and three cells of the notebook are yours to fill in")
    return EXIT_OK


def _clean(arguments: argparse.Namespace) -> int:
    from grader.course.folder import open_course
    from grader.grading.answers import AnswerStore

    store = AnswerStore(open_course(arguments.course).state / "answers")
    deleted, kept = store.clean()
    print(f"{deleted} stored answers deleted, {kept} kept")
    return EXIT_OK


def _doctor(arguments: argparse.Namespace) -> int:
    from grader.commands.doctor import doctor_lines
    from grader.sandbox.probe import probe

    report = probe()
    print("\n".join(doctor_lines(report)))
    return EXIT_OK if report.level != "none" else EXIT_SOME_FAILED


def _demo(arguments: argparse.Namespace) -> int:
    from grader.grading import fork_server

    fork_server.start()  # its imports go on during ours
    from grader.commands.demo import run_demo

    return run_demo(
        Path(arguments.course),
        jobs=arguments.jobs,
        isolation=arguments.isolation,
        json_file=arguments.json,
    )


if __name__ == "__main__":
    sys.exit(main())
