"""Whole experiments from data to table, figures and report: `hand-geo scenarios`.

Every study is a module with `USES` (the options that it takes), `FILES` (what it
writes) and `run(options)`.
"""
