"""Run the views' JavaScript in Deno: modules are imported as files, without a browser."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from coursekit.widgets.modules import FOLDER, read_source

ROOT = Path(__file__).parents[2]
DENO = Path(sys.executable).with_name("deno")


def run_deno(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run Deno in a folder, without a network and with its cache in that folder."""
    quiet = {"NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": str(folder / "cache")}
    return subprocess.run(
        [DENO, *arguments],
        cwd=folder, env=os.environ | quiet, input=text,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def write_modules(folder: Path) -> None:
    """Write the modules into a folder, with the tables that Python adds, and Deno's settings."""
    for path in sorted(Path(str(FOLDER)).rglob("*.js")):
        name = path.relative_to(str(FOLDER)).as_posix()
        target = folder / "coursekit" / "widgets" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(read_source(name), encoding="utf-8")
    (folder / "deno.jsonc").write_text((ROOT / "deno.jsonc").read_text(encoding="utf-8"))


def evaluate(folder: Path, imports: dict[str, str], expression: str, data: Any) -> Any:
    """Evaluate a JavaScript expression that uses `data`; `imports` maps module paths to names."""
    lines = [f'import {{ {names} }} from "widgets/{path}";' for path, names in imports.items()]
    lines.append(f"const data = {json.dumps(data)};\nconsole.log(JSON.stringify({expression}));")
    (folder / "evaluate.js").write_text("\n".join(lines), encoding="utf-8")
    run = run_deno(folder, "run", "--no-check", "evaluate.js")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
