"""How it works: engines, arrays only. Importing this package switches JAX to 64 bits, the one global that accord sets."""

import jax

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own signature
