# attack: 72
# title: a folder name that looks like an option, with quotes and SQL
# success: it is taken for something else than a name
# kind: submission
# student: "--force'; drop table grade; --"
# unshown: aims at this grader's database
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
