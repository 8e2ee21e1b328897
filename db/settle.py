"""What was deleted leaves SQLite's files.

Deleted rows are overwritten in the file itself (`PRAGMA secure_delete`, db/engine.py), but what was written
before still stands in the write-ahead log until that is folded into the file and cut off.
"""

from __future__ import annotations

from db.engine import engine


def settle() -> bool | None:
    """Fold the write-ahead log into the file and cut it off. False where others were reading all the time;
    None on PostgreSQL, which cleans up by itself (autovacuum)."""
    if engine().dialect.name != "sqlite":
        return None
    raw = engine().raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        told = cursor.fetchone()
        cursor.close()
        return told is not None and not told[0]  # the first number: whether somebody was in the way
    finally:
        raw.close()
