"""How Alembic runs the migrations: on the connection, and so in the transaction, that it is given."""

from alembic import context

from tally_finance.book.schema import METADATA

if not __name__.startswith("tally_finance"):  # Alembic runs this file; whoever imports it wants its names only
    context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
    context.run_migrations()
