"""Submissions in, points out: nothing a submission does can cost or earn what it should not."""
