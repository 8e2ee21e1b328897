"""What goes into a record's zip: names of files, tables for a spreadsheet, and what README says. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

# More than this would not fit through one download; the rest is taken from the portal one by one.
MOST_DOCUMENTS = 100 * 1024 * 1024
LONGEST_NAME = 60
# By what a document's content was found to be, whatever its name ends in.
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
}
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | None
Table = tuple[Sequence[str], Sequence[Sequence[Cell]]]

_FILES = {
    "record.json": "Everything, as the portal keeps it: one list for each kind of thing. Times are UTC.",
    "csv/intake.csv": "The intake form: each question that was asked, and its answer.",
    "csv/measures.csv": "Each form of questions that was filled in, with its score.",
    "csv/answers.csv": "The answers in them, one a line.",
    "csv/check-ins.csv": "Check-ins, one a day. The words are this clinic's own, not a validated scale.",
    "csv/sleep.csv": "The sleep diary, one night a line.",
    "csv/appointments.csv": "Sessions: booked, cancelled, and whether they took place.",
    "progress.pdf": "Check-ins, sleep and goals in words and numbers, to read.",
    "outcomes.pdf": "The charts of the measures, to read. It has initials in the place of the name.",
    "notes.pdf": "The signed notes on sessions, each as it was signed and as it was amended.",
    "safety-plan.pdf": "The safety plan as it stands.",
    "fhir/bundle.json": "The measures for another clinic's system: HL7 FHIR R4.",
    "documents/": "The files in the record.",
}


def file_name(place: int, name: str, media_type: str) -> str:
    """A name that every system can write, and that leads into no other folder: "001-Letter.pdf".

    Args:
        place: counted from 1; two documents of one name get two names.
        name: as somebody typed it, which may be anything.
    """
    composed = unicodedata.normalize("NFKC", name)
    stem = re.sub(r"\.\w{1,5}$", "", composed)
    tidy = re.sub(r"[^\w -]+", "_", stem)[:LONGEST_NAME].strip(" _-")
    return f"{place:03}-{tidy or 'document'}{_ENDINGS.get(media_type, '.bin')}"


def fitting(sizes: Iterable[int], most: int = MOST_DOCUMENTS) -> int:
    """How many of the documents, in order, fit into one file."""
    taken = 0
    for place, size in enumerate(sizes):
        taken += size
        if taken > most:
            return place
    return place + 1 if taken else 0


def as_csv(table: Table) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it. No cell is run (OWASP: CSV injection)."""
    columns, rows = table
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(one) for one in row])
    return text.getvalue().encode("utf-8-sig")


def readme(
    clinic: str, name: str, by: str, when: str, files: Sequence[str], left_out: Sequence[str]
) -> bytes:
    """What is in the zip, in plain words, and what is not."""
    listed = [said for said in _FILES if any(file == said or file.startswith(said) for file in files)]
    width = max((len(one) for one in listed), default=0) + 2
    lines = [
        f"The record of {name} at {clinic}",
        f"Made on {when} (UTC), for {by}.",
        "",
        "What is in it",
        *(f"  {one.ljust(width)}{_FILES[one]}" for one in listed),
        "",
        "What is not in it",
        *(f"  - {one}" for one in left_out),
        "",
        "Nothing in this file is sealed. Keep it where nobody else reads it, and delete it when it is no",
        "longer needed. Spreadsheets show a leading ' where a text would be taken for a formula.",
        "",
    ]
    return "\r\n".join(lines).encode()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return f"'{value}" if value.startswith(_RUNS) else value
