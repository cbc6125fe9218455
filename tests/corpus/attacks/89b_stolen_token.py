# attack: 89
# title: a cell takes its step's token, says that it is over, and serves the box itself
# success: points for constants, or for answers to inputs that nobody has asked yet
# unshown: speaks this grader's protocol; the naive grader has none
import os
import socket
import stat
import struct
import sys

frame, token = sys._getframe(), None
while frame is not None and token is None:
    token = frame.f_locals.get("token")
    frame = frame.f_back


def _text(value):
    return struct.pack("<cI", b"s", len(value)) + value.encode()


def _answer(count):
    one = b"f" + struct.pack("<d", 1.0)
    outcome = struct.pack("<cI", b"t", 3) + _text("returned") + one + b"t\0\0\0\0"
    listed = struct.pack("<cI", b"l", count) + outcome * count
    whole = struct.pack("<cI", b"d", 4) + _text("missing") + b"0" + _text("outcomes") + listed
    return whole


def _serve(fd):
    channel = socket.socket(fileno=os.dup(fd))
    channel.setblocking(True)
    channel.sendall(struct.pack("<I1s", 17, b"d") + token + b"\1")
    data = b""
    while True:
        data += channel.recv(1 << 20)
        while len(data) >= 5:
            length, kind = struct.unpack_from("<I1s", data)
            if len(data) < 5 + length:
                break
            mine, body, data = data[5:21], data[21 : 5 + length], data[5 + length :]
            said = b"\1" if kind == b"R" else _answer(1 + body.count(b"<f8"))
            end = b"d" if kind == b"R" else b"a"
            channel.sendall(struct.pack("<I1s", 16 + len(said), end) + mine + said)


if isinstance(token, bytes):
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                socket.socket(fileno=os.dup(number)).getpeername()
                _serve(number)
        except OSError:
            continue
