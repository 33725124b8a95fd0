"""What Alembic runs: the revisions that are missing, on the connection that it is handed, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
