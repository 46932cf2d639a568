"""Writes generated transactions to a file, in the real data set's encoding."""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from cli import console
from cli.errors import CliError
from cli.generate.invoices import GeneratorSettings, generate_lines

ENCODING = "iso-8859-1"
_LINES_AT_ONCE = 5_000


def write_file(path: Path, settings: GeneratorSettings) -> None:
    """Write the transactions to `path` (`-` is standard output) and say how long it took.

    The file is written beside its place and moved there at the end: half a file is never seen.

    Raises
    ------
    CliError : it cannot be written.
    """
    started = time.monotonic()
    try:
        with _opened(path) as file:
            lines = generate_lines(settings)
            while chunk := "".join(islice(lines, _LINES_AT_ONCE)):
                file.write(chunk.encode(ENCODING))
    except BrokenPipeError:
        raise  # the reader of standard output has seen enough
    except OSError as error:
        raise CliError(f"{path} cannot be written: {error.strerror or error}") from error
    took = time.monotonic() - started
    broken = f", {settings.broken:,} of them broken" if settings.broken else ""
    console.say(
        f"wrote {settings.rows:,} rows{broken} to {path} (seed {settings.seed}) "
        f"in {console.seconds(took)}"
    )


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if str(path) == "-":
        yield sys.stdout.buffer
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as plain:
            if path.suffix == ".gz":
                # No time and no name in it: the same settings give the same bytes.
                with gzip.GzipFile("", "wb", 6, plain, mtime=0) as zipped:
                    yield zipped  # type: ignore[misc]
            else:
                yield plain
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
