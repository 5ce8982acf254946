"""Write the files about a graded class: pages, grades.csv and words.csv; pages escape all text."""
