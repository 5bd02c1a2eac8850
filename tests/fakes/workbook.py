"""XLSX workbooks written cell by cell: the smallest files that a spreadsheet program opens."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula and the result that was stored with it; none where nobody has calculated it."""

    text: str
    result: float | None = None


Cell = str | int | float | bool | Formula | None
Sheet = Sequence[Sequence[Cell]]


def write_workbook(
    path: Path,
    sheets: Mapping[str, Sheet],
    *,
    hidden: Sequence[str] = (),
    parts: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    shared: Sequence[str] = (),
    styles: bool = False,
) -> Path:
    """A workbook of `sheets` by name. `parts` are further members, or take the place of these;
    `names` are its defined names, `shared` the texts that cells may share."""
    parts = dict(parts or {})
    own: dict[str, str] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        own["[Content_Types].xml"] = _content_types(len(sheets))
        own["_rels/.rels"] = _relations({"rId1": ("officeDocument", "xl/workbook.xml")})
        own["xl/workbook.xml"] = _workbook(sheets, hidden, names or {})
        targets = {
            f"rId{place}": ("worksheet", f"worksheets/sheet{place}.xml")
            for place in range(1, len(sheets) + 1)
        }
        if shared:
            targets["rIdT"] = ("sharedStrings", "sharedStrings.xml")
            texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
            own["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN_NAMESPACE}">{texts}</sst>'
        if styles:
            targets["rIdS"] = ("styles", "styles.xml")
        own["xl/_rels/workbook.xml.rels"] = _relations(targets)
        for place, rows in enumerate(sheets.values(), start=1):
            own[f"xl/worksheets/sheet{place}.xml"] = _sheet(rows)
        for name, text in (own | parts).items():
            book.writestr(name, text)
    return path


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = [("/xl/workbook.xml", f"{kind}.sheet.main+xml")]
    overrides += [
        (f"/xl/worksheets/sheet{place}.xml", f"{kind}.worksheet+xml")
        for place in range(1, sheets + 1)
    ]
    parts = "".join(f'<Override PartName="{name}" ContentType="{of}"/>' for name, of in overrides)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{parts}</Types>'
    )


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _workbook(sheets: Mapping[str, Sheet], hidden: Sequence[str], names: Mapping[str, str]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{place}" r:id="rId{place}"'
        f"{' state=' + quoteattr('hidden') if name in hidden else ''}/>"
        for place, name in enumerate(sheets, start=1)
    )
    defined = "".join(
        f"<definedName name={quoteattr(name)}>{escape(text)}</definedName>"
        for name, text in names.items()
    )
    return (
        f'<workbook xmlns="{MAIN_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets>'
        f"<definedNames>{defined}</definedNames></workbook>"
    )


def _sheet(rows: Sheet) -> str:
    body = "".join(
        f'<row r="{row}">'
        + "".join(_cell(f"{_letters(column)}{row}", value) for column, value in enumerate(cells))
        + "</row>"
        for row, cells in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{MAIN_NAMESPACE}"><sheetData>{body}</sheetData></worksheet>'


def _cell(place: str, value: Cell) -> str:
    match value:
        case None:
            return ""
        case Formula():
            result = "" if value.result is None else f"<v>{value.result!r}</v>"
            return f'<c r="{place}"><f>{escape(value.text)}</f>{result}</c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case _:
            return f'<c r="{place}"><v>{value!r}</v></c>'


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
