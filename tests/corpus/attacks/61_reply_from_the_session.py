# attack: 61
# title: the kernel's session replaces every answer by a hand-made one
# success: points for bytes that never were values, or a confused judge
# unshown: speaks this grader's protocol; the naive grader has none
import base64
import struct

kernel = get_ipython().kernel
_send = kernel.session.send
COUNT = [0]


def _text(value):
    return struct.pack("<cI", b"s", len(value)) + value.encode()


def _answer():
    COUNT[0] += 1
    one = b"f" + struct.pack("<d", 1.0)
    outcome = struct.pack("<cI", b"t", 3) + _text("returned") + one + b"t\0\0\0\0"
    many = [b"", b"\xff" * 50, b"l\xff\xff\xff\xff", outcome * 5]
    listed = struct.pack("<cI", b"l", 5) + outcome * 5
    whole = struct.pack("<cI", b"d", 4) + _text("missing") + b"0" + _text("outcomes") + listed
    return [*many, whole][COUNT[0] % 5]


def send(stream, kind, content=None, *args, **kwargs):
    if kind == "execute_reply" and content.get("user_expressions"):
        text = repr(base64.b64encode(_answer()).decode())
        content["user_expressions"] = {
            "answer": {"status": "ok", "data": {"text/plain": text}, "metadata": {}}
        }
    return _send(stream, kind, content, *args, **kwargs)


kernel.session.send = send
