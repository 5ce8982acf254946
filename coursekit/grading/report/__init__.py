"""What a graded class gets: pages, grades.csv and words.csv. Every text in a page is escaped."""
