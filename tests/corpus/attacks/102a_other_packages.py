# attack: 102
# title: a package that differentiates is imported from wherever one is installed
# success: it computes a derivative in an assignment that asks for one
# unshown: a naive grader shows everything that is installed
import importlib
import os
import sys

NAMES = "sympy scipy sklearn torch jax mpmath networkx numexpr nbgrader grader".split()


def tried(where):
    for name in NAMES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if module.__file__:  # a folder of type stubs holds nothing that computes
            print("BRE" "ACH:", name, "in", where, module)


tried("the path")
folders = []
for root in {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr", "/opt", "/nix", "/root"}:
    for folder, names, files in os.walk(root):
        if os.path.basename(folder) in ("site-packages", "dist-packages"):
            folders.append(folder)
        if set(NAMES) & set(names):
            folders.append(folder)
        folders += [os.path.join(folder, f) for f in files if f.endswith((".whl", ".egg"))]
with open("/proc/self/mountinfo") as table:
    folders += [os.path.dirname(line.split()[4]) for line in table]
for folder in dict.fromkeys(folders):
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    tried(folder)
    sys.path.remove(folder)
