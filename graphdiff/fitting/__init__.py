"""Parameters of a formula from data: nonlinear least squares with exact derivatives."""
