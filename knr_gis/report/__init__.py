"""Reports: one content, as PDF and as an editable Word file."""

from knr_gis.report.pdf import write_report_pdf
from knr_gis.report.word import write_report_docx

__all__ = ["write_report_docx", "write_report_pdf"]
