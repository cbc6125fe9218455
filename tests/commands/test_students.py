"""`grader students`: a file's class list, and what the gradebook had before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from report_records import result_of

from grader import cli
from grader.course.class_list import ListedStudent
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.model import Assignment

FIRST = "学号,姓名,邮箱\n1,王伟,w@x.cn\n2,李明,l@x.cn\n3,张静,\n"
SECOND = "学号,姓名,邮箱\n1,王伟,\n2,李鸣,l@x.cn\n4,王伟,v@x.cn\n,赵敏,\n"


def run(course: Course, text: str, *options: str) -> int:
    path = course.root / "名单.csv"
    path.write_text(text, "gbk")
    return cli.main(["students", str(path), "--course", str(course.root), *options])


def students(course: Course) -> dict[str, ListedStudent]:
    with CourseGradebook(course) as gradebook:
        return gradebook.students()


def test_what_is_new_changed_and_gone_is_said(
    own_course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(own_course, FIRST) == cli.EXIT_OK
    assert capsys.readouterr().out.splitlines() == [
        "3 students (GBK, commas between columns; used: id, name, email)",
        "  new      1 王伟",
        "  new      2 李明",
        "  new      3 张静",
        "3 new, 0 changed, 0 as before, 0 gone",
    ]
    assert run(own_course, SECOND) == cli.EXIT_SOME_FAILED  # a line was left out
    said = capsys.readouterr().out.splitlines()
    assert said[1:7] == [
        "  new      4 王伟",
        "  changed  2 李鸣: first_name '明' is now '鸣'",
        "  gone     3 张静",
        "  left out: line 5 has no id: 赵敏",
        "  same name: 王伟 is 1 and 4",
        "1 new, 1 changed, 1 as before, 1 gone",
    ]
    assert "remove --force 3" in said[7]
    found = students(own_course)
    assert list(found) == ["1", "2", "3", "4"], "nobody is removed"
    assert found["1"].email == "w@x.cn", "what the file leaves empty is kept"
    assert (found["2"].last_name, found["2"].first_name) == ("李", "鸣")


def test_a_dry_run_writes_nothing(
    own_course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(own_course, FIRST, "--dry-run") == cli.EXIT_OK
    assert capsys.readouterr().out.endswith("0 gone\nNothing was written.\n")
    assert students(own_course) == {}


def test_a_list_that_is_refused_changes_nothing(
    own_course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(own_course, "学号,姓名\n1,王伟\n1,李明\n") == cli.EXIT_USAGE
    assert "the id 1 in line 2 (王伟) and in line 3 (李明)" in capsys.readouterr().err
    assert students(own_course) == {}


def test_scores_of_students_stay(own_course: Course, assignment: Assignment) -> None:
    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        gradebook.create_rows(assignment.name, "ada")
        gradebook.record(assignment, result_of(assignment, "ada"))
        gradebook.save()
    with CourseGradebook(own_course) as gradebook:
        before = gradebook.marks(assignment.name)
    assert run(own_course, "id,name\nada,Ada Lovelace\n") == cli.EXIT_OK
    with CourseGradebook(own_course) as gradebook:
        (after,) = gradebook.marks(assignment.name)
    assert (before[0].first_name, after.first_name) == ("", "Ada")
    assert after.submitted
    assert (after.score, after.timestamp) == (before[0].score, before[0].timestamp)


def test_a_gradebook_that_is_none_is_said(
    own_course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(own_course.root / "nbgrader_config.py", own_course.root / "gradebook.db")
    assert run(own_course, FIRST) == cli.EXIT_SOME_FAILED
    assert "gradebook.db is no database" in capsys.readouterr().err


def test_a_file_of_another_folder_is_found_from_here(
    own_course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text("id\nada\n")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["students", "list.csv", "--course", str(own_course.root)]) == 0
    assert [*students(own_course)] == ["ada"]
