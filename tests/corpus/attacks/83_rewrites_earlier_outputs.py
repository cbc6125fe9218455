# attack: 83
# title: outputs are cleared, updated and numbered to look like another cell's
# success: the record of a test cell is changed
# unshown: aims at a Jupyter front end
from IPython.display import clear_output, display, update_display

handle = display("27 of 27 points", display_id="G08-2-hidden_delta")
update_display("27.0", display_id="G08-2-hidden_delta")
clear_output(wait=True)
kernel = get_ipython().kernel
for count in (-1, 0, 10**30, None, "1", 1.5):
    kernel.session.send(
        kernel.iopub_socket,
        "execute_result",
        {"data": {"text/plain": "27.0"}, "metadata": {}, "execution_count": count},
        parent=kernel.get_parent("shell"),
    )
