"""The TLS of a server: 1.2 and later, with certificates of clients where asked for, read again when the files change."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import structlog

from ..exits import UsageError
from ..files import stamp
from ..settings import Tls

_LOG: Final = structlog.get_logger()


class Certificates:
    """The certificate of a server, as its files say now.

    Raises:
        UsageError: the files are none of TLS.
    """

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._seen = self._stamps()
        self._context = _context(tls)

    def context(self) -> ssl.SSLContext:
        """For the next connection. Files that are half written, or do not fit, change nothing until they do."""
        try:
            if (stamps := self._stamps()) != self._seen:
                self._seen = stamps
                self._context = _context(self._tls)
                _LOG.info("certificates_renewed")
        except UsageError:
            _LOG.error("certificates_not_usable")
        return self._context

    def _stamps(self) -> list[tuple[int, ...] | None]:
        return [stamp(path) for path in (self._tls.certificate, self._tls.key, self._tls.client_ca) if path]


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = tls.certificate
    try:
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: "")  # nobody is there to be asked for one
        if tls.client_ca:
            path = tls.client_ca
            context.load_verify_locations(tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise _wrong(path, error) from None
    return context


def _wrong(path: Path, error: OSError) -> UsageError:
    said = "not a certificate in PEM, or not of its key" if isinstance(error, ssl.SSLError) else error.strerror or "cannot be read"
    return UsageError(f"{path}: {said.lower() if said is error.strerror else said}")
