"""Wang, Wei and Zhu: sixteen terms of every bilateral sector flow; added over partners and sectors they make those of `kww`.

Source: Wang, Wei and Zhu (2013, revised 2018), "Quantifying International Production Sharing at the Bilateral and Sector
Levels", NBER Working Paper 19677, the decomposition for G countries and N sectors.
"""

from __future__ import annotations

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains
from accord.analysis.value_added.terms import LEVIES, Method, Term


def _sixteen(chains: ValueChains, exporter: int) -> np.ndarray:
    """The sixteen terms and the two of duties and taxes (term, importer, sector), USD million."""
    s = exporter
    abroad = (np.arange(chains.regions) != s)[:, None].astype(np.float64)
    final = chains.final[s].T * abroad  # Ysr (importer, sector)
    sent = chains.shipped(s, _importer_output(chains, s))
    sent_inputs = sent[:8].sum(axis=0)
    direct, onward = sent[8], sent[9]

    own_factor, own_levy = chains.factor_content[s, s], chains.levy_content[s, s]
    local_factor, local_levy = chains.local_factor[s], chains.local_levy[s]
    importer_factor, importer_levy = chains.factor_content[:, s] * abroad, chains.levy_content[:, s] * abroad
    other_factor = (chains.foreign_factor[s] - importer_factor) * abroad
    other_levy = (chains.foreign_levy[s] - importer_levy) * abroad
    return np.stack(
        [
            own_factor * final,
            *(local_factor * sent[:7]),
            (local_factor + local_levy) * sent[7],
            (own_factor + own_levy - local_factor - local_levy) * sent_inputs,
            importer_factor * final,
            importer_factor * direct,
            (importer_factor + importer_levy) * onward,
            other_factor * final,
            other_factor * direct,
            (other_factor + other_levy) * onward,
            own_levy * final + local_levy * sent[:7].sum(axis=0),
            (importer_levy + other_levy) * (final + direct),
        ]
    )


def _importer_output(chains: ValueChains, exporter: int) -> np.ndarray:
    """Output of each importer r by where it ends, in the order of terms 2 to 9, then Lrr Yrr and Lrr Er* (case, region, sector).

    Terms 2 to 9 split Xr = sum_t sum_u Brt Ytu, so that they add up to Xr.
    """
    s, every = exporter, np.arange(chains.regions)
    home, exported = chains.through_home, chains.through_final_exports
    own_home, own_exported = home[every, :, every], exported[every, :, every]
    straight_back = np.einsum("rkj,rj->rk", chains.own, chains.final[:, :, s])  # Brr Yrs
    via_third = chains.absorbed[:, :, s] - straight_back - home[:, :, s]  # sum_t Brt Yts
    third_exported = exported.sum(axis=2) - own_exported - exported[:, :, s]  # sum_t Brt Yt*
    return np.stack(
        [
            own_home,
            home.sum(axis=2) - own_home - home[:, :, s],
            own_exported - straight_back,
            third_exported - via_third,
            straight_back,
            via_third,
            home[:, :, s],
            exported[:, :, s],
            chains.for_home,
            chains.for_exports,
        ]
    )


WWZ = Method(
    "wwz",
    "Wang, Wei and Zhu (2013)",
    "Wang, Wei and Zhu (2013), NBER Working Paper 19677",
    (
        Term("dva_fin", "T1 DVA_FIN", "Vs Bss # Ysr", "vax"),
        Term("dva_int", "T2 DVA_INT", "Vs Lss # (Asr Brr Yrr)", "vax"),
        Term("dva_intrex1", "T3 DVA_INTrexI1", "Vs Lss # (Asr sum_t Brt Ytt)", "vax"),
        Term("dva_intrex2", "T4 DVA_INTrexF", "Vs Lss # (Asr Brr sum_t Yrt)", "vax"),
        Term("dva_intrex3", "T5 DVA_INTrexI2", "Vs Lss # (Asr sum_t Brt sum_u Ytu)", "vax"),
        Term("rdv_fin", "T6 RDV_FIN", "Vs Lss # (Asr Brr Yrs)", "returned"),
        Term("rdv_fin2", "T7 RDV_FIN2", "Vs Lss # (Asr sum_t Brt Yts)", "returned"),
        Term("rdv_int", "T8 RDV_INT", "Vs Lss # (Asr Brs Yss)", "returned"),
        Term("ddc_fin", "T9 DDC_FIN", "Vs Lss # (Asr Brs sum_t Yst)", "double_counted"),
        Term("ddc_int", "T10 DDC_INT", "(Vs Bss - Vs Lss) # (Asr Xr)", "double_counted"),
        Term("mva_fin", "T11 MVA_FIN", "Vr Brs # Ysr", "fva"),
        Term("mva_int", "T12 MVA_INT", "Vr Brs # (Asr Lrr Yrr)", "fva"),
        Term("mdc", "T13 MDC", "Vr Brs # (Asr Lrr Er*)", "double_counted"),
        Term("ova_fin", "T14 OVA_FIN", "(sum_t Vt Bts) # Ysr", "fva"),
        Term("ova_int", "T15 OVA_INT", "(sum_t Vt Bts) # (Asr Lrr Yrr)", "fva"),
        Term("odc", "T16 ODC", "(sum_t Vt Bts) # (Asr Lrr Er*)", "double_counted"),
        *LEVIES,
    ),
    bilateral=True,
    compute=_sixteen,
)
