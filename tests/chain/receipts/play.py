"""Somebody tries something, honest or not, and both sides must say the same of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tally_chain.receipts.rules.records import NONE
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import signer
from tests.chain.receipts.dice import Dice
from tests.chain.receipts.moves import DAY, Move, Moves, kinds
from tests.chain.receipts.world import LATE, ROLES, World, organisation

OFTEN = {
    "assign_keeper": 3,
    "open_lot": 3,
    "record_inbound": 3,
    "attest": 6,
    "issue": 4,
    "offer": 4,
    "accept": 4,
    "register": 5,
    "order": 3,
    "cancel_or_execute": 4,
    "execute_dynamic": 2,
    "enforce_or_settle": 4,
    "sell": 4,
    "apportion": 3,
    "replace_lost": 3,
}
"""What the rest of a life hangs on is tried more often."""
NAMES = tuple(name for name in kinds() for _ in range(OFTEN.get(name, 1)))
TRIES = 12
BY_SIGNATURE = ("other key", "late key", "nobody", "one too few", "one too many", "old head", "too late", "same key")
SPOILS = (*BY_SIGNATURE, *["value"] * len(BY_SIGNATURE))
_STRANGER = signer("nobody at all")


class Player:
    """Tries one thing after another in a world."""

    def __init__(self, world: World, dice: Dice) -> None:
        self.world, self.dice = world, dice
        self.moves = Moves(world, dice)

    def step(self, names: tuple[str, ...] = NAMES, *, spoiled_one_in: int = 6) -> str:
        """The name of what refused it, "" where it was done, "-" where there was nothing to try."""
        if self.dice.number(1, 30) == 1:
            self.world.wait(self.dice.pick((1, 3600, 3600, DAY, DAY, DAY, 6 * DAY, 61 * DAY)))
        if self.world.sent and self.dice.number(1, 25) == 1:
            # Replayed, by whoever has the bytes.
            return self.world.carry_out(*self.dice.pick(self.world.sent[-30:]))
        move = None
        for _ in range(TRIES):
            move = self.moves.make(self.dice.pick(names))
            if move is not None:
                break
        else:
            return "-"
        if self.dice.number(1, spoiled_one_in) == 1:
            return self._spoiled(move)
        return self.world.do(move.kind, move.values, move.signers)

    def _spoiled(self, move: Move) -> str:
        how = self.dice.pick(SPOILS)
        place = self.dice.number(0, len(move.signers) - 1)
        values, signers = dict(move.values), list(move.signers)
        name, role, _ = signers[place]
        if how == "late key":
            signers[place] = (name, role, LATE)
        elif how == "same key" and len(signers) > 1:
            signers[place] = signers[place - 1]
        elif how == "other key":
            others = [
                (organisation(other), one, 0)
                for other, roles in ROLES.items()
                for one in roles
                if one is role or self.dice.number(1, 4) == 1
            ]
            signers[place] = self.dice.pick(others)
        elif how == "one too few":
            del signers[place]
        elif how == "one too many":
            signers.append((organisation("court"), KeyRole.COURT_LIAISON, 0))
        elif how == "too late":
            values["deadline"] = self.world.time - self.dice.pick((1, 0))
        elif how == "old head" and "head" in values:
            values["head"] = self.dice.pick((NONE, self.moves.fresh("head")))
        elif how == "value":
            field = self.dice.pick(sorted(values))
            values[field] = self._another(values[field])
        spoiled = replace(move, values=values)
        if how == "nobody":
            keys = [self.world.key(one) for one in signers]
            keys[place] = _STRANGER
            return self.world.do(spoiled.kind, spoiled.values, keys)
        return self.world.do(spoiled.kind, spoiled.values, signers)

    def _another(self, value: Any) -> Any:
        """Something else of the same type."""
        if isinstance(value, bool):
            return not value
        if isinstance(value, bytes):
            return self.dice.pick((NONE, self._some_id()))
        if isinstance(value, int):
            return self.dice.pick((0, value + 1, max(0, value - 1), value * 2))
        changed = (value[::-1], value[1:], (*value, *value[-1:]), (), value * 9)
        if value and not isinstance(value[0], tuple):
            changed = (*changed, (self._another(value[0]), *value[1:]))
        return self.dice.pick(changed)

    def _some_id(self) -> bytes:
        """The id of something, of whatever kind."""
        book = self.world.book
        tables = (book.receipts, book.lots, book.slots, book.trades, book.vouchers, book.orders, book.weighings)
        found = [name for table in tables for name in list(table)[-4:]]
        return self.dice.pick([*found, organisation(self.dice.pick(tuple(ROLES)))])
