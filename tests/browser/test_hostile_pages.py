"""Whoever opens what a hostile student handed in tells nobody and runs nothing."""

from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lab import ANSWER_MS, Account

from grader.course.assignment import copy_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import CourseGradebook

pytestmark = [
    *(pytest.mark.browser, pytest.mark.kernel, pytest.mark.slow),
    pytest.mark.usefixtures("can_confine"),
]

ROOT = Path(__file__).parents[2]
NAME = "a07_backpropagation"
STUDENT = "mallory"
SETTLE_MS = 1500
"""How long a page is watched once all it loads is there."""
OWNED = "untitled.owned"
SCRIPT = (
    "window.ran=1;fetch('/api/contents/',{method:'POST',body:JSON.stringify({type:'file',"
    "ext:'.owned'}),headers:{'X-XSRFToken':(document.cookie.match(/_xsrf=([^;]*)/)||[])[1]"
    "}});fetch('@SERVER@/script')"
)
MARKDOWN = """My derivation begins here.

<img src="@SERVER@/tag" onerror="@SCRIPT@"> <svg onload="@SCRIPT@"></svg>
<script>@SCRIPT@</script> <iframe src="@SERVER@/frame"></iframe>

![a](@SERVER@/image) ![b][r] ![r] [a](javascript:alert(1)) [b](javascript&colon;alert(1))
![c](<@SERVER@/angle>) [![d](@SERVER@/inner)](x) $\\href{javascript:alert(1)}{x}$
$\\bbox[background:url(@SERVER@/bbox)]{x} \\style{background:url(@SERVER@/style)}{x}$

[r]: @SERVER@/reference

```mermaid
</pre><img src="@SERVER@/mermaid" onerror="@SCRIPT@">
```

![f](attachment:loads.svg) ![g](attachment:acts.svg) ![h](beside.svg) ![i](page.png)
![j](data:image/svg+xml;base64,@PACKED@) <img src="attachment:loads.svg" onload="@SCRIPT@">

My derivation ends here.
"""
LOADING = (
    '<svg xmlns="http://www.w3.org/2000/svg"><style>@import url(@SERVER@/import)</style>'
    '<image href="@SERVER@/image-in-svg"/><a href="javascript:alert(1)"><text>x</text></a>'
    '<rect onload="@SCRIPT@" width="9" height="9" fill="red"/></svg>'
)
"""Drawn as an image it is a red square, and nothing else happens."""
ACTING = LOADING.replace("</svg>", "<script>@SCRIPT@</script></svg>")
OUTPUTS = """from IPython.display import HTML, Markdown, SVG, display
display(HTML('<table><tr><td>a cell<img src="@SERVER@/output"></td></tr></table>'))
display(HTML('<img src=x onerror="window.ran=1">'), Markdown("![a](@SERVER@/markdown)"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><image href='@SERVER@/svg'/></svg>"))
print("\\x1b]0;title\\x07printed")
"""
HONEST = """By the chain rule $\\frac{dL}{dx} = \\sum_{i<n} \\delta_i w_i$, 因此:

| case | slope |
|---|---|
| a<b | 1 |
| a > b | 0 |

```python
if a[1] <= 0 and a<b:
    return W.T @ delta
```

> R&D says **so**; `x<0` and H<sub>2</sub>O
"""


class Listener:
    """A server that nobody may ask for anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(404)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def filled(self, text: str) -> str:
        """Put address and script into a text."""
        packed = base64.b64encode(
            LOADING.replace("@SCRIPT@", SCRIPT).replace("@SERVER@", self.address).encode()
        ).decode()
        text = text.replace("@PACKED@", packed)
        return text.replace("@SCRIPT@", SCRIPT).replace("@SERVER@", self.address)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@dataclass
class Seen:
    """What opening one page did."""

    asked: list[str]
    ran: bool
    dialogs: list[str] = field(default_factory=list)
    script_links: int = 0
    owned: bool = False

    @property
    def harm(self) -> bool:
        return bool(
            self.asked or self.ran or self.dialogs or self.script_links or self.owned
        )


class Desk:
    """An instructor with one hostile and one honest submission."""

    def __init__(self, folder: Path, browser: Any, listener: Listener) -> None:
        self.browser, self.listener = browser, listener
        work = folder / "course"
        copy_assignment(open_course(ROOT), NAME, work / "solutions")
        shutil.copy(ROOT / CONFIG_NAME, work)
        self.account = Account.create(folder / "instructor", work)
        self.account.run("grader", "release", NAME)
        self.course: Course = open_course(work)
        self.submitted = self._hand_in(STUDENT, MARKDOWN)
        self._hand_in("honest", HONEST)
        self.account.run("grader", "autograde", NAME)
        self.account.run("grader", "feedback", NAME)

    def _hand_in(self, student: str, derivation: str) -> Path:
        notebook = json.loads(self.course.released(NAME).read_text("utf-8"))
        text = self.listener.filled(derivation)
        for cell in notebook["cells"]:
            if "derivation" in cell["metadata"].get("nbgrader", {}).get("grade_id", ""):
                cell["source"] = text
                cell["attachments"] = self._attachments()
        if student == STUDENT:
            first = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": text}
            first["attachments"] = self._attachments()
            raw = {**first, "id": "r", "cell_type": "raw"}
            code = {"id": "c", "cell_type": "code", "metadata": {}}
            code |= {"outputs": [], "execution_count": None}
            code["source"] = self.listener.filled(OUTPUTS)
            notebook["cells"][:0] = [first, code, raw]
        path = self.course.submission(student, NAME) / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), "utf-8")
        if student == STUDENT:
            filled = self.listener.filled
            path.with_name("beside.svg").write_text(filled(LOADING))
            path.with_name("page.png").write_text(filled(f"<html>{ACTING}</html>"))
            path.with_name("unused.svg").write_text(filled(LOADING))
        return path

    def _attachments(self) -> dict[str, dict[str, str]]:
        pack = {"loads.svg": LOADING, "acts.svg": ACTING}
        return {
            name: {
                "image/svg+xml": base64.b64encode(
                    self.listener.filled(svg).encode()
                ).decode()
            }
            for name, svg in pack.items()
        }

    def written(self, student: str = STUDENT) -> Path:
        return self.course.autograded(student, NAME) / f"{NAME}.ipynb"

    def form(self, student: str = STUDENT) -> str:
        """Return where formgrader shows a submission."""
        with CourseGradebook(self.course) as gradebook:
            found = gradebook._book.find_submission_notebook(NAME, NAME, student)
            return f"formgrader/submissions/{found.id}/"

    def visit(self, address: str, wait_for: str) -> Seen:
        """Open an address, wait for an element in view, and see what happens."""
        self.listener.asked.clear()
        dialogs: list[str] = []
        with self.browser.new_page(viewport={"width": 1100, "height": 2400}) as page:
            page.set_default_timeout(ANSWER_MS)
            page.on("dialog", lambda shown: (dialogs.append(shown.message), shown.accept()))
            page.goto(address, wait_until="domcontentloaded")
            page.locator(wait_for).locator("visible=true").first.wait_for()
            page.wait_for_timeout(SETTLE_MS)
            links = page.locator("a").evaluate_all(
                "found => found.filter(a => /^(javascript|vbscript|data):/i.test("
                "(a.href.baseVal ?? a.href).trim())).length"
            )
            ran = bool(page.evaluate("window.ran === 1"))
        owned = self.course.root / OWNED
        seen = Seen(list(self.listener.asked), ran, dialogs, links, owned.exists())
        owned.unlink(missing_ok=True)
        return seen


@pytest.fixture
def desk(tmp_path: Path, browser: Any, listener: Listener) -> Desk:
    return Desk(tmp_path, browser, listener)


FORM = ".rendered_html:has-text('My derivation begins here')"
LAB = ".jp-RenderedMarkdown:has-text('My derivation begins here')"
PAGE = "pre:has-text('My derivation begins here')"


def test_no_page_asks_anybody_or_runs_anything(desk: Desk, tmp_path: Path) -> None:
    page, raw = desk.course.feedback(STUDENT, NAME), tmp_path / "raw.html"
    raw.write_text("<!doctype html>" + desk.listener.filled(MARKDOWN), "utf-8")
    with desk.account.jupyterlab() as address:
        form = f"{address}/{desk.form()}"
        lab = f"{address}/lab/tree/{desk.written().relative_to(desk.course.root)}"
        for place, shown in ((form, FORM), (lab, LAB), (page.as_uri(), PAGE)):
            seen = desk.visit(place, shown)
            assert not seen.harm, (place, seen)

        # the eyes see: the same places with what was handed in
        shutil.copy(desk.submitted, desk.written())
        seen = desk.visit(form, FORM)
        assert seen.ran
        assert seen.owned
        assert seen.script_links
        assert "/image" in seen.asked
        assert "/image" in desk.visit(lab, LAB).asked
        assert desk.visit(raw.as_uri(), "body:has-text('My derivation')").ran


def test_what_an_honest_student_wrote_looks_as_before(desk: Desk) -> None:
    with desk.account.jupyterlab() as address, desk.browser.new_page() as page:
        page.goto(f"{address}/{desk.form('honest')}")
        cell = page.locator(".nbgrader_cell", has_text="By the chain rule")
        assert cell.locator("td").all_inner_texts() == ["a< b", "1", "a > b", "0"]
        assert "if a[1] <= 0 and a< b:\n" in cell.locator("pre").inner_text()
        assert cell.locator("code").last.inner_text() == "x<0"
        assert cell.locator("sub").inner_text() == "2"
        assert cell.locator("blockquote strong").inner_text() == "so"
