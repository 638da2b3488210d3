"""Asks an organisation's own sign-in over HTTP: what it says of itself, its keys, and the token for a code."""

from __future__ import annotations

import functools
import json
from threading import BoundedSemaphore
from typing import Any, Final

import httpx

from tally_finance.errors import SignInError
from tally_finance.portal.accounts import oidc
from tally_finance.portal.accounts.oidc import Asked, Discovered, Named
from tally_finance.portal.accounts.settings import Provider

TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 256 << 10
MOST_AT_ONCE: Final = 8
"""Of all that are asked: a provider that hangs holds so many threads for ten seconds, and no more."""
_NO_ANSWER: Final = "the outside sign-in does not answer just now"


class OidcClient:
    """Of one provider. It follows no redirect, and believes no long answer."""

    def __init__(self, provider: Provider, client: httpx.Client | None = None) -> None:
        self.provider = provider
        self._client = client or httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
        self._turns = BoundedSemaphore(MOST_AT_ONCE)

    def begin(self, back: str, *, again: bool = False) -> tuple[str, Asked]:
        """Where the browser goes, and what goes along. `again`: see `oidc.way`. Raises SignInError."""
        asked = oidc.ask()
        return oidc.way(self.provider, self._discovered(), asked, back, again=again), asked

    def finish(self, code: str, asked: Asked, back: str, now: int) -> Named:
        """Who came back with a code. Raises SignInError."""
        found = self._discovered()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back,
            "client_id": self.provider.client_id, "code_verifier": asked.verifier,
        }  # fmt: skip
        secret = self.provider.secret
        auth = None if secret is None else httpx.BasicAuth(self.provider.client_id, secret)
        told = self._json("POST", found.token, data=form, auth=auth)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise SignInError("the outside sign-in gave no token for the code")
        return oidc.named(self.provider, token, self._json("GET", found.jwks), asked.nonce, now)

    def _discovered(self) -> Discovered:
        address = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        return oidc.discovered(self.provider, self._json("GET", address))

    def _json(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        """One JSON object. Raises SignInError; what exactly came is nobody's business at the sign-in page."""
        if not self._turns.acquire(blocking=False):
            raise SignInError(_NO_ANSWER)
        data = bytearray()
        try:
            with self._client.stream(method, address, headers={"accept": "application/json"}, **options) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise SignInError(_NO_ANSWER)
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > MAX_ANSWER_BYTES:
                        raise SignInError(_NO_ANSWER)
            told = json.loads(data)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise SignInError(_NO_ANSWER) from None
        finally:
            self._turns.release()
        if not isinstance(told, dict):
            raise SignInError(_NO_ANSWER)
        return told


@functools.lru_cache(maxsize=8)
def client_of(provider: Provider) -> OidcClient:
    """The one client of a provider: its connections and its bound are of the whole process."""
    return OidcClient(provider)
