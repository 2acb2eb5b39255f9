"""Other people's solvers, each in a process of its own that runs nowhere but in benchmarks."""
