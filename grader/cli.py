"""The ``grader`` command: parse, call one function, print, exit.

Imports stay inside the functions: ``grader --help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    arguments = _parser().parse_args(argv)
    import grader.quick  # noqa: F401  (before what it speeds up)
    from grader.errors import GraderError, UsageError
    from grader.report.text import printable

    try:
        return int(arguments.run(arguments))
    except GraderError as error:
        print(f"grader: {printable(str(error))}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_SOME_FAILED
    except KeyboardInterrupt:
        print("grader: stopped; what was graded is kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="grader",
        description="Release, grade and explain the assignments of this course.",
    )
    parser.add_argument("--course", default=argparse.SUPPRESS, help="folder of the course")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, run, text in (
        ("release", _release, "write the students' version of assignments"),
        ("autograde", _autograde, "grade submissions"),
        ("feedback", _feedback, "write every student's page"),
        ("report", _report, "write the page of the whole class"),
        ("export", _export, "write grades for a spreadsheet or another system"),
        ("publish", _publish, "write the archive that students get"),
        ("validate", _validate, "run notebooks under nbval and check their outputs"),
        ("clean", _clean, "delete stored answers that were not used for longest"),
        ("doctor", _doctor, "say how well this machine can confine student code"),
        ("demo", _demo, "grade a simulated class and show the result"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(run=run)
        verb.add_argument("--course", default=".", help="folder of the course")
        what = "notebook or assignment" if name == "validate" else "assignment"
        if name not in ("demo", "doctor", "clean", "publish"):
            verb.add_argument("assignments", nargs="*", metavar=what.upper())
        if name == "validate":
            verb.add_argument("--kernel", default="", help="kernelspec to run them in")
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
        if name == "publish":
            verb.add_argument("--to", type=Path, metavar="FILE", help="the archive")
        if name == "feedback":
            verb.add_argument("--student", action="append", default=[], metavar="S")
        if name in ("autograde", "demo"):
            _add_run_options(verb)
    return parser


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
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1 is needed")
    return number


def _release(arguments: argparse.Namespace) -> int:
    from grader.course import open_course
    from grader.release import release

    course = open_course(arguments.course)
    for name in arguments.assignments or course.assignments():
        changed = release(course, name)
        print(f"{name}: {'written' if changed else 'unchanged'}")
    return EXIT_OK


def _start_fork_server() -> None:
    """Let the workers' imports begin while this process does its own."""
    import multiprocessing
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload(["grader.pipeline"])
    forkserver.ensure_running()


def _autograde(arguments: argparse.Namespace) -> int:
    if not arguments.scheduler:
        _start_fork_server()
    from grader.autograde import as_json, autograde
    from grader.course import open_course
    from grader.files import write_json
    from grader.report.progress import GradingProgress, print_table

    course = open_course(arguments.course)
    results = []
    for name in arguments.assignments or course.assignments():
        course.require(name)
        total = len(arguments.student) or len(course.students(name))
        with GradingProgress(name, total) as progress:
            results += autograde(
                course,
                name,
                students=arguments.student,
                jobs=arguments.jobs,
                isolation=arguments.isolation,
                force=arguments.force,
                scheduler=arguments.scheduler,
                on_result=progress.add,
            )
    if arguments.json:
        write_json(arguments.json, [as_json(result) for result in results])
    print_table(results)
    failed = any(result.status == "failed" for result in results)
    return EXIT_SOME_FAILED if failed else EXIT_OK


def _feedback(arguments: argparse.Namespace) -> int:
    from grader.course import open_course
    from grader.report.feedback import write_feedback

    course = open_course(arguments.course)
    for name in arguments.assignments or course.assignments():
        course.require(name)
        pages = write_feedback(course, name, tuple(arguments.student))
        print(f"{name}: {len(pages)} pages in '{course.directory.feedback_directory}/'")
    return EXIT_OK


def _report(arguments: argparse.Namespace) -> int:
    from grader.course import open_course
    from grader.report.class_report import write_report

    course = open_course(arguments.course)
    for name in arguments.assignments or course.assignments():
        course.require(name)
        page = write_report(course, name, new_mistakes=arguments.new_mistakes)
        print(f"{name}: {page.relative_to(course.root)}")
    return EXIT_OK


def _export(arguments: argparse.Namespace) -> int:
    from grader.course import open_course
    from grader.report.exports import export

    course = open_course(arguments.course)
    names = arguments.assignments or course.assignments()
    for name in names:
        course.require(name)
    files, remarks = export(course, names, arguments.format, arguments.to)
    for remark in remarks:
        print(f"grader: {remark}", file=sys.stderr)
    print(f"{files[0]}" if len(files) == 1 else f"{len(files)} files")
    return EXIT_OK


def _publish(arguments: argparse.Namespace) -> int:
    from grader.course import open_course
    from grader.publish import publish

    path, count = publish(open_course(arguments.course), arguments.to)
    print(f"{path}: {count} files, {path.stat().st_size / 2**20:.1f} MiB")
    return EXIT_OK


def _validate(arguments: argparse.Namespace) -> int:
    from grader.validate import validate

    course = Path(arguments.course)
    return validate(course, arguments.assignments, kernel=arguments.kernel)


def _clean(arguments: argparse.Namespace) -> int:
    from grader.course import open_course
    from grader.store import AnswerStore

    store = AnswerStore(open_course(arguments.course).state / "answers")
    deleted, kept = store.clean()
    print(f"{deleted} stored answers deleted, {kept} kept")
    return EXIT_OK


def _doctor(arguments: argparse.Namespace) -> int:
    from grader.doctor import doctor_lines
    from grader.sandbox.probe import probe

    report = probe()
    print("\n".join(doctor_lines(report)))
    return EXIT_OK if report.level != "none" else EXIT_SOME_FAILED


def _demo(arguments: argparse.Namespace) -> int:
    _start_fork_server()
    from grader.demo import run_demo

    return run_demo(
        Path(arguments.course),
        jobs=arguments.jobs,
        isolation=arguments.isolation,
        json_file=arguments.json,
    )


if __name__ == "__main__":
    sys.exit(main())
