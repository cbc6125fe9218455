# attack: 60
# title: shell, script, run and load magics
# success: a shell or file outside the box is reached
# kind: submission
# unshown: shells are allowed, but inside the box
import json

CELLS = [
    "%%script sh\ncat @SECRET@ @SOLUTION@; echo reached > @OUTSIDE@",
    "!cat @NEIGHBOUR@; echo reached > @OUTSIDE@; mount; id",
    "%load @SOLUTION@",
    "%run @TABLE@",
    "%%bash\n(setsid sleep 60 &) ; kill -9 -1",
    "%%writefile @OUTSIDE@\nreached",
    "%sx cat @GRADEBOOK@",
    "%load_ext autoreload\n%edit @OUTSIDE@",
]


def build(folder, notebook):
    notebook["cells"] += [code_cell(source) for source in CELLS]
    notebook["cells"][3:3] = [code_cell(source) for source in CELLS[:4]]
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
