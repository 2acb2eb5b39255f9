"""Koopman, Wang and Wei: nine terms of a region's total exports.

Source: Koopman, Wang and Wei (2014), "Tracing Value-Added and Double Counting in Gross Exports", American Economic Review 104(2),
equation (36). Its foreign value added is smaller than Borin and Mancini's: it books as double counting all foreign content that
the importer exports once more, they only what had crossed the exporter's own borders before.
"""

from __future__ import annotations

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains
from accord.analysis.value_added.terms import LEVIES, Method, Term


def _nine(chains: ValueChains, exporter: int) -> np.ndarray:
    """The nine terms and the two of duties and taxes (term,), USD million."""
    s = exporter
    abroad = np.arange(chains.regions) != s
    own_final = chains.final[s]
    final_exports = own_final[:, abroad].sum(axis=1)
    direct, onward = chains.shipped(s, np.stack([chains.for_home, chains.for_exports])).sum(axis=1)

    def domestic(content: np.ndarray, local: np.ndarray) -> np.ndarray:
        """Terms 1 to 5 for content Vs Bs. (region, sector) and Vs Lss (sector,)."""
        home = np.einsum("rkr->rk", chains.final)
        to_s = chains.final[:, :, s]
        to_third = chains.final.sum(axis=2) - home - to_s
        return np.array(
            [
                content[s] @ final_exports,
                (content * home)[abroad].sum(),
                (content * to_third)[abroad].sum(),
                (content * to_s)[abroad].sum(),
                (content[s] - local) @ own_final[:, s],
            ]
        )

    def foreign(content: np.ndarray) -> np.ndarray:
        """Terms 7 and 8 for content sum_t Vt Bts (sector,)."""
        return np.array([content @ final_exports, content @ direct])

    factor, levy = chains.factor_content[s], chains.levy_content[s]
    factor_abroad = chains.foreign_factor[s]
    levy_abroad = chains.foreign_levy[s]
    again = factor[s] + levy[s] - chains.local_factor[s] - chains.local_levy[s]
    return np.array(
        [
            *domestic(factor, chains.local_factor[s]),
            again @ chains.total_exports[s],
            *foreign(factor_abroad),
            (factor_abroad + levy_abroad) @ onward,
            domestic(levy, chains.local_levy[s]).sum(),
            foreign(levy_abroad).sum(),
        ]
    )


KWW = Method(
    "kww",
    "Koopman, Wang and Wei (2014)",
    "Koopman, Wang and Wei (2014), American Economic Review 104(2), equation (36)",
    (
        Term("t1_dva_final", "1 In final exports", "Vs sum_r Bss Ysr", "vax"),
        Term("t2_dva_inputs", "2 In inputs, absorbed by importers", "Vs sum_r Bsr Yrr", "vax"),
        Term("t3_dva_third", "3 In inputs, re-exported to third countries", "Vs sum_r sum_t Bsr Yrt", "vax"),
        Term("t4_rdv_final", "4 Returned in final imports", "Vs sum_r Bsr Yrs", "returned"),
        Term(
            "t5_rdv_inputs", "5 Returned in inputs, absorbed at home", "Vs sum_r Bsr Ars Lss Yss", "returned"
        ),
        Term("t6_ddc", "6 Domestic double counting", "Vs sum_r Bsr Ars Lss Es*", "double_counted"),
        Term("t7_fva_final", "7 Foreign, in final exports", "sum_t sum_r Vt Bts Ysr", "fva"),
        Term("t8_fva_inputs", "8 Foreign, in inputs", "sum_t sum_r Vt Bts Asr Lrr Yrr", "fva"),
        Term("t9_fdc", "9 Foreign double counting", "sum_t Vt Bts Asr sum_r Lrr Er*", "double_counted"),
        *LEVIES,
    ),
    bilateral=False,
    compute=_nine,
)
