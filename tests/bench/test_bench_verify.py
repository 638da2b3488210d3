"""The measurements of verification run small, and hold what the project promises."""

from __future__ import annotations

from tests.bench import bench_verify


def test_verification_is_measured_beside_its_floor() -> None:
    """A small run; the ratio itself is for quiet machines."""
    measured = bench_verify.verification(60)
    assert 0 < measured["ratio"] <= 2


def test_proofs_grow_with_the_logarithm() -> None:
    """About 34 bytes a level, and under a kilobyte and a half at a million entries."""
    sizes = bench_verify.proof_sizes()
    assert sizes[2**16] - sizes[2**10] in range(6 * 34, 6 * 34 + 12)
    assert sizes[2**20] < 1500


def test_totals_stay_under_four_kilobytes_beyond_their_key_facts() -> None:
    """Two settlements, the cut hashes, and a head, over a log of some hundred statements."""
    assert bench_verify.totals_size(300)["beyond"] < 4096
