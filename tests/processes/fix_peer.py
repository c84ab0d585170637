"""A broker made of raw FIX bytes, which does exactly what a test says: no engine, so that ours is not tested against itself."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

import simplefix

Pairs = Sequence[tuple[int, str]]


class Peer:
    """Listens on loopback, answers a Logon, and otherwise only what the test sends."""

    def __init__(
        self, *, answers_logon: bool = True, remembers: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        """One that `remembers` sends again what it is asked for, and asks for what it did not get."""
        self._tls, self._remembers = tls, remembers
        self._sent: dict[int, tuple[str, Pairs]] = {}
        self._next_in = 1
        self.next_out = 1
        self.answers_logon = answers_logon
        self.received: list[simplefix.FixMessage] = []
        self.logons = 0
        self._came = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        parser = simplefix.FixParser()
        while data := await reader.read(4096):
            parser.append_buffer(data)
            while (message := parser.get_message()) is not None:
                self.received.append(message)
                number, kind = int(text(message, 34) or 0), text(message, 35)
                has_gap = number > self._next_in
                if kind != "4" and number == self._next_in:
                    self._next_in += 1
                if kind == "4":
                    self._next_in = max(self._next_in, int(text(message, 36)))
                if kind == "2" and self._remembers:
                    self._send_again(int(text(message, 7)))
                if kind == "A":
                    if text(message, 141) == "Y":
                        self.next_out = 1
                    self.logons += 1
                    if self.answers_logon:
                        self.send(
                            "A",
                            [(98, "0"), (108, "30"), *([(141, "Y")] if text(message, 141) == "Y" else [])],
                        )
                if has_gap and self._remembers:
                    self.send("2", [(7, str(self._next_in)), (16, "0")])
                self._came.set()

    def _send_again(self, first: int) -> None:
        """Application messages under their numbers, and the administrative ones as gaps."""
        last = self.next_out
        for number in range(first, last):
            kind, pairs = self._sent.get(number, ("0", ()))
            if kind in "0123 5A":
                self.send("4", [(123, "Y"), (36, str(number + 1))], number=number, again=True)
            else:
                self.send(kind, pairs, number=number, again=True)

    def bytes_of(self, kind: str, pairs: Pairs, *, number: int | None = None, again: bool = False) -> bytes:
        """A message as bytes; without a number it takes the next one."""
        if number is None:
            number, self.next_out = self.next_out, self.next_out + 1
            self._sent[number] = (kind, pairs)
        now = f"{datetime.now(UTC):%Y%m%d-%H:%M:%S}"
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4", header=True)
        message.append_pair(35, kind, header=True)
        message.append_pair(49, "BROKER", header=True)
        message.append_pair(56, "EVENKEEL", header=True)
        message.append_pair(34, number, header=True)
        message.append_pair(52, now, header=True)
        if again:
            message.append_pair(43, "Y", header=True)
            message.append_pair(122, now, header=True)
        for tag, value in pairs:
            message.append_pair(tag, value)
        return bytes(message.encode())

    def send(self, kind: str, pairs: Pairs = (), *, number: int | None = None, again: bool = False) -> None:
        self.send_bytes(self.bytes_of(kind, pairs, number=number, again=again))

    def send_bytes(self, raw: bytes) -> None:
        assert self._writer is not None, "nobody is connected"
        self._writer.write(raw)

    async def expect(self, kind: str, *, count: int = 1, seconds: float = 5) -> simplefix.FixMessage:
        """The `count`th message of a type, waiting for it."""
        async with asyncio.timeout(seconds):
            while len(found := [one for one in self.received if text(one, 35) == kind]) < count:
                self._came.clear()
                await self._came.wait()
        return found[count - 1]

    def kinds(self) -> list[str]:
        return [text(one, 35) for one in self.received]


def text(message: simplefix.FixMessage, tag: int) -> str:
    found = message.get(tag)
    return found.decode("latin-1") if found is not None else ""
