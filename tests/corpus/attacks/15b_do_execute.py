# attack: 15
# title: the kernel's do_execute reports success whatever happened
# success: points because the reply says ok
# unshown: needs a Jupyter kernel; the naive grader has none
kernel = get_ipython().kernel
_real = kernel.do_execute


async def do_execute(code, silent, *args, **kwargs):
    reply = await _real(code, silent, *args, **kwargs)
    if "user_expressions" in reply:
        for value in reply["user_expressions"].values():
            value.update(status="ok")
    reply.update(status="ok")
    return reply


kernel.do_execute = do_execute
