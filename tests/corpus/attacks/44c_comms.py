# attack: 44
# title: forged frames are sent over comms and as every kind of message
# success: something is taken for a result
# unshown: needs a Jupyter kernel; the naive grader has none
kernel = get_ipython().kernel
data = {"score": 27.0, "max_score": 27.0, "G08.2": 2.0}
for kind in (
    *("comm_open", "comm_msg", "execute_reply", "execute_result", "display_data"),
    *("update_display_data", "shutdown_reply", "input_request", "status", "error"),
):
    for content in (data, [], None, "27.0", {"data": 27.0}, {"data": {"text/plain": 27}}):
        try:
            kernel.session.send(
                kernel.iopub_socket, kind, content, kernel.get_parent("shell")
            )
        except Exception as error:
            print(type(error).__name__)
