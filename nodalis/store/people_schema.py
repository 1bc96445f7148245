"""The tables of people: accounts, sessions, and the audit of what people did."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, SmallInteger, Table, Text

from .schema import Key, Moment, Names, Words, metadata

_Id = BigInteger().with_variant(Integer, "sqlite")

account = Table(  # never removed: its name stands in the audit
    "account",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Key, nullable=False, unique=True),
    Column("shown", Words, nullable=False),  # the name of the person
    Column("roles", Names, nullable=False),
    Column("password", Text),  # hashed by Argon2; none: an OIDC issuer signs them in
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    sqlite_autoincrement=True,
)
session = Table(
    "session",
    metadata,
    Column("token", LargeBinary, primary_key=True),  # SHA-256 of what the browser has
    Column("account_id", BigInteger, ForeignKey("account.id"), nullable=False, index=True),
    Column("started_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=False),
)
audit = Table(  # triggers of the migration forbid to change and to remove rows
    "audit",
    metadata,
    Column("number", _Id, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("report_id", BigInteger, index=True),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON, as it was sealed
    Column("previous", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
audit_head = Table(  # one row: the last of the audit
    "audit_head",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="audit_head_one"), primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("last", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
