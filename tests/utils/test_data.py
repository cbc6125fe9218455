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


@pytest.fixture(scope="module")
def glove():
    return data.glove()


def test_glove_has_a_row_for_every_word_the_commonest_first(glove):
    assert glove.vectors.shape == (len(glove.words), 50) == (20_000, 50)
    assert glove.vectors.dtype == np.float64
    assert np.isfinite(glove.vectors).all()
    assert glove.words[:4] == ("the", ",", ".", "of")
    assert [glove.index[word] for word in glove.words] == list(range(20_000))


def test_glove_keeps_the_published_numbers_to_eight_bits(glove):
    published = [0.418, 0.24968, -0.41242, 0.1217, 0.34527]  # "the" in glove.6B.50d
    largest = np.abs(glove.vectors[0]).max()
    assert np.abs(glove.vectors[0, :5] - published).max() <= 0.5001 * largest / 127


def test_wordsim_pairs_of_the_slides():
    pairs = {(a, b): mean for a, b, mean in data.wordsim353()}
    assert len(data.wordsim353()) == 353
    assert pairs[("tiger", "cat")] == 7.35
    assert pairs[("tiger", "tiger")] == 10
    assert pairs[("stock", "jaguar")] == 0.92


def test_analogies_are_the_published_questions():
    sections = data.analogies()
    sizes = [506, 4524, 866, 2467, 506, 992, 812, 1332, 1122, 1056, 1599, 1560, 1332, 870]
    assert [len(questions) for questions in sections.values()] == sizes
    assert ("boy", "girl", "king", "queen") in sections["family"]
    everything = [q for questions in sections.values() for q in questions]
    assert len(everything) == 19_544  # some stand in two sections
    assert all(d not in (a, b, c) and a != c for a, b, c, d in everything)


def test_every_word_that_is_asked_for_has_a_vector(glove):
    asked = {w for qs in data.analogies().values() for q in qs for w in q}
    asked |= {word.lower() for a, b, _ in data.wordsim353() for word in (a, b)}
    english = [s for s in data.ner() if s.language == "en"]
    asked |= {word.lower() for sentence in english for word in sentence.words}
    assert asked - set(glove.words) == set()


def test_ner_sentences_have_one_label_per_word_and_occur_once():
    sentences = data.ner()
    assert all(len(s.words) == len(s.labels) for s in sentences)
    assert {y for s in sentences for y in s.labels} == {"PER", "LOC", "ORG", "DATE", "O"}
    assert len({s.words for s in sentences}) == len(sentences) == 391


def test_ner_languages_and_parts():
    parts = [(s.language, s.is_test) for s in data.ner()]
    assert parts.count(("en", False)) == 211
    assert parts.count(("en", True)) == 71
    assert parts.count(("zh", False)) == 77
    assert parts.count(("zh", True)) == 32


def test_paris_is_a_person_and_a_place():
    labels = {" ".join(s.words[:2]): s.labels for s in data.ner()}
    assert labels["Paris Hilton"][:2] == ("PER", "PER")
    hotel = next(s for s in data.ner() if s.words[:2] == ("Samuel", "Quinn"))
    assert " ".join(hotel.labels) == "PER PER O O O O LOC LOC O LOC O DATE DATE O"


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
