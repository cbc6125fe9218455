"""Kernels one after another: each serves once, and none is left behind."""

import threading

import pytest

from grader.kernel.prepared import PreparedBoxes


class Kernel:
    def __init__(self, number):
        self.number = number
        self.closed = threading.Event()

    def close(self):
        assert not self.closed.is_set(), "closed twice"
        self.closed.set()


class Factory:
    """Starts fake kernels, the ones in `broken` excepted."""

    def __init__(self, *broken):
        self.started = []
        self.broken = broken

    def __call__(self):
        kernel = Kernel(len(self.started))
        self.started.append(kernel)
        if kernel.number in self.broken:
            raise OSError(f"kernel {kernel.number}")
        return kernel


def test_without_working_ahead_kernels_start_and_end_at_once():
    start = Factory()
    supply = PreparedBoxes(start)
    kernel = supply.take()
    assert start.started == [kernel]
    supply.put_away(kernel)
    assert kernel.closed.is_set()
    supply.close()


def test_nothing_is_started_before_the_first_kernel_is_needed():
    start = Factory()
    supply = PreparedBoxes(start)
    supply.work_ahead()
    supply.close()
    assert start.started == []


def test_the_next_kernel_is_ready_and_every_kernel_serves_once():
    start = Factory()
    supply = PreparedBoxes(start)
    supply.work_ahead()
    taken = []
    for _ in range(4):
        taken.append(supply.take())
        supply.put_away(taken[-1])
    assert [kernel.number for kernel in taken] == [0, 1, 2, 3]
    supply.close()
    assert len(start.started) == 5, "one was ahead"
    assert all(kernel.closed.is_set() for kernel in start.started)


def test_a_kernel_that_did_not_start_is_reported_to_whom_it_was_for():
    supply = PreparedBoxes(Factory(1))
    supply.work_ahead()
    supply.take()
    with pytest.raises(OSError, match="kernel 1"):
        supply.take()
    assert supply.take().number == 2
    supply.close()


def test_closing_survives_a_kernel_that_did_not_start():
    supply = PreparedBoxes(Factory(1))
    supply.work_ahead()
    supply.put_away(supply.take())
    supply.close()
    supply.close()
