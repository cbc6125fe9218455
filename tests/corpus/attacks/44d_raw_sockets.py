# attack: 44
# title: rubbish and forged frames are written into every descriptor
# success: a frame is accepted, or the grader breaks
# unshown: needs a kernel's sockets; the naive grader has none
# status: either
import os

FRAMES = [b"", b"\0" * 300, b"\x01\xff" * 5000, b"<IDS|MSG>" * 100, b'{"score": 27}\n']
for fd in range(3, 200):
    for frame in FRAMES:
        try:
            os.set_blocking(fd, False)
            os.write(fd, frame)
        except OSError:
            break
