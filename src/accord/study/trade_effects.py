"""Trade created and diverted (Viner 1950), by measure, importing partner and exporter.

For each product k and importing partner n, in quantities at base prices, let p[i] be the change of imports from partner i and P their sum,
t[j] that from third country j and T their sum, H the change of purchases at home:

    diverted = min(max(-T, 0), max(P, 0))             partners sell more because third countries sell less
    created  = P - diverted                           what partners sell beyond that: gross creation (Balassa 1967)
    replaced = min(max(-H, 0), max(created, 0))       of which in place of home supply: creation in Viner's own sense
    expanded = created - replaced                     of which to larger purchases (Meade 1955); a fall of imports from partners is here

and by exporter, so that rows add up to these, and sums over products, importers and exporters to theirs:

    diverted[i] =  diverted max(p[i], 0) / sum over i' of max(p[i'], 0)           to partner i
    diverted[j] = -diverted max(-t[j], 0) / sum over j' of max(-t[j'], 0)         from third country j
    created[i]  = p[i] - diverted[i],    replaced[i] = replaced max(created[i], 0) / sum over i' of max(created[i'], 0)
    other[j]    = t[j] - diverted[j]                                              what else becomes of imports from j

so that the change of imports from any exporter is replaced + expanded + diverted + other, and diverted sums to zero over exporters. It is
bookkeeping of quantities product by product; it says nothing about welfare, which the verdict gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from accord.tables import Column, Table, declared

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium
    from accord.study.prepare import Prepared

WHOLE = "(all decisions)"
BEYOND = "(beyond each on its own)"
"""Row of what measures do together beyond the sum of each: with it, a column of measures adds up to the whole."""

_USD = "USD million of base year"
_FIRST = "the measure alone against the context"
_LAST = "the whole programme against the programme without the measure"
_VOLUME = "change of volume at base prices"
_LABELS = {
    "measure": Column("label", "Measure"),
    "region": Column("label", "Code"),
    "region_name": Column("label", "Importing partner"),
}
TRADE_COLUMNS = {
    **_LABELS,
    "partner_imports_usd": Column(_USD, "Imports from partners", f"{_VOLUME}; {_FIRST}"),
    "other_imports_usd": Column(_USD, "Imports from third countries", f"{_VOLUME}; {_FIRST}"),
    "created_usd": Column(_USD, "Trade created", f"Viner (1950), by product, summed; {_FIRST}"),
    "replaced_usd": Column(
        _USD, "Of which in place of home supply", f"Viner (1950), by product, summed; {_FIRST}"
    ),
    "diverted_usd": Column(_USD, "Trade diverted", f"Viner (1950), by product, summed; {_FIRST}"),
    "created_last_usd": Column(_USD, "Created, last", f"as before; {_LAST}"),
    "replaced_last_usd": Column(_USD, "In place of home supply, last", f"as before; {_LAST}"),
    "diverted_last_usd": Column(_USD, "Diverted, last", f"as before; {_LAST}"),
}
PARTNER_COLUMNS = {
    **_LABELS,
    "exporter": Column("label", "Exporter's code"),
    "exporter_name": Column("label", "Exporter"),
    "role": Column("label", "Role of the exporter"),
    "imports_usd": Column(_USD, "Imports", f"{_VOLUME}: the sum of the next four; {_FIRST}"),
    "replaced_usd": Column(
        _USD, "Created: in place of home supply", f"Viner (1950), by product, summed; {_FIRST}"
    ),
    "expanded_usd": Column(
        _USD,
        "Created: to larger purchases",
        f"trade created beyond what home supply loses (Meade 1955), by product, summed; a fall is negative; {_FIRST}",
    ),
    "diverted_usd": Column(
        _USD,
        "Diverted",
        f"to partners, plus, from third countries, minus (Viner 1950), by product, summed: zero over all exporters; {_FIRST}",
    ),
    "other_usd": Column(
        _USD, "Other", f"imports from third countries change for other reasons than diversion; {_FIRST}"
    ),
    "imports_last_usd": Column(_USD, "Imports, last", f"as before; {_LAST}"),
    "replaced_last_usd": Column(_USD, "In place of home supply, last", f"as before; {_LAST}"),
    "expanded_last_usd": Column(_USD, "To larger purchases, last", f"as before; {_LAST}"),
    "diverted_last_usd": Column(_USD, "Diverted, last", f"as before; {_LAST}"),
    "other_last_usd": Column(_USD, "Other, last", f"as before; {_LAST}"),
}
DECLARED = {"effects_trade": TRADE_COLUMNS, "effects_trade_partners": PARTNER_COLUMNS}
"""Columns of each table, for the reference."""


class Parts(NamedTuple):
    """Change of imports of each importing partner from each region, in parts that add up: (importer, exporter), USD million.

    Attributes:
        replaced: From partners in place of home supply.
        expanded: From partners to larger purchases.
        diverted: To partners, plus; from third countries, minus.
        other: From third countries for other reasons.
    """

    replaced: np.ndarray
    expanded: np.ndarray
    diverted: np.ndarray
    other: np.ndarray

    @property
    def imports(self) -> np.ndarray:
        """The change itself."""
        return self.replaced + self.expanded + self.diverted + self.other


def viner(start: Equilibrium, end: Equilibrium, partners: Sequence[int]) -> Parts:
    """Return what becomes of the imports of each of `partners` (positions) between two equilibria (see the module)."""
    change = (end.quantities - start.quantities).sum(axis=0)  # (sector, importer, exporter)
    members = list(partners)
    union = np.zeros(change.shape[1], dtype=bool)
    union[members] = True
    own = change[:, members]
    home = own[:, np.arange(len(members)), members]
    own[:, np.arange(len(members)), members] = 0.0
    partner, third = own * union, own * ~union
    risen, fallen = np.maximum(partner, 0.0), np.maximum(-third, 0.0)
    diverted = np.minimum(np.maximum(-third.sum(axis=2), 0.0), np.maximum(partner.sum(axis=2), 0.0))
    shift = _shared(diverted, risen) - _shared(diverted, fallen)
    created = partner - shift * union
    replaced = np.minimum(np.maximum(-home, 0.0), np.maximum(created.sum(axis=2), 0.0))
    replaced = _shared(replaced, np.maximum(created, 0.0))
    return Parts(
        replaced.sum(axis=0),
        (created - replaced).sum(axis=0),
        shift.sum(axis=0),
        (third - shift * ~union).sum(axis=0),
    )


def _shared(total: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Split totals (k, n) over exporters in proportion to weights (k, n, i); the weights are not all zero where a total is not."""
    whole = weights.sum(axis=2, keepdims=True)
    return total[..., None] * np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0.0)


class Trade(NamedTuple):
    """What one measure does to trade.

    Attributes:
        first: The measure alone against the context.
        last: The whole programme against the programme without it.
    """

    first: Parts
    last: Parts


def trade_of(
    prepared: Prepared, first: tuple[Equilibrium, Equilibrium], last: tuple[Equilibrium, Equilibrium]
) -> Trade:
    """Return what lies between two pairs of equilibria, without and with a measure."""
    union = [prepared.position(partner) for partner in prepared.checked.partners]
    return Trade(viner(*first, union), viner(*last, union))


def trade_tables(prepared: Prepared, trade: Mapping[str, Trade]) -> tuple[Table, Table]:
    """Trade created and diverted by measure and importing partner, and the same by exporter.

    Args:
        prepared: The programme on its World.
        trade: What each measure does by id, and all of them under `WHOLE`.
    """
    whole = trade[WHOLE]
    single = [one for name, one in trade.items() if name != WHOLE]
    rows = {name: one for name, one in trade.items() if name != WHOLE}
    if len(single) > 1:
        rows[BEYOND] = Trade(
            _less(whole.first, [one.first for one in single]), _less(whole.last, [one.last for one in single])
        )
    rows[WHOLE] = whole
    return _by_importer(prepared, rows), _by_exporter(prepared, rows)


def _less(whole: Parts, single: Sequence[Parts]) -> Parts:
    return Parts(*(total - np.sum(each, axis=0) for total, *each in zip(whole, *single, strict=True)))


def _by_importer(prepared: Prepared, trade: Mapping[str, Trade]) -> Table:
    union = [prepared.position(partner) for partner in prepared.checked.partners]
    names = prepared.world.region_names
    rows = [
        {
            "measure": measure,
            "region": importer,
            "region_name": names[importer],
            "partner_imports_usd": float(first.imports[n, union].sum()),
            "other_imports_usd": float(first.imports[n].sum() - first.imports[n, union].sum()),
            **_created_and_diverted(first, n, union, ""),
            **_created_and_diverted(last, n, union, "_last"),
        }
        for measure, (first, last) in trade.items()
        for n, importer in enumerate(prepared.checked.partners)
    ]
    return declared(
        "effects_trade",
        "Trade created and diverted, by measure and importing partner",
        pd.DataFrame(rows, columns=list(TRADE_COLUMNS)),
        TRADE_COLUMNS,
        ("measure", "region"),
    )


def _created_and_diverted(parts: Parts, n: int, union: Sequence[int], side: str) -> dict[str, float]:
    return {
        f"created{side}_usd": float((parts.replaced + parts.expanded)[n].sum()),
        f"replaced{side}_usd": float(parts.replaced[n].sum()),
        f"diverted{side}_usd": float(parts.diverted[n, union].sum()),
    }


def _by_exporter(prepared: Prepared, trade: Mapping[str, Trade]) -> Table:
    world, partners = prepared.world, prepared.checked.partners
    rows = [
        {
            "measure": measure,
            "region": importer,
            "region_name": world.region_names[importer],
            "exporter": exporter,
            "exporter_name": world.region_names[exporter],
            "role": "partner" if exporter in partners else "third country",
            **{
                f"{name}{side}_usd": float(getattr(one, name)[n, i])
                for side, one in (("", first), ("_last", last))
                for name in ("imports", "replaced", "expanded", "diverted", "other")
            },
        }
        for measure, (first, last) in trade.items()
        for n, importer in enumerate(partners)
        for i, exporter in enumerate(world.regions)
        if exporter != importer
    ]
    return declared(
        "effects_trade_partners",
        "Trade created and diverted, by measure, importing partner and exporter",
        pd.DataFrame(rows, columns=list(PARTNER_COLUMNS)),
        PARTNER_COLUMNS,
        ("measure", "region", "exporter"),
    )


def sentences(prepared: Prepared, by_importer: Table) -> tuple[str, ...]:
    """The answer in words."""
    whole = by_importer.frame[by_importer.frame["measure"] == WHOLE]
    created, replaced, diverted = (
        whole[column].sum() for column in ("created_usd", "replaced_usd", "diverted_usd")
    )
    return (
        (
            f"Trade among the partners: {created:,.0f} USD million created, of which {replaced:,.0f} in place of home supply, and "
            f"{diverted:,.0f} diverted from third countries, by all {len(prepared.measures)} decisions together, in quantities at base "
            "prices."
        ),
    )
