"""Datasets that runs used: ``inputs`` of a run points at ``datasets`` of its experiment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ...entities import DatasetInput
from ..assembly import DATASET_CONTEXT_TAG
from ..redaction import redact_json
from . import meta, reading
from .cache import RunFiles
from .engine import Reader
from .layout import is_part


def values(reader: Reader, files: RunFiles, name: str) -> Iterator[str]:
    """Yield the ``name``, ``digest`` or ``context`` of each dataset of a run."""
    for dataset, tags in _used(reader, files):
        value = tags.get(DATASET_CONTEXT_TAG) if name == "context" else dataset.get(name)
        if isinstance(value, str):
            yield value


def inputs(reader: Reader, files: RunFiles) -> list[DatasetInput]:
    """Return the datasets of a run, sorted by name and digest."""
    found = [
        DatasetInput.model_construct(
            name=_text(dataset.get("name")) or "",
            digest=_text(dataset.get("digest")) or "",
            source_type=_text(dataset.get("source_type")),
            source=redact_json(_text(dataset.get("source")) or ""),
            context=_text(tags.get(DATASET_CONTEXT_TAG)),
        )
        for dataset, tags in _used(reader, files)
    ]
    return sorted(found, key=lambda item: (item.name, item.digest, item.context or ""))


def documents(reader: Reader, folder: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and ``meta.yaml`` of each folder in a folder; broken ones are left out."""
    try:
        with os.scandir(folder) as scan:
            names = sorted(entry.name for entry in scan)
    except OSError:
        return
    for name in names:
        found = document(reader, f"{folder}/{name}")
        if found is not None:
            yield name, found


def document(reader: Reader, folder: str) -> Mapping[str, Any] | None:
    """Return the ``meta.yaml`` of one folder, None where it is missing or broken."""
    reader.job.check()
    try:
        return reader.cache.document(folder, reader.job)
    except (OSError, meta.Damaged, reading.Unreadable):
        return None


def _used(reader: Reader, files: RunFiles) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each dataset with the tags of its use."""
    known = f"{os.path.dirname(files.path)}/datasets"
    for _, used in documents(reader, f"{files.path}/inputs"):
        dataset_id = used.get("source_id")
        if used.get("source_type") != "DATASET" or not isinstance(dataset_id, str) or not is_part(dataset_id):
            continue
        dataset = document(reader, f"{known}/{dataset_id}")
        tags = used.get("tags")
        if dataset is not None:
            yield dataset, tags if isinstance(tags, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
