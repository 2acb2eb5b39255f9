"""A made-up World of three regions and three sectors, small enough to check by hand."""

from __future__ import annotations

import numpy as np

from accord.world.build import build_world
from accord.world.world import Provenance, World

REGIONS = {"ARC": "Arcadia", "BEL": "Belmare", "COR": "Corland"}
SECTORS = {"farming": "Farming", "food": "Food", "machines": "Machines"}
USES = ("household", "government", "investment")

# Purchases before duty, USD million. A row sells, a column buys: farming, food, machines | household, government, investment.
FLOWS = """
                 ARC                         BEL                         COR
ARC farming       60 200  10 | 150  10  10    0  20   0 |  20   0   0     0  20   0 |  20   0   0
ARC food          20  60  10 | 500  40   0    0  20   0 |  40   0   0     0   0   0 |  40   0   0
ARC machines      60  50 300 | 300 100 400   20  20  60 |  60  20  80    20  20  20 |  20  20  20
BEL farming       20  40   0 |  20   0   0   30 150   5 |  80   5   5     0  20   0 |  20   0   0
BEL food           0  20   0 |  60   0   0   10  50   5 | 350  30   0     0  20   0 |  40  20   0
BEL machines      20  20  80 |  20  20  40   30  30  80 | 100  40 120    20   0  20 |  20   0  20
COR farming       20  80   0 |  20   0   0    0  40   0 |  20   0   0    30  60   2 |  50   3   5
COR food           0  20   0 |  40   0   0    0   0   0 |  40   0   0     5  20   2 | 150  15   0
COR machines       0   0  40 |  20   0  20    0   0  20 |  20   0  20    10  10  20 |  30  15  40
"""

# Tariffs in % of the value before duty. Foreign flows are multiples of 20, so that every duty is a whole number.
TARIFFS = """
importer exporter  farming food machines
ARC      BEL            10   20        5
ARC      COR            10   20       10
BEL      ARC            10    5       10
BEL      COR            20   10       10
COR      ARC             5    5        0
COR      BEL             5   10        5
"""

TRADE_ELASTICITY = {"toy": (8.0, 4.0, 6.0), "toy-low": (4.0, 2.0, 3.0)}


def toy_world() -> World:
    """Return the World 'toy': Arcadia, Belmare and Corland; farming, food and machines.

    `FLOWS` and `TARIFFS` above are the data. One column by hand, machines in Corland (COR), USD million:

        sales          10 + 10 + 20 + 30 + 15 + 40 at home, 40 + 20 + 20 to ARC, 20 + 20 + 20 to BEL        265
        inputs         2 farming, 2 food, 20 machines from home, 20 machines from ARC, 20 from BEL          -64
        duties         0% of 20 from ARC, 5% of 20 from BEL                                                  -1
        value added                                                                                         200

    All accounts, USD million, and exports less imports:

        region   output: farming  food  machines   value added: farming  food  machines   trade balance
        ARC                  520   730      1590                    315   219      1142             -60
        BEL                  395   605       680                    303   262       502              40
        COR                  330   292       265                    244   118       200              20
    """
    intermediate, final_demand = _flows()
    tariff_rate = _tariffs()
    union = tariff_rate.copy()
    union[:2, :2] = 0.0
    names = list(TRADE_ELASTICITY)
    return build_world(
        "toy",
        2020,
        regions=list(REGIONS),
        sectors=list(SECTORS),
        uses=USES,
        region_names=list(REGIONS.values()),
        sector_names=list(SECTORS.values()),
        sector_kinds=["goods"] * len(SECTORS),
        intermediate=intermediate,
        final_demand=final_demand,
        tariff_rate=tariff_rate,
        tariff_schedules={"arc-bel-union": union},
        tariff_source=np.zeros(tariff_rate.shape, dtype=np.int8),
        trade_elasticity=np.array(TRADE_ELASTICITY[names[0]]),
        elasticity_set=names[0],
        elasticity_sets={name: np.array(values) for name, values in TRADE_ELASTICITY.items()},
        provenance=Provenance(
            source="accord's toy economy",
            edition="made up",
            licence="Apache-2.0, as accord itself",
            steps=("Written by hand; value added follows from the flows.",),
            notes=("No figure describes any real economy.",),
            tariff_sources=("assumed: made up with the toy economy",),
        ),
    )


def _flows() -> tuple[np.ndarray, np.ndarray]:
    """Z (3, 3, 3, 3) and Y (3, 3, 3, 3) from the table."""
    rows = [line.replace("|", " ").split()[2:] for line in FLOWS.strip().splitlines()[1:]]
    sectors = len(SECTORS)
    table = np.array(rows, dtype=np.float64).reshape(len(REGIONS), sectors, len(REGIONS), sectors + len(USES))
    return table[..., :sectors], table[..., sectors:]


def _tariffs() -> np.ndarray:
    """Tariffs (exporter, importer, sector) as shares from the table; zero at home."""
    order = {code: position for position, code in enumerate(REGIONS)}
    rates = np.zeros((len(REGIONS), len(REGIONS), len(SECTORS)))
    for line in TARIFFS.strip().splitlines()[1:]:
        importer, exporter, *percents = line.split()
        rates[order[exporter], order[importer]] = np.array(percents, dtype=np.float64) / 100.0
    return rates
