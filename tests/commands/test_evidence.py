"""What is handed in for a person reaches whoever marks, and the student's own page."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in, solutions
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.model import Result
from grader.report.feedback import write_feedback

pytestmark = pytest.mark.kernel

NAME = "a07_backpropagation"
CELL = "D08-1-derivation"
BLANK = "YOUR ANSWER HERE"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PACKED = base64.b64encode(PNG).decode()


@pytest.fixture
def own(new_course: Callable[..., Course], tmp_path: Path) -> Course:
    return new_course(tmp_path)


def submit(course: Course, student: str, **changed: Any) -> Path:
    """Hand in right answers, with a derivation of these fields; return the folder."""
    hand_in(course, Person(student, solutions(course)))
    folder = course.submission(student, NAME)
    path = folder / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if grade_id(cell) == CELL:
            cell.update(changed)
    path.write_text(json.dumps(notebook), "utf-8")
    return folder


def graded(course: Course) -> dict[str, Result]:
    return {r.student: r for r in autograde(course, NAME, jobs=1, isolation="none")}


def cells(course: Course, student: str) -> list[dict[str, Any]]:
    path = course.autograded(student, NAME) / f"{NAME}.ipynb"
    return json.loads(path.read_text("utf-8"))["cells"]


def is_pending(course: Course, student: str) -> bool:
    with CourseGradebook(course) as gradebook:
        return bool(gradebook.recorded(NAME, student)[CELL]["pending"])


def test_pictures_of_every_origin_reach_marker_and_student(own: Course) -> None:
    attached = {"attachments": {"p.png": {"image/png": PACKED}}}
    submit(own, "attached", source="See ![p](attachment:p.png)", **attached)
    submit(own, "embedded", source=f"See ![p](data:image/png;base64,{PACKED})")
    folder = submit(own, "beside", source="See ![p](推导.png)")
    (folder / "推导.png").write_bytes(PNG)
    folder = submit(own, "below", source="See ![p](images/p.png)")
    (folder / "images").mkdir()
    (folder / "images" / "p.png").write_bytes(PNG)
    for student, result in graded(own).items():
        (answer,) = (cell for cell in cells(own, student) if cell["id"] == CELL)
        ((name, forms),) = answer["attachments"].items()
        assert forms == {"image/png": PACKED}, student
        assert answer["source"] == f"See ![p](attachment:{name})"
        assert result.repairs == ()
        assert is_pending(own, student)
    assert (own.autograded("beside", NAME) / "推导.png").read_bytes() == PNG
    for page in write_feedback(own, NAME):
        assert f'src="data:image/png;base64,{PACKED}"' in page.read_text("utf-8")


def test_a_picture_beside_an_empty_answer_is_a_persons_business(own: Course) -> None:
    folder = submit(own, "wang", source=BLANK)
    (folder / "photo.png").write_bytes(PNG)
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4")
    (folder / "text.docx").write_bytes(b"PK")
    submit(own, "empty", source=BLANK)
    results = graded(own)
    assert is_pending(own, "wang")
    assert not is_pending(own, "empty")
    assert CELL in results["empty"].untouched
    said = " ".join(results["wang"].repairs)
    assert f"'{CELL}' is empty, and a file beside the notebook may answer it" in said
    assert "not shown with it: 'text.docx'" in said
    ids = [cell["id"] for cell in cells(own, "wang")]
    (below,) = (c for c in cells(own, "wang") if c["id"] == ids[ids.index(CELL) + 1])
    assert "![photo.png](attachment:" in below["source"]
    assert "[scan.pdf](scan.pdf#" in below["source"]
    assert "text.docx" in below["source"]
    assert (own.autograded("wang", NAME) / "scan.pdf").is_file()
    (page,) = write_feedback(own, NAME, ("wang",))
    assert PACKED in page.read_text("utf-8")


def test_another_picture_beside_the_same_text_is_marked_again(own: Course) -> None:
    folder = submit(own, "wang", source="See ![p](p.png)")
    (folder / "p.png").write_bytes(PNG)
    graded(own)
    with CourseGradebook(own) as gradebook:
        grade = gradebook._book.find_grade(CELL, NAME, NAME, "wang")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.save()
    graded(own)
    assert not is_pending(own, "wang")
    (folder / "p.png").write_bytes(PNG + b"\0")
    graded(own)
    assert is_pending(own, "wang")


def test_figures_of_every_form_reach_the_marker(own: Course) -> None:
    folder = submit(own, "wang")
    path = folder / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    svg = "import matplotlib_inline.backend_inline as b; b.set_matplotlib_formats('svg')"
    large = "import numpy as np; import matplotlib.pyplot as plt\n"
    large += "plt.figure(figsize=(6, 6), dpi=300)\n"
    large += "plt.imshow(np.random.default_rng(0).random((1500, 1500)));"
    sources = {
        "large": f"%matplotlib inline\n{large}",
        "svg": f"{svg}\nplt.plot([1, 2]);",
        "film": "from IPython.display import HTML\nHTML('<script>f = \"data:image/png;"
        f"base64,{PACKED}\"</script>')",
    }
    notebook["cells"] += [
        {
            **{"cell_type": "code", "id": name, "metadata": {}, "outputs": []},
            **{"execution_count": None, "source": source},
        }
        for name, source in sources.items()
    ]
    path.write_text(json.dumps(notebook), "utf-8")
    graded(own)
    outputs = {
        name: cell["outputs"][-1]["data"]
        for cell in cells(own, "wang")
        for name, source in sources.items()
        if cell["source"] == source
    }
    assert len(outputs["large"]["image/png"]) > 2_000_000
    assert outputs["svg"]["text/html"].startswith("<img ")
    assert outputs["film"]["image/png"] == PACKED
    (page,) = write_feedback(own, NAME)
    text = page.read_text("utf-8")
    assert "data:image/svg+xml;base64," in text
    assert PACKED in text


def test_an_answer_above_the_empty_cell_waits_for_a_person(own: Course) -> None:
    """The cell of the task runs last, and defines the function again."""
    test, solution = "G08-6-sgd_epoch", "G08-6-sgd_epoch-solution"
    path = submit(own, "wang") / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    released = json.loads(own.released(NAME).read_text("utf-8"))
    (blank,) = (c for c in released["cells"] if grade_id(c) == solution)
    place = [grade_id(cell) for cell in notebook["cells"]].index(solution)
    own_cell = {**notebook["cells"][place], "id": "own", "metadata": {}}
    notebook["cells"][place : place + 1] = [own_cell, blank]
    path.write_text(json.dumps(notebook), "utf-8")
    result = graded(own)["wang"]
    assert result.status == "pending"
    assert result.scores[-1].findings[0].code == "overwritten"
    with CourseGradebook(own) as gradebook:
        recorded = gradebook.recorded(NAME, "wang")
    assert (recorded[test]["auto"], recorded[test]["pending"]) == (None, True)
    assert not recorded["G08-5-mlp_backward"]["pending"]


def grade_id(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def test_a_file_and_a_folder_of_one_name_cost_nobody_anything(own: Course) -> None:
    folder = submit(own, "wang", source="![](fig.png)")
    (folder / "fig.png").write_bytes(PNG)
    assert graded(own)["wang"].status == "graded"
    (folder / "fig.png").unlink()
    (folder / "fig.png").mkdir()
    (folder / "fig.png" / "x.png").write_bytes(PNG)
    assert graded(own)["wang"].status == "graded"
    assert (own.autograded("wang", NAME) / "fig.png" / "x.png").is_file()
    shutil.rmtree(folder / "fig.png")
    (folder / "fig.png").write_bytes(PNG)
    assert graded(own)["wang"].status == "graded"
    assert (own.autograded("wang", NAME) / "fig.png").is_file()


def test_no_picture_of_an_earlier_hand_in_is_left(own: Course) -> None:
    folder = submit(own, "wang", source="![](photo.png)")
    (folder / "photo.png").write_bytes(PNG)
    graded(own)
    assert (own.autograded("wang", NAME) / "photo.png").is_file()
    (folder / "photo.png").unlink()
    (result,) = graded(own).values()
    assert "'photo.png' was not handed in with the notebook" in result.repairs[0]
    assert not (own.autograded("wang", NAME) / "photo.png").exists()


def test_another_pdf_is_marked_again(own: Course) -> None:
    folder = submit(own, "wang", source=BLANK)
    for content, pending in ((b"%PDF-1", True), (b"%PDF-1", False), (b"%PDF-2", True)):
        (folder / "derivation.pdf").write_bytes(content)
        graded(own)
        assert is_pending(own, "wang") == pending
        with CourseGradebook(own) as gradebook:
            grade = gradebook._book.find_grade(CELL, NAME, NAME, "wang")
            grade.manual_score, grade.needs_manual_grade = 3.0, False
            gradebook.save()
