"""Certificates of property."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.entities.entity import Entity
from weir.privacy.entities.vehicles import PROVINCES
from weir.privacy.shapes import Phrase

_HAN = "[\u4e00-\u9fff]"
_PLACE = f"(?:(?![证号为是有其下的由将以和与系持凭名原]){_HAN})"
_YEAR = "[(（〔\\[][0-9]{4}[)）〕\\]]"
_NUMBER = "[0-9]{4,12}号"

PROPERTY: tuple[Entity, ...] = (
    Entity(
        name="CN_PROPERTY_CERT",
        title="不动产权证号",
        shape=Phrase(
            body=f"[{PROVINCES}]{_YEAR}{_HAN}{{1,16}}(?:不动产权|不动产证明)第?{_NUMBER}"
            f"|{_PLACE}{{1,4}}(?:房权证|房地权证|房地证|房产证)[0-9A-Z\u4e00-\u9fff]{{0,8}}"
            f"(?:字|第)(?:第)?{_NUMBER}"
            f"|[{PROVINCES}]房地{_HAN}{{0,6}}字{_YEAR}第?{_NUMBER}"
            f"|{_PLACE}{{1,4}}(?:国用|集用|林证){_YEAR}{_HAN}{{0,8}}第?[0-9]{{1,12}}(?:-[0-9]{{1,8}})?号",
            words=(
                "不动产权",
                "不动产证明",
                "房权证",
                "房地权证",
                "房地证",
                "房产证",
                "房地",
                "国用",
                "集用",
                "林证",
            ),
            marks=frozenset("-"),
        ),
        cues=("不动产权证", "房产证", "产权证", "土地证"),
        rank=102,
        score=0.9,
        standard="国土资发〔2015〕25号; 不动产登记暂行条例实施细则",
        grade=Grade.GENERAL_3,
        sensitive=True,
        examples=(
            "川（2021）遂宁市不动产权第0001234号",
            "川(2021)射洪市不动产证明第0012345号",
            "遂房权证船山字第0012345号",
            "遂国用（2012）第01234号",
            "沪房地浦字（2010）第012345号",
        ),
        counter_examples=(
            "川（2021）遂宁市不动产权",
            "不动产权第号",
            "川府发（2021）第12号",
        ),
    ),
)
