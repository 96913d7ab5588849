"""Workloads timed in one run; medians and ratios, never a test."""
