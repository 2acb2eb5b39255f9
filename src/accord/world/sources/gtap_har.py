"""GTAP base data (version 7 headers, GTAP 10 and later) out of GEMPACK's HAR files, read by harpy3 (`pip install 'accord[har]'`).

GTAP records who buys imports of a product, and who sells them, but not who buys whose. As in every multi-regional table made from it,
users of one region share its import sourcing (Peters, Andrew and Lennox 2011, Economic Systems Research 23(2)). For product c from s
bought by user u in d, with the import share phi[c,u,d] = VM[c,u,d] / sum_u VM[c,u,d]:

    flow[s,c,d,u]   = VFOB[c,s,d] phi[c,u,d]                                    before duty, at the exporter's border
    margin[r,m,d,u] = sum_cs VTWR[m,c,s,d] phi[c,u,d] VST[m,r] / sum_r VST[m,r]  transport of imports, bought from its suppliers
    tariff[s,d,c]   = (VMSB - VCIF) / VFOB                                      so that revenue is the recorded one

Domestic flows are at basic prices. Taxes on inputs, on exports and on output are a tax on output of the using or selling sector
(METHODS section 5), so that value added is the recorded EVFP. Taxes on final purchases are left out, with a note.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accord.errors import Fault, WorldError
from accord.world.raw.amounts import usd_million
from accord.world.raw.checks import checked, scaled
from accord.world.raw.mending import Mending
from accord.world.raw.sector_facts import sector_facts
from accord.world.raw.table import RawTable, world_from
from accord.world.sources.npz import file_sha256
from accord.world.sources.years import year_in
from accord.world.world import Provenance, World

HEADERS: dict[str, str] = {
    "VDFB": "CAR", "VDFP": "CAR", "VMFB": "CAR", "VMFP": "CAR", "EVFP": "EAR", "MAKB": "CAR", "MAKS": "CAR",
    "VDPB": "CR", "VDPP": "CR", "VMPB": "CR", "VMPP": "CR", "VDGB": "CR", "VDGP": "CR", "VMGB": "CR", "VMGP": "CR",
    "VDIB": "CR", "VDIP": "CR", "VMIB": "CR", "VMIP": "CR",
    "VXSB": "CRR", "VFOB": "CRR", "VCIF": "CRR", "VMSB": "CRR", "VST": "MR", "VTWR": "MCRR",
}  # fmt: skip
"""Header -> its sets: C commodities, A activities, R regions, E endowments, M margins."""

USES = {"household": "P", "government": "G", "investment": "I"}
"""Use -> letter of the agent in header names."""


class _Data(NamedTuple):
    """Arrays by header, and the elements of their sets by letter."""

    arrays: Mapping[str, np.ndarray]
    sets: Mapping[str, tuple[str, ...]]


def read_gtap_har(
    path: str | Path,
    *,
    fixes: Sequence[str] = (),
    year: int | None = None,
    unit: str = "USD million",
    usd_per_unit: float | None = None,
    sectors: Path | None = None,
) -> World:
    """Return a World from a HAR file of GTAP base data (basedata.har)."""
    file = Path(path).expanduser()
    mending = Mending.asked_for(file.name, fixes)
    factor = usd_million(unit, usd_per_unit)
    found_year = year_in(file, year, example="basedata_2017.har")
    if not file.is_file():
        raise WorldError(
            [Fault(str(file), "no such file", "a HAR file of GTAP base data", "Check the path.")]
        )
    raw = _raw(file, _read(file), found_year, mending, sectors)
    raw = checked(scaled(raw, factor), mending)
    mending.stop_on_faults()
    return world_from(raw, mending)


# Reading ------------------------------------------------------------------------------------------------------------


def _read(file: Path) -> _Data:
    """Headers of the file with their sets; what is missing or does not fit together is a fault."""
    found = _headers(file)
    missing = [name for name in HEADERS if name not in found]
    if missing:
        raise WorldError(
            [
                Fault(
                    file.name,
                    f"headers are missing: {', '.join(missing)}; the file has {', '.join(sorted(found)[:12]) or 'none'}",
                    f"GTAP base data of version 7: {', '.join(HEADERS)}",
                    "Older data: convert them with GTAP's own program first.",
                )
            ]
        )
    sets: dict[str, tuple[str, ...]] = {}
    faults = []
    for name, letters in HEADERS.items():
        array, elements = found[name]
        if array.ndim != len(letters) or len(elements) != len(letters):
            faults.append(
                Fault(
                    f"{file.name}, header {name}",
                    f"{array.ndim} dimensions",
                    f"{len(letters)}",
                    "Check the version of the data.",
                )
            )
            continue
        for letter, names in zip(letters, elements, strict=True):
            if sets.setdefault(letter, names) != names:
                faults.append(
                    Fault(
                        f"{file.name}, header {name}",
                        "the elements of its sets differ from those of other headers",
                        "the same sets throughout",
                    )
                )
    if not faults and sets["C"] != sets["A"]:
        faults.append(
            Fault(
                file.name,
                "commodities and activities differ",
                "one activity for each commodity, of one name",
                "Aggregate the data first.",
            )
        )
    if not faults and not set(sets["M"]) <= set(sets["C"]):
        faults.append(
            Fault(file.name, "margins that are no commodities", "margin commodities among the commodities")
        )
    if faults:
        raise WorldError(faults)
    return _Data({name: found[name][0].astype(np.float64) for name in HEADERS}, sets)


def _headers(file: Path) -> dict[str, tuple[np.ndarray, tuple[tuple[str, ...], ...]]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # harpy3 uses a class of NumPy that is on its way out
            from harpy import HarFileObj

            headers = HarFileObj.loadFromDisk(str(file))["head_arrs"]
    except ImportError:
        remedy = "Type: pip install 'accord[har]'"
        raise WorldError(
            [Fault(file.name, "its reader is not installed", "the package harpy3", remedy)]
        ) from None
    except Exception as error:  # noqa: BLE001  (whatever a foreign reader may raise)
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise WorldError(
            [Fault(file.name, f"harpy3 could not read it: {why}", "a HAR file of GEMPACK")]
        ) from None
    found = {}
    for header in headers:
        elements = tuple(
            tuple(str(name).strip() for name in entry.get("dim_desc") or ())
            for entry in header.get("sets") or ()
        )
        found[str(header["name"]).strip()] = (np.asarray(header["array"]), elements)
    return found


# Making the table ---------------------------------------------------------------------------------------------------


def _raw(file: Path, data: _Data, year: int, mending: Mending, sectors: Path | None) -> RawTable:
    v, regions, codes = data.arrays, data.sets["R"], data.sets["C"]
    users = [v["VMFB"], *(v[f"VM{agent}B"][:, None, :] for agent in USES.values())]
    imports = np.concatenate(users, axis=1)  # (commodity, user, region), users: activities, then uses
    home = np.concatenate([v["VDFB"], *(v[f"VD{agent}B"][:, None, :] for agent in USES.values())], axis=1)
    total = imports.sum(axis=1, keepdims=True)
    share = np.divide(imports, total, out=np.zeros_like(imports), where=total > 0.0)
    _same(mending, "VM*B and VMSB", total[:, 0], v["VMSB"].sum(axis=1), codes, regions)
    # Y and Z at once: (exporter, product, importer, user)
    flows = np.einsum("csd,cud->scdu", v["VFOB"], share)
    flows += np.einsum("mr,mud->rmdu", *_margins(data, share)) if data.sets["M"] else 0.0
    place = np.arange(len(regions))
    flows[place, :, place, :] += home.transpose(2, 0, 1)
    duty = v["VMSB"] - v["VCIF"]
    tariff = np.divide(duty, v["VFOB"], out=np.zeros_like(duty), where=v["VFOB"] > 0.0)
    count = len(codes)
    duties = np.einsum("csd,cud->ud", duty, share)[:count]  # (activity, region)
    on_inputs = (v["VDFP"] - v["VDFB"] + v["VMFP"] - v["VMFB"]).sum(axis=0)
    on_output = np.einsum("ccr->cr", v["MAKB"] - v["MAKS"])
    on_exports = (v["VFOB"] - v["VXSB"]).sum(axis=2)
    left_out = sum(
        float((v[f"V{origin}{agent}P"] - v[f"V{origin}{agent}B"]).sum())
        for origin in "DM"
        for agent in USES.values()
    )
    facts = sector_facts(codes, mending, sectors)
    inside = float(sum(duty[:, region, region].sum() for region in range(len(regions))))
    at_home = np.eye(len(regions), dtype=bool)
    rate = np.where(at_home[..., None], 0.0, tariff.transpose(1, 2, 0))
    # Duties inside an aggregate region are taxes of its users: home flows carry none in a World.
    return RawTable(
        name="gtap-har",
        year=year,
        regions=tuple(name.upper() for name in regions),
        sectors=tuple(codes),
        uses=tuple(USES),
        intermediate=flows[..., :count],
        final_demand=flows[..., count:],
        taxes=(on_inputs + on_output + on_exports + duties).T,
        value_added=v["EVFP"].sum(axis=0).T,
        tariff_rate=rate,
        sector_kinds=facts.kinds,
        trade_elasticity=facts.trade_elasticity,
        elasticity_set=facts.elasticity_set,
        provenance=Provenance(
            source="GTAP data base (base data of the user's own)",
            edition=f"year {year}, file {file.name}",
            licence="as the user holds it: GTAP data are licensed by Purdue University",
            origin_sha256=file_sha256(file),
            steps=(
                (
                    "Imports shared out over users by each region's import shares; transport margins bought from the suppliers of VST "
                    "(Peters, Andrew and Lennox 2011); read by harpy3."
                ),
                f"Duties on trade inside regions (USD {inside:,.0f} million) are a tax on users.",
            ),
            imputed=(facts.basis,),
            notes=(
                f"Taxes on final purchases (USD {left_out:,.0f} million) are left out: a World values final purchases before tax.",
            ),
        ),
        extra={"sector_names": facts.names, "elasticity_sets": facts.elasticity_sets},
    )


def _margins(data: _Data, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Supply shares (product, region) and use (product, user, region) of transport margins, over all products."""
    v, codes = data.arrays, data.sets["C"]
    supply = np.zeros((len(codes), len(data.sets["R"])))
    use = np.zeros(share.shape)
    for position, name in enumerate(data.sets["M"]):
        at, total = codes.index(name), v["VST"][position].sum()
        supply[at] = v["VST"][position] / total if total > 0.0 else 0.0
        use[at] = np.einsum("csd,cud->ud", v["VTWR"][position], share)
    return supply, use


def _same(
    mending: Mending,
    what: str,
    one: np.ndarray,
    other: np.ndarray,
    codes: Sequence[str],
    regions: Sequence[str],
) -> None:
    off = np.abs(one - other) > 1e-3 * np.maximum(np.abs(one), np.abs(other)) + 0.5
    if off.any():
        cells = ", ".join(f"{regions[region]} {codes[code]}" for code, region in np.argwhere(off)[:6])
        mending.refuse(
            Fault(
                mending.at(f"headers {what}"),
                f"imports by user and by origin differ in {int(off.sum())} cells: {cells}",
                "the same imports of each product in both",
                "Check the aggregation of the data.",
            )
        )
