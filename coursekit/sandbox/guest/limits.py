"""Every limit on a submission: time, memory, processes, files and output."""

CELL_TIMEOUT = 60  # seconds of CPU time, for all of a worker's processes together
CELL_SLOWDOWN = 5  # a cell's wall-clock limit, as a multiple of its CPU limit
CASE_TIMEOUT = 10  # seconds of CPU time for one case; a case may also limit an answer's reads
CASE_SLOWDOWN = 6  # a case's wall-clock limit, as a multiple of its CPU limit
MAX_PRINTED_CHARACTERS = 1 << 20  # per cell; the rest is dropped
MAX_OUTPUT_BYTES = 4 << 20  # total size of a cell's messages; a cell that sends more is killed
GROUP_MEMORY = 4 << 30  # bytes in a cgroup: worker, spare, exiting worker and zygote
GROUP_PROCESSES = 512
WORKER_MEMORY = 1 << 30  # bytes, for all of its processes together; a shared page counts once
WORKER_PROCESSES = 32
ADDRESS_SPACE = 2 << 30  # bytes, per process
DESCRIPTORS = 128  # per process
SCRATCH = 64 << 20  # bytes: the size of /tmp, and of the largest file
SCRATCH_FILES = 4096  # the most files in /tmp
