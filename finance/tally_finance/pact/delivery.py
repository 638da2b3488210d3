"""Brings events to the hosts of partners: a token for our credentials there, then the event; later again.

A partner names its addresses when it is made, and an event that asks can not choose another one: nobody makes this host
send to where he likes. Redirects are not followed, and of answers a few thousand bytes are read.
"""

from __future__ import annotations

import base64
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tally_edge import passphrase
from tally_edge.errors import TallyError
from tally_finance.errors import PactError
from tally_finance.pact.events import MEDIA_TYPE
from tally_finance.pact.mail import Letter, Mail
from tally_finance.pact.partners import Answers, Partners

_LOG = logging.getLogger(__name__)

VARIABLE: Final = "TALLYSTICK_PACT_CREDENTIALS"
_TIMEOUT_S: Final = 10.0
_MOST_ANSWER_BYTES: Final = 16_384
_LATER: Final = frozenset({401, 408, 425, 429})
"""Of 4xx the ones that may be other next time; every other one is a refusal."""


@dataclass
class Carrier:
    """Sends what waits. `tls`: whom partners' hosts are believed by; True: the system's authorities."""

    mail: Mail
    partners: Partners
    clock: Callable[[], int]
    tls: ssl.SSLContext | bool = True
    _tokens: dict[str, str] = field(default_factory=dict)

    def send_waiting(self) -> int:
        """Send what is due, once each; how many were taken."""
        taken = 0
        with httpx.Client(verify=self.tls, timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            for letter in self.mail.waiting(self.clock()):
                taken += self._send(client, letter)
        return taken

    def _send(self, client: httpx.Client, letter: Letter) -> int:
        try:
            answers = self.partners.get(letter.partner).answers
        except PactError:
            answers = None
        if answers is None:
            self.mail.refused(letter, "no partner to whom it could go", self.clock())
            return 0
        try:
            status, said = self._bring(client, answers, letter)
        except (httpx.HTTPError, OSError, TallyError, ValueError) as error:
            self._later(letter, f"{type(error).__name__}: {error}")
            return 0
        if 200 <= status < 300:
            self.mail.taken(letter, self.clock())
            return 1
        if 400 <= status < 500 and status not in _LATER:
            _LOG.error("event %d for %s was refused: %d %s", letter.number, letter.partner, status, said)
            self.mail.refused(letter, f"{status} {said}", self.clock())
        else:
            self._tokens.pop(letter.partner, None)
            self._later(letter, f"{status} {said}")
        return 0

    def _later(self, letter: Letter, said: str) -> None:
        _LOG.warning("event %d for %s was not taken yet: %s", letter.number, letter.partner, said)
        self.mail.failed(letter, said, self.clock())

    def _bring(self, client: httpx.Client, answers: Answers, letter: Letter) -> tuple[int, str]:
        if letter.partner not in self._tokens:
            self._tokens[letter.partner] = _token(client, answers)
        headers = {
            "authorization": f"Bearer {self._tokens[letter.partner]}",
            "content-type": f"{MEDIA_TYPE}; charset=UTF-8",
        }
        return _post(client, answers.events_url, letter.body, headers)


def _token(client: httpx.Client, answers: Answers) -> str:
    """A token of the partner's host. Raises PactError where it gives none."""
    credentials = passphrase.read(Path(answers.credentials), VARIABLE)
    basic = base64.b64encode(credentials.encode()).decode()
    headers = {"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"}
    status, said = _post(client, answers.token_url, b"grant_type=client_credentials", headers)
    try:
        found = json.loads(said)["access_token"] if status == 200 else None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, str) or not found.isascii() or not found.isprintable():
        raise PactError(f"{answers.token_url} gives no token: {status}")
    return found


def _post(client: httpx.Client, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """The status and the beginning of the answer."""
    with client.stream("POST", url, content=body, headers=headers) as answer:
        said = b""
        for piece in answer.iter_bytes(_MOST_ANSWER_BYTES):
            said += piece
            if len(said) >= _MOST_ANSWER_BYTES:
                break
        return answer.status_code, said[:_MOST_ANSWER_BYTES].decode("utf-8", "replace")
