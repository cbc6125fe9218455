# attack: 19
# title: unittest and pytest count nothing as a failure
# success: points for wrong values
# naive: unittest
import unittest

unittest.TestResult.addFailure = lambda self, *a: None
unittest.TestResult.addError = lambda self, *a: None
unittest.TestCase.run = lambda self, result=None: result
try:
    import pytest

    pytest.fail = lambda *a, **k: None
except ImportError:
    pass
