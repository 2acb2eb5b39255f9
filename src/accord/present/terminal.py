"""The outcome in a terminal: the verdict first, then who gains, how surely, who else, and why. Reads tables only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from accord.present import extracts, one_year, supply
from accord.present.numbers import heading, outcome_word, plain, signed
from accord.present.terminal_answers import show_answers
from accord.present.whole_grid import print_whole

if TYPE_CHECKING:
    import pandas as pd

    from accord.study import Outcome, Verification
    from accord.tables import Table

ANSWERS = {
    "yes": ("YES", "bold green"),
    "no": ("NO", "bold red"),
    "not established": ("NOT ESTABLISHED", "bold yellow"),
}
PARTNER_COLUMNS = (
    "household_ev_pct",
    "household_ev_usd",
    "real_income_pct",
    "real_wage_pct",
    "employment_pct",
    "real_output_pct",
    "trade_with_partners_pct",
)
NUMBER_WIDTH, NAME_WIDTH = 12, 16
"""Widest columns of numbers: headings wrap, so that names keep the room at 80 columns."""
MANY = 4
"""With more partners than this each is a row, and the table of variants shows the least and the most favoured one only."""
WIDE = 120
"""From this width on, a row holds every indicator of a partner."""


def show_outcome(outcome: Outcome, console: Console, directory: Path | None = None) -> None:
    """Print `outcome` to `console`; `directory` is where its files are."""
    _headline(outcome, console)
    if outcome.has_long_run:
        _partners(outcome, console)
        _variants(outcome, console)
    if one_year.has_one_year(outcome):
        _within_a_year(outcome, console)
    if supply.has_supply(outcome):
        _supply(outcome, console)
    if not outcome.has_long_run:
        _method(outcome, console)
        if directory is not None:
            _files(console, directory)
        return
    _third_countries(outcome, console)
    for partner in outcome.partners[:MANY]:
        _sectors(outcome, console, partner)
    show_answers(outcome, console)
    _context(outcome, console)
    _method(outcome, console)
    if directory is not None:
        _files(console, directory)


def _headline(outcome: Outcome, console: Console) -> None:
    console.print(Text(outcome.programme_name, style="bold"))
    console.print(Text(f"World {outcome.world_name}: {outcome.world_source}"))
    console.print()
    word, style = ANSWERS[outcome.verdict.answer]
    console.print(Text.assemble(("Do all partners gain?  ", "bold"), (word, style)))
    console.print(Text(outcome.verdict.sentence))


def _partners(outcome: Outcome, console: Console) -> None:
    """A row an indicator and a column a partner, which suits two to four; a row a partner where there are more."""
    table = outcome.tables["verdict"]
    rows = table.frame.to_dict("records")
    names = [extracts.named(row["region"], row["region_name"]) for row in rows]
    words = [outcome_word(row["household_ev_pct"], row["gains"]) for row in rows]
    there = tuple(column for column in PARTNER_COLUMNS if column in table.columns)
    chosen = there if len(rows) <= MANY or console.width >= WIDE else there[:3]
    headings = _headings(table, chosen)
    if len(rows) > MANY:
        grid = _grid(["Partner", ""], headings)
        for name, word, row in zip(names, words, rows, strict=True):
            cells = [_signed(row[column], table.columns[column].unit) for column in chosen]
            grid.add_row(name, Text(word, style=_style(word)), *cells)
    else:
        grid = _grid(["Change against the context alone"], names, widest=NAME_WIDTH)
        grid.add_row("", *(Text(word, style=_style(word)) for word in words))
        for column, label in zip(chosen, headings, strict=True):
            grid.add_row(label, *(_signed(row[column], table.columns[column].unit) for row in rows))
    _print(console, "Partners", grid)


def _variants(outcome: Outcome, console: Console) -> None:
    table = extracts.variants_by_partner(outcome)
    if len(table.frame) == 1:
        return
    many = len(outcome.partners) > MANY
    shown = (
        ["least favoured", "most favoured"]
        if many
        else [extracts.named(code, outcome.region_names[code]) for code in outcome.partners]
    )
    grid = _grid(["Household welfare, %"], shown, widest=NAME_WIDTH)
    grid.add_column("All gain?")
    for row in table.frame.to_dict("records"):
        values = [row[partner] for partner in outcome.partners]
        values = [min(values), max(values)] if many else values
        label = extracts.variant_label(row["rent_share"], row["elasticities"], outcome.elasticity_set)
        answer = Text(row["gains"], style="green" if row["gains"] == "yes" else "red")
        grid.add_row(label, *(_signed(value, "%") for value in values), answer)
    _print(console, "The same under other assumptions", grid)


def _within_a_year(outcome: Outcome, console: Console) -> None:
    """Balances of the partners at fixed quantities, the prices that move most and the chains that carry them."""
    table = one_year.accounts(outcome)
    rows = table.frame.to_dict("records")
    if len(rows) <= MANY:
        columns = [name for name in table.columns if name not in {"region", "region_name"}]
        names = [extracts.named(row["region"], row["region_name"]) for row in rows]
        grid = _grid(["Change against the context alone"], names, widest=NAME_WIDTH)
        for column, label in zip(columns, _headings(table, columns), strict=True):
            grid.add_row(label, *(_signed(row[column], table.columns[column].unit) for row in rows))
    else:
        columns = ["one_year_pct", "one_year_usd", "cost_of_living_pct"]
        grid = _grid(["Partner"], _headings(table, columns), widest=NAME_WIDTH)
        for row in rows:
            cells = [_signed(row[column], table.columns[column].unit) for column in columns]
            grid.add_row(extracts.named(row["region"], row["region_name"]), *cells)
    _print(console, one_year.TITLE, grid)
    if outcome.has_long_run and outcome.one_year is not None:
        _say(console, outcome.one_year.sentence)
    for partner in outcome.partners[:MANY]:
        movers = one_year.price_movers(outcome, partner, largest=4)
        if len(movers.frame):
            numbers = ["producer_price_pct", "first_round_pct", "through_inputs_pct"]
            grid = _grid(["Sector"], _headings(movers, numbers))
            for row in movers.frame.to_dict("records"):
                cells = [_plainly_signed(row[name]) for name in numbers]
                grid.add_row(extracts.named(row["sector"], row["sector_name"]), *cells)
            _print(console, movers.title, grid)
        chains = one_year.heaviest_chains(outcome, partner)
        if chains is None:
            continue
        _say(console, f"{chains.title}:")
        for row in chains.frame.to_dict("records"):
            _say(console, f"  {signed(row['contribution_pct'], '%')}%  {row['chain']}")


def _supply(outcome: Outcome, console: Console) -> None:
    """Each contract against each reference; how far price times volume is from the World's flow stands in the notes."""
    table = outcome.tables["energy_references"]
    for measure, rows in table.frame.groupby("measure", sort=False):
        first = rows.iloc[0]
        grid = _grid(
            ["Reference"],
            ["Reference price", "Discount before, %", "Discount after, %", "Seller gives after, USD million"],
        )
        for row in rows.to_dict("records"):
            grid.add_row(
                row["reference"],
                plain(row["reference_price"], "USD/1000 m3"),
                *(_plainly_signed(row[name]) for name in ("discount_before_pct", "discount_after_pct")),
                Text(signed(row["gift_after_usd"], "USD million")),
            )
        title = (
            f"{measure}: {first['seller']} to {first['buyer']}, {first['product']}, from {first['base_price']:g} to "
            f"{first['contract_price']:g} {first['price_unit']}"
        )
        _print(console, title, grid)
        for sentence in supply.zone_sentences(outcome, str(measure)):
            _say(console, sentence)


def _plainly_signed(value: float) -> Text:
    """A price change: no colour, for who gains from it depends on who buys and who sells."""
    return Text(signed(value, "%"), no_wrap=True)


def _third_countries(outcome: Outcome, console: Console) -> None:
    table = extracts.third_countries(outcome)
    if table.frame.empty:
        return
    numbers = ["household_ev_usd", "household_ev_pct"]
    grid = _grid(["Third country", ""], _headings(table, numbers))
    for row in table.frame.to_dict("records"):
        word = "gains" if row["household_ev_usd"] > 0.0 else "loses"
        cells = [_signed(row[name], table.columns[name].unit) for name in numbers]
        grid.add_row(
            extracts.named(row["region"], row["region_name"]), Text(word, style=_style(word)), *cells
        )
    _print(console, table.title, grid)
    frame = extracts.third_countries(outcome, by="household_ev_pct").frame
    for word, rows in (
        ("gain", frame[frame["household_ev_pct"] > 0.0]),
        ("lose", frame[frame["household_ev_pct"] < 0.0][::-1]),
    ):
        if len(rows):
            _say(console, f"{word.capitalize()} most in % of their consumption: {_listed(rows)}.")


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{name} {signed(value, '%')}%"
        for name, value in zip(rows["region_name"], rows["household_ev_pct"], strict=True)
    )


def _sectors(outcome: Outcome, console: Console, region: str) -> None:
    table = extracts.sector_movers(outcome, region)
    if table.frame.empty:
        return
    numbers = ["output_base_usd", "output_change_usd", "output_pct"]
    grid = _grid(["Sector"], _headings(table, numbers))
    for row in table.frame.to_dict("records"):
        base, change, percent = (row[name] for name in numbers)
        unit = table.columns["output_base_usd"].unit
        cells = (plain(base, unit), _signed(change, unit), _signed(percent, "%"))
        grid.add_row(extracts.named(row["sector"], row["sector_name"]), *cells)
    _print(console, table.title, grid)


def _context(outcome: Outcome, console: Console) -> None:
    frame = extracts.context_memo(outcome).frame
    console.print()
    if not (frame["household_ev_usd"] != 0.0).any():
        _say(console, "Memo: no measure of the context changes the base data.")
        return
    effects = ", ".join(
        f"{row['region_name']} {signed(row['household_ev_pct'], '%')}% ({signed(row['household_ev_usd'], 'USD million')} USD million)"
        for row in frame.to_dict("records")
    )
    _say(console, f"Memo, not in the verdict: the context alone moves household welfare of {effects}.")


def _method(outcome: Outcome, console: Console) -> None:
    assumed = outcome["assumptions"]
    kinds = assumed["kind"].value_counts()
    console.print()
    _say(console, f"Method: {outcome.method}.")
    _say(
        console,
        f"Solver: every equation holds to {outcome.solver['residual']:.1e} relative "
        f"({outcome.solver['solves']} solves, {outcome.solver['iterations']} iterations).",
    )
    _say(
        console,
        f"Assumed: inputs of the programme without a published source: {kinds.get('programme', 0)}; "
        f"imputed parts of the World: {kinds.get('world', 0)}. The files list them all.",
    )
    for note in extracts.sentences(outcome.notes):
        _say(console, f"Note: {note}")


def _files(console: Console, directory: Path) -> None:
    shown = _short(directory)
    console.print()
    _say(console, f"Files: {shown}", wrap=False)
    _say(console, "  report.html    one page with figures, assumptions and provenance", wrap=False)
    _say(console, "  tables/        every table as Parquet and CSV, units in units.json", wrap=False)
    _say(console, f"  record.json    what it takes to repeat it: accord verify {shown}", wrap=False)


def show_verification(verification: Verification, console: Console) -> None:
    """Print how a run compares with its repetition."""
    table = verification.table
    grid = _grid(["Table"], ["Values", "Largest difference", "Same values?", "Same bytes?"])
    for row in table.frame.to_dict("records"):
        grid.add_row(
            row["table"],
            str(row["values"]),
            f"{row['difference']:.1e}",
            row["same_values"],
            row["same_bytes"],
        )
    _print(console, table.title, grid)
    for row in table.frame[table.frame["difference"] > 0.0].to_dict("records"):
        _say(console, f"{row['table']}: largest difference at {row['where']}.")
    for note in extracts.sentences(verification.notes):
        _say(console, f"Note: {note}")
    values = "every value agrees" if verification.reproduces else "VALUES DIFFER"
    same = (
        "every result file is the same byte for byte"
        if verification.same_bytes
        else "some files differ in their bytes"
    )
    _say(console, f"Verified: {values}; {same}.")


def _grid(texts: Sequence[str], numbers: Sequence[str], widest: int = NUMBER_WIDTH) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for name in texts:
        grid.add_column(name, overflow="fold")
    for name in numbers:
        grid.add_column(name, justify="right", max_width=widest)
    return grid


def _headings(table: Table, names: Sequence[str]) -> list[str]:
    return [heading(table.columns[name].label, table.columns[name].unit) for name in names]


def _print(console: Console, title: str, grid: Grid) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    print_whole(console, grid)


def _signed(value: float, unit: str) -> Text:
    """Gains and losses carry their sign; colour only repeats it."""
    text = signed(value, unit)
    return Text(text, style={"+": "green", "-": "red"}.get(text[0], ""), no_wrap=True)


def _style(word: str) -> str:
    return {"gains": "green", "loses": "red"}.get(word, "")


def _say(console: Console, text: str, *, wrap: bool = True) -> None:
    console.print(Text(text), soft_wrap=not wrap)


def _short(directory: Path) -> str:
    """The path from here when it is inside the current folder."""
    here = Path.cwd()
    return str(directory.relative_to(here)) if directory.is_relative_to(here) else str(directory)
