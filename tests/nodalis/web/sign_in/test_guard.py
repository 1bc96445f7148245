"""What stands before every route: roles by a table, a token for all that changes something, names of hosts, headers of all answers."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from nodalis.settings import ReviewSettings, Settings, StoreSettings, Tls
from nodalis.store import Store, upgrade
from nodalis.web.roles import Role
from nodalis.web.sign_in import OPEN, Table
from nodalis.web.sign_in.origin import CSP
from nodalis.web.sign_in.people import SIGN_IN_ROUTES
from tests.nodalis.certificates import Authority
from tests.nodalis.web.sign_in.pages import TABLE, Route, Running, application, call, routes_of, running, sign_in, wrong_by_role

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One page for all."""
    url = f"sqlite:///{tmp_path_factory.mktemp('guard')}/store.db"
    settings = Settings(store=StoreSettings(url=SecretStr(url)), review=ReviewSettings(port=0))
    with closing(Store(settings.store)) as store:
        upgrade(store)
        with running(store, settings) as found:
            yield found


@pytest.fixture
def reviewer(page: Running) -> Iterator[httpx.Client]:
    """A reviewer's browser; each request says itself which token it has."""
    with page.signed_in(Role.REVIEWER) as client:
        client.headers["X-Right"] = client.headers.pop("X-CSRF-Token")
        yield client


def test_a_role_opens_what_the_table_says_and_nothing_else(page: Running) -> None:
    assert wrong_by_role(page, TABLE) == []


def test_the_check_of_the_table_sees_a_route_that_is_open_to_others(page: Running) -> None:
    others: Table = {Route.HOME: frozenset((Role.ADMIN,)), Route.MANAGE: OPEN, Route.PICTURE: frozenset((Role.ADMIN,))}
    wrong = wrong_by_role(page, others)
    assert "GET / by reader: 200" in wrong
    assert "GET /manage by reader: 403" in wrong
    assert "GET /picture by nobody: 200" in wrong


def test_a_route_that_is_in_no_table_is_nobodys(page: Running) -> None:
    assert routes_of(application()) - {str(route) for route in TABLE} == {"GET /forgotten"}
    with page.signed_in(Role.ADMIN) as admin, page.client() as stranger:
        assert admin.get("/forgotten").status_code == 403
        assert stranger.get("/forgotten").status_code == 303


def test_a_stranger_cannot_tell_what_is_there(page: Running, reviewer: httpx.Client) -> None:
    with page.client() as stranger:
        answers = [stranger.get(path) for path in ("/", "/nothing", "/manage", "/reports/7", "/openapi.json")]
        assert {answer.status_code for answer in answers} == {303}
        assert {stranger.request(method, "/").status_code for method in ("POST", "PUT", "DELETE", "BREW")} == {401}
    assert (reviewer.get("/nothing").status_code, reviewer.get("/manage").status_code) == (404, 403)


def test_htmx_is_told_to_go_to_the_form(page: Running) -> None:
    with page.client(headers={"HX-Request": "true"}) as client:
        for answer in (client.get("/"), client.post("/reports/7")):
            assert (answer.status_code, answer.headers["hx-redirect"], answer.text) == (401, "/sign-in", "")


def test_a_link_of_another_site_makes_one_step_on_ours_since_the_cookie_is_strict(page: Running) -> None:
    with page.client(headers={"Sec-Fetch-Site": "cross-site"}) as client:
        for path in ("/reports/7?sort=age", "//elsewhere.example/", '/"><script>'):
            answer = client.get(httpx.URL(page.url + path))
            (goal,) = re.findall(r'content="0; url=([^"]*)"', answer.text)
            assert goal.startswith(f"{page.url}/")
            assert "<script" not in answer.text
            assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": "right"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-origin"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-origin", "Origin": "ours"},
        {"X-CSRF-Token": "right", "Origin": "ours"},
    ],
    ids=str,
)
def test_what_our_own_page_sends_is_taken(page: Running, reviewer: httpx.Client, headers: dict[str, str]) -> None:
    given = {"right": reviewer.headers["X-Right"], "ours": page.url}
    assert reviewer.post("/reports/7", headers={name: given.get(value, value) for name, value in headers.items()}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "\xe9"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "none"},
        {"X-CSRF-Token": "right", "Origin": "https://elsewhere.example"},
        {"X-CSRF-Token": "right", "Origin": "null"},
        {"X-CSRF-Token": "right", "Origin": "https://elsewhere.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_what_another_page_sends_is_refused(reviewer: httpx.Client, headers: dict[str, str]) -> None:
    right = reviewer.headers["X-Right"]
    given = {name.encode(): (right if value == "right" else value).encode("latin-1") for name, value in headers.items()}
    assert reviewer.post("/reports/7", headers=given).status_code == 403


def test_a_token_is_of_one_session(page: Running, reviewer: httpx.Client) -> None:
    with page.signed_in(Role.REVIEWER, name="jane") as other, page.client() as stranger:
        others = other.headers["X-CSRF-Token"]
        assert reviewer.post("/reports/7", headers={"X-CSRF-Token": others}).status_code == 403
        form = re.findall(r'name="csrf" value="(\w+)"', stranger.get("/sign-in").text)[0]
        assert reviewer.post("/reports/7", headers={"X-CSRF-Token": form}).status_code == 403
        other.post("/sign-out")
        sign_in(other, "jane")
        assert other.get("/").status_code == 200
        assert other.post("/reports/7", headers={"X-CSRF-Token": others}).status_code == 403, "it ended with its session"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
def test_every_method_that_may_change_something_needs_a_token(reviewer: httpx.Client, method: str) -> None:
    right = {"X-CSRF-Token": reviewer.headers["X-Right"]}
    assert reviewer.request(method, "/reports/7").status_code == 403
    assert reviewer.request(method, "/reports/7", headers=right).status_code == (200 if method == "POST" else 405)


def test_the_field_of_a_form_is_a_token_too_and_the_form_reaches_the_route(reviewer: httpx.Client) -> None:
    right = reviewer.headers["X-Right"]
    answer = reviewer.post("/reports/7", data={"csrf": right, "reason": "übersehen"})
    assert answer.json() == {"csrf": right, "reason": "übersehen"}
    assert reviewer.post("/reports/7", data={"reason": "x"}).status_code == 403
    assert reviewer.post("/reports/7", content=f"csrf=0&csrf={right}", headers=FORM).status_code == 403
    assert reviewer.post("/reports/7", content=b"\xff=1&csrf=1", headers=FORM).status_code == 403
    assert reviewer.post("/reports/7", files={"csrf": right}).status_code == 403, "of a form with files the header counts"


def test_a_form_is_as_long_as_a_form_is(reviewer: httpx.Client) -> None:
    right = reviewer.headers["X-Right"]
    assert reviewer.post("/reports/7", data={"csrf": right, "reason": "x" * 200_000}).status_code == 200
    assert reviewer.post("/reports/7", data={"csrf": right, "reason": "x" * 300_000}).status_code == 413
    assert reviewer.post("/reports/7", content=(b"x" * 1000 for _ in range(300)), headers=FORM).status_code == 413


def test_the_form_to_sign_in_needs_its_own_token(page: Running) -> None:
    page.add("john", Role.REVIEWER)
    before = len(page.recorded())
    with page.client() as client, page.client() as other:
        token = re.findall(r'name="csrf" value="(\w+)"', client.get("/sign-in").text)[0]
        fields = {"name": "john", "password": "four words of a person"}
        assert client.post("/sign-in", data=fields).status_code == 403
        assert other.post("/sign-in", data={**fields, "csrf": token}).status_code == 403, "without the cookie that it follows from"
        other.get("/sign-in")
        assert other.post("/sign-in", data={**fields, "csrf": token}).status_code == 403
        assert client.post("/sign-in", data={**fields, "csrf": token}, headers={"Origin": "https://elsewhere.example"}).status_code == 403
        assert client.post("/sign-in", data={**fields, "csrf": token}).status_code == 303
    assert len(page.recorded()) == before + 1


def test_nobody_is_signed_out_by_another_page(reviewer: httpx.Client) -> None:
    assert reviewer.post("/sign-out").status_code == 403
    assert reviewer.get("/sign-out").status_code == 405
    assert reviewer.get("/").status_code == 200


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "", "[", "192.0.2.7:8765"])
def test_a_name_that_is_not_ours_is_not_answered(page: Running, reviewer: httpx.Client, host: str) -> None:
    """As after DNS rebinding, where a page of elsewhere has an address of this machine."""
    assert reviewer.get("/", headers={"Host": host}).status_code == 421
    assert reviewer.get("/", headers={"Host": page.url.replace("http://127.0.0.1", "localhost")}).status_code == 200


def _answers(page: Running) -> Iterator[httpx.Response]:
    """Answers of all kinds: of every route, to somebody and to nobody, refused, missing, broken."""
    every = [*TABLE, *SIGN_IN_ROUTES, "GET /nothing", "GET /forgotten", "PUT /", "GET /reports/x"]
    with page.signed_in(Role.ADMIN) as admin, page.client() as stranger:
        for client in (admin, stranger):
            for route in every:
                if route != "POST /sign-out":
                    yield call(client, route)
        yield stranger.get("/", headers={"Host": "elsewhere.example"})
        yield sign_in(stranger, "nobody")


def test_every_answer_has_the_headers(page: Running) -> None:
    answers = list(_answers(page))
    assert {answer.status_code for answer in answers} >= {200, 303, 401, 403, 404, 405, 421, 422, 500}
    for answer in answers:
        headers = answer.headers
        assert headers.get_list("content-security-policy") == [CSP]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == ("max-age=3600" if answer.url.path == "/sign-in/style.css" else "no-store")
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers, "not without TLS"
        assert "server" not in headers
        assert len(headers["x-trace-id"]) == 16
        assert "DOE^JANE" not in answer.text
    assert "unsafe" not in CSP


def test_no_page_of_signing_in_has_a_script_or_a_style_of_its_own(page: Running) -> None:
    for answer in _answers(page):
        if "text/html" in answer.headers.get("content-type", ""):
            assert not re.search(r"<script|<style|style=|\son\w+=|javascript:|//(?!127\.0\.0\.1)", answer.text)


def test_cookies_are_read_by_no_script_and_sent_by_no_other_site(page: Running) -> None:
    page.add("june", Role.REVIEWER)
    with page.client() as client:
        form = client.get("/sign-in").headers["set-cookie"]
        session = sign_in(client, "june").headers["set-cookie"]
        assert re.fullmatch(r"nodalis-form=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", form)
        assert re.fullmatch(r"nodalis=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", session)


def test_under_tls_cookies_are_of_this_host_only_and_browsers_are_told_to_keep_to_tls(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    server = authority.server()
    review = ReviewSettings(port=0, tls=Tls(certificate=server.certificate, key=server.key))
    with running(store, settings.model_copy(update={"review": review})) as page:
        page.add("jane", Role.REVIEWER)
        with page.client(verify=ssl.create_default_context(cafile=authority.file)) as client:
            answer = sign_in(client, "jane")
            assert re.fullmatch(r"__Host-nodalis=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure", answer.headers["set-cookie"])
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            assert client.get("/").status_code == 200


def test_behind_something_that_does_the_tls_the_address_of_browsers_counts(store: Store, settings: Settings) -> None:
    review = ReviewSettings(port=0, url="https://Nodalis.example:443")
    behind = settings.model_copy(update={"review": review})
    with running(store, behind) as page, page.client(headers={"Host": "nodalis.example"}) as client:
        answer = client.get("/sign-in")
        assert answer.headers["set-cookie"].startswith("__Host-nodalis-form=")
        assert "strict-transport-security" in answer.headers
        assert client.get("/", headers={"Host": "127.0.0.1"}).status_code == 421
        step = client.get("/reports/7", headers={"Sec-Fetch-Site": "cross-site"})
        assert "url=https://nodalis.example/reports/7" in step.text


def test_beyond_this_machine_the_address_of_browsers_must_be_set() -> None:
    for wrong in ({"host": "0.0.0.0"}, {"url": "http://nodalis.example"}, {"url": "https://nodalis.example/path"}):
        with pytest.raises(ValidationError, match="url"):
            ReviewSettings(**wrong)  # type: ignore[arg-type]


def test_no_name_no_password_no_cookie_and_no_address_of_a_page_is_logged(page: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """What is handed to the log, before the list of what may stand in it leaves anything out."""
    word = "quillfeather"
    page.add(word, Role.REVIEWER)
    with page.client(headers={"User-Agent": word, "Referer": word}) as client:
        sign_in(client, word, word)
        sign_in(client, f"{word}2", word)
        sign_in(client, word, next=f"/{word}")
        session = client.cookies["nodalis"]
        for path in (f"/{word}", f"/?{word}", f"/reports/{word}", f"/sign-in?next=/{word}"):
            client.get(path)
            client.post(path, data={word: word})
        client.get("/", headers={"Host": word})
    logged = capsys.readouterr()
    assert logged.out.count("request") > 10
    assert word not in logged.out + logged.err
    assert session not in logged.out + logged.err
    assert [actor for actor, *_ in page.recorded()][-3:] == [word, "unknown", word]
