"""The two identities that every World keeps: what output is, and what value added is (METHODS section 5)."""

from __future__ import annotations

import numpy as np


def output_of(intermediate: np.ndarray, final_demand: np.ndarray) -> np.ndarray:
    """Gross output (region, sector): all sales, valued before duty, added in float64.

        output[i,k] = sum_nj Z[i,k,n,j] + sum_nu Y[i,k,n,u]

    Args:
        intermediate: Z (exporter, supplying_sector, importer, using_sector), USD million.
        final_demand: Y (exporter, supplying_sector, importer, use), USD million.
    """
    return intermediate.sum(axis=(2, 3), dtype=np.float64) + final_demand.sum(axis=(2, 3), dtype=np.float64)


def sales_of(intermediate: np.ndarray, final_demand: np.ndarray) -> np.ndarray:
    """Sales before duty (exporter, sector, importer) to all users, home sales among them; USD million, float64."""
    return intermediate.sum(axis=3, dtype=np.float64) + final_demand.sum(axis=3, dtype=np.float64)


def input_cost_of(intermediate: np.ndarray, tariff_rate: np.ndarray) -> np.ndarray:
    """What each using (region, sector) pays for its inputs, duties included, in float64.

        cost[n,j] = sum_ik (1 + tariff[i,n,k]) Z[i,k,n,j]

    Args:
        intermediate: Z (exporter, supplying_sector, importer, using_sector), USD million.
        tariff_rate: Tariffs (exporter, importer, sector), share of the value before duty.
    """
    cost = np.zeros((intermediate.shape[2], intermediate.shape[3]))
    # One exporter at a time: in float64 the whole of Z would take half a gigabyte at 80 regions x 50 sectors.
    for purchases, rates in zip(intermediate, tariff_rate, strict=True):
        cost += np.einsum("nk,knj->nj", 1.0 + rates, purchases.astype(np.float64))
    return cost


def value_added_of(
    intermediate: np.ndarray,
    final_demand: np.ndarray,
    tariff_rate: np.ndarray,
    output_tax_rate: np.ndarray | None,
) -> np.ndarray:
    """Value added (region, sector): output less inputs with their duties, less the tax on output; USD million, float64."""
    output = output_of(intermediate, final_demand)
    tax = 0.0 if output_tax_rate is None else output_tax_rate * output
    return output - input_cost_of(intermediate, tariff_rate) - tax
