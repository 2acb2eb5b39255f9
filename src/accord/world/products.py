"""Exports by country and product: BACI, Comtrade-style tables, plain CSV, and NumPy archives, each made into one `ExportsTable`.

A file says what was sold, so blank and negative amounts are faults, and so are repeated keys and several years without a choice;
all faults of a file are listed at once. What names a country is its ISO 3166 alpha-3 code, as in a World. Amounts become USD million.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from accord.errors import Fault, WorldError, nearest
from accord.world.sources.npz import read_arrays

BACI = ("t", "i", "j", "k", "v")
"""Year, exporter, importer (numeric codes), HS6 product, value in USD thousand; CEPII, BACI documentation."""

BACI_COUNTRIES = {
    "number": ("country_code",),
    "code": ("country_iso3", "iso_3digit_alpha"),
    "name": ("country_name", "country_name_full"),
}
"""What BACI's table of countries says, and its headings in releases from 2023 on, and before."""

COMTRADE = {
    "refYear": "year",
    "period": "year",
    "reporterISO": "exporter",
    "partnerISO": "importer",
    "cmdCode": "product",
    "cmdDesc": "product_name",
    "primaryValue": "value",
    "flowCode": "flow",
    "Year": "year",
    "Reporter ISO": "exporter",
    "Partner ISO": "importer",
    "Commodity Code": "product",
    "Commodity": "product_name",
    "Trade Value (US$)": "value",
    "Trade Flow": "flow",
}
"""Headings of UN Comtrade's files, present and past, and what they are called here; values in USD."""

COMTRADE_TOTALS = {
    "motCode": ("0",),
    "customsCode": ("C00",),
    "partner2Code": ("0",),
    "partner2ISO": ("W00",),
}
"""Columns that split a Comtrade flow further, with the value that marks their total."""
COMTRADE_EXPORTS = ("X", "EXPORT", "EXPORTS")
COMTRADE_WORLD = ("W00", "WLD")

PLAIN = {
    "country": "exporter",
    "exporter": "exporter",
    "importer": "importer",
    "product": "product",
    "product_name": "product_name",
    "country_name": "country_name",
    "year": "year",
}
PLAIN_VALUES = {"value_usd": 1e-6, "value": 1e-6, "exports_usd": 1e-6, "value_kusd": 1e-3, "value_musd": 1.0}
"""Headings for the amount in plain CSV, and what makes USD million of it; `value` is USD."""

REMEDY = (
    "Known files: BACI (t,i,j,k,v), Comtrade (reporterISO, cmdCode, primaryValue, ...), a CSV with country (or exporter and importer), "
    "product, value_usd, or a .npz with countries, products, exports_usd."
)
BLANK = ("", "nan", "None", "<NA>")
"""How a label reads that is not there."""
SHOWN = 5
"""Lines or labels that a fault names before it counts the rest."""


@dataclass(frozen=True)
class Flows:
    """Trade between countries by product: one entry a flow that is not zero.

    Attributes:
        exporter: Index into the table's countries.
        importer: The same; never equal to `exporter`.
        product: Index into the table's products.
        value: USD million.
    """

    exporter: np.ndarray
    importer: np.ndarray
    product: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class ExportsTable:
    """Exports of countries by product, USD million.

    Attributes:
        countries: Codes, in order.
        products: Codes where the source has them, else names; in order.
        exports: Exports (country, product), USD million.
        country_names: Names by code, where the source has them.
        product_names: Names by product, where the source has them apart from the code.
        flows: The same trade by importer, when the source is bilateral.
        year: Year of the data, when the source says so.
        source: What it was read from, for readers.
        notes: What was left out on the way, one sentence each.
        code_tables: BACI's tables of codes that were read, by the argument of `read_exports` that names them.
    """

    countries: tuple[str, ...]
    products: tuple[str, ...]
    exports: np.ndarray = field(repr=False)
    country_names: Mapping[str, str] = field(default_factory=dict, repr=False)
    product_names: Mapping[str, str] = field(default_factory=dict, repr=False)
    flows: Flows | None = field(default=None, repr=False)
    year: int | None = None
    source: str = ""
    notes: tuple[str, ...] = ()
    code_tables: Mapping[str, Path] = field(default_factory=dict, repr=False)

    @property
    def has_codes(self) -> bool:
        """Whether products are named by digits (of the Harmonised System), not by words."""
        return all(product.isdigit() for product in self.products)

    def name_of_product(self, product: str) -> str:
        """Name of a product, or its code where there is none."""
        return self.product_names.get(product, product)


def read_exports(
    path: str | Path,
    *,
    year: int | None = None,
    country_codes: str | Path | None = None,
    product_codes: str | Path | None = None,
    digits: int | None = None,
) -> ExportsTable:
    """Read exports by country and product; all faults of the file are listed at once.

    Args:
        path: .npz, or CSV (also .gz, .zip) in the layout of BACI, UN Comtrade, or plain (module docstring).
        year: Year to take from a file with several.
        country_codes: BACI's table of countries; by default a file country_codes*.csv beside the data.
        product_codes: BACI's table of products, for names; by default a file product_codes*.csv beside the data.
        digits: Cut product codes to the first so many digits and add up what falls together.
    """
    file = Path(path).expanduser()
    if file.suffix == ".npz":
        return _read_archive(file)
    head = _headings(file)
    if set(BACI) <= set(head):
        raw = _read_baci(file, country_codes, product_codes)
    elif len({COMTRADE[name] for name in head if name in COMTRADE} & {"exporter", "product", "value"}) == 3:
        raw = _read_comtrade(file, head)
    else:
        raw = _read_plain(file, head)
    return _assemble(file, _one_year(file, raw, year), digits)


@dataclass(frozen=True)
class _Raw:
    """A file in canonical columns: exporter, product, value (USD million), and importer and year where the file has them."""

    frame: pd.DataFrame
    country_names: dict[str, str]
    product_names: dict[str, str]
    source: str
    faults: list[Fault]
    notes: list[str]
    year: int | None = None
    code_tables: Mapping[str, Path] = field(default_factory=dict)


def _read_archive(file: Path) -> ExportsTable:
    """Arrays `countries`, `products`, `exports_usd` (country, product), and `country_names` where it is there."""
    shapes = {"countries": (1,), "products": (1,), "exports_usd": (1, 1)}
    try:
        with zipfile.ZipFile(file) as archive, np.load(file, allow_pickle=False) as arrays:
            countries, products = arrays["countries"].shape[0], arrays["products"].shape[0]
            shapes = {
                "countries": (countries,),
                "products": (products,),
                "exports_usd": (countries, products),
            }
            if "country_names.npy" in archive.namelist():
                shapes["country_names"] = (countries,)
    except (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile):
        pass  # `read_arrays` says what is wrong
    arrays = read_arrays(file, shapes, remedy=REMEDY)
    exports = arrays["exports_usd"].astype(np.float64) / 1e6
    countries, products = ([str(label) for label in arrays[key]] for key in ("countries", "products"))
    faults = [
        *_repeated(file, "countries", countries),
        *_repeated(file, "products", products),
        *(
            [
                Fault(
                    f"{file}, array 'exports_usd'",
                    f"{int((exports < 0).sum())} amounts are negative",
                    "exports",
                )
            ]
            if (exports < 0).any()
            else []
        ),
    ]
    if faults:
        raise WorldError(faults)
    names = arrays.get("country_names", arrays["countries"])
    return ExportsTable(
        tuple(countries),
        tuple(products),
        exports,
        country_names=dict(zip(countries, map(str, names), strict=True)),
        source=file.name,
    )


def _headings(file: Path) -> list[str]:
    try:
        return [str(name) for name in pd.read_csv(file, nrows=0).columns]
    except FileNotFoundError as error:
        raise WorldError([Fault(str(file), "no such file", "a table of exports", REMEDY)]) from error
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise WorldError(
            [Fault(str(file), f"it cannot be read as CSV ({error})", "a table of exports", REMEDY)]
        ) from error


def _read_baci(file: Path, country_codes: str | Path | None, product_codes: str | Path | None) -> _Raw:
    """BACI numbers its countries; their alpha-3 codes stand in a table of its own."""
    codes_file = _beside(file, country_codes, "country_codes*.csv")
    if codes_file is None:
        raise WorldError(
            [
                Fault(
                    str(file),
                    "BACI's numeric country codes without their table",
                    "country_codes_V*.csv, which BACI's archive holds, beside the file",
                    "Name it with: --country-codes FILE",
                )
            ]
        )
    codes = _country_table(codes_file)
    known = dict(zip(codes["number"].str.strip().str.lstrip("0"), codes["code"].str.strip(), strict=True))
    # A year has some eleven million rows and few labels: categories spare most of the time.
    frame = pd.read_csv(file, usecols=list(BACI), dtype={"i": "category", "j": "category", "k": "category"})
    faults: list[Fault] = []
    for column, meaning in (("i", "exporter"), ("j", "importer")):
        numbers = _texts(frame[column], lambda text: text.lstrip("0"))
        unknown = sorted(set(numbers.cat.categories) - set(known) - set(BLANK))
        if unknown:
            faults.append(
                Fault(
                    f"{file}, column '{column}' ({meaning})",
                    f"country codes that {codes_file.name} lacks: {_few(unknown)}",
                    "codes of its column country_code",
                    "Use the tables of the same BACI release.",
                )
            )
        frame[meaning] = _texts(numbers, lambda number: known.get(number, ""))
    frame["value"] = _amounts(frame["v"]) / 1e3
    frame["product"] = _texts(frame["k"], lambda code: code if code in BLANK else code.zfill(6))
    frame["year"] = frame["t"]
    names_file = _beside(file, product_codes, "product_codes*.csv")
    product_names = {}
    if names_file is not None:
        names = pd.read_csv(names_file, dtype=str, keep_default_na=False)
        product_names = dict(zip(names["code"].str.zfill(6), names["description"], strict=True))
    return _Raw(
        frame[["year", "exporter", "importer", "product", "value"]],
        dict(zip(codes["code"].str.strip(), codes["name"], strict=True)),
        product_names,
        f"BACI ({file.name})",
        faults,
        [],
        code_tables={
            "country_codes": codes_file,
            **({} if names_file is None else {"product_codes": names_file}),
        },
    )


def _country_table(file: Path) -> pd.DataFrame:
    """BACI's table of countries as number, code and name, under the headings of its releases."""
    codes = pd.read_csv(file, dtype=str, keep_default_na=False)
    found = {
        new: next((name for name in names if name in codes), None) for new, names in BACI_COUNTRIES.items()
    }
    missing = [BACI_COUNTRIES[new] for new, name in found.items() if name is None]
    if missing:
        raise WorldError(
            [
                Fault(f"{file}, headings", f"no column {' or '.join(names)}", "BACI's table of country codes")
                for names in missing
            ]
        )
    return codes.rename(columns={name: new for new, name in found.items()})[list(found)]


def _read_comtrade(file: Path, head: list[str]) -> _Raw:
    """UN Comtrade: exports as reported by the exporter; imports, re-exports and finer splits are left out."""
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    notes = []
    for column, totals in COMTRADE_TOTALS.items():
        if column in head and frame[column].isin(totals).any():
            frame = frame[frame[column].isin(totals)]
    # `refYear` and `period` mean the same: the first one that is there counts.
    names = {name: COMTRADE[name] for name in dict.fromkeys(head) if name in COMTRADE}
    names = {
        name: new for name, new in names.items() if next(k for k, v in names.items() if v == new) == name
    }
    frame = frame.rename(columns=names)[list(names.values())]
    if "flow" in frame:
        exports = frame["flow"].str.upper().isin(COMTRADE_EXPORTS)
        if not exports.all():
            notes.append(
                f"{int((~exports).sum())} rows are no exports (imports, re-exports) and are left out."
            )
        frame = frame[exports]
    if "importer" in frame:
        world = frame["importer"].isin(COMTRADE_WORLD)
        if world.all():
            frame = frame.drop(columns="importer")
        elif world.any():
            notes.append("Rows with the partner World are left out: the same trade stands there by partner.")
            frame = frame[~world]
    frame["value"] = _amounts(frame["value"]) / 1e6
    return _Raw(frame, {}, _names(frame, "product", "product_name"), f"UN Comtrade ({file.name})", [], notes)


def _read_plain(file: Path, head: list[str]) -> _Raw:
    """A CSV of our own layout: country or exporter and importer, product, one of PLAIN_VALUES."""
    values = [name for name in head if name in PLAIN_VALUES]
    columns = {name: PLAIN[name] for name in head if name in PLAIN}
    missing = [
        (f"'{wanted}'", nearest(wanted.split("' or '")[0], head))
        for wanted, there in (
            ("country' or 'exporter", "exporter" in columns.values()),
            ("product", "product" in columns.values()),
            ("value_usd", bool(values)),
        )
        if not there
    ]
    if missing:
        raise WorldError(
            [
                Fault(f"{file}, headings", f"no column {wanted}; it has {', '.join(head)}", REMEDY, hint)
                for wanted, hint in missing
            ]
        )
    frame = pd.read_csv(file, dtype=str, keep_default_na=False).rename(columns=columns)
    frame["value"] = _amounts(frame[values[0]]) * PLAIN_VALUES[values[0]]
    return _Raw(
        frame[[*dict.fromkeys(columns.values()), "value"]],
        _names(frame, "exporter", "country_name"),
        _names(frame, "product", "product_name"),
        file.name,
        [],
        [],
    )


def _one_year(file: Path, raw: _Raw, year: int | None) -> _Raw:
    """Keep one year; several without a choice would be added up, which nobody means."""
    if "year" not in raw.frame:
        return raw
    years = _texts(raw.frame["year"])
    found = sorted(years.cat.categories)
    chosen = found[0] if year is None and len(found) == 1 else str(year)
    if chosen not in found:
        there = f"{found[0]} to {found[-1]}, {len(found)} in all" if len(found) > SHOWN else ", ".join(found)
        what = "several years" if year is None else f"no rows of {year}"
        raise WorldError(
            [
                Fault(
                    f"{file}, column of years",
                    f"{what} ({there})",
                    "one year",
                    "Choose one with: --year YEAR",
                )
            ]
        )
    known = int(chosen) if chosen.isdigit() else None
    return replace(raw, frame=raw.frame[years == chosen], year=known)


def _assemble(file: Path, raw: _Raw, digits: int | None) -> ExportsTable:
    """Check every row, then lay the amounts out by country and product."""
    bilateral = "importer" in raw.frame
    keys = ["exporter", *(["importer"] if bilateral else []), "product"]
    frame = raw.frame[[*keys, "value"]].copy()
    for key in keys:
        frame[key] = _texts(frame[key])
    faults = [
        *raw.faults,
        *_row_faults(file, frame, keys, unknown_listed=bool(raw.faults)),
        *_code_faults(file, frame),
    ]
    if faults:
        raise WorldError(faults)
    names = raw.product_names
    if digits is not None:
        frame["product"] = _texts(frame["product"], lambda code: code[:digits])
        names = {code: name for code, name in names.items() if len(code) == digits}
    notes = list(raw.notes)
    traded = (frame["value"] > 0.0).to_numpy()
    places = [key for key in keys if key != "product"]
    labels = sorted({label for key in places for label in frame[key].cat.categories})
    at = {
        key: pd.Index(labels).get_indexer(frame[key].cat.categories)[frame[key].cat.codes] for key in places
    }
    if bilateral:
        at_home = at["exporter"] == at["importer"]
        if at_home.any():
            notes.append(f"{int(at_home.sum())} flows of a country to itself are left out.")
        traded = traded & ~at_home  # not in place: the array of a frame is read-only
    sorted_products = sorted(frame["product"].cat.categories)
    product = pd.Index(sorted_products).get_indexer(frame["product"].cat.categories)[
        frame["product"].cat.codes
    ]
    columns, amounts = _added_up(
        [*(at[key][traded] for key in places), product[traded]], frame["value"].to_numpy()[traded]
    )
    *ends, product = columns
    used, found = np.unique(np.concatenate(ends), return_inverse=True)
    countries = [labels[position] for position in used]
    exporter, *importers = found.reshape(len(ends), -1)
    sold, product = np.unique(product, return_inverse=True)
    products = [sorted_products[position] for position in sold]
    exports = np.zeros((len(countries), len(products)))
    np.add.at(exports, (exporter, product), amounts)
    importer = importers[0] if bilateral else None
    return ExportsTable(
        tuple(countries),
        tuple(products),
        exports,
        country_names=raw.country_names,
        product_names=names,
        flows=None if importer is None else Flows(exporter, importer, product, amounts),
        year=raw.year,
        source=raw.source
        + (f", {raw.year}" if raw.year else "")
        + (f", HS at {digits} digits" if digits else ""),
        notes=tuple(notes),
        code_tables=raw.code_tables,
    )


def _added_up(columns: list[np.ndarray], amounts: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Amounts added up over rows with the same positions in every column; the rows that are left, in order of the columns."""
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    key = np.zeros(len(amounts), dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        key = key * size + column
    found, inverse = np.unique(key, return_inverse=True)
    total = np.bincount(inverse, weights=amounts, minlength=len(found))
    left = []
    for size in reversed(sizes):
        found, rest = np.divmod(found, size)
        left.append(rest)
    return left[::-1], total


def _row_faults(file: Path, frame: pd.DataFrame, keys: list[str], *, unknown_listed: bool) -> Iterator[Fault]:
    """Blank labels, amounts that are none, negative amounts, repeated keys: each with the lines where they stand."""
    if frame.empty:
        yield Fault(str(file), "no rows of exports", "at least one", REMEDY)
        return
    for key in keys:
        blank = frame[key].isin(BLANK)
        if blank.any() and not unknown_listed:
            yield Fault(f"{file}, {_lines(frame, blank)}", f"no {key}", "a label in every row")
    amount = frame["value"]
    if amount.isna().any():
        where = f"{file}, {_lines(frame, amount.isna())}"
        yield Fault(where, "no number as amount", "an amount in every row", "Leave out rows without trade.")
    if (amount < 0.0).any():
        yield Fault(f"{file}, {_lines(frame, amount < 0.0)}", "negative amounts", "exports of zero or more")
    again = frame.duplicated(keys)
    if again.any() and not unknown_listed:
        remedy = "Keep one row for each; of Comtrade ask for totals over modes of transport and customs procedures."
        yield Fault(
            f"{file}, {_lines(frame, again)}",
            f"repeats of the same {', '.join(keys)}",
            "one row each",
            remedy,
        )


def _code_faults(file: Path, frame: pd.DataFrame) -> Iterator[Fault]:
    """Codes of several lengths mean totals beside their parts, or zeros lost at the front."""
    codes = set(frame["product"].cat.categories)
    lengths = sorted({len(code) for code in codes})
    if len(lengths) > 1 and all(code.isdigit() for code in codes):
        yield Fault(
            f"{file}, product codes",
            f"codes of {', '.join(map(str, lengths))} digits",
            "one level of the classification, or totals would be counted beside their parts",
            "Keep one level; write codes as text, so that zeros at the front stay ('0101').",
        )


def _repeated(file: Path, array: str, labels: list[str]) -> Iterator[Fault]:
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        yield Fault(f"{file}, array '{array}'", f"repeated labels: {_few(repeated)}", "each label once")


def _beside(file: Path, given: str | Path | None, pattern: str) -> Path | None:
    if given is not None:
        named = Path(given).expanduser()
        if not named.is_file():
            raise WorldError([Fault(str(named), "no such file", f"BACI's {pattern}")])
        return named
    return next(iter(sorted(file.parent.glob(pattern))), None)


def _amounts(texts: pd.Series) -> pd.Series:
    """Numbers of a column; what is none becomes NaN, which `_row_faults` lists."""
    return pd.to_numeric(texts, errors="coerce").replace([np.inf, -np.inf], np.nan)


def _texts(labels: pd.Series, changed: Callable[[str], str] = str) -> pd.Series:
    """Labels as categories without blanks around them, each passed through `changed`; what is blank is one of `BLANK`."""
    codes, found = pd.factorize(labels, use_na_sentinel=False)
    texts = [changed(str(label).strip()) for label in found]
    place = {text: position for position, text in enumerate(dict.fromkeys(texts))}
    new = np.array([place[text] for text in texts], dtype=np.int64)[codes] if texts else codes
    return pd.Series(pd.Categorical.from_codes(new, categories=list(place)), index=labels.index)


def _names(frame: pd.DataFrame, key: str, name: str) -> dict[str, str]:
    if name not in frame:
        return {}
    first = frame.drop_duplicates(key)
    return dict(zip(first[key].astype(str).str.strip(), first[name], strict=True))


def _lines(frame: pd.DataFrame, marked: pd.Series) -> str:
    """The lines of the file, counted from 1 with the heading as the first."""
    lines = [int(position) + 2 for position in frame.index[marked]]
    return f"line{'s' if len(lines) > 1 else ''} {_few([str(line) for line in lines])}"


def _few(labels: list[str]) -> str:
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return ", ".join(labels[:SHOWN]) + more
