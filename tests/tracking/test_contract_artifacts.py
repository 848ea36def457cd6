"""Listings and bytes of artifacts, from disk and through a tracking server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.errors import BadInput, NotFound, NotSupported
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.files import FilesStore
from jupyter_mlflow_explorer.tracking.rest import RestStore
from jupyter_mlflow_explorer.tracking.store import ArtifactOwner, ArtifactStream, LoggedModelId, TrackingStore

from ..stores.seed import ODD_NAMES, Seed

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = pytest.mark.asyncio


async def read(stream: ArtifactStream) -> bytes:
    try:
        return b"".join([chunk async for chunk in stream.chunks])
    finally:
        await stream.aclose()


#: Files on disk read directly, the same through the server, and files that only the server can reach.
PLACES = {
    "database": ("database", "files"),
    "rest": ("rest", "files"),
    "proxied": ("rest", "proxied-files"),
    "files": ("files", "files"),
}


@pytest_asyncio.fixture
async def store(place: str, request: pytest.FixtureRequest, seeded: Seed) -> AsyncIterator[TrackingStore]:
    opened: TrackingStore
    if PLACES[place][0] == "database":
        opened = DatabaseStore(seeded.uri)
    elif PLACES[place][0] == "files":
        opened = FilesStore(seeded.uri)
    else:
        opened = RestStore(request.getfixturevalue("server"), request_timeout_s=30)
    yield opened
    await opened.close()


@pytest.fixture(params=list(PLACES))
def place(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["run", "model"])
def owner(place: str, seeded: Seed, request: pytest.FixtureRequest) -> ArtifactOwner:
    """A run, and a logged model with the same artifacts."""
    name = PLACES[place][1]
    return seeded.runs[name] if request.param == "run" else LoggedModelId(seeded.models[name])


def servable(store: TrackingStore, name: str) -> bool:
    return store.kind in ("database", "files") or ("#" not in name and unquote(name) == name)


async def test_listings_are_mlflows(
    store: TrackingStore, owner: ArtifactOwner, seeded: Seed, reference: MlflowClient
) -> None:
    # The same files are below both runs; MLflow lists them from disk.
    for folder in ("", "deep", "deep/er", "deep/er/est", "many"):
        page = await store.artifacts(owner, folder)
        expected = reference.list_artifacts(seeded.runs["files"], folder or None)
        assert [(e.path, e.is_dir) for e in page.entries] == [(e.path, e.is_dir) for e in expected]
        assert [e.size_bytes or 0 for e in page.entries] == [e.file_size or 0 for e in expected]
        assert page.path == folder
        assert all(entry.name == entry.path.rsplit("/", 1)[-1] for entry in page.entries)


async def test_listings_come_in_pages(store: TrackingStore, owner: ArtifactOwner) -> None:
    names, token = [], None
    while True:
        page = await store.artifacts(owner, "many", max_results=10, page_token=token)
        names += [entry.name for entry in page.entries]
        token = page.next_page_token
        if token is None:
            break
    assert names == [f"{i:02d}.txt" for i in range(25)]
    first = await store.artifacts(owner, "many", max_results=10)
    with pytest.raises(BadInput, match="token"):
        await store.artifacts(owner, "deep", page_token=first.next_page_token)


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_odd_names_are_read(store: TrackingStore, owner: ArtifactOwner, name: str) -> None:
    if not servable(store, name):
        with pytest.raises(NotSupported, match="cannot serve"):
            await store.open_artifact(owner, name)
        return
    stream = await store.open_artifact(owner, name)
    assert (stream.name, stream.size_bytes) == (name, len(name.encode()))
    assert await read(stream) == name.encode()


async def test_ranges(store: TrackingStore, owner: ArtifactOwner) -> None:
    whole = bytes(range(256)) * 12_000
    cases: list[tuple[int | None, int | None, int, int]] = [
        (None, None, 0, len(whole)),
        (0, 1, 0, 1),
        (5, 300, 5, 300),
        (1_500_000, None, 1_500_000, len(whole)),
        (-7, None, len(whole) - 7, len(whole)),
        (-9_999_999, None, 0, len(whole)),
        (3_071_999, 9_999_999, 3_071_999, len(whole)),
    ]
    tags = set()
    for start, stop, first, last in cases:
        stream = await store.open_artifact(owner, "big.bin", start, stop)
        assert (stream.start, stream.stop, stream.size_bytes) == (first, last, len(whole))
        tags.add(stream.etag)
        assert await read(stream) == whole[first:last]
    known = await store.stat_artifact(owner, "big.bin")
    tags.add(known.etag)
    assert len(tags) == 1
    assert None not in tags
    assert (known.name, known.size_bytes) == ("big.bin", len(whole))
    assert known.modified_ms
    assert known.modified_ms > 1_500_000_000_000
    assert await read(known) == b""
    for start, stop in ((3_072_000, None), (5, 5), (9_999_999, 10_000_000)):
        with pytest.raises(BadInput, match="range"):
            await store.open_artifact(owner, "big.bin", start, stop)


async def test_empty_files_and_deep_folders(store: TrackingStore, owner: ArtifactOwner) -> None:
    stream = await store.open_artifact(owner, "empty.bin")
    assert (stream.size_bytes, await read(stream)) == (0, b"")
    assert (await store.stat_artifact(owner, "empty.bin")).size_bytes == 0
    assert await read(await store.open_artifact(owner, "deep/er/est/x.json")) == b'{"x": 1}'


async def test_a_stream_may_be_left_early(store: TrackingStore, owner: ArtifactOwner) -> None:
    stream = await store.open_artifact(owner, "big.bin")
    assert await anext(stream.chunks)
    await stream.aclose()
    await stream.aclose()
    assert await read(await store.open_artifact(owner, "plain.txt")) == b"plain.txt"


@pytest.mark.parametrize("path", ["nope", "deep", "deep/nope", "plain.txt/x", ""])
async def test_what_is_no_file_cannot_be_opened(store: TrackingStore, owner: ArtifactOwner, path: str) -> None:
    for action in (store.open_artifact, store.stat_artifact):
        with pytest.raises((NotFound, BadInput)) as failure:
            await action(owner, path)
        assert isinstance(failure.value, NotFound if path else BadInput)


@pytest.mark.parametrize("path", ["nope", "plain.txt", "deep/nope", "plain.txt/x"])
async def test_what_is_no_folder_cannot_be_listed(store: TrackingStore, owner: ArtifactOwner, path: str) -> None:
    with pytest.raises(NotFound):
        await store.artifacts(owner, path)


@pytest.mark.parametrize(
    "path", ["..", "../x", "deep/../../x", "/etc/passwd", "deep\\..\\x", "a\0b", "./x", "deep/.", "..\\..\\etc"]
)
async def test_paths_cannot_leave_the_run(store: TrackingStore, owner: ArtifactOwner, path: str) -> None:
    for action in (store.artifacts, store.open_artifact, store.stat_artifact):
        with pytest.raises(BadInput, match="artifact path"):
            await action(owner, path)


async def test_a_run_without_artifacts_has_an_empty_root(store: TrackingStore, seeded: Seed) -> None:
    page = await store.artifacts(seeded.runs["run-0"])
    assert (page.entries, page.next_page_token) == ([], None)
    assert not Path(str((await store.run(seeded.runs["run-0"])).artifact_uri)).exists()


@pytest.mark.parametrize("model_id", ["m-missing", "..", ".", "a/b", "", "m'--"])
async def test_a_logged_model_that_is_not_there_is_said(store: TrackingStore, model_id: str) -> None:
    for action in (store.open_artifact, store.stat_artifact):
        with pytest.raises(NotFound, match="logged model"):
            await action(LoggedModelId(model_id), "MLmodel")
    with pytest.raises(NotFound):
        await store.artifacts(LoggedModelId(model_id))
