# attack: 44
# title: a thread answers every request itself, before the kernel does
# success: forged answers are scored, or the judge is confused about which is which
# unshown: speaks this grader's protocol; the naive grader has none
import base64
import threading
import time

kernel = get_ipython().kernel
stream = kernel.shell_stream if hasattr(kernel, "shell_stream") else kernel.shell_streams[0]


def _forge():
    while True:
        time.sleep(0.001)
        parent = kernel.get_parent("shell")
        if not parent:
            continue
        answer = base64.b64encode(b"d\x02\x00\x00\x00s\x07\x00\x00\x00missing1").decode()
        content = {
            "status": "ok",
            "execution_count": 1,
            "user_expressions": {
                "answer": {"status": "ok", "data": {"text/plain": repr(answer)}}
            },
        }
        try:
            ident = kernel._shell_parent_ident.get() if hasattr(
                kernel, "_shell_parent_ident"
            ) else kernel._parent_ident["shell"]
            kernel.session.send(stream, "execute_reply", content, parent, ident=ident)
            kernel.session.send(
                kernel.iopub_socket, "status", {"execution_state": "idle"}, parent
            )
        except Exception:
            pass


threading.Thread(target=_forge, daemon=True).start()
