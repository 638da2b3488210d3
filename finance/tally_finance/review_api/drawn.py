"""Where what pages draw of a report is kept: a folder beside its own, made once, and a few loads in memory.

    DIR/drawn/DIGEST/index.json    the loads' heads, gaps, series of the cross-checks (`drawing.index`)
    DIR/drawn/DIGEST/load-5.npz    lengths, quantities and states of a load's intervals

All of it can be worked out again from the report's folder: what is not there, or is of another FORMAT, is.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from tally_chain.verify.verifier import Examined
from tally_edge import durable
from tally_finance.report.making import Report
from tally_finance.review_api import drawing
from tally_finance.review_api.curves import Columns
from tally_gateway.remembered import Remembered

MOST_HELD_BYTES: Final = 64 << 20
"""Of loads in memory: a year of quarter hours has 0.6 MB."""
MOST_CUT_BYTES: Final = 24 << 20
"""Of curves and calendars as they were told: each has some 50 kB."""
MOST_INDICES: Final = 16
_INDEX: Final = "index.json"


def write(root: Path, name: str, report: Report, examined: Examined) -> None:
    """Write a report's folder into `root` under its name, whole or not at all. Raises OSError."""
    durable.make_folder(root)
    new = root / f".{secrets.token_hex(8)}"
    new.mkdir()
    try:
        for load_name, load in drawing.loads(report).items():
            np.savez_compressed(
                new / f"{load_name}.npz",
                begins=np.array([load.from_at, load.places], dtype=np.int64),
                lengths=np.diff(load.at),
                quantity=load.quantity,
                state=load.state,
            )
        (new / _INDEX).write_text(json.dumps(drawing.index(report, examined), ensure_ascii=False), "utf-8")
        shutil.rmtree(root / name, ignore_errors=True)
        new.rename(root / name)
    finally:
        shutil.rmtree(new, ignore_errors=True)


class Drawn:
    """The folders of one desk; asked from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._indices: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._loads: OrderedDict[tuple[str, str], Columns] = OrderedDict()
        self._cut = Remembered[bytes](MOST_CUT_BYTES)
        self._turn = Lock()

    def cut(self, of: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """What is told of a load under a name of it; `make` where nothing of that name is held."""
        return self._cut.found(of, make)

    def index(self, name: str, make: Callable[[], None]) -> dict[str, Any]:
        """A report's index; `make` has its folder written where there is none."""
        with self._turn:
            if name in self._indices:
                self._indices.move_to_end(name)
                return self._indices[name]
        found = self._read(name)
        if found is None:
            make()
            found = self._read(name)
        if found is None:
            raise OSError(f"{self.root / name} was written and can not be read")
        with self._turn:
            self._indices[name] = found
            while len(self._indices) > MOST_INDICES:
                self._indices.popitem(last=False)
        return found

    def load(self, name: str, load: str) -> Columns:
        """A load of a report whose index was read. Raises OSError."""
        with self._turn:
            if (name, load) in self._loads:
                self._loads.move_to_end((name, load))
                return self._loads[name, load]
        try:
            with np.load(self.root / name / f"{load}.npz", allow_pickle=False) as read:
                (begins, places), lengths = read["begins"].tolist(), read["lengths"]
                at = np.concatenate((np.array([begins], dtype=np.int64), begins + np.cumsum(lengths)))
                found = Columns(at, read["quantity"], read["state"], places)
        except (BadZipFile, KeyError, ValueError, EOFError) as error:
            raise OSError(f"{self.root / name}: {load}: {error}") from None
        with self._turn:
            self._loads[name, load] = found
            while sum(one.nbytes for one in self._loads.values()) > MOST_HELD_BYTES and len(self._loads) > 1:
                self._loads.popitem(last=False)
        return found

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self.root / name / _INDEX).read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return found if found.get("format") == drawing.FORMAT else None
