"""The system-call filter, interpreted for both architectures."""

from __future__ import annotations

import errno
import struct

import pytest

from grader.sandbox import seccomp, syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HARMLESS = {"x86_64": (0, 1, 59, 231, 257), "aarch64": (63, 64, 221, 94, 56)}
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS


def verdict(arch: str, number: int, *arguments: int, told: int | None = None) -> int:
    """What the filter answers to one call."""
    words = (*arguments, *([0] * (6 - len(arguments))))
    data = struct.pack("<IIQ6Q", number, told or ARCHES[arch], 0, *words)
    program = seccomp.instructions(arch)
    position = accumulator = 0
    while True:
        code, if_true, if_false, constant = program[position]
        position += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, constant)[0]
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x06:
            return constant
        else:
            holds = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            position += if_true if holds else if_false


@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize("name", seccomp.DENIED)
def test_listed_calls_are_refused(arch: str, name: str) -> None:
    number = syscalls.NUMBERS[arch].get(name)
    if number is None:
        assert name in ("modify_ldt", "uselib", "iopl", "ioperm")  # x86 only
    else:
        assert verdict(arch, number) == EPERM


@pytest.mark.parametrize("arch", ARCHES)
def test_ordinary_calls_pass(arch: str) -> None:
    assert {verdict(arch, number) for number in HARMLESS[arch]} == {ALLOW}


@pytest.mark.parametrize("arch", ARCHES)
def test_processes_may_be_made_but_no_namespaces(arch: str) -> None:
    clone = syscalls.NUMBERS[arch]["clone"]
    assert verdict(arch, clone, 0x3D0F00) == ALLOW  # a thread
    for flag in (syscalls.NEWUSER, syscalls.NEWNET, syscalls.NEWNS):
        assert verdict(arch, clone, 0x11 | flag) == EPERM
    assert verdict(arch, syscalls.NUMBERS[arch]["clone3"]) == ENOSYS


@pytest.mark.parametrize("arch", ARCHES)
def test_only_anonymous_shared_mappings_are_refused(arch: str) -> None:
    mmap = syscalls.NUMBERS[arch]["mmap"]
    flags = {"private": 0x02, "anonymous": 0x22, "file": 0x01, "stack": 0x20022}
    assert {verdict(arch, mmap, 0, 1, 3, f) for f in flags.values()} == {ALLOW}
    for shared in (0x21, 0x23, 0x4021):
        assert verdict(arch, mmap, 0, 1, 3, shared) == EPERM


@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize(
    ("family", "protocol", "answer"),
    [(1, 0, ALLOW), (2, 0, ALLOW), (10, 0, ALLOW), (16, 0, ALLOW), (16, 9, EPERM),
     (17, 0, EPERM), (40, 0, EPERM), (38, 0, EPERM)],
)  # fmt: skip
def test_socket_families(arch: str, family: int, protocol: int, answer: int) -> None:
    number = syscalls.NUMBERS[arch]["socket"]
    assert verdict(arch, number, family, 1, protocol) == answer


@pytest.mark.parametrize("arch", ARCHES)
def test_unknown_calls_and_other_architectures(arch: str) -> None:
    assert verdict(arch, 9999) in (ENOSYS, EPERM)
    assert verdict(arch, HARMLESS[arch][0], told=0x40000003) == KILL
    assert verdict("x86_64", 0x40000000) == EPERM  # x32
