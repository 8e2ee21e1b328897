"""What can go wrong with the store itself, as facts the layers above can name."""


class DatabaseUnreachable(Exception):
    """The database cannot be opened or does not answer."""


class WrongKey(Exception):
    """The encryption key is missing or is not the one this database was written with."""
