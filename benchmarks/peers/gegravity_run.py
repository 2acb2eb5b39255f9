"""gegravity on one-sector data made elsewhere: `python -m benchmarks.peers.gegravity_run IN.npz OUT.npz RUNS`.

IN holds output (= expenditure), the trade costs t^(1-sigma) before and after, and sigma. OUT gets times and results.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np


def main(given: str, answer: str, runs: int) -> None:
    warnings.filterwarnings("ignore")  # its own, about pandas
    import gegravity
    import pandas as pd

    data = np.load(given)
    names = [f"C{number:03d}" for number in range(data["output"].size)]
    exporter, importer = (axis.ravel() for axis in np.indices((len(names), len(names))))

    def frame(cost: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "exporter": [names[i] for i in exporter],
                "importer": [names[n] for n in importer],
                "year": "2022",
                "trade": data["trade"].ravel(),
                "Y": data["output"][exporter],
                "E": data["output"][importer],
                "log_cost": np.log(
                    cost
                ).ravel(),  # coefficient one: its cost is exp(sum of coefficient x variable)
            }
        )

    coefficients = gegravity.CostCoeffs(
        pd.DataFrame([{"var": "log_cost", "coeff": 1.0}]), identifier_col="var", coeff_col="coeff"
    )
    whole, simulate = [], []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        model = gegravity.OneSectorGE(
            gegravity.BaselineData(
                frame(data["cost_before"]), trade_var_name="trade", expend_var_name="E", output_var_name="Y"
            ),
            year="2022",
            reference_importer=names[0],
            sigma=float(data["sigma"]),
            cost_variables=["log_cost"],
            cost_coeff_values=coefficients,
            quiet=True,
        )
        model.build_baseline(omr_rescale=1)
        model.define_experiment(frame(data["cost_after"]))
        ready = time.perf_counter()
        model.simulate()
        simulate.append(1000.0 * (time.perf_counter() - ready))
        whole.append(1000.0 * (time.perf_counter() - begun))
    terms = model.country_results["terms of trade change (percent)"].reindex(names).to_numpy(float)
    outputs = model.outputs_expenditures["experiment output"].reindex(names).to_numpy(float)
    flows = model.bilateral_trade_results["experiment trade"]
    pairs = pd.MultiIndex.from_product([names, names])
    trade = flows.reindex(pairs).to_numpy(float).reshape(len(names), len(names))
    solution = model.solver_diagnostics["full_GE"]
    np.savez(
        answer,
        simulate_ms=simulate[1:],
        whole_ms=whole[1:],
        real_income_hat=1.0 + terms / 100.0,
        output=outputs,
        trade=trade,
        evaluations=solution.nfev,
        success=bool(solution.success),
        equation_error=float(np.abs(solution.fun).max()),
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
