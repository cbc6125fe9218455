"""Makes later imports of nbformat and nbgrader twice as fast; import it before them.

They load jsonschema, which builds a grammar of internationalised addresses (0.9 s) if
the package rfc3987_syntax is there. No check of a notebook uses it, and jsonschema does
without where it is missing: so it is missing while jsonschema is imported.
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
