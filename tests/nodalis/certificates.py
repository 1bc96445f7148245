"""Certificates for tests: an authority, and who it vouches for."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Pair(NamedTuple):
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates; all files are in its folder, its own certificate is ``file``."""

    def __init__(self, folder: Path, name: str = "authority", *, days: float = 365) -> None:
        self._folder, self._name, self._key = folder, _name(name), ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._signed(self._name, self._key, days, -60, x509.BasicConstraints(ca=True, path_length=None), usage))

    def server(self, name: str = "server", *, host: str = "127.0.0.1", days: float = 365, begins: float = -60) -> Pair:
        """For a server of a host, or of none; ``days`` and ``begins`` count from now, and below zero it has expired."""
        return self._issued(name, name, host, ExtendedKeyUsageOID.SERVER_AUTH, days, begins)

    def client(self, name: str, *, alternative: str = "", days: float = 365, file: str = "") -> Pair:
        """For a client with this common name, and another name beside it where one is given."""
        return self._issued(file or name, name, alternative, ExtendedKeyUsageOID.CLIENT_AUTH, days, -60)

    def _issued(self, file: str, name: str, host: str, usage: x509.ObjectIdentifier, days: float, begins: float) -> Pair:
        """Files of the same name are replaced."""
        key = ec.generate_private_key(ec.SECP256R1())
        extensions = [x509.BasicConstraints(ca=False, path_length=None), x509.ExtendedKeyUsage([usage])]
        if host:
            extensions.append(x509.SubjectAlternativeName([_host(host)]))
        signed = self._signed(_name(name), key, days, begins, *extensions)
        pair = Pair(self._folder / f"{file}.crt", self._folder / f"{file}.key")
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for path, content in zip(pair, (signed, private), strict=True):
            new = path.with_suffix(".new")
            new.write_bytes(content)
            new.chmod(0o600)
            os.replace(new, path)
        return pair

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: float, begins: float, *extensions: x509.ExtensionType
    ) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=begins))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints | x509.KeyUsage))
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
