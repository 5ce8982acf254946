"""A real Chromium, and a real JupyterLab with its own folders, port and token."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

from tests.support import ROOT

NOTEBOOKS = ROOT / "notebooks"
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium(playwright: Playwright) -> Browser:
    """Launch the system's Chromium, or else the one that Playwright installed."""
    chrome = shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=chrome, args=FLAGS)


def screenshot_of(browser: Browser, svg: str) -> bytes:
    """Return a PNG of an SVG as Chromium draws it."""
    page = browser.new_page(viewport={"width": 1040, "height": 800})
    page.set_content(f"<style>body {{ margin: 0 }}</style>{svg}")
    screenshot = page.screenshot(full_page=True)
    page.close()
    return screenshot


@contextmanager
def jupyterlab(folder: Path, scratch: Path) -> Iterator[str]:
    """Run JupyterLab; yield the address of a notebook in `folder`, with `{}` for its name."""
    settings = {
        name: str(scratch / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    log = scratch / "lab.log"
    labconfig = scratch / "JUPYTER_CONFIG_DIR" / "labconfig"
    labconfig.mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (labconfig / "page_config.json").write_text(json.dumps(quiet))
    with log.open("wb") as out:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
                "--ServerApp.ip=127.0.0.1",
                "--ServerApp.port=0",
                f"--ServerApp.root_dir={folder}",
                "--LabApp.expose_app_in_browser=True",
                "--LabApp.extension_manager=readonly",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            env=os.environ | settings,
            stdout=out,
            stderr=out,
        )
    try:
        info = _info(Path(settings["JUPYTER_RUNTIME_DIR"]), server, log)
        yield f"http://127.0.0.1:{info['port']}/lab/tree/{{}}?token={info['token']}"
    finally:
        stop(server)


def stop(server: subprocess.Popen[Any]) -> None:
    """Stop a Jupyter server, which loses a SIGTERM that arrives while it writes a log line."""
    while server.poll() is None:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(5)


def _info(runtime: Path, server: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                info: dict[str, str] = json.loads(file.read_text())
                return info
            except json.JSONDecodeError:  # the server is still writing it
                pass
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")
