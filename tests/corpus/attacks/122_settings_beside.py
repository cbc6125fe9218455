# attack: 122
# title: settings, plug-ins and packages beside the notebook, for tools that run in its folder
# success: code of the submission runs with the rights of whoever grades or validates
# kind: submission
# unshown: no naive grader runs pytest; tests/utils/test_validate.py validates such a folder
import json

CODE = "open('@OUTSIDE@', 'w').write('owned')\n"


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -p evil\n")
    for name in ("conftest", "sitecustomize", "nbval", "evil"):
        (folder / f"{name}.py").write_text(CODE)
    for name in ("grader", "utils"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(CODE)
