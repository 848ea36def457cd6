"""Artifacts that MLflow in the child copies for us: the contract, and the limits of copies."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.errors import BadInput, NotFound, NotSupported, TooLarge, TrackingTimeout
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.store import ArtifactOwner, ArtifactStream, LoggedModelId
from jupyter_mlflow_explorer.tracking.worker import WorkerArtifacts, WorkerStore
from jupyter_mlflow_explorer.tracking.worker.client import Limits
from jupyter_mlflow_explorer.tracking.worker.copies import CopyLimits
from jupyter_mlflow_explorer.tracking.worker.folders import Folders, sweep

from ..stores.bridge import bridged
from ..stores.children import children, is_gone, new_children, until
from ..stores.seed import ODD_NAMES, Seed

# The contract of all stores, on the store below.
from .test_contract_artifacts import (  # noqa: F401
    test_a_logged_model_that_is_not_there_is_said,
    test_a_run_without_artifacts_has_an_empty_root,
    test_a_stream_may_be_left_early,
    test_empty_files_and_deep_folders,
    test_listings_are_mlflows,
    test_listings_come_in_pages,
    test_paths_cannot_leave_the_run,
    test_what_is_no_file_cannot_be_opened,
    test_what_is_no_folder_cannot_be_listed,
)

pytestmark = pytest.mark.asyncio

WHOLE = bytes(range(256)) * 12_000


async def read(stream: ArtifactStream) -> bytes:
    try:
        return b"".join([chunk async for chunk in stream.chunks])
    finally:
        await stream.aclose()


@pytest.fixture(scope="module")
def far(plugin: dict[str, str], seeded_database: Seed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A store whose artifacts are at a plugin's locations."""
    copy = Path(shutil.copy(seeded_database.database, tmp_path_factory.mktemp("far") / "mlflow.db"))
    with sqlite3.connect(copy) as connection:
        for table, column in (("runs", "artifact_uri"), ("logged_models", "artifact_location")):
            connection.execute(
                f"update {table} set {column} = 'explorer-test-artifacts://' || {column} where {column} like '/%'"
            )
    connection.close()
    with bridged(lambda: WorkerStore(f"explorer-test://{copy}", environment=plugin, request_timeout_s=20)) as store:
        yield store


@pytest.fixture
def store(far: Any) -> Any:
    return far


@pytest.fixture(params=["run", "model"])
def owner(seeded_database: Seed, request: pytest.FixtureRequest) -> ArtifactOwner:
    found = seeded_database
    return found.runs["files"] if request.param == "run" else LoggedModelId(found.models["files"])


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_odd_names_are_copied(store: Any, owner: ArtifactOwner, name: str) -> None:
    stream = await store.open_artifact(owner, name)
    assert (stream.name, stream.size_bytes) == (name, len(name.encode()))
    assert await read(stream) == name.encode()


async def test_ranges_are_of_the_copy(store: Any, owner: ArtifactOwner) -> None:
    tags = set()
    cases: list[tuple[int | None, int | None, int, int]] = [
        (None, None, 0, len(WHOLE)),
        (5, 300, 5, 300),
        (-7, None, len(WHOLE) - 7, len(WHOLE)),
        (3_071_999, 9_999_999, 3_071_999, len(WHOLE)),
    ]
    for start, stop, first, last in cases:
        stream = await store.open_artifact(owner, "big.bin", start, stop)
        assert (stream.start, stream.stop, stream.size_bytes) == (first, last, len(WHOLE))
        tags.add(stream.etag)
        assert await read(stream) == WHOLE[first:last]
    known = await store.stat_artifact(owner, "big.bin")
    assert (known.name, known.size_bytes, known.modified_ms) == ("big.bin", len(WHOLE), None)
    assert {*tags, known.etag} == tags
    assert len(tags) == 1
    assert await read(known) == b""
    with pytest.raises(BadInput, match="range"):
        await store.open_artifact(owner, "big.bin", 3_072_000, None)


# From here on with small limits, on folders of the test's own.


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of artifacts; the log of downloads is beside it."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    for i in range(4):
        (folder / f"{i}.bin").write_bytes(bytes([i]) * 1_000)
    for name in ("slow.bin", "unsized.slow.bin"):
        (folder / name).write_bytes(b"s" * 8_000)
    (folder / "endless.bin").write_bytes(b"")
    (folder / "stuck.bin").write_bytes(b"")
    (folder / "large.bin").write_bytes(b"l" * 5_001)
    (folder / "unsized.bin").write_bytes(b"u" * 5_001)
    return folder


def downloads(place: Path) -> list[str]:
    log = place.parent / "downloads.log"
    return log.read_text().splitlines() if log.exists() else []


def root(place: Path) -> str:
    return f"explorer-test-artifacts://{place}"


@pytest_asyncio.fixture
async def small(
    plugin: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WorkerArtifacts]:
    """Artifacts with a child of their own, and tight limits."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = children()
    limits = CopyLimits(largest_bytes=5_000, stalled_s=1.0, kept_s=1.0)
    artifacts = WorkerArtifacts(environment=plugin, request_timeout_s=10, limits=limits)
    artifacts._client.limits = Limits(stuck_s=0.5)
    yield artifacts
    await artifacts.close()
    assert list(temporary.iterdir()) == []
    assert new_children(before) == []


def copies(tmp_path: Path) -> list[Path]:
    """Return the files in the private folders, the locks aside."""
    return [path for path in (tmp_path / "temporary").rglob("*") if path.is_file() and path.name != "lock"]


async def test_one_download_serves_many_and_is_forgotten(small: WorkerArtifacts, place: Path, tmp_path: Path) -> None:
    streams = await asyncio.gather(*(small.open(root(place), "r", "0.bin", i, i + 1) for i in range(20)))
    assert [await read(stream) for stream in streams] == [b"\0"] * 20
    assert downloads(place) == ["0.bin"]
    (folder,) = (tmp_path / "temporary").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in copies(tmp_path)] == ["0.bin"]
    # In use it stays, however long.
    stream = await small.open(root(place), "r", "0.bin", None, None)
    await asyncio.sleep(1.3)
    assert len(copies(tmp_path)) == 1
    assert await read(stream) == b"\0" * 1_000
    await until(lambda: copies(tmp_path) == [])
    # A new copy has a new tag: the bytes may be others.
    again = await small.open(root(place), "r", "0.bin", None, None)
    assert again.etag != stream.etag
    await again.aclose()
    assert downloads(place) == ["0.bin", "0.bin"]
    # Without a copy only the size is known.
    about = await small.stat(root(place), "r", "1.bin")
    assert (about.size_bytes, about.etag) == (1_000, None)
    assert (await small.stat(root(place), "r", "unsized.bin")).size_bytes is None


async def test_copies_make_room_for_others(small: WorkerArtifacts, place: Path, tmp_path: Path) -> None:
    (place / "a.bin").write_bytes(b"a" * 3_000)
    for name in ("0.bin", "1.bin", "a.bin", "2.bin"):
        assert await read(await small.open(root(place), "r", name, 0, 1))
    await until(lambda: sorted(path.name for path in copies(tmp_path)) == ["1.bin", "2.bin", "a.bin"])
    # What is being read is not removed for it; three times 3,000 are more than twice the limit.
    for name in ("b.bin", "c.bin", "d.bin"):
        (place / name).write_bytes(b"b" * 3_000)
    streams = [await small.open(root(place), "r", name, None, None) for name in ("a.bin", "b.bin", "c.bin")]
    with pytest.raises(TooLarge, match="at this time"):
        await small.open(root(place), "r", "d.bin", None, None)
    assert [len(await read(stream)) for stream in streams] == [3_000] * 3


async def test_what_is_too_large_is_refused(small: WorkerArtifacts, place: Path, tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match=r"'large\.bin' has more than"):
        await small.open(root(place), "r", "large.bin", None, None)
    assert downloads(place) == []
    # Whose size nobody knew: found out after it, or while it grows without end.
    with pytest.raises(TooLarge):
        await small.open(root(place), "r", "unsized.bin", None, None)
    assert small._client._current is not None
    child = small._client._current.pid
    with pytest.raises(TooLarge):
        await small.open(root(place), "r", "endless.bin", None, None)
    await until(lambda: is_gone(child))
    await until(lambda: copies(tmp_path) == [])
    assert await read(await small.open(root(place), "r", "3.bin", 0, 1)) == b"\3"


async def test_a_slow_download_is_waited_for_and_a_stuck_one_is_not(small: WorkerArtifacts, place: Path) -> None:
    limits = CopyLimits(largest_bytes=10_000, stalled_s=0.7)
    patient = WorkerArtifacts(small._client, request_timeout_s=0.7, limits=limits)
    try:
        started = time.monotonic()
        await small._client.ready()
        assert len(await read(await patient.open(root(place), "r", "slow.bin", None, None))) == 8_000
        assert time.monotonic() - started > 0.8
        with pytest.raises(TrackingTimeout, match=r"No byte of the artifact 'stuck\.bin' arrived within 0\.7 s"):
            await patient.open(root(place), "r", "stuck.bin", None, None)
    finally:
        await patient.close()


async def test_leaving_early_ends_the_download(small: WorkerArtifacts, place: Path, tmp_path: Path) -> None:
    tasks = [asyncio.create_task(small.open(root(place), "r", "unsized.slow.bin", None, None)) for _ in range(2)]
    await until(lambda: copies(tmp_path))
    tasks[0].cancel()
    await asyncio.sleep(0.1)
    # The other one still wants it.
    assert not tasks[1].done()
    assert copies(tmp_path)
    tasks[1].cancel()
    done, _ = await asyncio.wait(tasks, timeout=10)
    assert all(task.cancelled() for task in done)
    assert len(done) == 2
    await until(lambda: copies(tmp_path) == [])


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("/etc", "a path on the machine that wrote them"),
        ("file:///etc", "a path on the machine that wrote them"),
        ("FILE:/etc", "a path on the machine that wrote them"),
        ("relative/folder", "a path on the machine that wrote them"),
        ("http://me:secret@inside.example/x", "the credentials of this connection would be sent there"),
        ("mlflow-artifacts://inside.example/x", "would be sent there"),
        ("runs:/abc", "is not followed"),
    ],
)
async def test_some_locations_are_not_followed(uri: str, says: str) -> None:
    before = children()
    artifacts = WorkerArtifacts()
    for attempt in (artifacts.list(uri, "r", "", 10, None), artifacts.open(uri, "r", "passwd", None, None)):
        with pytest.raises(NotSupported, match=says) as failure:
            await attempt
        assert "secret" not in failure.value.message
    assert new_children(before) == []
    await artifacts.close()


async def test_unknown_schemes_are_explained(small: WorkerArtifacts) -> None:
    with pytest.raises(NotSupported, match="'explorer-nobody' needs a plugin"):
        await small.list("explorer-nobody://x", "r", "", 10, None)
    with pytest.raises(NotFound, match="no artifact 'x' in this logged model"):
        await small.open("explorer-test-artifacts:///nowhere", LoggedModelId("m"), "x", None, None)


async def test_local_artifacts_only_where_the_store_is_local(
    plugin: dict[str, str], seeded_database: Seed, tmp_path: Path, worker: Any
) -> None:
    uri = f"explorer-test://{shutil.copy(seeded_database.database, tmp_path / 'mlflow.db')}"
    store = WorkerStore(uri, environment=plugin, request_timeout_s=20)
    run_id = seeded_database.runs["files"]
    try:
        for attempt in (store.artifacts(run_id), store.open_artifact(run_id, "plain.txt")):
            with pytest.raises(NotSupported, match="not looked for on this one"):
                await attempt
    finally:
        await store.close()
    # The same location, for a store that is known to be here.
    assert await read(await worker.open_artifact(run_id, "plain.txt")) == b"plain.txt"
    assert (await worker.stat_artifact(run_id, "hash#1.txt")).etag
    assert len((await worker.artifacts(run_id, "many")).entries) == 25


async def test_what_a_killed_server_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from jupyter_mlflow_explorer.tracking.worker.folders import Folders; import time; f = Folders();"
    source += "open(f.make() + '/copy', 'w').write('x'); print('made', flush=True); time.sleep(60)"
    server = subprocess.Popen(
        [sys.executable, "-c", source], env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    await asyncio.to_thread(server.stdout.readline)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours = Folders()
    (tmp_path / "somebody-elses").mkdir()
    assert len(list(tmp_path.iterdir())) == 3
    sweep()
    assert len(list(tmp_path.iterdir())) == 3
    server.send_signal(signal.SIGKILL)
    server.wait(10)
    server.stdout.close()
    assert [path.name for path in tmp_path.rglob("copy")] == ["copy"]
    sweep()
    assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.rglob("copy")) == []
    ours.close()
    ours.close()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]


async def test_a_database_reads_unknown_schemes_through_mlflow(
    far: Any, plugin: dict[str, str], seeded_database: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is started for artifacts that are on this machine, and a child of its own reads the others."""
    monkeypatch.setenv("PYTHONPATH", plugin["PYTHONPATH"])
    copy = Path(shutil.copy(seeded_database.database, tmp_path / "mlflow.db"))
    run_id, other = seeded_database.runs["files"], seeded_database.runs["curves"]
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "update runs set artifact_uri = 'explorer-test-artifacts://' || artifact_uri where run_uuid = ?", [run_id]
        )
    connection.close()
    store = DatabaseStore(copy, request_timeout_s=20)
    before = children()
    try:
        await store.artifacts(other)
        assert new_children(before) == []
        page = await store.artifacts(run_id)
        assert "plain.txt" in [entry.name for entry in page.entries]
        assert await read(await store.open_artifact(run_id, "plain.txt")) == b"plain.txt"
        assert len(new_children(before)) == 1
    finally:
        await store.close()
    await until(lambda: new_children(before) == [])
