"""Opens a YAML file with the workbook's sheets as lists of rows, meant for models and securities.

    models:
      - {model: growth, name: Growth, description: Stocks first}

Every scalar is text, so `NO` stays NO. Anchors, aliases and tags are refused: they are how a small file becomes a
large one, or something else than text.
"""

from __future__ import annotations

from clients.custodians.cells import CELL_CHARACTERS_MAX, shown
from clients.custodians.tables import TableRefused, encoding_of
from clients.workbooks.opening.raw import (
    CELLS_MAX,
    COLUMNS_MAX,
    ROWS_MAX,
    SPLIT,
    Book,
    Cell,
    Fault,
    Refused,
    Row,
    Sheet,
)

KIND = "yaml"
BYTES_MAX = 2 * 1024 * 1024
DEPTH_MAX = 6


def read(data: bytes) -> Book:
    """The sheets of a YAML file, or a book with only faults. A row's number is its line in the file."""
    try:
        return Book(KIND, tuple(_sheets(_text(data))))
    except Refused as refused:
        return Book(KIND, faults=(refused.fault,))


def _text(data: bytes) -> str:
    if len(data) > BYTES_MAX:
        raise Refused(Fault(f"The file is larger than {BYTES_MAX // 1024 // 1024} MB.", SPLIT))
    try:
        return data.decode(encoding_of(data))
    except TableRefused as refused:
        raise Refused(Fault(refused.rule, "Save it as UTF-8.", row=refused.line)) from None


def _sheets(text: str) -> list[Sheet]:
    # Imported here: only this kind of file needs the library.
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        depth = events = 0
        probe = yaml.SafeLoader(text)
        while probe.check_event():
            event = probe.get_event()
            events += 1
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if events > CELLS_MAX or depth > DEPTH_MAX:
                raise _refused("The file is nested too deeply or is too long.", SPLIT, event)
            if (
                isinstance(event, yaml.AliasEvent)
                or getattr(event, "anchor", None)
                or getattr(event, "tag", None)
            ):
                raise _refused(
                    "Anchors, aliases and tags are not read.",
                    "Write each value out, without & * or !.",
                    event,
                )
        root = loader.get_single_node()
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        raise Refused(
            Fault("The file is not valid YAML.", "Check the indentation.", row=mark.line + 1 if mark else 1)
        ) from None
    finally:
        loader.dispose()
    if not isinstance(root, yaml.MappingNode):
        raise Refused(
            Fault("The file has no sheets.", "Begin with the name of a sheet, such as `models:`.", row=1)
        )
    return [_sheet(name, rows) for name, rows in root.value]


def _sheet(name: object, rows: object) -> Sheet:
    import yaml

    if not isinstance(name, yaml.ScalarNode):
        raise _refused("The name of a sheet must be a word.", "Begin with a name such as `models:`.", name)
    if not isinstance(rows, yaml.SequenceNode):
        raise _refused("A sheet is a list of rows.", "Begin each row with a dash.", rows, name.value)
    captions: dict[str, int] = {}
    read_rows: list[Row] = []
    for row in rows.value:
        if not isinstance(row, yaml.MappingNode):
            raise _refused(
                "A row has a name and a value for each column.", "Write `column: value`.", row, name.value
            )
        cells: dict[int, Cell] = {}
        for key, value in row.value:
            if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
                raise _refused("A cell is one value.", "Write a list with semicolons.", value, name.value)
            place = captions.setdefault(key.value, len(captions))
            if place in cells:
                raise _refused("A column is named twice in one row.", "Keep one of them.", key, name.value)
            if len(value.value) > CELL_CHARACTERS_MAX or len(captions) > COLUMNS_MAX:
                raise _refused("A cell is too long, or a row too wide.", "Shorten it.", value, name.value)
            if value.value.strip():
                cells[place] = Cell(value.value)
        read_rows.append(Row(row.start_mark.line + 1, cells))
    if len(read_rows) > ROWS_MAX:
        raise _refused(f"The sheet has more than {ROWS_MAX:,} rows.", SPLIT, rows, name.value)
    head = Row(name.start_mark.line + 1, {place: Cell(caption) for caption, place in captions.items()})
    return Sheet(name.value, (head, *read_rows))


def _refused(rule: str, cure: str, node: object, sheet: str = "") -> Refused:
    mark = getattr(node, "start_mark", None)
    value = getattr(node, "value", "")
    return Refused(
        Fault(
            rule,
            cure,
            sheet,
            mark.line + 1 if mark else 0,
            value=shown(value) if isinstance(value, str) else "",
        )
    )
