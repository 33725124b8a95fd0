"""What an organisation said once and never again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "note",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("kind", sa.String(63), primary_key=True),
        sa.Column("record", sa.String(255), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
