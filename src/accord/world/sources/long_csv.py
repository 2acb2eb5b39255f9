"""A table of your own as a long CSV file: one line for each flow; or a folder with that file and what else you know.

`flows.csv` (or the one FILE): exporter, supplying_sector, importer, user, value. The user is a sector code or one of household,
government, investment, final, inventories. A flow that no line names is zero; a blank value is a fault.

Beside it in a folder, each optional: `sectors.csv` (sector, name, kind, trade_elasticity), `regions.csv` (region, name),
`tariffs.csv` (exporter, importer, sector, rate: a share of the value before duty), `accounts.csv` (region, sector, output,
value_added, taxes: totals to check the flows against; taxes on the inputs of that sector).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from accord.errors import Fault, WorldError, nearest
from accord.world.raw.amounts import usd_million
from accord.world.raw.cells import cells_of
from accord.world.raw.checks import checked, scaled
from accord.world.raw.csv_files import read_text_rows, text_of
from accord.world.raw.mending import Mending
from accord.world.raw.sector_facts import sector_facts
from accord.world.raw.stocks import DEFAULT
from accord.world.raw.table import RawTable, world_from
from accord.world.sources.npz import file_sha256
from accord.world.sources.years import year_in
from accord.world.variables import USES
from accord.world.world import Provenance, World

LABELS = ("exporter", "supplying_sector", "importer", "user")
COLUMNS = (*LABELS, "value")
INVENTORIES = "inventories"


def read_long_csv(
    path: str | Path,
    *,
    fixes: Sequence[str] = (),
    year: int | None = None,
    unit: str = "USD million",
    usd_per_unit: float | None = None,
    inventories: str = DEFAULT,
    sectors: Path | None = None,
) -> World:
    """Return a World from a long CSV file, or from a folder that holds flows.csv (module docstring)."""
    given = Path(path).expanduser()
    mending = Mending.asked_for(given.name, fixes)
    factor = usd_million(unit, usd_per_unit)
    raw = read_raw(given, mending, year=year, sectors=sectors)
    raw = checked(scaled(raw, factor), mending, inventories=inventories)
    mending.stop_on_faults()
    return world_from(raw, mending)


def read_raw(
    given: Path, mending: Mending, *, year: int | None = None, sectors: Path | None = None
) -> RawTable:
    """Return the table, amounts as the file has them; what is wrong goes to `mending`."""
    folder = given if given.is_dir() else None
    file = given / "flows.csv" if folder else given
    flows = _flows(file, mending)
    regions = list(dict.fromkeys(flows["exporter"]))
    codes = list(dict.fromkeys(flows["supplying_sector"]))
    if not regions:
        mending.refuse(
            Fault(file.name, "there is no flow", "a line for each flow", f"Columns: {', '.join(COLUMNS)}.")
        )
        mending.stop_on_faults()
    flows = _known(flows, regions, codes, file, mending)
    uses = tuple(use for use in USES if (flows["user"] == use).any())
    if not uses:
        mending.refuse(
            Fault(
                f"{file.name}, column user",
                "there are no final purchases",
                f"lines whose user is one of {', '.join(USES)}",
                "A table of inputs alone is no World.",
            )
        )
        mending.stop_on_faults()
    if folder and sectors is None and (folder / "sectors.csv").is_file():
        sectors = folder / "sectors.csv"
    facts = sector_facts(codes, mending, sectors)
    shape = _Shape(regions, codes)
    accounts = _accounts(folder, shape, mending)
    tariffs = _tariffs(folder, shape, mending)
    arrays = _arrays(flows, regions, codes, uses)
    imputed = [facts.basis]
    if tariffs is None:
        imputed.append("Tariffs are assumed to be zero: none were given.")
    return RawTable(
        name=given.stem,
        year=year_in(given, year, example="my_table_2022.csv"),
        regions=tuple(regions),
        sectors=tuple(codes),
        uses=uses,
        sector_kinds=facts.kinds,
        trade_elasticity=facts.trade_elasticity,
        elasticity_set=facts.elasticity_set,
        tariff_rate=tariffs,
        provenance=Provenance(
            source="a table of the user's own, long CSV",
            edition=given.name,
            licence="as the user holds it",
            origin_sha256=file_sha256(file),
            imputed=tuple(imputed),
        ),
        extra={
            "region_names": _region_names(folder, regions, mending),
            "sector_names": facts.names,
            "elasticity_sets": facts.elasticity_sets,
        },
        **arrays,
        **accounts,
    )


class _Shape(NamedTuple):
    regions: list[str]
    sectors: list[str]


def _flows(file: Path, mending: Mending) -> pd.DataFrame:
    """Lines of the file with text labels and a number; blank labels, texts and repeated flows are faults."""
    text = text_of(file)
    head = text.partition("\n")[0]
    if not text.strip():
        raise WorldError([Fault(file.name, "the file is empty", f"the columns {', '.join(COLUMNS)}")])
    if "," not in head and (mark := next((one for one in ";\t" if one in head), None)):
        raise WorldError([separated_by(mark, file.name)])
    try:
        frame = pd.read_csv(
            io.StringIO(text), dtype=str, keep_default_na=False, skipinitialspace=True, on_bad_lines="error"
        )
        # Where lines are longer than the header, pandas takes the first cells for an index.
        why = "" if isinstance(frame.index, pd.RangeIndex) else "lines have more cells than the header"
    except (ValueError, OverflowError) as error:
        lines = str(error).strip().splitlines()
        why = (lines[0] if lines else type(error).__name__).removeprefix("Error tokenizing data. C error: ")
        frame = pd.DataFrame()
    if why:
        raise WorldError(
            [Fault(file.name, f"it is no CSV table: {why}", f"the columns {', '.join(COLUMNS)}")]
        )
    frame.columns = [str(name).strip() for name in frame.columns]
    header = [str(column) for column in frame.columns]
    lacking = [column for column in COLUMNS if header.count(column) != 1]
    if lacking:
        raise WorldError(
            Fault(
                f"{file.name}, line 1",
                f"there {'is no' if column not in header else 'is more than one'} column '{column}'; "
                f"the header reads {', '.join(header) or 'nothing'}",
                f"the columns {', '.join(COLUMNS)}",
                nearest(column, header),
            )
            for column in lacking
        )
    frame = frame[list(COLUMNS)].fillna("").apply(lambda column: column.str.strip())
    return _merged(_numbers(_labelled(frame, file, mending), file, mending), file, mending)


def _line(position: Any) -> int:
    """Line of the file, as far as no text runs over several lines."""
    return int(position) + 2


def _labelled(frame: pd.DataFrame, file: Path, mending: Mending) -> pd.DataFrame:
    blank = (frame[list(LABELS)] == "").any(axis=1)
    if blank.any():
        first = ", ".join(str(_line(place)) for place in frame.index[blank][:5])
        fault = Fault(
            f"{file.name}, lines {first}",
            f"{int(blank.sum())} lines lack a label",
            "exporter, supplying_sector, importer and user in every line",
            "Complete them.",
        )
        mending.accepts("drop-unlabelled", fault)
        frame = frame[~blank]
    return frame


def _numbers(frame: pd.DataFrame, file: Path, mending: Mending) -> pd.DataFrame:
    values = pd.to_numeric(frame["value"], errors="coerce").astype(np.float64)
    blank = frame["value"] == ""
    odd = values.isna() & ~blank & ~frame["value"].str.lower().isin(["nan", "na", "inf", "-inf"])
    if odd.any():
        shown = ", ".join(
            f"line {_line(place)}: '{frame.loc[place, 'value']}'" for place in frame.index[odd][:5]
        )
        mending.refuse(
            Fault(
                f"{file.name}, column value",
                f"{int(odd.sum()):,} are no numbers: {shown}",
                "plain numbers with a decimal point",
                "Save the file with decimal points, without thousands separators.",
            )
        )
        values[odd] = 0.0
    return frame.assign(value=values)


def separated_by(mark: str, name: str) -> Fault:
    """A table as a spreadsheet saves it in a language with decimal commas."""
    return Fault(
        f"{name}, line 1",
        f"columns are separated by {'tabs' if mark == chr(9) else repr(mark)}",
        "commas between columns, and decimal points in numbers",
        "Save it anew so; in a spreadsheet, with English (US) numbers as 'CSV UTF-8'.",
    )


def _merged(frame: pd.DataFrame, file: Path, mending: Mending) -> pd.DataFrame:
    twice = frame.duplicated(list(LABELS))
    if twice.any():
        first = ", ".join(
            f"line {_line(place)} ({' '.join(frame.loc[place, list(LABELS)])})"
            for place in frame.index[twice][:3]
        )
        fault = Fault(
            file.name,
            f"{int(twice.sum()):,} flows stand there twice: {first}",
            "one line for each flow",
            "Delete one of each.",
        )
        mending.accepts("merge-repeated", fault)
        frame = frame.groupby(list(LABELS), as_index=False, sort=False)["value"].sum(min_count=1)
    return frame


def _known(
    flows: pd.DataFrame, regions: list[str], codes: list[str], file: Path, mending: Mending
) -> pd.DataFrame:
    """Leave out flows to importers and users that never sell; they are faults unless accepted."""
    users = {*codes, *USES, INVENTORIES}
    both = sorted(set(codes) & {*USES, INVENTORIES})
    if both:
        mending.refuse(
            Fault(
                f"{file.name}, column supplying_sector",
                f"'{both[0]}' is the name of a final use",
                "sector codes",
                "Rename the sector.",
            )
        )
    for column, known, what in (
        ("importer", set(regions), "regions that sell nothing"),
        ("user", users, "no sector and no final use"),
    ):
        odd = ~flows[column].isin(known)
        if odd.any():
            names = list(dict.fromkeys(flows.loc[odd, column]))
            close = nearest(names[0], known)
            fault = Fault(
                f"{file.name}, column {column}",
                f"{what}: {', '.join(names[:6])}",
                "codes that stand in the exporter column"
                if column == "importer"
                else f"a supplying sector, or one of {', '.join([*USES, INVENTORIES])}",
                close or "Add the lines of what they sell.",
            )
            mending.refuse(fault)
            flows = flows[~odd]
    return flows


def _arrays(
    flows: pd.DataFrame, regions: list[str], codes: list[str], uses: tuple[str, ...]
) -> dict[str, Any]:
    n, k = len(regions), len(codes)
    where = {
        "exporter": pd.Categorical(flows["exporter"], regions).codes,
        "sector": pd.Categorical(flows["supplying_sector"], codes).codes,
        "importer": pd.Categorical(flows["importer"], regions).codes,
    }
    values = flows["value"].to_numpy()
    names = [*codes, *(use for use in uses if use not in codes), INVENTORIES]
    user = pd.Categorical(flows["user"], names).codes
    table = np.zeros((n, k, n, len(names)))
    known = user >= 0
    table[where["exporter"][known], where["sector"][known], where["importer"][known], user[known]] = values[
        known
    ]
    stock = table[..., -1]
    return {
        "intermediate": table[..., :k],
        "final_demand": table[..., k:-1],
        "inventories": stock if (flows["user"] == INVENTORIES).any() else None,
    }


# Beside the flows ---------------------------------------------------------------------------------------------------


def _region_names(folder: Path | None, regions: list[str], mending: Mending) -> list[str]:
    if folder is None or not (folder / "regions.csv").is_file():
        return regions
    rows = {
        row["region"]: row["name"] for _, row in read_text_rows(folder / "regions.csv", ("region", "name"))
    }
    missing = [code for code in regions if not rows.get(code)]
    if missing:
        mending.refuse(
            Fault(
                "regions.csv",
                f"no name for {', '.join(missing[:6])}",
                "a line for every region",
                nearest(missing[0], rows),
            )
        )
    return [rows.get(code) or code for code in regions]


def _accounts(folder: Path | None, shape: _Shape, mending: Mending) -> dict[str, Any]:
    if folder is None or not (folder / "accounts.csv").is_file():
        return {}
    keys = {"region": shape.regions, "sector": shape.sectors}
    values = ("output", "value_added", "taxes")
    found = cells_of(folder / "accounts.csv", keys, values, mending, optional=values)
    # A column that is wholly blank is not recorded; a cell that is blank in a column that is, is a fault.
    return {name: None if np.isnan(array).all() else array for name, array in found.items()}


def _tariffs(folder: Path | None, shape: _Shape, mending: Mending) -> np.ndarray | None:
    if folder is None or not (folder / "tariffs.csv").is_file():
        return None
    keys = {"exporter": shape.regions, "importer": shape.regions, "sector": shape.sectors}
    rates = cells_of(folder / "tariffs.csv", keys, ("rate",), mending)["rate"]
    home = np.eye(len(shape.regions), dtype=bool)[:, :, None] & np.isnan(rates)
    missing = int((np.isnan(rates) & ~home).sum())
    if missing:
        fault = Fault(
            "tariffs.csv",
            f"{missing:,} rates are missing",
            "a rate for every exporter, importer and sector",
            "Write 0 where nothing is charged.",
        )
        mending.accepts("missing-is-zero", fault)
    return np.nan_to_num(rates, nan=0.0)
