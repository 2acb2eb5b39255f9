"""The equations of `equations.py` in NumPy, for many economies that differ little: draws of one programme.

A draw starts from a solved economy nearby, so Newton's method with that economy's Jacobian (`chord.py`) needs about ten evaluations
where the general solver needs fifty, and BLAS on small contiguous blocks does each of them in a third of the time that XLA takes.
What it leaves out: nests, economies of scale, factors that are not mobile, rigid wages and closures other than balance or levels
(`covers` says so); the general solver takes those.

    unknowns    log w (n, v), log c (k, i), log of output Y / Y_0 (n, j), log of income I / I_0 (n), log supports s
    given them  composite prices, spending X = gamma Y + alpha E(I), then what w, c, Y, I should be

Spending is no unknown of its own: it is linear in output and final spending once prices are known. Supports are those of METHODS section
9: each is found with the equilibrium, at no further solve. Rows r of the arrays here are (group, importer) pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.features import features_of
from accord.engines.equilibrium.inputs import HOUSEHOLD, BaseEconomy, Floats, Scenario


class Market(NamedTuple):
    """Purchases of one product by some users, part of whose imports is to be replaced by supported sites.

    Attributes:
        product: Position of the product.
        outside: Flows that are to fall, booleans (r, i).
        sites: Flows of each site, booleans (s, r, i).
        target: What is to be replaced, USD million at base prices.
        shares: Share of each site in the rise of their sales (s,).
        imports: Purchases from outside before, USD million at base prices.
        sales: Purchases from each site before (s,).
    """

    product: int
    outside: np.ndarray
    sites: np.ndarray
    target: float
    shares: np.ndarray
    imports: float
    sales: np.ndarray


class State(NamedTuple):
    """The unknowns, all logs of changes: factor prices (n, v), unit costs (k, i), output (n, j), income (n,), supports (s,)."""

    factor_price: np.ndarray
    unit_cost: np.ndarray
    output: np.ndarray
    income: np.ndarray
    support: np.ndarray

    def flat(self) -> np.ndarray:
        """Return one vector."""
        return np.concatenate([part.ravel() for part in self])

    def like(self, vector: np.ndarray) -> State:
        """Return the state whose vector is `vector`."""
        ends = np.cumsum([part.size for part in self])[:-1]
        parts = np.split(vector, ends)
        return State(*(part.reshape(own.shape) for part, own in zip(parts, self, strict=True)))


class Evaluation(NamedTuple):
    """What the equations say at one state.

    Attributes:
        residual: What each unknown should be less what it is; Newton's step at fixed prices for supports.
        misses: Of each support's condition, as a share of what is to be replaced.
        use_price: Log price index of each final use (n, f).
        final: Spending of final uses (n, f).
        spending: X (k, r).
        per_weight: X over the sum of weights at user prices (k, r).
        competitive: c_hat^-theta (k, i).
        balance: Largest relative miss of Walras' law, which is no equation.
    """

    residual: State
    misses: np.ndarray
    use_price: np.ndarray
    final: np.ndarray
    spending: np.ndarray
    per_weight: np.ndarray
    competitive: np.ndarray
    balance: float


def covers(base: BaseEconomy, scenario: Scenario) -> bool:
    """Whether every feature of `base` and `scenario` is among those written here."""
    features = features_of(base, scenario)
    closures = (scenario.imbalance.world_share, scenario.imbalance.own_share, scenario.imbalance.residual)
    return not (
        features.nested
        or features.scale
        or base.factor_income.shape[2] > 1
        or np.any(base.technology.specificity)
        or np.any(scenario.rigid_factor)
        or any(map(np.any, closures))
    )


class _GroupShares(NamedTuple):
    """Shares of products bought through one group (n, k, u'), for its users at positions `users`."""

    group: int
    users: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class System:
    """One scenario of one base, arranged for evaluation; `markets` are those whose supports are unknown.

    Weights are (k, r, i): at perceived prices, at user prices, before duty, and at producer prices (`equations.Delivered`). An evaluation
    is bound by memory, so what is the same twice or zero is read once or never: the rows in which users act on other prices than they
    pay, the products that anyone's duty falls on, the flows with export rents, and the users of each group stand apart.

    Attributes:
        preferring: Rows (k, r) whose perceived prices are not those paid.
        dutiable: Range of products outside which nothing has a duty or an importer's rent.
        unsupported: Weights (4, r, i) of the markets' products without support.
        renting: Flows with an export rent (3, cells): k, r, i.
        inputs: Cost shares (n, g, k, j).
        users: For each group with any, its using sectors and their cost shares (n, k, j').
        buyers: The same for final uses.
    """

    base: BaseEconomy
    scenario: Scenario
    markets: tuple[Market, ...]
    seen: np.ndarray
    paid: np.ndarray
    before_duty: np.ndarray
    received: np.ndarray
    base_paid: np.ndarray
    real_price_hat: np.ndarray
    preferring: tuple[np.ndarray, np.ndarray]
    dutiable: slice
    unsupported: dict[int, np.ndarray]
    renting: tuple[np.ndarray, ...]
    inputs: np.ndarray
    users: tuple[_GroupShares, ...]
    buyers: tuple[_GroupShares, ...]
    gross_up: np.ndarray
    factor_share: np.ndarray
    kept: np.ndarray
    base_output: np.ndarray
    base_income: np.ndarray
    income_share: np.ndarray
    bought_extra: np.ndarray

    @classmethod
    def of(cls, base: BaseEconomy, scenario: Scenario, markets: Sequence[Market] = ()) -> System:
        """Arrange a scenario.  Source of each line: `equations.prepare` and `equations.delivered_shares`."""
        wedges = scenario.wedges
        landed, seen_base = wedges.landed_factor, 1.0 + base.wedges.home_preference
        rent_hat = (1.0 + wedges.export_rent) / (1.0 + base.wedges.export_rent)
        real_price_hat = rent_hat * scenario.trade_cost_hat
        price_hat = real_price_hat * (landed / base.wedges.landed_factor)
        price_hat = np.broadcast_to(
            price_hat * ((1.0 + wedges.home_preference) / seen_base), base.expenditure_share.shape
        )
        chosen = base.expenditure_share * seen_base
        total = chosen.sum(axis=3, keepdims=True)
        unbought = total == 0.0
        weight = chosen / np.where(unbought, 1.0, total) * scenario.availability
        moved = np.nonzero(price_hat != 1.0)  # nothing happens to most flows, and powers are dear
        weight[moved] *= np.exp(-base.technology.trade[moved[1]] * np.log(price_hat[moved]))
        if unbought.any():
            weight = np.where(unbought, np.eye(weight.shape[3]), weight)
        paid = weight / (1.0 + wedges.home_preference)
        before_duty = paid / landed
        regions = weight.shape[2]
        in_base = base.input_share.sum(axis=(1, 2)) + base.factor_share.sum(axis=1)
        now = scenario.input_cost.sum(axis=(1, 2)) + scenario.factor_cost.sum(axis=1)
        cost = np.divide(now, in_base, out=np.ones_like(now), where=in_base != 0.0)
        inputs = scenario.input_cost / cost[:, None, None, :]
        kept = 1.0 - scenario.output_tax + scenario.subsidy
        kept_base = 1.0 - base.output_tax + base.subsidy
        others = np.zeros(regions)
        np.add.at(others, base.purchase_payer, base.purchases.sum(axis=(1, 2, 3)))
        income = base.final_spending.sum(axis=1) + others
        weights = [
            _rows(array) for array in (weight, paid, before_duty, before_duty / (1.0 + wedges.export_rent))
        ]
        return cls(
            base=base,
            scenario=scenario,
            markets=tuple(markets),
            seen=weights[0],
            paid=weights[1],
            before_duty=weights[2],
            received=weights[3],
            base_paid=np.log(_rows_of_products(np.where(unbought[..., 0], 1.0, total[..., 0]))),
            real_price_hat=np.broadcast_to(real_price_hat, weight.shape),
            preferring=_preferring(wedges.home_preference, weight.shape, markets),
            dutiable=_span(np.any(landed != 1.0, axis=(0, 2, 3))),
            unsupported={
                market.product: np.stack([array[market.product] for array in weights]) for market in markets
            },
            renting=np.nonzero(_rows(np.broadcast_to(wedges.export_rent, weight.shape))),
            inputs=inputs,
            users=_group_shares(inputs),
            buyers=_group_shares(base.final_share),
            gross_up=np.log(cost * kept_base / kept / scenario.productivity_hat),
            factor_share=scenario.factor_cost / cost[:, None, :],
            kept=kept,
            base_output=base.output,
            base_income=income,
            income_share=base.final_spending / income[:, None],
            bought_extra=np.argwhere(scenario.purchases != 0.0),
        )

    @property
    def start(self) -> State:
        """The base as a state: nothing changes."""
        return State(
            np.zeros(self.base.factor_income.shape[:2]),
            np.zeros((self.seen.shape[0], self.seen.shape[2])),
            np.zeros(self.base_output.shape),
            np.zeros(self.base_income.shape),
            np.zeros(sum(len(market.sites) for market in self.markets)),
        )

    def evaluate(self, state: State) -> Evaluation:
        """Return what the equations say at `state`."""
        base, scenario = self.base, self.scenario
        theta = base.technology.trade[:, None]
        competitive = np.exp(-theta * state.unit_cost)
        seen, paid, before_duty, received = self.weights(state)
        column = competitive[:, :, None]
        paid_sum = seen_sum = (seen @ column)[..., 0]
        log_index = self.base_paid - np.log(seen_sum) / theta
        if self.preferring[0].size:
            # What perceived prices overstate (`equations.buyer_prices`).
            product, row = self.preferring
            paid_sum = seen_sum.copy()
            paid_sum[product, row] = (paid[product, row] * competitive[product]).sum(axis=1)
            log_index[product, row] += np.log(paid_sum[product, row] / seen_sum[product, row])
        regions = self.base_income.size
        by_group = log_index.reshape(log_index.shape[0], -1, regions).transpose(2, 1, 0)
        bundle = (self.factor_share * state.factor_price[:, :, None]).sum(axis=1)
        use_price = np.zeros(base.final_spending.shape)
        for total_price, parts in ((bundle, self.users), (use_price, self.buyers)):
            for group, users, share in parts:
                total_price[:, users] += (by_group[:, group, None] @ share)[:, 0]
        extra, visitors, extra_paid = self._purchases(log_index)
        income = np.exp(state.income) * self.base_income
        spent = np.where(
            scenario.real_use, base.final_spending * np.exp(use_price), self.income_share * income[:, None]
        )
        spent[:, HOUSEHOLD] = 0.0
        spent[:, HOUSEHOLD] = income - spent.sum(axis=1) - extra_paid
        output = np.exp(state.output) * self.base_output
        cost = self.kept * output
        spending = extra
        for bought, parts in ((cost, self.users), (spent, self.buyers)):
            for group, users, share in parts:
                used = (share @ bought[:, users, None])[..., 0]
                spending[:, group * regions : (group + 1) * regions] += used.T
        per_weight = spending / paid_sum
        row = per_weight[:, None, :]
        made = ((row @ received)[:, 0] * competitive).T
        some = self.dutiable
        landed = (before_duty[some] @ column[some])[..., 0] * per_weight[some]
        revenue = (spending[some] - landed).reshape(-1, regions).sum(axis=0)
        product, row, exporter = self.renting
        rent = before_duty[self.renting] - received[self.renting]
        rent = rent * competitive[product, exporter] * per_weight[product, row]
        rents = np.bincount(exporter, rent, regions)
        demand = (self.factor_share * cost[:, None, :]).sum(axis=2)
        whole = base.factor_income[:, :, 0]
        hired = np.divide(demand, whole, out=np.ones_like(demand), where=whole > 0.0)
        price = np.log(hired) - np.log(scenario.factor_supply_hat)
        earned = (np.exp(state.factor_price) * scenario.factor_supply_hat * whole).sum(axis=1)
        subsidies = np.zeros(regions)
        np.subtract.at(subsidies, scenario.subsidy_payer, scenario.subsidy * output)
        own = earned + revenue + rents + (scenario.output_tax * output).sum(axis=1) + subsidies
        total = own + scenario.imbalance.level + scenario.transfer
        active = base.value_added_share != 0.0
        misses, step = self._misses(state, competitive, paid, paid_sum, before_duty, per_weight)
        made_hat = np.divide(made, output, out=np.ones_like(made), where=output > 0.0)
        residual = State(
            price - state.factor_price,
            np.where(active, bundle + self.gross_up, 0.0).T - state.unit_cost,
            np.log(made_hat),
            np.log(total / income),
            step,
        )
        bought = spending.reshape(-1, regions).sum(axis=0) - visitors + extra_paid
        balance = bought - made.sum(axis=1) - revenue - rents - subsidies
        balance += -(scenario.subsidy * output).sum(axis=1) - scenario.imbalance.level - scenario.transfer
        worst = float(np.max(np.abs(balance) / income))
        return Evaluation(residual, misses, use_price, spent, spending, per_weight, competitive, worst)

    def consumption(self, found: Evaluation) -> Floats:
        """Household consumption at base prices (n,), USD million (`Equilibrium.household_consumption`)."""
        bought = found.final[:, HOUSEHOLD] / np.exp(found.use_price[:, HOUSEHOLD])
        return bought - self.scenario.resource_cost

    def quantities(self, found: Evaluation, state: State, product: int) -> np.ndarray:
        """Quantities of one product (r, i) in units of one USD million before duty at base prices."""
        before_duty = self.weights(state)[2][product]
        return self._quantities(found.competitive, before_duty, found.per_weight, state, product)

    def _quantities(
        self,
        competitive: np.ndarray,
        before_duty: np.ndarray,
        per_weight: np.ndarray,
        state: State,
        product: int,
    ) -> np.ndarray:
        value = before_duty * competitive[product] * per_weight[product][:, None]
        price = self.real_price_hat[:, product].reshape(value.shape)
        return value / (price * np.exp(state.unit_cost[product]))

    def weights(self, state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Weights with the supports in them: a support f multiplies weights by f^theta, at user prices by f^(theta + 1).

        They are written into this system's own arrays, product by product, so one system is evaluated by one thread.
        """
        arrays = (self.seen, self.paid, self.before_duty, self.received)
        logs = {product: np.zeros(array.shape[1:]) for product, array in self.unsupported.items()}
        place = 0
        for market in self.markets:
            for site in market.sites:
                logs[market.product] += state.support[place] * site
                place += 1
        for product, log in logs.items():
            power = np.exp(self.base.technology.trade[product] * log)
            own = self.unsupported[product]
            self.seen[product] = own[0] * power
            power *= np.exp(log)
            for array, weight in zip(arrays[1:], own[1:], strict=True):
                array[product] = weight * power
        return arrays

    def _misses(
        self,
        state: State,
        competitive: np.ndarray,
        paid: np.ndarray,
        paid_sum: np.ndarray,
        before_duty: np.ndarray,
        per_weight: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Misses of the supports' conditions, and Newton's step on log supports at fixed costs and spending."""
        misses: list[np.ndarray] = []
        steps: list[np.ndarray] = []
        for market in self.markets:
            product = market.product
            quantity = self._quantities(competitive, before_duty[product], per_weight, state, product)
            outside = (quantity * market.outside).sum()
            sold = (quantity * market.sites).sum(axis=(1, 2))
            rise = sold - market.sales
            miss = np.empty(len(sold))
            miss[0] = (market.imports - outside) / market.target - 1.0
            miss[1:] = (market.shares[1:] * rise.sum() - rise[1:]) / market.target
            # Share of each site in what a row pays: what its support takes from every other source of the row.
            taken = (market.sites * (paid[product] * competitive[product])).sum(axis=2) / paid_sum[product]
            power = self.base.technology.trade[product] + 1.0
            by_row = (quantity * market.sites).sum(axis=2)
            moves = power * (np.diag(sold) - by_row @ taken.T)
            falls = -power * (quantity * market.outside).sum(axis=1) @ taken.T
            slopes = np.empty_like(moves)
            slopes[0] = -falls
            slopes[1:] = market.shares[1:, None] * moves.sum(axis=0) - moves[1:]
            misses.append(miss)
            steps.append(-np.linalg.solve(slopes / market.target, miss))
        nothing = np.zeros(0)
        return np.concatenate([nothing, *misses]), np.concatenate([nothing, *steps])

    def _purchases(self, log_index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Spending on purchases of the programme (k, r), its sum in each market (n,), and what each region pays (n,)."""
        regions = self.base_income.size
        spending, visitors, paid = np.zeros_like(log_index), np.zeros(regions), np.zeros(regions)
        if self.bought_extra.size:
            payer, group, product, market = self.bought_extra.T
            value = self.scenario.purchases[payer, group, product, market]
            value = value * np.exp(log_index[product, group * regions + market])
            np.add.at(spending, (product, group * regions + market), value)
            np.add.at(visitors, market, value)
            np.add.at(paid, np.asarray(self.scenario.purchase_payer)[payer], value)
        return spending, visitors, paid


def _group_shares(share: Floats) -> tuple[_GroupShares, ...]:
    """(n, g, k, u) by group: users that buy nothing through a group anywhere are left out of it."""
    parts: list[_GroupShares] = []
    for group in range(share.shape[1]):
        users = np.flatnonzero(np.any(share[:, group] != 0.0, axis=(0, 1)))
        if users.size:
            parts.append(_GroupShares(group, users, np.ascontiguousarray(share[:, group][..., users])))
    return tuple(parts)


def _span(chosen: np.ndarray) -> slice:
    places = np.flatnonzero(chosen)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0, 0)


def _preferring(
    home_preference: Floats, shape: tuple[int, ...], markets: Sequence[Market]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (k, r) whose users see other prices than they pay, in the scenario or by a support that is unknown."""
    rows = _rows_of_products(np.any(np.broadcast_to(home_preference, shape) != 0.0, axis=3))
    for market in markets:
        rows[market.product] |= market.sites.any(axis=(0, 2))
    product, row = np.nonzero(rows)
    return product, row


def point_of(system: System, state: State, found: Evaluation) -> np.ndarray:
    """Return the equilibrium as the point that the general solver iterates on (`solve.Unknowns`)."""
    base = system.base
    groups, sectors, regions = base.shape
    spending = found.spending.reshape(sectors, groups, regions).transpose(1, 0, 2)
    bought = base.expenditure > 0.0
    spent = np.log(np.where(bought, spending, 1.0) / np.where(bought, base.expenditure, 1.0))
    return np.concatenate([part.ravel() for part in (state.factor_price, state.unit_cost, spent)])


def rebased_quickly(system: System, state: State, found: Evaluation) -> BaseEconomy:
    """Return the equilibrium as a base of its own (`result.rebased`), for scenarios without purchases of their own."""
    base, scenario = system.base, system.scenario
    groups, sectors, regions = base.shape
    value = system.weights(state)[1] * found.competitive[:, None, :]
    share = value / value.sum(axis=2, keepdims=True) * (found.spending > 0.0)[..., None]
    output = np.exp(state.output) * system.base_output
    demand = (system.factor_share * (system.kept * output)[:, None, :]).sum(axis=2, keepdims=True)
    return base._replace(
        expenditure_share=share.reshape(sectors, groups, regions, regions).transpose(1, 0, 2, 3),
        expenditure=found.spending.reshape(sectors, groups, regions).transpose(1, 0, 2),
        input_share=system.inputs,
        factor_share=system.factor_share,
        final_spending=found.final,
        factor_income=demand,
        wedges=scenario.wedges,
        output_tax=scenario.output_tax,
        subsidy=scenario.subsidy,
        subsidy_payer=scenario.subsidy_payer,
        imbalance=scenario.imbalance._replace(level=scenario.imbalance.level + scenario.transfer),
        resource_cost=scenario.resource_cost * np.exp(found.use_price[:, HOUSEHOLD]),
    )


def _rows(array: Floats) -> np.ndarray:
    """(g, k, n, i) to (k, r, i), contiguous."""
    groups, sectors, regions, exporters = array.shape
    return np.ascontiguousarray(array.transpose(1, 0, 2, 3)).reshape(sectors, groups * regions, exporters)


def _rows_of_products(array: Floats) -> np.ndarray:
    """(g, k, n) to (k, r)."""
    return np.ascontiguousarray(array.transpose(1, 0, 2)).reshape(array.shape[1], -1)
