"""Estimators: plain functions on numpy arrays that return frozen results, agreed with reference software."""
