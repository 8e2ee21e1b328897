"""The clinic's report as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinic.oversight.report import Report

WITHHELD = "withheld"
COLUMNS = ("about", "period", "figure", "group", "count", "percent", "95 % from", "95 % to")


def as_csv(report: Report) -> bytes:
    """One line a figure. Nothing but groups is in it: no client, no therapist."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for line in (*report.outcomes, *report.attendance):
        for rate in line.rates:
            if rate.count is None or rate.of is None:
                writer.writerow([line.about, line.period, rate.name, WITHHELD, *[""] * 4])
                continue
            shares = [rate.count / rate.of, *(rate.interval or ())] if rate.of else []
            percents = [f"{share * 100:.1f}" for share in shares]
            writer.writerow([line.about, line.period, rate.name, rate.of, rate.count, *percents])
    for wait in report.waits:
        cells = [WITHHELD, ""] if wait.of is None else [wait.of, wait.median_days]
        writer.writerow(["Waiting", wait.period, "Median days to the first session", *cells, "", "", ""])
    writer.writerow([f"Groups of fewer than {report.smallest} clients are withheld.", *[""] * 7])
    return text.getvalue().encode("utf-8-sig")
