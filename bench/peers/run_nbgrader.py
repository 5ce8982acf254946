"""Grade a course's students one by one with nbgrader, and print one line of JSON per student.

Run it in nbgrader's environment:
python run_nbgrader.py release COURSE, then python run_nbgrader.py grade COURSE STUDENT...
"""

import json
import os
import sys
import time

import psutil
from traitlets.config import Config


def main(command, course, students):
    from nbgrader.api import MissingEntry
    from nbgrader.apps import NbGraderAPI

    os.chdir(course)
    os.environ["PATH"] = f"{sys.prefix}/bin:{os.environ['PATH']}"  # nbgrader looks up alembic there
    config = Config()
    config.CourseDirectory.root = course
    config.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
    api = NbGraderAPI(config=config)
    if command == "release":
        print(json.dumps(api.generate_assignment("ps1")["success"]))
        return
    before = len(psutil.pids())
    for student in students:
        start = time.perf_counter()
        done = api.autograde("ps1", student)
        report = {"student": student, "seconds": time.perf_counter() - start, "points": None}
        if done["success"]:
            with api.gradebook as book:
                try:
                    submission = book.find_submission_notebook("lesson", "ps1", student)
                    points = {}
                    for grade in submission.grades:
                        exercise = grade.name.rsplit("-", 1)[0]
                        points[exercise] = points.get(exercise, 0) + (grade.score or 0)
                    report["points"] = points
                except MissingEntry:
                    pass
        else:
            report["error"] = str(done.get("error"))[-300:]
        report["left"] = len(psutil.pids()) - before
        print("\n" + json.dumps(report), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
