"""Class lists as Excel, Canvas, Moodle, Gradescope and nbgrader save them."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course.class_list import ClassList, ListedStudent, divided, read_class_list
from grader.errors import UsageError

WEI = ListedStudent(id="20231101", first_name="伟", last_name="王")
PLAIN = "学号,姓名\n20231101,王伟\n20231102,欧阳静霞\n"


def of(folder: Path, text: str | bytes, encoding: str = "utf-8") -> ClassList:
    path = folder / "名单.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_class_list(path)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),  # what Excel calls CSV UTF-8
        ("gbk", "GBK"),  # what Excel writes on a Chinese Windows
        ("gb18030", "GBK"),
        ("utf-16", "UTF-16"),  # what Excel calls Unicode text
    ],
)
@pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_form_that_spreadsheets_save_is_read_alike(
    tmp_path: Path, encoding: str, told: str, divider: str, end: str
) -> None:
    text = PLAIN.replace(",", divider).replace("\n", end)
    found = of(tmp_path, text, encoding)
    assert found.students[0] == WEI
    assert found.students[1].last_name == "欧阳"
    assert found.form.startswith(told)
    assert found.form.endswith("used: id, name")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,a@b.c,77",
            ("ada", "Ada", "Lovelace", "a@b.c", "77"),
        ),
        (  # Canvas: a gradebook
            "Student,ID,SIS User ID,SIS Login ID,Section,a07 (12)\n"
            "    Points Possible,,,,,12\n"
            '"Lovelace, Ada",77,u1,ada,A,3\n"Student, Test",78,,,A,',
            ("ada", "Ada", "Lovelace", "", "77"),
        ),
        (  # Moodle: participants
            "First name,Surname,ID number,Email address\nAda,Lovelace,ada,a@b.c",
            ("ada", "Ada", "Lovelace", "a@b.c", ""),
        ),
        (  # Moodle in Chinese
            "名,姓,学号,Email地址\n伟,王,ada,a@b.c",
            ("ada", "伟", "王", "a@b.c", ""),
        ),
        (  # Gradescope: a roster
            "First Name,Last Name,SID,Email,Role\nAda,Lovelace,ada,a@b.c,Student",
            ("ada", "Ada", "Lovelace", "a@b.c", ""),
        ),
        ("sep=;\nID;Name\nada;Ada Lovelace", ("ada", "Ada", "Lovelace", "", "")),
        ("\n\nＩＤ，\n".replace("，", ",x") + "ada,1\n\n", ("ada", "", "", "", "")),
        ('id,name\nada,"Lovelace, Ada\nKing"', ("ada", "Ada\nKing", "Lovelace", "", "")),
        ("id\nada", ("ada", "", "", "", "")),
        ("id,lms_user_id\n2023.0,77.0", ("2023", "", "", "", "77")),
    ],
)
def test_headings_of_every_system_are_known(
    tmp_path: Path, text: str, expected: tuple[str, ...]
) -> None:
    (student,) = of(tmp_path, text).students
    fields = student.first_name, student.last_name, student.email, student.lms_user_id
    assert (student.id, *fields) == expected


@pytest.mark.parametrize(
    ("name", "first", "last", "shown"),
    [
        ("王伟", "伟", "王", "王伟"),
        ("欧阳修", "修", "欧阳", "欧阳修"),
        ("欧阳", "阳", "欧", "欧阳"),
        ("司马相如", "相如", "司马", "司马相如"),
        ("张 静霞", "静霞", "张", "张静霞"),
        ("迪丽热巴·迪力木拉提", "", "迪丽热巴·迪力木拉提", "迪丽热巴·迪力木拉提"),
        ("Ada Lovelace", "Ada", "Lovelace", "Ada Lovelace"),
        ("Lovelace, Ada", "Ada", "Lovelace", "Ada Lovelace"),
        ("Ada King Lovelace", "Ada King", "Lovelace", "Ada King Lovelace"),
        ("Plato", "", "Plato", "Plato"),
    ],
)
def test_full_names_are_divided(name: str, first: str, last: str, shown: str) -> None:
    assert divided(name) == (first, last)
    assert ListedStudent(id="1", first_name=first, last_name=last).name == shown


def test_both_ways_of_writing_an_accent_are_one_name(tmp_path: Path) -> None:
    (student,) = of(tmp_path, "id,name\nrene\u0301,Rene\u0301 Descartes").students
    assert (student.id, student.first_name) == ("ren\u00e9", "Ren\u00e9")


def test_western_letters_of_an_old_windows_are_no_chinese(tmp_path: Path) -> None:
    found = of(tmp_path, "id,name\nm,René Müller", "cp1252")
    assert (found.students[0].name, found.form[:12]) == ("René Müller", "Windows-1252")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,email\nAda,a@b.c", "no column of ids. Its first line is 'name,email'"),
        ("", "no column of ids"),
        ("id,name\n", "names nobody"),
        ("id,name\n2.02311E+11,王伟", "line 2: the id 2.02311E+11 has lost its last"),
        ("id,name\na/b,王伟", "line 2: 'a/b' cannot be an id"),
        ("id,name\n.x,王伟", "cannot be an id"),
        ("id,name\n" + "9" * 200 + ",王伟", "at most 128 characters"),
        ("id,name\n7,王伟\n8,李明\n7,张三", "id 7 in line 2 (王伟) and in line 4 (张三)"),
        (b"PK\x03\x04" + b"\0" * 90, "it is an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 90, "it is an Excel workbook"),
        (b"\x7fELF\0\0", "bytes that no text has"),
        ("id\n" + "9" * 200_000, "line 2: field larger than field limit"),
    ],
)
def test_what_is_no_class_list_is_refused_whole(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(UsageError) as refused:
        of(tmp_path, text)
    assert words in str(refused.value)


@pytest.mark.parametrize("before", ["", "sep=,\n", "\r\n\r\n", "\nsep=,\r\n\n"])
def test_lines_are_numbered_as_in_the_file(tmp_path: Path, before: str) -> None:
    found = of(tmp_path, f"{before}id,name\n7,王伟\n,李明\n")
    assert found.left_out == (f"line {before.count(chr(10)) + 3} has no id: 李明",)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_class_list(tmp_path / "nobody.csv")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_class_list(tmp_path)


def test_lines_without_an_id_are_left_out_and_said(tmp_path: Path) -> None:
    found = of(tmp_path, "学号,姓名,邮箱\n,李明,\n20231101,王伟,\n,,x@y.z\n20231101,王伟,")
    assert found.students == (WEI,)
    assert found.left_out == ("line 2 has no id: 李明", "line 4 has no id: x@y.z")


def test_three_hundred_of_one_class_come_through(tmp_path: Path) -> None:
    dice = random.Random(0)
    names = [
        dice.choice("王李张刘陈杨黄赵周吴") + dice.choice("伟芳娜敏静丽强磊军洋")
        for _ in range(300)
    ]
    lines = [f"{20230000 + i},{name}" for i, name in enumerate(names)]
    found = of(tmp_path, "\r\n".join(["学号,姓名", *lines]), "gbk")
    assert [student.name for student in found.students] == names


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"id,name\n" + data)
    with contextlib.suppress(UsageError):
        assert read_class_list(path).students
