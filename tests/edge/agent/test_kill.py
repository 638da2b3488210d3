"""kill -9 at random points: every statement that was signed is in the log once or still in the outbox, links intact.

A killed process leaves the page cache as it is, so this proves nothing about fsync; it proves the order of steps.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tally_edge import signer, statement, wire
from tally_edge.agent.outbox import Outbox
from tally_edge.answers import Answer
from tally_edge.statement import Statement
from tests.edge.agent.fake_gateway import FakeGateway
from tests.edge.agent.killed_agent import receive, send
from tests.edge.agent.rig import START, assert_one_stream

ROUNDS = 10


class Served:
    """The gateway's side of one agent's life: it logs all, confirms some, and sees every byte that was let out."""

    def __init__(self, gateway: FakeGateway, stream: socket.socket, kid: bytes, chance: random.Random) -> None:
        self.gateway, self.stream, self.kid, self.chance = gateway, stream, kid, chance
        self.let_out: list[bytes] = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        try:
            while (frame := receive(self.stream)) is not None:
                self._take(*frame)
        except OSError:
            return  # killed

    def _take(self, what: bytes, payload: bytes) -> None:
        if what == b"a":
            log = self.gateway.log
            send(self.stream, b"d", wire.encode(Answer(self.kid, log[-1] if log else None)))
            return
        self.let_out.append(payload)
        self.gateway.append(payload)
        if self.chance.random() < 0.7:
            send(self.stream, b"d", self.gateway.confirmation([statement.decode(payload)]))


def test_kill_minus_nine(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    chance = random.Random(seed)
    gateway = FakeGateway()
    key = signer.generate()
    key.save(tmp_path / "key", "a long passphrase")
    let_out: set[bytes] = set()
    for _ in range(ROUNDS):
        let_out |= _one_life(tmp_path, gateway, key.public_key.kid, chance)
        box = Outbox(tmp_path / "outbox", key.public_key.kid, 2**22)
        held = [statement.decode(encoded) for encoded in box.entries(0, 2**40).values()]
        stream = box.stream()
        box.close()
        _assert_whole(gateway, held, let_out, stream.next_seq)
    print(f"{stream.next_seq} statements in {stream.boot_count} lives, {len(let_out)} let out")
    assert stream.boot_count >= ROUNDS // 2
    assert stream.next_seq > ROUNDS


def _one_life(folder: Path, gateway: FakeGateway, kid: bytes, chance: random.Random) -> set[bytes]:
    ours, theirs = socket.socketpair()
    arguments = [str(folder), str(theirs.fileno()), gateway.proof_signer.public_key.encode().hex(), str(START)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.edge.agent.killed_agent", *arguments],
        pass_fds=[theirs.fileno()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    theirs.close()
    served = Served(gateway, ours, kid, chance)
    try:
        process.wait(timeout=0.9 + chance.random() * 0.8)
        raise AssertionError("the agent ended by itself")
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    served.thread.join(10)
    ours.close()
    return set(served.let_out)


def _assert_whole(gateway: FakeGateway, held: list[Statement], let_out: set[bytes], next_seq: int) -> None:
    logged = gateway.statements()
    assert len({signed.encoded for signed in logged}) == len(logged)
    assert {signed.encoded for signed in logged} == let_out
    everything = {signed.encoded: signed for signed in [*logged, *held]}
    assert len(everything) == next_seq, "a number was used whose statement is nowhere"
    assert_one_stream(list(everything.values()))
