"""What is kept: settings, engine and unit of work, column types, tables, migrations.

Nothing here knows the clinic's rules, and nothing outside `db` and the services of `clinic` knows SQLAlchemy.
"""

from db.engine import dispose, engine
from db.start import start
from db.work import reading, reading_one_moment, unit_of_work

__all__ = ["dispose", "engine", "reading", "reading_one_moment", "start", "unit_of_work"]
