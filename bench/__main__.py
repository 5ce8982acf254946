"""make bench: every race and the growth, each round to docs/benchmarks.json, and the page of it."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.progress import track

from bench import growth, networks, others, scalars
from bench.measure import Race
from coursekit import distribution

DOCS = Path(__file__).parents[1] / "docs"
PACKAGES = (distribution.NAME, "numpy", "jax", "torch", "mygrad", "autograd", "micrograd")
INTRODUCTION = """\
# Benchmarks

Made by `make bench`; nothing here is written by hand. All contestants do the same work, which is
checked on their first results, in one process and on one thread, in turn, round after round. A
ratio is the median of the rounds' ratios; every round stands in [benchmarks.json](benchmarks.json).
"""
SCALE = {"µs": 1e6, "ms": 1e3}


def machine() -> dict[str, str]:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    found = {"processor": cpu, "system": platform.system(), "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def of_ours(race: Race) -> list[str]:
    return [name for name in race.seconds if name.startswith("coursekit")]


def losses(races: list[Race]) -> list[tuple[float, str]]:
    """Return where a peer is faster, the worst first."""
    found = []
    for race in races:
        for ours in of_ours(race):
            for peer in race.seconds:
                slower = race.ratio(ours, peer)
                if not peer.startswith("coursekit") and peer != "sys" and slower > 1.0:
                    found.append((slower, f"{race.title}: {ours} takes {slower:.2f} × {peer}"))
    return sorted(found, reverse=True)


def goals(races: list[Race], grown: list[dict[str, Any]]) -> list[str]:
    rows = []
    for race in races:
        for name, (at_most, to) in race.goals.items():
            if to in race.seconds:
                ratio = race.ratio(name, to)
                goal, found = f"≤ {at_most:g}", f"{ratio:.2f}"
                if at_most < 0.5:  # a speed-up reads better
                    goal, found = f"{1 / at_most:,.0f} × faster", f"{1 / ratio:,.1f} ×"
                rows.append(
                    f"| {race.title}: {name} against {to} | {goal} | {found}"
                    f" | {'yes' if ratio <= at_most else '**no**'} |"
                )
    most = max(row["bytes"] for row in grown if row["size"] >= 10_000)
    rows.append(
        f"| Resident bytes a vertex, from 10⁴ vertices on | ≤ {growth.GOAL} | {most:.0f}"
        f" | {'yes' if most <= growth.GOAL else '**no**'} |"
    )
    tape = next(race for race in races if "interpreted" in race.title)
    found = tape.time("coursekit") * 1e6
    rows.append(
        f"| An interpreted tape, both sweeps, µs a vertex | ≤ 0.4 | {found:.2f}"
        f" | {'yes' if found <= 0.4 else '**no**'} |"
    )
    return rows


def page(races: list[Race], grown: list[dict[str, Any]]) -> str:
    lines = [INTRODUCTION, ", ".join(f"{name} {value}" for name, value in machine().items()) + "."]
    lines += ["", "## What we lose", ""]
    lines += [f"- {text}." for _, text in losses(races)] or ["- Nothing, this time."]
    lines += ["", "## Goals", "", "| | goal | found | met |", "|---|---|---|---|"]
    lines += goals(races, grown)
    lines += [
        "",
        "## Growth",
        "",
        "![Time and memory a vertex, from a thousand to a million vertices](growth.svg)",
        "",
    ]
    lines += [
        "| Vertices | | build, µs | linearize, µs | backprop, µs | bytes |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['size']:,} | {row['kind']} | "
        + " | ".join(f"{row[part] * 1e6:.2f}" for part in ("build", "linearize", "backprop"))
        + f" | {row['bytes']:.0f} |"
        for row in grown
    ]
    for race in races:
        each = ", for each vertex" if race.per > 1 else ""
        lines += [
            "",
            f"## {race.title}",
            "",
            f"| | {race.unit}{each} | ratio to {race.base} |",
            "|---|---|---|",
        ]
        for name in race.seconds:
            time = race.time(name) * SCALE[race.unit]
            lines.append(f"| {name} | {time:.3g} | {race.ratio(name, race.base):.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    races: list[Race] = []
    for part in track((networks, scalars, others), "Racing"):
        races += part.races()
    grown = growth.rows()
    everything = {"machine": machine(), "races": [race.plain() for race in races], "growth": grown}
    DOCS.joinpath("benchmarks.json").write_text(
        json.dumps(everything, ensure_ascii=False, indent=1)
    )
    DOCS.joinpath("benchmarks.md").write_text(page(races, grown))
    growth.plot(grown, DOCS / "growth.svg")
    print(page(races, grown))


if __name__ == "__main__":
    main()
