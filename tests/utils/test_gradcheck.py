"""Finite differences: right on functions we can differentiate, and never silent."""

import numpy as np
import pytest
import torch

from utils.gradcheck import directional_derivative, numeric_gradient, relative_error


def cubic(x):
    """Return a function of the entries that is not a sum of functions of one entry."""
    return np.sum(x**3) + np.prod(x)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 2), (0,)], ids=str)
def test_gradient_has_the_shape_of_x_and_agrees_with_autograd(shape):
    x = np.random.default_rng(0).normal(size=shape)
    leaf = torch.tensor(x, requires_grad=True)
    (torch.sum(leaf**3) + torch.prod(leaf)).backward()
    gradient = numeric_gradient(cubic, x)
    assert gradient.shape == shape
    assert gradient.dtype == np.float64
    assert relative_error(leaf.grad.numpy(), gradient) < 1e-6


def test_x_is_left_as_it_was_even_when_f_writes_into_its_argument():
    x = np.array([1.0, -0.5, 2.0])

    def careless(v):
        v *= 2
        return np.sum(v)

    assert np.allclose(numeric_gradient(careless, x), 2)
    assert x.tolist() == [1.0, -0.5, 2.0]


def test_integers_are_bumped_as_floats():
    assert numeric_gradient(lambda x: np.sum(x**2), [1, 2]) == pytest.approx([2, 4])


def test_central_differences_are_exact_to_h_squared():
    error = numeric_gradient(lambda x: x**3, 1.0, h=1e-2) - 3
    assert error == pytest.approx(1e-4, rel=1e-6)


@pytest.mark.parametrize("answer", [np.ones(2), np.ones((1, 2)), []], ids=str)
def test_f_must_return_one_number(answer):
    with pytest.raises(ValueError, match="expected one number"):
        numeric_gradient(lambda _: answer, np.ones(3))


def test_an_array_of_one_entry_is_one_number():
    assert numeric_gradient(lambda x: x**2, np.array([3.0])) == pytest.approx([6])


def test_directional_derivative_is_gradient_times_direction():
    rng = np.random.default_rng(1)
    x, v = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    slope = directional_derivative(cubic, x, v)
    assert slope == pytest.approx(np.sum(numeric_gradient(cubic, x) * v), rel=1e-6)


def test_directional_derivative_wants_a_direction_of_the_shape_of_x():
    with pytest.raises(ValueError, match=r"\(3,\), expected \(2,\)"):
        directional_derivative(np.sum, np.ones(2), np.ones(3))


@pytest.mark.parametrize(
    ("a", "n", "error"),
    [(0, 0, 0), (1, 1, 0), (1, 2, 0.5), (2, 1, 0.5), (1, -1, 2), (0, 1, 1)],
)
def test_relative_error_of_two_numbers(a, n, error):
    assert relative_error(a, n) == error


def test_relative_error_reports_the_worst_entry():
    assert relative_error([100, 1, 0], [100, 2, 0]) == 0.5


def test_noise_beside_a_zero_is_not_an_error():
    assert relative_error([1.0, 0.0], [1.0, 1e-13]) < 1e-6


@pytest.mark.parametrize("wrong", [2.0, -1.0, 0.5], ids=str)
def test_a_wrong_factor_is_a_large_error(wrong):
    x = np.array([1.0, -0.5, 2.0])
    right = numeric_gradient(cubic, x)
    assert relative_error(wrong * right, right) > 0.1


def test_nan_never_passes_for_agreement():
    assert not relative_error([np.nan, 1.0], [1.0, 1.0]) < 1e-6


def test_shapes_are_never_broadcast():
    with pytest.raises(ValueError, match="is a transpose missing"):
        relative_error(np.ones((2, 3)), np.ones((3, 2)))


def test_two_empty_gradients_agree():
    assert relative_error([], []) == 0
