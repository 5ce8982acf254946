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


def main(what, course, students):
    from nbgrader.api import MissingEntry
    from nbgrader.apps import NbGraderAPI

    os.chdir(course)
    os.environ["PATH"] = f"{sys.prefix}/bin:{os.environ['PATH']}"  # nbgrader looks up alembic there
    config = Config()
    config.CourseDirectory.root = course
    config.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
    api = NbGraderAPI(config=config)
    if what == "release":
        print(json.dumps(api.generate_assignment("ps1")["success"]))
        return
    before = len(psutil.pids())
    for student in students:
        started = time.perf_counter()
        done = api.autograde("ps1", student)
        found = {"student": student, "seconds": time.perf_counter() - started, "points": None}
        if done["success"]:
            with api.gradebook as book:
                try:
                    its = book.find_submission_notebook("lesson", "ps1", student)
                    points = {}
                    for grade in its.grades:
                        exercise = grade.name.rsplit("-", 1)[0]
                        points[exercise] = points.get(exercise, 0) + (grade.score or 0)
                    found["points"] = points
                except MissingEntry:
                    pass
        else:
            found["error"] = str(done.get("error"))[-300:]
        found["left"] = len(psutil.pids()) - before
        print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
