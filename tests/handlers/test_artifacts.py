"""Artifacts over HTTP: listings, streamed bytes with ranges and tags, and contents models for the drive."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from jupyter_mlflow_explorer.handlers.contents import is_text
from jupyter_mlflow_explorer.handlers.streams import disposition, parse_range

from ..stores import sockets
from ..stores.s3 import BIG, S3Server, S3Store
from .conftest import ARTIFACTS, MODEL_ARTIFACTS, PNG, Fetch, Seeded, body


def _content(seeded: Seeded, path: str) -> str:
    return f"runs/{seeded.run_ids[0]}/artifacts/content?path={quote(path, safe='')}"


async def test_listing_is_lazy_and_sorted(api: Fetch, seeded: Seeded) -> None:
    listed = body(await api(f"runs/{seeded.run_ids[0]}/artifacts"))
    assert [one["path"] for one in listed["entries"]] == sorted({path.split("/")[0] for path in ARTIFACTS})
    nested = body(await api(f"runs/{seeded.run_ids[0]}/artifacts?path=nested/in"))
    assert nested["entries"] == [
        {"path": "nested/in/deep.json", "name": "deep.json", "is_dir": False, "size_bytes": len(b'{"a": 1}')}
    ]
    empty = body(await api(f"runs/{seeded.run_ids[1]}/artifacts"))
    assert empty["entries"] == []


@pytest.mark.parametrize("path", list(ARTIFACTS))
async def test_every_artifact_arrives_whole(api: Fetch, seeded: Seeded, path: str) -> None:
    response = await api(_content(seeded, path))
    assert response.code == 200
    assert response.body == ARTIFACTS[path]
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "allow-same-origin" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    drive = await api(f"files/main/{seeded.run_ids[0]}/{quote(path)}")
    assert drive.body == ARTIFACTS[path]
    head = await api(_content(seeded, path), method="HEAD")
    assert head.headers["Content-Length"] == str(len(ARTIFACTS[path]))
    assert head.headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [("bytes=0-9", slice(0, 10)), ("bytes=199990-", slice(199990, None)), ("bytes=-5", slice(-5, None))],
)
async def test_range(api: Fetch, seeded: Seeded, header: str, expected: slice) -> None:
    response = await api(_content(seeded, "big.txt"), headers={"Range": header, "Accept-Encoding": "gzip"})
    assert response.code == 206
    assert response.body == ARTIFACTS["big.txt"][expected]
    start, stop, _ = expected.indices(200_000)
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/200000"


async def test_range_outside_the_file(api: Fetch, seeded: Seeded) -> None:
    response = await api(_content(seeded, "big.txt"), headers={"Range": "bytes=200000-"})
    assert response.code == 416
    assert response.headers["Content-Range"] == "bytes */200000"


async def test_unchanged_file_is_not_sent_again(api: Fetch, seeded: Seeded) -> None:
    etag = (await api(_content(seeded, "table.csv"))).headers["ETag"]
    response = await api(_content(seeded, "table.csv"), headers={"If-None-Match": etag})
    assert response.code == 304
    assert response.body == b""
    stale = await api(_content(seeded, "big.txt"), headers={"Range": "bytes=0-1", "If-Range": '"old"'})
    assert stale.code == 200


async def test_download_asks_for_a_file(api: Fetch, seeded: Seeded) -> None:
    response = await api(_content(seeded, "odd/a #1 100% é?.txt") + "&download=1")
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20%231%20100%25%20%C3%A9%3F.txt"


@pytest.mark.parametrize(
    "path", ["../secret.txt", "nested/../../secret.txt", "/etc/passwd", "nested/\0x", "..\\secret.txt", "link"]
)
async def test_path_cannot_leave_the_run(api: Fetch, seeded: Seeded, path: str) -> None:
    root = seeded.path.parent / "artifacts" / seeded.run_ids[1] / "artifacts"
    root.mkdir(parents=True, exist_ok=True)
    (root.parent / "secret.txt").write_text("secret")
    if path == "link" and not (root / "link").is_symlink():
        os.symlink(root.parent / "secret.txt", root / "link")
    try:
        for address in (
            f"runs/{seeded.run_ids[1]}/artifacts/content?path={quote(path, safe='')}",
            f"files/main/{seeded.run_ids[1]}/{quote(path, safe='')}",
            f"contents/main/{seeded.run_ids[1]}/{quote(path, safe='')}?content=1",
        ):
            response = await api(address)
            assert response.code in (400, 404), address
            assert b"secret" not in response.body.replace(b"secret.txt", b"")
    finally:
        (root / "link").unlink(missing_ok=True)


async def test_a_logged_model_has_artifacts_of_its_own(api: Fetch, seeded: Seeded) -> None:
    (model,) = body(await api(f"runs/{seeded.run_ids[0]}"))["models"]
    assert (model["model_id"], model["name"]) == (seeded.model_id, "net")
    root = f"logged-models/{seeded.model_id}/artifacts"
    listed = body(await api(root))
    assert [(one["path"], one["is_dir"]) for one in listed["entries"]] == [
        ("MLmodel", False),
        ("data", True),
        ("requirements.txt", False),
    ]
    first = body(await api(f"{root}?max_results=2"))
    rest = body(await api(root, params={"page_token": first["next_page_token"]}))
    assert first["entries"] + rest["entries"] == listed["entries"]
    for path, data in MODEL_ARTIFACTS.items():
        content = f"{root}/content?path={quote(path, safe='')}"
        whole = await api(content)
        assert whole.body == data
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        head = await api(content, method="HEAD")
        assert (head.headers["Content-Length"], head.headers["ETag"]) == (str(len(data)), whole.headers["ETag"])
        part = await api(content, headers={"Range": "bytes=1-2"})
        assert (part.code, part.body) == (206, data[1:3])
        drive = f"main/models/{seeded.model_id}/{quote(path)}"
        assert (await api(f"files/{drive}")).body == data
        contents = body(await api(f"contents/{drive}?content=1&format=text&type=file"))
        assert (contents["path"], contents["content"]) == (f"main/models/{seeded.model_id}/{path}", data.decode())
    folder = body(await api(f"contents/main/models/{seeded.model_id}/data"))
    assert [one["path"] for one in folder["content"]] == [f"main/models/{seeded.model_id}/data/a #1 100% é?.csv"]
    assert body(await api("contents/main/models"))["content"] == []


async def test_what_a_logged_model_lacks_is_named(api: Fetch, seeded: Seeded) -> None:
    for path, word in (
        (f"logged-models/{seeded.model_id}/artifacts/content?path=none", "none"),
        (f"logged-models/{seeded.model_id}/artifacts?path=none", "none"),
        ("logged-models/m-gone/artifacts", "m-gone"),
        ("files/main/models/m-gone/MLmodel", "m-gone"),
    ):
        missing = await api(path)
        assert missing.code == 404
        assert word in body(missing)["message"]
    for path in ("files/main/models", f"files/main/models/{seeded.model_id}"):
        assert (await api(path)).code == 400
    outside = f"logged-models/{seeded.model_id}/artifacts/content?path={quote('../../../mlflow.db', safe='')}"
    assert (await api(outside)).code == 400


class TestOnS3:
    """The same routes on artifacts that a real server of S3's protocol keeps."""

    @pytest.fixture
    def connections(self, s3_store: S3Store, s3_environment: S3Server) -> dict[str, str]:
        return {"Cloud": s3_store.uri}

    async def test_bytes_ranges_and_tags(self, api: Fetch, s3_store: S3Store) -> None:
        for content, data in (
            (f"runs/{s3_store.run_id}/artifacts/content?path=big.bin", BIG),
            (f"logged-models/{s3_store.model_id}/artifacts/content?path=MLmodel", b"flavors: {}\n"),
        ):
            address = f"{content}&connection=cloud"
            whole = await api(address)
            assert (whole.code, whole.body) == (200, data)
            assert "sandbox" in whole.headers["Content-Security-Policy"]
            head = await api(address, method="HEAD")
            assert head.headers["Content-Length"] == str(len(data))
            etag = whole.headers["ETag"]
            assert head.headers["ETag"] == etag
            part = await api(address, headers={"Range": "bytes=3-7", "If-Range": etag})
            assert (part.code, part.body) == (206, data[3:8])
            assert part.headers["Content-Range"] == f"bytes 3-7/{len(data)}"
            assert (await api(address, headers={"Range": f"bytes={len(data)}-"})).code == 416
            assert (await api(address, headers={"If-None-Match": etag})).code == 304

    async def test_names_and_documents(self, api: Fetch, s3_store: S3Store) -> None:
        for name in ("hash#1.txt", "100%.txt", "percent%20encoded.txt", "question?.txt", "café.txt", ".hidden"):
            drive = f"cloud/{s3_store.run_id}/{quote(name, safe='')}"
            assert (await api(f"files/{drive}")).body == s3_store.files[name]
            model = body(await api(f"contents/{drive}?content=1&type=file&format=text"))
            assert model["content"].encode() == s3_store.files[name]
        root = body(await api(f"contents/cloud/{s3_store.run_id}"))
        assert {one["name"]: one["type"] for one in root["content"]}["model2"] == "directory"
        wanted = {"recipe": "load-artifact", "connection": "cloud", "run_ids": [s3_store.run_id]}
        cells = await api("cells", json_body={**wanted, "artifact_path": "deep/er"})
        assert cells.code == 200

    async def test_what_is_refused_names_the_variables(
        self, api: Fetch, s3_store: S3Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        refused = await api(f"runs/{s3_store.run_id}/artifacts?connection=cloud")
        assert (refused.code, body(refused)["code"]) == (502, "tracking_denied")
        assert "AWS_ACCESS_KEY_ID" in body(refused)["message"]

    async def test_a_client_that_leaves_ends_the_request_to_storage(
        self,
        s3_store: S3Store,
        monkeypatch: pytest.MonkeyPatch,
        jp_serverapp: Any,
        jp_base_url: str,
        http_server_port: Any,
        http_server: Any,
    ) -> None:
        async def endless(request: sockets.Request, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n")
            while True:
                writer.write(bytes(1 << 16))
                await writer.drain()

        async with sockets.serve(endless) as storage:
            monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", storage.address)
            token = jp_serverapp.identity_provider.token
            path = f"{jp_base_url}mlflow-explorer/api/files/cloud/{s3_store.run_id}/big.bin"
            reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token {token}\r\n\r\n".encode())
            assert b" 200 " in await reader.readline()
            await reader.readexactly(1 << 20)
            writer.close()
            await asyncio.wait_for(storage.closed.wait(), 20)


async def test_missing_artifact_and_folder_are_named(api: Fetch, seeded: Seeded) -> None:
    missing = await api(_content(seeded, "none.csv"))
    assert missing.code == 404
    assert "none.csv" in body(missing)["message"]
    assert (await api(_content(seeded, "nested"))).code == 404
    assert (await api(f"runs/{seeded.run_ids[0]}/artifacts/content")).code == 400
    assert (await api(f"runs/{seeded.run_ids[0]}/artifacts?path=nowhere")).code == 404


async def _contents(api: Fetch, seeded: Seeded, path: str, query: str = "content=1") -> Any:
    return await api(f"contents/main/{seeded.run_ids[0]}/{quote(path)}?{query}")


@pytest.mark.parametrize(
    ("path", "query", "kind", "form", "content"),
    [
        ("table.csv", "format=text&type=file", "file", "text", "a,b\n1,2\n"),
        ("plot.png", "format=base64&type=file", "file", "base64", PNG),
        ("model.bin", "", "file", "base64", b"\0\1\2\3"),
        ("empty.txt", "format=text", "file", "text", ""),
        ("odd/a #1 100% é?.txt", "format=text", "file", "text", "odd"),
        ("odd/book.ipynb", "type=notebook", "notebook", "json", None),
        ("odd/book.ipynb", "type=file&format=text", "file", "text", ARTIFACTS["odd/book.ipynb"].decode()),
    ],
)
async def test_contents_model(
    api: Fetch, seeded: Seeded, path: str, query: str, kind: str, form: str, content: Any
) -> None:
    model = body(await _contents(api, seeded, path, f"content=1&hash=1&{query}"))
    assert (model["type"], model["format"], model["writable"]) == (kind, form, False)
    assert model["path"] == f"main/{seeded.run_ids[0]}/{path}"
    assert model["name"] == path.rsplit("/")[-1]
    assert model["size"] == len(ARTIFACTS[path])
    if form == "base64":
        assert base64.b64decode(model["content"]) == content
    elif form == "text":
        assert model["content"] == content
    else:
        assert model["content"]["cells"] == []
    without = body(await _contents(api, seeded, path, f"content=0&{query}"))
    assert without["content"] is None
    assert without["size"] == len(ARTIFACTS[path])


async def test_contents_of_folders(api: Fetch, seeded: Seeded) -> None:
    root = body(await api("contents"))
    assert [(one["path"], one["type"]) for one in root["content"]] == [("main", "directory")]
    assert body(await api("contents/main"))["content"] == []
    run = body(await api(f"contents/main/{seeded.run_ids[0]}"))
    assert {one["name"]: one["type"] for one in run["content"]}["nested"] == "directory"
    nested = body(await _contents(api, seeded, "nested/in"))
    assert [one["path"] for one in nested["content"]] == [f"main/{seeded.run_ids[0]}/nested/in/deep.json"]
    assert nested["path"] == f"main/{seeded.run_ids[0]}/nested/in"


@pytest.mark.parametrize(
    ("path", "query", "code", "word"),
    [
        ("model.bin", "format=base64&max_bytes=3", 413, "model.bin"),
        ("latin.txt", "format=text", 400, "UTF-8"),
        ("odd/broken.ipynb", "type=notebook", 400, "broken.ipynb"),
        ("none.txt", "type=file", 404, "none.txt"),
    ],
)
async def test_what_cannot_be_opened_says_why(
    api: Fetch, seeded: Seeded, path: str, query: str, code: int, word: str
) -> None:
    response = await _contents(api, seeded, path, f"content=1&{query}")
    assert response.code == code
    assert word in body(response)["message"]


class TestServerLimit:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ExplorerApp"]["max_document_bytes"] = 1000
        return jp_server_config

    async def test_no_client_lifts_the_servers_limit(self, api: Fetch, seeded: Seeded) -> None:
        response = await _contents(api, seeded, "big.txt", "content=1&max_bytes=9999999")
        assert response.code == 413
        assert body(response)["code"] == "too_large"
        assert (await _contents(api, seeded, "table.csv")).code == 200


def test_parse_range() -> None:
    assert parse_range("bytes=0-0", 10) == (0, 1)
    assert parse_range("bytes=5-99", 10) == (5, 10)
    assert parse_range("bytes=-99", 10) == (0, 10)
    assert parse_range("bytes=0-1,3-4", 10) is None
    assert parse_range("lines=0-1", 10) is None
    assert parse_range(None, 10) is None
    for outside in ("bytes=10-", "bytes=5-4", "bytes=-0"):
        with pytest.raises(ValueError, match="range"):
            parse_range(outside, 10)


def test_no_name_breaks_out_of_the_disposition() -> None:
    assert (
        disposition('a"\r\nSet-Cookie: x', download=True) == "attachment; filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x"
    )


def test_is_text() -> None:
    assert is_text(b"plain")
    assert is_text("abcé".encode()[:-1])
    assert not is_text(b"\0")
    assert not is_text("é".encode("latin-1") + b" more")


def test_artifacts_on_disk_are_what_the_tests_think(seeded: Seeded) -> None:
    assert (seeded.path.parent / "artifacts" / seeded.run_ids[0] / "artifacts" / Path("empty.txt")).stat().st_size == 0
