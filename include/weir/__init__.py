"""Weir (堰): nothing flows out that is not authorised, and everything that flows can be proven.

contracts  what was agreed, compiled into what runs     policy     pure decisions over it
exchange   sources to sealed snapshots                  quality    expectation suites, quarantine
privacy    find and grade                               masking    methods, keys, products
disclosure k and suppression                            release    manifest, certificate, verifier
gate       the service that alone can publish           bureau     the supervisor's service
evidence   audit records, lineage, outbox               crypto     SM2, SM3, SM4, keystore
storage    object store and its users                   service    what both services' edges share
demo       the demo city and its actors                 pipeline   the order of the stages
runtime    what is wired to what
"""

from weir.allocator import share_memory

# Before any library that begins threads as it is imported.
share_memory()
