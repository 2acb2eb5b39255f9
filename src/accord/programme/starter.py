"""The text that `accord init` writes: a programme that passes its check and runs, with everything explained where it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence


def starter_text(
    partners: Sequence[str], names: Sequence[str], world: str, base_year: int, *, schema: str = ""
) -> str:
    """Return a commented programme of these partners.

    Args:
        partners: Codes of regions of the World, or names of sets of regions.
        names: Their names for readers.
        world: Name of the World.
        base_year: Its year.
        schema: Path or address of the JSON Schema, as seen from the file; none when empty.
    """
    title = f"Co-operation of {' and '.join([', '.join(names[:-1]), names[-1]])}"
    opening = f"#:schema {schema}\n" if schema else ""
    costs = "\n".join(
        f'  {{ payer = "{code}", usd_million_per_year = 0, source = "assumption: none known; zero must be written" }},'
        for code in partners
    )
    one, other = partners[0], partners[1] if len(partners) > 1 else partners[0]
    return (
        opening
        + f"""\
# A programme: what partners mean to do together. Every number below is a placeholder: replace it, and say where yours comes from.
# Check it:  accord check FILE        every fault with line and remedy
# Run it:    accord run FILE          who gains, by how much, because of which measure
# All keys:  docs/reference/measures.md; all names of the World: accord world show {world} --regions --sectors

name = {json.dumps(title, ensure_ascii=False)}
# source = "where the programme is published"
partners = {json.dumps(list(partners))}
world = {json.dumps(world)}
base_year = {base_year}        # the year of the World's data
discount_rate = 0.05    # real, a year

# Groups are names for several regions or sectors. Sets such as EU27, EAEU, G7, USMCA need no definition.
# [groups.regions]
# neighbours = ["{one}", "{other}"]
# [groups.sectors]
# food-chain = ["A01", "C10T12"]

# Amounts may be written in another currency when its rate is stated: US dollars for one unit.
# [exchange_rates]
# EUR = {{ central = 1.05, source = "average of the year: ..." }}


# Decisions: what the partners would do --------------------------------------------------------------------------------

[[measure]]
id = "fewer-barriers"
title = "Fewer technical barriers to trade in goods among the partners"
area = "barriers"
kind = "barrier-removal"
between = "partners"
sectors = "goods"
# The barrier as a share of the value of trade (0.10 is 10 %), and the share of it that goes.
ave = {{ low = 0.05, central = 0.10, high = 0.15, source = "assumption: placeholder" }}
cut = {{ low = 0.1, central = 0.2, high = 0.3, source = "assumption: placeholder" }}
# What part of the barrier is somebody's income, and whose; the rest uses up resources. Verdicts show 0, 0.5 and 1 too.
rent_share = {{ low = 0.0, central = 0.5, high = 1.0, source = "assumption: accord's default" }}
recipient = "importer-firms"
# What it costs to bring about, by party.
cost = [
{costs}
]
in_force = {base_year + 3}-01-01
phase_in_years = 2
status = "planned"

[[measure]]
id = "no-duties"
title = "No duties among the partners"
area = "barriers"
kind = "tariff"
between = "partners"
new_rate = 0.0
in_force = {base_year + 3}-01-01
status = "planned"

# [[measure]]
# id = "joint-projects"
# title = "Joint projects raise productivity in machinery"
# area = "industry"
# kind = "productivity"
# regions = "{one}"
# sectors = "goods"
# change_pct = {{ low = 0.0, central = 0.5, high = 1.0, source = "assumption: placeholder" }}
# in_force = {base_year + 4}-01-01


# Context: what others do to the partners. Part of the baseline, never credited to the programme -------------------------
# `in_base` is the share of its effect that the data of {base_year} hold already.

# [[measure]]
# id = "duties-of-others"
# title = "A duty of third countries on goods of the partners"
# area = "third-country-response"
# kind = "tariff"
# role = "context"
# exporters = "partners"
# importers = "others"
# sectors = "goods"
# change = {{ low = 0.0, central = 0.01, high = 0.02, source = "assumption: placeholder" }}
# in_base = 0.0


# Options of the long-run engine; every default is Caliendo and Parro (2015) -----------------------------------------------
# [model]
# closure = "balanced"
# factors = "mobile"
"""
    )
