"""Training with a loss: descents on any library's arrays, exact linear models, estimators, the lockstep trainer."""
