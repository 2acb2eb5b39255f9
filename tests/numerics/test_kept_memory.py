"""Memory that is kept for the time of a block of work: pages are asked for once, and given back at the end."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from accord.numerics import kept_memory as module
from accord.numerics.kept_memory import kept_memory

resource = pytest.importorskip("resource")

LARGE = 40 << 20
"""More than glibc ever keeps by itself (32 MiB)."""
FEW = 10
"""Half of its pages where they are huge ones of 2 MiB."""


def pages_of_an_array():
    """Pages that the kernel hands out for one array more."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(LARGE // 8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_pages_are_asked_for_once_inside_and_every_time_outside():
    with kept_memory():
        pages_of_an_array()
        with kept_memory():
            assert pages_of_an_array() < FEW
        assert pages_of_an_array() < FEW, "the outer block is not at its end"
    assert pages_of_an_array() > FEW
    assert pages_of_an_array() > FEW


def test_other_c_libraries_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(module, "_glibc", lambda: None)
    with kept_memory():
        assert np.ones(3).sum() == 3.0
