"""What is not known: evidence ranges of a programme, trade elasticities, and how a World was imputed; and draws of all of it.

Every unknown has one coordinate of a scrambled Sobol sequence, by name, so that programmes that share an unknown draw it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from accord.programme import Programme
from accord.programme.estimate import Estimate
from accord.world import World

Shape = Literal["pert", "triangular", "uniform"]
SHAPES: tuple[Shape, ...] = ("pert", "triangular", "uniform")

SHARED = ("public_share.",)
"""Keys that name a fact about the world rather than about the measure: one draw serves every measure that states it."""

PREFERENCE = "home_preference"
"""Key of a fact about buyers: measures that state the same range of it are drawn alike."""

ELASTICITY_SET, WITHIN_SET, IMPUTATION = (
    "trade elasticities: set",
    "trade elasticities: within set",
    "imputation",
)

SPREAD = 0.25
"""Standard deviation of the log of each sector's elasticity around its set.

An assumption: of the order of published standard errors, which are a fifth to a third of most estimates (Caliendo and Parro 2015,
table 1).
"""


@dataclass(frozen=True)
class Range:
    """One number of a programme that the evidence leaves open.

    Attributes:
        name: "measure.key" of the first measure that states it, or the key alone where every measure with that key shares one draw.
        measures: Measures that state it.
        key: Its key in them.
        low: Lowest value that the evidence allows.
        central: Value of the central run, the most likely one.
        high: Highest value that the evidence allows.
        source: Where it comes from.
    """

    name: str
    measures: tuple[str, ...]
    key: str
    low: float
    central: float
    high: float
    source: str

    def quantile(self, probability: np.ndarray, shape: Shape) -> np.ndarray:
        """Return the value below which each of `probability` lies.

        pert        beta on [low, high] with mode central and weight four on it (Malcolm, Roseboom, Clark and Fazar 1959)
        triangular  density rising from low to central and falling to high
        uniform     all values between low and high alike
        """
        width = self.high - self.low
        share = (self.central - self.low) / width
        if shape == "uniform":
            unit = probability
        elif shape == "triangular":
            rising = np.sqrt(probability * share)
            falling = 1.0 - np.sqrt((1.0 - probability) * (1.0 - share))
            unit = np.where(probability < share, rising, falling)
        else:
            from scipy.special import betaincinv

            unit = betaincinv(1.0 + 4.0 * share, 5.0 - 4.0 * share, probability)
        return self.low + width * unit


@dataclass(frozen=True)
class Unknowns:
    """Everything that the draws of one programme on one World vary.

    Attributes:
        ranges: Numbers of the programme with a range.
        elasticity_sets: Sets among which each draw takes one; one alone is no unknown.
        sectors: Sectors whose elasticities are spread around their set; empty for no spread.
        spread: Standard deviation of the log of each.
        imputations: Names of the World's variants among which each draw takes one; empty for no unknown.
        shape: Distribution over a range.
    """

    ranges: tuple[Range, ...]
    elasticity_sets: tuple[str, ...]
    sectors: tuple[str, ...]
    spread: float
    imputations: tuple[str, ...]
    shape: Shape = "pert"

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the coordinates of a draw."""
        return (
            *((ELASTICITY_SET,) if len(self.elasticity_sets) > 1 else ()),
            *((IMPUTATION,) if len(self.imputations) > 1 else ()),
            *(entry.name for entry in self.ranges),
            *(f"{WITHIN_SET}, {sector}" for sector in self.sectors),
        )


@dataclass(frozen=True)
class Draw:
    """One set of values.

    Attributes:
        values: New values of estimates by measure and key.
        elasticity_set: Name of the set of trade elasticities.
        elasticity_factor: Factor on it by sector (k,).
        imputation: Position of the World's variant.
    """

    values: Mapping[str, Mapping[str, float]]
    elasticity_set: str
    elasticity_factor: np.ndarray = field(repr=False)
    imputation: int


def unknowns_of(
    programme: Programme,
    world: World,
    *,
    elasticity_set: str | None = None,
    spread: float = SPREAD,
    imputations: Sequence[str] = (),
    shape: Shape = "pert",
) -> Unknowns:
    """Return what is unknown about `programme` on `world`.

    Args:
        programme: What is proposed; numbers without a range are taken as known.
        world: The data.
        elasticity_set: The one set to use; by default every set of the World is as likely as the next.
        spread: Standard deviation of the log of each sector's elasticity around its set; zero for none.
        imputations: Names of the World's variants, the World itself first.
        shape: Distribution over a range.
    """
    found: dict[str, Range] = {}
    for measure in programme.measures:
        for key, estimate in measure.estimates().items():
            if estimate.low == estimate.high or measure.status == "dropped":
                continue
            name = key if key.startswith(SHARED) else f"{measure.id}.{key}"
            if key == PREFERENCE:  # a buyer has one, whichever measures open it
                name = _stated_already(found, key, estimate) or name
            known = found.get(name)
            measures = (*known.measures, measure.id) if known else (measure.id,)
            found[name] = Range(
                name, measures, key, estimate.low, estimate.central, estimate.high, estimate.source
            )
    return Unknowns(
        tuple(found.values()),
        (elasticity_set,) if elasticity_set else world.elasticity_sets,
        world.sectors if spread > 0.0 else (),
        spread,
        tuple(imputations),
        shape,
    )


def _stated_already(found: Mapping[str, Range], key: str, estimate: Estimate) -> str | None:
    """Name of an unknown with the same key and range."""
    numbers = estimate.low, estimate.central, estimate.high
    same = (
        one.name for one in found.values() if (one.key, one.low, one.central, one.high) == (key, *numbers)
    )
    return next(same, None)


def points(names: Sequence[str], draws: int, seed: int) -> dict[str, np.ndarray]:
    """Return a coordinate in (0, 1) for each of `names` and draw: scrambled Sobol points, the same for the same names and seed.

    Fewer draws are the first ones of more. Source: Owen (1998), "Scrambling Sobol' and Niederreiter-Xing Points".
    """
    from scipy.stats import qmc

    sampler = qmc.Sobol(max(len(names), 1), scramble=True, rng=np.random.default_rng(seed))
    exponent = max(draws - 1, 1).bit_length()
    drawn = sampler.random_base2(exponent)[:draws]
    # Zero is a possible point and no probability of an open range.
    drawn = np.clip(drawn, np.finfo(np.float64).eps, 1.0 - np.finfo(np.float64).eps)
    return {name: drawn[:, position] for position, name in enumerate(names)}


def together(several: Iterable[Unknowns]) -> tuple[str, ...]:
    """Return the coordinates of several programmes, each once: what they share they draw alike."""
    return tuple(dict.fromkeys(name for unknowns in several for name in unknowns.coordinates))


class Drawn:
    """All draws of one programme: values of its unknowns at the points.

    Args:
        unknowns: What is unknown.
        at: Coordinates by name (draws,), as `points` gives them; those of other programmes may be among them.
        draws: Number of draws.
    """

    def __init__(self, unknowns: Unknowns, at: Mapping[str, np.ndarray], draws: int) -> None:
        from scipy.special import ndtri

        self.unknowns, self._draws = unknowns, draws
        self.values = {
            entry.name: entry.quantile(at[entry.name], unknowns.shape) for entry in unknowns.ranges
        }
        self.sets = self._choice(at, ELASTICITY_SET, len(unknowns.elasticity_sets))
        self.imputations = self._choice(at, IMPUTATION, len(unknowns.imputations))
        self.normal = np.column_stack(
            [ndtri(at[f"{WITHIN_SET}, {sector}"]) for sector in unknowns.sectors] or [np.zeros(draws)]
        )

    def __len__(self) -> int:
        return self._draws

    def _choice(self, at: Mapping[str, np.ndarray], name: str, choices: int) -> np.ndarray:
        if choices <= 1:
            return np.zeros(self._draws, dtype=int)
        return np.minimum((at[name] * choices).astype(int), choices - 1)

    def __getitem__(self, number: int) -> Draw:
        """Return draw `number`."""
        if not 0 <= number < self._draws:
            raise IndexError(number)
        values: dict[str, dict[str, float]] = {}
        for entry in self.unknowns.ranges:
            value = self.values[entry.name].item(number)
            for measure in entry.measures:
                values.setdefault(measure, {})[entry.key] = value
        factor = np.exp(self.unknowns.spread * self.normal[number]) if self.unknowns.sectors else np.ones(1)
        return Draw(
            values,
            self.unknowns.elasticity_sets[self.sets[number]],
            factor,
            int(self.imputations[number]),
        )
