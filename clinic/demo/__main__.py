"""`python -m clinic.demo`: throw the demo clinic away and make it again."""

import sys
from datetime import UTC, datetime

import db
from clinic.demo import reset
from clinic.errors import NotADemo
from db.errors import DatabaseUnreachable, WrongKey
from db.settings import settings

if not settings().demo:
    sys.exit("This is not a demo (QUIET_ROOM_DEMO is not 1), so nothing was thrown away.")
try:
    db.start()
    reset(datetime.now(UTC))
except NotADemo as error:
    sys.exit(error.sentence)
except WrongKey as error:
    sys.exit(f"{error}")
except DatabaseUnreachable:
    sys.exit("The database does not answer. Check DATABASE_URL, or stop the portal and try again.")
sys.stdout.write("The demo clinic is new again.\n")
