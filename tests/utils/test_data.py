"""Packaged data are what they claim to be, and a changed file is refused."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from utils import data

FILES = sorted(p.name for p in data.FOLDER.iterdir() if p.suffix != ".md")


def test_iris_is_the_copy_of_scikit_learn():
    ours, theirs = data.iris(), load_iris()
    np.testing.assert_array_equal(ours.X, theirs.data)
    np.testing.assert_array_equal(ours.y, theirs.target)
    assert ours.species == tuple(theirs.target_names)
    assert ours.features == ("sepal length", "sepal width", "petal length", "petal width")


def test_gongji_trains_on_more_supply_than_roosters():
    sentences = data.gongji()
    words = [word for sentence in sentences[:40] for word in sentence]
    assert len(sentences) == 50
    assert (words.count("公鸡"), words.count("供给")) == (12, 21)


def test_every_packaged_file_has_a_checksum_and_a_line_in_the_readme():
    readme = (data.FOLDER / "README.md").read_text(encoding="utf-8")
    assert sorted(data.SHA256) == FILES
    assert [name for name in FILES if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_unchanged_and_refused_when_changed(name, tmp_path, monkeypatch):
    raw = data.read_bytes(name)
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    (tmp_path / name).write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(ValueError, match="has changed"):
        data.read_bytes(name)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError):
        data.read_bytes(name)
