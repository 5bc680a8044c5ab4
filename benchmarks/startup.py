"""CPU time before anything happens: `cvalues --help` and `import cvalues`.

python -m benchmarks.startup
"""

from __future__ import annotations

import sys

from benchmarks.measure import Figure, arguments, command, finish, measure, middle

RUNS = 7


def figures() -> list[Figure]:
    """Return the figures, each the median of several runs."""
    shown = [measure(command("--help")).cpu for _ in range(RUNS)]
    imported = [measure([sys.executable, "-c", "import cvalues"]).cpu for _ in range(RUNS)]
    empty = [measure([sys.executable, "-c", ""]).cpu for _ in range(RUNS)]
    return [
        Figure("startup: CPU of cvalues --help", middle(shown), "s", 0.4, f"median of {RUNS}"),
        Figure("startup: CPU of import cvalues", middle(imported), "s"),
        Figure("startup: CPU of Python alone", middle(empty), "s"),
    ]


def main(argv: list[str] | None = None) -> int:
    return finish(figures(), arguments(__doc__).parse_args(argv).json)


if __name__ == "__main__":
    sys.exit(main())
