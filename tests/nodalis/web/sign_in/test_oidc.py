"""People sign in by an OIDC issuer, and by nothing that is only a little wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from nodalis.settings import ReviewSettings, Settings, SignInOidcSettings
from nodalis.store import Store, accounts
from nodalis.store.audit import AuditAction
from tests.nodalis.web.sign_in.pages import Running, running
from tests.nodalis.web.sign_in.provider import CLIENT, SECRET, STRANGE, Provider, providing

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider for one test."""
    with providing() as server:
        yield server


@pytest.fixture
def page(provider: Provider, store: Store, settings: Settings, request: pytest.FixtureRequest) -> Iterator[Running]:
    """A page whose people the provider signs in."""
    secret = getattr(request, "param", SECRET)
    oidc = SignInOidcSettings(issuer=provider.url, client_id=CLIENT, client_secret=SecretStr(secret) if secret else None)
    review = ReviewSettings(port=0, url=HERE, oidc=oidc)
    with running(store, settings.model_copy(update={"review": review})) as found:
        yield found


@pytest.fixture
def browser(page: Running) -> Iterator[httpx.Client]:
    """A browser that knows the page by the name that is set."""
    with page.client(headers={"Host": urlsplit(HERE).netloc}) as client:
        yield client


def begun(browser: httpx.Client) -> str:
    """To the provider and back: the address that the browser is sent to."""
    sent = browser.get("/sign-in/oidc")
    assert sent.status_code == 303
    answer = httpx.get(sent.headers["location"])
    assert answer.status_code == 302
    back = str(answer.headers["location"])
    assert back.startswith(f"{HERE}/sign-in/oidc/callback?")
    return back.removeprefix(HERE)


def is_signed_in(browser: httpx.Client) -> bool:
    return browser.get("/").status_code == 200


@pytest.mark.parametrize("settings", ["sqlite", "postgresql"], indirect=True)
def test_somebody_signs_in_by_the_issuer_with_the_roles_it_gives(page: Running, browser: httpx.Client, provider: Provider) -> None:
    assert 'href="/sign-in/oidc"' in browser.get("/sign-in").text
    answer = browser.get(begun(browser), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert f'content="0; url={HERE}/"' in answer.text, "a page of ours, so that the browser sends the cookie, which is Strict"
    person = browser.get("/").json()
    assert (person["id"], person["name"], person["roles"]) == ("oidc:0815", "Jane Doe", ["reviewer"])
    assert page.recorded() == [("oidc:0815", AuditAction.SIGN_IN, {"way": "oidc"})]
    assert provider.ways == ["basic"]
    provider.claims |= {"name": "Jane Roe", "roles": "reader admin"}
    browser.get(begun(browser))
    person = browser.get("/").json()
    assert (person["id"], person["name"], person["roles"]) == ("oidc:0815", "Jane Roe", ["admin", "reader"])
    assert len(page.store.read_now(accounts.listed)) == 1


def test_the_cookie_of_the_way_is_short_and_comes_back_from_another_site(page: Running, browser: httpx.Client) -> None:
    set_ = browser.get("/sign-in/oidc").headers["set-cookie"]
    assert set_.startswith("nodalis-oidc=")
    assert set_.endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600")
    answer = browser.get(begun(browser))
    session, way = answer.headers.get_list("set-cookie")
    assert session.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert way == "nodalis-oidc=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"


@pytest.mark.parametrize("page", [None], indirect=True)
def test_a_public_client_proves_itself_by_pkce_alone(page: Running, browser: httpx.Client, provider: Provider) -> None:
    browser.get(begun(browser))
    assert is_signed_in(browser)
    assert provider.ways == ["none"]


def test_the_secret_is_sent_in_the_way_that_the_issuer_names(page: Running, browser: httpx.Client, provider: Provider) -> None:
    provider.described = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    browser.get(begun(browser))
    assert is_signed_in(browser)
    assert provider.ways == ["post"]


@pytest.mark.parametrize("page", ["another"], indirect=True)
def test_a_wrong_secret_signs_nobody_in(page: Running, browser: httpx.Client) -> None:
    assert browser.get(begun(browser)).status_code == 401
    assert not is_signed_in(browser)


def _wrong_claims() -> dict[str, dict[str, Any]]:
    now = time.time()
    return {
        "of another sign-in": {"nonce": "another"},
        "without a nonce": {"nonce": None},
        "a nonce that is no text": {"nonce": 7},
        "for another client": {"aud": "another"},
        "for several, and another one asked": {"aud": [CLIENT, "another"], "azp": "another"},
        "for several, and none asked": {"aud": [CLIENT, "another"]},
        "asked by another": {"azp": "another"},
        "of another issuer": {"iss": "https://elsewhere.example"},
        "expired": {"exp": now - 60},
        "without an end": {"exp": None},
        "without a beginning": {"iat": None},
        "of nobody": {"sub": None},
        "of an empty subject": {"sub": ""},
    }


@pytest.mark.parametrize("name", _wrong_claims())
def test_an_id_token_that_is_not_right_signs_nobody_in(page: Running, browser: httpx.Client, provider: Provider, name: str) -> None:
    provider.claims |= _wrong_claims()[name]
    assert browser.get(begun(browser)).status_code == 401
    assert not is_signed_in(browser)
    assert page.recorded() == [("unknown", AuditAction.SIGN_IN_FAILED, {"way": "oidc", "why": "token"})]


def test_an_id_token_for_several_that_we_asked_for_is_right(page: Running, browser: httpx.Client, provider: Provider) -> None:
    provider.claims |= {"aud": [CLIENT, "another"], "azp": CLIENT}
    browser.get(begun(browser))
    assert is_signed_in(browser)


def test_an_id_token_signed_by_a_stranger_signs_nobody_in(page: Running, browser: httpx.Client, provider: Provider) -> None:
    provider.key = STRANGE
    assert browser.get(begun(browser)).status_code == 401
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "answer",
    [
        lambda answer: {"token_type": "Bearer"},
        lambda answer: {"id_token": 7},
        lambda answer: {"id_token": ""},
        lambda answer: [answer],
        lambda answer: b"<html>",
        lambda answer: b"[" * 100_000,
        lambda answer: b'{"id_token": "' + b"x" * 2_000_000,
        lambda answer: None,
    ],
    ids=range(8),
)
def test_an_issuer_that_answers_nonsense_signs_nobody_in(
    page: Running, browser: httpx.Client, provider: Provider, answer: Callable[[Any], Any]
) -> None:
    provider.answer = answer
    assert browser.get(begun(browser)).status_code == 401
    assert not is_signed_in(browser)


def _changed(back: str, **values: str) -> str:
    path, _, query = back.partition("?")
    return f"{path}?{urlencode({**{name: value[0] for name, value in parse_qs(query).items()}, **values})}"


def test_an_answer_to_another_browser_is_refused(page: Running, browser: httpx.Client) -> None:
    """Somebody sends the victim a link that would sign it in as somebody else."""
    back = begun(browser)
    with page.client(headers={"Host": urlsplit(HERE).netloc}) as victim:
        assert victim.get(back).status_code == 401, "a browser that never began"
        victim.get("/sign-in/oidc")
        assert victim.get(back).status_code == 401, "a browser that began something else"
        assert not is_signed_in(victim)
    assert {detail["why"] for _, _, detail in page.recorded()} == {"state"}


def test_a_code_of_another_browser_is_of_no_use(page: Running, browser: httpx.Client) -> None:
    """Whoever reads along a code gets no further: the verifier is in the other browser."""
    stolen = parse_qs(begun(browser).partition("?")[2])["code"][0]
    with page.client(headers={"Host": urlsplit(HERE).netloc}) as thief:
        assert thief.get(_changed(begun(thief), code=stolen)).status_code == 401
        assert not is_signed_in(thief)


@pytest.mark.parametrize(
    "change", [{"state": "x"}, {"state": ""}, {"iss": "https://elsewhere.example"}, {"code": "x"}, {"code": ""}], ids=str
)
def test_an_answer_that_was_changed_is_refused(page: Running, browser: httpx.Client, change: dict[str, str]) -> None:
    answer = browser.get(_changed(begun(browser), **change))
    assert answer.status_code == 401
    assert not is_signed_in(browser)


def test_an_answer_is_taken_once(page: Running, browser: httpx.Client) -> None:
    back = begun(browser)
    cookie = browser.cookies["nodalis-oidc"]
    assert browser.get(back).status_code == 200
    with page.client(headers={"Host": urlsplit(HERE).netloc}, cookies={"nodalis-oidc": cookie}) as again:
        assert again.get(back).status_code == 401


def test_what_the_issuer_says_of_an_error_is_not_shown(page: Running, browser: httpx.Client) -> None:
    state = parse_qs(begun(browser).partition("?")[2])["state"][0]
    answer = browser.get(f"/sign-in/oidc/callback?{urlencode({'error': '<b>denied', 'error_description': 'DOE', 'state': state})}")
    assert answer.status_code == 401
    assert "denied" not in answer.text
    assert "DOE" not in answer.text


@pytest.mark.parametrize("roles", [None, [], "ingest", ["of-another-program"], {"reviewer": True}, 7], ids=str)
def test_somebody_without_a_role_of_ours_does_not_get_in(page: Running, browser: httpx.Client, provider: Provider, roles: Any) -> None:
    provider.claims["roles"] = roles
    assert browser.get(begun(browser)).status_code == 403
    assert not is_signed_in(browser)
    assert page.recorded() == [("oidc:0815", AuditAction.SIGN_IN_FAILED, {"way": "oidc", "why": "no_role"})]


def test_somebody_who_was_disabled_here_does_not_get_in_whatever_the_issuer_says(page: Running, browser: httpx.Client) -> None:
    browser.get(begun(browser))
    assert is_signed_in(browser)
    page.store.write_now(lambda connection: accounts.set_disabled(connection, "oidc:0815", page.clock()))
    assert not is_signed_in(browser)
    assert browser.get(begun(browser)).status_code == 401
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        ({"name": None, "preferred_username": "jane"}, "jane"),
        ({"name": 7}, "0815"),
        ({"name": "Jane\u202e\x1b Doe"}, "Jane Doe"),
        ({"name": "x" * 300}, "x" * 100),
    ],
)
def test_the_name_of_a_person_is_one_that_can_be_shown(
    page: Running, browser: httpx.Client, provider: Provider, claims: dict[str, Any], shown: str
) -> None:
    provider.claims |= claims
    browser.get(begun(browser))
    assert browser.get("/").json()["name"] == shown


def test_an_issuer_that_is_away_is_said_to_be_and_accounts_work(page: Running, browser: httpx.Client, provider: Provider) -> None:
    provider.described = {"issuer": "https://elsewhere.example"}
    assert browser.get("/sign-in/oidc").status_code == 503
    provider.described = {"token_endpoint": "http://elsewhere.example/token"}
    assert browser.get("/sign-in/oidc").status_code == 503
    provider.described = {}
    assert browser.get("/sign-in/oidc").status_code == 303
    assert browser.get("/sign-in").status_code == 200


def test_without_an_issuer_there_is_no_way_to_one(store: Store, settings: Settings) -> None:
    with running(store, settings) as page, page.client() as client:
        assert "oidc" not in client.get("/sign-in").text
        assert client.get("/sign-in/oidc").headers["location"].startswith("/sign-in?next=")
