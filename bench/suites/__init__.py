"""The test suites of micrograd, autograd and MyGrad, run on coursekit."""
