"""What can go wrong with the store itself, as facts the layers above can name."""


class DatabaseUnreachable(Exception):
    """The database cannot be opened or does not answer."""


class NoRoom(DatabaseUnreachable):
    """The database answers, and there is no room left to keep anything: what is there can still be read."""


class WrongKey(Exception):
    """The encryption key is missing or is not the one this database was written with."""
