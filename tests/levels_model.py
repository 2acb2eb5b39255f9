"""An independent equilibrium solver to check the engine against: levels, not changes; loops, not tensors; Newton, not Anderson.

It shares no code and no algebra with `accord.engines.equilibrium`: share parameters are set in levels at base prices of one, and
SciPy's root finder clears every market. Only useful for a handful of regions and sectors.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import root


def solve_in_levels(base, scenario):
    """Return household real consumption and producer prices (n, j) under `scenario`, with world factor income fixed."""
    groups, sectors, regions, _ = base.expenditure_share.shape
    theta = base.technology.trade
    supply = base.value_added * scenario.factor_supply_hat[:, 0]
    broadcast = np.broadcast_to(1.0, base.expenditure_share.shape)
    cost_hat = scenario.trade_cost_hat * broadcast
    availability = scenario.availability * broadcast
    duty = [
        (1 + np.asarray(w.tariff) * broadcast) * (1 + np.asarray(w.import_rent) * broadcast)
        for w in (base.wedges, scenario.wedges)
    ]
    seen = [1 + np.asarray(w.home_preference) * broadcast for w in (base.wedges, scenario.wedges)]
    kept = 1 - scenario.output_tax + scenario.subsidy
    rent = [1 + np.asarray(w.export_rent) * broadcast for w in (base.wedges, scenario.wedges)]
    unit_cost = np.zeros((regions, sectors))  # of the recipe, at base prices
    for n in range(regions):
        for j in range(sectors):
            unit_cost[n, j] = scenario.factor_cost[n, :, j].sum() + scenario.input_cost[n, :, :, j].sum()

    def state(point):
        wage = np.exp(point[:regions])
        price = np.exp(point[regions : regions + regions * sectors]).reshape(regions, sectors)
        output = np.exp(point[regions + regions * sectors :]).reshape(regions, sectors)
        index = np.zeros((groups, sectors, regions))
        share = np.zeros((groups, sectors, regions, regions))
        for g in range(groups):
            for k in range(sectors):
                for n in range(regions):
                    terms = np.array(
                        [
                            base.expenditure_share[g, k, n, i]
                            * seen[0][g, k, n, i]
                            * availability[g, k, n, i]
                            * (
                                price[i, k]
                                * cost_hat[g, k, n, i]
                                * (duty[1][g, k, n, i] / duty[0][g, k, n, i])
                                * (rent[1][g, k, n, i] / rent[0][g, k, n, i])
                                * (seen[1][g, k, n, i] / seen[0][g, k, n, i])
                            )
                            ** (-theta[k])
                            for i in range(regions)
                        ]
                    )
                    scale = np.sum(base.expenditure_share[g, k, n] * seen[0][g, k, n])
                    acted_on = (terms.sum() / scale) ** (
                        -1 / theta[k]
                    )  # index of the prices that users act on
                    paid = np.sum(terms / seen[1][g, k, n]) / terms.sum()  # of each unit of it, what is paid
                    index[g, k, n] = acted_on * paid * scale
                    share[g, k, n] = terms / seen[1][g, k, n] / np.sum(terms / seen[1][g, k, n])
        return wage, price, output, index, share

    def spending(point):
        wage, _, output, index, share = state(point)
        uses = base.final_spending.shape[1]
        intermediate = np.zeros((groups, sectors, regions))
        use_price = np.ones((regions, uses))
        for n in range(regions):
            for g in range(groups):
                for k in range(sectors):
                    for j in range(sectors):
                        recipe = scenario.input_cost[n, g, k, j] / unit_cost[n, j]
                        intermediate[g, k, n] += recipe * kept[n, j] * output[n, j]
                    for f in range(uses):
                        use_price[n, f] *= index[g, k, n] ** base.final_share[n, g, k, f]
        bill = np.zeros(regions)  # what each region's household pays for purchases outside all uses
        for p, payer in enumerate(scenario.purchase_payer):
            for n in range(regions):
                value = scenario.purchases[p, :, :, n] * index[:, :, n]
                intermediate[:, :, n] += value
                bill[payer] += value.sum()
        # Income depends on spending through duties, so final spending solves a small linear system by iteration.
        fixed = np.where(scenario.real_use[1:], base.final_spending[:, 1:] * use_price[:, 1:], np.nan)
        final = base.final_spending.copy()
        for _ in range(400):
            bought = intermediate + np.einsum("ngkf,nf->gkn", base.final_share, final)
            value = share * bought[..., None] / duty[1]  # before duty
            revenue = (share * bought[..., None] - value).sum(axis=(0, 1, 3))
            rents = (value - value / rent[1]).sum(axis=(0, 1, 2))
            taxes = (scenario.output_tax * output).sum(axis=1)
            for n in range(regions):
                for j in range(sectors):
                    taxes[scenario.subsidy_payer[n, j]] -= scenario.subsidy[n, j] * output[n, j]
            income = wage * supply + revenue + rents + taxes
            gap = scenario.imbalance
            inflow = gap.world_share * income.sum() + gap.own_share * income + gap.level
            income = income + inflow - gap.residual * inflow.sum() + scenario.transfer
            new = np.empty_like(final)
            new[:, 1:] = fixed
            new[:, 0] = income - fixed.sum(axis=1) - bill
            if np.max(np.abs(new - final)) < 1e-15 * income.max():
                break
            final = new
        return bought, value, final, use_price

    def gaps(point):
        wage, price, output, index, _ = state(point)
        _, value, _, _ = spending(point)
        sold = (value / rent[1]).sum(axis=(0, 2)).T  # (i, k)
        result = [np.log(np.sum(wage * base.value_added) / base.value_added.sum())]
        demand = [
            sum(
                scenario.factor_cost[n, :, j].sum() / unit_cost[n, j] * kept[n, j] * output[n, j]
                for j in range(sectors)
            )
            for n in range(regions)
        ]
        result += [np.log(demand[n] / (wage[n] * supply[n])) for n in range(regions - 1)]
        for n in range(regions):
            for j in range(sectors):
                unit = unit_cost[n, j] * wage[n] ** (scenario.factor_cost[n, :, j].sum() / unit_cost[n, j])
                for g in range(groups):
                    for k in range(sectors):
                        unit *= index[g, k, n] ** (scenario.input_cost[n, g, k, j] / unit_cost[n, j])
                unit *= (1 - base.output_tax[n, j]) / kept[n, j] / scenario.productivity_hat[n, j]
                result.append(np.log(unit / price[n, j]))
        result += list(np.log(sold / output).ravel())
        return np.array(result)

    base_output = np.einsum("gkni,gkn->ik", base.expenditure_share / duty[0] / rent[0], base.expenditure)
    start = np.concatenate([np.zeros(regions + regions * sectors), np.log(base_output).ravel()])
    found = root(gaps, start, method="hybr", options={"xtol": 1e-13})
    assert np.max(np.abs(gaps(found.x))) < 1e-9, found.message
    _, price, _, _, _ = state(found.x)
    _, _, final, use_price = spending(found.x)
    return final[:, 0] / use_price[:, 0] - scenario.resource_cost, price
