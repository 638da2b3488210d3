"""The store of client tokens, and the transport keys."""

from __future__ import annotations

import datetime
import resource
import ssl
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509

from tally_edge.errors import ConfigError
from tally_edge.pinned_tls import client_context
from tally_gateway.errors import CredentialsError, TlsError
from tally_gateway.intake.clients import ClientFile, Identity, token_digest
from tally_gateway.tls import TlsFiles, create_ca, issue_server, server_context

NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


@pytest.fixture
def store(tmp_path: Path) -> ClientFile:
    return ClientFile(tmp_path / "clients.toml")


def test_a_token_opens_its_own_name_only(store: ClientFile, tmp_path: Path) -> None:
    one, two = store.add("one"), store.add("two")
    assert len(one) == 64
    assert store.authenticate("one", one.encode()) == Identity("one", token_digest(one.encode()))
    for name, token in (("one", two), ("two", one), ("three", one), ("one", ""), ("one", one.upper())):
        assert store.authenticate(name, token.encode()) is None
    path = tmp_path / "clients.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert one not in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


def test_other_processes_changes_are_seen(store: ClientFile, tmp_path: Path) -> None:
    assert store.names() == []
    other = ClientFile(tmp_path / "clients.toml")
    token = other.add("one")
    identity = store.authenticate("one", token.encode())
    assert identity is not None
    assert store.still_valid(identity)
    other.remove("one")
    assert not store.still_valid(identity)
    other.add("one")
    assert not store.still_valid(identity)


def test_two_that_register_at_once_are_both_kept(tmp_path: Path) -> None:
    def register(first: int) -> None:
        for number in range(first, first + 10):
            ClientFile(tmp_path / "clients.toml").add(f"client-{number:02}")

    threads = [threading.Thread(target=register, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ClientFile(tmp_path / "clients.toml").names()) == 30


def test_bad_names_and_repeats_are_refused(store: ClientFile) -> None:
    store.add("one")
    for name in ("one", "", "A", "a.b", "a" * 65, "a\n"):
        with pytest.raises(CredentialsError):
            store.add(name)
    with pytest.raises(CredentialsError, match="not registered"):
        store.remove("two")


@pytest.mark.parametrize(
    "text",
    ["", "version = 2\n[clients]\n", "version = 1\nclients = 3\n", "not toml", 'version = 1\n[clients]\nA = "00"\n',
    "version = 1\n[clients]\na = 1\n",
     f'version = 1\n[clients]\na = "{"G" * 64}"\n', f'version = 1\n[clients]\na = "{"0" * 63}"\n'],
)  # fmt: skip
def test_a_damaged_store_judges_nobody(text: str, tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(CredentialsError):
        ClientFile(path).authenticate("a", b"x")


def test_a_store_that_others_may_read_judges_nobody(store: ClientFile, tmp_path: Path) -> None:
    token = store.add("one")
    (tmp_path / "clients.toml").chmod(0o640)
    with pytest.raises(CredentialsError, match="0600"):
        ClientFile(tmp_path / "clients.toml").authenticate("one", token.encode())


def test_the_transport_keys(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "tls")
    create_ca(files, NOW)
    issue_server(files, ["gateway.example", "192.0.2.7", "localhost"], NOW)
    for key in (files.ca_key, files.server_key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    certificate = x509.load_pem_x509_certificate(files.server_cert.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "gateway.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "192.0.2.7"]
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(files.ca_cert.read_bytes()))
    assert server_context(files).minimum_version == ssl.TLSVersion.TLSv1_2
    pinned = client_context(files.ca_cert)
    assert (len(pinned.get_ca_certs()), pinned.check_hostname, pinned.verify_mode) == (1, True, ssl.CERT_REQUIRED)
    before = files.server_cert.read_bytes()
    issue_server(files, [], NOW)
    assert files.server_cert.read_bytes() != before
    with pytest.raises(TlsError, match="exists"):
        create_ca(files, NOW)


def test_a_certificate_that_finds_no_room_leaves_the_old_pair(tmp_path: Path) -> None:
    """The new key fits and the new certificate does not: the old pair must still serve."""
    files = TlsFiles(tmp_path)
    create_ca(files, NOW)
    issue_server(files, ["gateway.example"], NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    room, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before["server.key"]) + 10, most))
    try:
        with pytest.raises(OSError, match="too large"):
            issue_server(files, ["other.example"], NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    server_context(files)


def test_missing_damaged_and_exposed_transport_keys(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path)
    with pytest.raises(TlsError):
        server_context(files)
    with pytest.raises(TlsError):
        issue_server(files, [], NOW)
    with pytest.raises(ConfigError):
        client_context(files.ca_cert)
    create_ca(files, NOW)
    with pytest.raises(TlsError, match="neither"):
        issue_server(files, ["bücher"], NOW)
    issue_server(files, [], NOW)
    files.server_key.chmod(0o644)
    with pytest.raises(TlsError, match="0600"):
        server_context(files)
    files.ca_cert.write_text("nothing")
    with pytest.raises(ConfigError):
        client_context(files.ca_cert)
    with pytest.raises(TlsError):
        issue_server(files, [], NOW)
