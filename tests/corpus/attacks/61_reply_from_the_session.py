# attack: 61
# title: what sends the answers sends hand-made ones instead
# success: points for bytes that never were values, or a confused judge
# unshown: speaks this grader's protocol; the naive grader has none
import struct

session = get_ipython().kernel.session
_send = session.channel.send
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


def send(kind, body):
    return _send(kind, body[:16] + _answer() if kind == b"a" else body)


session.channel.send = send
