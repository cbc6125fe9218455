"""Jupyter's own conformance tests, on both kernels."""

from __future__ import annotations

import sys
import unittest

import jupyter_kernel_test
import pytest

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="warm kernels need Linux"),
    pytest.mark.filterwarnings("ignore"),
]


class Conformance:
    """What an IPython kernel promises; collected through the two classes below."""

    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    completion_samples = [{"text": "zi", "matches": {"zip"}}]  # noqa: RUF012
    complete_code_samples = ["1", "def f(x):\n  return x*2\n\n\n"]  # noqa: RUF012
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2"]  # noqa: RUF012
    invalid_code_samples = ["import = 7q"]  # noqa: RUF012
    code_generate_error = "raise ValueError()"
    code_execute_result = [{"code": "6*7", "result": "42"}]  # noqa: RUF012
    code_display_data = [  # noqa: RUF012
        {
            "code": "from IPython.display import HTML, display; display(HTML('test'))",
            "mime": "text/html",
        }
    ]
    code_inspect_sample = "zip"
    code_page_something = "zip?"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
    supported_history_operations = ("tail",)  # the stock kernel fails the others
    code_history_pattern = "1?2*"


class TestCourse(Conformance, jupyter_kernel_test.KernelTests):
    """The warm kernel for trusted notebooks."""

    kernel_name = "course"


class TestCourseConfined(Conformance, jupyter_kernel_test.KernelTests):
    """The warm, confined kernel for submissions."""

    kernel_name = "course-confined"


assert issubclass(TestCourse, unittest.TestCase)
