"""What a student's page says about where a mistake is explained."""

import pytest

from grader.report.feedback import _lecture_link


@pytest.mark.parametrize(
    ("lecture", "text"),
    [
        ("08_backpropagation#The-kink", "lecture 08_backpropagation, “The kink”"),
        ("13_iris#The-network:-4-6-3", "lecture 13_iris, “The network: 4-6-3”"),
        ("13_iris", "lecture 13_iris<"),
    ],
)
def test_link_shows_the_heading_and_leads_to_its_anchor(lecture: str, text: str) -> None:
    link = _lecture_link(lecture)
    page, _, anchor = lecture.partition("#")
    assert text in link
    assert f"lectures/{page}.ipynb{'#' + anchor if anchor else ''}" in link


def test_without_a_place_there_is_no_link() -> None:
    assert _lecture_link("") == ""
