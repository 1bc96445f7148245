"""The cohorts of each report, as its next extraction finds them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A report that was extracted before is in none until its next extraction."""
    op.add_column("report", sa.Column("cohorts", sa.Text(), server_default="", nullable=False))
