"""About which of the objects that were read a plan has found nothing to do."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("seen", sa.Column("settled", sa.String(127), nullable=False, server_default=""))
