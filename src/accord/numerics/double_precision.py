"""Importing this module switches JAX to 64 bits, the one global that accord sets.

Whatever uses JAX imports it before any array is made. It stands apart so that engines without JAX (prices, power), and whatever
only checks a programme, do not wait for JAX.
"""

from __future__ import annotations

import jax

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own signature
