"""The answer of a query as a table for spreadsheets."""

import io
import json
from typing import Any

from defusedcsv import csv
from django.http import HttpResponse

from triggers.services.querying.running import Answer


def response(found: Answer) -> HttpResponse:
    """A line of names, and one for each row. What a spreadsheet would take for a formula is text.

    Objects and lists are JSON, null is empty. What the JSON answer says besides stands in headers.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([each.name for each in found.columns])
    writer.writerows([_cell(each) for each in row] for row in found.rows)
    answer = HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="events.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Row-Count"] = str(len(found.rows))
    answer["X-Truncated"] = "true" if found.is_truncated else "false"
    return answer


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value
