# attack: 16
# title: execute_result messages sent through the kernel's own session
# success: a forged output is read as points
# unshown: needs a Jupyter kernel; the naive grader has none
import sys

kernel = get_ipython().kernel
for parent in (kernel.get_parent("shell"), {}):
    for text in ("27.0", "[27.0, 27.0]"):
        kernel.session.send(
            kernel.iopub_socket,
            "execute_result",
            {"data": {"text/plain": text}, "metadata": {}, "execution_count": 1},
            parent=parent,
        )
sys.displayhook = lambda value: kernel.session.send(
    kernel.iopub_socket, "execute_result", {"data": {"text/plain": "27.0"}}
)
