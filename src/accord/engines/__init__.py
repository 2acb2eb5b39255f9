"""How it works: engines, arrays only. Those that use JAX import `accord.numerics.double_precision` before anything else."""
