"""A file is read where no sandbox is: whatever it holds, that takes little time and memory."""

MEMORY, SECONDS = 1 << 30, 60  # bytes of addresses, seconds of CPU time
