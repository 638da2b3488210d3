"""Where versions are kept in tests: as books are, in both kinds of database."""

from tests.finance.book.conftest import engine, url
from tests.postgresql import postgresql, postgresql_server

__all__ = ["engine", "postgresql", "postgresql_server", "url"]
