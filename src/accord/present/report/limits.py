"""What the equilibrium engine leaves out; every page says so."""

LIMITS = (
    "Long run: everyone has adapted. It says nothing of the years in between, of stocks that run out, or of who loses a job on the way.",
    "One factor that moves freely between sectors and not between regions: no unemployment, no capital that is tied to a sector.",
    "Cost and spending shares of products stay fixed (Cobb-Douglas); only the origin of a product responds, by its trade elasticity.",
    "A flow that is zero in the base data stays zero: new products and first entries into a market are out of reach.",
    "One household stands for each region: gains and losses inside a region cancel.",
    "Trade elasticities and the rent share of barriers decide the size and sometimes the sign; read the range with the number.",
)
