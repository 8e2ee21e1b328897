"""How screens say an instant: in the words that the clinic's mails use too."""

from clinic.scheduling.spoken import (
    clock,
    day_of,
    long_day,
    minute_of_day,
    moment,
    short_day,
    zone_words,
)

__all__ = ["clock", "day_of", "long_day", "minute_of_day", "moment", "short_day", "zone_words"]
