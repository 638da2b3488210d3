"""The lists of mutants fit the sources, without compiling any; `make contracts` tries each."""

from __future__ import annotations

from fnmatch import fnmatch

from tally_chain import solidity
from tests.chain.contracts.mutants import MUTANTS, SYMBOLIC
from tests.chain.contracts.mutants_of_lots import LOTS
from tests.chain.contracts.mutants_of_pledges import PLEDGES
from tests.chain.contracts.mutants_of_trades import TRADES

ALL = (*MUTANTS, *LOTS, *PLEDGES, *TRADES)


def test_what_is_taken_out_stands_there_once() -> None:
    for mutant in (*ALL, *SYMBOLIC.values()):
        source = (solidity.SOURCES / mutant.source).read_text("utf-8")
        assert source.count(mutant.before) == 1, mutant
        assert mutant.after != mutant.before, mutant


def test_no_mutant_is_listed_twice() -> None:
    assert len(set(ALL)) == len(ALL)


def test_every_mutant_has_tests_that_must_notice() -> None:
    tests = {path.name for path in (solidity.SOURCES / "test").glob("*.t.sol")}
    for mutant in ALL:
        stem = mutant.tests.removesuffix(".t.sol")
        wanted = [f"{part}.t.sol" for part in stem.strip("{}").split(",")]
        assert all(any(fnmatch(name, pattern) for name in tests) for pattern in wanted), mutant.tests


def test_what_breaks_a_symbolic_check_names_one() -> None:
    source = (solidity.SOURCES / "test" / "Symbolic.t.sol").read_text("utf-8")
    checks = {word.partition("(")[0] for word in source.split() if word.startswith("check_")}
    assert {check.partition(".")[2] for check in SYMBOLIC} <= checks
