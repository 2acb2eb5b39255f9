"""How surely does each party gain over the years? Draws of whole paths, and what they are worth today (METHODS sections 14 and 15).

Each draw solves the path of `study.path` with its own numbers, elasticities and imputation. A party gains when the present value of its
yearly effects is above the solver's error; probabilities, percentiles and indices are those of `study.odds`, of present values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from accord.study.draws import Solved
from accord.study.full import Progress
from accord.study.odds import Odds, OddsOptions, drawn_in_common, indices_of, refuse_none
from accord.study.path_draws import Paths, solve_paths
from accord.study.time_setting import Setting

PATH_DRAWS = 256
"""Draws of whole paths unless the caller says otherwise: a path is ten to forty equilibria, a draw of the end state four."""


@dataclass(frozen=True)
class PathOdds:
    """Draws of one programme's path and what they say.

    Attributes:
        setting: Programme, World, day of evaluation, horizon, rule for capital.
        central: Effect of each year at central values (years, regions), USD million of the base year.
        paths: The draws.
        odds: The same draws as even yearly effects of the same present value, in the place of those of the end state.
    """

    setting: Setting
    central: np.ndarray
    paths: Paths
    odds: Odds

    @property
    def annuity(self) -> float:
        """Present value of one USD million a year over the horizon, and beyond it where that counts."""
        return float(self.setting.horizon.factors.sum() + self.setting.horizon.terminal_factor)

    @cached_property
    def present_value(self) -> np.ndarray:
        """Present value of the decisions in each draw (draws, regions), USD million of the base year."""
        return present_values(self.setting, self.paths)


def present_values(setting: Setting, paths: Paths) -> np.ndarray:
    """Present value of each draw (draws, regions), USD million of the base year."""
    return np.stack([setting.horizon.value(effects) for effects in paths.effects])


def path_odds(
    setting: Setting, options: OddsOptions | None = None, *, progress: Progress | None = None
) -> PathOdds:
    """Return the odds of a programme over the years.

    Args:
        setting: The programme prepared for questions about time (`study.delay.set_up`).
        options: How odds are drawn; `PATH_DRAWS` draws by default.
        progress: Called after each draw.
    """
    return common_path_odds([setting], options, progress=progress)[0]


def common_path_odds(
    settings: Sequence[Setting], options: OddsOptions | None = None, *, progress: Progress | None = None
) -> list[PathOdds]:
    """Return the odds of programmes on one World over the years with common draws (`study.odds.common_odds`)."""
    options = options or OddsOptions(draws=PATH_DRAWS)
    variants, unknown, at = drawn_in_common([setting.prepared for setting in settings], options)
    found = []
    for setting, unknowns in zip(settings, unknown, strict=True):
        (central,) = setting.years.along([setting.timings], setting.horizon)
        paths = solve_paths(
            setting,
            unknowns,
            at,
            options.draws,
            options.seed,
            variants=tuple(variants.values()),
            folder=options.folder,
            keep=options.keep,
            progress=progress,
        )
        horizon, prepared = setting.horizon, setting.prepared
        yearly = present_values(setting, paths) / (horizon.factors.sum() + horizon.terminal_factor)
        evened = Solved(paths.base, np.zeros_like(yearly), yearly, paths.failures, paths.general)
        refuse_none(evened)
        odds = Odds(prepared, options, unknowns, at, evened, *indices_of(prepared, unknowns, at, evened))
        found.append(PathOdds(setting, central, paths, odds))
    return found
