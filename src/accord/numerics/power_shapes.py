"""Synthetic shapes of load, heat, wind and sun over representative periods, documented so that anybody can judge or replace them.

Periods are twelve months x two kinds of day x 24 hours: 576 periods that stand for the 8,760 hours of a year. A month's working days
are 5/7 of its days. Each shape is smooth and has one or two parameters; they are not measured series, and a system may bring those.

| symbol | meaning |
| --- | --- |
| m | month, 0 to 11 (the middle of January is 0.5 months into the year) |
| d | kind of day: 0 working day, 1 weekend or holiday |
| u | hour of the day, 0 to 23; shapes are taken in its middle |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY_KINDS = ("working day", "weekend")
HOURS = 24
COLDEST = 0.5
"""Months into the year at which the load and the heat peak: the middle of January."""


class Calendar(NamedTuple):
    """Representative periods: month, kind of day, hour of day, and hours of the year that each stands for."""

    month: Int[np.ndarray, " period"]
    day_kind: Int[np.ndarray, " period"]
    hour: Int[np.ndarray, " period"]
    hours: Float[np.ndarray, " period"]

    @property
    def names(self) -> tuple[str, ...]:
        """Each period for readers: "Jan, working day, 18:00"."""
        return tuple(
            f"{MONTHS[m]}, {DAY_KINDS[d]}, {u:02d}:00"
            for m, d, u in zip(self.month, self.day_kind, self.hour, strict=True)
        )


def calendar() -> Calendar:
    """The representative periods of a year; hours add up to 8,760."""
    month, kind, hour = (
        grid.ravel() for grid in np.meshgrid(np.arange(12), np.arange(2), np.arange(HOURS), indexing="ij")
    )
    return Calendar(month, kind, hour, DAYS[month] * np.where(kind == 0, 5.0, 2.0) / 7.0)


def load_shape(when: Calendar, season: float, day: float, weekend: float) -> Float[np.ndarray, " period"]:
    """Load over its mean: a wave over the year, two peaks a day, less on weekends.

        D = N (1 + season cos(2 pi (m - m0)/12)) (1 - weekend [d = 1]) (1 + day phi(u))
        phi(u) = -0.85 cos(2 pi (u - 3.5)/24) - 0.35 cos(4 pi (u - 3.0)/24)

    N makes the mean over the year one. phi has its trough before dawn and peaks before noon and, higher, in the evening.

    Args:
        when: Periods.
        season: Amplitude over the year, share of the mean.
        day: Amplitude over the day, share of the mean.
        weekend: Share by which weekends are lower.
    """
    once, twice = (2.0 * np.pi * (when.hour + 0.5 - start) / HOURS for start in (3.5, 3.0))
    phi = -0.85 * np.cos(once) - 0.35 * np.cos(2.0 * twice)
    year = 1.0 + season * _wave(when)
    return _to_mean_one(year * (1.0 - weekend * when.day_kind) * (1.0 + day * phi), when)


def heat_shape(
    when: Calendar, mean: float, amplitude: float, hot_water: float, inside: float = 18.0
) -> Float[np.ndarray, " period"]:
    """Heat from public supply over its largest value: hot water all year, heating by the degrees below `inside`.

        T = mean - amplitude cos(2 pi (m - m0)/12);   H = hot_water + (1 - hot_water) max(0, inside - T)/max(inside - T)

    Args:
        when: Periods.
        mean: Temperature over the year, degrees Celsius.
        amplitude: Half the difference between the coldest and the warmest month.
        hot_water: Share of the peak that hot water and industry take all year.
        inside: Outside temperature at which heating ends.
    """
    needed = np.maximum(0.0, inside - mean + amplitude * _wave(when))
    largest = max(float(np.max(needed)), 1e-9)
    return hot_water + (1.0 - hot_water) * needed / largest


def wind_shape(when: Calendar, capacity_factor: float) -> Float[np.ndarray, " period"]:
    """Output over capacity: the mean, a quarter more in winter and a quarter less in summer."""
    return np.clip(capacity_factor * _to_mean_one(1.0 + 0.25 * _wave(when), when), 0.0, 1.0)


def solar_shape(when: Calendar, capacity_factor: float, latitude: float) -> Float[np.ndarray, " period"]:
    """Output over capacity: the sine of the sun's height, scaled to the capacity factor of the year.

        sin(height) = sin(lat) sin(decl) + cos(lat) cos(decl) cos(hour angle);   decl = -23.44 deg cos(2 pi (day + 10)/365)

    Clouds are in the capacity factor alone. Declination: Cooper (1969) in its cosine form.
    """
    middle = np.cumsum(DAYS)[when.month] - DAYS[when.month] / 2.0
    declination = -np.radians(23.44) * np.cos(2.0 * np.pi * (middle + 10.0) / 365.0)
    angle = 2.0 * np.pi * (when.hour + 0.5 - 12.0) / HOURS
    lat = np.radians(latitude)
    height = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(angle)
    return np.clip(capacity_factor * _to_mean_one(np.maximum(height, 0.0), when), 0.0, 1.0)


def _wave(when: Calendar) -> Float[np.ndarray, " period"]:
    """One in the middle of January, minus one in the middle of July."""
    return np.cos(2.0 * np.pi * (when.month + 0.5 - COLDEST) / 12.0)


def _to_mean_one(shape: np.ndarray, when: Calendar) -> Float[np.ndarray, " period"]:
    return shape * when.hours.sum() / (shape @ when.hours)
