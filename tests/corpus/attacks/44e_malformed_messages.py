# attack: 44
# title: messages whose parts are of the wrong types
# success: the judge fails on one of them
# unshown: aims at how this grader reads messages
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
odd = [None, 1, "x", [], [[]], {"a": None}, {"text/plain": None}, "\ud800", 10**400, 1e999]
for kind in ("stream", "error", "execute_result", "display_data", "clear_output"):
    for value in odd:
        for content in (
            value,
            {"name": value, "text": value, "data": value, "traceback": value},
            {"ename": value, "evalue": value, "traceback": [value], "metadata": value},
            {"data": {"text/plain": value, "image/png": value, "text/html": value}},
            {"data": {"text/plain": "x"}, "execution_count": value},
        ):
            try:
                kernel.session.send(kernel.iopub_socket, kind, content, parent)
            except Exception:
                pass
