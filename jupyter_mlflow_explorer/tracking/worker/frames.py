"""The language between the two processes: frames of an id, a length and JSON.

To the child: id 0 with the settings, first of all; then one frame for each request, ``{"path", "body"}``, and one with
the same id and ``{"cancel": true}`` for a request whose answer nobody waits for. From the child: id 0 with
``{"ready": {"mlflow": version}}`` or ``{"error": …}``, then for each request ``{"answer": …}`` or ``{"error": …}``.
An error is ``{"code", "message"}`` and what `convert.describe` adds.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

#: Request id, then the number of bytes that follow.
HEADER = struct.Struct(">II")
#: Largest JSON either way, as for tracking servers.
LARGEST = 256 << 20
CONTROL = 0


def pack(request_id: int, content: Mapping[str, Any], default: Callable[[Any], Any] | None = None) -> bytes:
    """Return one frame, with `default` for what JSON does not know; raises `OverflowError` above `LARGEST`."""
    payload = json.dumps(content, separators=(",", ":"), default=default).encode()
    if len(payload) > LARGEST:
        raise OverflowError(len(payload))
    return HEADER.pack(request_id, len(payload)) + payload


class Splitter:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take bytes and return the frames they complete; raises `OverflowError` for one above `LARGEST`."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= HEADER.size:
            request_id, length = HEADER.unpack_from(self._buffer)
            if length > LARGEST:
                raise OverflowError(length)
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            frames.append((request_id, bytes(self._buffer[HEADER.size : end])))
            del self._buffer[:end]
        return frames
