"""What JAX has to know before it traces anything of this engine: 64 bits, and that features are static."""

from __future__ import annotations

import jax

import accord.numerics.double_precision  # noqa: F401 - before any array is made
from accord.engines.equilibrium.features import Features

jax.tree_util.register_static(Features)
