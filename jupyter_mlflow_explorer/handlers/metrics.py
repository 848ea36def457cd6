"""Metric histories of several runs and keys in one request."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import BadInput
from .base import ExplorerHandler

#: 1,000 histories of 1,000 points are about 25 MB of JSON; a chart that needs more asks twice.
MAX_HISTORIES = 1000


class MetricsHandler(ExplorerHandler):
    """`GET metrics`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from ..entities import MetricHistories

        run_ids, keys = self.texts("run_id"), self.texts("key")
        if not run_ids or not keys:
            raise BadInput("Name at least one run_id and one key.")
        if len(run_ids) * len(keys) > MAX_HISTORIES:
            raise BadInput(f"{len(run_ids)} runs × {len(keys)} metrics are more than {MAX_HISTORIES} histories.")
        max_points = self.number("max_points", 1000, least=4, most=1_000_000)
        histories = await self.run(self.store.metric_histories(run_ids, keys, max_points))
        await self.reply(MetricHistories.model_construct(histories=list(histories)))
