"""Laws of the product space, a second implementation in plain loops, a toy by hand, the reference data, and `ecomplexity`."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from accord.analysis.product_space import (
    CandidateRules,
    ProductSpace,
    joint_products,
    place_partners,
    product_space,
)
from accord.analysis.product_space.complexity import (
    complexity,
    density,
    density_apart,
    gain,
    outlook,
    presence,
    proximity,
    revealed_comparative_advantage,
)
from accord.analysis.product_space.concordance import groups, members_of, sectors_of
from accord.errors import WorldError
from accord.world import read_world
from accord.world.products import ExportsTable, Flows, read_exports

SEEDS = st.integers(0, 2**16)


def random_exports(seed: int, countries: int = 9, products: int = 14) -> np.ndarray:
    """Lumpy exports: some products are sold by few, and every row and column has some."""
    rng = np.random.default_rng(seed)
    exports = rng.lognormal(0.0, 1.2, (countries, products)) * (rng.random((countries, products)) < 0.8)
    exports[0] += 0.01
    exports[:, 0] += 0.01
    return exports


def table_of(exports: np.ndarray, flows: Flows | None = None) -> ExportsTable:
    countries = tuple(f"C{number:02d}" for number in range(exports.shape[0]))
    products = tuple(f"product {number:02d}" for number in range(exports.shape[1]))
    return ExportsTable(countries, products, exports, flows=flows, source="made up")


@given(seed=SEEDS)
def test_advantage_weighted_by_world_shares_averages_to_one(seed):
    exports = random_exports(seed)
    advantage = revealed_comparative_advantage(exports)
    assert_allclose(advantage @ (exports.sum(axis=0) / exports.sum()), 1.0, rtol=1e-12)
    assert_allclose((exports.sum(axis=1) / exports.sum()) @ advantage, 1.0, rtol=1e-12)


@given(seed=SEEDS)
def test_every_country_and_every_product_has_an_advantage_somewhere(seed):
    present = presence(revealed_comparative_advantage(random_exports(seed)))
    assert present.any(axis=0).all()
    assert present.any(axis=1).all()


@given(seed=SEEDS)
def test_proximity_is_symmetric_between_zero_and_one_with_ones_on_the_diagonal(seed):
    near = proximity(presence(revealed_comparative_advantage(random_exports(seed))))
    assert_array_equal(near, near.T)
    assert_array_equal(np.diag(near), 1.0)
    assert near.min() >= 0.0
    assert near.max() <= 1.0


@given(seed=SEEDS)
def test_density_lies_between_zero_and_one_and_is_one_where_everything_is_made(seed):
    present = presence(revealed_comparative_advantage(random_exports(seed)))
    near = proximity(present)
    dense = density(present, near)
    assert dense.min() >= 0.0
    assert dense.max() <= 1.0 + 1e-12
    assert_allclose(density(np.ones((1, present.shape[1]), bool), near), 1.0)


@given(seed=SEEDS, factor=st.floats(1e-6, 1e6))
def test_complexity_does_not_depend_on_the_unit_of_exports(seed, factor):
    exports = random_exports(seed)
    one, other = (
        complexity(presence(revealed_comparative_advantage(x))) for x in (exports, factor * exports)
    )
    assert_allclose(other.countries, one.countries, atol=1e-9)
    assert_allclose(other.products, one.products, atol=1e-9)


@given(seed=SEEDS)
def test_complexity_of_a_country_is_the_mean_complexity_of_its_products(seed):
    present = presence(revealed_comparative_advantage(random_exports(seed)))
    ranked = complexity(present)
    assert_allclose(present @ ranked.products / present.sum(axis=1), ranked.countries, atol=1e-9)
    assert_allclose([ranked.countries.mean(), ranked.countries.std()], [0.0, 1.0], atol=1e-12)


@given(seed=SEEDS)
def test_the_order_of_labels_is_of_no_account(seed):
    exports, rng = random_exports(seed), np.random.default_rng(seed)
    rows, columns = rng.permutation(exports.shape[0]), rng.permutation(exports.shape[1])
    one, other = product_space(table_of(exports)), product_space(table_of(exports[np.ix_(rows, columns)]))
    assert_allclose(other.near, one.near[np.ix_(columns, columns)], atol=1e-12)
    assert_allclose(other.dense, one.dense[np.ix_(rows, columns)], atol=1e-12)
    assert_allclose(other.ranked.countries, one.ranked.countries[rows], atol=1e-8)
    assert_allclose(other.ranked.products, one.ranked.products[columns], atol=1e-8)
    assert_allclose(other.gains, one.gains[np.ix_(rows, columns)], atol=1e-8)
    assert_allclose(other.outlook_index, one.outlook_index[rows], atol=1e-8)


@given(seed=SEEDS)
def test_partners_alike_are_as_one_economy_what_each_is_alone(seed):
    exports = random_exports(seed)
    exports[1] = 3.0 * exports[2]
    space = product_space(table_of(exports))
    first, second, as_one, pooled = place_partners(space, ["C01", "C02"])
    for economy in (second, as_one):
        assert_allclose(economy.advantage, first.advantage, rtol=1e-12)
    for economy in (second, as_one, pooled):
        assert_array_equal(economy.present, first.present)
        assert_allclose(economy.dense, first.dense, rtol=1e-12)
        assert_allclose(economy.complexity, first.complexity, atol=1e-9)
    assert_allclose(first.complexity, space.ranked.countries[1], atol=1e-9)
    assert_allclose(first.outlook, space.outlook_index[1], atol=1e-9)


@given(seed=SEEDS)
def test_partners_as_one_have_an_advantage_only_where_one_of_them_has(seed):
    *alone, as_one, pooled = place_partners(
        product_space(table_of(random_exports(seed))), ["C01", "C02", "C05"]
    )
    either = np.any([economy.present for economy in alone], axis=0)
    assert_array_equal(pooled.present, either)
    assert not (as_one.present & ~either).any()
    assert all((pooled.dense >= economy.dense - 1e-12).all() for economy in (*alone, as_one))


def test_two_blocks_by_hand():
    """Countries A, B make p, q; C, D make r, s, t alike. B also makes p alone, so that diversity differs within a block.

    M =  p q r s t          k = 2, 1, 3, 3     u = 2, 1, 2, 2, 2
      A  1 1 0 0 0          phi(p,q) = 1/2, phi(r,s) = 1, across blocks 0
      B  1 0 0 0 0
      C  0 0 1 1 1
      D  0 0 1 1 1
    """
    present = np.array([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 1]], dtype=bool)
    near = proximity(present)
    assert_allclose(near[0], [1.0, 0.5, 0.0, 0.0, 0.0])
    assert_allclose(near[2], [0.0, 0.0, 1.0, 1.0, 1.0])
    dense = density(present, near)
    assert_allclose(dense[1], [1.0 / 1.5, 0.5 / 1.5, 0.0, 0.0, 0.0])
    assert_allclose(density_apart(present, near, dense)[1], [0.0, 1.0, 0.0, 0.0, 0.0])
    # The second eigenvector tells the blocks apart and nothing else; the diverse block is the complex one.
    ranked = complexity(present)
    assert_allclose(ranked.countries, [-1.0, -1.0, 1.0, 1.0])
    assert_allclose(ranked.products, [-1.0, -1.0, 1.0, 1.0, 1.0])
    assert_allclose(ranked.eigenvalues, [1.0, 0.25], atol=1e-12)
    # Its zero is the mean over the nine presences, three of which lie in the poor block.
    assert_allclose(np.average(ranked.on_eigenvector, weights=present.sum(axis=0)), 0.0, atol=1e-12)
    # B lacks q, whose density is 1/3, and r, s, t, to which it has none.
    q = ranked.on_eigenvector[1]
    assert_allclose(outlook(present, dense, ranked)[1], q / 3.0)
    assert_allclose(gain(present, near, ranked)[1, 1] * ranked.deviation, q * 1.0 / 1.5)


def test_complexity_that_exports_do_not_determine_is_refused():
    with pytest.raises(WorldError, match="complexity is not determined"):
        complexity(np.kron(np.eye(3), np.ones((2, 2))).astype(bool))
    with pytest.raises(WorldError, match="complexity is not determined"):
        complexity(np.ones((4, 5), dtype=bool))


# Tables that hang together: where one falls apart, 1 is an eigenvalue twice and a general solver may return either vector.
@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5])
def test_arrays_agree_with_a_second_implementation_in_loops(seed):
    exports = random_exports(seed, 10, 12)
    expected = in_loops(exports)
    space = product_space(table_of(exports))
    assert_allclose(space.advantage, expected["advantage"], rtol=1e-12)
    assert_allclose(space.near, expected["near"], rtol=1e-12)
    assert_allclose(space.dense, expected["dense"], rtol=1e-12)
    assert_allclose(space.ranked.countries, expected["countries"], atol=1e-8)
    assert_allclose(space.ranked.products, expected["products"], atol=1e-8)
    assert_allclose(space.outlook_index, expected["outlook"], atol=1e-8)
    assert_allclose(space.gains, expected["gains"], atol=1e-8)


def in_loops(x: np.ndarray) -> dict[str, np.ndarray]:
    """The definitions, term by term; the eigenvector by the general solver on the matrix between products."""
    countries, products = (range(size) for size in x.shape)
    advantage = np.array(
        [[(x[c, p] / x[c].sum()) / (x[:, p].sum() / x.sum()) for p in products] for c in countries]
    )
    m = np.where(advantage >= 1.0 - 1e-9, 1, 0)
    k, u = m.sum(axis=1), m.sum(axis=0)
    near = np.empty((len(products),) * 2)
    for p, q in itertools.product(products, products):
        both = sum(m[c, p] * m[c, q] for c in countries)
        near[p, q] = min(both / u[p], both / u[q])
    total = [sum(near[q, p] for q in products) for p in products]
    dense = np.array(
        [[sum(m[c, q] * near[q, p] for q in products) / total[p] for p in products] for c in countries]
    )
    between = np.empty((len(products),) * 2)
    for p, q in itertools.product(products, products):
        between[p, q] = sum(m[c, p] * m[c, q] / (u[p] * k[c]) for c in countries)
    values, vectors = np.linalg.eig(between)
    kp = np.real(vectors[:, np.argsort(np.real(values))[-2]])
    kc = np.array([sum(m[c, p] * kp[p] for p in products) / k[c] for c in countries])
    sign = np.sign(np.corrcoef(k, kc)[0, 1])
    kp, kc = sign * kp, sign * kc
    nearby = np.array([sum((1 - m[c, p]) * dense[c, p] * kp[p] for p in products) for c in countries])
    gains = np.array(
        [
            [
                (1 - m[c, p])
                * sum((1 - m[c, q]) * kp[q] * near[q, p] / total[q] for q in products)
                / kc.std()
                for p in products
            ]
            for c in countries
        ]
    )
    return {
        "advantage": advantage,
        "near": near,
        "dense": dense,
        "countries": (kc - kc.mean()) / kc.std(),
        "products": (kp - kc.mean()) / kc.std(),
        "outlook": (nearby - nearby.mean()) / nearby.std(),
        "gains": gains,
    }


def ensure_equals_ecomplexity(space: ProductSpace) -> None:
    """All six measures against the Growth Lab's own package, when it is installed (extra `bench`)."""
    peer = pytest.importorskip(
        "ecomplexity", reason="the package ecomplexity is not installed (extra `bench`)"
    )
    import pandas as pd

    exports = space.table.exports
    labels = pd.MultiIndex.from_product([space.table.countries, space.table.products], names=["c", "p"])
    frame = pd.Series(exports.ravel(), labels).reset_index(name="v").assign(t=2000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = peer.ecomplexity(
            frame, {"time": "t", "loc": "c", "prod": "p", "val": "v"}, check_logsupermodularity=False
        )
    given = given.set_index(["c", "p"]).loc[labels]
    ours = {
        "rca": space.advantage,
        "density": space.dense,
        "eci": np.broadcast_to(space.ranked.countries[:, None], exports.shape),
        "pci": np.broadcast_to(space.ranked.products, exports.shape),
        "coi": np.broadcast_to(space.outlook_index[:, None], exports.shape),
        "cog": space.gains,
    }
    for name, values in ours.items():
        assert_allclose(values, given[name].to_numpy().reshape(exports.shape), atol=1e-8, err_msg=name)


def test_values_equal_those_of_ecomplexity():
    ensure_equals_ecomplexity(product_space(table_of(random_exports(7, 30, 60))))


@pytest.mark.slow
def test_values_equal_those_of_ecomplexity_on_the_reference_data(reference):
    ensure_equals_ecomplexity(product_space(reference, least_exports=1000.0))


def bilateral(seed: int = 3) -> tuple[ExportsTable, np.ndarray]:
    """A bilateral table of ten countries and its flows (exporter, importer, product)."""
    rng = np.random.default_rng(seed)
    flows = random_exports(seed, 10, 14)[:, None] * rng.dirichlet(np.ones(10), (10, 14)).transpose(0, 2, 1)
    flows[np.arange(10), np.arange(10)] = 0.0
    exporter, importer, product = np.nonzero(flows)
    entries = Flows(exporter, importer, product, flows[exporter, importer, product])
    return table_of(flows.sum(axis=1), entries), flows


def test_reliance_is_measured_when_the_table_is_bilateral():
    table, flows = bilateral()
    rules = CandidateRules(least_import_share=0.0, least_imports_to_exports=0.0, size_quantile=0.0, reach=0.0)
    result = joint_products(table, ("C01", "C02"), rules=rules, least_exports=0.0)
    rows = result.products.frame
    others = [c for c in range(10) if c not in (1, 2)]
    expected = flows[others][:, [1, 2]].sum(axis=(0, 1))
    assert_allclose(rows["imports_from_others"], expected, rtol=1e-12)
    assert_allclose(rows["import_share"], expected / flows[:, [1, 2]].sum(axis=(0, 1)), rtol=1e-12)
    assert set(rows["basis"]) == {"imports by partner in made up"}
    assert rows["use_share"].isna().all()  # no World was given
    assert list(result.candidates.frame["rank"]) == list(range(1, len(result.candidates.frame) + 1))
    assert result.candidates.frame["score"].is_monotonic_decreasing


def test_only_pooled_means_that_no_partner_and_no_union_stands_high_enough_alone():
    table, _ = bilateral()
    rules = CandidateRules(least_import_share=0.0, least_imports_to_exports=0.0, size_quantile=0.0, reach=0.4)
    result = joint_products(table, ("C01", "C02"), rules=rules, least_exports=0.0)
    wide = result.positions.frame.pivot_table(index="product", columns="economy", values="standing")
    here = result.positions.frame.pivot_table(
        index="product", columns="economy", values="present", aggfunc=lambda cell: cell.iloc[0] == "yes"
    )
    statuses = result.products.frame.set_index("product")["status"]
    for product, status in statuses.items():
        alone = wide.loc[product, ["C01", "C02"]].to_numpy(float)
        made = here.loc[product, ["C01", "C02"]].to_numpy(bool).any()
        as_one, pooled = wide.loc[product, "C01+C02"], wide.loc[product, "C01|C02"]
        assert (status == "made already") == made
        assert (status == "near") == (not made and alone.max() >= 0.4)
        assert (status == "only as one economy") == (not made and alone.max() < 0.4 <= as_one)
        assert (status == "only with pooled know-how") == (
            not made and max(alone.max(), as_one) < 0.4 <= pooled
        )


def test_partners_that_the_table_lacks_are_all_named_at_once():
    with pytest.raises(WorldError) as caught:
        place_partners(product_space(table_of(random_exports(1))), ["C1", "C99"])
    assert [fault.found for fault in caught.value.faults] == ["no exports of 'C1'", "no exports of 'C99'"]


def test_without_bilateral_trade_and_without_a_world_reliance_is_refused():
    with pytest.raises(WorldError, match="not to whom"):
        joint_products(table_of(random_exports(1)), ("C01", "C02"), least_exports=0.0)


def test_codes_and_names_lead_to_the_same_groups_and_sectors():
    codes = ExportsTable(("A",), ("8458", "8471", "8541", "8701", "9306"), np.ones((1, 5)))
    names = (
        "Lathes for removing metal",
        "Computers",
        "Semiconductor devices",
        "Tractors",
        "Munitions of war",
    )
    words = ExportsTable(("A",), names, np.ones((1, 5)))
    assert groups() == ("machinery", "electronics", "machine-tools", "left-out")
    for group in groups():
        assert [bool(match) for match in members_of(codes, group)] == [
            bool(match) for match in members_of(words, group)
        ]
    sectors = [match.answer if match else None for match in sectors_of(codes)]
    assert sectors == ["C28", "C26", "C26", "C28", "C25"]
    assert sectors == [match.answer if match else None for match in sectors_of(words)]


def test_every_sector_of_the_concordance_is_one_of_the_embedded_world():
    from accord.analysis.product_space.concordance import _rows

    assert {row["sector"] for row in _rows("product_sectors.csv")} <= set(read_world("embedded").sectors)


@pytest.fixture(scope="module")
def reference(shared_data) -> ExportsTable:
    return read_exports(shared_data / "exports_hs4_2016" / "exports.npz")


def test_reference_totals_are_those_published(reference):
    totals = dict(zip(reference.countries, reference.exports.sum(axis=1), strict=True))
    assert reference.exports.shape == (234, 1239)
    assert_allclose([totals["BLR"], totals["RUS"]], [22.7e3, 304.6e3], rtol=3e-3)


@pytest.mark.medium
def test_belarus_and_russia_on_the_reference_data(reference):
    result = joint_products(reference, ("BLR", "RUS"), world=read_world("embedded"), focus="machine-tools")
    matched = set(result.focus.frame["product"])
    assert {"Lathes for removing metal", "Machining centers for working metal"} <= matched
    assert len(matched) == 11
    candidates = result.candidates.frame
    assert set(candidates["product"]) <= matched
    assert candidates["basis"].str.contains("imports of sector C28 in World 'embedded'").all()
    assert candidates["reason"].str.contains("come from non-partners").all()
    economies = result.economies.frame.set_index("economy")
    assert_allclose(economies.loc["BLR+RUS", "exports"], economies.loc[["BLR", "RUS"], "exports"].sum())
    assert sum(match is None for match in sectors_of(reference)) == 1


@pytest.mark.medium
def test_complexity_of_2016_puts_japan_first_and_oil_last(reference):
    """As every published ranking of that year does (Atlas of Economic Complexity)."""
    space = product_space(reference, least_exports=1000.0)
    ranking = [space.table.countries[place] for place in np.argsort(-space.ranked.countries)]
    assert ranking[0] == "JPN"
    assert {"CHE", "DEU", "KOR"} <= set(ranking[:6])
    assert space.ranked.products[space.table.products.index("Petroleum oils, crude")] < -2.0
