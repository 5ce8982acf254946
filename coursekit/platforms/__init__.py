"""What a learning platform hands out and takes back: submissions, names, times and grades."""
