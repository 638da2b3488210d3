"""The file that parties of an operation pass on: what it is, who must sign, and the signatures so far. No IO.

It holds no secret, and nobody needs to trust who brings it: each signature must lead to the address that stands beside
it, over the digest that the reader computes. Format page: docs/formats/operation.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from eth_utils.address import is_checksum_address

from tally_chain.errors import OperationError
from tally_chain.receipts.kinds.kind import Signer
from tally_chain.receipts.operations import SIGNATURE_BYTES, Operation, from_plain
from tally_chain.receipts.plain import hexed, read_bytes
from tally_chain.receipts.signing import signer_of

FORMAT = "tallystick operation 1"
# The longest operation shares a shortage among 256 receipts: some 30 kB with its signatures.
MAX_FILE_BYTES = 131_072
# A weighing is voided by keeper, depositor and 16 lenders at most; nothing is signed by more.
MOST_SIGNERS = 32
ANOTHER_KEY = ", by another key"
"""How a place is called where the same organisation signs once more, by another key and so another person."""
_NAMES = {"format", "chain_id", "contract", "kind", "values", "digest", "signers"}
_PLACE_NAMES = {"who", "organisation", "address", "signature"}


@dataclass(frozen=True)
class Place:
    """A place in the list of signatures."""

    who: str
    """Who signs there, as `Signer.whose` has it."""
    organisation: bytes | None = None
    """Which organisation is expected to; None where only the contract knows."""
    address: str | None = None
    """Whose key has signed, by its checksummed address."""
    signature: bytes | None = None
    """65 bytes."""


@dataclass(frozen=True)
class OperationFile:
    """An operation for one contract on one chain, with its places in the order that the contract asks for."""

    operation: Operation
    chain_id: int
    contract: str
    places: tuple[Place, ...]

    @property
    def digest(self) -> bytes:
        """What is signed."""
        return self.operation.digest(self.chain_id, self.contract)

    @property
    def missing(self) -> tuple[int, ...]:
        """Places without a signature."""
        return tuple(number for number, place in enumerate(self.places) if place.signature is None)

    @property
    def signatures(self) -> tuple[bytes, ...]:
        """All of them. Raises OperationError while one is missing."""
        found = tuple(place.signature for place in self.places if place.signature is not None)
        if len(found) != len(self.places):
            who = ", ".join(self.places[number].who for number in self.missing)
            raise OperationError(f"not signed yet by: {who}")
        return found

    def signer_at(self, number: int) -> Signer:
        """What its kind says of a place."""
        who = self.places[number].who
        return next(signer for signer in self.operation.about.signers if signer.whose == who)

    def signed_by_pair(self, number: int) -> str | None:
        """Who has signed at the place whose owner signs at this one too, but by another key; None while nobody has."""
        who = self.places[number].who
        pair = who.removesuffix(ANOTHER_KEY) if who.endswith(ANOTHER_KEY) else who + ANOTHER_KEY
        return next((place.address for place in self.places if place.who == pair), None)


def begin(
    operation: Operation,
    chain_id: int,
    contract: str,
    *,
    lenders: int = 0,
    parties: Mapping[str, Sequence[bytes]] = MappingProxyType({}),
) -> OperationFile:
    """A file without signatures. `lenders` says how many sign where they only do while something is pledged.

    `parties` are the organisations that sign as what, from `parties.parties_of`: where it names them, also whether and
    how many do. Raises OperationError for a number of lenders that the operation has no place for.
    """
    places: list[Place] = []
    left = lenders
    for signer in operation.about.signers:
        known = parties.get(signer.whose)
        if signer.named_by is not None:
            known = (operation.values[signer.named_by],)
        if signer.counted_by is not None:
            count = len(operation.values[signer.counted_by])
        elif signer.when is not None and known is None:
            count = left if signer.several else min(left, 1)
            left -= count
        elif signer.when is not None and known is not None:
            count = len(known)
        else:
            count = 1
        named = known if known is not None and len(known) == count else [None] * count
        places += [Place(signer.whose, organisation) for organisation in named]
    if left:
        raise OperationError(f"{operation.kind} has no place for {left} more lenders")
    return _checked(OperationFile(operation, chain_id, contract, tuple(places)))


def add(file: OperationFile, number: int, signature: bytes) -> OperationFile:
    """The file with a signature at a place. Raises OperationError where it is none, or another stands there."""
    if not 0 <= number < len(file.places):
        raise OperationError(f"{file.operation.kind} has {len(file.places)} places for signatures, from 0")
    place, address = file.places[number], signer_of(file.digest, signature)
    if place.signature is not None and place.address != address:
        raise OperationError(f"{place.address} has signed as {place.who} already")
    if place.signature is not None:
        return file
    places = list(file.places)
    places[number] = replace(place, address=address, signature=signature)
    return replace(file, places=tuple(places))


def merge(files: Iterable[OperationFile]) -> OperationFile:
    """One file with the signatures of all. Raises OperationError unless all are of one operation and its places."""
    merged, *others = files
    for other in others:
        if (other.digest, other.contract, other.operation) != (merged.digest, merged.contract, merged.operation):
            raise OperationError("the files are of different operations")
        bare = [[replace(place, address=None, signature=None) for place in file.places] for file in (merged, other)]
        if bare[0] != bare[1]:
            raise OperationError("the files ask other parties to sign")
        for number, place in enumerate(other.places):
            if place.signature is not None:
                merged = add(merged, number, place.signature)
    return merged


def encode(file: OperationFile) -> str:
    """The file's text."""
    fields = {
        "format": FORMAT,
        "chain_id": file.chain_id,
        "contract": file.contract,
        "kind": file.operation.kind,
        "values": file.operation.plain(),
        "digest": hexed(file.digest),
        "signers": [
            {
                "who": place.who,
                "organisation": None if place.organisation is None else hexed(place.organisation),
                "address": place.address,
                "signature": None if place.signature is None else hexed(place.signature),
            }
            for place in file.places
        ],
    }
    return json.dumps(fields, indent=1) + "\n"


def decode(text: bytes) -> OperationFile:
    """Reads the file. Raises OperationError that says what is wrong with it.

    1. The form: every name there is and no other, values of their types.
    2. The digest is that of the values, for this contract on this chain.
    3. The places are those of the kind, in its order; an organisation that the operation names is expected there.
    4. Each signature leads to the address beside it.
    """
    if len(text) > MAX_FILE_BYTES:
        raise OperationError(f"an operation's file has at most {MAX_FILE_BYTES} bytes")
    try:
        fields: Any = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise OperationError(f"this is not an operation's file: {error}") from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT or set(fields) != _NAMES:
        raise OperationError(f"this is not an operation's file of the format {FORMAT!r}")
    if type(fields["chain_id"]) is not int or not 0 <= fields["chain_id"] < 2**63:
        raise OperationError("chain_id is not a number below 2**63")
    if not is_checksum_address(fields["contract"]):
        raise OperationError("the contract is no address that fits its checksum")
    if not isinstance(fields["kind"], str) or not isinstance(fields["values"], dict):
        raise OperationError("kind is a name, and values an object")
    operation = from_plain(fields["kind"], fields["values"])
    file = OperationFile(operation, fields["chain_id"], fields["contract"], _places(fields["signers"]))
    if read_bytes(fields["digest"], 32, "digest") != file.digest:
        raise OperationError("CHANGED: the digest is not that of these values for this contract on this chain")
    for place in _checked(file).places:
        if place.signature is not None and signer_of(file.digest, place.signature) != place.address:
            raise OperationError(f"CHANGED: the signature of the {place.who} is not one of {place.address}")
    return file


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)


def _places(entries: Any) -> tuple[Place, ...]:
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_SIGNERS:
        raise OperationError(f"signers is a list of at most {MOST_SIGNERS}")
    places = []
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != _PLACE_NAMES or not isinstance(entry["who"], str):
            raise OperationError(f"a signer has {', '.join(sorted(_PLACE_NAMES))}")
        address, signature = entry["address"], entry["signature"]
        if (address is None) is not (signature is None) or not (address is None or is_checksum_address(address)):
            raise OperationError("a signature stands beside the checksummed address of its key, or neither does")
        places.append(
            Place(
                entry["who"],
                None if entry["organisation"] is None else read_bytes(entry["organisation"], 32, "organisation"),
                address,
                None if signature is None else read_bytes(signature, SIGNATURE_BYTES, "signature"),
            )
        )
    return tuple(places)


def _checked(file: OperationFile) -> OperationFile:
    """Raises OperationError unless the places are those that the kind asks for, in its order."""
    found = [(who, list(places)) for who, places in groupby(file.places, lambda place: place.who)]
    for signer in file.operation.about.signers:
        here = found.pop(0)[1] if found and found[0][0] == signer.whose else []
        least, most = (0 if signer.when else 1), (MOST_SIGNERS if signer.several else 1)
        if not least <= len(here) <= most:
            raise OperationError(f"{file.operation.kind} is signed by the {signer.whose}, {least} to {most} times")
        named = None if signer.named_by is None else file.operation.values[signer.named_by]
        if named is not None and any(place.organisation != named for place in here):
            raise OperationError(f"the {signer.whose} is another organisation than the one in {signer.named_by}")
    if found:
        raise OperationError(f"{file.operation.kind} is not signed by the {found[0][0]}, or not there")
    return file
