"""A Ray actor, called from a driver in Python on the same machine."""

import asyncio
import os

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # a benchmark tells nobody

import ray  # noqa: E402
from driver import serve  # noqa: E402


@ray.remote
class Echo:
    def echo(self, data):
        return data

    def pid(self):
        return os.getpid()


class RayPeer:
    what = "a Ray actor (`max_restarts` 0) and a driver, both Python, Ray started before; start: a new actor"

    async def start(self):
        self.actor = Echo.remote()

    async def echo(self, data):
        return await self.actor.echo.remote(data)

    async def pid(self):
        return await self.actor.pid.remote()

    async def close(self):
        ray.kill(self.actor)


ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error", object_store_memory=2 << 30)
asyncio.run(serve(RayPeer()))
ray.shutdown()
