"""Pages for students and for instructors; every text in them is escaped."""
