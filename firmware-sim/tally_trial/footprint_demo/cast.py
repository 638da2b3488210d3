"""Who signs in the demo, with a key each that is made anew. Names, firms, loan and amounts are made up."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable, signer
from tally_trial.footprint_demo.script import Script

BANK: Final = "Bank of the Yangtze 长江示范银行"
VERIFIER: Final = "Zhongheng Verification 中衡核查"
LOAN: Final = "GL-2026-17"
OUTSTANDING: Final = "12000000.00"
WHOLE: Final = "80000000.00"
"""Of the loan, and of the borrower's equity and debt, in yuan."""
OPENED_BY: Final = "keys/passphrase"
"""What opens every key of the demo: it has one machine and one person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs, and for whom. `word` names the key's file."""

    word: str
    name: str

    @property
    def file(self) -> str:
        """The key, from the demo's folder."""
        return f"keys/{self.word}.key"

    def key_id(self, folder: Path) -> str:
        """The key's id, in hexadecimal."""
        return signer.load(folder / self.file, (folder / OPENED_BY).read_text("utf-8").strip()).public_key.kid.hex()


REVIEWER: Final = Person("reviewer", "Li Na 李娜")
LEAD: Final = Person("verifier", "Chen Wei 陈伟")
MAKER: Final = Person("maker", "Zhao Min 赵敏")
"""The borrower's, who makes the report."""


def make_keys(script: Script) -> dict[Person, str]:
    """A key for each, by `close key`; their ids."""
    durable.make_folder(script.folder / "keys", mode=0o700)
    durable.write_file(script.folder / OPENED_BY, secrets.token_urlsafe(24).encode() + b"\n", mode=0o600)
    people = (REVIEWER, LEAD, MAKER)
    for one in people:
        script.run("finance", "close", "key", "--out", one.file, "--passphrase-file", OPENED_BY)
    return {one: one.key_id(script.folder) for one in people}
