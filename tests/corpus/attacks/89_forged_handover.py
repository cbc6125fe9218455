# attack: 89
# title: cells and a thread say over and over that the answer begins now
# success: a cell's fault is hidden, time without end is won, or right answers are lost
# base: right
# unshown: speaks this grader's protocol; the naive grader has none
import threading
import time

from IPython.display import publish_display_data

_kernel = get_ipython().kernel


def _forge(*_):
    publish_display_data({"application/x-grader-handover": ""})


def _for_ever():
    while True:
        for parent in (_kernel.get_parent(), {}):
            _kernel.session.send(
                _kernel.iopub_socket,
                "display_data",
                {"data": {"application/x-grader-handover": ""}, "metadata": {}},
                parent,
            )
        time.sleep(0.01)


get_ipython().events.register("pre_run_cell", _forge)
get_ipython().events.register("post_run_cell", _forge)
threading.Thread(target=_for_ever, daemon=True).start()
