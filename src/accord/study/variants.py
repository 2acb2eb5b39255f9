"""The same programme under other assumptions: is "all gain" true by construction, or does it hold (METHODS sections 3, 7)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.shocks import RentWedgeShock, Shock
from accord.study.check import Checked, check_programme
from accord.study.outcome import Verdict
from accord.study.resolve import resolve_supports, unresolved
from accord.study.support_search import Nearby

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium
    from accord.programme import Programme

RENT_SHARES = (0.0, 0.5, 1.0)
"""Shares of a barrier that are rent rather than resource cost; every verdict shows all three (METHODS section 3)."""

AS_STATED = "as stated"

GAIN_PCT = 1e-7
"""Smallest welfare change, % of base household consumption, that counts as a gain: a hundred times the solver's own error."""

Solve = Callable[[adapter.Model, Sequence[Shock]], "Equilibrium"]


def variant_frame(
    programme: Programme,
    model: adapter.Model,
    checked: Checked,
    start: Equilibrium,
    end: Equilibrium,
    solve: Solve | None,
    near: Nearby | None = None,
) -> pd.DataFrame:
    """Household welfare of each partner in the central run, for each rent share, and for each elasticity set.

    Rent shares are varied at the central elasticities and elasticities at the stated rents. With `solve` None, the central run
    alone is listed. Searches for supports begin at `near`, where the central one ended.
    """
    frames = [_partner_rows(AS_STATED, model, start, end, checked.partners)]
    if solve is None:
        return frames[0]
    if any(isinstance(shock, RentWedgeShock) for shock in (*checked.context, *checked.decisions)):
        for share in RENT_SHARES:
            rented = check_programme(programme.with_rent_share(share), model.world)
            if _same_shocks(
                rented, unresolved(checked)
            ):  # the share that the programme states: the central run
                frames.append(frames[0].assign(rent_share=f"{share:g}"))
            else:
                frames.append(_variant_rows(f"{share:g}", model.elasticity_set, rented, model, solve, near))
    frames += [
        _variant_rows(AS_STATED, name, checked, model, solve, near)
        for name in model.world.elasticity_sets
        if name != model.elasticity_set
    ]
    return pd.concat(frames, ignore_index=True)


def _same_shocks(one: Checked, other: Checked) -> bool:
    return (one.context, one.decisions) == (other.context, other.decisions)


def _variant_rows(
    rents: str,
    elasticities: str,
    checked: Checked,
    central: adapter.Model,
    solve: Solve,
    near: Nearby | None,
) -> pd.DataFrame:
    everything = (*checked.context, *checked.decisions)
    model = adapter.build_model(
        central.world,
        everything,
        central.choices.over({"elasticities": elasticities}),
        options=central.options,
        guide=central.guide,
    )
    # What it takes to replace imports depends on the elasticities, and is solved for again.
    checked = resolve_supports(model, unresolved(checked), near)
    start, end = solve(model, checked.context), solve(model, (*checked.context, *checked.decisions))
    return _partner_rows(rents, model, start, end, checked.partners)


def _partner_rows(
    rents: str, model: adapter.Model, start: Equilibrium, end: Equilibrium, partners: Sequence[str]
) -> pd.DataFrame:
    change = end.household_consumption - start.household_consumption
    percent = 100.0 * change / model.unchanged.household_consumption
    order = {region: position for position, region in enumerate(model.world.regions)}
    return pd.DataFrame(
        [
            {
                "rent_share": rents,
                "elasticities": model.elasticity_set,
                "region": partner,
                "region_name": model.world.region_names[partner],
                "household_ev_pct": float(percent[order[partner]]),
                "household_ev_usd": float(change[order[partner]]),
                "gains": "yes" if percent[order[partner]] > GAIN_PCT else "no",
            }
            for partner in partners
        ]
    )


def verdict_of(variants: pd.DataFrame, region_names: Mapping[str, str]) -> Verdict:
    """Judge the variants: established only when every one of them gives the central answer."""
    runs = variants.groupby(["rent_share", "elasticities"], sort=False)["gains"].agg(
        lambda gains: (gains == "yes").all()
    )
    central = bool(runs.iloc[0])
    agree = int((runs == central).sum())
    answer = ("yes" if central else "no") if agree == len(runs) else "not established"
    return Verdict(central, answer, _sentence(variants, region_names, answer, agree, len(runs)))


def _sentence(
    variants: pd.DataFrame, region_names: Mapping[str, str], answer: str, agree: int, runs: int
) -> str:
    opening = {
        "yes": "All partners gain.",
        "no": "Not all partners gain.",
        "not established": "Whether all partners gain is not established.",
    }[answer]
    ranges = []
    for partner, rows in variants.groupby("region", sort=False):
        low, high = rows["household_ev_pct"].min(), rows["household_ev_pct"].max()
        central = rows["household_ev_pct"].iloc[0]
        spread = "" if runs == 1 else f" ({low:+.3f} to {high:+.3f})"
        ranges.append(f"{region_names[str(partner)]} {central:+.3f}%{spread}")
    counted = (
        ""
        if runs == 1
        else f" {agree} of {runs} runs over rents and trade elasticities give the central answer."
    )
    return f"{opening} Household welfare: {', '.join(ranges)}.{counted}"
