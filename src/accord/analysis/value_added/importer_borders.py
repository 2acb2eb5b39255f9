"""Borin and Mancini at the borders of the importer: what a region buys abroad, counted once however often it enters that region.

Cut: inputs that r imports, from everyone. With B(r cut) the inverse of the world without them, block elimination of r gives

    B(r cut)_ts = Bts - Btr Brr^-1 Brs  for t other than r,      B(r cut)_rs = Lrr Brr^-1 Brs

    first crossing   (sum_t Vt B(r cut)_ts) # Esr
    last crossing    (sum_t Vt Bts) # (Ysr + Asr (Xr - Qr)),     Qr = Lrr Brr^-1 sum_(t not r) Brt Etr

Qr is the output of r that will be in a later import of r. Since B - B(r cut) = B (Asr, all s) B(r cut)_r., both count the same
value of each origin in the imports of r as a whole. The importer's own value that comes back to it for the first time is foreign to
the exporter, and counted.

Source: Borin and Mancini (2019), World Bank Policy Research Working Paper 8804, and (2023), Economic Systems Research 35(4), on the
choice of the perimeter; the perspective `importer` of Belotti, Borin and Mancini (2021), Stata Journal 21(3). The formulas for single
flows are derived here by the rule of those papers (value counts when it enters the cut world); tests hold them to systems inverted
with the imports cut out.
"""

from __future__ import annotations

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains
from accord.analysis.value_added.perimeters import (
    CITATION,
    first_crossing,
    flows_of,
    last_crossing,
    reached_from,
    split_terms,
)
from accord.analysis.value_added.terms import Method


def _source(chains: ValueChains, exporter: int) -> np.ndarray:
    flows, reached = flows_of(chains, exporter), reached_from(chains, exporter)
    own, foreign = _once(chains, exporter, chains.factor_content, chains.local_factor, reached)
    own_levy, foreign_levy = _once(chains, exporter, chains.levy_content, chains.local_levy, reached)
    return first_crossing(flows, own, own_levy, foreign, foreign_levy)


def _sink(chains: ValueChains, exporter: int) -> np.ndarray:
    flows = flows_of(chains, exporter)
    home = chains.once_home(chains.absorbed[:, :, exporter])
    again, returned = chains.shipped(exporter, np.stack([chains.imported_again, home]))
    return last_crossing(flows, flows.all - again, again, returned)


def _once(
    chains: ValueChains, exporter: int, content: np.ndarray, local: np.ndarray, reached: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Own and foreign value per unit of exports that never entered the importer before, each (importer, sector).

    Args:
        chains: The World's arrays.
        exporter: Position of s.
        content: Vt Bts (origin, region, sector).
        local: Vs Lss (region, sector).
        reached: Brs (importer, sector, sector).
    """
    by_importer = np.linalg.solve(chains.own, reached)  # Brr^-1 Brs
    own = content[exporter, exporter] - np.einsum("rk,rkj->rj", content[exporter], by_importer)
    importers_own = np.einsum("rrk->rk", content)
    through = content.sum(axis=0) - content[exporter] - importers_own  # all third origins, in products of r
    third = content[:, exporter].sum(axis=0) - content[exporter, exporter] - content[:, exporter]
    foreign = third + np.einsum("rk,rkj->rj", local - through, by_importer)
    own[exporter], foreign[exporter] = 0.0, 0.0  # it exports nothing to itself
    return own, foreign


BM_SOURCE_IMPORTER = Method(
    "bm-source-importer",
    "Borin and Mancini (2019), source-based, borders of the importer",
    CITATION,
    split_terms(
        {
            "davax": "Vs B(r cut)_ss # (Ysr + Asr Lrr Yrr)",
            "vax_onward": "Vs B(r cut)_ss # Esr, less davax and ref",
            "ref": "Vs B(r cut)_ss # (Asr sum_j Brj Yjs)",
            "foreign": "(sum_t Vt B(r cut)_ts) # Esr, the importer's own value among it",
            "ddc": "(Vs Bss - Vs B(r cut)_ss) # Esr",
            "fdc": "(sum_t Vt Bts - Vt B(r cut)_ts) # Esr",
        }
    ),
    bilateral=True,
    compute=_source,
    perimeter="importer",
)

BM_SINK_IMPORTER = Method(
    "bm-sink-importer",
    "Borin and Mancini (2019), sink-based, borders of the importer",
    CITATION,
    split_terms(
        {
            "davax": "Vs Bss # (Ysr + Asr Lrr Yrr)",
            "vax_onward": "Vs Bss # (Esr - Asr Qr), less davax and ref, Qr = Lrr Brr^-1 sum_t Brt Etr",
            "ref": "Vs Bss # (Asr Lrr Brr^-1 sum_j Brj Yjs)",
            "foreign": "(sum_t Vt Bts) # (Esr - Asr Qr), the importer's own value among it",
            "ddc": "Vs Bss # (Asr Qr)",
            "fdc": "(sum_t Vt Bts) # (Asr Qr)",
        }
    ),
    bilateral=True,
    compute=_sink,
    perimeter="importer",
)
