"""People's decisions are append-only: the database refuses to change and to remove them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEPT: Final = "decisions are append-only"
_SQLITE: Final = (
    f"CREATE TRIGGER decision_not_changed BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END",
    f"CREATE TRIGGER decision_not_removed BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END",
    # INSERT OR REPLACE removes a row without a word to the trigger of DELETE.
    "CREATE TRIGGER decision_not_replaced BEFORE INSERT ON decision WHEN EXISTS (SELECT 1 FROM decision WHERE id = NEW.id)"
    f" BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END",
)
_POSTGRESQL: Final = (
    f"CREATE FUNCTION decision_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_KEPT}'; END $$",
    "CREATE TRIGGER decision_not_changed BEFORE UPDATE OR DELETE ON decision FOR EACH ROW EXECUTE FUNCTION decision_kept()",
    "CREATE TRIGGER decision_not_emptied BEFORE TRUNCATE ON decision FOR EACH STATEMENT EXECUTE FUNCTION decision_kept()",
)


def upgrade() -> None:
    """Refuse it from now on."""
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(statement))
