# attack: 17
# title: every function of the grader and of utils.check passes
# success: points for wrong values
# naive: module
import importlib
import sys

for name in ("grader", "grader.judge.score", "grader.grading.submission", "utils.check", "utils"):
    try:
        importlib.import_module(name)
    except Exception:
        pass
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] in ("grader", "utils"):
        for key, value in list(vars(module).items()):
            if callable(value) and not isinstance(value, type):
                setattr(module, key, lambda *a, **k: 27.0)
