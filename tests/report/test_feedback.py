"""What a student's page says: points, reasons, repairs, their own cells, and no more."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from grader.course.folder import Course
from grader.errors import UsageError
from grader.model import Mark
from grader.report.feedback import MAX_IMAGE_CHARACTERS, feedback_page, write_feedback
from grader.report.space import CELL_CHARACTERS

sys.path.insert(0, str(Path(__file__).parents[1] / "corpus"))
from corpus_page import CONTROLS, active_content
from report_records import HOSTILE, exercise, finding, record

PNG = "iVBORw0KGgoAAAANSUhEUgAA"
"""How a picture of this kind begins."""


def answer(number: int, source: str, *outputs: Any) -> Any:
    grader = {"grade_id": f"G08-{number}-f{number}-solution", "solution": True}
    return new_code_cell(source, metadata={"nbgrader": grader}, outputs=list(outputs))


class Sections(HTMLParser):
    """The text of a page by section; what lies in none is under ''."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: dict[str, str] = {"": ""}
        self._in = ""
        self.feed(page[page.index("<body") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._in = dict(attrs)["id"] or ""
            self.text[self._in] = ""

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == "section" else self._in

    def handle_data(self, data: str) -> None:
        self.text[self._in] += f"{data} "


def sections(*args: Any) -> dict[str, str]:
    """Return the sections of a page with single spaces."""
    found = Sections(feedback_page(*args)).text
    return {name: " ".join(text.split()) for name, text in found.items()}


def test_each_task_has_its_points_and_state() -> None:
    page = sections(record(exercise(1, 4), exercise(2, 1.5), exercise(3, 0)), {}, [])
    assert "5.5 of 12 points" in page[""]
    assert page["task-1"].startswith("G08.1 f1 ✓ right 4 / 4")
    assert page["task-2"].startswith("G08.2 f2 ◐ partly right 1.5 / 4")
    assert page["task-3"].startswith("G08.3 f3 ✗ not right yet 0 / 4")


def test_what_was_earned_is_named_where_it_is_only_some() -> None:
    page = sections(record(exercise(1, 4), exercise(2, 1.5), exercise(3, 0)), {}, [])
    assert "✓ earned: dW ✗ not earned: db" in page["task-2"]
    assert "earned" not in page["task-1"] + page["task-3"]


def test_a_part_stands_with_its_points() -> None:
    page = sections(record(exercise(1, 2.4, worth=(2.4, 1.6))), {}, [])
    assert "✓ earned: dW (2.4) ✗ not earned: db (1.6)" in page["task-1"]


def test_the_public_example_stands_below_its_sentence() -> None:
    shown = finding("Not yet.", example="x = [1]\ny, yours: <i>2</i>")
    page = feedback_page(record(exercise(1, 0, shown)), {}, [])
    assert '<pre class="example">x = [1]\ny, yours: &lt;i&gt;2&lt;/i&gt;</pre>' in page


def test_a_mistake_stands_with_its_output_code_and_lecture() -> None:
    place = "08_backpropagation#Bias-gradient"
    mistake = finding("db is a copy.", output="db", lecture=place)
    page = feedback_page(record(exercise(1, 2, mistake)), {}, [])
    text = " ".join(Sections(page).text["task-1"].split())
    assert "db : db is a copy. M08.1a" in text
    assert "lecture 08_backpropagation, “Bias gradient”" in text
    assert 'href="../../../lectures/08_backpropagation.ipynb#Bias-gradient"' in page
    assert page.count("lectures/08_backpropagation.ipynb") == 1


@pytest.mark.parametrize(("score", "links"), [(0, 1), (4, 0)])
def test_a_wrong_task_without_a_place_links_to_its_lecture(score: int, links: int) -> None:
    page = feedback_page(record(exercise(1, score)), {}, [])
    assert page.count('href="../../../lectures/08_backpropagation.ipynb"') == links


def test_a_remark_says_that_it_costs_nothing() -> None:
    page = sections(record(exercise(1, 4, finding("Loops.", remark=True))), {}, [])
    assert "Loops. M08.1a, a remark that costs nothing" in page["task-1"]


def test_an_answer_stands_under_its_task_with_its_output() -> None:
    cells = [
        answer(2, "def f2(): ...", new_output("stream", text="two says hello")),
        answer(1, "def f1(): ...", new_output("stream", text="\x1b[31mone\x1b[0m")),
    ]
    page = sections(record(exercise(1, 4), exercise(2, 0)), {}, cells)
    assert page["task-1"].endswith("def f1(): ... one")
    assert page["task-2"].endswith("def f2(): ... two says hello")


def test_an_untouched_answer_is_called_that() -> None:
    untouched = ["G08-1-f1-solution"]
    manual = {
        "G08-1-f1-solution": {"comment": "No response."},
        "D08-1": {"score": 0.0, "max_score": 5.0, "pending": False},
    }
    done = record(exercise(1, 0), exercise(2, 0), untouched=(*untouched, "D08-1"))
    page = sections(done, manual, [answer(1, "raise NotImplementedError")])
    assert page["task-1"].startswith("G08.1 f1 ✗ not filled in")
    assert "✗ not right yet" in page["task-2"]
    assert page["task-3"] == "D08-1 ✗ not filled in 0 / 5"
    assert "NotImplementedError" not in page["task-1"]
    assert "No response" not in page["task-1"]


def test_cells_of_the_course_are_not_shown_and_added_ones_are() -> None:
    test = {"grade_id": "G08-1-f1", "grade": True, "solution": False, "locked": True}
    mine = new_code_cell("print('mine')")
    mine["id"] = "added-1"
    cells = [
        new_code_cell("HIDDEN TEST SOURCE", metadata={"nbgrader": test}),
        new_markdown_cell("The task."),
        mine,
    ]
    page = feedback_page(record(exercise(1, 4)), {}, cells)
    assert "HIDDEN TEST SOURCE" not in page
    assert "The task." not in page
    assert "print(&#39;mine&#39;)" in page[page.index("Cells you added") :]


def test_repairs_and_limits_are_listed() -> None:
    done = record(exercise(1, 4), repairs=("restored a test",), limits=("cell 3 stopped",))
    page = sections(done, {}, [])
    assert "Put right in your notebook restored a test" in page[""]
    assert "Stopped before the end cell 3 stopped" in page[""]


def test_a_page_without_trouble_mentions_none() -> None:
    page = feedback_page(record(exercise(1, 4)), {}, [])
    for heading in ("Put right", "Stopped", "Could not", "Cells you added", "late"):
        assert heading not in page


def test_a_failed_submission_gives_its_reason_once() -> None:
    broken = exercise(1, 0, finding("The notebook is damaged.", code="damaged"))
    failed = record(broken, broken, status="pending", problem="the notebook is damaged: X")
    page = feedback_page(failed, {}, [])
    assert page.lower().count("the notebook is damaged") == 1
    assert "0</strong> of 8 points" in page


# --- what people add ---------------------------------------------------------------

DERIVATION = {
    "D08-1": {"score": 3.5, "max_score": 5.0, "pending": False, "comment": "Why so?"}
}


def test_points_and_comments_by_hand_count_and_stand_with_the_answer() -> None:
    grader = {"grade_id": "D08-1", "solution": True, "grade": True}
    text = new_markdown_cell("Because of the chain rule.", metadata={"nbgrader": grader})
    page = sections(record(exercise(1, 4)), DERIVATION, [text])
    assert "7.5 of 9 points" in page[""]
    assert page["task-2"] == (
        "D08-1 marked by hand 3.5 / 5 comment: Why so? Because of the chain rule."
    )


def test_what_waits_for_a_person_is_said() -> None:
    waiting = {"D08-1": {"score": None, "max_score": 5.0, "pending": True}}
    page = sections(record(exercise(1, 4)), waiting, [])
    assert "4 of 9 points tasks of 5 points are still being marked by hand" in page[""]
    assert "… waits to be marked by hand – / 5" in page["task-2"]


def test_points_by_hand_count_while_somebody_has_to_look_again() -> None:
    """The answer has changed since; so it is in nbgrader's total."""
    again = {"D08-1": {"score": 4.5, "max_score": 5.0, "pending": True}}
    page = sections(record(exercise(1, 4)), again, [])
    assert "8.5 of 9 points tasks of 5 points are still" in page[""]
    assert "… waits to be marked by hand 4.5 / 5" in page["task-2"]


def test_points_that_a_person_gave_for_a_function_count_instead() -> None:
    manual = {
        "G08-1-f1": {"score": 3.0, "max_score": 4.0, "pending": False},
        "G08-1-f1-solution": {"comment": "The idea is right."},
    }
    page = sections(record(exercise(1, 0, finding())), manual, [])
    assert "3 of 4 points" in page[""]
    assert "marked by hand 3 / 4" in page["task-1"]
    assert "comment: The idea is right." in page["task-1"]


def test_name_and_penalty_come_from_the_class_list() -> None:
    mark = Mark(
        student="ada",
        first_name="小明",
        last_name="王",
        assignment="a07_backpropagation",
        submitted=True,
        raw_score=4.0,
        penalty=1.5,
        max_score=4.0,
    )
    page = sections(record(exercise(1, 4)), {}, [], mark)
    assert "a07_backpropagation · 小明 王 ada 2.5 of 4 points" in page[""]
    assert "1.5 points less for late work" in page[""]


# --- nothing acts ------------------------------------------------------------------


def hostile_page() -> str:
    outputs = [
        new_output("stream", text=HOSTILE),
        new_output("error", ename="E", evalue="", traceback=[HOSTILE]),
        new_output("display_data", {"text/html": f"<table><tr><td>{HOSTILE}</table>"}),
        new_output("display_data", {"text/plain": HOSTILE}),
        new_output("display_data", {"image/svg+xml": HOSTILE}),
        new_output(
            "display_data",
            {"image/png": '" onerror="alert(1)'},
            metadata={"image/png": {"alt": '" onerror="alert(1)'}},
        ),
    ]
    added = new_markdown_cell(HOSTILE)
    added["id"] = "added-1"
    mistake = finding(HOSTILE, output=HOSTILE)
    return feedback_page(
        record(
            exercise(1, 2, mistake, parts=((HOSTILE, True), ("b" + HOSTILE, False))),
            student=HOSTILE,
            repairs=(HOSTILE,),
            limits=(HOSTILE,),
        ),
        {"D": {"score": 1.0, "max_score": 1.0, "pending": False, "comment": HOSTILE}},
        [answer(1, HOSTILE, *outputs), added],
    )


def test_nothing_of_a_student_acts_on_the_page() -> None:
    page = hostile_page()
    assert active_content(page) == []
    assert page.count("alert(1)") > 12
    assert "script-src" not in page
    assert "default-src 'none'" in page


def test_a_table_keeps_its_cells_and_loses_its_attributes() -> None:
    rich = '<table class="x" style="position:fixed"><caption>c</caption><td id=a>7</table>'
    output = new_output("display_data", {"text/html": rich, "text/plain": "plain"})
    page = feedback_page(record(exercise(1, 4)), {}, [answer(1, "", output)])
    assert "<table><caption>c</caption>" in page
    assert "<td>7</td>" in page


def test_costly_html_is_shown_as_text() -> None:
    output = new_output("display_data", {"text/html": "<b>" * 3000, "text/plain": "plain"})
    page = feedback_page(record(exercise(1, 4)), {}, [answer(1, "", output)])
    assert ">plain</pre>" in page


def test_a_figure_keeps_its_description() -> None:
    alt = {"image/png": {"alt": 'A "curve"'}}
    figure = new_output("display_data", {"image/png": f"{PNG}\n"}, metadata=alt)
    page = feedback_page(record(exercise(1, 4)), {}, [answer(1, "", figure)])
    assert f'<img alt="A &#34;curve&#34;" src="data:image/png;base64,{PNG}">' in page


def test_a_figure_too_large_is_left_out_and_its_size_said() -> None:
    large = new_output("display_data", {"image/png": PNG + "A" * MAX_IMAGE_CHARACTERS})
    page = feedback_page(record(exercise(1, 4)), {}, [answer(1, "", large)])
    assert "<img" not in page
    assert "A figure of 1.5 MB is not shown; the notebook has it." in page


# --- pages are bounded -------------------------------------------------------------


def added(number: int, source: str, *outputs: Any) -> Any:
    cell = new_code_cell(source, outputs=list(outputs))
    cell["id"] = f"added-{number}"
    return cell


def test_a_long_source_is_cut_and_the_page_says_how_much() -> None:
    long = "'" * (CELL_CHARACTERS + 5)
    page = feedback_page(record(exercise(1, 4)), {}, [answer(1, long)])
    assert page.count("&#39;") == CELL_CHARACTERS
    assert "The page shows 20,000 of 20,005 characters; the notebook has all" in page


def test_a_source_that_fits_is_whole_and_nothing_is_said() -> None:
    page = feedback_page(record(exercise(1, 4)), {}, [answer(1, "'" * CELL_CHARACTERS)])
    assert page.count("&#39;") == CELL_CHARACTERS
    assert "characters" not in page


def test_a_page_of_a_flood_stays_small() -> None:
    """Sources, streams, tables, figures, repairs and limits, all at their limits."""
    quotes = "'" * 1_000_000
    outputs = [
        *(new_output("stream", text=quotes) for _ in range(3)),
        new_output("display_data", {"text/html": "<td>" + "&" * 40_000}),
        new_output("display_data", {"image/png": PNG + "A" * 1_000_000}),
        new_output("error", ename="E", evalue="", traceback=[quotes]),
    ]
    cells = [answer(1, quotes, *outputs), *(added(i, quotes, *outputs) for i in range(300))]
    flood = record(exercise(1, 4), repairs=("r" * 99,) * 9000, limits=("l" * 99,) * 9000)
    page = feedback_page(flood, {}, cells)
    assert len(page) < 6_000_000
    assert "The page shows 0 of 1,000,000 characters" in page
    assert "200 further cells are in the notebook." in page
    assert page.count("and 8,950 more") == 2


def test_answers_come_before_cells_that_were_added() -> None:
    """A flood of added cells takes no room from the answers."""
    flood = [added(i, "x" * CELL_CHARACTERS) for i in range(90)]
    page = feedback_page(record(exercise(1, 4)), {}, [*flood, answer(1, "my answer")])
    assert "my answer" in page


def test_control_characters_are_on_no_page() -> None:
    codes = "\x1b]0;t\x07\x1b[2J\x9b1A\u202e\x08ok"
    cells = [answer(1, codes, new_output("stream", text=codes)), added(1, codes)]
    done = record(
        exercise(1, 2, finding(codes, output=codes)), repairs=(codes,), student=codes
    )
    page = feedback_page(done, {}, cells)
    assert not CONTROLS.search(page)
    assert page.count(">ok") >= 4


def test_a_page_needs_a_released_assignment(course: Course) -> None:
    with pytest.raises(UsageError, match="'hw9' is not in the gradebook"):
        write_feedback(course, "hw9")


def test_a_page_needs_a_result(course: Course) -> None:
    with pytest.raises(UsageError, match="of 'nobody' has not been graded"):
        write_feedback(course, "a07_backpropagation", ("nobody",))
