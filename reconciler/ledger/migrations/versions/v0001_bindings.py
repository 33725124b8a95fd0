"""Bindings: the one table of the first ledgers, which had no version yet."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table, unless the database is from before there were versions."""
    op.create_table(
        "binding",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("kind", sa.String(63), primary_key=True),
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("record", sa.String(255), nullable=False),
        if_not_exists=True,
    )
