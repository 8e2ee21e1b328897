"""Who is in the demo clinic. Everybody is made up; phone numbers are from ranges kept for fiction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from clinic.people.details import ClinicDetails

PASSWORD = "quiet room demo password"  # noqa: S105 - printed in the README, opens made-up people only
LONDON, NEW_YORK = "Europe/London", "America/New_York"

CLINIC = ClinicDetails(
    name="Linden Practice",
    zone=LONDON,
    phone="020 7946 0142",
    emergency_number="999",
    crisis_line_name="Samaritans",
    crisis_line_number="116 123",
    alert_response="on the next working day, usually before noon",
)
ADMINISTRATOR = ("Ruth Adeyemi", "ruth@example.org")


class Course(Enum):
    """How a client's year goes."""

    IMPROVING = auto()
    UNCHANGED = auto()
    WORSE = auto()
    GAPS = auto()
    SKIPPING = auto()


@dataclass(frozen=True)
class Therapist:
    name: str
    email: str
    zone: str
    opens: int  # hours of the local day, Monday to Friday
    closes: int


@dataclass(frozen=True)
class Client:
    """`therapist` is an index into THERAPISTS."""

    name: str
    zone: str
    therapist: int
    course: Course

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@example.org"


THERAPISTS = (
    Therapist("Dana Okafor", "dana@example.org", LONDON, 9, 17),
    Therapist("Per Lindqvist", "per@example.org", LONDON, 10, 18),
    Therapist("Miriam Castellanos", "miriam@example.org", NEW_YORK, 8, 16),
)
_NAMES = """
Sam Rivera, Amara Nwosu, Tomasz Zielinski, Leila Haddad, Callum Fraser, Ines Duarte
Yusuf Demir, Grace Mbeki, Oscar Lindgren, Priya Raman, Nadia Petrova, Kwame Asante
Hannah Weiss, Diego Morales, Mei Tanaka, Rhys Bevan, Sofia Rossi, Ibrahim Saleh
Freya Nilsen, Andre Laurent, Zainab Bello, Jonas Keller, Carmen Vidal, Liam Doherty
Anjali Menon, Viktor Novak, Esther Cohen, Mateo Silva, Aisha Rahman, Piotr Kowal
Chloe Martin, Tariq Anwar, Elena Popescu, Bruno Costa, Wanda Krol, Femi Oladipo
Ruby Walsh, Omar Farouk, Naomi Baker
"""
_COURSES = (Course.IMPROVING, Course.UNCHANGED, Course.IMPROVING, Course.WORSE, Course.GAPS, Course.SKIPPING)


def _client(n: int, name: str) -> Client:
    therapist = n % 3
    # Each therapist has clients of every course.
    # The therapist in New York sees people there; a few of the others' clients have moved away.
    zone = NEW_YORK if therapist == 2 else "Europe/Madrid" if n % 10 == 4 else LONDON
    return Client(name, zone, therapist, _COURSES[(n + n // len(_COURSES)) % len(_COURSES)])


CLIENTS = tuple(_client(n, name) for n, name in enumerate(_NAMES.strip().replace("\n", ", ").split(", ")))
HALF_FILLED = CLIENTS[-3]  # has a session today and has not sent the intake
DISCHARGED = CLIENTS[-2]  # care has ended
NEW_CLIENT = Client("Robin Ahmed", LONDON, 0, Course.IMPROVING)  # has done nothing yet
AT_RISK = CLIENTS[3]  # answered PHQ-9 item 9 today; nobody has marked it as seen
