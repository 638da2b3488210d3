"""A key in another process: a signer that speaks `eth_signTransaction`, as Web3Signer, Clef and EthSigner do.

For operations of warehouse receipts it must speak `eth_signTypedData_v4` as well, as wallets and nodes do.

The signer is not trusted with more than its key. Whatever it returns is decoded and compared with what was asked, and
the signature must lead to the pinned address, before anything is stored or sent.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import rlp
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from tally_chain import recursion
from tally_chain.anchoring.keys import TYPE_2, SignedTransaction, Transaction
from tally_chain.engine.exchange import BoundedHttp
from tally_chain.errors import EngineError, SignerError

recursion.bound()

DEFAULT_TIMEOUT_SECONDS = 10.0
# The timeout is for each wait; a signer that sends a byte now and then is given up after this many of them.
TIMEOUTS_FOR_ONE_ANSWER = 3
# A signed anchor is about two kilobytes; deploying is the largest thing that is ever signed.
MAX_ANSWER_BYTES = 1 << 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# EIP-155 writes the chain id into v: 2 · id + 35 or 36.
_EIP155 = 35


class ExternalSigner:
    """See TransactionSigner. `url` is https, or http on loopback; `ca_file` is what its certificate leads to.

    `certificate_file` holds this client's own certificate and key (PEM), for signers that know their clients by them.
    Raises SignerError, also for an address or URL that can not be one.
    """

    def __init__(
        self,
        url: str,
        address: str,
        *,
        ca_file: Path | None = None,
        certificate_file: Path | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise SignerError("the signer's URL must be https, or http on loopback: who reaches it signs with the key")
        try:
            self._address = str(to_checksum_address(address))
            self._http = BoundedHttp(
                url,
                timeout_seconds=timeout_seconds,
                total_seconds=TIMEOUTS_FOR_ONE_ANSWER * timeout_seconds,
                tls=_tls(ca_file, certificate_file) if parts.scheme == "https" else None,
                proxies=True,
            )
        except (ValueError, httpx.InvalidURL, TypeError, OSError) as error:
            raise SignerError(f"the external signer can not be used: {error}") from error
        self._name = parts.hostname or ""
        self._ids = itertools.count(1)

    @property
    def address(self) -> str:
        """See TransactionSigner."""
        return self._address

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """See TransactionSigner. Raises SignerError."""
        raw = _raw(self._ask("eth_signTransaction", _asked(self._address, transaction)))
        _check(raw, transaction, self._address)
        return SignedTransaction(raw, bytes(keccak(raw)))

    def sign_typed_data(self, document: dict[str, Any]) -> bytes:
        """The signature under an EIP-712 document, 65 bytes (eth_signTypedData_v4). Raises SignerError.

        Whoever asks compares what it leads to: this class knows nothing of documents.
        """
        found = self._ask("eth_signTypedData_v4", self._address, document)
        try:
            return bytes.fromhex(found.removeprefix("0x"))
        except (AttributeError, ValueError, TypeError) as error:
            raise SignerError(f"{self._name} answers with no signature") from error

    def accounts(self) -> list[str]:
        """The addresses that the signer has keys for. Raises SignerError."""
        found = self._ask("eth_accounts")
        if not isinstance(found, list):
            raise SignerError(f"{self._name} does not answer with a list of accounts")
        try:
            return [str(to_checksum_address(entry)) for entry in found]
        except (ValueError, TypeError) as error:
            raise SignerError(f"{self._name} answers with an account that is none: {error}") from error

    def close(self) -> None:
        """Gives back the connection."""
        self._http.close()

    def _ask(self, method: str, *parameters: object) -> Any:
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(parameters)}
        try:
            status, body = self._http.exchange(method, json=request, most_bytes=MAX_ANSWER_BYTES)
        except EngineError as error:
            raise SignerError(f"{self._name} does not answer: {error}") from error
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise SignerError(f"{self._name}: the answer is not JSON (HTTP status {status})") from error
        if not isinstance(answer, dict) or "error" in answer or answer.get("id") != request["id"]:
            told = answer.get("error", "no answer to this question") if isinstance(answer, dict) else "no object"
            raise SignerError(f"{self._name} does not sign: {str(told)[:300]}")
        return answer.get("result")


def _tls(ca_file: Path | None, certificate_file: Path | None) -> Any:
    context = httpx.create_ssl_context(verify=True) if ca_file is None else _trusting(ca_file)
    if certificate_file is not None:
        context.load_cert_chain(certificate_file)
    return context


def _trusting(ca_file: Path) -> Any:
    import ssl  # noqa: PLC0415  only where a signer has an authority of its own

    return ssl.create_default_context(cafile=ca_file)


def _asked(address: str, transaction: Transaction) -> dict[str, str]:
    fields = {
        "from": address,
        "chainId": hex(transaction.chain_id),
        "nonce": hex(transaction.nonce),
        "gas": hex(transaction.gas),
        "value": "0x0",
        "data": "0x" + transaction.data.hex(),
    }
    if transaction.to is not None:
        fields["to"] = transaction.to
    if transaction.fee.dynamic:
        fields["maxFeePerGas"] = hex(transaction.fee.max_fee_wei)
        fields["maxPriorityFeePerGas"] = hex(transaction.fee.priority_fee_wei)
    else:
        fields["gasPrice"] = hex(transaction.fee.max_fee_wei)
    return fields


def _raw(result: object) -> bytes:
    """Signers answer with the bytes alone (Web3Signer) or beside the decoded transaction (Clef, geth)."""
    text = result.get("raw") if isinstance(result, dict) else result
    if not isinstance(text, str) or not text.startswith("0x"):
        raise SignerError("the signer answers with no signed transaction")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise SignerError("the signer answers with no signed transaction") from error


def _check(raw: bytes, transaction: Transaction, address: str) -> None:
    """Raises SignerError unless `raw` is this very transaction, signed by this address."""
    try:
        found = _fields(raw)
        sender = str(Account.recover_transaction(raw))
    except (rlp.DecodingError, ValidationError, ValueError, TypeError, IndexError, KeyError) as error:
        raise SignerError(f"the signer's transaction does not decode: {error}") from error
    except Exception as error:
        raise SignerError(f"the signer's transaction does not decode: {type(error).__name__}") from error
    for name, value in _expected(transaction).items():
        if found[name] != value:
            raise SignerError(f"the signer signed another transaction: its {name} is not the one that was asked")
    if sender != address:
        raise SignerError(f"the signer signed as {sender}, not as {address}")


def _expected(transaction: Transaction) -> dict[str, object]:
    fee = transaction.fee
    return {
        "chain id": transaction.chain_id,
        "nonce": transaction.nonce,
        "recipient": b"" if transaction.to is None else bytes.fromhex(transaction.to[2:]),
        "value": 0,
        "data": transaction.data,
        "gas": transaction.gas,
        "fee": (fee.max_fee_wei, fee.priority_fee_wei) if fee.dynamic else (fee.max_fee_wei, fee.max_fee_wei),
        "access list": [],
        "type": TYPE_2 if fee.dynamic else 0,
    }


def _fields(raw: bytes) -> dict[str, object]:
    """A signed transaction, EIP-1559 or legacy with EIP-155, by the names of `_expected`."""
    if raw[0] == TYPE_2:
        chain, nonce, tip, most, gas, to, value, data, access, *_ = rlp.decode(raw[1:])
        kind, chain_id, fee = TYPE_2, _number(chain), (_number(most), _number(tip))
    else:
        nonce, price, gas, to, value, data, v, *_ = rlp.decode(raw)
        kind, chain_id, fee, access = 0, (_number(v) - _EIP155) // 2, (_number(price), _number(price)), []
    return {
        "chain id": chain_id,
        "nonce": _number(nonce),
        "recipient": bytes(to),
        "value": _number(value),
        "data": bytes(data),
        "gas": _number(gas),
        "fee": fee,
        "access list": list(access),
        "type": kind,
    }


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big")
