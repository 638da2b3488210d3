"""Transport keys and certificates: a small CA of the gateway's own, and the contexts that use it.

The CA is pinned by the edges (`tally_edge.pinned_tls`), so no public CA can vouch for a false gateway. It protects
tokens and privacy on the wire; what a reader verifies rests on none of it.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tally_edge import durable
from tally_gateway.errors import TlsError

# Edges in a plant room are visited rarely; the CA outlives several gateways. The server's key is cheap to replace.
CA_DAYS = 3650
SERVER_DAYS = 825
# Edges' clocks may be behind when they start.
_BACKDATED = datetime.timedelta(days=1)
_ALWAYS = ("localhost", "127.0.0.1")
_KEY_MODE, _CERT_MODE = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the four files are."""

    folder: Path

    @property
    def ca_key(self) -> Path:
        """Private key of the CA; the gateway does not need it to run, so it can be kept elsewhere."""
        return self.folder / "ca.key"

    @property
    def ca_cert(self) -> Path:
        """What edges pin."""
        return self.folder / "ca.pem"

    @property
    def server_key(self) -> Path:
        """Private key of the server."""
        return self.folder / "server.key"

    @property
    def server_cert(self) -> Path:
        """Certificate of the server."""
        return self.folder / "server.pem"


def create_ca(files: TlsFiles, now: datetime.datetime) -> None:
    """Write a new CA (P-256). Raises TlsError when there is one already: replacing it would lock every edge out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tallystick gateway CA")])
    certificate = (
        _builder(name, name, key.public_key(), now, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    files.folder.mkdir(parents=True, exist_ok=True)
    _write(files.ca_key, _private_pem(key), _KEY_MODE)
    _write(files.ca_cert, certificate.public_bytes(serialization.Encoding.PEM), _CERT_MODE)


def issue_server(files: TlsFiles, names: Sequence[str], now: datetime.datetime) -> None:
    """Write a server key and certificate for `names` (host names or addresses), localhost and 127.0.0.1; replaces
    old ones.

    Raises TlsError when the CA is missing or damaged, and OSError; the old pair still stands then.
    """
    ca_key, ca_cert = _load_ca(files)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tallystick gateway")])
    everyone = list(dict.fromkeys([*_ALWAYS, *names]))
    certificate = (
        _builder(subject, ca_cert.subject, key.public_key(), now, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in everyone]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _replace_pair(files, _private_pem(key), certificate.public_bytes(serialization.Encoding.PEM))


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer with the server's certificate. Raises TlsError as `context_of`."""
    return context_of(files.server_cert, files.server_key)


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with a certificate (PEM, its chain behind it) and its key. Raises TlsError: files missing,
    damaged, or a key others may read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if key.stat().st_mode & 0o077:
            raise TlsError(f"{key} may be read by others; its mode must be 0600")
        # Without a password: one that is asked for at the terminal would stop a service that starts by itself.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise TlsError(f"{certificate}: no usable server certificate: {error}") from error
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise TlsError(f"{name!r} is neither a host name nor an address") from error


def _load_ca(files: TlsFiles) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        key = serialization.load_pem_private_key(files.ca_key.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(files.ca_cert.read_bytes())
    except (OSError, ValueError) as error:
        raise TlsError(f"{files.folder}: no usable CA: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TlsError(f"{files.ca_key} is not an elliptic-curve key")
    return key, certificate


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _replace_pair(files: TlsFiles, key: bytes, certificate: bytes) -> None:
    """Both new files are whole on the disk before either takes its name: what can fail has happened by then."""
    mark = secrets.token_hex(4)
    new = [
        (path.with_name(f".{path.name}.{mark}"), path, data, mode)
        for path, data, mode in (
            (files.server_key, key, _KEY_MODE),
            (files.server_cert, certificate, _CERT_MODE),
        )
    ]
    try:
        for fresh, _, data, mode in new:
            _write(fresh, data, mode)
        for fresh, path, _, _ in new:
            fresh.replace(path)
    finally:
        for fresh, *_ in new:
            fresh.unlink(missing_ok=True)
    durable.sync_folder(files.folder)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Create `path`, which must not exist, with its final mode from the first byte on, and make it durable."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise TlsError(f"{path} exists already") from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
