"""How a database of books comes to have its tables: Alembic's environment and the versions."""
