"""Which files belong to distributions and to what they need, from made-up metadata."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.sandbox.packages import links_to, needed, shown
from grader.sandbox.view import file_view

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of installed packages, the first on the path."""
    folder = tmp_path / "lib" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(
    site: Path,
    name: str,
    *files: str,
    requires: tuple[str, ...] = (),
    record: bool = True,
    **texts: str,
) -> None:
    """Put a distribution there as an installer would."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    head += "".join(f"Requires-Dist: {text}\n" for text in requires)
    (info / "METADATA").write_text(f"{head}\nRequires-Dist: in-the-description\n")
    for text, content in texts.items():
        (info / text).write_text(content)
    for file in files:
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    if record:
        listed = [*files, f"{info.name}/METADATA"]
        lines = [f'"{file}",,' if "," in file else f"{file},sha256=x,1" for file in listed]
        (info / "RECORD").write_text("\n".join(lines))


def entries(site: Path, *names: str) -> set[str]:
    found = shown(names).entries.get(str(site), set())
    return {name for name in found if not name.endswith("-info")}


def test_only_what_is_named_and_needed_is_shown(site: Path) -> None:
    install(site, "aa", "aa/__init__.py", "aa/deep/x.py", requires=("B.b>=1", "gone"))
    install(site, "b-b", "bb/__init__.py", "single.py", requires=("cc",))
    install(site, "cc", "cc/__init__.py", "cc.libs/libx.so", requires=("aa",))
    install(site, "other", "other/__init__.py")
    assert entries(site, "aa") == {"aa", "bb", "single.py", "cc", "cc.libs"}
    assert {p.name for p in site.iterdir()} - entries(site, "aa") >= {"other"}
    assert "other-1.0.dist-info" not in shown(("aa",)).entries[str(site)]


def test_requirements_hold_for_this_machine_and_these_options(site: Path) -> None:
    requires = (
        'elsewhere; sys_platform == "win32" and python_version < "3"',
        'optional; extra == "more"',
        'here; python_version >= "3"',
        "both[more]",
        "not a requirement at all",
    )
    install(site, "aa", "aa/__init__.py", requires=requires)
    install(site, "both", "both.py", requires=('chosen; extra == "more"', "base"))
    for name in ("elsewhere", "optional", "here", "chosen", "base", "in-the-description"):
        install(site, name, f"{name.replace('-', '_')}.py")
    assert entries(site, "aa") == {"aa", "here.py", "both.py", "chosen.py", "base.py"}


def test_of_a_shared_folder_only_the_own_part_is_shown(site: Path) -> None:
    install(site, "aa", "shared/mine/__init__.py", "shared/deep/mine/x.py")
    install(site, "other", "shared/other/__init__.py", "shared/deep/other/x.py")
    assert entries(site, "aa") == {"shared/mine", "shared/deep/mine/x.py"}


def test_odd_paths_are_left_out(site: Path) -> None:
    odd = ("../../bin/tool", "__pycache__/aa.cpython-311.pyc")
    install(site, "aa", "aa.py", *odd, "with,comma.py")
    assert entries(site, "aa") == {"aa.py", "with,comma.py"}


def test_without_a_list_of_files_names_have_to_do(site: Path) -> None:
    install(site, "a-a", "a_a/__init__.py", "a_a.libs/x.so", record=False)
    install(site, "bb", "real.py", record=False, **{"top_level.txt": "real\n"})
    install(site, "other", "other.py", record=False)
    assert entries(site, "a-a", "bb") == {"a_a", "a_a.libs", "real.py"}
    assert "a_a-1.0.dist-info" in shown(("a-a",)).entries[str(site)]


def test_what_was_installed_by_reference_is_shown_where_it_is(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    for name in ("mine", "beside"):
        (tree / name).mkdir(parents=True)
        (tree / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tree))
    origin = json.dumps({"url": "file:///x", "dir_info": {"editable": True}})
    install(site, "mine", "mine.pth", **{"direct_url.json": origin})
    found = shown(("mine",))
    assert found.elsewhere == {str(tree / "mine")}
    assert "mine.pth" in found.entries[str(site)]
    made = file_view(extra=(), packages=("mine",))
    assert str(tree / "mine") in made.readable
    assert not any(path.startswith(str(tree / "beside")) for path in made.readable)


def test_a_path_file_counts_if_it_names_this_folder_alone(site: Path) -> None:
    (site / "ours.pth").write_text(f"{ROOT}\n{ROOT}")
    (site / "more.pth").write_text(f"{ROOT}\n/elsewhere\n")
    (site / "code.pth").write_text("import os\n")
    assert [p.name for p in links_to(ROOT) if p.parent == site] == ["ours.pth"]


def test_an_extra_path_inside_a_folder_of_packages_is_the_only_one_shown(
    site: Path,
) -> None:
    """As `utils` of an installed wheel, beside the grader."""
    for name in ("utils", "grader"):
        (site / name).mkdir()
    made = file_view(extra=(site / "utils",), packages=())
    assert str(site) in made.covered
    assert made.inside == (str(site / "utils"),)


def test_a_profile_lists_everything_numpy_and_the_kernel_need() -> None:
    from grader.kernel.specs import PROFILES

    names = {dist.name.lower() for dist in needed(PROFILES["numpy"].packages)}
    assert {"numpy", "matplotlib", "ipykernel", "ipython", "pyzmq", "pillow"} <= names
    assert not names & {"torch", "sympy", "scipy", "nbgrader", "backprop-course"}
    assert "torch" in {dist.name for dist in needed(PROFILES["torch"].packages)}
