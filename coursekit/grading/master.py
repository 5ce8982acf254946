"""A master's cells in the sandbox: an ordinary kernel, the whole kit, no network, no other file."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from coursekit.course.notebook_kernel import START, Kernel
from coursekit.course.reference import Session
from coursekit.sandbox.guest.check_probe import RECORD
from coursekit.sandbox.host.command import Sandbox
from coursekit.sandbox.host.folders import scratch_folder
from coursekit.sandbox.host.levels import strongest


class _Manager(KernelManager):
    """A manager whose kernel starts inside the sandbox."""

    sandbox: Sandbox
    scratch: Path

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        return self.sandbox.command(super().format_kernel_cmd(extra_arguments), self.scratch)

    def write_connection_file(self, **options: Any) -> None:
        super().write_connection_file(**options)
        owner = self.scratch.stat()
        os.chown(self.connection_file, owner.st_uid, owner.st_gid)


@contextmanager
def sandboxed(seed: str) -> Iterator[Session]:
    """Yield a session in which checks record, with cases drawn from the seed."""
    scratch = scratch_folder()
    manager = _Manager(
        transport="ipc",  # no network inside, so no TCP to the outside either
        ip=str(scratch / "k"),
        connection_file=str(scratch / "connection.json"),
    )
    manager.sandbox = strongest().of_a_master(**{RECORD: seed})
    manager.scratch = scratch
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, language="python", display_name="sandbox")
    try:
        manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=str(scratch))
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START)
            yield Session(Kernel(client, manager.is_alive))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    finally:
        manager.cleanup_resources()
        shutil.rmtree(scratch, ignore_errors=True)
