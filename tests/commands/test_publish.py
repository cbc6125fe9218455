"""What students get: complete, working in an environment of its own, without answers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course_exercises import book, exercises_of
from packaging.requirements import Requirement

from grader.authoring import init
from grader.commands.publish import publish
from grader.commands.release import release
from grader.course.assignment import copy_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.errors import SourceError

ROOT = Path(__file__).parents[2]
NAME = "a07_backpropagation"
COURSE = open_course(ROOT)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of this course, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    path, count = publish(COURSE, folder / "course.zip")
    with zipfile.ZipFile(path) as archive:
        assert count == len(archive.namelist())
        archive.extractall(folder)
    return folder / "backprop-course"


def texts(folder: Path) -> dict[str, str]:
    """Return every text in a folder; of notebooks their cells and outputs as they read."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, 4).cells
            found[name] = "\n".join(f"{c.source}\n{json.dumps(c.metadata)}" for c in cells)
        elif path.suffix in (".py", ".md", ".yml", ".toml", ".txt"):
            found[name] = path.read_text(encoding="utf-8")
    return found


def flat(folder: Path) -> str:
    """Return all texts of a folder without indentation and empty lines."""
    lines = (line.strip() for text in texts(folder).values() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def secret_texts() -> dict[str, str]:
    """Return what must not be found: solutions, hidden tests, sentences, the grader."""
    found = {}
    for path in COURSE.root.glob("solutions/*/*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            for kind in ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
                pattern = f"### BEGIN {kind}\n(.*?)### END {kind}"
                for i, part in enumerate(re.findall(pattern, cell.source, re.S)):
                    lines = [line.strip() for line in part.splitlines() if line.strip()]
                    if len(lines) > 1:  # a single line is a formula that lectures teach
                        found[f"{path.stem} {name} {kind} {i}"] = "\n".join(lines)
    for assignment in COURSE.assignments():
        for path, text in book(assignment).source.files:
            body = text.partition("from __future__ import annotations")[2].strip()
            found |= {path: body} if body else {}
        for exercise in exercises_of(assignment):
            for mistake in exercise.mistakes:
                found[mistake.code] = mistake.message
    return found


def test_nothing_of_answers_tests_or_grader_is_inside(bundle: Path) -> None:
    everything = flat(bundle)
    secrets = secret_texts()
    assert len(secrets) > 400
    found = [name for name, secret in secrets.items() if secret in everything]
    assert found == []
    assert not re.search(r"^\s*(from|import) (grader|nbgrader)\b", everything, re.M)
    assert {p.name for p in bundle.iterdir()} == {
        *("README.md", "environment.yml", "pyproject.toml", "LICENSE", "LICENSE-text"),
        *("lectures", "assignments", "utils"),
    }


def test_search_for_secrets_finds_them(bundle: Path, tmp_path: Path) -> None:
    """The test above fails on an archive that holds one solution."""
    leaky = tmp_path / "leaky"
    shutil.copytree(bundle / "assignments" / NAME, leaky)
    shutil.copy(COURSE.source(NAME), leaky)
    everything = flat(leaky)
    secrets = {n: s for n, s in secret_texts().items() if n.startswith(f"{NAME} ")}
    assert secrets
    assert all(secret in everything for secret in secrets.values())


def test_everything_released_is_inside(bundle: Path) -> None:
    for name in COURSE.assignments():
        released = (bundle / "assignments" / name / f"{name}.ipynb").read_bytes()
        assert released == COURSE.released(name).read_bytes()
    lectures = {path.name for path in (ROOT / "lectures").glob("*.ipynb")}
    assert {path.name for path in (bundle / "lectures").glob("*.ipynb")} == lectures
    assert (bundle / "utils/datasets/README.md").is_file()


def test_same_content_gives_the_same_archive(tmp_path: Path) -> None:
    one, _ = publish(COURSE, tmp_path / "one.zip")
    two, _ = publish(COURSE, tmp_path / "two.zip")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.slow
@pytest.mark.kernel
@pytest.mark.timeout(300)
def test_works_in_an_environment_of_its_own(bundle: Path, tmp_path: Path) -> None:
    """Libraries come from here; `utils` only from the archive, and no `grader` exists."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    python = str(tmp_path / "bin" / "python")
    inside = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # a folder named in a .pth file does not bring its own .pth files: no editable install
    Path(inside, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall"]
    subprocess.run([*pip, str(bundle)], check=True)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, *words],
            cwd=bundle / "lectures",
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("-c", "import grader").returncode == 1
    where = run("-c", "import utils; print(utils.__file__)").stdout
    assert where.startswith(inside)
    kernel = run("-m", "ipykernel", "install", "--prefix", str(tmp_path))
    assert kernel.returncode == 0, kernel.stderr
    nbval = ("-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider", "--current-env")
    lecture = run(*nbval, "-p", "utils.nbval_kernels", "08_backpropagation.ipynb")
    assert lecture.returncode == 0, lecture.stdout[-3000:]
    own = f"{bundle}/assignments/{NAME}/{NAME}.ipynb"
    blank = run("-m", "utils.validate", own)
    assert blank.returncode == 1
    assert "not answered yet" in blank.stdout
    answers = nbformat.read(own, 4)
    full = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nbformat.read(COURSE.source(NAME), 4).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for cell in answers.cells:
        cell.source = full.get(
            cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source
        )
    nbformat.write(answers, own)
    right = run("-m", "utils.validate", own)
    assert right.returncode == 0, right.stdout + right.stderr


@pytest.fixture
def small(tmp_path: Path, course: Course) -> Course:
    """A whole course with one released assignment."""
    for name in (
        CONFIG_NAME,
        "LICENSE",
        "LICENSE-text",
        "pyproject.toml",
        "environment.yml",
    ):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docs", "lectures", "utils"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "docs/students.md", tmp_path / "docs")
    copy_assignment(course, NAME, tmp_path / "solutions")
    shutil.copytree(course.released(NAME).parent, tmp_path / "assignments" / NAME)
    return open_course(tmp_path)


def test_changed_solution_has_to_be_released_first(small: Course) -> None:
    publish(small)
    source = small.source(NAME)
    notebook = nbformat.read(source, 4)
    notebook.cells[0].source += "\n\nA new sentence."
    nbformat.write(notebook, source)
    with pytest.raises(SourceError, match="grader release a07_backpropagation"):
        publish(small, small.root / "other.zip")
    assert not (small.root / "other.zip").exists()


def test_solution_pasted_outside_its_marks_is_noticed(small: Course) -> None:
    """An instructor's slip: the test imports the grader outside the hidden part."""
    for path in (small.source(NAME), small.released(NAME)):
        notebook = nbformat.read(path, 4)
        notebook.cells[2].source += "\nfrom grader import grade"
        nbformat.write(notebook, path)
    with pytest.raises(SourceError):
        publish(small)


def test_a_course_without_docs_lectures_or_project_is_published(small: Course) -> None:
    for name in ("docs", "lectures", "utils"):
        shutil.rmtree(small.root / name)
    for name in ("LICENSE", "LICENSE-text", "pyproject.toml", "environment.yml"):
        (small.root / name).unlink()
    path, _ = publish(small)
    with zipfile.ZipFile(path) as archive:
        names = {name.split("/")[1] for name in archive.namelist()}
        project = archive.read("backprop-course/pyproject.toml").decode()
    assert names == {"assignments", "utils", "pyproject.toml"}
    assert '"numpy>=' in project
    assert "playwright" not in project


# --- a course of somebody's own ------------------------------------------------------


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course that `grader init` makes, with data beside its notebook, released."""
    made = open_course(init(tmp_path_factory.mktemp("first") / "course"))
    (made.source("hw1").parent / "data.csv").write_text("1\n")
    release(made, "hw1")
    return made


@pytest.fixture
def own(first: Course, tmp_path: Path) -> Course:
    """A copy of it."""
    return open_course(shutil.copytree(first.root, tmp_path / "course"))


def inside(course: Course) -> dict[str, bytes]:
    """Return what is in a course's archive, by path below its folder."""
    with zipfile.ZipFile(publish(course)[0]) as archive:
        return {n.partition("/")[2]: archive.read(n) for n in archive.namelist()}


def project_of(course: Course) -> dict[str, Any]:
    return tomllib.loads(inside(course)["pyproject.toml"].decode())["project"]


def test_data_is_published_as_it_was_released(own: Course) -> None:
    assert inside(own)["assignments/hw1/data.csv"] == b"1\n"


@pytest.mark.parametrize("change", ["changed", "appeared", "taken away from students"])
def test_changed_data_has_to_be_released_first(own: Course, change: str) -> None:
    source, released = own.source("hw1").parent, own.released("hw1").parent
    if change == "changed":
        (source / "data.csv").write_text("2\n")
    elif change == "appeared":
        (source / "data.csv").rename(source / "other.csv")
    else:
        (released / "data.csv").unlink()
    with pytest.raises(SourceError, match=r"\.csv\): run 'grader release hw1' first"):
        publish(own)
    release(own, "hw1")
    found = inside(own)
    (data,) = source.glob("*.csv")
    assert found[f"assignments/hw1/{data.name}"] == data.read_bytes()
    assert sum(path.startswith("assignments/") for path in found) == 2


def test_data_that_vanished_is_not_published(own: Course) -> None:
    (own.source("hw1").parent / "data.csv").unlink()
    with pytest.raises(SourceError, match=r"hw1/data\.csv' does not lie beside"):
        publish(own)
    release(own, "hw1")
    assert "assignments/hw1/data.csv" not in inside(own)


@pytest.mark.parametrize("name", ["notes.txt", "solved.ipynb", "figures/one.png"])
def test_what_no_release_wrote_is_not_published(own: Course, name: str) -> None:
    path = own.released("hw1").parent / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("by hand")
    release(own, "hw1")
    with pytest.raises(SourceError, match=f"{name}' does not .* delete it by hand"):
        publish(own)


@pytest.mark.parametrize(
    ("course_id", "name"),
    [
        ("神经网络", "course-notebooks"),
        ("Deep Learning: 2026!", "Deep-Learning-2026-course-notebooks"),
        ('L\'été "25"', "L-t-25-course-notebooks"),
        ("nlp_1.0", "nlp_1.0-course-notebooks"),
    ],
)
def test_every_course_has_a_project_that_installs(
    own: Course, course_id: str, name: str
) -> None:
    with open(own.root / CONFIG_NAME, "a", encoding="utf-8") as file:
        file.write(f"\nc.CourseDirectory.course_id = {course_id!r}\n")
    course = open_course(own.root)
    project = project_of(course)
    assert Requirement(project["name"]).name == name
    assert project["description"] == f"The notebooks of {course_id}-course"
    assert publish(course)[0].name == f"{course_id}-course.zip"


@pytest.mark.parametrize(
    ("text", "name", "description"),
    [
        (
            '[project]\nname = "神经"\ndescription = \'a "new" \\ course 🎓\'\n',
            "course-notebooks",
            'a "new" \\ course 🎓',
        ),
        ("[tool.ruff]\n", "course-course-notebooks", "The notebooks of course-course"),
    ],
)
def test_a_project_of_the_course_s_own_says_what_it_wants(
    own: Course, text: str, name: str, description: str
) -> None:
    (own.root / "pyproject.toml").write_text(text, encoding="utf-8")
    project = project_of(own)
    assert (project["name"], project["description"]) == (name, description)
    assert any(text.startswith("numpy") for text in project["dependencies"])


def test_another_folder_called_utils_is_refused(
    own: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Python itself finds it, which looks into the current folder first."""
    (own.root / "utils").mkdir()
    (own.root / "utils/__init__.py").write_text("")
    (own.root / "utils/check.py").write_text("")
    monkeypatch.syspath_prepend(own.root)
    monkeypatch.chdir(own.root)
    with pytest.raises(SourceError, match=r"course/utils' is .* Rename it"):
        publish(own)
    (own.root / "utils").rename(own.root / "tools")
    assert inside(own)["utils/validate.py"] == (ROOT / "utils/validate.py").read_bytes()


def test_a_course_s_copy_of_utils_is_published_as_it_is(own: Course) -> None:
    """A clone of this course, with the grader installed from elsewhere."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "utils", own.root / "utils", ignore=ignored)
    with open(own.root / "utils/data.py", "a") as file:
        file.write("# of our own\n")
    (own.root / "utils/more.py").write_text("")
    found = inside(own)
    assert found["utils/data.py"].endswith(b"# of our own\n")
    assert "utils/more.py" in found
