"""What is: inter-country input-output data with labels, units and provenance."""

from accord.world.build import build_world
from accord.world.store import read_world, write_world
from accord.world.world import Provenance, World

__all__ = ["Provenance", "World", "build_world", "read_world", "write_world"]
