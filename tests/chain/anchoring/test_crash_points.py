"""The process dies, or an answer is lost, at every single point of the way: each head ends up anchored exactly once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tally_chain.anchoring import journal
from tally_chain.anchoring.events import AnchorEventKind
from tally_chain.anchoring.reading import AnchorTarget, read_anchors
from tally_chain.errors import EngineUnavailableError
from tests.chain.anchoring.engines import Faulty, ProcessDied, anchorer
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import Stage

SIZES = (3, 10)
# A way of two heads makes fewer engine calls and commits than this; a test that never gets past it hangs otherwise.
FAR = 200


def submit_and_run(engine: object, target: AnchorTarget, folder: Path) -> set[AnchorEventKind]:
    """One life of the process: submits what is missing, steps until nothing is open."""
    kinds = set()
    with anchorer(engine, target, folder) as client:
        for _ in range(2):
            base = client.base_size()
            for size in SIZES:
                if size > base:
                    client.submit(size, oracle.root(0, size), oracle.proof(base, size))
                    base = size
            for _ in range(4):
                kinds |= {event.kind for event in client.step()}
                if not client.pending():
                    break
    return kinds


def live_until_done(
    stage: Stage, folder: Path, engine: object, target: AnchorTarget, at_peace: Callable[[], None] = lambda: None
) -> None:
    """Lives until one ends in peace, then an oracle looks at the chain."""
    for life in itertools.count():
        assert life < 5
        try:
            submit_and_run(engine, target, folder)
        except ProcessDied:
            continue
        except EngineUnavailableError:
            continue  # `submit` needs the chain where the journal is empty; the caller comes again
        break
    at_peace()
    anchors = read_anchors(stage.engine, stage.contract, target.log_id)
    assert [(a.size, a.root) for a in anchors] == [(size, oracle.root(0, size)) for size in SIZES]
    with anchorer(stage.engine, target, folder) as client:
        assert client.pending() == []
        assert client.step() == []
    assert journal.read_states(folder / "journal.sqlite") == {"final": 2}


def test_the_way_without_faults(embedded: Stage, tmp_path: Path) -> None:
    target = embedded.registered()
    assert submit_and_run(embedded.engine, target, tmp_path) == {
        AnchorEventKind.SENT,
        AnchorEventKind.SEEN,
        AnchorEventKind.FINAL,
    }


@pytest.mark.parametrize("after", [False, True], ids=["no-effect", "answer-lost"])
@pytest.mark.parametrize("error", [EngineUnavailableError, ProcessDied])
def test_every_engine_call(embedded: Stage, tmp_path: Path, error: type[BaseException], after: bool) -> None:
    for at in range(1, FAR):
        folder = tmp_path / str(at)
        engine = Faulty(embedded.engine, at, after=after, error=error)
        live_until_done(embedded, folder, engine, embedded.registered())
        if engine.calls < at:
            assert at > 20
            return
    pytest.fail("the way never ended")


@pytest.mark.parametrize("after", [False, True], ids=["before-commit", "after-commit"])
def test_every_commit(embedded: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    commits = 0
    dies_at = 0
    armed = False

    def disarm() -> None:
        nonlocal armed
        armed = False

    class Dying(journal._Transaction):
        def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
            nonlocal commits
            if not armed:
                super().__exit__(kind, *rest)
                return
            commits += 1
            if commits == dies_at and not after:
                super().__exit__(ProcessDied, *rest)
                raise ProcessDied("before the commit")
            super().__exit__(kind, *rest)
            if commits == dies_at:
                raise ProcessDied("after the commit")

    monkeypatch.setattr(journal, "_Transaction", Dying)
    for dies_at in range(1, FAR):
        commits, armed = 0, True
        live_until_done(embedded, tmp_path / str(dies_at), embedded.engine, embedded.registered(), disarm)
        if commits < dies_at:
            assert dies_at > 10
            return
    pytest.fail("the way never ended")
