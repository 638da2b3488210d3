"""Asks a gateway for one entry of its log and for what it is checked with; nothing that it answers is believed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tally_chain.policy import Policy
from tally_edge import proof, statement
from tally_edge.errors import EdgeError
from tally_edge.proof import Proof
from tally_edge.statement import DEVICE_KINDS, Statement
from tally_finance.portal.opening.enrolled import whose
from tally_finance.portal.opening.of_log import Beside, Given
from tally_gateway.console.asking import GatewayAsked
from tally_gateway.console.books import Books
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MOST_LINKS: Final = 8
"""Heads of the policy that are linked to the proof's: each is one question to the gateway."""


@dataclass(frozen=True, slots=True)
class AskedEntry:
    """The entry at `index` of the log of `gateway`; `books` remembers what its authorities have stated."""

    gateway: GatewayAsked
    index: int
    policy: Policy | None
    books: Books

    async def given(self) -> Given:
        """Raises ApiError: 404 for an entry that is not there, 503 where the gateway answers nonsense."""
        try:
            entry, opening = await self.gateway.fetch(f"/entries/{self.index}"), await self.gateway.fetch("/entries/0")
        except ApiError as error:
            if error.status != 403:
                raise
            text = Words(
                f"this portal's token for {self.gateway.name} is not of scope entries: its operator can give it one",
                f"本门户在 {self.gateway.name} 的令牌无 entries 权限，可由其运维人员授予",
            )
            raise ApiError(503, "not set up", text) from None
        held = await self._proof(self.index)
        anchors: list[Any] = await self.gateway.get("/v1/anchors")
        bare = Given(entry, held, opening, await self._links(held), anchors)
        own = bare.covering
        anchor_link = None if own is None else await self._consistency(int(own["size"]), held.head.size)
        try:
            signed = statement.decode(entry)
        except EdgeError:
            return bare
        stated = await self._stated(signed)
        enrolment = await self._enrolment(signed, stated, held)
        before = await self._before(signed)
        return Given(entry, held, opening, bare.links, anchors, stated, enrolment, before, anchor_link)

    async def _proof(self, index: int) -> Proof:
        try:
            held = proof.decode(await self.gateway.fetch(f"/v1/proof/{index}"))
            if len(held.paths) != 1 or held.paths[0].index != index:
                raise EdgeError("it is the proof of another entry")
        except EdgeError as error:
            text = Words(
                f"what {self.gateway.name} gave is no proof of the entry: {error}",
                f"{self.gateway.name} 给出的不是该条目的证明",
            )
            raise ApiError(503, "not understood", text) from None
        return held

    async def _links(self, held: Proof) -> dict[int, list[bytes]]:
        """To the heads of the policy that cover the entry, the smallest first."""
        log = None if self.policy is None else self.policy.log(held.head.origin)
        sizes = {one.size for one in (() if log is None else log.roots)}
        wanted = sorted(one for one in sizes if one > self.index and one != held.head.size)
        return {size: await self._consistency(size, held.head.size) for size in wanted[:MOST_LINKS]}

    async def _consistency(self, one: int, other: int) -> list[bytes]:
        """The path between heads of two sizes; none is needed between a head and itself."""
        if one == other:
            return []
        old, new = sorted((one, other))
        told = await self.gateway.get(f"/v1/consistency/{old}/{new}")
        return [bytes.fromhex(node) for node in told["path"]]

    async def _stated(self, signed: Statement) -> tuple[tuple[int, bytes], ...]:
        """What the gateway's authorities stated, for a device's entry; nothing where the token does not show it."""
        if signed.claims.kind not in DEVICE_KINDS:
            return ()
        try:
            state = await self.gateway.state()
            kids = [site["kid"] for site in state["sites"]]
            books = await self.books.of(self.gateway, state["log"]["log_id"], kids)
        except ApiError as error:
            if error.status != 403:
                raise
            return ()
        return tuple((one.index, one.encoded) for book in books for one in book.stated)

    async def _enrolment(self, signed: Statement, stated: tuple[tuple[int, bytes], ...], held: Proof) -> Beside | None:
        """The statement that enrolled the key, proven, where a policy could believe it."""
        if self.policy is None or not stated:
            return None
        signer = whose(signed, self.index, stated, self.policy, held.head.signed_at).signer
        if signer is None or signer.entry is None:
            return None
        beside = await self._proof(signer.entry)
        return Beside(dict(stated)[signer.entry], beside, await self._consistency(beside.head.size, held.head.size))

    async def _before(self, signed: Statement) -> bytes | None:
        """The statement before it in its stream, where the log holds one."""
        claims = signed.claims
        if not claims.seq:
            return None
        try:
            found = proof.decode(await self.gateway.fetch("/v1/proof", kid=claims.kid.hex(), seq=claims.seq - 1))
            return await self.gateway.fetch(f"/entries/{found.paths[0].index}")
        except (ApiError, EdgeError) as error:
            if isinstance(error, ApiError) and error.status != 404:
                raise
            return None
