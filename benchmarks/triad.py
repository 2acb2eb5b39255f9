"""Memory bandwidth: `python -m benchmarks.triad MEGABYTES` prints GB/s of y = a x + y in BLAS, 24 bytes moved an element.

A process of its own, because the number of threads of BLAS is set by OPENBLAS_NUM_THREADS before NumPy is imported.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.linalg.blas import daxpy

from benchmarks.measure import timed

if __name__ == "__main__":
    size = int(float(sys.argv[1]) * 1e6 / 16)  # two arrays
    x, y = np.ones(size), np.ones(size)
    times, _ = timed(lambda: daxpy(x, y, a=1e-9), runs=max(9, 2**26 // size), factor=1.0)
    sys.stdout.write(f"{24.0 * size / min(times) / 1e9}\n")
