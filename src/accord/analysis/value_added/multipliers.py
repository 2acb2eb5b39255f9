"""The arrays that every measure of this package is made of, computed from a World once.

| symbol | name | meaning, with its axes |
| --- | --- | --- |
| Z, A | `system.coefficients` | inputs, per unit of the user's output (supplying region and sector, using region and sector) |
| L | | (I - A)^-1, in equations only |
| Lss | `local` | (I - Ass)^-1, the chains that stay inside region s (region, sector, sector) |
| Bss | `own` | the block of L at region s: chains that may leave s and come back (region, sector, sector) |
| Y | `final` | final purchases (seller, sector, buyer) |
| E | `exports` | Asr Xr + Ysr, zero inside a region (exporter, sector, importer) |
| v, t | `factor_share`, `levy_share` | factor income, and duties and taxes, per unit of output (region, sector) |

A unit of output is worth its inputs before duty, the income of factors, and what the state takes: u'A + v + t = 1. The part t
holds the duties on the sector's inputs and the tax on its output (the rest of the World's accounts, rounding of stored flows
included), so that no method here mistakes duties for wages or loses them.
"""

from __future__ import annotations

from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from accord.analysis.production import Production, per_output, production_of
from accord.world.world import World


class ValueChains:
    """Multipliers, absorption and exports of one World; each array is made when it is first asked for, and kept."""

    def __init__(self, production: Production) -> None:
        self.regions, self.sectors = len(production.regions), len(production.sectors)
        shape = (self.regions, self.sectors)
        self.system = production.system
        self.output: np.ndarray = production.output.reshape(shape)
        self.final: np.ndarray = production.final_demand.reshape(*shape, self.regions)
        self.factor_share: np.ndarray = production.value_added_per_output.reshape(shape)
        self.levy_share: np.ndarray = per_output(production.taxes, production.output).reshape(shape)

    # Flows -----------------------------------------------------------------------------------------------------------

    def coefficients_of(self, seller: int) -> np.ndarray:
        """Inputs from `seller` per unit of output of each user (sector, using region, using sector); a view."""
        n, k = self.regions, self.sectors
        return self.system.coefficients.reshape(n, k, n, k)[seller]

    def shipped(self, seller: int, output: np.ndarray) -> np.ndarray:
        """Inputs that `seller` sends into given output of each foreign region: Asr q, zero for the seller itself.

        Args:
            seller: Position of region s.
            output: q (case, region, sector), several cases at once.

        Returns:
            (case, region, sector): by the region they go to, and by sector of the seller.
        """
        by_user = self.coefficients_of(seller).transpose(1, 2, 0)  # region, using sector, sector
        sent = np.matmul(output.transpose(1, 0, 2), by_user).transpose(1, 0, 2)
        sent[:, seller] = 0.0
        return sent

    @cached_property
    def exports(self) -> np.ndarray:
        """Gross exports E before duty; zero inside a region."""
        everyone = np.broadcast_to(self.output, (1, *self.output.shape))
        flows = np.stack([self.shipped(seller, everyone)[0].T for seller in range(self.regions)])
        return flows + _foreign(self.final)

    @cached_property
    def total_exports(self) -> np.ndarray:
        """Es*: exports to all."""
        return self.exports.sum(axis=2)

    # Chains inside a region, and chains that come back ------------------------------------------------------------------

    @cached_property
    def local(self) -> np.ndarray:
        """Lss: small enough to be inverted region by region."""
        blocks = np.stack(
            [self.coefficients_of(region)[:, region] for region in range(self.regions)]
        )  # region, supplying sector, using sector
        return np.linalg.inv(np.eye(self.sectors) - blocks)

    @cached_property
    def own(self) -> np.ndarray:
        """Bss."""
        positions = np.arange(self.output.size).reshape(self.output.shape)
        return np.stack(self.system.diagonal_blocks(list(positions)))

    @cached_property
    def local_factor(self) -> np.ndarray:
        """Vs Lss with factor income: earned at home per unit of output, before any border."""
        return np.einsum("sk,skj->sj", self.factor_share, self.local)

    @cached_property
    def local_levy(self) -> np.ndarray:
        """Vs Lss with duties and taxes."""
        return np.einsum("sk,skj->sj", self.levy_share, self.local)

    @cached_property
    def for_home(self) -> np.ndarray:
        """Lrr Yrr: output that never leaves and is bought at home."""
        return np.einsum("rkj,rj->rk", self.local, self._home_final)

    @cached_property
    def for_exports(self) -> np.ndarray:
        """Lrr Er*: output that goes into the region's own exports."""
        return np.einsum("rkj,rj->rk", self.local, self.total_exports)

    # Multipliers and absorption: one column a region, from the one factorisation ------------------------------------------

    @cached_property
    def factor_content(self) -> np.ndarray:
        """Vt Bts: factor income of region t in a unit of output of (s, k), through all chains (origin, region, sector)."""
        return self._content(self.factor_share)

    @cached_property
    def levy_content(self) -> np.ndarray:
        """The same for duties and taxes; the two add up to one over origins."""
        return self._content(self.levy_share)

    @cached_property
    def absorbed(self) -> np.ndarray:
        """sum_j Brj Yju: output of (r, k) that ends in final purchases of u (region, sector, buyer)."""
        return self._spread(self.final)

    @cached_property
    def through_home(self) -> np.ndarray:
        """Brt Ytt: output of (r, k) in what t makes for its own final buyers (region, sector, t)."""
        return self.through(self._home_final)

    @cached_property
    def through_final_exports(self) -> np.ndarray:
        """Brt Yt*: output of (r, k) in the final products that t exports (region, sector, t)."""
        return self.through(_foreign(self.final).sum(axis=2))

    def through(self, products: np.ndarray) -> np.ndarray:
        """Brt q_t: output of (r, k) that goes into products q of each t (region, sector, t)."""
        demand = np.zeros((self.regions, self.sectors, self.regions))
        own = np.arange(self.regions)
        demand[own, :, own] = products
        return self._spread(demand)

    # Each border counted once: what region s exports again, and what was in its exports before --------------------------------
    #
    # B(s cut) is L once region s exports no inputs. Block elimination of s gives B(s cut)_rs = Brs Bss^-1 Lss for r other than
    # s, so that no system but the first is ever factorised.

    @cached_property
    def exported_again(self) -> np.ndarray:
        """B(s cut)_rs Es*: output of (r, k) that will be in exports of s (region, sector, s)."""
        return self.through(self._cut(self.total_exports))

    @cached_property
    def absorbed_after_export(self) -> np.ndarray:
        """B(s cut)_rs sum_t Ast sum_j Btj Yjs: the part of it that s itself absorbs in the end (region, sector, s)."""
        returning = [
            self.shipped(s, self.absorbed[None, :, :, s])[0].sum(axis=0) for s in range(self.regions)
        ]
        return self.through(self._cut(np.stack(returning)))

    @cached_property
    def imported_again(self) -> np.ndarray:
        """Qr = Lrr Brr^-1 sum_(t not r) Brt Etr: output of (r, k) that will be in a later import of r (region, sector)."""
        reached = self._spread(self.exports)  # sum_t Brt Etu, by u
        return self.once_home(np.einsum("rkr->rk", reached))

    def once_home(self, output: np.ndarray) -> np.ndarray:
        """Lrr Brr^-1 q_r: the part of output q (region, sector) that is made without imports of r a second time."""
        first = np.linalg.solve(self.own, output[..., None])
        return np.matmul(self.local, first)[..., 0]

    @cached_property
    def foreign_factor(self) -> np.ndarray:
        """sum_t Vt Bts over t other than s, with factor income (region, sector)."""
        return self.factor_content.sum(axis=0) - np.einsum("ssk->sk", self.factor_content)

    @cached_property
    def foreign_levy(self) -> np.ndarray:
        """The same with duties and taxes."""
        return self.levy_content.sum(axis=0) - np.einsum("ssk->sk", self.levy_content)

    @cached_property
    def foreign_factor_once(self) -> np.ndarray:
        """sum_t Vt B(s cut)_ts with factor income: foreign content that was in no export of s before (region, sector)."""
        return self._cut_transposed(self.foreign_factor)

    @cached_property
    def foreign_levy_once(self) -> np.ndarray:
        """The same with duties and taxes."""
        return self._cut_transposed(self.foreign_levy)

    def _cut(self, products: np.ndarray) -> np.ndarray:
        """Bss^-1 Lss q_s for columns q (region, sector)."""
        return np.linalg.solve(self.own, np.einsum("skj,sj->sk", self.local, products)[..., None])[..., 0]

    def _cut_transposed(self, content: np.ndarray) -> np.ndarray:
        """w_s Bss^-1 Lss for rows w (region, sector)."""
        weights = np.linalg.solve(self.own.transpose(0, 2, 1), content[..., None])[..., 0]
        return np.einsum("sk,skj->sj", weights, self.local)

    @property
    def _home_final(self) -> np.ndarray:
        return np.einsum("rkr->rk", self.final)

    def _content(self, share: np.ndarray) -> np.ndarray:
        weights = np.zeros((self.regions, self.sectors, self.regions))
        own = np.arange(self.regions)
        weights[own, :, own] = share
        found = self.system.solve_transposed(weights.reshape(self.output.size, self.regions))
        return np.ascontiguousarray(found.reshape(weights.shape).transpose(2, 0, 1))

    def _spread(self, demand: np.ndarray) -> np.ndarray:
        return self.system.solve(demand.reshape(self.output.size, self.regions)).reshape(demand.shape)


def value_chains(world: World) -> ValueChains:
    """The arrays of `world`; they live as long as its accounts, which share one factorisation with every other analysis."""
    production = production_of(world)
    if production not in _KEPT:
        _KEPT[production] = ValueChains(production)
    return _KEPT[production]


_KEPT: WeakKeyDictionary[Production, ValueChains] = WeakKeyDictionary()


def _foreign(flows: np.ndarray) -> np.ndarray:
    """`flows` (seller, sector, buyer) with zeros inside a region."""
    abroad = flows.copy()
    own = np.arange(len(flows))
    abroad[own, :, own] = 0.0
    return abroad
