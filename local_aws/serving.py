"""Serve MiniStack with our engines in it, from the first request to the saved state."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack import app as ministack

from local_aws import (
    athena,
    cloudformation,
    cloudwatch,
    firehose,
    glue,
    iam,
    lambda_runtime,
    lifecycle,
    persistence,
    redshift,
    s3,
    s3_meter,
    stepfunctions,
)
from local_aws.faults import http_front, injector
from local_aws.run_files import claim_state_dir, remove_endpoints, write_endpoints
from local_aws.settings import CloudSettings

_logger = logging.getLogger(__name__)
_GRACE_SECONDS = 3.0  # for requests that are under way when the stop comes
_SHUTDOWN_SECONDS = 60.0  # for saving the state


def install_engines(settings: CloudSettings) -> None:
    """Put our patches and engines into MiniStack; it must happen before it serves."""
    s3_meter.install()
    for engine in (
        iam,
        persistence,
        s3,
        cloudformation,
        cloudwatch,
        lambda_runtime,
        stepfunctions,
        firehose,
        glue,
        athena,
        redshift,
    ):
        engine.install(settings)


def serve(settings: CloudSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises
    ------
    StateDirInUseError : another local cloud runs on this state folder.
    OSError : the port is taken.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with claim_state_dir(settings.state_dir):
        _allow_many_connections()
        injector.install(settings)
        install_engines(settings)
        asyncio.run(_serve(settings))


def _allow_many_connections() -> None:
    """Take all the file descriptors that are allowed: clients keep their connections open.

    The usual soft limit of 1,024 is soon reached by a few pools of connections.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(settings: CloudSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = http_front.around(ministack.app)
    server = asyncio.ensure_future(
        serve_asgi(app, _hypercorn(settings), shutdown_trigger=_stopping(settings, stop))
    )
    announced = asyncio.ensure_future(_announce_when_ready(settings, stop))
    try:
        await server
    finally:
        announced.cancel()
        lifecycle.run_exit_hooks()
        remove_endpoints(settings.state_dir)
    if announced.done() and not announced.cancelled() and announced.exception():
        raise announced.exception()  # type: ignore[misc]  # not None: tested in the line above


def _hypercorn(settings: CloudSettings) -> Config:
    config = Config()
    config.bind = [f"127.0.0.1:{settings.port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = _GRACE_SECONDS
    config.shutdown_timeout = _SHUTDOWN_SECONDS
    config.startup_timeout = _SHUTDOWN_SECONDS
    config.loglevel = os.environ["LOG_LEVEL"]
    return config


def _stopping(settings: CloudSettings, stop: asyncio.Event):  # type: ignore[no-untyped-def]
    async def until_stopped() -> None:
        await stop.wait()
        remove_endpoints(settings.state_dir)
        await asyncio.to_thread(lifecycle.run_stop_hooks)

    return until_stopped


async def _announce_when_ready(settings: CloudSettings, stop: asyncio.Event) -> None:
    try:
        await _until_listening(settings.port)
        await asyncio.to_thread(lifecycle.run_start_hooks)
        write_endpoints(settings, os.getpid())
    except Exception:
        stop.set()
        raise


async def _until_listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            await writer.wait_closed()
            return
