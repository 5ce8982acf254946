"""Grade notebooks one by one with Otter, and print one line of JSON per student.

Run it in Otter's environment:
python run_otter.py release FOLDER, then python run_otter.py grade FOLDER STUDENT...
"""

import json
import os
import subprocess
import sys
import time

import psutil


def main(command, folder, students):
    os.chdir(folder)
    if command == "release":
        generate = [os.path.join(sys.prefix, "bin", "otter"), "generate", "-t", "tests"]
        options = ["-o", "autograder.zip", "--no-environment", "--no-requirements", "--no-config"]
        subprocess.run([*generate, *options], check=True, stdout=subprocess.DEVNULL)
        print("true")
        return
    from otter.api import grade_submission

    before = len(psutil.pids())
    for student in students:
        start = time.perf_counter()
        report = {"student": student, "points": None}
        try:
            results = grade_submission(f"{student}/lesson.ipynb", "autograder.zip", quiet=True)
            report["points"] = {name: r.score for name, r in results.results.items()}
        except Exception as error:
            report["error"] = f"{type(error).__name__}: {error}"[-300:]
        report["seconds"] = time.perf_counter() - start
        report["left"] = len(psutil.pids()) - before
        print("\n" + json.dumps(report), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
