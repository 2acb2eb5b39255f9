"""Borin and Mancini at the borders of one sector's exports to everyone: counted once however often that sector exports it.

Cut: row k of the inputs that s exports, to all importers. With M[r] = Asr Brs and, since sum_r M[r] = (I - Ass) Bss - I,

    g[k] = 1 / (1 + sum_r M[r][k,k]) = 1 / ((I - Ass) Bss)[k,k],      B(cut)_.s[k] = B.s[k] g[k]

    first crossing   (sum_t Vt Bts) # g # Esr
    last crossing    (sum_t Vt Bts) # (Esr - diag(M[r]) g Es*),   which over all importers is g Es* too

Source: Borin and Mancini (2019), World Bank Policy Research Working Paper 8804, and (2023), Economic Systems Research 35(4), on the
choice of the perimeter; the perspective `sectexp` of Belotti, Borin and Mancini (2021), Stata Journal 21(3). The last crossing by
importer is derived here by the rule of those papers; tests hold both to systems inverted with the sector's exports cut out.
"""

from __future__ import annotations

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains
from accord.analysis.value_added.perimeters import CITATION, counted_once, flows_of, reached_from, split_terms
from accord.analysis.value_added.terms import Method


def _source(chains: ValueChains, exporter: int) -> np.ndarray:
    flows, once = flows_of(chains, exporter), _once(chains, exporter)
    return counted_once(flows, once * flows.all, once * flows.returning)


def _sink(chains: ValueChains, exporter: int) -> np.ndarray:
    flows, once = flows_of(chains, exporter), _once(chains, exporter)
    inputs, reached = chains.coefficients_of(exporter), reached_from(chains, exporter)
    comes_back = np.einsum("kri,rik->rk", inputs, reached)  # diagonal of M[r]
    comes_back[exporter] = 0.0
    last, returned = (flow - comes_back * once * flow.sum(axis=0) for flow in (flows.all, flows.returning))
    return counted_once(flows, last, returned)


def _once(chains: ValueChains, exporter: int) -> np.ndarray:
    """One over what a unit exported is exported in all, g (sector,)."""
    home = np.eye(chains.sectors) - chains.coefficients_of(exporter)[:, exporter]
    return 1.0 / np.einsum("ki,ik->k", home, chains.own[exporter])


BM_SOURCE_SECTOR = Method(
    "bm-source-sector",
    "Borin and Mancini (2019), source-based, borders of the sector's exports to all",
    CITATION,
    split_terms(
        {
            "absorbed_abroad": "Vs Bss # (g # (Esr - Asr sum_j Brj Yjs)), g = 1 / diagonal of (I - Ass) Bss",
            "ref": "Vs Bss # (g # (Asr sum_j Brj Yjs))",
            "foreign": "(sum_t Vt Bts) # (g # Esr)",
            "ddc": "Vs Bss # (Esr - g # Esr)",
            "fdc": "(sum_t Vt Bts) # (Esr - g # Esr)",
        }
    ),
    bilateral=True,
    compute=_source,
    perimeter="sector's exports to all",
)

BM_SINK_SECTOR = Method(
    "bm-sink-sector",
    "Borin and Mancini (2019), sink-based, borders of the sector's exports to all",
    CITATION,
    split_terms(
        {
            "absorbed_abroad": "Vs Bss # (Esr - m g # Es*), less ref, m = diagonal of Asr Brs, g = 1 / diagonal of (I - Ass) Bss",
            "ref": "Vs Bss # (Asr sum_j Brj Yjs - m g # sum_u Asu sum_j Buj Yjs)",
            "foreign": "(sum_t Vt Bts) # (Esr - m g # Es*)",
            "ddc": "Vs Bss # (m g # Es*)",
            "fdc": "(sum_t Vt Bts) # (m g # Es*)",
        }
    ),
    bilateral=True,
    compute=_sink,
    perimeter="sector's exports to all",
)
