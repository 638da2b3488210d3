"""A small OpenID provider on loopback, for tests: discovery, authorisation with PKCE, token and keys. It can be made to
lie in one thing at a time."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SECRET = "tallystick", "a secret of the client"


@dataclass
class Provider:
    """`claims`: what is changed in the tokens that it gives; None takes one out. `fault`: what else is wrong.

    Its person signed in there an hour ago, and is asked again where `max_age` or `prompt` says so.
    """

    issuer: str
    now: Any
    subject: str = "u-1"
    claims: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256"}))

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to; the person said yes."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        state = "another" if self.fault == "state" else query["state"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The answer for a code, or None."""
        asked = self.codes.pop(form.get("code", ""), None)
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization != wanted or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != asked["code_challenge"]:
            return None
        now = self.now()
        is_asked_again = (asked.get("prompt"), asked.get("max_age")) == ("login", "0")
        claims = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "exp": now + 300, "iat": now,
            "nonce": asked["nonce"], "email": "ana@bank.example",
            "auth_time": now if is_asked_again else now - 3600, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"id_token": self.sign(claims), "token_type": "Bearer", "access_token": "x"}

    def sign(self, claims: dict[str, Any]) -> str:
        """A token of the claims."""
        match self.fault:
            case "key":
                return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, ECKey.generate_key("P-256", {"kid": "k1"}))
            case "none":
                parts = [{"alg": "none"}, claims]
                texts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts]
                return ".".join([*texts, ""])
            case "shared":
                return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 2))
        return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, self.key)

    def document(self) -> dict[str, Any]:
        """What it says of itself."""
        issuer = "https://evil.example" if self.fault == "issuer" else self.issuer
        return {
            "issuer": issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/.well-known/openid-configuration":
            self._json(self.provider.document())
        elif parts.path == "/keys":
            self._json(KeySet([self.provider.key]).as_dict(private=False))
        elif parts.path == "/authorize":
            to = self.provider.authorize({name: values[0] for name, values in parse_qs(parts.query).items()})
            self.send_response(302)
            self.send_header("location", to)
            self.end_headers()
        else:
            self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        told = self.provider.token(form, self.headers.get("authorization", ""))
        self._json({"error": "invalid_grant"} if told is None else told, 400 if told is None else 200)

    def _json(self, told: Any, status: int = 200) -> None:
        data = b"{" * 400_000 if self.provider.fault == "long" else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def serving(now: Any = lambda: int(time.time())) -> Iterator[Provider]:
    """A provider that answers."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Handler.provider = Provider(f"http://127.0.0.1:{server.server_address[1]}", now)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
