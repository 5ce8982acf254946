"""`make fuzz`: compare coursekit with torch on random programs, in every way, and count mismatches.

Each program depends only on its kind, its number and the seed. Programs run in worker processes,
so that one that kills its process, or hangs, is counted like any other mismatch.
"""

import argparse
import multiprocessing as mp
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from random import Random
from typing import Any

from rich.progress import Progress

from bench.measure import have
from tests.support.array_graphs import random_program
from tests.support.array_programs import ArrayProgram
from tests.support.faults import Fault
from tests.support.number_graphs import random_numbers, special_numbers
from tests.support.shrink import shrink

if not have("torch"):
    sys.exit("fuzz: torch could not be installed: check the network, then run make fuzz again")
from bench.checks import CHECKS, ILL

KINDS: dict[str, tuple[int, Callable[[Random], ArrayProgram]]] = {
    "scalars": (25_000, random_numbers),
    "arrays": (10_000, random_program),
    "flat": (10_000, lambda rng: random_program(rng, parameters=1)),
    "special": (10_000, special_numbers),
}
SECONDS, ATTEMPT = 60, 5  # a program that takes longer counts as a mismatch; no attempt may
fork = mp.get_context("fork")


def program_of(kind: str, seed: int, number: int) -> ArrayProgram:
    return KINDS[kind][1](Random(f"{kind} {seed} {number}"))


def work(kind: str, seed: int, numbers: range, results: Connection) -> None:
    """Check programs one by one, and send the faults of each."""
    try:
        for number in numbers:
            results.send((number, CHECKS[kind](program_of(kind, seed, number))))
    except Exception as error:  # a fault of the check itself, not of coursekit
        results.send((number, RuntimeError(f"{kind} {number}: {error!r}")))


def start(kind: str, seed: int, numbers: range) -> tuple[Connection, Any]:
    results, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=work, args=(kind, seed, numbers, sender), daemon=True)
    process.start()
    sender.close()  # so that the end of the process ends the pipe
    return results, process


def check_all(kind: str, seed: int, count: int, workers: int) -> Iterator[tuple[int, list[Fault]]]:
    """Yield the number and the faults of each program, in the order in which they are done."""
    running = {}
    for k in range(workers):
        numbers = range(k, count, workers)
        results, process = start(kind, seed, numbers)
        running[results] = (process, numbers)
    while running:
        ready = wait(list(running), timeout=SECONDS)
        for results in ready or list(running):
            process, left = running.pop(results)
            try:
                if not ready:
                    process.kill()
                number, faults = results.recv()
                if isinstance(faults, Exception):
                    raise faults
                assert number == left[0]
            except EOFError:
                process.join()
                if not left:
                    continue
                what = "died" if ready else f"took more than {SECONDS} s"
                faults = [Fault("process", what, f"exit status {process.exitcode}")]
                results, process = start(kind, seed, left[1:])
                number = left[0]
            yield number, faults
            running[results] = (process, left[1:])


def smallest(kind: str, program: ArrayProgram, fault: Fault) -> ArrayProgram:
    """Return a smaller program with the same fault; each attempt runs in its own process."""

    def send(candidate: ArrayProgram, results: Connection) -> None:
        results.send([f[:2] for f in CHECKS[kind](candidate)])

    def fails(candidate: ArrayProgram) -> bool:
        results, sender = fork.Pipe(duplex=False)
        process = fork.Process(target=send, args=(candidate, sender), daemon=True)
        process.start()
        sender.close()
        try:
            return results.poll(ATTEMPT) and fault[:2] in results.recv()
        except EOFError:
            return fault.what == "died"
        finally:
            process.kill()
            process.join()

    return shrink(program, fails)


def race_through(kind: str, seed: int, count: int, workers: int) -> dict[int, list[Fault]]:
    """Return the faults of each program that has any, with a progress bar."""
    found = {}
    with Progress(disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(kind, total=count)
        for number, faults in check_all(kind, seed, count, workers):
            progress.advance(bar)
            if faults:
                found[number] = faults
    return found


def report(kind: str, seed: int, count: int, found: dict[int, list[Fault]], examples: int) -> int:
    """Print the counts, and a minimal program for each of the commonest mismatches."""
    wrong = {n: real for n, fs in found.items() if (real := [f for f in fs if f.where != ILL])}
    ill = sum(any(f.where == ILL for f in fs) for n, fs in found.items() if n not in wrong)
    print(f"{kind}: {count:,} programs, {len(wrong):,} mismatches, {ill:,} ill-conditioned")
    kinds = Counter(key for faults in wrong.values() for key in {f[:2] for f in faults})
    for (where, what), times in kinds.most_common():
        print(f"  {times:>6,}  {where}: {what}")
    shown: set[tuple[int, str]] = set()
    for key, _ in kinds.most_common():
        number, fault = next((n, f) for n, fs in sorted(wrong.items()) for f in fs if f[:2] == key)
        if len(shown) < examples and (number, fault.what) not in shown:
            shown.add((number, fault.what))
            program = smallest(kind, program_of(kind, seed, number), fault)
            print(f"\n# {kind} {number}: {fault}\n{program}")
    return len(wrong)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--examples", type=int, default=3, help="minimal programs of each kind")
    for kind, (count, _) in KINDS.items():
        parser.add_argument(f"--{kind}", type=int, default=count, help=f"number of {kind} programs")
    return parser.parse_args()


def main() -> int:
    chosen, begin = arguments(), time.perf_counter()
    counts = {kind: getattr(chosen, kind) for kind in KINDS}
    found = {
        kind: race_through(kind, chosen.seed, count, chosen.workers)
        for kind, count in counts.items()
    }
    seconds = time.perf_counter() - begin
    mismatches = sum(
        report(kind, chosen.seed, count, found[kind], chosen.examples)
        for kind, count in counts.items()
    )
    print(f"seed {chosen.seed}, {seconds:.0f} s, {mismatches:,} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
