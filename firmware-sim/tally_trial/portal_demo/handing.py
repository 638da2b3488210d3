"""What a visitor needs to hand evidence over and to take it in: the works' bundle, both keys, the reader's policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from tally_chain import policy_text, reader_key
from tally_chain.policy import TrustedKey
from tally_edge import durable, signer
from tally_trial.footprint_demo.cast import MAKER, OPENED_BY

FOLDER: Final = "handover"
OWNER, READER = "Beishan Rolling", "First Example Bank"


def laid_out(folder: Path, story: Path) -> None:
    """Write `folder`; `story` is the works' own (`green.played`). One passphrase opens both keys."""
    durable.make_folder(folder, mode=0o700)
    passphrase = (story / OPENED_BY).read_text("utf-8").strip()
    owner, reader = signer.load(story / MAKER.file, passphrase), reader_key.generate()
    owner.save(folder / "owner.key", passphrase)
    reader.save(folder / "reader.key", passphrase)
    policy = policy_text.parse((story / "evidence" / "policy.toml").read_text("utf-8"))
    trusted = (TrustedKey(owner.public_key, OWNER),)
    told = {
        "owner.key.pub": owner.public_key.encode().hex() + "\n",
        "reader.key.pub": reader.public_key.encode().hex() + "\n",
        "policy.toml": policy_text.write(replace(policy, owners=trusted, reader=READER)),
    }
    for name, text in told.items():
        durable.write_file(folder / name, text.encode())
    durable.write_file(folder / "passphrase", passphrase.encode() + b"\n", mode=0o600)
    durable.write_file(folder / "evidence.tally", (story / "evidence" / "bundle.tally").read_bytes())
