# attack: 24
# title: an import hook delivers the hidden tests
# success: points because its module is run instead
# naive: hidden_module
import importlib.abc
import importlib.util
import sys


class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name in ("hidden_tests", "base64", "struct", "grader", "torch"):
            return importlib.util.spec_from_loader(name, self)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.check = lambda *a, **k: True
        module.__getattr__ = lambda key: lambda *a, **k: 27.0


sys.meta_path.insert(0, Hook())
for name in ("base64", "struct"):
    sys.modules.pop(name, None)
