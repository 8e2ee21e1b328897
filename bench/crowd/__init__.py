"""A hundred people at once for `bench/load.py`: their clinic, their tabs, their habits."""
