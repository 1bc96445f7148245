"""People's decisions, and what a work list shows of reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REVIEW = 2  # the stage of reports that somebody must look at


def upgrade() -> None:
    """Make them; what needs review is extracted anew, which fills what the work list shows of it."""
    op.create_table(
        "decision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
        sa.Column("reading", sa.LargeBinary(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("decision_of_report", "decision", ["report_id", "id"], unique=False)
    op.add_column("report", sa.Column("review", sa.Text(), server_default="", nullable=False))
    op.add_column("report", sa.Column("doubts", sa.Text(), server_default="", nullable=False))
    op.add_column("report", sa.Column("changed_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("report_by_review", "report", ["review", "changed_at"], unique=False)
    op.execute(
        "UPDATE report SET changed_at = coalesce((SELECT received_at FROM message WHERE message.id = report.changed_by), 0), "
        "review = CASE WHEN extract_at IS NOT NULL THEN '' ELSE 'clear' END"
    )
    op.execute(
        f"UPDATE report SET revision = revision + 1, extract_at = 0, owner = NULL, attempts = 0, review = 'open' WHERE stage = {_REVIEW}"
    )
