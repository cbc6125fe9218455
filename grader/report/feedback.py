"""The page one student gets: points, reasons, repairs, and their own cells."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bleach

from grader.course import Course
from grader.files import write_atomically
from grader.gradebook import CourseGradebook
from grader.model import ADDED_PREFIX
from grader.notebooks import read_source

MAX_IMAGE_CHARACTERS = 2_000_000
MAX_TABLES, MAX_TABLE_CHARACTERS, MAX_TAGS = 50, 50_000, 2000
"""HTML outputs shown on a page, and the size of one: cleaning takes quadratic time."""
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

STYLE = """
:root{color-scheme:light dark;--ok:#1a7f37;--bad:#b35900;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:0}
h2{font-size:1.15rem;margin:2rem 0 .4rem;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);
vertical-align:top}
td.points{white-space:nowrap;text-align:right}
pre{overflow-x:auto;background:#8881;padding:.6rem;font-size:.85rem;white-space:pre-wrap}
.ok{color:var(--ok)}.bad{color:var(--bad)}.code{opacity:.7;font-size:.85em}
ul{margin:.2rem 0;padding-left:1.2rem}img{max-width:100%}
.total{font-size:1.3rem}
@media print{body{max-width:none;margin:0}pre{white-space:pre-wrap}
details{display:block}}
@media (prefers-color-scheme:dark){:root{--ok:#3fb950;--bad:#f0883e}}
"""


def write_feedback(
    course: Course, assignment: str, students: tuple[str, ...] = ()
) -> list[Path]:
    """Write the page of every graded student; return the files.

    Pages lie where nbgrader's ``release_feedback`` looks for them.
    """
    folder = course.result("x", assignment).parent
    found = sorted(path.stem for path in folder.glob("*.json"))
    pages = []
    with CourseGradebook(course) as gradebook:
        for student in students or found:
            result = json.loads(course.result(student, assignment).read_text("utf-8"))
            manual = gradebook.manual_scores(assignment, student)
            notebook = course.autograded(student, assignment) / f"{assignment}.ipynb"
            cells = read_source(notebook).cells if notebook.is_file() else []
            path = course.feedback(student, assignment)
            write_atomically(path, feedback_page(result, manual, cells))
            pages.append(path)
    return pages


def feedback_page(
    result: dict[str, Any], manual: dict[str, dict[str, Any]], cells: Iterable[Any]
) -> str:
    """Return one self-contained HTML page.

    Args:
        result: a result as in ``--json``.
        manual: points and comments given by people, by grade id.
        cells: the executed notebook's cells.
    """
    title = f"{result['assignment']} · {result['student']}"
    own = [cell for cell in cells if _is_own(cell)]
    _drop_costly_html(own)
    by_hand = _manual_rows(result, manual)
    body = [
        f"<h1>{_text(title)}</h1>",
        _total(result, by_hand),
        _problem(result),
        _repairs(result["repairs"]),
        "<h2>Tasks</h2>",
        _task_table(result["exercises"], by_hand),
        "<h2>Your cells</h2>",
        *map(_cell, own),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:\">\n"
        f"<title>{_text(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _text(value: Any) -> str:
    return html.escape(str(value))


def _total(result: dict[str, Any], by_hand: list[tuple[str, dict[str, Any]]]) -> str:
    score = result["score"] + sum(e["score"] or 0 for _, e in by_hand)
    top = result["max_score"] + sum(e["max_score"] for _, e in by_hand)
    pending = any(e["pending"] for _, e in by_hand)
    note = " · part of it is still being marked by hand" if pending else ""
    return f'<p class="total"><strong>{score:g}</strong> of {top:g} points{note}</p>'


def _manual_rows(
    result: dict[str, Any], manual: dict[str, dict[str, Any]]
) -> list[tuple[str, dict[str, Any]]]:
    """Return what people mark: everything with points that is no exercise."""
    tests = {e["id"].replace(".", "-") + "-" + e["function"] for e in result["exercises"]}
    return [
        (key, entry)
        for key, entry in manual.items()
        if key not in tests and "max_score" in entry
    ]


def _problem(result: dict[str, Any]) -> str:
    if result["status"] != "failed":
        return ""
    reason = _text(result["problem"])
    return f'<p class="bad"><strong>Could not be graded:</strong> {reason}</p>'


def _repairs(repairs: list[str]) -> str:
    if not repairs:
        return ""
    items = "".join(f"<li>{_text(repair)}</li>" for repair in repairs)
    return f"<h2>Put right in your notebook</h2><ul>{items}</ul>"


def _task_table(
    exercises: list[dict[str, Any]], by_hand: list[tuple[str, dict[str, Any]]]
) -> str:
    rows = [_exercise_row(exercise) for exercise in exercises]
    for key, entry in by_hand:
        points = "…" if entry["pending"] else f"{entry['score'] or 0:g}"
        comment = entry.get("comment") or ("" if not entry["pending"] else "marked by hand")
        rows.append(
            f"<tr><td>{_text(key)}</td><td class=points>{points} / "
            f"{entry['max_score']:g}</td><td>{_text(comment)}</td></tr>"
        )
    head = "<tr><th scope=col>task<th scope=col>points<th scope=col>why</tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _exercise_row(exercise: dict[str, Any]) -> str:
    right = exercise["score"] == exercise["max_score"]
    mark = '<span class="ok">✓ right</span>' if right else ""
    items = "".join(_finding(finding) for finding in exercise["findings"])
    parts = [name for name, ok in exercise["parts"].items() if not ok]
    parts = parts if exercise["score"] else []
    missed = f'<div class="code">not earned: {_text(", ".join(parts))}</div>'
    link = "" if right else _lecture_link(exercise["lecture"])
    if any(finding["lecture"] for finding in exercise["findings"]):
        link = ""  # said more exactly beside the finding
    return (
        f"<tr><td>{_text(exercise['id'])} <code>{_text(exercise['function'])}</code></td>"
        f"<td class=points>{exercise['score']:g} / {exercise['max_score']:g}</td>"
        f"<td>{mark}{f'<ul>{items}</ul>' if items else ''}"
        f"{missed if parts and not right else ''}{link}</td></tr>"
    )


def _lecture_link(lecture: str) -> str:
    """Return where something is explained, as a link that works beside the lectures."""
    if not lecture:
        return ""
    page, _, anchor = lecture.partition("#")
    target = f"../../../lectures/{page}.ipynb" + (f"#{anchor}" if anchor else "")
    label = f"lecture {page}" + (f", “{_heading(anchor)}”" if anchor else "")
    return (
        f'<div class="code">explained in <a href="{_text(target)}">{_text(label)}</a></div>'
    )


def _heading(anchor: str) -> str:
    """Return an anchor as text: hyphens were spaces, but for those between digits."""
    return re.sub(r"-(?!\d)|(?<!\d)-", " ", anchor)


def _finding(finding: dict[str, Any]) -> str:
    where = f"<code>{_text(finding['output'])}</code>: " if finding["output"] else ""
    code = f' <span class="code">{_text(finding["code"])}</span>'
    link = _lecture_link(finding["lecture"])
    return f"<li>{where}{_text(finding['message'])}{code}{link}</li>"


def _is_own(cell: Any) -> bool:
    """Whether the student wrote a cell: an answer, or one they added."""
    answer = cell.metadata.get("nbgrader", {}).get("solution", False)
    return bool(answer) or cell["id"].startswith(ADDED_PREFIX)


def _drop_costly_html(cells: Iterable[Any]) -> None:
    """Leave of HTML outputs what can be cleaned in seconds; the others show as text."""
    outputs = (output for cell in cells for output in cell.get("outputs", ()))
    rich = [out["data"] for out in outputs if "text/html" in out.get("data", {})]
    for number, data in enumerate(rich):
        text = data["text/html"]
        large = len(text) > MAX_TABLE_CHARACTERS or text.count("<") > MAX_TAGS
        if large or number >= MAX_TABLES:
            del data["text/html"]


def _cell(cell: Any) -> str:
    if cell.cell_type != "code":
        return f"<pre>{_text(cell.source)}</pre>"
    outputs = "".join(_output(output) for output in cell.outputs)
    return f"<pre><code>{_text(cell.source)}</code></pre>{outputs}"


def _output(output: Any) -> str:
    """Return an output without anything that could act in a browser."""
    if output.output_type == "stream":
        return f"<pre>{_text(_ANSI.sub('', output.text))}</pre>"
    if output.output_type == "error":
        trace = _ANSI.sub("", "\n".join(output.traceback))
        return f'<pre class="bad">{_text(trace)}</pre>'
    image = output.data.get("image/png", "")
    if image and len(image) < MAX_IMAGE_CHARACTERS:
        data = re.sub(r"[^A-Za-z0-9+/=]", "", image)
        return f'<img alt="figure of this cell" src="data:image/png;base64,{data}">'
    if "text/html" in output.data:
        allowed = {
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "div",
            "strong",
            "ul",
            "li",
        }
        return str(bleach.clean(output.data["text/html"], tags=allowed, strip=True))
    return f"<pre>{_text(_ANSI.sub('', output.data.get('text/plain', '')))}</pre>"
