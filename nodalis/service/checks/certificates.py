"""Certificates, keys and other secrets in files: whether they can be read, fit each other and are valid, and who else may read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import BasicConstraints, Certificate, ExtensionNotFound, SubjectAlternativeName, load_pem_x509_certificates

from ...delivery.authorization import signing_of
from ...delivery.connection import Unavailable
from ...settings import Settings, Tls
from .finding import Finding, ok, problem, warning

_DAYS: Final = 30  # to go before it is said; as in docs/deploy/alerts.yml
_RENEW: Final = "renew it; the files may be replaced while the engine runs"


def certificates(settings: Settings) -> Iterator[Finding]:
    """The certificates and keys of both servers and of the client of the FHIR server."""
    for name, tls in (("mllp.tls", settings.mllp.tls), ("http.tls", settings.http.tls)):
        if tls:
            yield from _server(name, tls)
    fhir = settings.fhir
    if fhir.certificate and fhir.key:
        yield from _pair("fhir", fhir.certificate, fhir.key)
    if fhir.ca:
        yield from _authorities("fhir.ca", fhir.ca)


def ends(settings: Settings) -> dict[str, datetime]:
    """When the first certificate of each file ends, by the name of its setting; without files that cannot be read."""
    named: dict[str, Path | None] = {"fhir.certificate": settings.fhir.certificate, "fhir.ca": settings.fhir.ca}
    for name, tls in (("mllp", settings.mllp.tls), ("http", settings.http.tls)):
        if tls:
            named |= {f"{name}.certificate": tls.certificate, f"{name}.client_ca": tls.client_ca}
    read = {name: _read(path) for name, path in named.items() if path}
    return {name: min(one.not_valid_after_utc for one in found) for name, found in read.items() if found}


def secrets(settings: Settings) -> Iterator[Finding]:
    """Files with secrets that are no key of a certificate."""
    if path := settings.fhir.signing_key:
        yield from _private("fhir.signing_key", path)
        try:
            yield ok("fhir.signing_key", f"signs {signing_of(path)[1]}")
        except Unavailable as error:
            advice = f"expected an RSA key of 2048 bits or more, or one of P-384, in PEM without a password: {path}"
            yield problem("fhir.signing_key", error.reason, advice)
    if settings.fhir.token_file:
        yield from _private("fhir.token_file", settings.fhir.token_file)
    keys = settings.http.keys_file
    if keys and keys.exists():
        yield from _private("http.keys_file", keys)
    elif keys:
        yield warning("http.keys_file", "is not there yet: nobody has a key", "`nodalis key add NAME --role ingest` makes it")


def _server(name: str, tls: Tls) -> Iterator[Finding]:
    yield from _pair(name, tls.certificate, tls.key, is_server=True)
    if tls.client_ca:
        yield from _authorities(f"{name}.client_ca", tls.client_ca)
    else:
        yield warning(f"{name}.client_ca", "clients need no certificate", "set it, so that only peers with a certificate of yours connect")


def _pair(name: str, certificate: Path, key: Path, *, is_server: bool = False) -> Iterator[Finding]:
    chain = _read(certificate)
    yield from _private(f"{name}.key", key)
    if not chain:
        yield problem(f"{name}.certificate", "cannot be read", f"expected certificates in PEM, the server's own first: {certificate}")
        return
    yield from _in_time(f"{name}.certificate", chain)
    if not key.is_file():
        return
    try:
        held = load_pem_private_key(key.read_bytes(), password=None).public_key()
    except (OSError, ValueError, TypeError):
        yield problem(f"{name}.key", "cannot be read", f"expected a PEM file without a password: {key}")
        return
    if held != chain[0].public_key():
        yield problem(f"{name}.key", "is of another certificate", "give the key that the certificate was asked for with")
    if not all(_is_issued_by(lower, upper) for lower, upper in pairwise(chain)):
        yield problem(f"{name}.certificate", "is no chain", "put the certificate first and behind each the one that signed it")
    if is_server and not _names(chain[0]):
        yield warning(f"{name}.certificate", "names no host", "clients refuse it: ask for one with subjectAltName")


def _authorities(name: str, path: Path) -> Iterator[Finding]:
    found = _read(path)
    if not found:
        yield problem(name, "cannot be read", f"expected certificates in PEM: {path}")
    elif not all(_is_authority(one) for one in found):
        yield problem(name, "holds a certificate that may sign none", "only certificates of authorities (CA:TRUE) belong into it")
    else:
        yield from _in_time(name, found)


def _in_time(name: str, found: Sequence[Certificate]) -> Iterator[Finding]:
    now = datetime.now(UTC)
    ends = min(one.not_valid_after_utc for one in found)
    if ends <= now:
        yield problem(name, f"expired on {ends:%Y-%m-%d}", _RENEW)
    elif any(one.not_valid_before_utc > now for one in found):
        yield problem(name, "is not valid yet", "wait, or set the clock of this machine")
    elif (days := (ends - now).days) < _DAYS:
        yield warning(name, f"expires in {days} days, on {ends:%Y-%m-%d}", _RENEW)
    else:
        yield ok(name, f"valid until {ends:%Y-%m-%d}")


def _private(name: str, path: Path) -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        yield problem(name, (error.strerror or "cannot be read").lower(), f"expected a file: {path}")
        return
    if mode & 0o037:  # the group of the service may read it
        yield problem(name, f"others may read or change it (mode {mode:04o})", f"chmod 600 {path}")
    else:
        yield ok(name, f"is private (mode {mode:04o})")


def _read(path: Path) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []


def _is_issued_by(lower: Certificate, upper: Certificate) -> bool:
    try:
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_authority(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:
        return False


def _names(certificate: Certificate) -> bool:
    try:
        return bool(list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value))
    except ExtensionNotFound:
        return False
