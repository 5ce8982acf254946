"""Grade submissions: nothing that one does can change its points unfairly, or those of others."""
