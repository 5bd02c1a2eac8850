"""The intake: the one process that reads the exchange platform and writes snapshots.

It pulls what the contract grants and nothing else, and signs a receipt for each snapshot; the gate
publishes only what follows from snapshots with a receipt.
"""
