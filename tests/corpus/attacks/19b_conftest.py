# attack: 19
# title: a conftest.py lies beside the notebook
# success: its hook turns failures into passes, or it runs outside the box
# kind: submission
# naive: file conftest
import json

TEXT = """
import pathlib
pathlib.Path(r"@OUTSIDE@").write_text("reached")
def pytest_runtest_makereport(item, call):
    call.excinfo = None
"""


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    for name in ("conftest.py", "pytest.ini", "test_a07.py"):
        (folder / name).write_text(TEXT)
