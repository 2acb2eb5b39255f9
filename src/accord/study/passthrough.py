"""What a cost or price change from outside does to every price: a question to a World, without a programme.

    producer    the producer price of a sector of a region is set from outside (mixed model); its users pay it, its makers earn it
    border      the price of one flow, from a seller to a buyer, moves; other customers of the seller pay what they paid
    wage        labour's income per unit of output moves in a region
    tax         the tax on output moves in a region, in points

First order at base quantities (docs/methods/prices.md). Why these are no measures: docs/decisions/0008-prices-from-outside.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from accord.adapters import prices as adapter
from accord.errors import AccordError, Fault, nearest
from accord.shocks import ContractPriceShock, Flows
from accord.study.columns import table_of
from accord.study.one_year import explained, named, with_roles

if TYPE_CHECKING:
    from accord.tables import Table
    from accord.world import World

Kind = Literal["producer", "border", "wage", "tax"]
WHOLE_WORLD = "world"
"""Stands for every region that makes the product."""
LABELS: dict[Kind, tuple[str, ...]] = {
    "producer": ("REGION", "SECTOR"),
    "border": ("SELLER", "BUYER", "SECTOR"),
    "wage": ("REGION",),
    "tax": ("REGION",),
}
LOWEST, HIGHEST = -95.0, 1000.0


@dataclass(frozen=True)
class Change:
    """One change from outside.

    Attributes:
        kind: What moves.
        labels: Its labels, as `LABELS` says.
        percent: By how much, in % (in points for a tax).
    """

    kind: Kind
    labels: tuple[str, ...]
    percent: float


def read_change(kind: Kind, text: str) -> Change:
    """Return the change that `text` writes, such as "RUS:B06=+50%"; an `AccordError` says what is wrong."""
    where, (names, _, number) = f"--{_option(kind)} {text}", text.partition("=")
    form = f"{':'.join(LABELS[kind])}=PERCENT"
    labels = tuple(name.strip() for name in names.split(":"))
    try:
        percent = float(number.strip().removesuffix("%"))
    except ValueError:
        raise AccordError(
            [Fault(where, f'"{number}" is no number', f"{form}, such as {_example(kind)}")]
        ) from None
    if len(labels) != len(LABELS[kind]) or not all(labels):
        raise AccordError([Fault(where, f"'{names}' does not name it", f"{form}, such as {_example(kind)}")])
    if not LOWEST <= percent <= HIGHEST:
        raise AccordError(
            [Fault(where, f"{percent:g} % is out of range", f"between {LOWEST:g} and {HIGHEST:g} %")]
        )
    return Change(kind, labels, percent)


def passthrough(
    world: World,
    changes: Sequence[Change],
    *,
    regions: Sequence[str] = (),
    except_users: Sequence[str] = (),
    pass_through: adapter.PassThrough = 1.0,
) -> dict[str, Table]:
    """Return balances, prices, baskets, channels and chains of `changes` on `world`, by name.

    Args:
        world: The data.
        changes: What moves, all at once.
        regions: Regions whose prices are taken apart by channel and chain; those named in `changes` by default.
        except_users: Using sectors and final uses whose border prices stay.
        pass_through: Share of cost changes that producers pass on.
    """
    _refuse_unknown(world, changes, regions, except_users, pass_through)
    costs = adapter.Costs(
        wages=_rates(changes, "wage"),
        output_taxes=_rates(changes, "tax"),
        fixed_prices=_fixed(world, changes),
    )
    flows = _border(world, changes, except_users)
    model = adapter.PriceModel(world, flows, pass_through=pass_through, costs=costs)
    base = adapter.PriceModel(world, flows, pass_through=pass_through).solve()
    end = model.solve(flows)
    chosen = tuple(regions) or tuple(
        dict.fromkeys(name for change in changes for name in change.labels if name in world.regions)
    )
    frames = {
        "one_year": (
            "What it does to each region at fixed quantities",
            with_roles(world, adapter.account_frame(model, base, end), chosen).drop(columns="role"),
            ("region",),
        ),
        "one_year_prices": (
            "Producer prices by region and sector",
            named(world, adapter.price_frame(model, base, end)),
            ("region", "sector"),
        ),
        "one_year_baskets": (
            "Cost of the base basket by region and final use",
            named(world, adapter.basket_frame(model, base, end)),
            ("region", "use"),
        ),
        **explained(model, base, end, chosen or world.regions[:1]),
    }
    return {
        name: table_of(name, title, frame, keys=keys)
        for name, (title, frame, keys) in frames.items()
        if len(frame)
    }


def _rates(changes: Sequence[Change], kind: Kind) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for change in changes:
        if change.kind == kind:
            found[change.labels[0]] = found.get(change.labels[0], 0.0) + change.percent / 100.0
    return found


def _fixed(world: World, changes: Sequence[Change]) -> Mapping[tuple[str, str], float]:
    made = world.gross_output.transpose("region", "sector").to_numpy()
    found: dict[tuple[str, str], float] = {}
    for change in changes:
        if change.kind == "producer":
            region, sector = change.labels
            column = world.sectors.index(sector)
            for n, name in enumerate(world.regions):
                if made[n, column] > 0.0 and region in {name, WHOLE_WORLD}:
                    found[name, sector] = change.percent / 100.0
    return found


def _border(
    world: World, changes: Sequence[Change], except_users: Sequence[str]
) -> tuple[ContractPriceShock, ...]:
    users = tuple(user for user in (*world.sectors, *world.uses) if user not in except_users)
    return tuple(
        ContractPriceShock(
            measure=":".join(change.labels),
            flows=Flows(
                exporters=_one(world, change.labels[0]),
                importers=_one(world, change.labels[1]),
                sectors=(change.labels[2],),
                uses=users if except_users else None,
            ),
            base_factor=1.0,
            new_factor=1.0 + change.percent / 100.0,
        )
        for change in changes
        if change.kind == "border"
    )


def _one(world: World, name: str) -> tuple[str, ...]:
    return world.regions if name == WHOLE_WORLD else (name,)


def _refuse_unknown(
    world: World,
    changes: Sequence[Change],
    regions: Sequence[str],
    except_users: Sequence[str],
    pass_through: adapter.PassThrough,
) -> None:
    if not changes:
        raise AccordError(
            "nothing changes.\n  Say what does, for example: --price RUS:B06=+50%   --border RUS:BLR:B06=+50%   --wage BLR=+5%"
        )
    faults = []

    def known(where: str, what: str, name: str, names: Sequence[str]) -> None:
        if name not in names:
            remedy = f"List all names with: accord world show {world.name} --{what}s"
            faults.append(
                Fault(
                    where,
                    f"unknown {what} '{name}'",
                    f"a {what} of World '{world.name}'",
                    f"{nearest(name, names)} {remedy}".strip(),
                )
            )

    for change in changes:
        where = f"--{_option(change.kind)} {':'.join(change.labels)}"
        extra = (WHOLE_WORLD,) if change.kind in {"producer", "border"} else ()
        for kind, name in zip(LABELS[change.kind], change.labels, strict=True):
            if kind == "SECTOR":
                known(where, "sector", name, world.sectors)
            else:
                known(where, "region", name, (*world.regions, *extra))
    for region in regions:
        known("--region", "region", region, world.regions)
    for user in except_users:
        known("--except-users", "sector", user, (*world.sectors, *world.uses))
    if isinstance(pass_through, Mapping):
        for sector in pass_through:
            known("--passed-on", "sector", sector, world.sectors)
    shares = pass_through.values() if isinstance(pass_through, Mapping) else [pass_through]
    faults += [
        Fault("--passed-on", f"{share:g} is out of range", "a share between 0 and 1")
        for share in shares
        if not 0.0 <= share <= 1.0
    ]
    seen = [change.labels for change in changes if change.kind == "producer"]
    faults += [
        Fault(f"--price {':'.join(labels)}", "its price is set twice", "each producer price once")
        for labels in dict.fromkeys(seen)
        if seen.count(labels) > 1
    ]
    if faults:
        raise AccordError(faults)


def _option(kind: Kind) -> str:
    return "price" if kind == "producer" else kind


def _example(kind: Kind) -> str:
    return {"producer": "RUS:B06=+50%", "border": "RUS:BLR:B06=+50%", "wage": "BLR=+5%", "tax": "RUS=+1"}[
        kind
    ]
