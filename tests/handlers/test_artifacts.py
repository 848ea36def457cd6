"""Artifacts over HTTP: listings, streamed bytes with ranges and tags, and contents models for the drive."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from jupyter_mlflow_explorer.handlers.contents import is_text
from jupyter_mlflow_explorer.handlers.streams import disposition, parse_range

from .conftest import ARTIFACTS, PNG, Fetch, Seeded, body


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
