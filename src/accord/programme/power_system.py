"""Power systems for the dispatch: what stands in a file, each number with its evidence; arrays are made by `adapters.power`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.estimate import Estimate, Within
from accord.programme.faults import problem_of, where_of
from accord.programme.fields import AS_LIST, Slug, Text
from accord.programme.lines import key_lines
from accord.programme.measures.base import SETTINGS
from accord.programme.source import parsed, text_of

Share = Annotated[Estimate, Within(0, 1, "a share, between 0 (none) and 1 (all)")]
Efficiency = Annotated[
    Estimate, Within(0.1, 1.0, "electricity (or heat) out over fuel in, lower heating value")
]
Money = Annotated[Estimate, Within(0, 10_000, "USD; a negative price is a fault")]
Megawatts = Annotated[Estimate, Within(0, 1_000_000, "MW, net of what the plants use themselves")]

FOLDER = "power_systems"


class PowerFuel(BaseModel):
    """A fuel at the price of one region."""

    model_config = SETTINGS

    name: Slug
    """Name that plants give."""
    product: Text
    """What it is, for tables that add fuels up: gas, coal, uranium."""
    price: Money
    """USD per unit of amount, at the plant."""
    amount: Text = "GJ"
    """Unit of amount: "1000 m3", "t", "GJ"."""
    gigajoules: Annotated[Estimate, Within(0.001, 1_000_000, "GJ in one unit of amount")]
    """Energy in one unit of amount, lower heating value."""
    co2: Annotated[Estimate, Within(0, 0.2, "t of CO2 per GJ; lignite has about 0.1")]
    """CO2 from burning it, t per GJ."""
    sector: Text = ""
    """Sector of the World that supplies it."""

    @property
    def per_gigajoule(self) -> float:
        """USD per GJ."""
        return self.price.central / self.gigajoules.central


class PowerPlant(BaseModel):
    """Plants of one technology in one region."""

    model_config = SETTINGS

    name: Slug
    """Name, unique in the system."""
    region: Text
    """Region where it stands."""
    technology: Text
    """Technology, for tables and figures that add plants up."""
    capacity: Megawatts
    """Net capacity, MW; what it may take, for a consumer."""
    fuel: Slug | None = None
    """Fuel that it burns, or saves where it is a consumer; none for water, wind and sun."""
    efficiency: Efficiency | None = None
    """Electricity over fuel at the margin; heat over fuel saved, for a consumer. Required with a fuel."""
    variable_cost: Money = Estimate.exactly(0.0, "nothing but fuel")
    """Operation and maintenance that depends on output, USD per MWh."""
    availability: Share = Estimate.exactly(1.0, "nothing stated")
    """Share of capacity that is not in repair, over the year."""
    profile: Literal["flat", "wind", "solar"] = "flat"
    """What decides output besides availability; with wind and solar, `availability` is the capacity factor of a year."""
    must_run: Share = Estimate.exactly(0.0, "nothing stated")
    """Share of capacity that must run: all year, or at the peak of heat where `must_run_follows = "heat"`."""
    must_run_follows: Literal["nothing", "heat"] = "nothing"
    """Whether the share that must run follows the heat that the region needs (combined heat and power)."""
    must_run_efficiency: Efficiency | None = None
    """Electricity over the fuel charged to it for output that must run; the marginal one where left out."""
    energy: Annotated[Estimate, Within(0, 10_000, "TWh a year")] | None = None
    """Largest output of a year (water of an average year), TWh."""
    consumer: bool = False
    """Takes power instead of making it, when that is cheaper than its fuel (electric boilers)."""
    in_service: bool = True
    """Whether it belongs to the system; else it is an option that a question may add."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.fuel and self.efficiency is None:
            raise _fault(
                f"plant '{self.name}', key 'efficiency'",
                "the key is missing",
                "a share, because it has a fuel",
            )
        if self.consumer and not self.fuel:
            raise _fault(
                f"plant '{self.name}', key 'fuel'", "the key is missing", "the fuel that a consumer saves"
            )
        if self.must_run.central > self.availability.central and self.profile == "flat":
            found = f"{self.must_run.central:g} must run and only {self.availability.central:g} is available"
            raise _fault(f"plant '{self.name}', key 'must_run'", found, "no more than `availability`")
        return self


class PowerRegion(BaseModel):
    """A region with its load and the parameters of its synthetic shapes."""

    model_config = SETTINGS

    code: Text
    """Region code of the World."""
    demand: Annotated[Estimate, Within(0.001, 100_000, "TWh a year, losses of the grid included")]
    """Electricity that must be supplied in a year, TWh."""
    season: Annotated[Estimate, Within(0, 0.9, "amplitude over the year, share of the mean")]
    """Amplitude of load over the year."""
    day: Annotated[Estimate, Within(0, 0.8, "amplitude over the day, share of the mean")]
    """Amplitude of load over the day."""
    weekend: Annotated[Estimate, Within(0, 0.8, "share by which weekends are lower")]
    """Share by which load is lower on weekends."""
    temperature: Annotated[Estimate, Within(-30, 40, "degrees Celsius, mean of the year")]
    """Mean temperature, for the shape of heat."""
    temperature_amplitude: Annotated[Estimate, Within(0, 40, "degrees; half of July less January")]
    """Half the difference between the warmest and the coldest month."""
    hot_water: Share
    """Share of the peak of heat that hot water and industry take all year."""
    latitude: Annotated[float, Within(-66, 66, "degrees; the shape of the sun")] = 50.0
    """Latitude, for the shape of the sun."""
    lost_load: Annotated[Estimate, Within(1, 1_000_000, "USD per MWh of load not served")] | None = None
    """Value of lost load; without it all load must be served."""


class PowerLine(BaseModel):
    """Lines between two regions, together."""

    model_config = SETTINGS

    start: Text
    """Region at one end."""
    end: Text
    """Region at the other end."""
    capacity: Megawatts
    """What the lines can carry either way, MW."""
    open: Share
    """Share of it that trade by price may use."""
    loss: Share = Estimate.exactly(0.0, "nothing stated")
    """Share lost on the way."""
    charge: Money = Estimate.exactly(0.0, "nothing stated")
    """USD per MWh for crossing."""


class PowerSystemFile(BaseModel):
    """Plants, fuels, load and lines of some regions in one year."""

    model_config = SETTINGS

    name: Text
    """Name for readers."""
    year: Annotated[int, Within(1900, 2200, "a calendar year")]
    """Year that prices and load refer to."""
    source: Text
    """Where the system as a whole is described."""
    regions: Annotated[tuple[PowerRegion, ...], AS_LIST] = Field(alias="region", min_length=1)
    """Regions."""
    fuels: Annotated[tuple[PowerFuel, ...], AS_LIST] = Field(default=(), alias="fuel")
    """Fuels."""
    plants: Annotated[tuple[PowerPlant, ...], AS_LIST] = Field(alias="plant", min_length=1)
    """Plants."""
    lines: Annotated[tuple[PowerLine, ...], AS_LIST] = Field(default=(), alias="line")
    """Lines."""

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        faults = [*self._doubled(), *self._unknown()]
        if faults:
            raise ProgrammeError(faults)
        return self

    def fuel(self, name: str) -> PowerFuel:
        """Return the fuel of that name."""
        return next(fuel for fuel in self.fuels if fuel.name == name)

    def plant(self, name: str) -> PowerPlant:
        """Return the plant of that name; an error names the nearest one."""
        names = [plant.name for plant in self.plants]
        if name not in names:
            raise ProgrammeError(
                [
                    _one(
                        f"power system '{self.name}'",
                        f"no plant '{name}'",
                        f"one of: {', '.join(names)}",
                        nearest(name, names),
                    )
                ]
            )
        return self.plants[names.index(name)]

    def with_plants(self, *added: PowerPlant) -> PowerSystemFile:
        """Return the system with plants added; one of the same name is replaced."""
        new = {plant.name for plant in added}
        kept = tuple(plant for plant in self.plants if plant.name not in new)
        return type(self).model_validate(
            {**{key: getattr(self, key) for key in ("name", "year", "source")}}
            | {"region": self.regions, "fuel": self.fuels, "plant": (*kept, *added), "line": self.lines}
        )

    def changed(
        self, *, fuel_prices: Mapping[str, float] | None = None, open_lines: float | None = None
    ) -> PowerSystemFile:
        """Return the system with other fuel prices (USD per unit of amount) or another share of lines open to trade."""
        prices = dict(fuel_prices or {})
        unknown = sorted(set(prices) - {fuel.name for fuel in self.fuels})
        if unknown:
            known = [fuel.name for fuel in self.fuels]
            raise ProgrammeError(
                [
                    _one(
                        f"power system '{self.name}'",
                        f"no fuel '{name}'",
                        f"one of: {', '.join(known)}",
                        nearest(name, known),
                    )
                    for name in unknown
                ]
            )
        if any(price < 0.0 for price in prices.values()):
            raise _fault(f"power system '{self.name}', fuel price", "a negative price", "zero or more")
        if open_lines is not None and not 0.0 <= open_lines <= 1.0:
            raise _fault(
                f"power system '{self.name}', lines open to trade", f"{open_lines:g}", "a share from 0 to 1"
            )
        fuels = tuple(
            fuel.model_copy(update={"price": Estimate.exactly(prices[fuel.name], "asked for")})
            if fuel.name in prices
            else fuel
            for fuel in self.fuels
        )
        lines = tuple(
            line
            if open_lines is None
            else line.model_copy(update={"open": Estimate.exactly(open_lines, "asked for")})
            for line in self.lines
        )
        return self.model_copy(update={"fuels": fuels, "lines": lines})

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by place: "plant.ccgt.efficiency"."""
        named: list[tuple[str, BaseModel]] = [
            *((f"region.{region.code}", region) for region in self.regions),
            *((f"fuel.{fuel.name}", fuel) for fuel in self.fuels),
            *((f"plant.{plant.name}", plant) for plant in self.plants),
            *((f"line.{line.start}-{line.end}", line) for line in self.lines),
        ]
        return {
            f"{name}.{key}": value
            for name, part in named
            for key in sorted(part.model_fields_set)
            if isinstance(value := getattr(part, key), Estimate)
        }

    def _doubled(self) -> Iterable[Fault]:
        for label, names in (
            ("region", [region.code for region in self.regions]),
            ("fuel", [fuel.name for fuel in self.fuels]),
            ("plant", [plant.name for plant in self.plants]),
        ):
            for name in sorted({name for name in names if names.count(name) > 1}):
                yield _one(
                    f"{label} '{name}'", "the name stands twice", "each name once", "Rename one of them."
                )

    def _unknown(self) -> Iterable[Fault]:
        regions, fuels = [region.code for region in self.regions], [fuel.name for fuel in self.fuels]
        named = [(f"plant '{plant.name}', key 'region'", plant.region) for plant in self.plants]
        named += [
            (f"line {line.start}-{line.end}", end) for line in self.lines for end in (line.start, line.end)
        ]
        for where, name in named:
            if name not in regions:
                yield _one(
                    where, f"no region '{name}'", f"one of: {', '.join(regions)}", nearest(name, regions)
                )
        for plant in self.plants:
            if plant.fuel is not None and plant.fuel not in fuels:
                yield _one(
                    f"plant '{plant.name}', key 'fuel'",
                    f"no fuel '{plant.fuel}'",
                    f"one of: {', '.join(fuels) or 'none is given'}",
                    nearest(plant.fuel, fuels),
                )
        for line in self.lines:
            if line.start == line.end:
                yield _one(f"line {line.start}-{line.end}", "both ends are one region", "two regions")


def power_system_names() -> tuple[str, ...]:
    """Names of the power systems that come with accord."""
    folder = resources.files("accord.programme") / FOLDER
    return tuple(
        sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    )


def read_power_system(source: str | os.PathLike[str] | PowerSystemFile) -> PowerSystemFile:
    """Return a power system: one that comes with accord by its name, or a TOML file.

    Raises:
        ProgrammeError: With every fault: file, line, key, what was found, what was expected, and the remedy.
    """
    if isinstance(source, PowerSystemFile):
        return source
    if str(source) in power_system_names():
        text = (resources.files("accord.programme") / FOLDER / f"{source}.toml").read_text(encoding="utf-8")
        return _read(f"{source}.toml", text)
    if not str(source).endswith(".toml") and not Path(source).exists():
        names = power_system_names()
        raise ProgrammeError(
            [
                _one(
                    f"power system '{source}'",
                    "neither a system that comes with accord nor a file",
                    f"one of {', '.join(names)}, or the path of a .toml file",
                    nearest(str(source), names),
                )
            ]
        )
    name, text, _ = text_of(source)
    return _read(name, text)


@lru_cache(maxsize=16)
def _read(name: str, text: str) -> PowerSystemFile:
    content: dict[str, Any] = parsed(text, name)
    try:
        return PowerSystemFile.model_validate(content)
    except ValidationError as error:
        lines = key_lines(text)
        problems = [problem_of(detail, PowerSystemFile) for detail in error.errors()]
        raise ProgrammeError(
            Fault(where_of(problem.at, name, {}, lines), problem.found, problem.expected, problem.remedy)
            for problem in problems
        ) from None
    except ProgrammeError as error:
        raise ProgrammeError(
            Fault(f"{name}, {fault.where}", fault.found, fault.expected, fault.remedy)
            for fault in error.faults
        ) from None


def _one(where: str, found: str, expected: str = "", remedy: str = "") -> Fault:
    return Fault(where, found, expected, remedy)


def _fault(where: str, found: str, expected: str) -> ProgrammeError:
    return ProgrammeError([Fault(where, found, expected)])
