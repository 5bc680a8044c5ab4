"""Benchmarks: each a runnable script (`python -m benchmarks.speed`); `python -m benchmarks` runs them all."""
