"""Each kind has a page with a worked example, and the example gives what its page says: one case a kind."""

from __future__ import annotations

import re

import pytest

from accord.programme.measures import KINDS
from tools.measure_pages import REPOSITORY, kinds, page

pytestmark = pytest.mark.medium
NUMBER = re.compile(r"[+-]\d+\.\d+")


QUICK = {"barrier-removal", "import-substitution"}
"""Kinds whose page every `make test` repeats; the others are slow tests."""


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in kinds()],
)
def test_the_page_of_a_kind_says_what_its_example_gives(kind, update_golden):
    file = REPOSITORY / "docs" / "measures" / f"{kind}.md"
    found = page(kind)
    if update_golden:
        file.write_text(found, encoding="utf-8")
    expected = file.read_text(encoding="utf-8")
    # Words are compared as they are; numbers to one unit of their last digit, for machines round differently.
    assert NUMBER.sub("#", found) == NUMBER.sub("#", expected)
    for one, other in zip(NUMBER.findall(found), NUMBER.findall(expected), strict=True):
        digits = len(other.partition(".")[2])
        assert float(one) == pytest.approx(float(other), abs=1.01 * 10.0**-digits)


def test_every_example_is_of_a_kind_that_exists():
    assert set(kinds()) <= set(KINDS)
    for kind in kinds():
        assert (REPOSITORY / "docs" / "measures" / f"{kind}.md").is_file()
