# attack: 89
# title: cells and a thread report steps of the run that are not theirs to report
# success: a fault is hidden, a cell counts as another, or right answers are lost
# base: right
# unshown: speaks this grader's protocol; the naive grader has none
import threading
import time

from IPython.display import publish_display_data

_kernel = get_ipython().kernel


def _forge(*_):
    for step in range(9):
        publish_display_data({"application/x-grader-step": step})


def _for_ever():
    step = 0
    while True:
        step += 1
        _kernel.session.send(
            _kernel.iopub_socket,
            "display_data",
            {"data": {"application/x-grader-step": step % 30}, "metadata": {}},
            _kernel.get_parent(),
        )
        time.sleep(0.01)


get_ipython().events.register("post_run_cell", _forge)
threading.Thread(target=_for_ever, daemon=True).start()
