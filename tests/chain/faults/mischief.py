"""What may go wrong between a client and a node, and a seeded choice of it for one run (a swarm: not all at once)."""

from __future__ import annotations

import enum
import random
from collections import Counter
from dataclasses import dataclass, field


class Fault(enum.Enum):
    """What happens to one question, or to the answer of one."""

    LOST_QUESTION = "the question never arrives, the connection closes"
    LOST_ANSWER = "the node acts, and the answer is lost"
    SLOW = "the answer comes after the client's patience"
    LATER = "the connection closes, and the question arrives some questions later"
    TWICE = "the question arrives twice"
    STALE = "an old answer to the same question, as a cache gives it"
    CROSSED = "the answer to another question"
    GARBAGE = "bytes that are no answer"
    FLIPPED = "one hexadecimal digit of the answer is another one"
    ERROR = "an error of the node or of what stands before it"
    NONCE = "the account's nonce is some more or less than the true one"
    NULL_OUTCOME = "no outcome of a transaction that has one"


class Trait(enum.Enum):
    """What a node does all the time."""

    TRUNCATES = "eth_getLogs looks at ten blocks and drops the rest in silence"
    MILLISECONDS = "block times are in milliseconds"
    NO_REPLACEMENT = "a nonce that was seen is refused, whether it is the same transaction or another"


class Upheaval(enum.Enum):
    """What happens to the chain itself, between two steps of the client."""

    TAKEN_BACK = "the newest blocks are taken back and others come in their place"
    REORGANISED = "the newest blocks are replaced by empty ones"
    POOL_LOST = "the node forgets its waiting transactions"
    RESTART = "the client dies and comes back over its journal"


@dataclass
class Plan:
    """One run's choice. Every decision comes from `random`, so that a seed tells the whole run."""

    random: random.Random
    rates: dict[Fault, float]
    traits: frozenset[Trait]
    upheavals: dict[Upheaval, float]
    counts: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    """Set for the last part of a run, in which the traits stay and nothing else goes wrong."""

    def strikes(self, fault: Fault) -> bool:
        """Whether this fault happens now; counted when it does."""
        if self.calm or self.random.random() >= self.rates.get(fault, 0.0):
            return False
        self.counts[fault.name] += 1
        return True

    def shakes(self, upheaval: Upheaval) -> bool:
        """Whether this happens to the chain now."""
        if self.calm or self.random.random() >= self.upheavals.get(upheaval, 0.0):
            return False
        self.counts[upheaval.name] += 1
        return True


def plan(seed: int) -> Plan:
    """The choice that follows from a seed."""
    chance = random.Random(seed)
    faults = [fault for fault in Fault if chance.random() < 0.4]
    most = chance.choice((0.02, 0.1, 0.3))
    rates = {fault: chance.uniform(0.0, most) for fault in faults}
    if Fault.SLOW in rates:
        rates[Fault.SLOW] = 0.01  # each one costs the client's whole patience
    traits = frozenset(trait for trait in Trait if chance.random() < 0.35)
    upheavals = {upheaval: chance.uniform(0.0, 0.25) for upheaval in Upheaval if chance.random() < 0.5}
    return Plan(chance, rates, traits, upheavals)
