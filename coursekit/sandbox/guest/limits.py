"""Every limit on a submission: time, memory, processes, files and output."""

from dataclasses import dataclass

CELL_TIMEOUT = 60  # seconds of CPU time, all processes of a worker together
CELL_SLOWDOWN = 5  # seconds by the clock for each second of CPU time: the machine may be busy
CASE_TIMEOUT = 10  # seconds of CPU time for one case; an answer that reads has a budget as well
CASE_SLOWDOWN = 6  # seconds by the clock for each second of CPU time
MAX_PRINTED_CHARACTERS = 1 << 20  # of a cell's text; the rest is dropped
MAX_OUTPUT_BYTES = 4 << 20  # of a cell's messages; one that sends more loses its process
GROUP_MEMORY = 4 << 30  # bytes of a cgroup: worker, spare, one that is ending, and the zygote
GROUP_PROCESSES = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use."""

    cpu: int = CELL_TIMEOUT
    memory: int = 1 << 30  # bytes, all processes of a worker; a shared page is counted once
    address_space: int = 2 << 30  # bytes, each process
    processes: int = 32
    descriptors: int = 128
    scratch: int = 64 << 20  # bytes in /tmp, and in one file
    files: int = 4096  # in /tmp
