"""Class lists as spreadsheets and learning platforms save them: who is in the class.

A list is text in columns with a line of headings. Excel on a Chinese Windows writes GBK,
others UTF-8 with a mark before it or UTF-16; columns are divided by commas, semicolons or
tabs; headings are those of nbgrader, Canvas, Moodle, Gradescope, or Chinese.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class ListedStudent:
    """A student as a class list or the gradebook has them; empty is not known."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """The full name, Chinese names with the family name first."""
        if _is_chinese(self.last_name + self.first_name):
            return self.last_name + self.first_name
        return f"{self.first_name} {self.last_name}".strip()

    def with_known(self, other: ListedStudent) -> ListedStudent:
        """Return the student with what another source knows in place of what it has."""
        known = {field: value for field, value in asdict(other).items() if value}
        return ListedStudent(**{**asdict(self), **known})


@dataclass(frozen=True, kw_only=True)
class ClassList:
    """What a file says."""

    students: tuple[ListedStudent, ...]
    form: str
    """How it was read: encoding, what divides columns, and the columns used."""
    left_out: tuple[str, ...] = ()
    """A sentence on each line that names nobody who can be put into the gradebook."""


_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("id", "student id", "student number", "sid", "id number", "sis login id"),
        *("sis user id", "username", "学号", "学生学号", "学生id", "id号", "用户名"),
    ),
    "first_name": ("first name", "firstname", "given name", "名", "名字"),
    "last_name": ("last name", "lastname", "surname", "family name", "姓", "姓氏"),
    "name": ("name", "full name", "student", "student name", "姓名", "学生姓名"),
    "email": (
        *("email", "email address", "e-mail", "mail", "邮箱", "电子邮箱", "电子邮件"),
        *("邮箱地址", "email地址", "邮件地址"),
    ),
    "lms_user_id": ("lms user id", "lms id", "canvas id", "moodle id"),
}
"""Headings of each column, in lower case and with single spaces; of several the first."""
_OF_CANVAS = {"sis login id", "sis user id"}
"""Beside one of these, `ID` is Canvas's own number."""
_NOBODY = {"points possible", "student, test", "test student"}
"""Lines of a gradebook of Canvas that are no students."""
_DIVIDERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NOTE = re.compile(r"(?i)\A(\s*)sep=.")
"""What Excel writes for itself; its line stays, so that the others keep their numbers."""
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_IMPOSSIBLE = re.compile(r"[/\\\x00-\x1f]|^\.|^$")
_LONGEST_ID = 128
_TWO_CHARACTERS = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐宇文长孙司徒司空夏侯南宫端木轩辕"
        "独孤西门呼延钟离鲜于闻人濮阳申屠太史赫连澹台拓跋百里东郭公冶宗政闾丘万俟",
    )
)
"""Family names of two characters."""


def read_class_list(path: Path) -> ClassList:
    """Read a class list.

    Args:
        path: a text file in columns.

    Raises:
        UsageError: it cannot be read, or not without guessing; nothing of it counts then.
    """
    try:
        text, encoding = _decoded(path.read_bytes())
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"'{path}' is no class list: {error}") from error
    return _parsed(text, encoding, path)


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    Raises:
        ValueError: it is no text.
    """
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(
            "it is an Excel workbook. In Excel choose File, Save As, 'CSV UTF-8', and "
            "give that file"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16"), "UTF-16"
    if b"\0" in data:
        raise ValueError("it holds bytes that no text has. Save it as 'CSV UTF-8'")
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "Windows-1252"
    if any(_is_chinese(c) for c in text):
        return text, "GBK"
    return data.decode("cp1252", "replace"), "Windows-1252"


def _parsed(text: str, encoding: str, path: Path) -> ClassList:
    text = _NOTE.sub(r"\1", text)
    divider, columns = _columns(text, path)
    students: dict[str, tuple[ListedStudent, int]] = {}
    left_out = []
    for number, cells in _rows(text, divider, path):
        student = _student({f: cells[i] for f, i in columns.items() if i < len(cells)})
        if student.name.casefold() in _NOBODY or cells[0].strip().casefold() in _NOBODY:
            continue
        if not student.id:
            who = student.name or student.email or "without a name"
            left_out.append(f"line {number} has no id: {who}")
            continue
        _require_id(student.id, number, path)
        before, where = students.setdefault(student.id, (student, number))
        if before != student:
            raise UsageError(
                f"'{path}' has the id {student.id} in line {where} ({before.name}) and in "
                f"line {number} ({student.name}): who is meant? Correct one of them"
            )
    if not students:
        raise UsageError(f"'{path}' names nobody below its line of headings")
    used = ", ".join(field for field in _HEADINGS if field in columns)
    return ClassList(
        students=tuple(student for student, _ in students.values()),
        form=f"{encoding}, {_DIVIDERS[divider]} between columns; used: {used}",
        left_out=tuple(left_out),
    )


def _columns(text: str, path: Path) -> tuple[str, dict[str, int]]:
    """Return what divides columns, and the place of each field.

    Raises:
        UsageError: no column has ids.
    """
    found = {}
    for divider in _DIVIDERS:
        headings = next((row for _, row in _rows(text, divider, path, 0)), [])
        found[divider] = _fields([_plain(heading) for heading in headings])
    divider = max(found, key=lambda d: len(found[d]))
    if "id" not in found[divider]:
        first = text.strip().partition("\n")[0].strip()[:100]
        raise UsageError(
            f"'{path}' has no column of ids. Its first line is '{first}'; one heading "
            f"there must be one of {', '.join(_HEADINGS['id'])}. Names stand under "
            "first_name and last_name, or name; email and lms_user_id may follow"
        )
    return divider, found[divider]


def _fields(headings: list[str]) -> dict[str, int]:
    """Return the place of each field among headings."""
    known = {field: list(names) for field, names in _HEADINGS.items()}
    if _OF_CANVAS & set(headings):
        known["lms_user_id"].append("id")
        known["id"].remove("id")
    places = {
        field: next((headings.index(name) for name in names if name in headings), -1)
        for field, names in known.items()
    }
    return {field: place for field, place in places.items() if place >= 0}


def _plain(heading: str) -> str:
    text = unicodedata.normalize("NFKC", heading).casefold()
    return " ".join(text.replace("_", " ").replace("*", " ").split())


def _rows(
    text: str, divider: str, path: Path, skip: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of a line in the file, and its cells; empty lines are left out.

    Raises:
        UsageError: a quote is never closed, and the like.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                if skip:
                    skip -= 1
                    continue
                yield reader.line_num, row
    except csv.Error as error:
        raise UsageError(f"'{path}', line {reader.line_num}: {error}") from error


def _student(values: Mapping[str, str]) -> ListedStudent:
    """Return the student of a line; a full name is divided where it has to be."""
    clean = {f: unicodedata.normalize("NFC", v).strip() for f, v in values.items()}
    full = clean.pop("name", "")
    if full and not (clean.get("first_name") or clean.get("last_name")):
        clean["first_name"], clean["last_name"] = divided(full)
    for field in ("id", "lms_user_id"):
        if re.fullmatch(r"\d+\.0", clean.get(field, "")):  # a whole number, for Excel
            clean[field] = clean[field][:-2]
    return ListedStudent(**{"id": "", **clean})


def divided(name: str) -> tuple[str, str]:
    """Return the first and the last name of a full name.

    >>> divided("欧阳修"), divided("Li, Ming"), divided("Ada Lovelace")
    (('修', '欧阳'), ('Ming', 'Li'), ('Ada', 'Lovelace'))
    """
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    words = name.split()
    if _is_chinese("".join(words)):
        if len(words) > 1:
            return "".join(words[1:]), words[0]
        if "·" in name:  # of other peoples, given name first: nothing to exchange
            return "", name
        length = 2 if len(name) > 2 and name[:2] in _TWO_CHARACTERS else 1
        return name[length:], name[:length]
    return " ".join(words[:-1]), "".join(words[-1:])


def _is_chinese(text: str) -> bool:
    """Whether a text is written in Chinese characters, the dot of long names included."""
    return bool(text) and all(c in "·〇" or "\u3400" <= c <= "\U000323af" for c in text)


def _require_id(student: str, line: int, path: Path) -> None:
    """Raise `UsageError` where an id is none, or none any more."""
    where = f"'{path}', line {line}"
    if _SHORTENED.fullmatch(student):
        raise UsageError(
            f"{where}: the id {student} has lost its last digits. Excel shortens long "
            "numbers: format the column as text there, put the ids in again, and save anew"
        )
    if _IMPOSSIBLE.search(student) or len(student) > _LONGEST_ID:
        raise UsageError(
            f"{where}: '{student[:40]}' cannot be an id, which names a folder: no slash, "
            f"no dot at its beginning, at most {_LONGEST_ID} characters"
        )
