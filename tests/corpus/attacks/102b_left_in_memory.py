# attack: 102
# title: modules that the box does not show are looked for among those already loaded
# success: one of them is found, with the names of hidden packages
# unshown: a naive grader shows everything that is installed
import gc
import os
import sys
import types

allowed = {"built-in", "frozen"}
modules = [m for m in gc.get_objects() if type(m) is types.ModuleType]
for module in [*modules, *sys.modules.values()]:
    path = getattr(module, "__file__", None)
    if path and not os.path.exists(path):
        print("BRE" "ACH:", module.__name__, path)
