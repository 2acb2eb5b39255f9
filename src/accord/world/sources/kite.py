"""Initial conditions of KITE (Kiel Institute Trade Policy Evaluation) and other codes after Caliendo and Parro, as CSV files in a folder.

| file | columns beside `value` | value |
| --- | --- | --- |
| trade_share.csv | origin, destination, sector | share of the destination's expenditure on the product, with duty; sums to one |
| intermediate_share.csv | country, input, output | share of a product in the inputs of a sector; sums to one over inputs |
| factor_share.csv | country, sector | value added as a share of output |
| consumption_share.csv | country, sector | share of final expenditure; sums to one over sectors |
| value_added.csv | country | value added |
| trade_elasticity.csv | sector | theta > 0 |
| tariff.csv (optional) | origin, destination, sector | 1 + rate |
| trade_balance.csv (optional) | country | exports less imports, before duty; zero when the file is not there |

Levels follow from the shares: with pi trade shares, tau tariffs, alpha consumption shares, g input shares, D the balance,

    Y[k,i] = sum_n pi[i,n,k] X[k,n] / (1 + tau[i,n,k])
    X[k,n] = alpha[k,n] (VA[n] + sum_ki tau/(1+tau) pi X - D[n]) + sum_j (1 - factor_share[j,n]) g[k,j,n] Y[j,n]

which is linear in X and solved once. Source: Caliendo and Parro (2015), equations (5) to (9) at the base; KITE's own variable names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, bicgstab

from accord.errors import Fault, WorldError
from accord.world.raw.amounts import usd_million
from accord.world.raw.cells import cells_of
from accord.world.raw.checks import checked, scaled
from accord.world.raw.csv_files import read_text_rows
from accord.world.raw.mending import Mending
from accord.world.raw.sector_facts import sector_facts
from accord.world.raw.table import RawTable, world_from
from accord.world.sources.npz import file_sha256
from accord.world.sources.years import year_in
from accord.world.world import Provenance, World

FILES: dict[str, tuple[str, ...]] = {
    "trade_share": ("origin", "destination", "sector"),
    "intermediate_share": ("country", "input", "output"),
    "factor_share": ("country", "sector"),
    "consumption_share": ("country", "sector"),
    "value_added": ("country",),
    "trade_elasticity": ("sector",),
    "tariff": ("origin", "destination", "sector"),
    "trade_balance": ("country",),
}
OPTIONAL = ("tariff", "trade_balance")
SUMS = {"trade_share": 0, "intermediate_share": 1, "consumption_share": 1}
"""Axis along which shares sum to one."""

TOLERANCE = 1e-6
AGREES = 1e-3
"""Value added implied by the shares may differ from the recorded one by this share."""


def read_kite(
    path: str | Path,
    *,
    fixes: Sequence[str] = (),
    year: int | None = None,
    unit: str = "USD million",
    usd_per_unit: float | None = None,
    sectors: Path | None = None,
) -> World:
    """Return a World from a folder of initial conditions (module docstring)."""
    folder = Path(path).expanduser()
    mending = Mending.asked_for(folder.name, fixes)
    factor = usd_million(unit, usd_per_unit)
    found_year = year_in(folder, year, example="kite_2017")
    given = _read(folder, mending)
    mending.stop_on_faults()  # levels can be computed from sound shares alone
    raw = _raw(folder, given, found_year, mending, sectors)
    raw = checked(scaled(raw, factor), mending)
    mending.stop_on_faults()
    return world_from(raw, mending)


def _read(folder: Path, mending: Mending) -> dict[str, Any]:
    """Arrays by file, labels under `countries` and `sectors`; shares that do not sum to one are faults."""
    missing = [name for name in FILES if name not in OPTIONAL and not (folder / f"{name}.csv").is_file()]
    faults = [
        Fault(
            str(folder),
            f"there is no {name}.csv",
            f"a folder with {', '.join(f'{file}.csv' for file in FILES if file not in OPTIONAL)}",
            f"Write it with the columns {', '.join((*FILES[name], 'value'))}.",
        )
        for name in missing
    ]
    # Export subsidies and non-tariff barriers would change the accounts: left out, they must be left out by the user.
    faults += [
        Fault(
            str(file),
            "accord has no place for what this file holds",
            f"only {', '.join(f'{name}.csv' for name in FILES)}",
            "Move it out of the folder if it may be left out; a barrier can be a measure of the programme.",
        )
        for file in sorted(folder.glob("*.csv"))
        if file.stem not in FILES
    ]
    if faults:
        raise WorldError(faults)
    countries = _labels(folder / "value_added.csv", "country")
    sectors = _labels(folder / "trade_elasticity.csv", "sector")
    codes: dict[str, list[str]] = {}
    codes |= dict.fromkeys(("origin", "destination", "country"), countries)
    codes |= dict.fromkeys(("sector", "input", "output"), sectors)
    found: dict[str, Any] = {"countries": countries, "sectors": sectors}
    for name, keys in FILES.items():
        file = folder / f"{name}.csv"
        if not file.is_file():
            found[name] = None
            continue
        array = cells_of(file, {key: codes[key] for key in keys}, ("value",), mending)["value"]
        found[name] = _complete(file.name, name, array, mending)
    return found


def _labels(file: Path, column: str) -> list[str]:
    labels = list(
        dict.fromkeys(row[column] for _, row in read_text_rows(file, (column, "value")) if row[column])
    )
    if not labels:
        raise WorldError([Fault(file.name, f"it names no {column}", f"a line for each {column}")])
    return labels


def _complete(file: str, name: str, array: np.ndarray, mending: Mending) -> np.ndarray:
    blank = ~np.isfinite(array)
    if blank.any():
        fault = Fault(
            file,
            f"{int(blank.sum()):,} of {blank.size:,} values are missing",
            "a value for every combination of labels",
            "Write them.",
        )
        if name in {"trade_share", "intermediate_share", "consumption_share", "trade_balance"}:
            mending.accepts("missing-is-zero", fault)
        else:
            mending.refuse(fault)
        array = np.where(blank, 1.0 if name == "tariff" else 0.0, array)
    shares = name in SUMS or name == "factor_share"
    low, high = {"tariff": (1.0, 31.0), "value_added": (0.0, 1e12), "trade_balance": (-1e12, 1e12)}.get(
        name, (0.0, 1.0)
    )
    outside = (array < low) | (array > high)
    if outside.any() and name != "trade_elasticity":
        meaning = "shares" if shares else "1 + rate" if name == "tariff" else "amounts"
        remedy = (
            "A rate is written as 1 + rate: 1.05 is 5 %."
            if name == "tariff"
            else "Look for misplaced decimal points."
        )
        mending.refuse(
            Fault(file, f"{int(outside.sum()):,} values lie outside {low:g} to {high:g}", meaning, remedy)
        )
        array = np.clip(array, low, high)
    if name == "trade_elasticity" and (np.abs(array) < 1.0).all():
        fault = Fault(
            file,
            "every value is below one, as if 1/theta were written",
            "theta > 0, such as 4",
            "Write theta.",
        )
        mending.accepts("inverse-elasticities", fault)
        array = np.divide(1.0, array, out=np.zeros_like(array), where=array != 0.0)
    if name in SUMS:
        sums = array.sum(axis=SUMS[name], keepdims=True)
        off = np.abs(sums - 1.0) > TOLERANCE
        # A product that a country buys nothing of, or a sector without inputs, has shares of zero throughout.
        off &= sums != 0.0 if name != "consumption_share" else True
        if off.any():
            worst = float(sums.ravel()[int(np.argmax(np.abs(sums - 1.0) * off))])
            fault = Fault(
                file,
                f"{int(off.sum()):,} sums of shares are not one; the worst is {worst:.6g}",
                "shares that sum to one",
                "Look for lost lines.",
            )
            mending.accepts("normalise-shares", fault)
        array = np.divide(array, sums, out=np.zeros_like(array), where=sums > 0.0)
    return array


def _raw(
    folder: Path, given: Mapping[str, Any], year: int, mending: Mending, sectors: Path | None
) -> RawTable:
    countries, codes = given["countries"], given["sectors"]
    tariff = (
        np.zeros((len(countries), len(countries), len(codes)))
        if given["tariff"] is None
        else given["tariff"] - 1.0
    )
    before_duty = given["trade_share"] / (1.0 + tariff)
    expenditure, output, final = _levels(given, tariff, before_duty, mending)
    del expenditure
    inputs = (
        (1.0 - given["factor_share"])[:, None, :] * given["intermediate_share"] * output[:, None, :]
    )  # (country, input, output)
    facts = sector_facts(codes, mending, sectors)
    theta = (
        np.abs(given["trade_elasticity"])
        if "absolute-elasticities" in mending.wanted
        else given["trade_elasticity"]
    )
    imputed = [facts.basis.replace("Kinds and trade elasticities", "Kinds")]
    if given["tariff"] is None:
        imputed.append("Tariffs are assumed to be zero: there is no tariff.csv.")
    if given["trade_balance"] is None:
        imputed.append("Trade is assumed to be balanced: there is no trade_balance.csv.")
    return RawTable(
        name="kite",
        year=year,
        regions=tuple(countries),
        sectors=tuple(codes),
        uses=("final",),
        # Z[i,k,n,j] = pi[i,n,k] / (1 + tau) x inputs[n,k,j]
        intermediate=np.einsum("ink,nkj->iknj", before_duty, inputs),
        final_demand=np.einsum("ink,nk->ikn", before_duty, final)[..., None],
        tariff_rate=tariff,
        sector_kinds=facts.kinds,
        trade_elasticity=theta,
        elasticity_set="own",
        provenance=Provenance(
            source="initial conditions of the user's own (KITE layout)",
            edition=f"year {year}, folder {folder.name}",
            licence="as the user holds it",
            origin_sha256=file_sha256(folder / "trade_share.csv"),
            steps=(
                "Flows computed from shares, value added and trade balances (Caliendo and Parro 2015, base equilibrium).",
            ),
            imputed=tuple(imputed),
        ),
        extra={"sector_names": facts.names},
    )


def _levels(
    given: Mapping[str, Any], tariff: np.ndarray, before_duty: np.ndarray, mending: Mending
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expenditure, output and final expenditure, each (country, sector), with duties; a miss of recorded value added is a fault."""
    value_added, shape = given["value_added"], given["factor_share"].shape
    balance = np.zeros(len(value_added)) if given["trade_balance"] is None else given["trade_balance"]
    use = (1.0 - given["factor_share"])[:, None, :] * given["intermediate_share"]  # (country, input, output)
    duty = (tariff * before_duty).sum(axis=0)  # (importer, sector): revenue per unit of expenditure

    def output_of_spending(spent: np.ndarray) -> np.ndarray:
        return np.einsum("ink,nk->ik", before_duty, spent)

    def spending_of(spent: np.ndarray) -> np.ndarray:
        income = (duty * spent).sum(axis=1)
        return given["consumption_share"] * income[:, None] + np.einsum(
            "nkj,nj->nk", use, output_of_spending(spent)
        )

    size = int(np.prod(shape))
    right = given["consumption_share"] * (value_added - balance)[:, None]
    scale = float(np.abs(right).max()) or 1.0
    operator = LinearOperator(
        (size, size), matvec=lambda x: x - spending_of(x.reshape(shape)).ravel(), dtype=np.float64
    )  # type: ignore[call-arg]
    with np.errstate(all="ignore"):
        solved, _ = bicgstab(operator, right.ravel() / scale, rtol=0.0, atol=1e-13, maxiter=2_000)
        spent = solved.reshape(shape) * scale
        miss = float(np.abs(right + spending_of(spent) - spent).max()) / scale
    if not (miss < 1e-8 and (spent >= -1e-9 * scale).all()):
        mending.refuse(
            Fault(
                mending.at("levels"),
                "no positive expenditure agrees with the shares",
                "shares of an economy that pays for what it buys",
                "Check factor_share.csv (value added as a share of output) and trade_balance.csv.",
            )
        )
        mending.stop_on_faults()
    spent = np.maximum(spent, 0.0)
    output = output_of_spending(spent)
    implied = (given["factor_share"] * output).sum(axis=1)
    off = np.abs(implied - value_added) > AGREES * np.maximum(np.abs(value_added), 1e-9 * scale)
    if off.any():
        worst = int(np.argmax(np.abs(implied / np.maximum(value_added, 1e-300) - 1.0) * off))
        names = ", ".join(given["countries"][place] for place in np.flatnonzero(off)[:6])
        fault = Fault(
            mending.at("value_added.csv"),
            f"{int(off.sum())} values do not follow from the shares and balances: {names}; the worst is {given['countries'][worst]}, "
            f"{value_added[worst]:,.6g} recorded and {implied[worst]:,.6g} implied",
            f"agreement to {AGREES:.1%}",
            "KITE's own routine for initial conditions adjusts value added likewise.",
        )
        mending.accepts("implied-balances", fault)
    final = spent - np.einsum("nkj,nj->nk", use, output)
    return spent, output, np.maximum(final, 0.0)
