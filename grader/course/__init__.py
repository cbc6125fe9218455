"""A course's folder and all that lies in it: assignments, submissions, grades.

folder.py       what lies where, and what nbgrader_config.py says of it
notebooks.py    notebooks, a student's read with suspicion
submission.py   what one student handed in
candidates.py   which file of it is the notebook
beside.py       what lies beside that: pictures, PDFs
pictures.py     pictures of answers, wherever they came from
files.py        files of students read, files of ours written, without halves
assignment.py   one assignment: its notebook and its exercises
exercises.py    the files in solutions/*/exercises/
by_hand.py      exercises whose answers are a few numbers
blanks.py       what a release takes out of a solution
points_line.py  what it adds below a task: the points of its parts
class_list.py   who is in the class, as other systems say it
gradebook.py    nbgrader's database; no other module touches it
changes.py      which answers changed between two gradings
timestamps.py   when something was handed in, and whether that can be true

Import this package before nbformat and nbgrader. They load jsonschema, which builds a
grammar of internationalised addresses (0.9 s) where rfc3987_syntax can be imported. No
check of a notebook uses the grammar, so jsonschema is imported as if it could not.
"""

import importlib
import sys

_GRAMMAR = "rfc3987_syntax"

if "jsonschema" not in sys.modules and _GRAMMAR not in sys.modules:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # an import raises ImportError
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMAR]
