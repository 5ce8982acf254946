"""Run an ordinary kernel with the whole kit, in bubblewrap, to show what cheats do if trusted."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.resources import files
from itertools import chain

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from coursekit.course.notebook_kernel import START_TIMEOUT, Kernel
from coursekit.sandbox.host import levels
from coursekit.sandbox.host.folders import scratch_folder

LIMITS = ("--as=68719476736", "--fsize=67108864", "--nproc=64", "--nofile=256", "--core=0")


def contained(argv, scratch):
    """Return a command that runs `argv` without a network; only Python and the kit are readable."""
    parents = [p for p in reversed(scratch.parents[:-1]) if p.parts[1] != "dev"]
    return [
        levels.strongest().bubblewrap, *levels.isolation(), "--die-with-parent",
        *levels.system_mounts(), *levels.python_mounts(), "--perms", "0755", "--dir", "/course",
        "--ro-bind", str(files("coursekit")), "/course/coursekit",
        *chain.from_iterable(("--perms", "0755", "--dir", str(parent)) for parent in parents),
        "--bind", str(scratch), str(scratch), "--chdir", "/tmp",
        "--remount-ro", "/dev", "--remount-ro", "/", *levels.giving_up_root(scratch),
        "prlimit", *LIMITS, *map(levels.inside, argv),
    ]  # fmt: skip


class Manager(KernelManager):
    """A kernel manager that starts its kernel in bubblewrap."""

    def format_kernel_cmd(self, extra_arguments=None):
        return contained(super().format_kernel_cmd(extra_arguments), self.scratch)

    def write_connection_file(self, **options):
        super().write_connection_file(**options)
        owner = self.scratch.stat()
        os.chown(self.connection_file, owner.st_uid, owner.st_gid)


@contextmanager
def contained_kernel():
    """Yield a kernel whose processes cannot escape from it."""
    assert levels.strongest().bubblewrap, "this needs bubblewrap: scripts/setup.sh test"
    scratch = scratch_folder()
    manager = Manager(
        transport="ipc",  # a socket in the file system: there is no network inside
        ip=str(scratch / "k"),
        connection_file=str(scratch / "connection.json"),
    )
    manager.scratch = scratch
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, language="python", display_name="contained")
    try:
        manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=str(scratch))
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START_TIMEOUT)
            yield Kernel(client, manager.interrupt_kernel)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    finally:
        manager.cleanup_resources()
        shutil.rmtree(scratch, ignore_errors=True)
