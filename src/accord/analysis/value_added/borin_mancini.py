"""Borin and Mancini: domestic and foreign value added counted once at the exporter's borders, bilateral flows included.

Two ways to say in which of several crossings value counts as value added: the first (source-based) or the last (sink-based).
They give the same totals for an exporter, and differ between partners and sectors.

Source: Borin and Mancini (2019), "Measuring What Matters in Global Value Chains and Value-Added Trade", World Bank Policy
Research Working Paper 8804; (2023), Economic Systems Research 35(4). Perimeter: the exporting country.
"""

from __future__ import annotations

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains
from accord.analysis.value_added.terms import LEVIES, Method, Term

_CITATION = "Borin and Mancini (2019), World Bank Policy Research Working Paper 8804"


def _source(chains: ValueChains, exporter: int) -> np.ndarray:
    """Esr by crossing of origin: Vs Lss is what enters exports without having been exported before.

    Dva = Vs Lss # Esr,  fva = (sum_t Vt B(s cut)_ts) # Esr;  what is left of Vs Bss and of sum_t Vt Bts is double counting.
    """
    s, flow = exporter, chains.exports[exporter].T
    final = chains.final[s].T * _abroad(chains, s)
    direct, returning = chains.shipped(s, np.stack([chains.for_home, chains.absorbed[:, :, s]]))
    direct = direct + final
    own_factor, own_levy = chains.local_factor[s], chains.local_levy[s]
    foreign_factor = chains.foreign_factor_once[s]
    foreign_levy = chains.foreign_levy_once[s]
    own_total = chains.factor_content[s, s] + chains.levy_content[s, s]
    return np.stack(
        [
            own_factor * direct,
            own_factor * (flow - direct - returning),
            own_factor * returning,
            foreign_factor * flow,
            (own_total - own_factor - own_levy) * flow,
            (1.0 - own_total - foreign_factor - foreign_levy) * flow,
            own_levy * flow,
            foreign_levy * flow,
        ]
    )


def _sink(chains: ValueChains, exporter: int) -> np.ndarray:
    """Esr by its last crossing: what will be in a later export of s is double counting here.

    Asr Xr = Asr (Xr - B(s cut)_rs Es*)  [for the last time]  +  Asr B(s cut)_rs Es*  [will be exported by s again]
    """
    s = exporter
    final = chains.final[s].T * _abroad(chains, s)
    again = chains.exported_again[:, :, s]
    returning = chains.absorbed[:, :, s] - chains.absorbed_after_export[:, :, s]
    inputs = chains.shipped(s, np.stack([chains.for_home, returning, chains.output - again, again]))
    direct, returned, last, repeated = inputs
    direct, last = direct + final, last + final
    own_factor, own_levy = chains.factor_content[s, s], chains.levy_content[s, s]
    foreign_factor = chains.foreign_factor[s]
    foreign_levy = chains.foreign_levy[s]
    return np.stack(
        [
            own_factor * direct,
            own_factor * (last - direct - returned),
            own_factor * returned,
            foreign_factor * last,
            (own_factor + own_levy) * repeated,
            (foreign_factor + foreign_levy) * repeated,
            own_levy * last,
            foreign_levy * last,
        ]
    )


def _abroad(chains: ValueChains, exporter: int) -> np.ndarray:
    """(region, 1): one for every region but the exporter."""
    return (np.arange(chains.regions) != exporter)[:, None].astype(np.float64)


BM_SOURCE = Method(
    "bm-source",
    "Borin and Mancini (2019), source-based, borders of the exporter",
    _CITATION,
    (
        Term("davax", "Absorbed by the importer", "Vs Lss # (Ysr + Asr Lrr Yrr)", "vax"),
        Term("vax_onward", "Absorbed abroad after re-export", "Vs Lss # Esr, less davax and ref", "vax"),
        Term("ref", "Returned and absorbed at home", "Vs Lss # (Asr sum_j Brj Yjs)", "returned"),
        Term("foreign", "Foreign value added", "(sum_t Vt B(s cut)_ts) # Esr", "fva"),
        Term("ddc", "Domestic double counting", "(Vs Bss - Vs Lss) # Esr", "double_counted"),
        Term("fdc", "Foreign double counting", "(sum_t Vt Bts - Vt B(s cut)_ts) # Esr", "double_counted"),
        *LEVIES,
    ),
    bilateral=True,
    compute=_source,
)

BM_SINK = Method(
    "bm-sink",
    "Borin and Mancini (2019), sink-based, borders of the exporter",
    _CITATION,
    (
        Term("davax", "Absorbed by the importer", "Vs Bss # (Ysr + Asr Lrr Yrr)", "vax"),
        Term(
            "vax_onward",
            "Absorbed abroad after re-export",
            "Vs Bss # (Ysr + Asr (Xr - B(s cut)_rs Es*)), less davax and ref",
            "vax",
        ),
        Term("ref", "Returned and absorbed at home", "Vs Bss # (Asr sum_j B(s cut)_rj Yjs)", "returned"),
        Term("foreign", "Foreign value added", "(sum_t Vt Bts) # (Ysr + Asr (Xr - B(s cut)_rs Es*))", "fva"),
        Term("ddc", "Domestic double counting", "Vs Bss # (Asr B(s cut)_rs Es*)", "double_counted"),
        Term("fdc", "Foreign double counting", "(sum_t Vt Bts) # (Asr B(s cut)_rs Es*)", "double_counted"),
        *LEVIES,
    ),
    bilateral=True,
    compute=_sink,
)
