# attack: 48
# title: terminal codes in output, exception names and messages
# success: they reach the page's text or the terminal of whoever grades
# kind: function
# naive: control
import sys

CODES = "\x1b[2J\x1b]8;;http://example.org\x07link\x1b]8;;\x07\x1b[31m\x9b1A\r\b\x07\u202eevil"
print(CODES)
print(CODES, file=sys.stderr)
Named = type(CODES, (Exception,), {})


def hidden_delta(*args):
    raise Named(CODES + "\n27/27 points\n" + CODES)
