"""The one fake of the provisioner port. Its users see a `MemoryStore` through their policies."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from fakes.memory_store import MemoryStore
from weir.errors import IntegrityError, StoreUnavailableError
from weir.storage.provisioning import Credential, Held, LastUse, Policy, check_user


@dataclass
class _User:
    policy: Policy
    keys: dict[str, Credential] = field(default_factory=dict)
    enabled: bool = True


class MemoryProvisioner:
    """Users of one `MemoryStore`; `down` makes every call fail as a dead server does, and `used`
    is what it tells of the last use of each access key."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._users: dict[str, _User] = {}
        self.down = False
        self.used: dict[str, LastUse] = {}

    def ensure_user(
        self, name: str, access_key: str | None, secret_key: str | None, policy: Policy
    ) -> Credential:
        check_user(name, access_key, secret_key)
        self._answer()
        credential = Credential(
            access_key=access_key or secrets.token_hex(10),
            secret_key=secret_key or secrets.token_hex(20),
        )
        for other, user in self._users.items():
            if other != name and credential.access_key in user.keys:
                raise IntegrityError(
                    "access_key_taken", "another user has this access key", where={"user": name}
                )
        self._users[name] = _User(policy, {credential.access_key: credential})
        return credential

    def add_key(self, name: str) -> Credential:
        user = self._user(name)
        made = Credential(access_key=secrets.token_hex(10), secret_key=secrets.token_hex(20))
        user.keys[made.access_key] = made
        return made

    def remove_key(self, name: str, access_key: str) -> None:
        self._user(name).keys.pop(access_key, None)

    def look_up(self, name: str) -> Held | None:
        self._answer()
        user = self._users.get(name)
        if user is None:
            return None
        return Held(access_keys=frozenset(user.keys), allowed=user.enabled)

    def last_use(self, access_key: str) -> LastUse:
        self._answer()
        return self.used.get(access_key, "unknown")

    def disable_user(self, name: str) -> None:
        self._user(name).enabled = False

    def enable_user(self, name: str, policy: Policy) -> None:
        user = self._user(name)
        user.policy, user.enabled = policy, True

    def sign_in(self, credential: Credential) -> MemoryStore:
        """The store as the holder of `credential` sees it from now on."""

        def allows(action: str, bucket: str, key: str) -> bool:
            return any(
                user.enabled
                and user.keys.get(credential.access_key) == credential
                and permits(user.policy, action, bucket, key)
                for user in self._users.values()
            )

        return self._store.view(allows)

    def _user(self, name: str) -> _User:
        check_user(name, None, None)
        self._answer()
        try:
            return self._users[name]
        except KeyError:
            raise IntegrityError(
                "user_missing", "the object store has no such user", where={"user": name}
            ) from None

    def _answer(self) -> None:
        if self.down:
            raise StoreUnavailableError("store_unavailable", "the object store does not answer")


def permits(policy: Policy, action: str, bucket: str, key: str) -> bool:
    """Whether a policy document allows an action: a Deny outweighs every Allow."""
    resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    effects = {
        statement["Effect"]
        for statement in policy["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
    }
    return effects == {"Allow"}
