"""The revisions of the schema, oldest first; the same as under `migrations/versions`, which a test holds together.

They stand here too so that a reader knows them without importing a migration tool.
"""

REVISIONS = ("0001", "0002", "0003", "0004")
MEMORY = 2
"""The revision with what was applied, runs and what was seen."""
NOTES = 3
"""The revision with what an organisation says only once."""
POSTGRES_SCHEMA = "reconciler"
"""The tables of a shared database stand in a schema of their own."""
