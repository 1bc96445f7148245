"""The settings of the interface engine: a TOML file, and the environment, which is stronger (``NODALIS_STORE__URL``).

Secrets stand in files of their own or in the environment; no setting shows one when it is printed. Relative paths begin where the
program runs.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from .exits import UsageError

_PREFIX: Final = "NODALIS_"
_FILE: Final = "NODALIS_SETTINGS"  # names the file; no setting itself


def is_loopback(host: str) -> bool:
    """Whether what is sent to a host stays on this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("nodalis.example")
    (True, True, True, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_private(url: str) -> bool:
    """Whether nobody can read along what is sent to an address of the web: by TLS, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected https://host/path")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("expected neither user, password, query nor fragment: it may be logged")
    if not is_private(url):
        raise ValueError("plain http only to this machine; expected https")
    return url


def _encoding(name: str) -> str:
    """An encoding in which the delimiters of HL7 v2 are the bytes they are in ASCII."""
    try:
        if "MSH|^~\\&\r".encode(name) == b"MSH|^~\\&\r":
            return name
    except LookupError:
        pass
    raise ValueError("no such encoding, or none that messages are in, such as cp1252 or iso8859-15")


Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Url = Annotated[str, AfterValidator(_web_address)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]  # as it stands in logs and metrics


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tls(_Part):
    """A server's certificate; with ``client_ca`` whoever connects must show one that it signed."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


class StoreSettings(_Part):
    """Where messages are kept."""

    url: SecretStr = SecretStr("sqlite:///nodalis.db")  # or postgresql+psycopg://user:password@host/database
    keep_days: Annotated[int, Field(ge=90)] = 400  # exported messages and duplicates; keys of messages are never kept for less than 90 days
    audit_key: Path | None = None  # 32 random bytes, made at first use; default: beside the file of a SQLite store


class Peer(_Part):
    """Who may send: from these addresses, and with mutual TLS with a certificate of one of these names."""

    name: Name
    addresses: Annotated[tuple[IPvAnyNetwork, ...], Field(min_length=1)]
    certificate_names: tuple[str, ...] = ()


class MllpSettings(_Part):
    """What the listener takes, and from whom."""

    host: str = "127.0.0.1"
    port: Port = 2575
    tls: Tls | None = None
    plain_text_beyond_loopback: bool = False
    peers: tuple[Peer, ...] = ()  # none: anybody who can connect
    max_connections: Annotated[int, Field(gt=0)] = 512
    max_waiting: Annotated[int, Field(gt=0)] = 20_000  # messages not yet read, above which none is taken until there are fewer
    max_message_bytes: Annotated[int, Field(gt=0)] = 16 * 1024 * 1024
    max_segments: Annotated[int, Field(gt=0)] = 10_000
    frame_seconds: Seconds = 30  # from the first byte of a message to its last
    idle_seconds: Seconds = 600  # between messages; a peer that is gone is found by TCP keep-alive within a minute
    fallback_encoding: Annotated[str, AfterValidator(_encoding)] = "cp1252"  # of messages that are not UTF-8 and whose MSH-18 names nothing

    @model_validator(mode="after")
    def _peers_can_be_told_apart(self) -> Self:
        if max(Counter(peer.name for peer in self.peers).values(), default=0) > 1:
            raise ValueError("two peers of one name")
        if any(peer.certificate_names for peer in self.peers) and not (self.tls and self.tls.client_ca):
            raise ValueError("certificate_names of a peer need tls.client_ca")
        return self


class ReadingSettings(_Part):
    """How reports are read and shown as FHIR; see ``nodalis convert --help``."""

    workers: Annotated[int, Field(gt=0)] = 1  # processes
    seconds: Seconds = 2  # for one report; longer needs review
    grammar: Path | None = None
    edition: str = "AJCC 8"
    profile: Literal["mcode", "base"] = "mcode"
    international: bool = False
    quotes: bool = False
    with_text: bool = False
    issuer: str = "urn:nodalis:reports"  # whose the numbers of reports are where a message names no authority and no facility
    answers: Path | None = None  # your own keys of discrete answers, as in docs/answers.toml

    def with_rules(self, rules: Path | None) -> ReadingSettings:
        """The same with rules of a command line, where it names some."""
        return self.model_copy(update={"grammar": rules}) if rules else self


class FhirSettings(_Part):
    """The FHIR R4 server that is sent to."""

    url: Url | None = None  # its base; none: nothing is sent, and messages wait
    ca: Path | None = None
    certificate: Path | None = None  # mutual TLS
    key: Path | None = None
    token_file: Path | None = None  # a bearer token, read again when the server refuses it
    token_url: Url | None = None  # SMART Backend Services: with client_id and signing_key
    client_id: str | None = None
    signing_key: Path | None = None  # PEM; RSA signs RS384, a P-384 key ES384
    signing_key_id: str | None = None
    scope: str = "system/*.write"
    patients: Literal["identifier", "conditional"] = "identifier"  # how resources name the patient
    timeout_seconds: Seconds = 30
    concurrent: Annotated[int, Field(gt=0)] = 4  # bundles on their way, each of another report
    give_up_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 24

    @model_validator(mode="after")
    def _one_way_to_be_known(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key need each other")
        smart = (self.token_url, self.client_id, self.signing_key)
        if any(smart) and not all(smart):
            raise ValueError("token_url, client_id and signing_key need each other")
        if self.token_url and self.token_file:
            raise ValueError("token_file or token_url, not both")
        return self


class OidcSettings(_Part):
    """Whose tokens are taken; roles stand in a claim of theirs."""

    issuer: Url
    audience: str
    jwks_url: Url | None = None  # default: as the issuer's discovery says
    roles_claim: str = "roles"


class ServerSettings(_Part):
    """Where something of ours answers over HTTP."""

    host: str = "127.0.0.1"
    port: Port
    tls: Tls | None = None
    plain_text_beyond_loopback: bool = False


class HttpSettings(ServerSettings):
    """The HTTP interface."""

    port: Port = 8075
    keys_file: Path | None = None  # hashed API keys, written by ``nodalis key``
    oidc: OidcSettings | None = None
    max_body_bytes: Annotated[int, Field(gt=0)] = 16 * 1024 * 1024
    requests_per_minute: Annotated[int, Field(gt=0)] = 600  # of one key, person or address
    concurrent: Annotated[int, Field(gt=0)] = 32


class SignInOidcSettings(_Part):
    """Who signs people in on the review page, beside accounts of its own."""

    issuer: Url
    client_id: str
    client_secret: SecretStr | None = None  # none: a public client, whose only proof is PKCE
    scope: str = "openid profile"
    roles_claim: str = "roles"  # of the ID token: a list or words, of which reader, reviewer and admin count


class ReviewSettings(ServerSettings):
    """The review page, and how long somebody stays signed in."""

    port: Port = 8765
    url: Url | None = None  # as people's browsers reach it; default: by its host
    idle_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 30
    session_hours: Annotated[float, Field(gt=0, le=7 * 24)] = 12
    oidc: SignInOidcSettings | None = None

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.url is None and (self.oidc or not is_loopback(self.host)):
            raise ValueError("url is needed with oidc, and beyond loopback: https://host as browsers reach the page")
        if self.url is not None and urlsplit(self.url).path not in ("", "/"):
            raise ValueError("url: expected https://host or https://host:port, without a path")
        return self


class StatusSettings(_Part):
    """Where the listener itself answers for health and metrics."""

    host: str = "127.0.0.1"
    port: Port | None = 9275  # none: nowhere


class LogSettings(_Part):
    """What is logged; report text and identifiers never are."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """All settings. What is wrong is said by name, never with its value."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True)

    store: StoreSettings = StoreSettings()
    mllp: MllpSettings = MllpSettings()
    reading: ReadingSettings = ReadingSettings()
    fhir: FhirSettings = FhirSettings()
    http: HttpSettings = HttpSettings()
    review: ReviewSettings = ReviewSettings()
    status: StatusSettings = StatusSettings()
    log: LogSettings = LogSettings()
    drain_seconds: Seconds = 10

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load(path: Path | None = None) -> Settings:
    """The settings of a file, or of the one that ``NODALIS_SETTINGS`` names, and of the environment.

    Raises:
        UsageError: the file cannot be read, or a setting is wrong; one line, without the value.
    """
    if path is None and (named := os.environ.get(_FILE)):
        path = Path(named)
    given = _file(path) if path else {}
    for name in sorted(os.environ):
        if name.upper().startswith(_PREFIX) and name != _FILE and not _is_setting(name):
            raise UsageError(f"environment: {name}: no such setting")
    try:
        return Settings(**given)
    except SettingsError:  # its message quotes the value
        raise UsageError("environment: a setting that is a list or table is not JSON") from None
    except ValidationError as error:
        wrong = (_said(item) for item in error.errors(include_input=False, include_url=False))
        raise UsageError(f"{f'{path} or ' if path else ''}environment: {'; '.join(wrong)}") from None


def _is_setting(name: str) -> bool:
    """Whether a variable begins as a setting does: pydantic-settings passes over what it does not know."""
    first, *inner = name.upper().removeprefix(_PREFIX).lower().split("__")
    return first in Settings.model_fields and (not inner or isinstance(Settings.model_fields[first].default, _Part))


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not TOML: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}") from None


def _said(item: Any) -> str:
    message = "no such setting" if item["type"] == "extra_forbidden" else item["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, item['loc']))}: {message}"
