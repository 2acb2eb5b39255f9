"""Every decomposition once more, as the papers write it: dense blocks, explicit inverses, loops; for small economies only.

Nothing is shared with accord.analysis.value_added but the World.
"""

from __future__ import annotations

import numpy as np

from accord.world.world import World


class Dense:
    """Blocks of A, B = (I - A)^-1, Y and the two shares of value; `cut[s]` is B without the input exports of s."""

    def __init__(self, world: World) -> None:
        flows = np.array(world.data["intermediate"], dtype=float)
        self.Y = np.array(world.data["final_demand"], dtype=float).sum(axis=3)
        self.G, self.N = flows.shape[:2]
        size = self.G * self.N
        self.x = flows.sum(axis=(2, 3)) + self.Y.sum(axis=2)
        flat = flows.reshape(size, size) / self.x.ravel()
        self.A = flat.reshape(flows.shape)
        self.B = np.linalg.inv(np.eye(size) - flat).reshape(flows.shape)
        self.v = np.array(world.data["value_added"], dtype=float).sum(axis=2) / self.x
        self.t = 1.0 - flat.sum(axis=0).reshape(self.x.shape) - self.v
        self.cut = []
        for s in range(self.G):
            kept = self.A.copy()
            for r in self.others(s):
                kept[s, :, r, :] = 0.0
            self.cut.append(np.linalg.inv(np.eye(size) - kept.reshape(size, size)).reshape(flows.shape))

    def others(self, *left_out: int) -> list[int]:
        return [region for region in range(self.G) if region not in left_out]

    def a(self, s: int, r: int) -> np.ndarray:
        return self.A[s, :, r, :]

    def b(self, s: int, r: int) -> np.ndarray:
        return self.B[s, :, r, :]

    def local(self, s: int) -> np.ndarray:
        return np.linalg.inv(np.eye(self.N) - self.a(s, s))

    def e(self, s: int, r: int) -> np.ndarray:
        return self.a(s, r) @ self.x[r] + self.Y[s, :, r]

    def e_all(self, s: int) -> np.ndarray:
        return sum(self.e(s, r) for r in self.others(s))


def wwz_sixteen(d: Dense, s: int, r: int, share: np.ndarray) -> np.ndarray:
    """The sixteen terms (term, sector) with `share` as value per unit of output."""
    third = d.others(s, r)
    own, local = share[s] @ d.b(s, s), share[s] @ d.local(s)
    importer = share[r] @ d.b(r, s)
    other = sum((share[t] @ d.b(t, s) for t in third), np.zeros(d.N))
    zero = np.zeros(d.N)
    final, inputs = d.Y[s, :, r], d.a(s, r)
    direct, onward = inputs @ d.local(r) @ d.Y[r, :, r], inputs @ d.local(r) @ d.e_all(r)
    return np.array(
        [
            own * final,
            local * (inputs @ d.b(r, r) @ d.Y[r, :, r]),
            local * (inputs @ sum((d.b(r, t) @ d.Y[t, :, t] for t in third), zero)),
            local * (inputs @ d.b(r, r) @ sum((d.Y[r, :, t] for t in third), zero)),
            local * (inputs @ sum((d.b(r, t) @ d.Y[t, :, u] for t in third for u in d.others(s, t)), zero)),
            local * (inputs @ d.b(r, r) @ d.Y[r, :, s]),
            local * (inputs @ sum((d.b(r, t) @ d.Y[t, :, s] for t in third), zero)),
            local * (inputs @ d.b(r, s) @ d.Y[s, :, s]),
            local * (inputs @ d.b(r, s) @ sum(d.Y[s, :, t] for t in d.others(s))),
            (own - local) * (inputs @ d.x[r]),
            importer * final,
            importer * direct,
            importer * onward,
            other * final,
            other * direct,
            other * onward,
        ]
    )


def kww_nine(d: Dense, s: int, share: np.ndarray) -> np.ndarray:
    """The nine terms (term,)."""
    V, B, Y, A, L, E = share, d.b, d.Y, d.a, d.local, d.e_all
    R = d.others(s)
    return np.array(
        [
            sum(V[s] @ B(s, s) @ Y[s, :, r] for r in R),
            sum(V[s] @ B(s, r) @ Y[r, :, r] for r in R),
            sum(V[s] @ B(s, r) @ Y[r, :, t] for r in R for t in d.others(s, r)),
            sum(V[s] @ B(s, r) @ Y[r, :, s] for r in R),
            sum(V[s] @ B(s, r) @ A(r, s) @ L(s) @ Y[s, :, s] for r in R),
            sum(V[s] @ B(s, r) @ A(r, s) @ L(s) @ E(s) for r in R),
            sum(V[t] @ B(t, s) @ Y[s, :, r] for t in R for r in R),
            sum(V[t] @ B(t, s) @ A(s, r) @ L(r) @ Y[r, :, r] for t in R for r in R),
            sum(V[t] @ B(t, s) @ A(s, r) @ L(r) @ E(r) for t in R for r in R),
        ]
    )


def bm_source_six(d: Dense, s: int, r: int, share: np.ndarray) -> np.ndarray:
    """davax, onward, ref, fva, ddc, fdc (term, sector), from the extracted inverse itself."""
    B, C = d.b, d.cut[s]
    local, own = share[s] @ d.local(s), share[s] @ B(s, s)
    once = sum(share[t] @ C[t, :, s, :] for t in d.others(s))
    content = sum(share[t] @ B(t, s) for t in d.others(s))
    direct = d.Y[s, :, r] + d.a(s, r) @ d.local(r) @ d.Y[r, :, r]
    onward = (
        d.a(s, r) @ sum(B(r, j) @ d.Y[j, :, u] for j in range(d.G) for u in d.others(s))
        - d.a(s, r) @ d.local(r) @ d.Y[r, :, r]
    )
    back = d.a(s, r) @ sum(B(r, j) @ d.Y[j, :, s] for j in range(d.G))
    flow = d.e(s, r)
    return np.array(
        [
            local * direct,
            local * onward,
            local * back,
            once * flow,
            (own - local) * flow,
            (content - once) * flow,
        ]
    )


def bm_sink_six(d: Dense, s: int, r: int, share: np.ndarray) -> np.ndarray:
    """The same by the last crossing; every piece from the extracted inverse."""
    C = d.cut[s]
    own = share[s] @ d.b(s, s)
    content = sum(share[t] @ d.b(t, s) for t in d.others(s))
    direct = d.Y[s, :, r] + d.a(s, r) @ d.local(r) @ d.Y[r, :, r]

    def ends_in(buyers: list[int]) -> np.ndarray:
        """Output of r that ends with these buyers and is never exported by s again."""
        made = sum(C[r, :, j, :] @ d.Y[j, :, u] for j in d.others(s) for u in buyers)
        return made + (C[r, :, s, :] @ d.Y[s, :, s] if s in buyers else 0.0)

    onward = d.a(s, r) @ ends_in(d.others(s)) - d.a(s, r) @ d.local(r) @ d.Y[r, :, r]
    back = d.a(s, r) @ ends_in([s])
    again = d.a(s, r) @ C[r, :, s, :] @ d.e_all(s)
    return np.array(
        [
            own * direct,
            own * onward,
            own * back,
            content * (direct + onward + back),
            own * again,
            content * again,
        ]
    )
