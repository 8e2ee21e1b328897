"""The house style of a PDF: a title, lines of facts, headings, text, and pages that are counted.

DejaVu Sans is carried along (fonts/), because the fonts every reader has know Western letters only.
What it cannot draw becomes a box, and `Document.complete` says so: docs/decisions/0011-signed-consents.md.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from clinic.documents.chart import HEIGHT, Chart, draw

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "DejaVu"
_TEXT, _SMALL, _HEADING, _TITLE = 10.5, 8.5, 12.5, 18.0  # points
_LINE = 1.45  # of the size
_GREY = 90
_BOX = "\u25a1"
_POINT_MM = 25.4 / 72


class Document:
    """A4, portrait. Text is drawn as it is given: nothing in it is read as markup but `markdown`'s."""

    def __init__(self, title: str, footer: str, made_at: datetime, language: str = "en") -> None:
        """`footer` stands on every page beside its number; `made_at` is the file's own date."""
        self.complete = True
        self._pdf = _Pages()
        self._pdf.set_margins(22, 22, 22)
        self._pdf.set_auto_page_break(True, margin=24)
        self._pdf.add_font(_FAMILY, "", _FONTS / "DejaVuSans.ttf")
        self._pdf.add_font(_FAMILY, "B", _FONTS / "DejaVuSans-Bold.ttf")
        self._known = set(cast(TTFFont, self._pdf.fonts[_FAMILY.lower()]).cmap)
        self._pdf.footer_text = self._drawable(footer)
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(made_at)
        self._pdf.add_page()
        self._block(title, _TITLE, bold=True)

    def heading(self, text: str) -> None:
        self._pdf.ln(2)
        self._block(text, _HEADING, bold=True)

    def paragraph(self, text: str) -> None:
        self._block(text, _TEXT)

    def small(self, text: str) -> None:
        """A remark: smaller and grey."""
        self._pdf.set_text_color(_GREY)
        self._block(text, _SMALL)
        self._pdf.set_text_color(0)

    def bullet(self, text: str) -> None:
        self._block(f"\u2022  {text}", _TEXT)

    def facts(self, rows: list[tuple[str, str]]) -> None:
        """A label and its value a row, the values in one column."""
        for label, value in rows:
            top, page = self._pdf.get_y(), self._pdf.page
            self._style(_TEXT)
            self._pdf.set_text_color(_GREY)
            self._pdf.multi_cell(45, _height(_TEXT), self._drawable(label), new_x=XPos.RIGHT, new_y=YPos.TOP)
            self._pdf.set_text_color(0)
            if self._pdf.page == page:
                self._pdf.set_y(top)
            self._pdf.set_x(self._pdf.l_margin + 47)
            self._pdf.multi_cell(
                0, _height(_TEXT), self._drawable(value), new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
        self._pdf.ln(3)

    def markdown(self, text: str) -> None:
        """Paragraphs, headings (##), lists (-) and **bold**; every other sign is drawn as it is."""
        for block in re.split(r"\n\s*\n", text.strip()):
            if block.startswith("#"):
                self.heading(block.lstrip("# "))
                continue
            lines: list[str] = []
            for line in block.splitlines():
                starts_point = re.match(r"\s*([-*+]|\d+[.)])\s", line)
                if lines and not starts_point:
                    lines[-1] += f" {line.strip()}"
                else:
                    lines.append(line.strip())
            for line in lines:
                self._inline(re.sub(r"^[-*+]\s+", "\u2022  ", line), gap=1.0)
            self._pdf.ln(1.5)

    def keep_together(self, millimetres: float) -> None:
        """Begin a new page where less than this is left of the current one."""
        if self._pdf.get_y() + millimetres > self._pdf.page_break_trigger:
            self._pdf.add_page()

    def chart(self, chart: Chart) -> None:
        """A chart over the whole width, on one page with nothing cut off."""
        pdf = self._pdf
        self.keep_together(HEIGHT)
        top = pdf.get_y()
        pdf.set_font(_FAMILY, "", _SMALL)
        draw(pdf, chart, pdf.l_margin, top, pdf.epw, self._drawable)
        pdf.set_draw_color(0)
        pdf.set_text_color(0)
        pdf.set_xy(pdf.l_margin, top + HEIGHT)

    def table(self, rows: list[list[str]]) -> None:
        """Columns of the same width, the first row their names."""
        width = self._pdf.epw / len(rows[0])
        for place, row in enumerate(rows):
            self._style(_SMALL, bold=place == 0)
            self.keep_together(_height(_SMALL))
            for cell in row:
                self._pdf.cell(width, _height(_SMALL), self._drawable(cell))
            self._pdf.ln(_height(_SMALL))
        self._pdf.ln(3)

    def content(self) -> bytes:
        return bytes(self._pdf.output())

    def _block(self, text: str, size: float, bold: bool = False) -> None:
        self._style(size, bold)
        self._pdf.multi_cell(
            0, _height(size), self._drawable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self._pdf.ln(1.5)

    def _inline(self, text: str, gap: float = 1.5) -> None:
        for place, part in enumerate(re.split(r"\*\*(.+?)\*\*", text)):
            self._style(_TEXT, bold=place % 2 == 1)
            self._pdf.write(_height(_TEXT), self._drawable(part))
        self._pdf.ln(_height(_TEXT) + gap)

    def _style(self, size: float, bold: bool = False) -> None:
        self._pdf.set_font(_FAMILY, "B" if bold else "", size)

    def _drawable(self, text: str) -> str:
        """Composed letters, right-to-left scripts in the order they are drawn, boxes for the unknown.

        Left to itself the library would write letters it lacks into the log, and a name is nobody's there.
        """
        composed = unicodedata.normalize("NFC", text)
        if any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in composed):
            composed = "\n".join(BidiParagraph(line).get_reordered_string() for line in composed.split("\n"))
        drawn = "".join(sign if sign == "\n" or ord(sign) in self._known else _BOX for sign in composed)
        self.complete = self.complete and (drawn == composed)
        return drawn


class _Pages(FPDF):
    footer_text = ""

    def footer(self) -> None:
        self.set_y(-16)
        self.set_font(_FAMILY, "", _SMALL)
        self.set_text_color(_GREY)
        self.cell(140, 6, self.footer_text)
        self.cell(0, 6, f"Page {self.page_no()} of {{nb}}", align="R")
        self.set_text_color(0)


def _height(size: float) -> float:
    """Of one line, in millimetres."""
    return size * _POINT_MM * _LINE
