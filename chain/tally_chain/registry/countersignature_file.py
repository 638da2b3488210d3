"""The file that a registrar hands to a claimant: a countersignature, and what it is over. No IO.

It holds no secret. Whoever has it can read which organisation claims which nullifier, as everybody can on the chain
once the claim is made.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from eth_utils.address import is_checksum_address

from tally_chain.errors import RegistryError
from tally_chain.registry.claims import Countersignable

FORMAT = "tallystick countersignature 1"
MAX_FILE_BYTES = 4_096
_HEX = re.compile(r"0x(?:[0-9a-f]{2})+")
_BYTES = ("namespace", "nullifier", "organisation")
_NUMBERS = {"chain_id": 2**63, "round": 2**32, "deadline": 2**64}
_NAMES = {"format", "what", "contract", "digest", "signature", *_BYTES, *_NUMBERS}


@dataclass(frozen=True)
class Countersignature:
    """What was countersigned, and the signature of 65 bytes."""

    what: Countersignable
    signature: bytes

    @property
    def release(self) -> bool:
        """Whether it ends a claim instead of making one."""
        return self.what.digest is None


def encode(made: Countersignature) -> str:
    """The file's text."""
    what = made.what
    fields = {
        "format": FORMAT,
        "what": "release" if made.release else "claim",
        "chain_id": what.chain_id,
        "contract": what.contract,
        **{name: _hex(getattr(what, name)) for name in _BYTES},
        "digest": None if what.digest is None else _hex(what.digest),
        "round": what.round,
        "deadline": what.deadline,
        "signature": _hex(made.signature),
    }
    return json.dumps(fields, indent=1) + "\n"


def decode(text: bytes) -> Countersignature:
    """Reads the file. Raises RegistryError that says what is wrong with it."""
    try:
        fields: Any = json.loads(text[: MAX_FILE_BYTES + 1])
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"this is not a countersignature: {error}") from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT or set(fields) != _NAMES:
        raise RegistryError(f"this is not a countersignature of the format {FORMAT!r}")
    for name, end in _NUMBERS.items():
        if type(fields[name]) is not int or not 0 <= fields[name] < end:
            raise RegistryError(f"{name} of the countersignature is not a number below {end}")
    release = fields["what"] == "release"
    if not (release or fields["what"] == "claim") or release is not (fields["digest"] is None):
        raise RegistryError("a countersignature is for a claim, with a digest, or for a release, without one")
    if not is_checksum_address(fields["contract"]):
        raise RegistryError("the countersignature's contract is no address that fits its checksum")
    namespace, nullifier, organisation = (_bytes(fields, name, 32) for name in _BYTES)
    digest = None if release else _bytes(fields, "digest", 32)
    what = Countersignable(
        fields["chain_id"],
        fields["contract"],
        namespace,
        nullifier,
        organisation,
        fields["round"],
        fields["deadline"],
        digest,
    )
    return Countersignature(what, _bytes(fields, "signature", 65))


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(fields: dict[str, Any], name: str, length: int) -> bytes:
    value = fields[name]
    if not isinstance(value, str) or _HEX.fullmatch(value) is None or len(value) != 2 + 2 * length:
        raise RegistryError(f"{name} of the countersignature is not 0x and {2 * length} hexadecimal digits")
    return bytes.fromhex(value[2:])
