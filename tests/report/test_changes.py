"""After another run, whose score or sentence changed, from what to what."""

from __future__ import annotations

from dataclasses import replace

from report_records import HOSTILE, exercise, finding, record

from grader.course.folder import Course
from grader.report.changes import Change, changes, said, stale_pages, write_changes

RIGHT, WRONG = exercise(1, 4.0), exercise(1, 1.0, finding("The sign is wrong."))
OTHER = exercise(2, 4.0)


def test_the_same_is_no_change() -> None:
    before = record(WRONG, OTHER, seconds=1.0)
    assert changes(before, replace(before, seconds=2.0, executed=False)) == ()


def test_a_score_and_its_sentence() -> None:
    (change,) = changes(record(WRONG, OTHER), record(RIGHT, OTHER))
    assert (change.student, change.exercise, change.function) == ("ada", "G08.1", "f1")
    assert (change.before, change.after, change.max_score) == (1.0, 4.0, 4.0)
    assert (change.gone, change.new) == (("The sign is wrong.",), ())


def test_a_sentence_alone() -> None:
    reworded = exercise(1, 1.0, finding("The sign of dW is wrong."))
    (change,) = changes(record(WRONG), record(reworded))
    assert change.before == change.after
    assert change.gone == ("The sign is wrong.",)
    assert change.new == ("The sign of dW is wrong.",)


def test_an_exercise_that_was_added() -> None:
    (change,) = changes(record(RIGHT), record(RIGHT, OTHER))
    assert (change.exercise, change.before, change.after) == ("G08.2", 0.0, 4.0)


def test_what_can_be_read_again_and_no_longer() -> None:
    unread = record(exercise(1, 0.0), status="pending", problem="no JSON")
    (back,) = changes(unread, record(RIGHT))
    assert (back.exercise, back.before, back.after) == ("", 0.0, 4.0)
    assert (back.gone, back.new) == (("no JSON",), ())
    (lost,) = changes(record(RIGHT), unread)
    assert (lost.gone, lost.new) == ((), ("no JSON",))


def change(student: str, before: float, after: float, **fields: object) -> Change:
    made = Change(student=student, before=before, after=after, max_score=4.0)
    return replace(made, **fields)


def test_one_sentence_says_how_many() -> None:
    up, same = change("ada", 1, 4), change("bob", 1, 1)
    assert said([up], []) == "the score of 1 student changed"
    assert said([same], []) == "only the sentences for 1 student changed"
    assert said([up, up, same, change("eve", 2, 1)], ["ada"]) == (
        "the score of 2 students and only the sentences for 1 student changed; "
        "1 feedback page is out of date"
    )


def test_the_page_lists_them_and_runs_nothing(own_course: Course) -> None:
    page = own_course.feedback("bob", "a07")
    page.parent.mkdir(parents=True)
    page.touch()
    found = [
        change("bob", 1, 4, exercise="G08.1", function="f1", gone=(HOSTILE,)),
        change("ada", 0, 0, new=("no JSON",)),
    ]
    stale = stale_pages(own_course, "a07", found)
    assert stale == ["bob"]
    text = write_changes(own_course, "a07", found, stale).read_text("utf-8")
    assert text.index("ada") < text.index("bob")
    assert "<code>grader feedback a07</code> renews them: bob." in text
    assert "1 / 4" in text
    assert HOSTILE not in text
    assert text.count("<script>") == 1  # its own, which sorts tables
