"""Made-up organisations: firms, shops, clinics, schools, departments."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from weir.privacy.names.training.people import People
from weir.privacy.names.training.places import Places
from weir.privacy.names.word_lists import region_path, regions

_COUNTY_DIGITS = 6
_UNITS = ("大队", "支队", "分局", "监察大队", "交通警察大队", "执法大队", "中队", "办公室")


class Organisations:
    """Organisations by kind. A firm's own name is of its favourite characters, or of `words`."""

    def __init__(
        self,
        lists: Mapping[str, str],
        people: People,
        places: Places,
        words: Sequence[str],
        common: str,
    ) -> None:
        self._lists = {name: text.split() for name, text in lists.items()}
        self._people, self._places = people, places
        self._words, self._common = words, common
        self._counties = {
            home: [c for c in regions() if len(c) <= _COUNTY_DIGITS and c.startswith(home)]
            for home in ("5109", "51", "")
        }
        self._streets = {
            home: [c for c in regions() if len(c) > _COUNTY_DIGITS and c.startswith(home)]
            for home in ("5109", "51", "")
        }

    def firm(self, rng: random.Random) -> str:
        trade = self._pick(rng, "trades") if rng.random() < 0.85 else ""
        name = self._where(rng, 0.6) + self._coined(rng) + trade + self._pick(rng, "firm_ends")
        if rng.random() < 0.06:
            at = name.rfind("有限")
            if at > 0:
                name = f"{name[:at]}（{self._city(rng)}）{name[at:]}"
        if rng.random() < 0.08:
            name += self._pick(rng, "branches")
        return name if rng.random() < 0.93 else self._pick(rng, "insurers")

    def shop(self, rng: random.Random) -> str:
        owner = rng.random()
        if owner < 0.2:
            own = self._people.surname(rng) + rng.choice(("记", "氏", "家", "姐", "哥", "老五"))
        elif owner < 0.4:
            own = self._people.name(rng)
        else:
            own = self._coined(rng)
        return self._where(rng, 0.5) + own + self._pick(rng, "shops")

    def cooperative(self, rng: random.Random) -> str:
        return self._where(rng, 0.8) + self._coined(rng) + self._pick(rng, "cooperatives")

    def bureau(self, rng: random.Random) -> str:
        if rng.random() < 0.15:
            return self._where(rng, 1, deep=True) + rng.choice(("人民政府", "派出所", "办事处"))
        unit = rng.choice(_UNITS) if rng.random() < 0.12 else ""
        return self._where(rng, 1) + self._pick(rng, "bureaus") + unit

    def committee(self, rng: random.Random) -> str:
        village = self._places.village(rng)
        end = "居民委员会" if village.endswith("社区") else rng.choice(("村民委员会", "村委会"))
        village = village.removesuffix("村") if end.startswith("村") else village
        return self._where(rng, 0.4) + village + end

    def hospital(self, rng: random.Random) -> str:
        if rng.random() < 0.25:
            return (
                self._where(rng, 0.6) + self._coined(rng) + rng.choice(("医院", "诊所", "门诊部"))
            )
        return self._where(rng, 1, deep=True) + self._pick(rng, "hospitals")

    def school(self, rng: random.Random) -> str:
        own = self._coined(rng) if rng.random() < 0.45 else ""
        return self._where(rng, 0.5 if own else 1, deep=True) + own + self._pick(rng, "schools")

    def lawyers(self, rng: random.Random) -> str:
        return self._where(rng, 0.8) + self._coined(rng) + "律师事务所"

    def any(self, rng: random.Random) -> str:
        makers = (self.firm, self.shop, self.cooperative, self.bureau, self.hospital, self.school)
        kind = rng.random()
        if kind < 0.1:
            bank = self._pick(rng, "banks") + rng.choice(("", "", "股份有限公司"))
            return bank + rng.choice(("", self._pick(rng, "bank_ends"), self._city(rng) + "市分行"))
        if kind < 0.14:
            return self._where(rng, 1) + self._pick(rng, "associations")
        if kind < 0.17:
            return self._coined(rng) + rng.choice(
                ("集团", "科技", "物业公司", "建筑公司", "物流公司")
            )
        more = (self.committee, self.lawyers)
        return rng.choice((*makers, *makers, *more, self.firm, self.firm))(rng)

    def _pick(self, rng: random.Random, name: str) -> str:
        return rng.choice(self._lists[name])

    def _coined(self, rng: random.Random) -> str:
        kind = rng.random()
        if kind < 0.3:
            more = rng.choice(self._words) if kind < 0.06 else ""
            return rng.choice(self._words) + more
        pool = self._lists["characters"][0] if kind < 0.85 else self._common[:800]
        return "".join(rng.choice(pool) for _ in range(rng.choice((2, 2, 2, 3, 4))))

    def _city(self, rng: random.Random) -> str:
        return region_path(rng.choice(self._counties["51"]))[-1].removesuffix("市")

    def _where(self, rng: random.Random, chance: float, *, deep: bool = False) -> str:
        if rng.random() >= chance:
            return ""
        home = rng.choices(("5109", "51", ""), (3, 3, 4))[0]
        if deep and rng.random() < 0.3:
            return "".join(region_path(rng.choice(self._streets[home]))[rng.choice((-1, -2)) :])
        among = self._counties[home]
        path = region_path(rng.choice(among))
        kind = rng.random()
        if kind < 0.5:
            return path[-1]
        if kind < 0.8:
            short = path[-1][:-1] if path[-1][-1] in "省市县区" else path[-1]
            return short if len(short) > 1 else path[-1]
        return "".join(path[-2:])
