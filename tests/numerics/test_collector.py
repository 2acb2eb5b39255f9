"""The search for reference cycles: off inside, however often, and as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from accord.numerics.collector import no_collection


@pytest.fixture(autouse=True)
def _as_it_was():
    before = gc.isenabled()
    yield
    if before:
        gc.enable()
    else:
        gc.disable()


@pytest.mark.parametrize("before", [True, False])
def test_it_is_off_inside_and_as_before_after_the_last_block(before):
    if before:
        gc.enable()
    else:
        gc.disable()
    with no_collection():
        with no_collection():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the outer block is not at its end"
    assert gc.isenabled() == before
