"""Every limit on a submission: time, memory, processes, files and output."""

CELL_TIMEOUT = 60  # seconds of CPU time, for all of a worker's processes together
CELL_SLOWDOWN = 5  # a cell's wall-clock limit, as a multiple of its CPU limit
CASE_TIMEOUT = 10  # seconds of CPU time for a check that does not say how many
CASE_PATIENCE = 5  # an answer that idles for this multiple of its CPU limit is asleep
AWAKE_SECONDS = 0.1  # CPU seconds: an answer that used less in that time was idle
RECORD_TIMEOUT = 0.0  # seconds for an answer whose outcomes are recorded; 0: the check's `seconds`
CHECK_GRACE = 0.5  # seconds: an answer is stopped, or else its worker is killed this much later
MAX_PRINTED_CHARACTERS = 1 << 20  # of the text that an answer prints, if a case compares it
MAX_SHOWN_BYTES = 1 << 20  # text and pictures per cell; the rest is dropped
MAX_OUTPUT_BYTES = 4 << 20  # total size of a cell's messages: results, errors and what it shows
GROUP_MEMORY = 4 << 30  # bytes in a cgroup: worker, spare, exiting worker and zygote
GROUP_PROCESSES = 512
WORKER_MEMORY = 1 << 30  # bytes, for all of its processes together; a shared page counts once
WORKER_PROCESSES = 32
ADDRESS_SPACE = 2 << 30  # bytes, per process
DESCRIPTORS = 128  # per process
SCRATCH = 64 << 20  # bytes: the size of /tmp, and of the largest file
SCRATCH_FILES = 4096  # the most files in /tmp
