"""Shocks to the scenario of `engines.equilibrium`: labels and weights become arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from accord.adapters.equilibrium_base import Cells, flow_cells, groups_told_apart, payers_of
from accord.adapters.equilibrium_producers import ProducerDraft
from accord.adapters.index import producer_mask
from accord.engines.equilibrium import Scenario, Wedges, no_change
from accord.errors import EngineError, ProgrammeError
from accord.shocks import (
    ContractPriceShock,
    EmbargoShock,
    FactorSupplyShock,
    FlowShock,
    HomePreferenceShock,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    ResourceCostShock,
    Shock,
    SubsidyShock,
    SupportShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
from accord.world import World

if TYPE_CHECKING:
    from accord.adapters.equilibrium import Model

ACCEPTS: tuple[type[Shock], ...] = (
    ContractPriceShock,
    EmbargoShock,
    FactorSupplyShock,
    HomePreferenceShock,
    ProductivityShock,
    PurchaseShock,
    RentWedgeShock,
    ResourceCostShock,
    SubsidyShock,
    SupportShock,
    TariffShock,
    TechnologyShock,
    TradeCostShock,
    TransferShock,
)
"""Shocks that this engine can represent; the study names every measure whose shocks it cannot."""


CHANGED = ("productivity_hat", "subsidy", "subsidy_payer", "factor_supply_hat", "transfer", "resource_cost")
"""Arrays of a scenario, beside those over flows and purchases, that shocks change."""


def accepts(shock: Shock) -> bool:
    """Whether the equilibrium engine can represent `shock`."""
    return isinstance(shock, ACCEPTS)


def scenario_of(model: Model, shocks: Sequence[Shock]) -> Scenario:
    """Return the engine scenario of `shocks`, each applied at its weight on top of the base.

    Shocks on the same cells multiply (costs, rent factors, perceived prices, productivity, availability, factor supply), add up
    (subsidies, transfers, purchases, changes of a recipe) or apply in order (tariffs). Every fault is reported at once.
    """
    return applied(Draft.of(model, shocks), model, shocks).scenario()


def applied(draft: DraftT, model: Model, shocks: Sequence[Shock]) -> DraftT:
    """Put shocks on top of a draft; every fault is reported at once."""
    for shock in shocks:
        draft.apply(shock)
    if draft.faults:
        raise ProgrammeError(draft.faults)
    draft.parts["rigid_factor"] = model.factors.rigid
    real = model.choices.government_and_investment == "real"
    draft.parts["real_use"] = np.full(model.base.final_spending.shape[1], real)
    return draft


DraftT = TypeVar("DraftT", bound="Draft")


@dataclass(kw_only=True)
class Draft(ProducerDraft):
    """A scenario in the making; arrays that shocks change are its own, all others are the base's.

    Attributes:
        neutral: The scenario in which nothing changes.
        wedges: Wedges that shocks have changed, by name: tariff without the rents that it includes, those rents as factors (public), and
            the other wedges as factors.
        public_wedge: Factor (g or 1, k, n, i) of barriers whose rent the base's tariff includes.
    """

    public_wedge: np.ndarray
    neutral: Scenario
    wedges: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model, shocks: Sequence[Shock]) -> Self:
        """Return the draft in which nothing has changed yet."""
        base = model.base
        # Payers of the whole run, so that every scenario of a model has the same shape and compiles once.
        payers = tuple(sorted({*model.payers, *payers_of(shocks)}))
        neutral = no_change(base)
        parts: dict[str, Any] = {
            "trade_cost_hat": np.ones(cls.flows(model)),
            "availability": np.ones(cls.flows(model)),
            "purchases": np.zeros((len(payers), *base.expenditure.shape)),
            "purchase_payer": np.array([model.world.regions.index(payer) for payer in payers], dtype=int),
        }
        parts |= {name: np.array(getattr(neutral, name)) for name in CHANGED}
        return cls(
            world=model.world,
            base=base,
            groups=model.groups,
            factors=model.factors,
            payers=payers,
            public_wedge=model.public_wedge,
            neutral=neutral,
            parts=parts,
        )

    @staticmethod
    def flows(model: Model) -> tuple[int, ...]:
        """Shape of what shocks make of trade costs and availability."""
        return model.groups_with_own_costs, *model.base.expenditure_share.shape[1:]

    def scenario(self) -> Scenario:
        """Return the scenario as it stands."""
        base, changed = self.base.wedges, self.wedges
        tariff = base.tariff
        if {"tariff", "public"} & changed.keys():
            tariff = (1.0 + self.wedge("tariff")) * self.wedge("public") - 1.0
        wedges = Wedges(
            tariff,
            changed["import_rent"] - 1.0 if "import_rent" in changed else base.import_rent,
            changed["export_rent"] - 1.0 if "export_rent" in changed else base.export_rent,
            changed["seen"] - 1.0 if "seen" in changed else base.home_preference,
        )
        return self.neutral._replace(wedges=wedges, **self.parts)

    def apply(self, shock: Shock) -> None:
        """Put one shock on top of what is there."""
        match shock:
            case TradeCostShock():
                self.multiply("trade_cost_hat", shock, shock.factor**shock.weight)
            case EmbargoShock():
                self.multiply("availability", shock, 1.0 - shock.weight * shock.intensity)
            case TariffShock():
                tariff = self.array("tariff", shock)
                cells = self.cells(shock, tariff)
                tariff[cells] += shock.weight * (self.rates(shock, tariff, cells) - tariff[cells])
            case RentWedgeShock():
                names = {"importer-government": "public", "importer-firms": "import_rent"}
                name = names.get(shock.recipient, "export_rent")
                self.multiply(name, shock, (shock.new_factor / shock.base_factor) ** shock.weight)
            case HomePreferenceShock():
                self.multiply("seen", shock, (shock.new_factor / shock.base_factor) ** shock.weight)
            case ContractPriceShock():
                self.contract_price(shock)
            case SupportShock():
                if shock.factor is None:
                    raise EngineError(
                        f"measure '{shock.measure}': how much support it takes to replace imports has not been solved for; "
                        "`study.resolve` does that before any run"
                    )
                self.multiply("seen", shock, shock.factor**-shock.weight)
            case ProductivityShock():
                chosen = producer_mask(shock.producers, self.world.regions, self.world.sectors)
                self.parts["productivity_hat"][chosen] *= shock.factor**shock.weight
            case SubsidyShock():
                self.subsidy(shock)
            case FactorSupplyShock():
                self.factor_supply(shock)
            case TransferShock():
                self.parts["transfer"][self.region(shock.payer)] -= shock.weight * shock.amount
                self.parts["transfer"][self.region(shock.recipient)] += shock.weight * shock.amount
            case ResourceCostShock():
                self.parts["resource_cost"][self.region(shock.payer)] += shock.weight * shock.amount
            case PurchaseShock():
                self.purchase(shock)
            case TechnologyShock():
                self.technology(shock)
            case _:
                raise EngineError(
                    f"the equilibrium engine cannot represent {type(shock).__name__} of '{shock.measure}'"
                )

    def array(self, name: str, shock: FlowShock) -> np.ndarray:
        """One of the arrays over flows, with an axis of its own for groups between which `shock` differs."""
        holder = self.parts if name in self.parts else self.wedges
        array = self.parts[name] if name in self.parts else self.wedge(name)
        if array.shape[0] < groups_told_apart(self.groups, [shock]):
            array = np.repeat(array, len(self.groups), axis=0)
        holder[name] = array
        return array

    def cells(self, shock: FlowShock, array: np.ndarray) -> Cells:
        """Where in `array` a shock on flows falls."""
        return flow_cells(self.world, self.groups, shock, array.shape)

    def rates(self, shock: TariffShock, tariff: np.ndarray, cells: Cells) -> np.ndarray:
        """Rates on some cells of `tariff` that `shock` at full weight leads to."""
        if shock.schedule is not None:
            return np.broadcast_to(scheduled_rates(self.world, shock)[None], tariff.shape)[cells]
        return target_rates(shock, tariff[cells])

    def wedge(self, name: str) -> np.ndarray:
        """A wedge as shocks have changed it so far, in an array that is the draft's own."""
        if name in self.wedges:
            return self.wedges[name]
        base = self.base.wedges
        match name:
            case "tariff":
                return (1.0 + self.taken(base.tariff)) / self.taken(self.public_wedge) - 1.0
            case "public":
                return np.array(self.taken(self.public_wedge))
            case "import_rent":
                return 1.0 + self.taken(base.import_rent)
            case "export_rent":
                return 1.0 + self.taken(base.export_rent)
            case _:
                return 1.0 + self.taken(base.home_preference)

    def taken(self, array: np.ndarray) -> np.ndarray:
        """The part of an array over all flows (g or 1, k, n, i) that the draft works on."""
        return array

    def multiply(self, name: str, shock: FlowShock, factor: float) -> None:
        """Multiply an array over flows by `factor` on the flows that `shock` falls on."""
        array = self.array(name, shock)
        array[self.cells(shock, array)] *= factor

    def contract_price(self, shock: ContractPriceShock) -> None:
        """Move the price of contracts; choices stay where they were unless they are said to be made at contract prices."""
        ratio = (shock.new_factor / shock.base_factor) ** shock.weight
        self.multiply("export_rent", shock, ratio)
        if shock.passed_to == "government":
            # Users go on paying, and seeing, the old price: the buyer's government collects the difference like a duty.
            self.multiply("public", shock, 1.0 / ratio)
        elif not shock.marginal:
            self.multiply("seen", shock, 1.0 / ratio)


def target_rates(shock: TariffShock, current: np.ndarray) -> np.ndarray:
    """Rates that `shock` at full weight makes of current ones; for changes and new rates."""
    if shock.change is not None:
        return np.maximum(current + shock.change, 0.0)
    return np.full(current.shape, shock.new_rate)


def scheduled_rates(world: World, shock: TariffShock) -> np.ndarray:
    """Tariff rates (k, n, i) of the schedule that `shock` names."""
    if "tariff_schedules" not in world.data or shock.schedule not in world.data.indexes["schedule"]:
        raise EngineError(
            f"measure '{shock.measure}': World '{world.name}' has no tariff schedule '{shock.schedule}'"
        )
    schedule = world.data["tariff_schedules"].sel(schedule=shock.schedule)
    return schedule.transpose("sector", "importer", "exporter").to_numpy()
