"""Borin and Mancini at other borders than those of the exporting country: one bilateral flow, one flow of one sector, the world.

(The borders of an importer, and of a sector's exports to all, stand in `importer_borders` and `sector_borders`.)
Whether a component is counted twice depends on the borders that one looks at. With `M[r] = Asr Brs` (what comes back to be exported to
r once more, per unit exported to r) block elimination of the cut flow gives the inverse of the world without it:

    perimeter          cut                 once G[r]                      first crossing    last crossing
    exporter           Asr, every r        (I + sum_r M[r])^-1            V B.s G           (Esr by `borin_mancini`)
    bilateral          Asr, this r         (I + M[r])^-1                  V B.s G[r]        G[r] Esr
    sector, bilateral  row k of Asr        1 / (1 + M[r][k,k])            both are V B.s g # Esr
    world              every border        first: Vs Lss, nothing foreign  last: Ysr + Asr Lrr Yrr

So no second system is factorised; only the columns of the exporter in L are made, exporter by exporter.

At the perimeter of the world the value that crosses any border is counted once: at the first border (then all of it is domestic),
or at the last one (then its foreign part is that of Koopman, Wang and Wei, and of Wang, Wei and Zhu).

Source: Borin and Mancini (2019), World Bank Policy Research Working Paper 8804; (2023), Economic Systems Research 35(4); the perspectives
`bilateral`, `sectbil` and `world` of Belotti, Borin and Mancini (2021), Stata Journal 21(3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains
from accord.analysis.value_added.terms import LEVIES, Method, Term

CITATION = "Borin and Mancini (2019), World Bank Policy Research Working Paper 8804; (2023), Economic Systems Research 35(4)"


class Flows(NamedTuple):
    """The exports of one region (importer, sector), and what they hold per unit (sector,).

    Attributes:
        all: Esr.
        direct: Ysr + Asr Lrr Yrr, absorbed by the importer before any other border.
        returning: Asr sum_j Brj Yjs, absorbed at home in the end.
        own: Vs Bss with factor income.
        own_levy: The same with duties and taxes.
        foreign: sum_t Vt Bts with factor income.
        foreign_levy: The same with duties and taxes.
    """

    all: np.ndarray
    direct: np.ndarray
    returning: np.ndarray
    own: np.ndarray
    own_levy: np.ndarray
    foreign: np.ndarray
    foreign_levy: np.ndarray


def flows_of(chains: ValueChains, exporter: int) -> Flows:
    """Exports of a region and what they hold, whatever the borders."""
    s = exporter
    abroad = (np.arange(chains.regions) != s)[:, None].astype(np.float64)
    direct, returning = chains.shipped(s, np.stack([chains.for_home, chains.absorbed[:, :, s]]))
    return Flows(
        chains.exports[s].T,
        direct + chains.final[s].T * abroad,
        returning,
        chains.factor_content[s, s],
        chains.levy_content[s, s],
        chains.foreign_factor[s],
        chains.foreign_levy[s],
    )


def first_crossing(
    flows: Flows, own: np.ndarray, own_levy: np.ndarray, foreign: np.ndarray, foreign_levy: np.ndarray
) -> np.ndarray:
    """Terms, given what a unit of exports holds that has not crossed the borders before, each (importer, sector)."""
    return np.stack(
        [
            own * flows.direct,
            own * (flows.all - flows.direct - flows.returning),
            own * flows.returning,
            foreign * flows.all,
            (flows.own + flows.own_levy - own - own_levy) * flows.all,
            (flows.foreign + flows.foreign_levy - foreign - foreign_levy) * flows.all,
            own_levy * flows.all,
            foreign_levy * flows.all,
        ]
    )


def last_crossing(flows: Flows, last: np.ndarray, again: np.ndarray, returned: np.ndarray) -> np.ndarray:
    """Terms, given the exports that cross the borders no more, those that do, and what of the former is absorbed at home in the end."""
    return np.stack(
        [
            flows.own * flows.direct,
            flows.own * (last - flows.direct - returned),
            flows.own * returned,
            flows.foreign * last,
            (flows.own + flows.own_levy) * again,
            (flows.foreign + flows.foreign_levy) * again,
            flows.own_levy * last,
            flows.foreign_levy * last,
        ]
    )


def counted_once(flows: Flows, once: np.ndarray, returned: np.ndarray) -> np.ndarray:
    """Terms of one sector's borders, given the exports that count (importer, sector) and the part of them absorbed at home in the end."""
    again = flows.all - once
    return np.stack(
        [
            flows.own * (once - returned),
            flows.own * returned,
            flows.foreign * once,
            (flows.own + flows.own_levy) * again,
            (flows.foreign + flows.foreign_levy) * again,
            flows.own_levy * once,
            flows.foreign_levy * once,
        ]
    )


def _bilateral_source(chains: ValueChains, exporter: int) -> np.ndarray:
    flows, once = flows_of(chains, exporter), _once(chains, exporter)
    own, own_levy, foreign, foreign_levy = (
        np.einsum("k,rkj->rj", content, once)
        for content in (flows.own, flows.own_levy, flows.foreign, flows.foreign_levy)
    )
    return first_crossing(flows, own, own_levy, foreign, foreign_levy)


def _bilateral_sink(chains: ValueChains, exporter: int) -> np.ndarray:
    flows, once = flows_of(chains, exporter), _once(chains, exporter)
    last, returned = (np.einsum("rkj,rj->rk", once, flow) for flow in (flows.all, flows.returning))
    return last_crossing(flows, last, flows.all - last, returned)


def _sector_bilateral(chains: ValueChains, exporter: int) -> np.ndarray:
    flows = flows_of(chains, exporter)
    once = 1.0 / (1.0 + np.einsum("rkk->rk", _comes_back(chains, exporter)))
    return counted_once(flows, once * flows.all, once * flows.returning)


def _world_source(chains: ValueChains, exporter: int) -> np.ndarray:
    flows = flows_of(chains, exporter)
    own, own_levy = chains.local_factor[exporter], chains.local_levy[exporter]
    return np.stack(
        [
            own * flows.direct,
            own * (flows.all - flows.direct - flows.returning),
            own * flows.returning,
            (flows.own + flows.own_levy - own - own_levy) * flows.all,
            (flows.foreign + flows.foreign_levy) * flows.all,
            own_levy * flows.all,
            np.zeros_like(flows.all),
        ]
    )


def _world_sink(chains: ValueChains, exporter: int) -> np.ndarray:
    flows = flows_of(chains, exporter)
    onward = flows.all - flows.direct
    return np.stack(
        [
            flows.own * flows.direct,
            flows.foreign * flows.direct,
            (flows.own + flows.own_levy) * onward,
            (flows.foreign + flows.foreign_levy) * onward,
            flows.own_levy * flows.direct,
            flows.foreign_levy * flows.direct,
        ]
    )


def _once(chains: ValueChains, exporter: int) -> np.ndarray:
    """G[r] = (I + Asr Brs)^-1 (importer, sector, sector); the identity for the exporter itself, whose flows are none."""
    return np.linalg.inv(np.eye(chains.sectors) + _comes_back(chains, exporter))


def _comes_back(chains: ValueChains, exporter: int) -> np.ndarray:
    """M[r] = Asr Brs (importer, sector, sector), zero for the exporter itself."""
    back = np.matmul(chains.coefficients_of(exporter).transpose(1, 0, 2), reached_from(chains, exporter))
    back[exporter] = 0.0
    return back


def reached_from(chains: ValueChains, exporter: int) -> np.ndarray:
    """Brs: output of each region per unit of product of the exporter (region, sector, sector); one solve of its columns."""
    columns = np.zeros((chains.output.size, chains.sectors))
    columns[exporter * chains.sectors + np.arange(chains.sectors), np.arange(chains.sectors)] = 1.0
    return chains.system.solve(columns).reshape(chains.regions, chains.sectors, chains.sectors)


_SPLIT = (
    ("davax", "Absorbed by the importer", "vax"),
    ("vax_onward", "Absorbed abroad after re-export", "vax"),
    ("ref", "Returned and absorbed at home", "returned"),
    ("foreign", "Foreign value added", "fva"),
    ("ddc", "Domestic double counting", "double_counted"),
    ("fdc", "Foreign double counting", "double_counted"),
)


def split_terms(formulas: dict[str, str]) -> tuple[Term, ...]:
    """Terms with the labels and parts that all perimeters share, in the order of their formulas, and the two that close."""
    parts = {name: (label, part) for name, label, part in _SPLIT}
    return (
        *(
            Term(
                name,
                "Absorbed abroad" if name == "absorbed_abroad" else parts[name][0],
                formula,
                "vax" if name == "absorbed_abroad" else parts[name][1],
            )
            for name, formula in formulas.items()
        ),
        *LEVIES,
    )


BM_SOURCE_BILATERAL = Method(
    "bm-source-bilateral",
    "Borin and Mancini (2019), source-based, borders of the bilateral flow",
    CITATION,
    split_terms(
        {
            "davax": "Vs Bss G # (Ysr + Asr Lrr Yrr), G = (I + Asr Brs)^-1",
            "vax_onward": "Vs Bss G # Esr, less davax and ref",
            "ref": "Vs Bss G # (Asr sum_j Brj Yjs)",
            "foreign": "(sum_t Vt Bts G) # Esr",
            "ddc": "(Vs Bss - Vs Bss G) # Esr",
            "fdc": "(sum_t Vt Bts - Vt Bts G) # Esr",
        }
    ),
    bilateral=True,
    compute=_bilateral_source,
    perimeter="bilateral flow",
)

BM_SINK_BILATERAL = Method(
    "bm-sink-bilateral",
    "Borin and Mancini (2019), sink-based, borders of the bilateral flow",
    CITATION,
    split_terms(
        {
            "davax": "Vs Bss # (Ysr + Asr Lrr Yrr)",
            "vax_onward": "Vs Bss # (G Esr), less davax and ref, G = (I + Asr Brs)^-1",
            "ref": "Vs Bss # (G Asr sum_j Brj Yjs)",
            "foreign": "(sum_t Vt Bts) # (G Esr)",
            "ddc": "Vs Bss # (Esr - G Esr)",
            "fdc": "(sum_t Vt Bts) # (Esr - G Esr)",
        }
    ),
    bilateral=True,
    compute=_bilateral_sink,
    perimeter="bilateral flow",
)

BM_SECTOR_BILATERAL = Method(
    "bm-sector-bilateral",
    "Borin and Mancini (2019), borders of the sector's bilateral flow (source and sink agree)",
    CITATION,
    split_terms(
        {
            "absorbed_abroad": "Vs Bss # (g # (Esr - Asr sum_j Brj Yjs)), g = 1 / (1 + diagonal of Asr Brs)",
            "ref": "Vs Bss # (g # (Asr sum_j Brj Yjs))",
            "foreign": "(sum_t Vt Bts) # (g # Esr)",
            "ddc": "Vs Bss # (Esr - g # Esr)",
            "fdc": "(sum_t Vt Bts) # (Esr - g # Esr)",
        }
    ),
    bilateral=True,
    compute=_sector_bilateral,
    perimeter="sector's bilateral flow",
)

BM_SOURCE_WORLD = Method(
    "bm-source-world",
    "Borin and Mancini (2019), source-based, borders of the world",
    CITATION,
    split_terms(
        {
            "davax": "Vs Lss # (Ysr + Asr Lrr Yrr)",
            "vax_onward": "Vs Lss # Esr, less davax and ref",
            "ref": "Vs Lss # (Asr sum_j Brj Yjs)",
            "ddc": "(Vs Bss - Vs Lss) # Esr",
            "fdc": "(sum_t Vt Bts) # Esr, for it crossed a border before",
        }
    ),
    bilateral=True,
    compute=_world_source,
    perimeter="world",
)

BM_SINK_WORLD = Method(
    "bm-sink-world",
    "Borin and Mancini (2019), sink-based, borders of the world",
    CITATION,
    split_terms(
        {
            "davax": "Vs Bss # (Ysr + Asr Lrr Yrr)",
            "foreign": "(sum_t Vt Bts) # (Ysr + Asr Lrr Yrr)",
            "ddc": "Vs Bss # (Asr (Xr - Lrr Yrr)), for it will cross another border",
            "fdc": "(sum_t Vt Bts) # (Asr (Xr - Lrr Yrr)), for it will cross another border",
        }
    ),
    bilateral=True,
    compute=_world_sink,
    perimeter="world",
)
