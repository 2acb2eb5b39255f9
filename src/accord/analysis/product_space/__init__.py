"""What economies could make at home or jointly: product space, complexity, candidates for joint import substitution."""

from accord.analysis.product_space.candidates import CandidateRules
from accord.analysis.product_space.space import Economy, ProductSpace, place_partners, product_space
from accord.analysis.product_space.study import JointProducts, joint_products

__all__ = [
    "CandidateRules",
    "Economy",
    "JointProducts",
    "ProductSpace",
    "joint_products",
    "place_partners",
    "product_space",
]
