"""An outcome with made-up numbers, fixed once and for all: what `present` shows is tested without data or solver.

Every table has the columns that `study.run` gives it; gains, losses, zeros, blanks and long names all occur.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count, product
from typing import Any

import pandas as pd

from accord.study.columns import table_of
from accord.study.outcome import Outcome, Verdict

REGIONS = {
    "BLR": "Belarus",
    "RUS": "Russian Federation",
    "KAZ": "Kazakhstan",
    "UKR": "Ukraine",
    "POL": "Poland",
    "DEU": "Germany",
    "REU": "Rest of the European Union",
    "CHN": "China (People's Republic of)",
    "IND": "India",
    "USA": "United States",
    "ROW": "Rest of the table",
}
SECTORS = {
    "A01": "Agriculture, hunting",
    "B05_06": "Mining of coal, oil and gas",
    "C10T12": "Food products, beverages and tobacco",
    "C19": "Coke and refined petroleum products",
    "C20": "Chemicals and chemical products",
    "C26": "Computer, electronic and optical equipment",
    "C28": "Machinery and equipment, nec",
    "C29": "Motor vehicles, trailers and semi-trailers",
    "D": "Electricity, gas, steam and air conditioning supply",
    "F": "Construction",
    "G": "Wholesale and retail trade",
    "O": "Public administration and defence; compulsory social security",
}
PARTNERS = ("BLR", "RUS")
TERMS = (
    "terms_of_trade",
    "volume_of_trade",
    "export_rents",
    "trade_costs",
    "sourcing",
    "technology",
    "output_taxes",
    "transfers",
    "measure_costs",
)
PERCENT = (
    "household_ev_pct",
    "real_income_pct",
    "real_wage_pct",
    "real_return_to_capital_pct",
    "real_absorption_pct",
    "real_gdp_pct",
    "real_output_pct",
    "trade_with_partners_pct",
    "imports_from_partners_value_pct",
    "exports_pct",
    "imports_pct",
)
USD = ("household_ev_usd", "tariff_revenue_usd", "rents_usd", "government_balance_usd")
ONE_STEP = ("one_step_welfare_pct", "one_step_terms_of_trade_pct", "one_step_volume_of_trade_pct")
CONSUMPTION = {region: 40_000.0 * 2.1**position for position, region in enumerate(REGIONS)}
WELFARE_PCT = dict(
    zip(
        REGIONS,
        (0.731, 0.0263, -0.0049, -0.0021, -0.0013, 0.0004, -0.0009, 0.0002, 0.0, -0.00003, 0.0001),
        strict=True,
    )
)


def fake_outcome(*, russia_gains: bool = True, **changes: Any) -> Outcome:
    """Return the outcome; with `russia_gains` False the central run and the verdict turn for one partner."""
    welfare = dict(WELFARE_PCT)
    if not russia_gains:
        welfare["RUS"] = -0.0263
    regions = _regions(welfare)
    variants = _variants(welfare)
    frames = {
        "verdict": ("Who gains among the partners", _verdict(regions), ("region",)),
        "regions": ("Every region: decisions against context alone", regions, ("region",)),
        "context": (
            "Memo: context alone against the base data",
            _regions({code: -3.0 * size for code, size in welfare.items()}),
            ("region",),
        ),
        "sectors": ("Output and prices by region and sector", _sectors(), ("region", "sector")),
        "trade": ("Trade between regions", _trade(), ("exporter", "importer")),
        "decomposition": (
            "Why household welfare changes (integrated along the path)",
            _decomposition(welfare),
            ("region", "term"),
        ),
        "measures": ("Measures of the programme", _measures(), ("measure",)),
        "assumptions": (
            "Inputs without a published source, and imputed data",
            _assumptions(),
            ("kind", "item"),
        ),
        "provenance": ("Where the data come from", _provenance(), ("item",)),
        "solver": ("How exactly the equations hold", _solver(), ("solve", "equation")),
        "variants": (
            "Do all partners gain under other assumptions?",
            variants,
            ("rent_share", "elasticities", "region"),
        ),
    }
    outcome = Outcome(
        programme_name="A made-up union",
        programme_hash="1" * 64,
        world_name="made-up",
        world_hash="2" * 64,
        world_source="Made-up tables, first edition",
        partners=PARTNERS,
        closure="balanced",
        elasticity_set="fontagne-2022",
        model_options={},
        method="exact hat algebra of Caliendo and Parro (2015): Cobb-Douglas costs, one mobile factor, one use group; "
        "balanced trade (the balanced base first, then the policy); trade elasticities 'fontagne-2022'",
        verdict=_judged(russia_gains, welfare),
        tables={
            name: table_of(name, title, frame, keys=keys) for name, (title, frame, keys) in frames.items()
        },
        notes=(
            "measure 'gas': ARM cannot be told apart inside ROW (Rest of the table) of World 'made-up' and is left out",
        ),
        solver={"residual": 3.2e-12, "iterations": 612, "solves": 14},
        seconds=1.5,
        region_names=REGIONS,
        sector_names=SECTORS,
    )
    return replace(outcome, **changes)


def _judged(russia_gains: bool, welfare: dict[str, float]) -> Verdict:
    numbers = f"Household welfare: Belarus {welfare['BLR']:+.3f}%, Russian Federation {welfare['RUS']:+.3f}%."
    if russia_gains:
        return Verdict(
            True,
            "yes",
            f"All partners gain. {numbers} 5 of 5 runs over rents and trade elasticities give the central answer.",
        )
    return Verdict(
        False,
        "no",
        f"Not all partners gain. {numbers} 5 of 5 runs over rents and trade elasticities give the central answer.",
    )


def _wave(step: int) -> float:
    """A reproducible number between -1 and 1."""
    return round(math.sin(1.7 * step + 0.3), 6)


def _regions(welfare: dict[str, float]) -> pd.DataFrame:
    rows = []
    for position, (code, name) in enumerate(REGIONS.items()):
        row: dict[str, Any] = {
            "region": code,
            "region_name": name,
            "role": "partner" if code in PARTNERS else "third country",
        }
        row |= {
            column: welfare[code] * (1.0 + 0.4 * _wave(position + 3 * step))
            for step, column in enumerate(PERCENT)
        }
        row["household_ev_pct"] = welfare[code]
        row |= {
            column: CONSUMPTION[code] * welfare[code] / 100.0 * (1.0 - 0.3 * step)
            for step, column in enumerate(USD)
        }
        row |= {column: welfare[code] * (1.1 - 0.5 * step) for step, column in enumerate(ONE_STEP)}
        rows.append(row)
    rows[-2]["trade_with_partners_pct"] = math.nan
    return pd.DataFrame(rows)


def _verdict(regions: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "region",
        "region_name",
        "household_ev_pct",
        "household_ev_usd",
        "real_income_pct",
        "real_wage_pct",
        "real_return_to_capital_pct",
    ]
    columns += ["real_gdp_pct", "real_output_pct", "trade_with_partners_pct"]
    frame = regions.loc[regions["role"] == "partner", columns].reset_index(drop=True)
    return frame.assign(gains=["yes" if value > 0.0 else "no" for value in frame["household_ev_pct"]])


def _variants(welfare: dict[str, float]) -> pd.DataFrame:
    runs = (
        ("as stated", "fontagne-2022", 1.0),
        ("0", "fontagne-2022", 1.6),
        ("0.5", "fontagne-2022", 1.0),
        ("1", "fontagne-2022", 0.35),
        ("as stated", "caliendo-parro-2015", 0.8),
    )
    return pd.DataFrame(
        [
            {
                "rent_share": rents,
                "elasticities": elasticities,
                "region": code,
                "region_name": REGIONS[code],
                "household_ev_pct": size * welfare[code],
                "household_ev_usd": size * welfare[code] / 100.0 * CONSUMPTION[code],
                "gains": "yes" if size * welfare[code] > 0.0 else "no",
            }
            for (rents, elasticities, size), code in product(runs, PARTNERS)
        ]
    )


def _sectors() -> pd.DataFrame:
    rows = []
    for step, (region, sector) in zip(count(), product(REGIONS, SECTORS)):
        base = CONSUMPTION[region] * (1.2 + _wave(step)) / 5.0
        change = 0.02 * _wave(7 * step) * base * (1.0 if region in PARTNERS else 0.01)
        rows.append(
            {
                "region": region,
                "region_name": REGIONS[region],
                "sector": sector,
                "sector_name": SECTORS[sector],
                "output_base_usd": base,
                "output_change_usd": change,
                "output_pct": 100.0 * change / base,
                "real_price_pct": 0.4 * _wave(11 * step),
            }
        )
    return pd.DataFrame(rows)


def _trade() -> pd.DataFrame:
    pairs = [(exporter, importer) for exporter, importer in product(REGIONS, REGIONS) if exporter != importer]
    rows = []
    for step, (exporter, importer) in enumerate(pairs):
        base = 900.0 * (1.5 + _wave(step))
        change = 0.01 * _wave(5 * step) * base
        rows.append(
            {
                "exporter": exporter,
                "exporter_name": REGIONS[exporter],
                "importer": importer,
                "importer_name": REGIONS[importer],
                "base_usd": base,
                "change_usd": change,
                "change_pct": 100.0 * change / base,
            }
        )
    return pd.DataFrame(rows)


def _decomposition(welfare: dict[str, float]) -> pd.DataFrame:
    shares = (0.22, 0.18, -0.12, 0.55, 0.0, 0.25, -0.02, 0.0, -0.06)
    parts = dict(zip(TERMS, shares, strict=True)) | {
        "sum_of_terms": 1.0,
        "exact": 1.0,
    }
    return pd.DataFrame(
        [
            {
                "region": code,
                "region_name": name,
                "term": term,
                "usd": share * welfare[code] / 100.0 * CONSUMPTION[code],
                "pct": share * welfare[code],
            }
            for term, share in parts.items()
            for code, name in REGIONS.items()
        ]
    )


def _measures() -> pd.DataFrame:
    rows = (
        (
            "barriers",
            "No protective measures against each other",
            "trade",
            "barrier-removal",
            "decision",
            "under-way",
            0.2,
            1,
        ),
        (
            "machines",
            "Joint output of machine tools",
            "industry",
            "productivity",
            "decision",
            "planned",
            0.0,
            2,
        ),
        (
            "sanctions",
            "Sanctions of third countries since the base year",
            "sanctions",
            "sanction",
            "context",
            "in-force",
            0.7,
            2,
        ),
    )
    return pd.DataFrame(
        rows, columns=["measure", "title", "area", "kind", "role", "status", "in_base", "shocks"]
    )


def _assumptions() -> pd.DataFrame:
    rows = (
        (
            "programme",
            "barriers.ad_valorem",
            "0.10 (0.05 to 0.20)",
            "assumption: half of the survey's lower bound",
        ),
        ("programme", "machines.factor", "1.02 (1.00 to 1.05)", "assumption"),
        (
            "world",
            "imputed 1",
            "Final demand by destination is imputed from national accounts.",
            "Made-up tables",
        ),
    )
    return pd.DataFrame(rows, columns=["kind", "item", "value", "source"])


def _provenance() -> pd.DataFrame:
    rows = (
        ("source", "Made-up tables"),
        ("edition", "first edition"),
        ("licence", "None needed: no figure describes a real economy."),
        ("step 01", "Written by hand."),
        ("note 01", "Rounded & shortened; a < b everywhere."),
    )
    return pd.DataFrame(rows, columns=["item", "value"])


def _solver() -> pd.DataFrame:
    equations = ("prices", "goods", "factors", "budgets", "balance")
    return pd.DataFrame(
        [
            {
                "solve": solve,
                "equation": equation,
                "residual": 1e-12 * (1.0 + abs(_wave(step))),
                "iterations": 40 + step // 5,
            }
            for step, (solve, equation) in enumerate(product(("context", "context and decisions"), equations))
        ]
    )
