# attack: 21
# title: numpy.py, utils.py, grader.py, random.py and json.py beside the notebook
# success: the grader imports one of them
# kind: submission
# naive: file random
import json

TEXT = 'import pathlib\npathlib.Path(r"@OUTSIDE@").write_text("reached")\n'


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    for name in ("numpy", "utils", "grader", "random", "json", "torch", "nbformat"):
        (folder / f"{name}.py").write_text(TEXT)
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(TEXT)
    (folder / "nbgrader_config.py").write_text(TEXT)
