"""What students get: complete, working in an environment of its own, without answers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest

from grader import exercises
from grader.course import CONFIG_NAME, Course, open_course
from grader.errors import CourseError, SourceError
from grader.publish import publish

ROOT = Path(__file__).parents[1]
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
                        found[f"{name} {kind} {i}"] = "\n".join(lines)
    for assignment in COURSE.assignments():
        for exercise in exercises.table(assignment).EXERCISES:
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
    secrets = {n: s for n, s in secret_texts().items() if n.startswith("G08")}
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
    lecture = run(*nbval, "08_backpropagation.ipynb")
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
    shutil.copytree(course.source(NAME).parent, tmp_path / "solutions" / NAME)
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


def test_missing_part_is_named(small: Course) -> None:
    (small.root / "docs/students.md").unlink()
    with pytest.raises(CourseError, match=r"students\.md"):
        publish(small)
