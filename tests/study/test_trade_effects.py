"""Trade created and diverted: by hand, and sums that hold whatever happens to trade."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.study.trade_effects import viner


def parts_of(change, partners):
    """Parts of a change (sector, importer, exporter) from nothing."""
    start = np.zeros((1, *change.shape))
    pair = (SimpleNamespace(quantities=start), SimpleNamespace(quantities=start + change))
    return viner(*pair, partners)  # pyright: ignore[reportArgumentType]


def test_a_tariff_between_partners_by_hand():
    """Importer 0; partners 1 and 2; third countries 3 and 4; home is exporter 0. One product a case."""
    cases = {
        "third countries lose less than partners gain, home loses part of the rest": [
            -3.0,
            8.0,
            2.0,
            -3.0,
            -1.0,
        ],
        "third countries lose more: all is diverted": [-1.0, 3.0, 0.0, -5.0, 1.0],
        "third countries gain too: nothing is diverted": [-9.0, 4.0, -1.0, 2.0, 0.0],
        "partners sell less": [1.0, -2.0, -1.0, -1.0, 0.0],
    }
    change = np.zeros((4, 5, 5))
    change[:, 0] = list(cases.values())
    by_case = [parts_of(change[place : place + 1], [0, 1, 2]) for place in range(4)]
    first = by_case[0]  # diverted 4, created 6, of which 3 in place of home supply; partners share 8 : 2
    assert_allclose(first.diverted[0], [0, 3.2, 0.8, -3, -1])
    assert_allclose(first.replaced[0], [0, 2.4, 0.6, 0, 0])
    assert_allclose(first.expanded[0], [0, 2.4, 0.6, 0, 0])
    second = by_case[1]  # diverted 3, all from third country 3, which loses 2 more
    assert_allclose(second.diverted[0], [0, 3, 0, -3, 0])
    assert_allclose(second.replaced[0] + second.expanded[0], 0.0)
    assert_allclose(second.other[0], [0, 0, 0, -2, 1])
    third = by_case[2]  # created 3, all in place of home supply, sold by partner 1; partner 2 loses one
    assert_allclose(third.diverted[0], 0.0)
    assert_allclose(third.replaced[0], [0, 3, 0, 0, 0])
    assert_allclose(third.expanded[0], [0, 1, -1, 0, 0])
    assert_allclose(third.other[0], [0, 0, 0, 2, 0])
    fourth = by_case[3]
    assert_allclose(fourth.expanded[0], [0, -2, -1, 0, 0])
    assert_allclose(fourth.diverted[0], 0.0)
    together = parts_of(change, [0, 1, 2])  # products add up, signs of one never hide those of another
    for name in ("replaced", "expanded", "diverted", "other", "imports"):
        assert_allclose(getattr(together, name), sum(getattr(one, name) for one in by_case), atol=1e-12)


@given(seed=st.integers(0, 2**16), partners=st.sampled_from([[0, 1], [1, 3, 4], [0, 2, 3, 4]]))
def test_parts_add_up_whatever_happens(seed, partners):
    change = np.random.default_rng(seed).normal(size=(3, 5, 5))
    found = parts_of(change, partners)
    own = change[:, partners]
    own[:, range(len(partners)), partners] = 0.0
    assert_allclose(found.imports, own.sum(axis=0), atol=1e-12)
    assert_allclose(found.diverted.sum(axis=1), 0.0, atol=1e-12)
    outside = [place for place in range(5) if place not in partners]
    assert np.all(found.diverted[:, partners] >= 0.0)
    assert np.all(found.diverted[:, outside] <= 0.0)
    assert np.all(found.replaced >= 0.0)
    assert np.all(found.other[:, partners] == 0.0)
    assert np.all(found.replaced[:, outside] == 0.0)
    # Against sums over products of the rule for each product, written out.
    for n, importer in enumerate(partners):
        diverted = created = replaced = 0.0
        for product in change:
            rise = sum(product[importer, i] for i in partners if i != importer)
            fall = sum(product[importer, i] for i in outside)
            moved = min(max(-fall, 0.0), max(rise, 0.0))
            diverted, created = diverted + moved, created + rise - moved
            replaced += min(max(-product[importer, importer], 0.0), max(rise - moved, 0.0))
        assert_allclose(found.diverted[n, partners].sum(), diverted, atol=1e-12)
        assert_allclose((found.replaced + found.expanded)[n].sum(), created, atol=1e-12)
        assert_allclose(found.replaced[n].sum(), replaced, atol=1e-12)
