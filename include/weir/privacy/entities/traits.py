"""What somebody is: born when, of what people and belief, with what body."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.entities.entity import Entity
from weir.privacy.shapes import Form, Phrase, Runs, labelled, whole_cell
from weir.privacy.validity import BIRTH_DATE

_NOT_AFTER_HAN, _NOT_BEFORE_HAN = "(?<![\u4e00-\u9fff])", "(?![\u4e00-\u9fff])"
_PEOPLES = (
    "汉|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|"
    "畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|"
    "阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|"
    "赫哲|门巴|珞巴|基诺"
)
_PEOPLE = "|".join(sorted(_PEOPLES.split("|"), key=len, reverse=True))
_BEFORE_PEOPLE = "(?:(?<![\u4e00-\u9fff])|(?<=[系为是男女籍的名位个和与及属一]))"
_NOT_WITHIN = "(?<![北南东本国美圆充不巴收珍馆愤])"
"""What makes another word of the name of a people: 北京, 收藏."""

_PERSONS = (
    "群众|同胞|干部|居民|村民|学生|考生|新生|男|女|老人|老年|青年|少年|儿童|妇女|党员|公民|教师|"
    "职工|员工|同志|农民|牧民|患者|游客|代表|委员|困难户|家庭|人(?![口民大])|籍|身份"
)
"""What follows the name of a people where it tells of somebody."""

_DAYS = Form("[12][0-9]{7}", weak=True)
_BELIEFS = (
    "藏传佛教|佛教|道教|伊斯兰教|天主教|基督教|东正教|犹太教|印度教|新教|穆斯林|基督徒|佛教徒"
)
_BODY = "指纹|指静脉|掌纹|人脸|面部|虹膜|声纹|耳廓|步态|基因|DNA"

TRAITS: tuple[Entity, ...] = (
    Entity(
        name="BIRTH_DATE",
        title="出生日期",
        shape=Runs(
            (
                Form("[12][0-9]{3}年[0-9]{1,2}月[0-9]{1,2}日出生"),
                Form("[12][0-9]{3}年[0-9]{1,2}月[0-9]{1,2}日", weak=True),
                Form(r"[12][0-9]{3}[\-/.][0-9]{1,2}[\-/.][0-9]{1,2}", weak=True),
                Form("[12][0-9]{3}年[0-9]{1,2}月", weak=True),
                _DAYS,
                Form("[12][0-9]{5}", weak=True),
                *labelled((_DAYS,), "CSRQ", "DOB"),
            )
        ),
        check=BIRTH_DATE,
        cues=(
            *(
                "出生日期",
                "出生年月",
                "出生时间",
                "出生于",
                "出生日",
                "生日",
                "生于",
                "诞辰",
                "生年月日",
            ),
            *("csrq", "csny", "csnyr", "cssj", "chushengriqi", "chushengnianyue", "shengri"),
            *("birth date", "birth day", "date of birth", "birth time", "birth month"),
            *("birth dt", "born on", "DOB"),
        ),
        rank=120,
        score=0.7,
        standard="GB/T 35273-2020, 附录A; GB/T 7408",
        grade=Grade.GENERAL_3,
        examples=("出生日期：1985-03-15", "1985年3月15日出生", "生日19850315", "出生年月1985年3月"),
        counter_examples=("1985-03-15", "出生日期：1985-02-30", "2024年3月15日生产"),
    ),
    Entity(
        name="ETHNICITY",
        title="民族",
        shape=Phrase(
            body=f"{_BEFORE_PEOPLE}(?:{_PEOPLE})族(?:{_NOT_BEFORE_HAN}|(?={_PERSONS}))"
            f"|{_NOT_WITHIN}(?:{_PEOPLE})族(?={_PERSONS})",
            words=("族",),
            weak_body=f"(?:{_NOT_AFTER_HAN}|(?<=民族)|(?<=族别))(?:{_PEOPLE})族?{_NOT_BEFORE_HAN}",
        ),
        cues=(
            *("民族", "族别", "ethnicity", "ethnic", "ethnic group", "nation", "nationality", "mz"),
            *("mzmc", "minzu", "race"),
        ),
        rank=152,
        score=0.7,
        standard="GB/T 3304-1991; GB/T 35273-2020, 附录B",
        grade=Grade.GENERAL_3,
        sensitive=True,
        identifies=False,
        examples=("男，汉族，1985年", "维吾尔族", "民族：藏", "帮扶回族群众三户", "民族汉"),
        counter_examples=("宁夏回族自治区", "藏", "少数民族", "水", "彝族文化节", "北京族群众"),
    ),
    Entity(
        name="RELIGION",
        title="宗教信仰",
        shape=Phrase(
            body=whole_cell(_BELIEFS),
            words=tuple(_BELIEFS.split("|")),
            weak_body=f"(?:{_BELIEFS})(?!协会|教务|活动场所|寺)",
        ),
        cues=(
            *("宗教", "宗教信仰", "信仰", "信奉", "信教", "皈依", "religion", "faith", "belief"),
            *("zjxy", "zongjiao", "zongjiaoxinyang", "xinyang"),
        ),
        rank=154,
        score=0.7,
        standard="GB/T 35273-2020, 附录B",
        grade=Grade.GENERAL_4,
        sensitive=True,
        identifies=False,
        examples=("宗教信仰：佛教", "信奉伊斯兰教"),
        counter_examples=("佛教协会", "宗教信仰：无", "基督教堂路", "佛教文化"),
    ),
    Entity(
        name="BIOMETRIC_TERM",
        title="生物识别信息用语",
        shape=Phrase(
            body=f"(?:{_BODY})(?:识别)?(?:特征|信息|模板|图像|数据|序列|样本)(?!库|采集器|系统|安全)",
            words=(
                "指纹",
                "指静脉",
                "掌纹",
                "人脸",
                "面部",
                "虹膜",
                "声纹",
                "耳廓",
                "步态",
                "基因",
                "DNA",
            ),
            weak_body=f"(?:{_BODY})",
        ),
        cues=("采集", "录入", "留存", "比对", "提取", "生物识别", "生物特征", "biometric"),
        rank=156,
        score=0.6,
        standard="GB/T 40660-2021; GB/T 35273-2020, 附录B",
        grade=Grade.GENERAL_4,
        sensitive=True,
        identifies=False,
        examples=("人脸特征模板", "已采集指纹", "DNA样本"),
        counter_examples=("指纹锁", "人脸识别系统", "基因工程"),
    ),
)
