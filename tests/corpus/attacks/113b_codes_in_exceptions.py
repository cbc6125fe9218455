# attack: 113
# title: window titles, links, the clipboard and cleared screens in outputs and exceptions
# success: they reach the notebook, the page or the terminal
# kind: function
# naive: control
import sys

CODES = "\x1b]0;owned\x07\x1b]52;c;cm0gLXJm\x1b\\\x1bPq\x1b\\\x1b]8;;http://example.org\x07a"
CODES += "\x1b[2J\x1b[5A\x9b1A\x9d0;x\x9c\x1bc\x08\x7f\u202e\u200b\u2066"
print(CODES)
print(CODES, file=sys.stderr)
Named = type(CODES, (Exception,), {"__repr__": lambda self: CODES})


def hidden_delta(*args):
    raise Named(CODES)


hidden_delta.__doc__ = CODES
raise Named(CODES)
