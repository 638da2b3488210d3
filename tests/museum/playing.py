"""Playing a case: its fraud, the same without cheating, what remains; and its fraud where a guard is taken out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from tests.chain.receipts.world import Start, World, template
from tests.museum import mutated
from tests.museum.case import Broken, Case, Guard, Play
from tests.museum.hall import Hall, PlayError, RefusedError, Stop


def played(play: Play, start: Start | None = None) -> tuple[Stop, ...]:
    """What stopped it, step by step. Raises PlayError where it went otherwise than the play says."""
    world = World(start or template())
    try:
        hall = Hall(world)
        try:
            play(hall)
        except RefusedError as refused:
            raise PlayError(f"{refused} was to go through") from refused
        return tuple(hall.stops)
    finally:
        world.close()


def prove(case: Case, guard: Guard) -> None:
    """Without the guard the fraud's play must fail, at the very operation or check. Raises PlayError if it does not."""
    try:
        with _without(guard) as start:
            played(case.fraud, start)
    except AssertionError as error:
        if guard.difference not in str(error):
            raise PlayError(f"{case.name}: not {guard.difference!r} but {error}") from error
        return
    raise PlayError(f"{case.name}: nobody notices that a guard is gone: {guard.difference}")


@contextmanager
def _without(guard: Guard) -> Iterator[Start | None]:
    if isinstance(guard, Broken):
        with mutated.deployable(guard):
            start = template.__wrapped__()
            try:
                yield start
            finally:
                shutil.rmtree(start.folder.parent)
    else:
        with mock.patch(guard.target, guard.instead):
            yield None
