"""Alembic's entry: runs in the transaction that `db.start` opened, or in one of its own."""

from alembic import context

from db.engine import engine
from db.tables import Base

given = context.config.attributes.get("connection")
if given is not None:
    context.configure(connection=given, target_metadata=Base.metadata, render_as_batch=True)
    context.run_migrations()
else:
    with engine().begin() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        context.run_migrations()
