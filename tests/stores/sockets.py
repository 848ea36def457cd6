"""Servers that misbehave, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Answer = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """What arrived: the first line, the headers (names in lower case), and the body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A running server: where it is, what it was asked, and how many connections their clients have ended."""

    port: int
    requests: list[Request] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serve(answer: Answer) -> AsyncIterator[Server]:
    """Run `answer` for every request; ``closed`` is set when a client leaves while its answer is under way."""
    server = Server(0)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = await _read(reader)
                server.requests.append(request)
                work = asyncio.ensure_future(answer(request, writer))
                gone = asyncio.ensure_future(reader.read(1))
                done, _ = await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if gone in done:
                    server.closed.set()
                    work.cancel()
                    break
                gone.cancel()
                await asyncio.wait({gone})
                await work
                if writer.is_closing():
                    break
        writer.close()
        tasks.discard(task)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return Request(head[0], headers, await reader.readexactly(int(headers.get("content-length", 0))))


def reply(
    status: int, body: bytes | str, kind: str = "application/json", headers: dict[str, str] | None = None
) -> Answer:
    """Return an answer that is always the same."""
    content = body.encode() if isinstance(body, str) else body

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}\r\n"
        writer.write(head.encode() + content)
        await writer.drain()

    return answer


async def never(request: Request, writer: asyncio.StreamWriter) -> None:
    """Answer nothing, ever."""
    await asyncio.sleep(3600)


async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
    """Answer one byte at a time, for hours."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def cut(request: Request, writer: asyncio.StreamWriter) -> None:
    """Promise more than is sent."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"runs": [')
    await writer.drain()
    writer.close()


async def hang_up(request: Request, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.close()
