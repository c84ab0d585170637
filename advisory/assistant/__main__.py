"""`./evenkeel mcp`: reads messages from the standard input and answers on the standard output, until the input ends."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import BinaryIO

from advisory.assistant.protocol import Server
from advisory.assistant.record import Api, BadAddress
from advisory.env import BadSetting, Environment

LINE_MAX = 1_000_000
PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Serve one client. The token comes from the environment or a file, so that no list of processes shows it."""
    env = Environment(os.environ)
    try:
        api = Api(env.text("EVENKEEL_MCP_ADDRESS"), env.secret("EVENKEEL_MCP_TOKEN"))
    except BadAddress as error:
        raise BadSetting(f"EVENKEEL_MCP_ADDRESS cannot be used. {error}") from error
    version = str(tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
    return serve(Server(api, version=version), sys.stdin.buffer, sys.stdout.buffer)


def serve(server: Server, given: BinaryIO, out: BinaryIO) -> int:
    """Answer line by line until the input ends, or nobody reads the output any more."""
    while line := given.readline(LINE_MAX):
        if not line.endswith(b"\n") and len(line) == LINE_MAX:
            sys.stderr.write("A message is longer than a million bytes.\n")
            return 1
        if not line.strip():
            continue
        if (answer := server.answer_to(line)) is not None:
            try:
                out.write(answer + b"\n")
                out.flush()
            except BrokenPipeError:
                return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
