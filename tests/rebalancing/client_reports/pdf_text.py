"""What a PDF says and how it is tagged, read from its own structures."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

_HEX = re.compile(r"<([0-9A-Fa-f ]*)>")


def text_of(pdf: bytes) -> str:
    """All the text that is drawn, in drawing order, decoded by each font's ToUnicode map."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return "".join(
            part
            for page in document.pages
            for part in _drawn(page, page.get("/Resources", pikepdf.Dictionary()))
        )


def tags_of(pdf: bytes) -> list[str]:
    """The structure tags in reading order."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return list(_tags(document.Root.StructTreeRoot))


def alternatives_of(pdf: bytes) -> list[str]:
    """The words that stand for the pictures."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [str(node.Alt) for node in _nodes(document.Root.StructTreeRoot) if "/Alt" in node]


def _tags(root: Any) -> Iterator[str]:
    for node in _nodes(root):
        if "/S" in node:
            yield str(node.S).removeprefix("/")


def _nodes(node: Any) -> Iterator[Any]:
    if not isinstance(node, pikepdf.Dictionary):
        return
    yield node
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        yield from _nodes(child)


def _drawn(content: Any, resources: Any) -> Iterator[str]:
    fonts = {name: _letters(font) for name, font in resources.get("/Font", {}).items()}
    font: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(content):
        match str(operator):
            case "Tf":
                font = fonts[str(operands[0])]
            case "Tj":
                yield _decoded(bytes(operands[0]), font)
            case "TJ":
                yield "".join(
                    _decoded(bytes(part), font) for part in operands[0] if isinstance(part, pikepdf.String)
                )
            case "ET":
                yield "\n"
            case "Do":
                thing = resources.XObject[str(operands[0])]
                if thing.get("/Subtype") == "/Form":
                    yield from _drawn(thing, thing.get("/Resources", resources))


def _decoded(raw: bytes, font: dict[int, str]) -> str:
    codes = (int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2))
    return "".join(font.get(code, "\ufffd") for code in codes)


def _letters(font: Any) -> dict[int, str]:
    """Code to text, as the font's ToUnicode stream maps them."""
    told = font.ToUnicode.read_bytes().decode("latin-1")
    letters: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", told, re.DOTALL):
        codes = _HEX.findall(block)
        letters |= {int(code, 16): _text(text) for code, text in zip(codes[::2], codes[1::2], strict=True)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", told, re.DOTALL):
        codes = _HEX.findall(block)
        for first, last, text in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
            start = ord(_text(text))
            letters |= {
                code: chr(start + code - int(first, 16)) for code in range(int(first, 16), int(last, 16) + 1)
            }
    return letters


def _text(code: str) -> str:
    return bytes.fromhex(code.replace(" ", "")).decode("utf-16-be")
