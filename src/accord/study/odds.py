"""How surely does each party gain? Draws over what is not known, and which unknown matters most."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from accord.errors import EngineError
from accord.numerics import sensitivity
from accord.study.draw_processes import ahead, cores
from accord.study.draw_store import held, may_reuse, store_folder
from accord.study.draws import Solved, key_of, solve_draws, worth_processes
from accord.study.full import Answer, Progress
from accord.study.odds_tables import FEWEST_FOR_SALIB, odds_tables, sentences
from accord.study.prepare import Prepared
from accord.study.unknowns import (
    ELASTICITY_SET,
    IMPUTATION,
    SPREAD,
    WITHIN_SET,
    Drawn,
    Shape,
    Unknowns,
    points,
    together,
    unknowns_of,
)
from accord.world import World
from accord.world.reimpute import imputed_variants

FULL_DRAWS = 128
"""Draws of a full run, whose other questions take time too; `accord odds` finds them finished and adds to them."""


@dataclass(frozen=True)
class OddsOptions:
    """How odds are drawn.

    Attributes:
        draws: Number of draws; powers of two spread best.
        seed: Seed of the scrambling.
        shape: Distribution over a range (`accord.study.unknowns.Range.quantile`).
        spread: Standard deviation of the log of each sector's trade elasticity around its set; zero for none.
        all_sets: Whether a draw takes any elasticity set of the World, or always that of the central run.
        imputation: Whether the World's imputed final demand is drawn among its variants.
        keep: Whether finished draws are kept in the cache.
        folder: Folder of finished draws; the platform's cache by default.
    """

    draws: int = 1024
    seed: int = 0
    shape: Shape = "pert"
    spread: float = SPREAD
    all_sets: bool = True
    imputation: bool = True
    keep: bool = True
    folder: Path | None = None


@dataclass(frozen=True)
class Odds:
    """Draws of one programme and what they say.

    Attributes:
        prepared: The programme on its World, at central values.
        options: How they were drawn.
        unknowns: What was drawn.
        at: Coordinates of the draws by name.
        solved: The draws.
        sensitivity: First-order index of each unknown for each partner: name -> (partners,).
        direction: Rank correlation of each unknown with the welfare of each partner, zero for groups.
        salib: The index by SALib, name -> (partners,); empty without SALib.
    """

    prepared: Prepared
    options: OddsOptions
    unknowns: Unknowns
    at: Mapping[str, np.ndarray]
    solved: Solved
    sensitivity: Mapping[str, np.ndarray]
    direction: Mapping[str, np.ndarray]
    salib: Mapping[str, np.ndarray]


def answer(prepared: Prepared, progress: Progress) -> Answer:
    """Answer the question for `accord run --full`."""
    try:
        found = odds(prepared, OddsOptions(draws=FULL_DRAWS), progress=progress)
    except EngineError as error:  # the other questions have answers all the same
        return Answer((), (f"{error}",))
    return Answer(odds_tables(found), sentences(found))


def odds(prepared: Prepared, options: OddsOptions | None = None, *, progress: Progress | None = None) -> Odds:
    """Return the odds of one programme."""
    return common_odds([prepared], options, progress=progress)[0]


def common_odds(
    several: Sequence[Prepared], options: OddsOptions | None = None, *, progress: Progress | None = None
) -> list[Odds]:
    """Return the odds of programmes on one World with common draws: what they share has the same value in draw i of each."""
    options = options or OddsOptions()
    variants, unknown = unknown_in_common(several, options)
    names, worlds = together(unknown), tuple(variants.values())
    keys = [
        key_of(prepared, unknowns, names, options.seed, worlds)
        for prepared, unknowns in zip(several, unknown, strict=True)
    ]
    with ahead(cores() - 1 if _much_is_left(keys, options) else 0):
        at = points(names, options.draws, options.seed)
        found = []
        for prepared, unknowns in zip(several, unknown, strict=True):
            solved = solve_draws(
                prepared,
                unknowns,
                at,
                options.draws,
                options.seed,
                variants=worlds,
                folder=options.folder,
                keep=options.keep,
                progress=_loading_meanwhile(progress, options.draws),
            )
            refuse_none(solved)
            found.append(
                Odds(prepared, options, unknowns, at, solved, *indices_of(prepared, unknowns, at, solved))
            )
    return found


def _loading_meanwhile(progress: Progress | None, draws: int) -> Progress:
    """Tell `progress`, and load what `indices_of` wants when the first draws are done: those who solve are at the next ones then."""
    calls = itertools.count()

    def tell(text: str, done: int, total: int) -> None:
        if progress is not None:
            progress(text, done, total)
        if next(calls) == 1 and draws >= FEWEST_FOR_SALIB:
            sensitivity.load_salib()

    return tell


def _much_is_left(keys: Sequence[str], options: OddsOptions) -> bool:
    """Whether draws are many and none of them seems to be finished, so that processes will be wanted."""
    folder, reused = options.folder or store_folder(), options.keep and may_reuse()
    return worth_processes(options.draws) and not (reused and any(held(folder, key) for key in keys))


def unknown_in_common(
    several: Sequence[Prepared], options: OddsOptions
) -> tuple[Mapping[str, World], list[Unknowns]]:
    """Return variants of the World by name, and what is unknown about each programme."""
    variants = imputed_variants(several[0].world) if options.imputation else {}
    return variants, [unknowns_in(prepared, options, tuple(variants)) for prepared in several]


def drawn_in_common(
    several: Sequence[Prepared], options: OddsOptions
) -> tuple[Mapping[str, World], list[Unknowns], dict[str, np.ndarray]]:
    """Return variants of the World by name, what is unknown about each programme, and the coordinates of all their draws."""
    variants, unknown = unknown_in_common(several, options)
    return variants, unknown, points(together(unknown), options.draws, options.seed)


def refuse_none(solved: Solved) -> None:
    """Raise an `EngineError` where no draw has an equilibrium: there is nothing to say of odds then but why."""
    draws = len(solved.base)
    if not np.isfinite(solved.welfare_pct).all(axis=1).any():
        reason = next(iter(solved.failures.values()), "no reason was kept")
        raise EngineError(
            f"none of the {draws:,} draws has an equilibrium, so that nothing can be said of odds; the first: {reason}"
        )


def unknowns_in(prepared: Prepared, options: OddsOptions, variants: Sequence[str]) -> Unknowns:
    """Return what is unknown about a programme under these options, where its World has `variants` by name."""
    return unknowns_of(
        prepared.programme,
        prepared.world,
        elasticity_set=None if options.all_sets else prepared.model.elasticity_set,
        spread=options.spread,
        imputations=tuple(variants),
        shape=options.shape,
    )


def indices_of(
    prepared: Prepared, unknowns: Unknowns, at: Mapping[str, np.ndarray], solved: Solved
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Which unknown matters most to each partner: index, direction, and the same index by SALib."""
    partners = [prepared.position(partner) for partner in prepared.checked.partners]
    kept = np.all(np.isfinite(solved.welfare_pct), axis=1)
    welfare = solved.welfare_pct[kept][:, partners]
    single = [name for name in unknowns.coordinates if not name.startswith(WITHIN_SET)]
    levels = {ELASTICITY_SET: len(unknowns.elasticity_sets), IMPUTATION: len(unknowns.imputations)}
    index = {
        name: np.array(
            [sensitivity.first_order(at[name][kept], column, levels.get(name, 0)) for column in welfare.T]
        )
        for name in single
    }
    direction = {
        name: np.array(
            [
                0.0
                if name in {ELASTICITY_SET, IMPUTATION}
                else sensitivity.slope_sign(at[name][kept], column)
                for column in welfare.T
            ]
        )
        for name in single
    }
    if unknowns.sectors:
        normal = Drawn(replace(unknowns, ranges=()), at, len(kept)).normal[kept]
        index[WITHIN_SET] = np.array([sensitivity.joint_linear(normal, column) for column in welfare.T])
        direction[WITHIN_SET] = np.zeros(len(partners))
    salib: dict[str, np.ndarray] = {}
    if single and kept.sum() >= FEWEST_FOR_SALIB:
        coordinates = np.column_stack([at[name][kept] for name in single])
        columns = [sensitivity.first_order_salib(coordinates, column) for column in welfare.T]
        if columns and all(column is not None for column in columns):
            salib = dict(zip(single, np.array(columns).T, strict=True))
    return index, direction, salib
