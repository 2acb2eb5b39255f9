"""Every column that a table of dependence may have, declared once: unit, heading and method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.tables import Column, Table, declared
from accord.world import World

if TYPE_CHECKING:
    import pandas as pd

_USD = "USD million"
_CHAINS = "Leontief inverse of world inputs, before duty"
_CONTENT = f"value added through all chains, {_CHAINS}"
_EXTRACTION = "hypothetical extraction, no substitution"
_CES = "CES demand with the World's trade elasticity: (1 - share)^(-1/theta) - 1"


def _label(heading: str) -> Column:
    return Column("label", heading)


COLUMNS: dict[str, Column] = {
    "region": _label("Region"),
    "partner": _label("Partner"),
    "sector": _label("Sector"),
    "sector_name": _label("Sector name"),
    "exporter": _label("Exporter"),
    "supplying_sector": _label("Supplying sector"),
    "supplying_sector_name": _label("Supplying sector name"),
    "importer": _label("Importer"),
    "using_sector": _label("Using sector"),
    "using_sector_name": _label("Using sector name"),
    "origin": _label("Origin of value added"),
    "destination": _label("Absorbed in"),
    # interdependence
    "flow_usd": Column(_USD, "Direct flow", "purchases of inputs before duty"),
    "share_of_inputs": Column("share", "Share of the user's inputs", "direct flow over all inputs"),
    "share_of_product": Column(
        "share", "Share of the user's purchases of the product", "direct flow over inputs of that product"
    ),
    "share_of_sales": Column("share", "Share of the supplier's output", "direct flow over gross output"),
    "direct_pct": Column("%", "Direct requirement", "supplier's output per 100 of the user's output"),
    "total_pct": Column(
        "%",
        "Total requirement",
        f"supplier's output through all chains per 100 of final product of the user: {_CHAINS}",
    ),
    "required_usd": Column(
        _USD, "Required by final products", f"supplier's output for the user's final products: {_CHAINS}"
    ),
    "home_share": Column("share", "Own value added", _CONTENT),
    "partner_share": Column("share", "Partners' value added", _CONTENT),
    "third_share": Column("share", "Third countries' value added", _CONTENT),
    "tax_share": Column("share", "Duties and taxes", f"charged anywhere along the chain; {_CONTENT}"),
    "largest_third": _label("Largest third country"),
    "largest_third_share": Column("share", "Largest third country's value added", _CONTENT),
    "output_usd": Column(_USD, "Output"),
    "final_product_usd": Column(_USD, "Final products", "sales to final users everywhere"),
    "partner_in_final_usd": Column(_USD, "Partners' value added in final products", _CONTENT),
    "third_in_final_usd": Column(_USD, "Third countries' value added in final products", _CONTENT),
    "partner_in_output_usd": Column(
        _USD, "Partners' value added in output", f"{_CONTENT}; counted again in each user's output"
    ),
    "third_in_output_usd": Column(
        _USD, "Third countries' value added in output", f"{_CONTENT}; counted again in each user's output"
    ),
    "share": Column("share", "Share", _CONTENT),
    "value_added_usd": Column(_USD, "Value added", _CONTENT),
    "share_of_origin": Column("share", "Share of the origin's value added", _CONTENT),
    "share_of_absorption": Column("share", "Share of final purchases", _CONTENT),
    "multiplier": Column("number", "Own output per unit", f"own output per unit of final product: {_CHAINS}"),
    "home_multiplier": Column(
        "number", "... through home chains alone", "Leontief inverse of the region's own inputs"
    ),
    "partner_feedback_pct": Column(
        "%",
        "Feedback through partners",
        "own output that comes back through chains of the partners, per 100 of final product",
    ),
    "feedback_pct": Column(
        "%",
        "Feedback through all regions",
        "own output that comes back through foreign chains, per 100 of final product",
    ),
    "feedback_usd": Column(
        _USD, "Feedback through all regions", "own output that comes back, at the actual final products"
    ),
    # chains
    "rank": Column("count", "Rank"),
    "chain": _label("Chain, from its source to its final use"),
    "links": Column("count", "Links", "deliveries along the chain, the last one to the final user included"),
    "border_links": Column("count", "Links between partners"),
    "chain_usd": Column(_USD, "Value added carried", "source's value added that takes exactly this chain"),
    "cumulative_share": Column(
        "share", "Share of all such chains, with those above", "of the value added of all chains that qualify"
    ),
    # suppliers
    "purchases_usd": Column(_USD, "Purchases", "inputs of this product before duty"),
    "home_supply": Column("share", "Own suppliers", "share of purchases"),
    "partner_supply": Column("share", "Partners", "share of purchases"),
    "third_supply": Column("share", "Third countries", "share of purchases"),
    "largest_third_supply": Column("share", "Largest third supplier", "share of purchases"),
    "largest_foreign": _label("Largest foreign supplier"),
    "largest_foreign_supply": Column("share", "Largest foreign supplier", "share of purchases"),
    "hhi": Column("number", "HHI", "Herfindahl-Hirschman index of all origins, 0 to 1"),
    "hhi_low": Column(
        "number",
        "HHI, least",
        "aggregate regions split equally among their members: the least that finer regions could show",
    ),
    "hhi_foreign": Column(
        "number", "HHI of imports", "Herfindahl-Hirschman index of foreign origins, 0 to 1"
    ),
    "hhi_product": Column(
        "number",
        "HHI, all users of the product",
        "the same index for all inputs of this product in the region",
    ),
    "need_usd": Column(_USD, "To be replaced", "deliveries of the largest foreign supplier"),
    "exports_to_need": Column(
        "number",
        "Others' exports over need",
        "exports of the product by all other regions but the buyer, over what is to be replaced",
    ),
    "output_to_need": Column(
        "number",
        "Others' output over need",
        "output of the product by all other regions but the buyer, over what is to be replaced",
    ),
    "theta": Column("number", "Trade elasticity", "the World's set, named in its provenance"),
    "switch_partner_pct": Column("%", "Price rise without partners", _CES),
    "switch_third_pct": Column("%", "Price rise without third countries", _CES),
    "switch_foreign_pct": Column("%", "Price rise without the largest foreign supplier", _CES),
    "cost_foreign_pct": Column(
        "%", "... of the user's unit cost", "price rise times the input's share of output; direct effect only"
    ),
    # extraction
    "extraction": _label("What is taken away"),
    "removed": _label("Removed region"),
    "lost_output_usd": Column(_USD, "Output at risk", _EXTRACTION),
    "lost_output_pct": Column("%", "Output at risk", _EXTRACTION),
    "lost_value_added_usd": Column(_USD, "Value added at risk", _EXTRACTION),
    "lost_value_added_pct": Column("%", "Value added at risk", _EXTRACTION),
    "sales_output_usd": Column(_USD, "Output at risk by lost sales", _EXTRACTION),
    "sales_value_added_usd": Column(_USD, "Value added at risk by lost sales", _EXTRACTION),
    "sales_value_added_pct": Column("%", "Value added at risk by lost sales", _EXTRACTION),
    "exposed_usd": Column(
        _USD,
        "Final products at risk by lost inputs",
        "value of final products that passes through the coalition on its way, each unit counted once",
    ),
    "exposed_pct": Column(
        "%",
        "Final products at risk by lost inputs",
        "value of final products that passes through the coalition on its way, each unit counted once",
    ),
    "step": Column("count", "Step"),
    "alone_pct": Column("%", "At risk alone", "share of the target that passes through this supplier"),
    "together_pct": Column("%", "At risk together", "with all suppliers above, each unit counted once"),
    "least_count": Column(
        "count", "No set can be smaller than", "bound by submodularity, for what is at risk together here"
    ),
    # indicators
    "indicator": _label("Indicator"),
    "title": _label("Meaning"),
    "item": _label("Of"),
    "value": Column("number", "Value"),
    "value_unit": _label("Unit of value and threshold"),
    "threshold": Column("number", "Threshold"),
    "threshold_name": _label("Threshold is"),
    "direction": _label("Safer when"),
    "passes": _label("On the safe side?"),
    "threshold_source": _label("Source of the threshold"),
    "quality": _label("How well the threshold is documented"),
    "not_shown": _label("What it does not show"),
    # satellites
    "satellite": _label("Count"),
    "satellite_unit": _label("Unit of the count"),
    "arises": Column("number", "Arises here", "the count itself, in the unit of its row"),
    "caused": Column("number", "Caused by own final purchases", f"anywhere, {_CHAINS}; unit of its row"),
    "caused_abroad": Column("number", "... of which abroad", f"{_CHAINS}; unit of its row"),
    "for_abroad": Column("number", "Arises here for others' final purchases", f"{_CHAINS}; unit of its row"),
    "balance": Column(
        "number", "Arises less caused", "more than zero: sells more than it buys; unit of its row"
    ),
    "amount": Column("number", "Amount", f"{_CHAINS}; unit of its row"),
    "per_output_usd": Column(
        "number", "Per USD million of final product", f"through all chains, {_CHAINS}; unit of its row"
    ),
    # facts
    "fact": Column("count", "No."),
    "sentence": _label("Fact"),
    "number": Column("number", "Number"),
    "unit": _label("Unit"),
    "table": _label("From table"),
}


def source_of(world: World) -> str:
    """The source that every column of an analysis names: data, edition, and a warning where final demand is imputed."""
    provenance = world.provenance
    imputed = "; final demand imputed" if any("inal demand" in text for text in provenance.imputed) else ""
    return f"{provenance.source}, {provenance.edition}{imputed}"


def labelled(world: World, name: str, title: str, frame: pd.DataFrame, keys: tuple[str, ...]) -> Table:
    """Wrap `frame` as a Table whose columns are declared in `COLUMNS`, each with the World's source."""
    return declared(name, title, frame, COLUMNS, keys, source=source_of(world))
