"""What was last applied, runs and their journal, the right to write, sightings, and live objects as last read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    _memory()
    _runs()
    _looks()


def _memory() -> None:
    op.create_table(
        "applied",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("kind", sa.String(63), primary_key=True),
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("record", sa.String(255), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("goal", sa.String(31), nullable=False),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "writer",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("heartbeat", sa.Double, nullable=False),
        sa.Column("acquired", sa.Double, nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("operation", sa.String(63), nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("environment", sa.String(63), nullable=False),
        sa.Column("digest", sa.String(127), nullable=False),
        sa.Column("plan_id", sa.String(127), nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("revision", sa.String(127), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("tool", sa.String(63), nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("ended", sa.Double),
        sa.Column("outcome", sa.String(31), nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("journal_of_run", "journal", ["organisation", "run"])


def _looks() -> None:
    op.create_table(
        "sighting",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("topic", sa.String(63), primary_key=True),
        sa.Column("subject", sa.String(512), primary_key=True),
        sa.Column("mark", sa.String(127), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_seen", sa.Double, nullable=False),
        sa.Column("last_seen", sa.Double, nullable=False),
    )
    op.create_table(
        "seen",
        sa.Column("organisation", sa.String(512), primary_key=True),
        sa.Column("kind", sa.String(63), primary_key=True),
        sa.Column("record", sa.String(255), primary_key=True),
        sa.Column("stamp", sa.String(255), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("read_at", sa.Double, nullable=False),
    )
