"""The settings of the interface engine: what is stronger, what is refused, and that no error shows a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodalis.exits import UsageError
from nodalis.settings import Settings, load

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODALIS_SETTINGS", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "nodalis.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        load(path)
    (message,) = caught.value.messages
    assert "\n" not in message
    return message


def test_without_a_file_the_defaults_hold() -> None:
    assert load() == Settings()


def test_the_environment_is_stronger_than_the_file_and_leaves_what_stands_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "[mllp]\nport = 2600\nmax_connections = 7\n")
    monkeypatch.setenv("NODALIS_MLLP__PORT", "2700")
    assert (load(path).mllp.port, load(path).mllp.max_connections) == (2700, 7)


def test_a_table_of_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODALIS_MLLP__PEERS", '[{"name": "lab", "addresses": ["10.1.0.0/16", "::1"]}]')
    assert [str(network) for network in load().mllp.peers[0].addresses] == ["10.1.0.0/16", "::1/128"]


def test_nodalis_settings_names_the_file_and_is_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODALIS_SETTINGS", str(written(tmp_path, "drain_seconds = 3\n")))
    assert load().drain_seconds == 3


@pytest.mark.parametrize(
    "name", ["NODALIS_STOER__URL", "NODALIS_STORE__ULR", "NODALIS_STOREURL", "NODALIS_DRAIN_SECONDS__X", "NODALIS_", "nodalis_prot"]
)
def test_a_variable_that_is_no_setting_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, SECRET)
    message = refusal()
    assert "no such setting" in message
    assert SECRET not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[stoer]\nurl = 'hunter2'", "stoer: no such setting"),
        ("[store]\nurl = 7", "store.url: Input should be a valid string"),
        ("[store]\nkeep_days = 89", "store.keep_days: Input should be greater than or equal to 90"),
        ("[mllp]\nport = 'hunter2'", "mllp.port: Input should be a valid integer"),
        ("[[mllp.peers]]\nname = 'lab'\naddresses = ['hunter2']", "mllp.peers.0.addresses.0: value is not a valid"),
        ("[[mllp.peers]]\nname = 'lab'\naddresses = []", "mllp.peers.0.addresses: Tuple should have at least 1 item"),
        ("[[mllp.peers]]\nname = 'hunter2 ward 3'\naddresses = ['::1']", "mllp.peers.0.name: String should match"),
        (2 * "[[mllp.peers]]\nname = 'lab'\naddresses = ['::1']\n", "mllp: two peers of one name"),
        ("[[mllp.peers]]\nname = 'lab'\naddresses = ['::1']\ncertificate_names = ['lab']", "mllp: certificate_names of a peer need"),
        ("[mllp]\nfallback_encoding = 'hunter2'", "mllp.fallback_encoding: no such encoding"),
        ("[mllp]\nframe_seconds = inf", "mllp.frame_seconds: Input should be a finite number"),
        ("[fhir]\nurl = 'https://me:hunter2@fhir.example.org'", "fhir.url: expected neither user"),
        ("[fhir]\nurl = 'http://hunter2.example/fhir'", "fhir.url: plain http only to this machine"),
        ("[fhir]\nurl = 'http://127.0.0.1.hunter2.example/fhir'", "fhir.url: plain http only to this machine"),
        ("[fhir]\ntoken_url = 'http://hunter2.example/token'", "fhir.token_url: plain http only to this machine"),
        ("[fhir]\nurl = 'ftp://hunter2.example/fhir'", "fhir.url: expected https://host/path"),
        ("[fhir]\nurl = 'hunter2'", "fhir.url: expected https://host/path"),
        ("[fhir]\ncertificate = 'a.pem'", "fhir: certificate and key need each other"),
        ("[fhir]\ntoken_url = 'https://a/token'", "fhir: token_url, client_id and signing_key need each other"),
        ("[log]\nlevel = 'hunter2'", "log.level: Input should be 'debug', 'info', 'warning' or 'error'"),
        ("[store\nurl = 'hunter2'", "not TOML: Expected ']'"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_one_line_without_the_value(text: str, said: str, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, text))
    assert said in message
    assert SECRET not in message


def test_a_token_comes_from_one_place(tmp_path: Path) -> None:
    smart = "token_url = 'https://a/token'\nclient_id = 'n'\nsigning_key = 'k.pem'\n"
    assert load(written(tmp_path, f"[fhir]\n{smart}")).fhir.client_id == "n"
    assert "token_file or token_url" in refusal(written(tmp_path, f"[fhir]\n{smart}token_file = 't'\n"))


@pytest.mark.parametrize("value", [SECRET, "[" + SECRET, '{"name": '])
def test_a_variable_that_should_be_json_is_refused_without_its_value(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODALIS_MLLP__PEERS", value)
    message = refusal()
    assert message.startswith("environment: ")
    assert SECRET not in message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml") == f"{tmp_path / 'none.toml'}: no such file or directory"
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    assert refusal(tmp_path / "latin.toml").endswith("not TOML: not UTF-8")


def test_no_way_to_print_the_settings_shows_the_address_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODALIS_STORE__URL", f"postgresql+psycopg://nodalis:{SECRET}@localhost/nodalis")
    settings = load()
    assert SECRET in settings.store.url.get_secret_value()
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in shown
