# attack: 72
# title: a student whose folder name is HTML
# success: it acts in the feedback page
# kind: submission
# student: '<img src=x onerror=alert(1)>&lt;b&gt;'
# naive: page_ids
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
