"""An organisation's own sign-in (OpenID Connect Core 1.0): what it is asked, what of its answer is believed. No IO.

The code flow with PKCE (RFC 7636, S256), state and nonce. An ID token is believed where

    1. a key of the issuer signed it, by an asymmetric algorithm
    2. `iss` is the issuer, to the letter
    3. `aud` is this client, alone or with others, and with others `azp` is this client
    4. `exp` is to come and `iat` is neither to come nor old, each by a minute's difference of clocks
    5. `nonce` is the one that was sent
    6. it tells of a second factor, where the settings want it told (`amr`, `acr`)

When its person proved there who it is, `auth_time` says, and nothing else: who is signed in at the provider comes in
without being asked again, which is no fresh proof.

Whose account it is follows from (`iss`, `sub`) alone, which an administrator bound: an e-mail is anybody's claim.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tally_finance.errors import SignInError
from tally_finance.portal.accounts.settings import Provider

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""None with a shared secret, and not `none`: a client's secret must make no sign-ins."""
LEEWAY_S: Final = 60
OLD_S: Final = 600
MAX_SUBJECT_CHARS: Final = 255


@dataclass(frozen=True, slots=True)
class Discovered:
    """What an issuer says of itself at `/.well-known/openid-configuration`."""

    authorization: str
    token: str
    jwks: str


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a token names, and when it was proved, Unix seconds; 0 where the provider does not tell."""

    subject: str
    proven_at: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What goes along with one way to the issuer and back."""

    state: str
    nonce: str
    verifier: str


def discovered(provider: Provider, document: Mapping[str, Any]) -> Discovered:
    """Raises SignInError for the document of another issuer, or one that names no safe addresses."""
    if document.get("issuer") != provider.issuer:
        raise SignInError("the outside sign-in describes itself as another issuer")
    found = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    for address in found:
        if not isinstance(address, str) or not _is_safe(address, provider.issuer):
            raise SignInError("the outside sign-in names no safe addresses")
    return Discovered(*map(str, found))


def ask() -> Asked:
    """Fresh secrets for one way."""
    return Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def way(provider: Provider, to: Discovered, asked: Asked, back: str, *, again: bool) -> str:
    """Where the browser goes. `again`: its person is to prove there anew who it is (OpenID Connect Core, 3.1.2.1)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code", "scope": "openid", "client_id": provider.client_id, "redirect_uri": back,
        "state": asked.state, "nonce": asked.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    if again:
        query |= {"prompt": "login", "max_age": "0"}
    return f"{to.authorization}{'&' if '?' in to.authorization else '?'}{urlencode(query)}"


def named(provider: Provider, token: str, keys: Mapping[str, Any], nonce: str, now: int) -> Named:
    """Whom an ID token names. Raises SignInError with the rule that it breaks."""
    try:
        known = KeySet.import_key_set(dict(keys))  # type: ignore[arg-type]  # as it came: what is no key set raises
        claims = jwt.decode(token, known, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise SignInError("the outside sign-in's token was signed by none of its keys") from None
    if claims.get("iss") != provider.issuer:
        raise SignInError("the token is of another issuer")
    audience = claims.get("aud")
    those = [audience] if isinstance(audience, str) else audience
    if not isinstance(those, list) or provider.client_id not in those:
        raise SignInError("the token is for somebody else")
    if (len(those) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise SignInError("the token was given to somebody else")
    _must_be_of_now(claims, now)
    if not isinstance(claims.get("nonce"), str) or not secrets.compare_digest(
        claims["nonce"].encode("utf-8", "replace"), nonce.encode()
    ):
        raise SignInError("the token answers another question")
    if provider.second_factor and not provider.second_factor & _factors(claims):
        raise SignInError("the outside sign-in does not tell of a second factor")
    found = claims.get("sub")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_SUBJECT_CHARS or not found.isprintable():
        raise SignInError("the token names nobody")
    return Named(found, _proven_at(claims, now))


def _proven_at(claims: Mapping[str, Any], now: int) -> int:
    told = claims.get("auth_time")
    if not isinstance(told, int) or isinstance(told, bool) or not 0 <= told < now + LEEWAY_S:
        return 0
    return min(told, now)


def _must_be_of_now(claims: Mapping[str, Any], now: int) -> None:
    until, since = claims.get("exp"), claims.get("iat")
    if not isinstance(until, int | float) or isinstance(until, bool) or not until + LEEWAY_S > now:
        raise SignInError("the token is over")
    if not isinstance(since, int | float) or isinstance(since, bool) or not now - OLD_S < since < now + LEEWAY_S:
        raise SignInError("the token is old, or of a time to come")


def _factors(claims: Mapping[str, Any]) -> frozenset[str]:
    told = claims.get("amr")
    found = {one for one in told if isinstance(one, str)} if isinstance(told, list) else set()
    level = claims.get("acr")
    return frozenset(found | ({level} if isinstance(level, str) else set()))


def _is_safe(address: str, issuer: str) -> bool:
    """Over https; in the clear only where the issuer itself is (on loopback)."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and issuer.startswith("http:")))
