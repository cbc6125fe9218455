# attack: 82
# title: input, stdin and debugger requests that wait for an answer
# success: the grader waits, or answers
# naive: timeout
kernel = get_ipython().kernel if hasattr(get_ipython(), "kernel") else None
if kernel is None:
    import time

    time.sleep(60)
kernel._allow_stdin = True
kernel._input_request("password", kernel._parent_ident["shell"], kernel.get_parent("shell"), True)
