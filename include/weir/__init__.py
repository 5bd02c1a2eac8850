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

import gc

from weir.allocator import share_memory

# The libraries make millions of objects as they are imported and hardly a cycle among them: looking
# through them every 700 objects, as is the default, is a fifth of that time.
gc.set_threshold(100_000)
# Before any library that begins threads as it is imported.
share_memory()
