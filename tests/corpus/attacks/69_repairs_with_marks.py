# attack: 69
# title: grade ids of look-alike letters, direction marks, newlines and HTML
# success: a repair message deceives, breaks the table or acts in the page
# kind: submission
# unshown: aims at this grader's repair messages
import json


def build(folder, notebook):
    odd = ["G08-2-hidden_\u0501elta", "\u202eatled", "a\nb\r\x1b[2J", "<script>alert(1)</script>"]
    for text in odd:
        data = {"grade_id": text, "grade": True, "points": 27, "solution": True}
        cell = code_cell("27.0", metadata={"nbgrader": {**data, "locked": True}})
        notebook["cells"].insert(0, cell)
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
