"""The equations of the long-run equilibrium in changes ("exact hat algebra"), each a pure function.

Symbols (axes in `inputs.py`; a hat is the ratio of the counterfactual to the base):

    pi, K   expenditure share at base; K = pi * availability * (kappa_hat * wedge_hat)^-theta, built once per scenario
    c       price of output at the factory gate, c_hat (k, i)
    P       price index that the users of a group pay for a product, P_hat (g, k, n)
    w       price of a factor, w_hat (n, v, s)
    X       spending at user prices, X' (g, k, n)
    Y       value of output at producer prices, Y' (n, j)
    gamma   cost shares, alpha shares of final uses, theta trade elasticity, psi scale elasticity

Source: Caliendo and Parro (2015), "Estimates of the Trade and Welfare Effects of NAFTA", Review of Economic Studies 82(1),
equations (10)-(14) in changes, after Dekle, Eaton and Kortum (2008). Departures: CES nests (`nests.py`), several factors with a
constant elasticity of transformation between sectors, external scale economies (Kucheryavyy, Lyn and Rodriguez-Clare 2023), spending
by use group, several final uses, wedges whose revenue is income (METHODS section 3), perceived prices (section 8), availability for
embargoes (section 12), output taxes and subsidies (section 5), and trade imbalances (section 6). With one group, one factor, one
use and tariffs only, every elasticity but theta at one, the system is theirs.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from accord.engines.equilibrium import nests
from accord.engines.equilibrium.features import Features
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Imbalance, Scenario
from accord.engines.equilibrium.markets import Delivered, Trade, delivered_shares


class Recipe(NamedTuple):
    """What producers buy at base prices in a scenario.

    Attributes:
        input_share: Shares of products in cost (n, m, j).
        factor_share: Shares of factors in cost (n, v, j).
        unit_cost: Cost at base prices over that of the base recipe (n, j).
    """

    input_share: Float[Array, "region product sector"]
    factor_share: Float[Array, "region factor sector"]
    unit_cost: Float[Array, "region sector"]


class Prepared(NamedTuple):
    """What a scenario fixes before the iteration begins.

    Attributes:
        delivered: Sourcing weights.
        features: What is there; what is not is compiled away.
        base_cost: What producers spend at base (n, j).
        recipe: What producers buy at base prices.
        costs: Nests of producers' costs; None where every elasticity of substitution is one.
        uses: Nests of final uses; None likewise.
    """

    features: Features
    delivered: Delivered
    base_cost: Float[Array, "region sector"]
    recipe: Recipe
    costs: nests.CostNest | None
    uses: nests.MaterialsNest | None


class Income(NamedTuple):
    """Income of each region by kind, USD million, all (n,)."""

    factors: Float[Array, " region"]
    import_revenue: Float[Array, " region"]
    export_rents: Float[Array, " region"]
    output_tax: Float[Array, " region"]
    subsidies: Float[Array, " region"]
    inflow: Float[Array, " region"]

    @property
    def own(self) -> Float[Array, " region"]:
        """Income before inflows; subsidies paid are negative."""
        return self.factors + self.import_revenue + self.export_rents + self.output_tax + self.subsidies

    @property
    def total(self) -> Float[Array, " region"]:
        """All income, which final uses spend."""
        return self.own + self.inflow


def prepare(base: BaseEconomy, scenario: Scenario, features: Features) -> Prepared:
    """Compute once what no iteration changes; `features` says what is there (`features_of`)."""
    landed = base.expenditure[..., None] * base.expenditure_share / base.wedges.landed_factor
    sold = jnp.sum(landed / (1.0 + base.wedges.export_rent), axis=(0, 2)).T
    recipe = _recipe(base, scenario)
    return Prepared(
        features=features,
        delivered=delivered_shares(base, scenario, features),
        base_cost=(1.0 - base.output_tax + base.subsidy) * sold,
        recipe=recipe,
        costs=nests.cost_nest(base, recipe.input_share, recipe.factor_share) if features.nested else None,
        uses=nests.final_nest(base) if features.nested else None,
    )


def _recipe(base: BaseEconomy, scenario: Scenario) -> Recipe:
    """Cost shares and unit cost at base prices: both one way of saying what inputs cost there (METHODS section 11)."""
    in_base = jnp.sum(base.input_share, axis=(1, 2)) + jnp.sum(base.factor_share, axis=1)
    now = jnp.sum(scenario.input_cost, axis=(1, 2)) + jnp.sum(scenario.factor_cost, axis=1)
    unit_cost = jnp.where(in_base != 0.0, now / jnp.where(in_base != 0.0, in_base, 1.0), 1.0)
    each = unit_cost[:, None, :]
    return Recipe(_merged(scenario.input_cost) / each, scenario.factor_cost / each, unit_cost)


def sector_cost(scenario: Scenario, output: Float[Array, "region sector"]) -> Float[Array, "region sector"]:
    """What producers spend on inputs and factors: output at producer prices, less taxes, with subsidies."""
    return (1.0 - scenario.output_tax + scenario.subsidy) * output


def log_unit_cost(
    base: BaseEconomy,
    scenario: Scenario,
    prepared: Prepared,
    log_bundle: Float[Array, "region sector"],
    output: Float[Array, "region sector"],
) -> Float[Array, "sector region"]:
    """Log price at the factory gate: price of the input bundle over productivity, grossed up for taxes and subsidies.

        c_hat = u b_hat / (A_hat Q_hat^psi) * (1 - s + z) / (1 - s' + z'),   Q_hat = quantity of the input bundle

    Caliendo and Parro (2015), equation (10); scale as in Kucheryavyy, Lyn and Rodriguez-Clare (2023), equation (2), with inputs in
    place of labour; u is the unit cost of the scenario's recipe at base prices, and the unit in which bundles are counted is what makes
    one unit of output at the base's scale. Zero where the sector makes nothing.
    """
    kept, kept_base = 1.0 - scenario.output_tax + scenario.subsidy, 1.0 - base.output_tax + base.subsidy
    active = base.value_added_share != 0.0
    gross_up = jnp.log(prepared.recipe.unit_cost * kept_base / kept / scenario.productivity_hat)
    log_cost = log_bundle + gross_up
    if prepared.features.scale:
        spent = sector_cost(scenario, output) / jnp.where(active, prepared.base_cost, 1.0)
        bundle = log_bundle + jnp.log(prepared.recipe.unit_cost)
        log_cost -= base.technology.scale * (jnp.log(jnp.where(active, spent, 1.0)) - bundle)
    return jnp.where(active, log_cost, 0.0).T


def national_income(
    scenario: Scenario,
    prepared: Prepared,
    factors: Float[Array, " region"],
    traded: Trade,
) -> Income:
    """Income by kind: every wedge's revenue enters exactly once (Caliendo and Parro 2015, equation (14), generalised)."""
    output, import_revenue, export_rents = traded.output, traded.import_revenue, traded.export_rents
    subsidies = jnp.zeros_like(factors)
    output_tax = jnp.sum(scenario.output_tax * output, axis=1)
    if prepared.features.subsidies:
        subsidies = -subsidies.at[scenario.subsidy_payer].add(scenario.subsidy * output)
    income = Income(factors, import_revenue, export_rents, output_tax, subsidies, jnp.zeros_like(factors))
    return income._replace(inflow=inflow(scenario.imbalance, income.own) + scenario.transfer)


def inflow(imbalance: Imbalance, own_income: Float[Array, " region"]) -> Float[Array, " region"]:
    """Inflow of income of each region under the closure (METHODS section 6); adds up to zero when a residual region is named."""
    stated = imbalance.world_share * jnp.sum(own_income) + imbalance.own_share * own_income + imbalance.level
    return stated - imbalance.residual * jnp.sum(stated)


def final_spending(
    base: BaseEconomy,
    real_use: Bool[Array, " use"],
    total_income: Float[Array, " region"],
    log_use_price: Float[Array, "region use"],
    paid_for_purchases: Float[Array, " region"],
) -> Float[Array, "region use"]:
    """Spending of each use: real quantity or income share fixed; the household spends what is left (METHODS section 2)."""
    others_pay = by_payer(base.purchase_payer, jnp.sum(base.purchases, axis=(1, 2)))
    income_share = base.final_spending / (jnp.sum(base.final_spending, axis=1) + others_pay)[:, None]
    real = base.final_spending * jnp.exp(log_use_price)
    spent = jnp.where(real_use, real, income_share * total_income[:, None])
    others = jnp.sum(spent, axis=1) - spent[:, HOUSEHOLD]
    return spent.at[:, HOUSEHOLD].set(total_income - others - paid_for_purchases)


class Purchases(NamedTuple):
    """What purchases that belong to no use come to at current prices.

    Attributes:
        spending: By group, product and market (g, k, n).
        paid: By paying region (n,).
    """

    spending: Float[Array, "group sector importer"]
    paid: Float[Array, " region"]


def purchases(scenario: Scenario, log_index: Float[Array, "group sector importer"]) -> Purchases:
    """Value of fixed real quantities; with no payers the sums are over nothing, and XLA drops them."""
    value = scenario.purchases * jnp.exp(log_index)
    return Purchases(jnp.sum(value, axis=0), by_payer(scenario.purchase_payer, jnp.sum(value, axis=(1, 2))))


def by_payer(payer: Int[Array, " payer"], value: Float[Array, "payer market"]) -> Float[Array, " region"]:
    """Add up what each region pays in all markets."""
    return jnp.zeros(value.shape[1]).at[payer].add(jnp.sum(value, axis=1))


class BundlePrices(NamedTuple):
    """Prices of what producers and final users combine.

    Attributes:
        costs: Log prices of the bundles of each sector; `costs.total` is that of its whole input bundle (n, j).
        log_use: Log price index of each final use (n, f).
        log_use_energy: Log price of the energy bundle in it (n, f).
    """

    costs: nests.CostState
    log_use: Float[Array, "region use"]
    log_use_energy: Float[Array, "region use"]


def bundle_prices(
    base: BaseEconomy,
    prepared: Prepared,
    log_factor_price: Float[Array, "region factor slot"],
    log_index: Float[Array, "group sector region"],
) -> BundlePrices:
    """Prices of every nest.

    Where every elasticity is one, prices are weighted means of logs: two thin products instead of an exponential of every cell.
    """
    log_price = _by_product(log_index)
    if prepared.costs is not None and prepared.uses is not None:
        state = nests.cost_prices(prepared.costs, log_price, log_factor_price)
        return BundlePrices(state, *nests.materials_price(prepared.uses, log_price))
    bundle = jnp.sum(prepared.recipe.factor_share * log_factor_price, axis=1)
    bundle += jnp.matmul(log_price[:, None, :], prepared.recipe.input_share)[:, 0]
    log_use = jnp.matmul(log_price[:, None, :], _merged(base.final_share))[:, 0]
    nothing = jnp.zeros_like(bundle)
    return BundlePrices(
        nests.CostState(bundle, bundle, nothing, nothing, nothing), log_use, jnp.zeros_like(log_use)
    )


def spending_rhs(
    base: BaseEconomy,
    prepared: Prepared,
    bundles: BundlePrices,
    log_index: Float[Array, "group sector region"],
    cost: Float[Array, "region sector"],
    final: Float[Array, "region use"],
) -> Float[Array, "group sector region"]:
    """X' = gamma' cost' + alpha' E', purchases apart.  Caliendo and Parro (2015), equation (13), demand side."""
    inputs, uses = product_shares(base, prepared, bundles, log_index)
    spent = jnp.matmul(inputs, cost[:, :, None])[..., 0] + jnp.matmul(uses, final[:, :, None])[..., 0]
    groups, sectors, regions = log_index.shape
    return spent.reshape(regions, groups, sectors).transpose(1, 2, 0)


def product_shares(
    base: BaseEconomy,
    prepared: Prepared,
    bundles: BundlePrices,
    log_index: Float[Array, "group sector region"],
) -> tuple[Float[Array, "region product sector"], Float[Array, "region product use"]]:
    """Shares of products in cost and in final uses at new prices."""
    if prepared.costs is None or prepared.uses is None:
        return prepared.recipe.input_share, _merged(base.final_share)
    log_price = _by_product(log_index)
    inputs = nests.input_shares(prepared.costs, bundles.costs, log_price)
    return inputs, nests.materials_shares(prepared.uses, log_price, bundles.log_use, bundles.log_use_energy)


def _by_product(log_index: Float[Array, "group sector region"]) -> Float[Array, "region product"]:
    groups, sectors, regions = log_index.shape
    return log_index.transpose(2, 0, 1).reshape(regions, groups * sectors)


def _merged(share: Floats) -> Floats:
    """(n, g, k, u) to (n, m, u)."""
    regions, groups, sectors, users = share.shape
    return share.reshape(regions, groups * sectors, users)


def factor_shares(
    prepared: Prepared, bundles: BundlePrices, log_price: Float[Array, "region factor slot"]
) -> Float[Array, "region factor sector"]:
    """Shares of factors in cost at new prices."""
    if prepared.costs is None:
        return prepared.recipe.factor_share
    return nests.factor_shares(prepared.costs, bundles.costs, log_price)


def factor_demand(
    base: BaseEconomy,
    prepared: Prepared,
    bundles: BundlePrices,
    log_price: Float[Array, "region factor slot"],
    cost: Float[Array, "region sector"],
) -> Float[Array, "region factor slot"]:
    """Spending on each factor in each of its markets."""
    demand = factor_shares(prepared, bundles, log_price) * cost[:, None, :]
    if base.factor_income.shape[2] == 1:
        return jnp.sum(demand, axis=2, keepdims=True)
    return demand


def log_factor_price(
    base: BaseEconomy,
    scenario: Scenario,
    demand: Float[Array, "region factor slot"],
    log_household_price: Float[Array, " region"],
) -> Float[Array, "region factor slot"]:
    """Price that clears each factor market.

    With a constant elasticity of transformation nu between sectors and specificity omega = 1 / (1 + nu),

        w_hat_s = V_hat_s^omega V_hat^(1 - omega) / S_hat

    where V is spending on the factor in a market and in the region: omega = 0 is mobility, omega = 1 a specific factor. A rigid
    factor keeps its real price and its employment adjusts.
    """
    active = base.factor_income > 0.0
    own = jnp.where(active, demand / jnp.where(active, base.factor_income, 1.0), 1.0)
    region_income = jnp.sum(base.factor_income, axis=2, keepdims=True)
    exists = region_income > 0.0
    whole = jnp.where(
        exists, jnp.sum(demand, axis=2, keepdims=True) / jnp.where(exists, region_income, 1.0), 1.0
    )
    omega = base.technology.specificity[:, None]
    clearing = (
        omega * jnp.log(own)
        + (1.0 - omega) * jnp.log(whole)
        - jnp.log(scenario.factor_supply_hat)[:, :, None]
    )
    return jnp.where(scenario.rigid_factor[:, None], log_household_price[:, None, None], clearing)


def factor_income(
    base: BaseEconomy,
    scenario: Scenario,
    log_price: Float[Array, "region factor slot"],
    demand: Float[Array, "region factor slot"],
) -> Float[Array, " region"]:
    """Income of all factors of a region: price index over markets times supply; demand itself for a rigid factor.

    The index of a transformable factor is (sum share w_hat^(1/omega))^omega; for a mobile one all prices agree in equilibrium
    and the mean of logs weighted by base income stands for them on the way there.
    """
    total = jnp.sum(base.factor_income, axis=2, keepdims=True)
    share = jnp.where(total > 0.0, base.factor_income / jnp.where(total > 0.0, total, 1.0), 0.0)
    omega = base.technology.specificity[:, None]
    power = 1.0 / jnp.where(omega > 0.0, omega, 1.0)
    centre = jnp.sum(share * log_price, axis=2, keepdims=True)
    spread = (
        jnp.log(jnp.maximum(jnp.sum(share * jnp.exp(power * (log_price - centre)), axis=2), 1e-300))
        / power[..., 0]
    )
    index = centre[..., 0] + jnp.where(omega[..., 0] > 0.0, spread, 0.0)
    cleared = jnp.exp(index) * scenario.factor_supply_hat * total[..., 0]
    return jnp.sum(jnp.where(scenario.rigid_factor, jnp.sum(demand, axis=2), cleared), axis=1)
