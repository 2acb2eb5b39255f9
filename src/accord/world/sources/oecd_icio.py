"""The OECD's own Inter-Country Input-Output tables, one CSV file a year (editions 2016 to 2025).

Layout: a row for each producer (`BLR_C26`), then `TLS` (taxes less subsidies on products), `VA` and `OUT`; a column for each user,
then final purchases by country (`BLR_HFCE`, `_NPISH`, `_GGFC`, `_GFCF`, `_INVNT`, `_DPABR`) and `OUT`. USD million, basic prices.

- Households are household consumption, non-profit institutions and direct purchases abroad; investment is fixed capital formation.
  Changes in inventories go as `raw.stocks` says, 'produced' unless another way is asked for.
- Two ways of older editions, as pymrio reads them: final purchases labelled in reverse (`HFCE_BLR`, 2016), and one column `DISC` of
  discrepancies between a producer's output and its recorded sales (2018). The latter is sales without a purchaser, as inventories are, and
  goes with those of the producer's own country; its size is noted.
- Countries that the extended edition splits (MX1, MX2; CN1, CN2) are merged with MEX and CHN, as the edition's notes ask.
- Taxes less subsidies on inputs are a tax on output of the user, duties included (METHODS section 5). Those on final purchases
  have no place in a World, which values final purchases before tax; their size is noted.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from accord.errors import Fault, WorldError, nearest
from accord.world.raw.checks import checked
from accord.world.raw.labelled import Labelled
from accord.world.raw.mending import Mending
from accord.world.raw.sector_facts import sector_facts
from accord.world.raw.stocks import DEFAULT
from accord.world.raw.table import RawTable, world_from
from accord.world.sources.applied_tariffs import applied_tariffs, read_rows
from accord.world.sources.npz import file_sha256
from accord.world.sources.wide_csv import LARGE, read_wide_csv
from accord.world.sources.years import year_in
from accord.world.world import Provenance, World

if TYPE_CHECKING:
    import pandas as pd

FINAL = {
    "HFCE": "household", "NPISH": "household", "NPS": "household", "DPABR": "household", "DIRP": "household", "P33": "household",
    "GGFC": "government", "GFCF": "investment", "INVNT": "inventories", "INV": "inventories", "INVEN": "inventories",
}  # fmt: skip
"""Ending of a final-demand column -> the use it is part of."""

USES = ("household", "government", "investment")
DISCREPANCY = "DISC"
TOTALS = {"OUT", "OUTPUT", "TOTAL"}
VALUE_ADDED = {"VA", "VALU"}
SPLIT = {"CN": "CHN", "MX": "MEX"}
SPLIT_PART = re.compile(r"(?:CN|MX)\d_")
LAYOUT = "a table of the OECD: rows and columns such as BLR_C26, rows TLS, VA, OUT, columns such as BLR_HFCE and OUT"
TAXES = re.compile(r"(?:.*_)?(?:TLS|TAXSUB|TAX)(?:_.*)?")


def read_oecd_icio(
    path: str | Path,
    *,
    fixes: Sequence[str] = (),
    year: int | None = None,
    inventories: str = DEFAULT,
    sectors: Path | None = None,
) -> World:
    """Return the World 'oecd-icio' from one CSV file of the OECD.

    Args:
        path: The file, such as 2022_SML.csv.
        fixes: Names of `raw.FIXES` that the user accepts.
        year: Year of the data; by default the last year in the name of the file.
        inventories: A way of `raw.stocks`.
        sectors: CSV file with facts of sectors; by default they follow from the codes.
    """
    file = Path(path).expanduser()
    mending = Mending.asked_for(file.name, fixes)
    raw = read_raw(file, mending, year=year, sectors=sectors)
    raw = checked(raw, mending, inventories=inventories)
    mending.stop_on_faults()
    return world_from(raw, mending)


def read_raw(
    file: Path, mending: Mending, *, year: int | None = None, sectors: Path | None = None
) -> RawTable:
    """Return the table of the file; what is wrong with its labels and cells goes to `mending`."""
    columns, rows, cells = _read_cells(file, mending)
    if _is_transposed(columns, rows):
        fault = Fault(
            mending.at("labels"),
            "final purchases stand in rows, and TLS, VA or OUT in columns: the table is transposed",
            LAYOUT,
            "Interchange rows and columns.",
        )
        mending.accepts("transpose", fault)
        columns, rows, cells = rows, columns, np.ascontiguousarray(cells.T)
    return _assembled(file, mending, _Parts.of(columns, rows, cells, mending), year, sectors)


# Reading ------------------------------------------------------------------------------------------------------------


def _read_cells(file: Path, mending: Mending) -> tuple[list[str], list[str], np.ndarray]:
    """Column labels, row labels and cells (row, column); both halves of the file are parsed at once."""
    try:
        with file.open("rb") as opened:
            first = opened.readline().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        reason = (
            "no such file" if isinstance(error, FileNotFoundError) else error.strerror or type(error).__name__
        )
        raise WorldError(
            [Fault(str(file), reason, "a CSV file of the OECD, unzipped", "Check the path.")]
        ) from None
    try:
        header = next(csv.reader([first.decode("utf-8").rstrip("\n")]), [])
    except (UnicodeDecodeError, csv.Error):
        header = []
    if len(header) < 2 or not first.endswith(b"\n"):
        raise WorldError(
            [
                Fault(
                    file.name,
                    "it is no CSV table: its first line names no columns",
                    LAYOUT,
                    "Unzip it first if it is a .zip file.",
                )
            ]
        )
    if file.stat().st_size >= LARGE and (quick := read_wide_csv(file, header)) is not None:
        return [name.strip() for name in header[1:]], *quick
    content = file.read_bytes()
    end = content.find(b"\n")
    body = memoryview(content)[end + 1 :]
    middle = content.find(b"\n", end + 1 + len(body) // 2)
    cut = middle - end if middle >= 0 else len(body)
    with ThreadPoolExecutor(2) as pool:
        halves = [
            half
            for half in pool.map(lambda part: _parsed(part, len(header)), (body[:cut], body[cut:]))
            if half is not None
        ]
    if any(isinstance(half, str) for half in halves) or not halves:
        why = next((half for half in halves if isinstance(half, str)), "there is no row below the header")
        raise WorldError([Fault(file.name, why, LAYOUT, "Use the file as the OECD publishes it.")])
    frames = [half for half in halves if not isinstance(half, str)]
    labels = [label for frame in frames for label in _texts(frame.pop(0))]
    cells = np.concatenate([_numbers(frame, file.name, header, mending) for frame in frames])
    return [name.strip() for name in header[1:]], labels, cells


def _parsed(part: memoryview, width: int) -> pd.DataFrame | str | None:
    """Cells of some lines; a text that says why they are no table; None where there is no line."""
    import pandas as pd

    if not bytes(part[:4096]).strip():
        return None
    try:
        frame = pd.read_csv(
            io.BytesIO(part), header=None, dtype={0: str}, low_memory=False, keep_default_na=False, na_values=["", "NA", "NaN", "nan"],
            names=range(width), on_bad_lines="error",
        )  # fmt: skip
    except (ValueError, UnicodeDecodeError, OverflowError) as error:
        text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return f"it is no CSV table: {text.removeprefix('Error tokenizing data. C error: ')}"
    # Where lines are longer than the header, pandas takes the first cells for an index.
    return frame if isinstance(frame.index, pd.RangeIndex) else "lines have more cells than the header"


def _texts(labels: pd.Series) -> list[str]:
    return [
        "" if missing else str(label).strip() for label, missing in zip(labels, labels.isna(), strict=True)
    ]


def _numbers(frame: pd.DataFrame, name: str, header: list[str], mending: Mending) -> np.ndarray:
    """Cells as numbers; what is text is a fault, and zero for the checks that follow."""
    import pandas as pd

    odd = [column for column, kind in zip(frame.columns, frame.dtypes, strict=True) if kind.kind not in "fiu"]
    if not odd:
        return frame.to_numpy(dtype=np.float64)
    numbers = {column: pd.to_numeric(frame[column].astype(str), errors="coerce") for column in odd}
    wrong = {
        column: frame[column][numbers[column].isna() & frame[column].notna()].astype(str) for column in odd
    }
    texts = [f"'{text}' in column {header[column]}" for column in odd for text in wrong[column]]
    if texts:
        mending.refuse(
            Fault(
                f"{name}, cells",
                f"{len(texts):,} are no numbers: {', '.join(texts[:5])}",
                "plain numbers with a decimal point",
                "Save the file with decimal points, without thousands separators.",
            )
        )
    array = frame.drop(columns=odd).reindex(columns=frame.columns).to_numpy(dtype=np.float64, copy=True)
    for column in odd:
        array[:, column - 1] = np.where(
            wrong[column].reindex(frame.index).notna(), 0.0, numbers[column].astype(np.float64)
        )
    return array


# Taking the table apart ---------------------------------------------------------------------------------------------


def _is_transposed(columns: Sequence[str], rows: Sequence[str]) -> bool:
    def marks(labels: Sequence[str]) -> int:
        return sum(bool({*label.split("_", 1)} & {*FINAL}) for label in labels if "_" in label)

    return marks(rows) > marks(columns)


@dataclass(frozen=True)
class _Parts:
    """Cells by what they are, with the labels of producers and users as (region, sector) pairs.

    Attributes:
        producers: Labels of rows.
        users: Labels of columns of inputs.
        final: Labels of columns of final purchases: (region, use).
        flows: (producer, user).
        purchases: (producer, final column).
        taxes: (user,), or None.
        value_added: (user,), or None.
        output: (producer,), from the column, or None.
        discrepancy: (producer,), sales that no column accounts for, or None.
        taxes_on_final: Sum, USD million.
        merged: Whether split parts of a country were merged.
    """

    producers: list[tuple[str, str]]
    users: list[tuple[str, str]]
    final: list[tuple[str, str]]
    flows: np.ndarray
    purchases: np.ndarray
    taxes: np.ndarray | None
    value_added: np.ndarray | None
    output: np.ndarray | None
    discrepancy: np.ndarray | None
    taxes_on_final: float
    merged: bool

    @classmethod
    def of(cls, columns: Sequence[str], rows: Sequence[str], cells: np.ndarray, mending: Mending) -> _Parts:
        """Sort rows and columns by their labels; labels that say nothing are faults."""
        column_of, row_of = (
            [_kind(label, "column") for label in columns],
            [_kind(label, "row") for label in rows],
        )
        _note_labels(columns, column_of, "column", mending)
        _note_labels(rows, row_of, "row", mending)

        def where(kinds: Sequence[str], wanted: str) -> list[int]:
            return [place for place, kind in enumerate(kinds) if kind == wanted]

        producers, users, final = where(row_of, "flow"), where(column_of, "flow"), where(column_of, "final")
        if not len(producers) or not len(users) or not len(final):
            lacking = (
                "rows of producers"
                if not len(producers)
                else "columns of users"
                if not len(users)
                else "columns of final purchases"
            )
            mending.refuse(
                Fault(
                    mending.at("labels"),
                    f"there are no {lacking}",
                    LAYOUT,
                    "Use the file as the OECD publishes it.",
                )
            )
            mending.stop_on_faults()
        taxes, value_added = where(row_of, "taxes"), where(row_of, "value added")
        totals, unexplained = where(column_of, "total"), where(column_of, "discrepancy")
        return cls(
            producers=[_split(rows[place]) for place in producers],
            users=[_split(columns[place]) for place in users],
            final=[_split(columns[place]) for place in final],
            flows=cells[np.ix_(producers, users)],
            purchases=cells[np.ix_(producers, final)],
            taxes=cells[np.ix_(taxes, users)].sum(axis=0) if len(taxes) else None,
            value_added=cells[np.ix_(value_added, users)].sum(axis=0) if len(value_added) else None,
            output=cells[np.ix_(producers, totals[:1])][:, 0] if len(totals) else None,
            discrepancy=cells[np.ix_(producers, unexplained)].sum(axis=1) if len(unexplained) else None,
            taxes_on_final=float(np.nan_to_num(cells[np.ix_(taxes, final)]).sum()) if len(taxes) else 0.0,
            merged=any(SPLIT_PART.match(label) for label in rows),
        )


def _kind(label: str, axis: str) -> str:
    if not label:
        return "blank"
    if label in TOTALS:
        return "total"
    if axis == "row" and label in VALUE_ADDED:
        return "value added"
    if axis == "row" and TAXES.fullmatch(label):
        return "taxes"
    if axis == "column" and label == DISCREPANCY:
        return "discrepancy"
    region, _, rest = label.partition("_")
    if not region or not rest:
        return "unknown"
    if axis == "column" and (rest in FINAL or region in FINAL):
        return "final"
    return "flow" if rest not in FINAL else "unknown"


def _split(label: str) -> tuple[str, str]:
    region, _, rest = label.partition("_")
    if region in FINAL and rest not in FINAL:
        region, rest = rest, region
    return (SPLIT[region[:2]] if SPLIT_PART.match(label) else region), rest


def _note_labels(labels: Sequence[str], kinds: Sequence[str], axis: str, mending: Mending) -> None:
    unknown = [label for label, kind in zip(labels, kinds, strict=True) if kind == "unknown"]
    if unknown:
        known = [label for label, kind in zip(labels, kinds, strict=True) if kind != "unknown"]
        mending.refuse(
            Fault(
                mending.at(f"{axis} labels"),
                f"{len(unknown)} say nothing: {', '.join(unknown[:6])}",
                "REGION_SECTOR (BLR_C26)"
                + (" or TLS, VA, OUT" if axis == "row" else f", REGION_{'/'.join(FINAL)}, or OUT"),
                nearest(unknown[0], [*known, "TLS", "VA", "OUT"]),
            )
        )
    blank = kinds.count("blank")
    if blank:
        fault = Fault(
            mending.at(f"{axis} labels"),
            f"{blank} {axis}s have no label",
            f"a label for every {axis}",
            "Name them.",
        )
        mending.accepts("drop-unlabelled", fault)
    named = [label for label, kind in zip(labels, kinds, strict=True) if kind not in {"blank", "total"}]
    twice = (
        list(dict.fromkeys(label for label in named if named.count(label) > 1))
        if len(set(named)) < len(named)
        else []
    )
    if twice:
        fault = Fault(
            mending.at(f"{axis} labels"),
            f"repeated: {', '.join(twice[:6])}",
            "every label once",
            "Look for pasted lines.",
        )
        mending.accepts("merge-repeated", fault)


# Putting it together ------------------------------------------------------------------------------------------------


def _assembled(
    file: Path, mending: Mending, parts: _Parts, year: int | None, sectors: Path | None
) -> RawTable:
    regions = list(dict.fromkeys(region for region, _ in parts.producers))
    codes = list(dict.fromkeys(sector for _, sector in parts.producers))
    table = Labelled(mending, regions, codes)
    flows = table.square(parts.flows, parts.producers, parts.users)
    by_use = table.final(parts.purchases, parts.producers, parts.final, FINAL)
    facts = sector_facts(codes, mending, sectors)
    found_year = year_in(file, year)
    tariffs, tariff_note = _tariffs(found_year, regions, codes)
    names = {row["region"]: row["name"] for row in read_rows("icio2022_regions.csv")} | {
        "ROW": "Rest of the world"
    }
    steps = ["Household: HFCE, NPISH and DPABR; government: GGFC; investment: GFCF."]
    if parts.merged:
        steps.append("Split parts of China (CN1, CN2 ...) and Mexico (MX1, MX2 ...) merged with CHN and MEX.")
    found = table.by_user(parts.discrepancy, parts.producers)
    if found is not None:
        # Sales without a purchaser: where stocks of the producer's own country change, they are no trade.
        own = np.arange(len(regions))
        by_use["inventories"] = by_use["inventories"].copy()
        by_use["inventories"][own, :, own] += found
        steps.append(
            f"Discrepancies between output and recorded sales (column {DISCREPANCY}; USD {np.abs(found).sum():,.0f} million, signs "
            "aside) counted with the changes in inventories of the producer's own country."
        )
    notes = []
    if parts.taxes is not None:
        notes.append(
            f"Taxes less subsidies on final purchases (USD {parts.taxes_on_final:,.0f} million) are left out: a World values final "
            "purchases before tax."
        )
    return RawTable(
        name="oecd-icio",
        year=found_year,
        regions=tuple(regions),
        sectors=tuple(codes),
        uses=USES,
        intermediate=flows,
        final_demand=np.stack([by_use[use] for use in USES], axis=3),
        inventories=by_use["inventories"],
        taxes=table.by_user(parts.taxes, parts.users),
        value_added=table.by_user(parts.value_added, parts.users),
        output=table.by_user(parts.output, parts.producers),
        sector_kinds=facts.kinds,
        trade_elasticity=facts.trade_elasticity,
        elasticity_set=facts.elasticity_set,
        tariff_rate=tariffs,
        provenance=Provenance(
            source="OECD Inter-Country Input-Output tables",
            edition=f"year {found_year}, file {file.name}",
            licence="OECD terms and conditions, with attribution: OECD, Inter-Country Input-Output Tables, https://oe.cd/icio",
            origin_sha256=file_sha256(file),
            steps=tuple(steps),
            imputed=(tariff_note, facts.basis),
            notes=tuple(notes),
        ),
        extra={
            "region_names": [names.get(code, code) for code in regions],
            "sector_names": facts.names,
            "elasticity_sets": facts.elasticity_sets,
        },
    )


def _tariffs(year: int, regions: Sequence[str], codes: Sequence[str]) -> tuple[np.ndarray | None, str]:
    """Averages of 2022 where they belong, else none: the source has no tariffs."""
    bases = {row["sector"]: row["tariff_basis"] for row in read_rows("icio2022_sectors.csv")}
    known = {row["iso3"] for row in read_rows("tariffs_2022.csv")}
    others = [code for code in regions if code not in known]
    if year != 2022 or not set(codes) <= set(bases) or len(others) > 1:
        return (
            None,
            "Tariffs are assumed to be zero: the source has none. Add yours with: accord data add tariffs FILE --world NAME",
        )
    found = applied_tariffs(regions, [bases[code] for code in codes], without_figure=others)
    return (
        found.rate,
        "Tariffs are importers' averages of 2022 over all partners; zero inside customs unions and free-trade areas "
        "(docs/methods/tariffs.md)"
        + (f"; {others[0]} has no figure: 4 % and 9 % assumed." if others else "."),
    )
