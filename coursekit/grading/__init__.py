"""Grade submissions: nothing that a submission does can unfairly change its points or another's."""
