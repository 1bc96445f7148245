"""Accounts sign in and out; a session is a new one each time, ends in time, and ends when the account does."""

from __future__ import annotations

import time
from hashlib import sha256
from types import SimpleNamespace

import argon2
import httpx
import pytest
from sqlalchemy import select

from nodalis.settings import ReviewSettings, Settings
from nodalis.store import Store, accounts
from nodalis.store.audit import AuditAction
from nodalis.store.people_schema import account, session
from nodalis.web.roles import Role
from nodalis.web.sign_in import sign_in as sign_in_module
from nodalis.web.sign_in.passwords import wrong
from tests.nodalis.web.sign_in.pages import PASSWORD, Running, form_token, running, sign_in

REVIEWER = Role.REVIEWER
both = pytest.mark.parametrize("settings", ["sqlite", "postgresql"], indirect=True)


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/").status_code == 200


@both
def test_who_has_an_account_signs_in_and_out(page: Running) -> None:
    page.add("jane", REVIEWER)
    with page.client() as client:
        asked = client.get("/reports/7?sort=age")
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Freports%2F7%3Fsort%3Dage")
        shown = client.get(asked.headers["location"])
        assert 'value="/reports/7?sort=age"' in shown.text
        answer = client.post(
            "/sign-in", data={"csrf": form_token(shown), "name": " Jane", "password": PASSWORD, "next": "/reports/7?sort=age"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/reports/7?sort=age")
        found = client.get("/").json()
        assert (found["id"], found["name"], found["roles"]) == ("jane", "jane Doe", ["reviewer"])
        assert client.get("/sign-in").headers["location"] == "/"
        out = client.post("/sign-out", data={"csrf": found["csrf"]})
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert "nodalis" not in client.cookies
        assert not is_signed_in(client)
    assert page.recorded() == [("jane", AuditAction.SIGN_IN, {"way": "password"}), ("jane", AuditAction.SIGN_OUT, {})]


def test_a_cookie_of_a_session_that_was_left_is_worth_nothing(page: Running) -> None:
    with page.signed_in(REVIEWER) as client:
        cookies = dict(client.cookies)
        client.post("/sign-out")
        with page.client(cookies=cookies) as thief:
            assert not is_signed_in(thief)


@both
def test_wrong_passwords_unknown_and_disabled_accounts_get_the_same_answer(page: Running) -> None:
    page.add("jane", REVIEWER)
    page.add("gone", REVIEWER)
    page.store.write_now(lambda connection: accounts.set_disabled(connection, "gone", page.clock()))
    page.store.write_now(lambda connection: accounts.signed_in_by_issuer(connection, "7", "Jane", ["reader"], page.clock()))
    tried = (
        ("jane", PASSWORD + "x"),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("jane", ""),
        ("", PASSWORD),
        ("oidc:7", ""),
        ("jane\0", "\0"),
    )
    with page.client() as client:
        answers = [sign_in(client, name, password) for name, password in tried]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.text for answer in answers}) == 1
        assert not is_signed_in(client)
    assert "nobody" not in str(page.recorded()), "a name that is none may be a password in the wrong field"
    assert [actor for actor, *_ in page.recorded()] == ["jane", "unknown", "gone", "jane", "unknown", "unknown", "unknown"]


def test_an_unknown_account_costs_a_hash_as_a_known_one_does(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    verify = argon2.PasswordHasher.verify

    def seen(self: argon2.PasswordHasher, known: str, password: str) -> bool:
        verified.append(known)
        return verify(self, known, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", seen)
    page.add("jane", REVIEWER)
    with page.client() as client:
        for name in ("jane", "nobody", "oidc:7"):
            sign_in(client, name, "not the password")
    assert len(verified) == 3
    ours, *others = map(argon2.extract_parameters, verified)
    assert others == [ours, ours]


@both
def test_a_new_session_begins_at_each_sign_in_whatever_cookie_there_was(page: Running) -> None:
    page.add("jane", REVIEWER)
    with page.client() as client:
        cookies = {"nodalis": "chosen-by-somebody-else", "nodalis-form": client.get("/sign-in").cookies["nodalis-form"]}
        fields = {"csrf": form_token(client.get("/sign-in")), "name": "jane", "password": PASSWORD}
    first = httpx.post(f"{page.url}/sign-in", data=fields, cookies=cookies).cookies["nodalis"]
    assert first != "chosen-by-somebody-else"
    with page.client(cookies={"nodalis": first}) as client:
        shown = page.store.read_now(lambda connection: connection.execute(select(session.c.token)).scalars().all())
        assert shown == [sha256(first.encode()).digest()], "the store has a hash of it, not the token"
        assert is_signed_in(client)
        again = httpx.post(f"{page.url}/sign-in", data=fields, cookies={**cookies, "nodalis": first})
        assert again.cookies["nodalis"] not in (first, "")
        assert not is_signed_in(client), "the session that was there before ended"


@both
def test_a_session_ends_when_nobody_does_anything(page: Running) -> None:
    with page.signed_in(REVIEWER) as client:
        for _ in range(3):
            page.clock.go(minutes=28)
            assert is_signed_in(client)
        page.clock.go(minutes=30)
        assert not is_signed_in(client)
        page.clock.go(minutes=-30)
        with page.signed_in(REVIEWER) as other:
            assert is_signed_in(other)


def test_a_session_ends_after_twelve_hours_whatever_is_done(page: Running) -> None:
    with page.signed_in(REVIEWER) as client:
        for _ in range(12 * 3 - 1):
            page.clock.go(minutes=20)
            assert is_signed_in(client)
        page.clock.go(minutes=20)
        assert not is_signed_in(client)


def test_the_ends_are_settings(store: Store, settings: Settings) -> None:
    shorter = settings.model_copy(update={"review": ReviewSettings(port=0, idle_minutes=1, session_hours=0.05)})
    with running(store, shorter) as page, page.signed_in(REVIEWER) as client:
        for _ in range(4):
            page.clock.go(seconds=40)
            assert is_signed_in(client)
        page.clock.go(seconds=40)
        assert not is_signed_in(client)


@both
def test_sessions_that_ended_are_removed_when_another_begins(page: Running) -> None:
    for name in ("jane", "john"):
        with page.signed_in(REVIEWER, name=name):
            page.clock.go(days=2)
    assert len(page.store.read_now(lambda connection: connection.execute(select(session)).all())) == 1


@both
def test_a_disabled_account_is_signed_out_everywhere_at_once(page: Running) -> None:
    with page.signed_in(REVIEWER, name="jane") as one, page.signed_in(REVIEWER, name="jane") as two, page.signed_in(Role.READER) as other:
        page.store.write_now(lambda connection: accounts.set_disabled(connection, "jane", page.clock()))
        assert [is_signed_in(client) for client in (one, two, other)] == [False, False, True]
        page.store.write_now(lambda connection: accounts.set_disabled(connection, "jane", None))
        assert not is_signed_in(one), "what ended does not begin again"
        assert sign_in(one, "jane").status_code == 303


@both
def test_a_changed_password_ends_all_sessions_and_is_the_only_one(page: Running) -> None:
    with page.signed_in(REVIEWER, name="jane") as client:
        other = argon2.PasswordHasher().hash("another secret of hers")
        page.store.write_now(lambda connection: accounts.set_password(connection, "jane", other))
        assert not is_signed_in(client)
        assert sign_in(client, "jane").status_code == 401
        assert sign_in(client, "jane", "another secret of hers").status_code == 303


@both
def test_an_account_that_is_disabled_or_changed_while_its_password_is_compared_does_not_sign_in(page: Running) -> None:
    """The session begins in one transaction with a look at the account."""
    from nodalis.store import sessions

    page.add("jane", REVIEWER)
    known = page.store.read_now(lambda connection: accounts.found(connection, "jane"))
    assert known is not None
    lasting = sessions.Lasting(page.clock.now - page.clock.now, page.clock.now - page.clock.now)
    page.store.write_now(lambda connection: accounts.set_password(connection, "jane", "changed"))
    assert not page.store.write_now(lambda connection: sessions.begin(connection, known, "token", page.clock(), lasting))


def test_roles_change_with_the_next_request(page: Running) -> None:
    with page.signed_in(REVIEWER, name="jane") as client:
        assert client.post("/reports/7").status_code == 200
        page.store.write_now(lambda connection: accounts.set_roles(connection, "jane", ["reader"]))
        assert client.post("/reports/7").status_code == 403


@both
def test_a_password_of_older_parameters_is_hashed_anew(page: Running) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    page.store.write_now(lambda connection: accounts.add(connection, "jane", "Jane", ["reader"], weak, page.clock()))
    with page.client() as client:
        assert sign_in(client, "jane").status_code == 303
        assert is_signed_in(client)
        stored = page.store.read_now(lambda connection: connection.execute(select(account.c.password)).scalar_one())
        assert stored.startswith("$argon2id$")
        assert not argon2.PasswordHasher().check_needs_rehash(stored)
    with page.client() as again:
        assert sign_in(again, "jane").status_code == 303


@pytest.fixture
def stopped(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes on only where the test says so, and no password is right, at no cost."""
    monkeypatch.setattr(sign_in_module, "time", SimpleNamespace(monotonic=lambda: page.clock.now.timestamp()))
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *_: False)


@pytest.mark.usefixtures("stopped")
def test_who_guesses_waits_longer_each_time_and_nobody_else_does(page: Running) -> None:
    page.add("jane", REVIEWER)
    with page.client() as client:
        for name in ("jane", "nobody"):  # an account and none: the answers do not tell which
            assert [sign_in(client, name).status_code for _ in range(6)] == [401] * 5 + [429]
            for seconds in (1, 2, 4, 8):
                assert sign_in(client, name).headers["retry-after"] == str(seconds)
                page.clock.go(seconds=seconds)
                assert sign_in(client, name).status_code == 401
            page.clock.go(minutes=5)
        assert sign_in(client, "john").status_code == 401


@pytest.mark.usefixtures("stopped")
def test_who_waits_is_refused_the_right_password_too_and_then_taken(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    page.add("jane", REVIEWER)
    with page.client() as client:
        for _ in range(5):
            sign_in(client, "jane")
        monkeypatch.undo()
        monkeypatch.setattr(sign_in_module, "time", SimpleNamespace(monotonic=lambda: page.clock.now.timestamp()))
        assert sign_in(client, "jane").status_code == 429
        page.clock.go(seconds=1)
        assert sign_in(client, "jane").status_code == 303
    with page.client() as other:
        assert sign_in(other, "jane", "wrong once more").status_code == 401, "its failures are forgotten"


@pytest.mark.usefixtures("stopped")
def test_one_network_may_try_thirty_times_a_minute_with_all_names_together(page: Running) -> None:
    with page.client() as client:
        statuses = [sign_in(client, f"name{number}", "guess").status_code for number in range(40)]
        assert statuses == [401] * 30 + [429] * 10
        assert len(page.recorded()) == 30, "what was not tried is not recorded, so that nobody fills the audit"
        page.clock.go(seconds=2)
        assert sign_in(client, "another", "guess").status_code == 401


@pytest.mark.parametrize(
    ("goal", "shown"),
    [
        ("/reports/7?sort=age&page=2", "/reports/7?sort=age&page=2"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ('/"><script>alert(1)</script>', "/%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
        ("", "/"),
    ],
)
def test_after_signing_in_somebody_is_where_they_were_going_and_never_elsewhere(page: Running, goal: str, shown: str) -> None:
    page.add("jane", REVIEWER)
    with page.client() as client:
        text = client.get("/sign-in", params={"next": goal}).text
        assert "<script" not in text
        assert sign_in(client, "jane", next=goal).headers["location"] == shown


@pytest.mark.parametrize(
    ("password", "said"),
    [("short", "too short"), ("eleven char", "too short"), ("x" * 1025, "too long"), ("twelve signs", None), ("Ünïcödé wörds 漢字", None)],
)
def test_a_password_has_twelve_characters_or_more_of_any_kind(password: str, said: str | None) -> None:
    assert (wrong(password) is None) == (said is None)
    assert said is None or said in str(wrong(password))


@both
def test_a_store_that_is_down_lets_nobody_in_and_says_so(page: Running) -> None:
    with page.signed_in(REVIEWER) as client:
        page.store.write_now(lambda connection: connection.exec_driver_sql("ALTER TABLE session RENAME TO away"))
        answer = client.get("/")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        page.store.write_now(lambda connection: connection.exec_driver_sql("ALTER TABLE away RENAME TO session"))
        assert is_signed_in(client)


def test_a_name_is_typed_in_any_case_and_a_password_in_any_form_of_its_letters(page: Running) -> None:
    composed = argon2.PasswordHasher().hash("Grüße aus der Küche".encode())
    page.store.write_now(lambda connection: accounts.add(connection, "jane", "Jane", ["reader"], composed, page.clock()))
    with page.client() as client:
        assert sign_in(client, "JANE", "Gru\u0308ße aus der Ku\u0308che").status_code == 303
        assert is_signed_in(client)


def test_the_time_of_this_machine_is_the_time_of_a_page() -> None:
    from nodalis.web.sign_in.guard import utc_now

    assert abs(utc_now().timestamp() - time.time()) < 60
