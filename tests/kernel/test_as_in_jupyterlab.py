"""Cells show in a box what they show in JupyterLab: one table, run by both.

The other side is a stock ipykernel under nbclient. What a page cannot show of an output
(scripts, widgets) is left out on both sides; numbers that are times or addresses are
masked. Where a box does otherwise the table says why, and what it shows instead.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from grader.kernel.driver import Allowance, BoxDriver
from grader.kernel.inside.shell import NO_INPUT, PASSED_OVER
from grader.kernel.outputs import KEPT_MIME_TYPES
from grader.limits import Limits
from utils.nbval_kernels import SocketFileManager

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

LIMITS = Limits(cell_s=30, submission_s=200)


@dataclass(frozen=True)
class Row:
    """Cells that run one after the other in the same kernel."""

    cells: Sequence[str]
    instead: Sequence[Any] | None = None
    """Where a box differs: of each cell what it shows, None where it is the same."""
    because: str = ""
    """Why it does."""
    ordered: bool = True
    """Whether ipykernel has a fixed order; it passes on from a thread what C prints."""


def row(*cells: str, instead: Sequence[Any] | None = None, because: str = "") -> Row:
    """Return a row of the table."""
    return Row(cells, instead, because)


def by_c(*cells: str) -> Row:
    """Return a row in which others than Python print; ipykernel gets time to notice."""
    wait = "import time as _t"
    return Row([wait, *(f"{cell}\n_t.sleep(0.3)" for cell in cells)], ordered=False)


def said(text: str, name: str = "stdout") -> dict[str, str]:
    """Return the output of something printed."""
    return {"kind": name, "text": text}


ASYNC = (
    "import asyncio\nasync def double(x):\n    await asyncio.sleep(0.01)\n    return 2 * x"
)
PLOT = "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2]);"
POOL = """import multiprocessing as mp
def work(x):
    print('worker', x, flush=True)
    return x * x
with mp.get_context('fork').Pool(2) as pool:
    print(sorted(pool.map(work, [3], 1)))"""
SPAWNED = """%%writefile spawned.py
import multiprocessing as mp
def work(x):
    return x * x
if __name__ == '__main__':
    with mp.get_context('spawn').Pool(1) as pool:
        print(pool.map(work, [1, 2, 3]))"""
INTERACTIVE = (
    "interactive(children=(IntSlider(value=2, description='x', max=5), Output()), "
    "_dom_classes=('widget-interact',)…"
)
HTML = "class Html:\n    def _repr_html_(self): {}\n    def __repr__(self): return 'r'"
FORK = """import os
pid = os.fork()
if not pid:
    print('child', flush=True)
    os._exit(0)
os.waitpid(pid, 0)[1]
print('parent')"""
ALARM = """import signal, time
signal.signal(signal.SIGALRM, lambda *a: print('alarm'))
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(0.2)"""
LOADER = """import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.arange(6.0))
loader = DataLoader(data, batch_size=2, num_workers=2)
[batch[0].tolist() for batch in loader]"""

TABLE = {
    "values": row("1 + 1", "_ + Out[1] + len(In)", "None", "x = 3", "x;", "x\nx + 1"),
    "text": row(
        "print('你好')",
        "print('a', end='')\nprint('b')",
        "import sys; sys.stdout.write('x')",
    ),
    "text on both": row(
        "import sys\nprint('e', file=sys.stderr)\nprint('o')",
        instead=[[said("e\n", "stderr"), said("o\n")]],
        because="here in the order of printing; ipykernel sends the one before the other",
    ),
    "text and displays": row("print('a')\ndisplay('b')\nprint('c')\n'd'"),
    "exceptions": row(
        "1 / 0", "raise SystemExit", "raise KeyboardInterrupt", "assert False, '因为'"
    ),
    "nested exception": row("def f(): g()", "def g(): return [][1]", "f()"),
    "syntax errors": row(
        "x = = 1", "def f(:\n  pass", "  x = 1\n y = 2", "return 5", "await"
    ),
    "empty": row("", "  \n", "# nothing"),
    "await": row(ASYNC, "await double(21)", "x = await double(4)\nx"),
    "await twice": row(
        ASYNC,
        "[await double(i) for i in range(3)]",
        "await asyncio.gather(double(1), double(2))",
    ),
    "async generators": row(
        "async def count():\n    for i in range(3):\n        yield i",
        "async for i in count():\n    print(i)",
        "[i async for i in count()]",
    ),
    "async with": row(
        ASYNC, "lock = asyncio.Lock()\nasync with lock:\n    print(await double(1))"
    ),
    "tasks live on": row(
        ASYNC, "task = asyncio.create_task(double(5))", "task.done()", "await task"
    ),
    "a task that fails": row(
        "import asyncio\nasync def bad(): 1 / 0",
        "task = asyncio.ensure_future(bad())",
        "try:\n    await task\nexcept ZeroDivisionError as e:\n    print('caught', e)",
    ),
    "asyncio.run": row(
        ASYNC, "import warnings\nwarnings.simplefilter('ignore')\nasyncio.run(double(1))"
    ),
    "await fails": row(ASYNC, "await double()", "await 5"),
    "time": row("%%time\nx = 5\nprint(x)", "x", "%time x + 1"),
    "timeit": row(
        "%%timeit -n 1 -r 1\ny = 5",
        "'y' in dir()",
        "t = %timeit -o -n 1 -r 1 pass",
        "type(t).__name__",
    ),
    "capture": row("%%capture kept\nprint(1)\ndisplay(2)", "kept.stdout", "kept.show()"),
    "writefile": row(
        "%%writefile own.py\ndef f():\n    return 7",
        "import own\nown.f()",
        "%%writefile -a own.py\ng = 8",
        "%run own.py\ng",
    ),
    "autoreload": row("%load_ext autoreload\n%autoreload 2", "%reload_ext autoreload"),
    "no such extension": row("%load_ext no_such_extension"),
    "magics": row(
        "%no_such_magic",
        "%%no_such_magic\n1",
        "%who",
        "a = 1\n%who",
        "%xmode",
        "%precision 3",
        "1 / 3",
    ),
    "history": row("a = 1", "%history -n 1", "%rerun 1", "In[1]"),
    "reset": row("a = 1", "%reset -f", "a"),
    "environment": row(
        "%env NOBODY_HAS_THIS=5",
        "import os; os.environ['NOBODY_HAS_THIS']",
        "%set_env NOBODY_HAS_THIS 6",
    ),
    "help": row("?len", "len?", "def f():\n    'doc'\n    return 1\nf??"),
    "shell": row(
        "!echo from the shell",
        "x = !echo two words",
        "x",
        "!echo err >&2",
        "!exit 3",
        "_exit_code",
    ),
    "bash": row("%%bash\necho one\necho two >&2", "%%sh\nfalse"),
    "script": row(
        "%%script sh\necho here", "%%html\n<b>bold</b>", "%%latex\n$x$", "%%markdown\n*x*"
    ),
    "subprocesses": by_c(
        "import os, subprocess",
        "print('a')\nos.system('echo b')\nprint('c')",
        "subprocess.run(['echo', 'd']).returncode",
        "subprocess.run(['sh', '-c', 'echo e >&2']).returncode",
        "subprocess.run('echo f', shell=True, capture_output=True, text=True).stdout",
    ),
    "much from a subprocess": by_c(
        "import subprocess",
        "subprocess.run(['seq', '50000']).returncode",
    ),
    "descriptors": by_c("import os\nos.write(1, b'one\\n')", "os.write(2, b'two\\n')"),
    "input": row(
        "input('?')",
        "import getpass\ngetpass.getpass()",
        instead=[{"kind": "error", "ename": "StdinNotImplementedError", "evalue": NO_INPUT}]
        * 2,
        because="the sentence says what to do",
    ),
    "breakpoints": row(
        "def f():\n    breakpoint()\n    return 5",
        "f()",
        "import pdb\npdb.set_trace()\n6",
        "from IPython.core.debugger import set_trace\nset_trace()",
        instead=[
            None,
            [said(f"{PASSED_OVER}\n", "stderr"), "5"],
            [said(f"{PASSED_OVER}\n", "stderr"), "6"],
            said(f"{PASSED_OVER}\n", "stderr"),
        ],
        because="nobody can debug there, and one that was left behind costs nothing",
    ),
    "exit, which ends nothing here": row("exit()", "quit", "5"),
    "displays": row(
        "from IPython.display import *",
        "display(HTML('<b>x</b>'), Markdown('*y*'), Latex('$z$'))",
        "Image(data=b'\\x89PNG\\r\\n\\x1a\\nxx', format='png')",
        "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
        "Math('x^2')",
        "Code('x = 1')",
        "FileLink('own.py')",
    ),
    "display handles": row(
        "handle = display('first', display_id=True)\nhandle.update('second')",
        "handle2 = display('a', display_id='mine')",
        "from IPython.display import update_display",
        "update_display('b', display_id='mine')",
    ),
    "clearing": row(
        "from IPython.display import clear_output, display",
        "display('a')\nclear_output()\ndisplay('b')",
        "display('a')\nclear_output(wait=True)\ndisplay('b')",
        "print('a')\nclear_output(wait=True)",
    ),
    "widgets": row(
        "import ipywidgets as w",
        "w.IntSlider(3)",
        "@w.interact(x=(0, 5))\ndef f(x=2):\n    print('x is', x)",
        "out = w.Output()\nwith out:\n    print('inside')",
        "b = w.Button()\nb.on_click(print)\nb.value if hasattr(b, 'value') else 0",
        instead=[
            None,
            None,
            [said("x is 2\n"), INTERACTIVE],
            [said("inside\n")],
            None,
        ],
        because="without scripts a page shows no widget; what it holds is shown itself",
    ),
    "progress": row(
        "from IPython.display import ProgressBar\nfor i in ProgressBar(3): pass",
        "print('\\r50%', end='')",
    ),
    "figures": row(
        PLOT,
        "plt.figure(figsize=(1, 1))\nplt.show()",
        "fig, ax = plt.subplots(figsize=(1, 1))\nprint('before')",
    ),
    "inline": row("%matplotlib inline", PLOT, "%matplotlib"),
    "no other backend": row(
        "%matplotlib notebook", "%matplotlib widget", "%matplotlib no_such_backend"
    ),
    "svg": row("%config InlineBackend.figure_format = 'svg'", PLOT),
    "retina": row("%config InlineBackend.figure_formats = ['retina']", PLOT),
    "jpeg": row(
        "from matplotlib_inline.backend_inline import set_matplotlib_formats",
        "set_matplotlib_formats('jpeg')",
        PLOT,
    ),
    "a figure that is closed": row(
        PLOT + "\nplt.close()", PLOT + "\nfig = plt.gcf()\nplt.close(fig)\nfig"
    ),
    "warnings": row(
        "import warnings",
        "warnings.warn('careful')",
        "import numpy as np\nnp.log(np.array([-1.0]))",
        "def old():\n    warnings.warn('old', DeprecationWarning, 2)",
        "old()",
    ),
    "logging": row(
        "import logging\nlogging.warning('w')",
        "logging.basicConfig(level=logging.INFO, force=True)\nlogging.info('i')",
        "logging.getLogger('a').error('e')",
    ),
    "threads": row(
        "import threading",
        "t = threading.Thread(target=print, args=('in a thread',))\nt.start()\nt.join()",
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(2) as p: print(sorted(p.map(abs, [-1, -2])))",
    ),
    "a thread that fails": row(
        "import threading",
        "t = threading.Thread(target=lambda: [][1])\nt.start()\nt.join()\nprint('on')",
    ),
    "processes": by_c(POOL),
    "spawned processes": row(SPAWNED, "!{__import__('sys').executable} spawned.py"),
    "forks": by_c(FORK),
    "reprs that fail": row(
        "class Bad:\n    def __repr__(self): 1 / 0",
        "Bad()",
        HTML.format("return '<i>h</i>'"),
        "Html()",
        HTML.format("raise ValueError('no')"),
        "Html()",
        "class Wrong:\n    def __repr__(self): return 5",
        "Wrong()",
    ),
    "long values": row(
        "list(range(2000))", "'x' * 5000", "import numpy as np\nnp.arange(10_000)"
    ),
    "names": row(
        "__name__",
        "get_ipython().__class__.__name__",
        "'IPKernelApp' in get_ipython().config",
        "import sys; sys.modules['__main__'].__name__",
        "'__file__' in globals()",
    ),
    "sources": row(
        "def f(x):\n    # kept\n    return x",
        "import inspect\nprint(inspect.getsource(f))",
        "import pickle\nclass C: pass\ntype(pickle.loads(pickle.dumps(C()))).__name__",
    ),
    "streams": row(
        "import sys\nsys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable()",
        "try:\n    sys.stdout.write(b'x')\nexcept TypeError as e:\n    print(e)",
        "import contextlib, io",
        "with contextlib.redirect_stdout(io.StringIO()) as s:\n    print('x')",
        "s.getvalue()",
    ),
    "debug": row("def f(): 1 / 0", "%tb"),
    "alarm": row(ALARM),
    "futures": row(
        "from __future__ import annotations\ndef f(x: nowhere): pass", "f.__annotations__"
    ),
    "transformers": row("ip = get_ipython()\nip.ast_node_interactivity = 'all'", "1\n2"),
    "post hooks": row(
        "get_ipython().events.register('post_run_cell', lambda r: print('after'))", "1"
    ),
    "store": row("x = 5\n%store x", "%store"),
    "profile": row("%prun -q -T prof.txt sum(range(3))"),
}
TORCH = {"data loaders": row(LOADER), "tensors": row("import torch\ntorch.ones(2)")}


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MASKS = (
    (re.compile(r"0x[0-9a-f]+"), "0x…"),
    (re.compile(r"Thread-\d+"), "Thread"),
    (re.compile(r"\b\d+\.py, line"), "<cell>, line"),
    (re.compile(r"[^\s'\"(]*ipykernel_\d+/\d+\.py"), "<cell>"),
    (
        re.compile(r"\b\d+(\.\d+)?(e[+-]?\d+)?( ?± ?\d+(\.\d+)?)? ?(ns|μs|us|ms|s)\b"),
        "<time>",
    ),
    (re.compile(r"/\S*?/(site-packages|lib/python[\d.]+)/"), "<lib>/"),
    (re.compile(r"/(tmp|work|home|root)\S*"), "<path>"),
    (re.compile(r"process '?\d+"), "process"),
)


def masked(text: str) -> str:
    """Return text without what differs from run to run."""
    text = _COLOUR.sub("", text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def shown(outputs: Sequence[Any]) -> list[Any]:
    """Return what a person sees of a cell's outputs."""
    seen: list[Any] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            text = masked(output["text"])
            if (
                seen
                and isinstance(seen[-1], dict)
                and seen[-1].get("kind") == output["name"]
            ):
                seen[-1]["text"] += text
            else:
                seen.append(said(text, output["name"]))
        elif kind == "error":
            found = {"kind": "error", "ename": output["ename"]}
            seen.append(found | {"evalue": masked(output["evalue"])})
        else:
            data = {m: t for m, t in output["data"].items() if m in KEPT_MIME_TYPES}
            for mime, text in data.items():
                data[mime] = "<picture>" if "image" in mime else masked(str(text))
            if data:
                seen.append(data["text/plain"] if len(data) == 1 else data)
    return seen


def in_jupyterlab(cells: Sequence[str], folder: Path) -> list[list[Any]]:
    """Run cells in a stock kernel, which does not pass on what C prints under pytest."""
    environment = dict(os.environ)
    environment.pop("PYTEST_CURRENT_TEST", None)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=SocketFileManager,  # no port that another may take
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=environment)
    return [shown(cell.outputs) for cell in notebook.cells]


def in_a_box(cells: Sequence[str], **options: Any) -> list[list[Any]]:
    """Run cells as a submission runs."""
    with BoxDriver(LIMITS, isolation="namespaces", **options) as box:
        runs = [box.run(cell, Allowance(30.0)) for cell in cells]
    assert not any(run.fault for run in runs)
    return [shown(run.outputs) for run in runs]


@pytest.fixture
def needs_box(can_confine: None) -> None:
    """Skip where nothing can be confined."""
    if sys.platform != "linux":
        pytest.skip("boxes need Linux")


def unordered(outputs: list[Any]) -> list[str]:
    """Return what is shown, line by line, in an order of its own."""
    lines: list[str] = []
    for output in outputs:
        if isinstance(output, dict) and "text" in output:
            lines += [f"{output['kind']} {line}" for line in output["text"].splitlines()]
        else:
            lines.append(str(output))
    return sorted(lines)


def compare(row: Row, ours: list[list[Any]], theirs: list[list[Any]]) -> None:
    """Fail where a cell shows something else, unless the table says so."""
    assert bool(row.instead) == bool(row.because)
    assert not row.instead or ours != theirs, "this row needs no reason any more"
    for number, cell in enumerate(row.cells):
        wanted = row.instead[number] if row.instead else None
        if wanted is None:
            wanted = theirs[number]
        elif not isinstance(wanted, list):
            wanted = [wanted]
        mine = ours[number]
        if not row.ordered:
            mine, wanted = unordered(mine), unordered(wanted)
        assert mine == wanted, f"{cell!r}; JupyterLab: {theirs[number]}"


@pytest.mark.parametrize("name", TABLE)
def test_a_cell_shows_what_it_shows_in_jupyterlab(
    name: str, tmp_path: Path, needs_box: None
) -> None:
    cells = TABLE[name].cells
    compare(TABLE[name], in_a_box(cells), in_jupyterlab(cells, tmp_path))


@pytest.mark.parametrize("name", TORCH)
def test_a_cell_with_torch_does_too(name: str, tmp_path: Path, needs_box: None) -> None:
    cells = TORCH[name].cells
    ours = in_a_box(cells, profile="torch")
    compare(TORCH[name], ours, in_jupyterlab(cells, tmp_path))


def test_pip_says_at_once_that_there_is_no_network(needs_box: None) -> None:
    with BoxDriver(LIMITS, isolation="namespaces") as box:
        run = box.run("%pip install nothing-of-this-name", Allowance(2.0, 5.0))
        assert not run.fault
        assert run.outputs
