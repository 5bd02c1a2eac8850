"""The composition root: which adapter stands behind which port in this process.

Heavy libraries are imported where a command or task needs them, so that a DAG file or `weir verify`
does not pay for the others.
"""
