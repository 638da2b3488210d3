"""Gas of what others do for the same end, from their own published bytes where these run; needs npm."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tarfile
import tempfile
from pathlib import Path

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tally_chain import solidity
from tally_chain.anchoring import setup
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.interface import Outcome
from tests.chain.contracts import npm
from tests.chain.contracts.stage import STRANGER, Stage, embedded_stage

EAS = (
    "@ethereum-attestation-service/eas-contracts@1.9.0",
    "L60y1fgKlY3a45xxnPlgRbiGQY8RF/lF+AzF1iVoR7/aEzitS0Nuyyjq8+IXs1sSSU0dl2+yGSmELxVeB6FelA==",
    "package/dist/typechain-types/factories/contracts/",
)
DOCUMENT_STORE = (
    "@govtechsg/document-store@3.0.0",
    "RW13l0pCaxfWWuBjKR3he7ddMzz21I6Oh4R9uBN63/IrPq9yummFaEOKQw42izh01ybnoFng88D9uePwarLyhg==",
    "package/dist/contracts/factories/contracts/",
)
_BYTECODE = re.compile(rb'_bytecode\s*=\s*"0x([0-9a-f]+)"')
_NOBODY = "0x" + "00" * 20


def measure() -> dict[str, int]:
    """Gas used, by what was done."""
    with tempfile.TemporaryDirectory() as directory, embedded_stage(Path(directory) / "chain") as stage:
        return _per_reading(stage) | _eas(stage) | _document_store(stage)


def _published(package: tuple[str, str, str], contract: str) -> bytes:
    """The creation code that a package carries for a contract."""
    name, pinned, folder = package
    kept = npm.BUILD / "npm" / f"{name.strip('@').replace('/', '-').replace('@', '-')}.pinned"
    if not kept.is_file():
        tarball = npm.pack(name)
        assert base64.b64encode(hashlib.sha512(tarball).digest()).decode() == pinned, f"another {name} than the pinned"
        kept.write_bytes(tarball)
    with tarfile.open(fileobj=io.BytesIO(kept.read_bytes()), mode="r:gz") as archive:
        member = archive.extractfile(f"{folder}{contract}__factory.js")
        assert member is not None
        found = _BYTECODE.search(member.read())
    assert found is not None
    return bytes.fromhex(found[1].decode())


def _send(stage: Stage, to: str | None, data: bytes) -> Outcome:
    return setup.transact(stage.engine, STRANGER, EMBEDDED, to, data)


def _call(signature: str, types: list[str], *values: object) -> bytes:
    return bytes(keccak(text=signature)[:4]) + encode(types, values)


def _digest(number: int) -> bytes:
    return hashlib.sha256(f"reading {number}".encode()).digest()


def _per_reading(stage: Stage) -> dict[str, int]:
    source = {"PerReading.sol": Path(__file__).with_name("PerReading.sol").read_text("utf-8")}
    _, made = solidity.compile_contract("PerReading", "PerReading.sol", npm.soljson(), source)
    code = bytes.fromhex(made["evm"]["bytecode"]["object"])
    contract = _send(stage, None, code).contract_address
    gas = {}
    for number, (name, what) in enumerate((("store", "stored, and an event"), ("say", "an event alone"))):
        for sequence in (1, 2):
            arguments = (_digest(0), sequence, _digest(number * 2 + sequence))
            data = _call(f"{name}(bytes32,uint64,bytes32)", ["bytes32", "uint64", "bytes32"], *arguments)
            gas[f"one transaction for each reading: {what}"] = _send(stage, contract, data).gas_used
    return gas


def _eas(stage: Stage) -> dict[str, int]:
    registry = _send(stage, None, _published(EAS, "SchemaRegistry")).contract_address
    assert registry is not None
    eas = _send(stage, None, _published(EAS, "EAS") + encode(["address"], [registry])).contract_address
    schema = "bytes32 root,bytes32 meter"
    types = ["string", "address", "bool"]
    _send(stage, registry, _call("register(string,address,bool)", types, schema, _NOBODY, True))
    uid = keccak(schema.encode() + bytes(20) + b"\x01")
    gas = {}
    request = "(bytes32,(address,uint64,bool,bytes32,bytes,uint256))"
    for number in (1, 2):  # the first of a sender warms what stays warm
        inner = (_NOBODY, 0, True, bytes(32), _digest(number) + _digest(0), 0)
        attested = _send(stage, eas, _call(f"attest({request})", [request], (uid, inner)))
        stamped = _send(stage, eas, _call("timestamp(bytes32)", ["bytes32"], _digest(10 + number)))
        gas["EAS 1.9.0: attest, 64 bytes"] = attested.gas_used
        gas["EAS 1.9.0: timestamp"] = stamped.gas_used
    many = _call("multiTimestamp(bytes32[])", ["bytes32[]"], [_digest(100 + number) for number in range(100)])
    gas["EAS 1.9.0: multiTimestamp of 100, each"] = _send(stage, eas, many).gas_used // 100
    return gas


def _document_store(stage: Stage) -> dict[str, int]:
    arguments = encode(["string", "address"], ["readings", STRANGER.address])
    store = _send(stage, None, _published(DOCUMENT_STORE, "DocumentStore") + arguments).contract_address
    gas = {}
    for number in (1, 2):
        issued = _send(stage, store, _call("issue(bytes32)", ["bytes32"], _digest(number)))
        gas["OpenAttestation 3.0.0: issue"] = issued.gas_used
    many = _call("bulkIssue(bytes32[])", ["bytes32[]"], [_digest(100 + number) for number in range(10)])
    gas["OpenAttestation 3.0.0: bulkIssue of 10, each"] = _send(stage, store, many).gas_used // 10
    return gas
