"""The bridge: a programme and a World in, an outcome out. Read `run` from top to bottom and you have read the method."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.errors import AccordError, Fault, ProgrammeError
from accord.programme import Programme, read_programme
from accord.programme.model import ModelOptions
from accord.shocks import FlowShock, Shock
from accord.study.check import Checked, check_programme
from accord.study.columns import table_of
from accord.study.contract_prices import contract_price_tables
from accord.study.energy import supply_tables
from accord.study.extras import extra_tables
from accord.study.full import ask
from accord.study.one_year import METHOD as ONE_YEAR_METHOD
from accord.study.one_year import one_year, represents_any
from accord.study.outcome import Outcome
from accord.study.prepare import prepare
from accord.study.variants import GAIN_PCT, variant_frame, verdict_of
from accord.tables import Table
from accord.world import World, read_world

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, steps done, steps in all)."""

Horizon = Literal["long-run", "one-year", "both"]


@dataclass
class _Clock:
    """Wall time of solves, and the worst residual and total iterations, which every outcome reports."""

    seconds: float = 0.0
    residual: float = 0.0
    iterations: int = 0
    solves: int = 0

    def timed(self, model: adapter.Model, shocks: Sequence[Shock]) -> Equilibrium:
        return self.noted(lambda: model.solve(shocks))

    def noted(self, solve: Callable[[], Equilibrium]) -> Equilibrium:
        begun = time.perf_counter()
        state = solve()
        self.seconds += time.perf_counter() - begun
        self.residual = max(self.residual, state.stats.largest_residual)
        self.iterations += state.stats.iterations
        self.solves += 1
        return state


def run(
    programme: str | Path | Programme,
    world: str | Path | World | None = None,
    *,
    elasticities: str | None = None,
    closure: str | None = None,
    model: Mapping[str, Any] | None = None,
    variants: bool = True,
    full: bool = False,
    horizon: Horizon = "both",
    progress: Progress | None = None,
) -> Outcome:
    """Run `programme` on `world` and say whether all partners gain.

    Args:
        programme: A programme or the path of its file.
        world: A World, its name, or a path; the programme's own choice by default.
        elasticities: Name of an elasticity set of the World; its default otherwise.
        closure: Trade imbalance closure: "balanced" (default), "world-share", "own-share" or "level" (METHODS section 6).
        model: Other options of the long-run engine, put over the programme's own `[model]` (docs/reference/measures.md).
        variants: Whether to run the rent shares and elasticity sets that the verdict's range needs.
        full: Whether to answer every question of `accord.study.full` too: odds, attribution and the rest.
        horizon: "long-run" (equilibrium), "one-year" (prices at fixed quantities), or "both".
        progress: Called as the run goes on.

    Returns:
        The outcome of context plus decisions less the outcome of the context alone (METHODS section 1).

    Raises:
        ProgrammeError: The programme is wrong or does not fit the World; every fault is listed.
        WorldError: The World cannot carry the programme.
        EngineError: No equilibrium met the tolerance; the text says what to try.
    """
    tell = progress or (lambda *_: None)
    programme = read_programme(programme)
    tell("reading the World", 0, 4)
    data = read_world(world if world is not None else programme.world)
    stated = {"elasticities": elasticities, "closure": closure}
    choices = programme.model.over(
        {**(model or {}), **{key: value for key, value in stated.items() if value is not None}}
    )

    if horizon == "one-year":
        if full:
            raise AccordError(
                "the further questions of a full run are about the long run, and the horizon is one-year. "
                "Ask for both horizons, or leave --full away."
            )
        return _one_year_alone(programme, data, choices, variants=variants)

    clock = _Clock()
    tell("solving the central run", 1, 4)
    prepared = prepare(programme, data, choices, guided=True)
    checked, calibrated = prepared.checked, prepared.model
    start = clock.noted(lambda: prepared.context_alone)
    end = clock.noted(lambda: prepared.everything)

    tell("explaining it", 2, 4)
    tables = _central_tables(programme, calibrated, checked, start, end) | extra_tables(prepared)
    tell("trying other rents and elasticities", 3, 4)
    solve = clock.timed if variants else None
    rows = variant_frame(programme, calibrated, checked, start, end, solve, prepared.near)
    tables["variants"] = table_of(
        "variants",
        "Do all partners gain under other assumptions?",
        rows,
        keys=("rent_share", "elasticities", "region"),
    )
    answers = ask(prepared, progress=progress) if full else {}
    tables |= {table.name: table for answer in answers.values() for table in answer.tables}
    short = None
    if horizon == "both" and represents_any(checked):
        short = one_year(programme, data, checked, pass_through=choices.pass_through, variants=variants)
        tables |= short.tables
    supply, supply_notes = supply_tables(programme, data, choices, variants=variants, guide=calibrated.guide)
    tables |= supply | (contract_price_tables(prepared) if variants else {})
    tell("done", 4, 4)
    return Outcome(
        programme_name=programme.name,
        programme_hash=programme.content_hash,
        world_name=data.name,
        world_hash=data.content_hash,
        world_source=f"{data.provenance.source}, {data.provenance.edition}",
        partners=checked.partners,
        closure=choices.closure,
        elasticity_set=calibrated.elasticity_set,
        model_options={
            key: value for key, value in choices.changed().items() if key not in {"closure", "elasticities"}
        },
        method=_method(calibrated),
        verdict=verdict_of(rows, data.region_names),
        tables=tables,
        notes=(
            *checked.notes,
            *_zero_flow_notes(data, checked),
            *calibrated.notes,
            *(short.notes if short else ()),
            *supply_notes,
        ),
        solver={"residual": clock.residual, "iterations": clock.iterations, "solves": clock.solves},
        seconds=clock.seconds,
        region_names=data.region_names,
        sector_names=data.sector_names,
        answers={name: answer.sentences for name, answer in answers.items()},
        one_year=short.verdict if short else None,
    )


def _one_year_alone(programme: Programme, world: World, choices: ModelOptions, *, variants: bool) -> Outcome:
    """The outcome of the one-year horizon without the long run."""
    checked = check_programme(programme, world)
    if not represents_any(checked):
        raise ProgrammeError(
            [
                Fault(
                    where=programme.name,
                    found="no measure acts on costs or prices, which is all that moves within a year",
                    expected="at least one measure that the price engine takes",
                    remedy="ask for the long run: --horizon long-run",
                )
            ]
        )
    begun = time.perf_counter()
    short = one_year(programme, world, checked, pass_through=choices.pass_through, variants=variants)
    supply, supply_notes = supply_tables(programme, world, choices, variants=False)
    facts = _tables_of(_facts(programme, world))
    return Outcome(
        programme_name=programme.name,
        programme_hash=programme.content_hash,
        world_name=world.name,
        world_hash=world.content_hash,
        world_source=f"{world.provenance.source}, {world.provenance.edition}",
        partners=checked.partners,
        closure=choices.closure,
        elasticity_set=choices.elasticities or world.elasticity_sets[0],
        model_options={
            key: value for key, value in choices.changed().items() if key not in {"closure", "elasticities"}
        },
        method=ONE_YEAR_METHOD,
        verdict=short.verdict,
        tables={**short.tables, **supply, **facts},
        notes=(*checked.notes, *_zero_flow_notes(world, checked), *short.notes, *supply_notes),
        solver={"residual": short.residual, "iterations": 0, "solves": 2},
        seconds=time.perf_counter() - begun,
        region_names=world.region_names,
        sector_names=world.sector_names,
        one_year=short.verdict,
    )


def _central_tables(
    programme: Programme, model: adapter.Model, checked: Checked, start: Equilibrium, end: Equilibrium
) -> dict[str, Table]:
    world, partners = model.world, checked.partners
    regions = _named_regions(world, adapter.region_frame(model, start, end, partners), partners)
    context = _named_regions(world, adapter.region_frame(model, model.unchanged, start, partners), partners)
    sectors = adapter.sector_frame(model, start, end)
    sectors.insert(1, "region_name", sectors["region"].map(world.region_names))
    sectors.insert(3, "sector_name", sectors["sector"].map(world.sector_names))
    terms = adapter.decomposition_frame(model, start, end)
    terms.insert(1, "region_name", terms["region"].map(world.region_names))
    frames = {
        "verdict": ("Who gains among the partners", _verdict_frame(regions), ("region",)),
        "regions": ("Every region: decisions against context alone", regions, ("region",)),
        "context": ("Memo: context alone against the base data", context, ("region",)),
        "sectors": ("Output and prices by region and sector", sectors, ("region", "sector")),
        "trade": (
            "Trade between regions",
            _named_flows(world, adapter.trade_frame(model, start, end)),
            ("exporter", "importer"),
        ),
        "partner_trade": (
            "Trade of the partners by sector",
            _named_flows(world, adapter.trade_frame(model, start, end, by_sector_of=partners)),
            ("exporter", "importer", "sector"),
        ),
        "decomposition": (
            "Why household welfare changes (integrated along the path)",
            terms,
            ("region", "term"),
        ),
        **_employment(model, start, end, regions),
        **_facts(programme, world),
        "solver": (
            "How exactly the equations hold",
            _solver_frame(model, {"context": start, "context and decisions": end}),
            ("solve", "equation"),
        ),
    }
    return _tables_of(frames)


def _employment(
    model: adapter.Model, start: Equilibrium, end: Equilibrium, regions: pd.DataFrame
) -> dict[str, tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """Employment by factor, in runs in which some factor need not be employed in full."""
    if not model.factors.rigid.any():
        return {}
    names = regions[["region", "region_name", "role"]]
    frame = names.merge(adapter.employment_frame(model, start, end), on="region")
    return {"employment": ("Employment by region and factor (rigid real wages)", frame, ("region", "factor"))}


def _facts(programme: Programme, world: World) -> dict[str, tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """What every run states at any horizon: title, frame and keys by name."""
    return {
        "measures": ("Measures of the programme", _measure_frame(programme), ("measure",)),
        "assumptions": (
            "Inputs without a published source, and imputed data",
            _assumption_frame(programme, world),
            ("kind", "item"),
        ),
        "provenance": (
            "Where the data come from and what was done to them",
            _provenance_frame(world),
            ("item",),
        ),
    }


def _tables_of(frames: Mapping[str, tuple[str, pd.DataFrame, tuple[str, ...]]]) -> dict[str, Table]:
    return {name: table_of(name, title, frame, keys=keys) for name, (title, frame, keys) in frames.items()}


def _named_regions(world: World, frame: pd.DataFrame, partners: Sequence[str]) -> pd.DataFrame:
    frame.insert(1, "region_name", frame["region"].map(world.region_names))
    frame.insert(2, "role", np.where(frame["region"].isin(partners), "partner", "third country"))
    return frame


def _named_flows(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    frame.insert(1, "exporter_name", frame["exporter"].map(world.region_names))
    frame.insert(3, "importer_name", frame["importer"].map(world.region_names))
    if "sector" in frame:
        frame.insert(5, "sector_name", frame["sector"].map(world.sector_names))
    return frame


def _verdict_frame(regions: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "region",
        "region_name",
        "household_ev_pct",
        "household_ev_usd",
        "real_income_pct",
        "real_wage_pct",
        "real_gdp_pct",
        "real_output_pct",
        "trade_with_partners_pct",
    ]
    if "employment_pct" in regions:
        columns.insert(columns.index("real_wage_pct") + 1, "employment_pct")
    frame = regions.loc[regions["role"] == "partner", columns].reset_index(drop=True)
    frame["gains"] = np.where(frame["household_ev_pct"] > GAIN_PCT, "yes", "no")
    return frame


def _measure_frame(programme: Programme) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "measure": measure.id,
                "title": measure.title,
                "area": measure.area,
                "kind": measure.kind,
                "role": measure.role,
                "status": measure.status,
                "in_base": 0.0 if measure.in_base is None else measure.in_base,
                "shocks": len(measure.shocks()),
            }
            for measure in programme.measures
        ],
        columns=["measure", "title", "area", "kind", "role", "status", "in_base", "shocks"],
    )


def _assumption_frame(programme: Programme, world: World) -> pd.DataFrame:
    rows = [
        {
            "kind": "programme",
            "item": f"{entry.measure}.{entry.field}",
            "value": entry.text,
            "source": entry.source,
        }
        for entry in programme.assumptions()
    ]
    rows += [
        {"kind": "world", "item": f"imputed {number}", "value": sentence, "source": world.provenance.source}
        for number, sentence in enumerate(world.provenance.imputed, start=1)
    ]
    return pd.DataFrame(rows, columns=["kind", "item", "value", "source"])


def _provenance_frame(world: World) -> pd.DataFrame:
    """Source, licence, steps and known limits of the World; what is imputed stands among the assumptions."""
    known = world.provenance
    rows = [
        ("source", known.source),
        ("edition", known.edition),
        ("licence", known.licence),
        ("origin SHA-256", known.origin_sha256),
    ]
    lists = {"step": known.steps, "note": known.notes, "tariffs": known.tariff_sources}
    for name, sentences in lists.items():
        # Two digits, so that files sorted by item keep the order of the steps.
        rows += [(f"{name} {number:02d}", sentence) for number, sentence in enumerate(sentences, start=1)]
    return pd.DataFrame([row for row in rows if row[1]], columns=["item", "value"])


def _solver_frame(model: adapter.Model, states: dict[str, Equilibrium]) -> pd.DataFrame:
    solves = {**({"balanced base": model.balancing} if model.balancing else {}), **states}
    return pd.DataFrame(
        [
            {
                "solve": name,
                "equation": equation,
                "residual": value,
                "iterations": state.stats.iterations,
                "continuation_steps": state.stats.continuation_steps,
                "newton_steps": state.stats.newton_steps,
            }
            for name, state in solves.items()
            for equation, value in state.stats.residuals._asdict().items()
        ]
    )


def _method(model: adapter.Model) -> str:
    """One sentence that names the model and everything that is not its default."""
    closures = {
        "balanced": "balanced trade (the balanced base first, then the policy)",
        "world-share": "trade imbalances a constant share of world income",
        "own-share": "trade imbalances a constant share of own income",
        "level": "trade imbalances constant in units of the numeraire (world average factor price)",
    }
    choices = model.choices
    groups = len(model.groups)
    parts = [
        "one use group"
        if groups == 1
        else f"{groups} use groups ({'; '.join(_shortened(names) for names in model.groups.names)})"
    ]
    if len(model.world.uses) == 1:
        parts.append("single final use")
    elif choices.government_and_investment == "real":
        parts.append("real government and investment purchases fixed, lump-sum closing tax")
    else:
        parts.append("government and investment spend fixed shares of income")
    parts += [closures[choices.closure], f"trade elasticities '{model.elasticity_set}'"]
    named = {"closure", "elasticities", "use_groups", "government_and_investment", "pass_through"}
    others = {key: value for key, value in choices.changed().items() if key not in named}
    parts += [f"{key.replace('_', ' ')} {value}" for key, value in others.items()]
    core = "Cobb-Douglas costs, one mobile factor" if not others else "with the options named here"
    return f"exact hat algebra of Caliendo and Parro (2015): {core}, {'; '.join(parts)}"


def _shortened(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{names[0]} ... {names[-1]}, {len(names)} users"


def _zero_flow_notes(world: World, checked: Checked) -> list[str]:
    """A flow that is zero in the base cannot revive in this model; say which measures target such flows only, or in some products."""
    shocks = [shock for shock in (*checked.context, *checked.decisions) if isinstance(shock, FlowShock)]
    zero = [shock for shock in shocks if adapter.targeted_flow(world, shock) == 0.0]
    told: list[str] = []
    for name in dict.fromkeys(shock.measure for shock in zero):
        own = [shock for shock in zero if shock.measure == name]
        if len(own) == sum(shock.measure == name for shock in shocks):
            told.append(
                f"measure '{name}': every flow that it targets is zero in the base, and a zero flow cannot revive here"
            )
            continue
        sectors = list(dict.fromkeys(sector for shock in own for sector in shock.flows.sectors or ("all",)))
        listed = ", ".join(sectors[:6]) + (f" and {len(sectors) - 6} more" if len(sectors) > 6 else "")
        told.append(
            f"measure '{name}': some flows that it targets ({listed}) are zero in the base, and a zero flow cannot revive here"
        )
    return told
