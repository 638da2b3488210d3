"""What somebody brings as a signature: its digits, the answer of a wallet, or the file that the command signed. No IO.

Nothing is believed: each signature is led back to its address over the digest that is kept here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tally_chain.errors import OperationError
from tally_chain.receipts.operation_file import MAX_FILE_BYTES, decode
from tally_chain.receipts.signing import recovered
from tally_finance.portal.signing.waiting import Place, Waiting
from tally_gateway.pages.words import Words

_HEX: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{130})")

_NOTHING: Final = Words("Paste the signature, or choose the signed file.", "请粘贴签名或选择已签署的文件。")


class NotASignatureError(Exception):
    """What was brought is no signature under this operation; `words` say why, for whoever brought it."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.english)
        self.words = words


@dataclass(frozen=True, slots=True)
class Offered:
    """A signature at a place. `address`: whose key made it; `signature`: 0x and digits, as the desk takes it."""

    place: int
    address: str
    signature: str


def offered(one: Waiting, data: bytes, place: int | None = None) -> tuple[Offered, ...]:
    """The signatures in what was brought, for places that have none. `place`: where it goes, if its bringer says so.

    Raises NotASignatureError.
    """
    text = data.decode("utf-8", "replace").strip()
    if not text:
        raise NotASignatureError(_NOTHING)
    if len(data) > MAX_FILE_BYTES:
        raise NotASignatureError(Words("This is too long for a signed file.", "文件过大，不是已签署文件。"))
    found = _HEX.fullmatch(text)
    if found is not None:
        return (_placed(one, found[1].lower(), place),)
    if '"signers"' in text:
        made = tuple(_of_file(one, data))
        if not made:
            raise NotASignatureError(
                Words("The file has no signature that is not here already.", "文件中没有新的签名。")
            )
        return made
    answer = _of_wallet(text)
    if answer is None:
        raise NotASignatureError(
            Words(
                "This is neither a signature of 65 bytes nor a signed file of an operation.",
                "既不是 65 字节的签名，也不是已签署的操作文件。",
            )
        )
    return (_placed(one, answer, place),)


def _of_file(one: Waiting, data: bytes) -> Iterator[Offered]:
    try:
        file = decode(data)
    except OperationError as error:
        raise NotASignatureError(Words(f"The file does not hold: {error}.", f"文件无效：{error}。")) from None
    if file.digest != one.file.digest:
        raise NotASignatureError(
            Words(
                f"The file is of another operation: 0x{file.digest.hex()[:16]}…",
                f"该文件属于另一笔操作：0x{file.digest.hex()[:16]}…",
            )
        )
    for number, brought in enumerate(file.places[: len(one.places)]):
        if brought.signature is not None and brought.address is not None and not one.places[number].is_signed:
            yield _fit(one.places[number], brought.address, brought.signature.hex())


def _of_wallet(text: str) -> str | None:
    """The digits in a wallet's answer: JSON with `signature` or `result`."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    value = told.get("signature", told.get("result"))
    found = _HEX.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else found[1].lower()


def _placed(one: Waiting, digits: str, place: int | None) -> Offered:
    signature = _low_v(digits)
    address = recovered(one.file.digest, bytes.fromhex(signature))
    if address is None:
        raise NotASignatureError(
            Words(
                "This is no signature that a contract takes: r, s (low) and v, 65 bytes.",
                "合约不接受该签名：应为 r、低位 s 与 v，共 65 字节。",
            )
        )
    if any(at.address == address for at in one.places):
        raise NotASignatureError(Words(f"{address} has signed already.", f"{address} 已签署。"))
    open_to = [at for at in one.mine if place is None or at.number == place]
    if not open_to:
        raise NotASignatureError(Words("No place here waits for a key of yours.", "没有待贵方密钥签署的位置。"))
    return _fit(open_to[0], address, signature)


def _fit(at: Place, address: str, signature: str) -> Offered:
    if at.not_by == address:
        raise NotASignatureError(
            Words(
                f"{address} has signed already: the second signature is another person's, by another key.",
                f"{address} 已签署：会签须由另一人以另一把密钥完成。",
            )
        )
    return Offered(at.number, address, "0x" + signature)


def _low_v(digits: str) -> str:
    """Some wallets end with 0 or 1 where others have 27 or 28; it says the same."""
    last = int(digits[-2:], 16)
    return digits[:-2] + f"{last + 27:02x}" if last in (0, 1) else digits
