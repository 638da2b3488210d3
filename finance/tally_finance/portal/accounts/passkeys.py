"""Passkeys (WebAuthn): what a browser is asked, and whether its answer is good.

Credentials are discoverable and their person is verified by the authenticator (finger, face or PIN), so that a passkey
alone is two factors. The origin is the portal's own: a page elsewhere gets nothing that is good here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tally_finance.errors import AccountError, SignInError
from tally_finance.portal.accounts.factors import Passkey

MAX_ANSWER_CHARS: Final = 32 << 10
TIMEOUT_MS: Final = 120_000


@dataclass(frozen=True, slots=True)
class Relying:
    """The portal to an authenticator. `origin`: https://name[:port]; on loopback http, with the name localhost."""

    origin: str
    name: str

    @property
    def id(self) -> str:
        """The name alone."""
        return urlsplit(self.origin).hostname or ""


def asked_to_register(relying: Relying, account: str, handle: bytes, known: tuple[Passkey, ...]) -> tuple[str, bytes]:
    """What a browser makes a passkey by (JSON), and the challenge in it. `handle`: opaque, at most 64 bytes."""
    options = webauthn.generate_registration_options(
        rp_id=relying.id,
        rp_name=relying.name,
        user_name=account,
        user_id=handle,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in known],
    )
    return webauthn.options_to_json(options), options.challenge


def registered(relying: Relying, answer: str, challenge: bytes) -> tuple[bytes, bytes, int]:
    """Credential, public key and count of a new passkey. Raises AccountError."""
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=relying.id,
            expected_origin=relying.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise AccountError(f"the passkey was not made: {str(error)[:200]}") from None
    return made.credential_id, made.credential_public_key, made.sign_count


def asked_to_sign_in(relying: Relying) -> tuple[str, bytes]:
    """What a browser asks any passkey of this portal (JSON), and the challenge in it."""
    options = webauthn.generate_authentication_options(
        rp_id=relying.id, timeout=TIMEOUT_MS, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), options.challenge


def credential_of(answer: str) -> bytes:
    """Whose answer it says it is. Raises SignInError."""
    try:
        return webauthn.base64url_to_bytes(str(_read(answer)["rawId"]))
    except (ValueError, KeyError, TypeError):
        raise SignInError("the passkey's answer is not understood") from None


def counted(relying: Relying, answer: str, challenge: bytes, passkey: Passkey) -> int:
    """The new count of a passkey whose answer is good. Raises SignInError; also where the count fell: a copy."""
    try:
        shown = webauthn.verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=relying.id,
            expected_origin=relying.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise SignInError("the passkey's answer is not good") from None
    return shown.new_sign_count


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER_CHARS:
        raise ValueError("the answer is too long")
    try:
        found = json.loads(answer)
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    if not isinstance(found, dict):
        raise TypeError("the answer is no object")
    return found
