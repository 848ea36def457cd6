"""Artifacts on S3, from a real server that speaks its protocol: read directly, and through a tracking server."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.entities import ArtifactEntry
from jupyter_mlflow_explorer.errors import (
    BadInput,
    NotFound,
    NotSupported,
    TrackingBroken,
    TrackingDenied,
    TrackingError,
    TrackingTimeout,
    TrackingUnavailable,
)
from jupyter_mlflow_explorer.tracking.artifacts import s3
from jupyter_mlflow_explorer.tracking.artifacts.cloud import CloudArtifacts
from jupyter_mlflow_explorer.tracking.artifacts.filesystem import FileSystemArtifacts
from jupyter_mlflow_explorer.tracking.artifacts.location import CloudFolder, cloud_folder, way
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.rest import RestStore
from jupyter_mlflow_explorer.tracking.store import ArtifactStream, LoggedModelId, TrackingStore

from ..stores import sockets
from ..stores.s3 import BIG, BUCKET, VARIABLES, S3Server, S3Store, moto
from ..stores.seed import ODD_NAMES
from ..stores.server import free_port, mlflow_server

pytestmark = pytest.mark.asyncio


async def read(stream: ArtifactStream) -> bytes:
    try:
        return b"".join([chunk async for chunk in stream.chunks])
    finally:
        await stream.aclose()


@pytest.fixture(scope="module")
def tracking_server(s3_store: S3Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real `mlflow server` on a copy of the store, which keeps proxied artifacts on S3."""
    folder = tmp_path_factory.mktemp("s3-server")
    shutil.copy(s3_store.database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_store.server.environment.items():
            patch.setenv(name, value)
        with mlflow_server(folder, f"s3://{BUCKET}/destination") as address:
            yield address


@pytest_asyncio.fixture(params=["database", "rest", "rest-through-server"])
async def store(
    request: pytest.FixtureRequest, s3_store: S3Store, s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TrackingStore]:
    """The artifacts read directly by both stores, and by a store that has no credentials for S3."""
    opened: Any
    if request.param == "database":
        opened = DatabaseStore(s3_store.uri)
    else:
        address = request.getfixturevalue("tracking_server")
        opened = RestStore(address, request_timeout_s=20)
        if request.param == "rest-through-server":
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                monkeypatch.delenv(name)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def database(s3_store: S3Store, s3_environment: S3Server) -> AsyncIterator[DatabaseStore]:
    opened = DatabaseStore(s3_store.uri, request_timeout_s=10)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def cloud(s3_environment: S3Server) -> AsyncIterator[CloudArtifacts]:
    opened = CloudArtifacts(request_timeout_s=10)
    yield opened
    await opened.close()


@pytest.fixture
def reference(s3_store: S3Store, s3_environment: S3Server, tmp_path: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{shutil.copy(s3_store.database, tmp_path / 'mlflow.db')}")


def is_direct(store: TrackingStore, request: pytest.FixtureRequest) -> bool:
    return "through-server" not in str(request.node.callspec.id)


async def test_listings_are_mlflows(store: TrackingStore, s3_store: S3Store, reference: Any) -> None:
    folders = [""]
    while folders:
        folder = folders.pop()
        page = await store.artifacts(s3_store.run_id, folder)
        expected = reference.list_artifacts(s3_store.run_id, folder or None)
        # Servers leave out a size of 0.
        assert [(e.path, e.is_dir, e.size_bytes or 0) for e in page.entries] == [
            (e.path, e.is_dir, e.file_size or 0) for e in expected
        ]
        assert (page.path, page.next_page_token, page.total) == (folder, None, len(expected))
        folders += [entry.path for entry in page.entries if entry.is_dir]


async def test_contents_are_what_mlflow_downloads(
    store: TrackingStore, s3_store: S3Store, reference: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    names = [*ODD_NAMES, "empty.bin", "big.bin", "deep/er/est/x.json", "model/MLmodel", "model.txt"]
    for name in names:
        if not is_direct(store, request) and ("#" in name or "%" in name):
            continue  # What MLflow's server cannot serve.
        stream = await store.open_artifact(s3_store.run_id, name)
        assert stream.name == name.rsplit("/", 1)[-1]
        assert await read(stream) == s3_store.files[name]
    # MLflow's client itself cannot fetch every name; what it can is the same.
    for name in ("big.bin", "café.txt", "with space.txt", "model/MLmodel"):
        path = reference.download_artifacts(s3_store.run_id, name, str(tmp_path))
        assert Path(path).read_bytes() == s3_store.files[name]


async def test_logged_models_have_artifacts_of_their_own(store: TrackingStore, s3_store: S3Store) -> None:
    detail = await store.run(s3_store.run_id)
    assert [(model.model_id, model.name, model.status) for model in detail.models] == [
        (s3_store.model_id, "net", "READY")
    ]
    model = LoggedModelId(s3_store.model_id)
    page = await store.artifacts(model)
    assert [(e.path, e.is_dir, e.size_bytes) for e in page.entries] == [
        ("MLmodel", False, 12),
        ("data", True, None),
        ("requirements.txt", False, 7),
    ]
    assert [e.path for e in (await store.artifacts(model, "data")).entries] == ["data/weights.bin"]
    assert await read(await store.open_artifact(model, "MLmodel")) == b"flavors: {}\n"
    assert (await store.stat_artifact(model, "data/weights.bin")).size_bytes == 1000
    for action in (store.open_artifact, store.stat_artifact):
        with pytest.raises(NotFound, match="nope"):
            await action(model, "nope")
    with pytest.raises(NotFound, match="m-missing"):
        await store.stat_artifact(LoggedModelId("m-missing"), "MLmodel")


async def test_what_is_not_there_is_said(store: TrackingStore, s3_store: S3Store) -> None:
    for path in ("nope", "deep", "plain.txt/x", "mode"):
        for action in (store.open_artifact, store.stat_artifact):
            with pytest.raises(NotFound):
                await action(s3_store.run_id, path)
    for path in ("nope", "plain.txt", "mode", "deep/nope"):
        with pytest.raises(NotFound):
            await store.artifacts(s3_store.run_id, path)
    for path in ("..", "../model", "deep/../../x", "/etc/passwd", "a\0b"):
        for action in (store.artifacts, store.open_artifact, store.stat_artifact):
            with pytest.raises(BadInput, match="artifact path"):
                await action(s3_store.run_id, path)


async def test_proxied_artifacts_on_s3_come_from_the_server(
    tracking_server: str, s3_store: S3Store, s3_environment: S3Server
) -> None:
    store = RestStore(tracking_server, request_timeout_s=20)
    page = await store.artifacts(s3_store.served_run_id)
    assert [(e.path, e.is_dir) for e in page.entries] == [("deep", True), ("plain.txt", False)]
    assert await read(await store.open_artifact(s3_store.served_run_id, "plain.txt")) == b"served"
    await store.close()
    database = DatabaseStore(s3_store.uri)
    with pytest.raises(NotSupported, match="http address"):
        await database.artifacts(s3_store.served_run_id)
    await database.close()


async def test_ranges(database: DatabaseStore, s3_store: S3Store) -> None:
    cases: list[tuple[int | None, int | None, int, int]] = [
        (None, None, 0, len(BIG)),
        (0, 1, 0, 1),
        (5, 300, 5, 300),
        (1_500_000, None, 1_500_000, len(BIG)),
        (-7, None, len(BIG) - 7, len(BIG)),
        (-9_999_999, None, 0, len(BIG)),
        (3_071_999, 9_999_999, 3_071_999, len(BIG)),
    ]
    tags = set()
    for start, stop, first, last in cases:
        stream = await database.open_artifact(s3_store.run_id, "big.bin", start, stop)
        assert (stream.start, stream.stop, stream.size_bytes) == (first, last, len(BIG))
        tags.add(stream.etag)
        assert await read(stream) == BIG[first:last]
    known = await database.stat_artifact(s3_store.run_id, "big.bin")
    assert tags == {known.etag}
    assert known.etag
    assert known.modified_ms
    assert abs(known.modified_ms / 1000 - time.time()) < 3600
    for start, stop in ((3_072_000, None), (5, 5), (9_999_999, 10_000_000)):
        with pytest.raises(BadInput, match="range"):
            await database.open_artifact(s3_store.run_id, "big.bin", start, stop)
    with pytest.raises(BadInput, match="range"):
        await database.open_artifact(s3_store.run_id, "empty.bin", 0, 1)


async def listed(cloud: CloudArtifacts, root: str, size: int, path: str = "") -> list[ArtifactEntry]:
    found: list[ArtifactEntry] = []
    token = None
    while True:
        page = await cloud.list(root, "r", path, size, token)
        assert len(page.entries) <= size
        found += page.entries
        token = page.next_page_token
        if token is None:
            return found


@pytest.mark.parametrize("seed", range(2))
async def test_pages_are_sorted_by_name_and_lose_nothing(
    cloud: CloudArtifacts, s3_environment: S3Server, seed: int
) -> None:
    # S3 sorts folders by a key that ends in a slash, so `a.txt` comes before the folder `a`.
    choose = random.Random(seed)
    keys = {"".join(choose.choices("ab-./ é", k=choose.randint(1, 6))).strip("/") for _ in range(60)}
    keys |= {"a", "a/b", "a.txt", "a-/x", "a b", "a b/c", "a.", "a./y", "a!/z"}
    names = {(key.partition("/")[0], int("/" in key)) for key in keys if key and key.partition("/")[0]}
    boto = s3_environment.client()
    for key in keys - {""}:
        boto.put_object(Bucket=BUCKET, Key=f"pages-{seed}/{key}", Body=b"x")
        boto.put_object(Bucket=BUCKET, Key=f"pages-{seed}2/{key}", Body=b"x")
    for size in (1, 2, 7, 1000):
        found = await listed(cloud, f"s3://{BUCKET}/pages-{seed}", size)
        assert [(entry.name, int(entry.is_dir)) for entry in found] == sorted(names), size


async def test_new_objects_are_seen_and_do_not_shift_pages(cloud: CloudArtifacts, s3_environment: S3Server) -> None:
    boto, root = s3_environment.client(), f"s3://{BUCKET}/growing"
    assert (await cloud.list(root, "r", "", 10, None)).entries == []
    for i in range(10):
        boto.put_object(Bucket=BUCKET, Key=f"growing/{i}", Body=b"")
    first = await cloud.list(root, "r", "", 5, None)
    boto.put_object(Bucket=BUCKET, Key="growing/00", Body=b"")
    second = await cloud.list(root, "r", "", 5, first.next_page_token)
    assert [e.name for e in (*first.entries, *second.entries)] == [str(i) for i in range(10)]
    assert "00" in [e.name for e in await listed(cloud, root, 100)]
    with pytest.raises(BadInput, match="token"):
        await cloud.list(root, "r", "other", 5, first.next_page_token)


async def test_folders_without_a_name_and_markers_of_folders(cloud: CloudArtifacts, s3_environment: S3Server) -> None:
    boto, root = s3_environment.client(), f"s3://{BUCKET}/slashes"
    for key in ("slashes/", "slashes/a//b c.txt", "slashes/a/c", "slashes/marked/"):
        boto.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert [(e.path, e.is_dir) for e in await listed(cloud, root, 10)] == [("a", True), ("marked", True)]
    assert (await cloud.list(root, "r", "marked", 10, None)).entries == []
    assert [(e.path, e.name) for e in await listed(cloud, root, 10, "a")] == [("a/", "/"), ("a/c", "c")]
    assert [e.path for e in await listed(cloud, root, 10, "a/")] == ["a//b c.txt"]
    assert [e.path for e in await listed(cloud, root, 10, "marked/")] == []
    assert (await cloud.stat(root, "r", "a//b c.txt")).name == "b c.txt"


async def test_a_page_costs_one_request_for_each_thousand_entries(
    s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_MOST_KEYS", 100)  # As if S3 sent a hundred at once: the same, and sooner written.
    boto = s3_environment.client()
    for i in range(210):
        boto.put_object(Bucket=BUCKET, Key=f"plenty/file_{i:04d}", Body=b"")
    cloud = CloudArtifacts(request_timeout_s=10)
    root = f"s3://{BUCKET}/plenty"
    await cloud.list(root, "r", "", 1, None)
    storage: Any = next(iter(cloud._storages.values()))
    asked: list[object] = []
    (await storage._files.set_session()).meta.events.register("before-call.s3", lambda **call: asked.append(call))
    for size, expected in ((10, 1), (100, 1), (105, 2), (200, 2), (210, 3), (300, 3)):
        asked.clear()
        assert len((await cloud.list(root, "r", "", size, None)).entries) == min(size, 210)
        assert len(asked) == expected, size
    await cloud.close()


async def failure(
    path: str = "x", root: str = f"s3://{BUCKET}/root", limit_s: float = 8, action: str = "open"
) -> tuple[Exception, float]:
    """Return how reading fails, and after how many seconds."""
    cloud = CloudArtifacts(request_timeout_s=limit_s)
    began = time.monotonic()
    work: dict[str, Callable[[], Awaitable[Any]]] = {
        "open": lambda: cloud.open(root, "r", path, None, None),
        "stat": lambda: cloud.stat(root, "r", path),
        "list": lambda: cloud.list(root, "r", path, 10, None),
    }
    with pytest.raises((TrackingError, NotFound, NotSupported)) as raised:
        await work[action]()
    await cloud.close()
    return raised.value, time.monotonic() - began


ACTIONS = ("open", "stat", "list")


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_missing_bucket_is_named(s3_environment: S3Server, action: str) -> None:
    error, _ = await failure(root="s3://no-such-bucket/root", action=action)
    assert isinstance(error, NotFound)
    assert "'no-such-bucket'" in str(error)


@pytest.mark.parametrize("action", ACTIONS)
async def test_missing_credentials_say_which_variables_to_set(
    s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    error, _ = await failure(action=action)
    assert isinstance(error, TrackingDenied)
    assert "AWS_ACCESS_KEY_ID" in str(error)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    error, _ = await failure(action=action)
    assert isinstance(error, TrackingDenied)
    assert "AWS_PROFILE" in str(error)


@pytest.fixture(scope="module")
def strict_server() -> Iterator[S3Server]:
    """A server that knows nobody once its bucket is there."""
    with moto(INITIAL_NO_AUTH_ACTION_COUNT="1") as server:
        server.client().create_bucket(Bucket=BUCKET)
        yield server


@pytest.mark.parametrize("action", ACTIONS)
async def test_refused_credentials_are_said_and_not_shown(
    strict_server: S3Server, s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", strict_server.address)
    error, _ = await failure(action=action)
    assert isinstance(error, TrackingDenied)
    assert "AWS_ACCESS_KEY_ID" in str(error)
    for secret in (VARIABLES["AWS_ACCESS_KEY_ID"], VARIABLES["AWS_SECRET_ACCESS_KEY"]):
        assert secret not in str(error)


@pytest.mark.parametrize("variable", ["MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL"])
async def test_a_dead_endpoint_fails_soon(
    s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("MLFLOW_S3_ENDPOINT_URL")
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    error, seconds = await failure()
    assert isinstance(error, TrackingUnavailable)
    assert "cannot be reached" in str(error)
    assert seconds < 30


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (sockets.never, TrackingTimeout, "1 s"),
        (sockets.drip, TrackingTimeout, "1 s"),
        (sockets.hang_up, TrackingError, "S3"),
        (sockets.reply(500, "<Error><Code>InternalError</Code></Error>", "application/xml"), TrackingBroken, "500|Int"),
        (
            sockets.reply(503, "<Error><Code>SlowDown</Code></Error>", "application/xml"),
            TrackingUnavailable,
            "SlowDown",
        ),
        (sockets.reply(200, "<html>login</html>", "text/html"), TrackingError, "S3"),
        (sockets.reply(403, "<html>", "text/html"), TrackingDenied, "AWS_ACCESS_KEY_ID"),
        (sockets.reply(307, "", headers={"Location": "http://169.254.169.254/"}), TrackingError, "S3"),
    ],
)
async def test_servers_that_misbehave(
    s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch, answer: sockets.Answer, kind: type[Exception], says: str
) -> None:
    async with sockets.serve(answer) as server:
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", server.address)
        limit_s = 1 if kind is TrackingTimeout else 5
        error, seconds = await failure(action="list", limit_s=limit_s)
        assert isinstance(error, kind)
        assert re.search(says, str(error))
        assert seconds < limit_s + 15
        # Twice by botocore, each of them twice where a connection breaks.
        assert len(server.requests) <= 4


async def endless(request: sockets.Request, writer: asyncio.StreamWriter) -> None:
    """Send a file that is too long to be sent, as fast as it is read."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\nETag: "x"\r\n\r\n')
    while True:
        writer.write(bytes(1 << 16))
        await writer.drain()


async def test_leaving_a_stream_ends_the_request(s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sockets.serve(endless) as server:
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", server.address)
        cloud = CloudArtifacts(request_timeout_s=60)
        stream = await cloud.open(f"s3://{BUCKET}/x", "r", "y", None, None)
        assert stream.size_bytes == 1 << 40
        assert await anext(stream.chunks)
        await stream.aclose()
        await stream.aclose()
        await asyncio.wait_for(server.closed.wait(), 20)
        await cloud.close()


async def test_cancelling_ends_the_request(s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sockets.serve(sockets.never) as server:
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", server.address)
        cloud = CloudArtifacts(request_timeout_s=30)
        for work in (cloud.list(f"s3://{BUCKET}/x", "r", "", 9, None), cloud.stat(f"s3://{BUCKET}/x", "r", "y")):
            server.closed.clear()
            asked = len(server.requests)
            task = asyncio.ensure_future(work)
            while len(server.requests) == asked:
                await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(server.closed.wait(), 20)
        await cloud.close()


async def test_a_body_that_is_cut_or_stops_is_an_error(
    s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stops(request: sockets.Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        await writer.drain()
        await asyncio.sleep(3600)

    for answer, kind in ((sockets.cut, TrackingBroken), (stops, TrackingTimeout)):
        async with sockets.serve(answer) as server:
            monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", server.address)
            # Enough to make the client, also on a busy machine.
            cloud = CloudArtifacts(request_timeout_s=5)
            stream = await cloud.open(f"s3://{BUCKET}/x", "r", "y", None, None)
            with pytest.raises(kind):
                await read(stream)
            await cloud.close()


async def test_renewed_credentials_are_used_without_a_restart(
    s3_environment: S3Server, s3_store: S3Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(s3, "_RENEW_S", 0.0)
    file = tmp_path / "credentials"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    cloud = CloudArtifacts(request_timeout_s=10)
    root = f"s3://{BUCKET}/{s3_store.prefix}"
    with pytest.raises(TrackingDenied):
        await cloud.stat(root, "r", "plain.txt")
    file.write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    assert (await cloud.stat(root, "r", "plain.txt")).size_bytes == 9
    await cloud.close()
    await cloud.close()


_READ = """
import asyncio, resource, sys
from jupyter_mlflow_explorer.tracking.artifacts.cloud import CloudArtifacts

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

async def main():
    cloud = CloudArtifacts(request_timeout_s=30)
    root = sys.argv[1]
    await (await cloud.open(root, "r", "small", None, None)).aclose()
    before, count = peak(), 0
    stream = await cloud.open(root, "r", "large", None, None)
    async for chunk in stream.chunks:
        count += len(chunk)
    await cloud.close()
    print(count, peak() - before)

asyncio.run(main())
"""


async def test_memory_stays_small_while_a_large_file_is_read(s3_environment: S3Server) -> None:
    boto, size = s3_environment.client(), 150 << 20
    boto.put_object(Bucket=BUCKET, Key="memory/small", Body=b"x")
    boto.put_object(Bucket=BUCKET, Key="memory/large", Body=bytes(size))
    done = subprocess.run(
        [sys.executable, "-c", _READ, f"s3://{BUCKET}/memory"], check=True, capture_output=True, text=True, timeout=60
    )
    count, grown_mb = done.stdout.split()
    assert int(count) == size
    assert float(grown_mb) < 16


async def test_the_event_loop_is_not_stalled_by_the_first_use(s3_environment: S3Server) -> None:
    code = """
import asyncio, sys, time
from jupyter_mlflow_explorer.tracking.artifacts import s3  # As after any answer: with the entities.
from jupyter_mlflow_explorer.tracking.artifacts.cloud import CloudArtifacts

async def main():
    longest, last = 0.0, time.perf_counter()
    async def tick():
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.002)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    ticking = asyncio.ensure_future(tick())
    cloud = CloudArtifacts(request_timeout_s=30)
    await cloud.list(sys.argv[1], "r", "", 10, None)
    ticking.cancel()
    await cloud.close()
    print(longest, "mlflow" in sys.modules)

asyncio.run(main())
"""
    longest_s = []
    for _ in range(3):  # The best, because other programs run on this machine.
        done = subprocess.run(
            [sys.executable, "-c", code, f"s3://{BUCKET}/x"], check=True, capture_output=True, text=True, timeout=60
        )
        longest, has_mlflow = done.stdout.split()
        assert has_mlflow == "False"
        longest_s.append(float(longest))
        if longest_s[-1] < 0.1:
            return
    # On the event loop, imports and service descriptions would take half a second.
    assert min(longest_s) < 0.2, longest_s


# Other storage: the code for gcsfs and adlfs, run on s3fs.


async def test_file_systems_of_fsspec_are_read_alike(s3_store: S3Store, s3_environment: S3Server) -> None:
    def make(_folder: CloudFolder) -> Any:
        import s3fs

        return s3fs.S3FileSystem(
            skip_instance_cache=True,
            use_listings_cache=False,
            endpoint_url=s3_environment.address,
        )

    files, folder = FileSystemArtifacts(10, make), CloudFolder("gs", BUCKET, "", s3_store.prefix)
    direct = CloudArtifacts(request_timeout_s=10)
    for path in ("", "deep", "model"):
        expected = await direct.list(f"s3://{BUCKET}/{s3_store.prefix}", "r", path, 1000, None)
        assert (await files.list(folder, path, 1000, None)).entries == expected.entries
    page = await files.list(folder, "many", 10, None)
    rest = await files.list(folder, "many", 100, page.next_page_token)
    assert [e.name for e in (*page.entries, *rest.entries)] == [f"{i:02d}.txt" for i in range(25)]
    assert await read(await files.open(folder, "big.bin", None, None)) == BIG
    assert await read(await files.open(folder, "big.bin", -7, None)) == BIG[-7:]
    for name in ("hash#1.txt", "100%.txt", "empty.bin", "café.txt"):
        assert await read(await files.open(folder, name, None, None)) == s3_store.files[name]
    for path in ("nope", "deep"):
        with pytest.raises(NotFound):
            await files.open(folder, path, None, None)
    with pytest.raises(NotFound):
        await files.list(folder, "nope", 10, None)
    await files.close()
    await direct.close()


@pytest.mark.parametrize(
    ("uri", "package", "extra"),
    [
        ("s3://b/x", "s3fs", "s3"),
        ("gs://b/x", "gcsfs", "gs"),
        ("abfss://c@account.dfs.core.windows.net/x", "adlfs", "azure"),
        ("wasbs://c@account.blob.core.windows.net/x", "adlfs", "azure"),
    ],
)
async def test_what_is_not_installed_says_which_extra_to_install(
    uri: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for action in ACTIONS:
        error, _ = await failure(root=uri, action=action)
        assert isinstance(error, NotSupported)
        assert f'pip install "jupyter-mlflow-explorer[{extra}]"' in str(error)


# Which way leads to a location.


@pytest.mark.parametrize(
    ("uri", "here", "announced"),
    [
        ("/data/x", "local", "server"),
        ("relative/x", "local", "server"),
        ("file:///data/x", "local", "server"),
        ("file://host/x", "local", "server"),
        ("mlflow-artifacts:/1/2", "server", "server"),
        ("s3://b/x", "cloud", "cloud"),
        ("S3://b/x", "cloud", "cloud"),
        ("gs://b/x", "cloud", "cloud"),
        ("abfss://c@a.dfs.core.windows.net/x", "cloud", "cloud"),
        ("dbfs:/x", "elsewhere", "server"),
        ("hdfs://host/x", "elsewhere", "server"),
        *[
            (uri, "elsewhere", "server")
            for uri in (
                "http://169.254.169.254/latest/meta-data",
                "https://host/x",
                "ftp://host/x",
                "memory://x",
                "github://org:repo@main/x",
                "simplecache::s3://b/x",
                "zip::file:///x.zip",
                "reference://x",
                "filecache::http://169.254.169.254/x",
                "local://x",
            )
        ],
    ],
)
async def test_the_way_to_a_location(uri: str, here: str, announced: str) -> None:
    assert way(uri, is_remote=False) == here
    assert way(uri, is_remote=True) == announced
    if here != "cloud":
        with pytest.raises(NotSupported):
            cloud_folder(uri, "r")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://",
        "s3:///x",
        "s3://user:secret@bucket/x",
        "abfss://c@evil.example/x",
        "abfss://c@169.254.169.254/x",
        "abfss://c@account.dfs.core.windows.net.evil.example/x",
        "wasbs://account.blob.core.windows.net/x",
        "wasbs://@account.blob.core.windows.net/x",
    ],
)
async def test_locations_that_lead_to_other_hosts_are_refused(uri: str) -> None:
    with pytest.raises(NotSupported, match="names no") as refused:
        cloud_folder(uri, "r")
    assert "secret" not in str(refused.value)


async def test_parts_of_a_cloud_location() -> None:
    folder = cloud_folder("abfss://box@account1.dfs.core.windows.net/a/b%20c/", "r")
    assert folder == CloudFolder("abfss", "box", "account1", "a/b%20c")
    assert cloud_folder("s3://b", "r").key("x") == "x"
    assert cloud_folder("s3://b/p/q/", "r").key("") == "p/q"
