"""Health and what hospitals and insurers number."""

from __future__ import annotations

from weir.model import Grade
from weir.privacy.entities.entity import Entity
from weir.privacy.shapes import Form, Phrase, Runs, labelled, whole_cell

_ILLNESSES = (
    "1型糖尿病|2型糖尿病|高血压|冠心病|心肌梗死|心肌梗塞|心绞痛|心力衰竭|心律失常|房颤|"
    "脑梗死|脑梗塞|脑出血|脑卒中|中风|动脉硬化|糖尿病|糖尿病肾病|甲亢|甲减|甲状腺结节|"
    "痛风|高脂血症|肥胖症|骨质疏松|贫血|白血病|淋巴瘤|骨髓瘤|血友病|肺癌|肝癌|胃癌|肠癌|"
    "直肠癌|结肠癌|食管癌|乳腺癌|宫颈癌|卵巢癌|前列腺癌|膀胱癌|鼻咽癌|甲状腺癌|胰腺癌|"
    "恶性肿瘤|肺炎|肺结核|结核病|支气管炎|哮喘|慢阻肺|肺气肿|肺纤维化|尘肺|矽肺|流感|"
    "新型冠状病毒感染|新冠肺炎|乙肝|丙肝|甲肝|肝炎|脂肪肝|肝硬化|胆囊炎|胆结石|胰腺炎|"
    "胃炎|胃溃疡|十二指肠溃疡|阑尾炎|肠梗阻|痔疮|肾炎|肾结石|肾衰竭|尿毒症|肾病综合征|"
    "尿路感染|前列腺炎|前列腺增生|艾滋病|HIV感染|HIV|梅毒|淋病|尖锐湿疣|生殖器疱疹|性病|"
    "抑郁症|焦虑症|精神分裂症|双相情感障碍|强迫症|自闭症|孤独症|老年痴呆|阿尔茨海默病|"
    "帕金森病|癫痫|精神障碍|智力障碍|类风湿关节炎|关节炎|红斑狼疮|强直性脊柱炎|"
    "椎间盘突出|颈椎病|骨折|腰椎病|白内障|青光眼|视网膜病变|耳聋|湿疹|银屑病|荨麻疹|"
    "带状疱疹|过敏性鼻炎|鼻炎|咽炎|扁桃体炎|中耳炎|口腔溃疡|龋齿|不孕症|流产|早产|妊娠|"
    "先兆流产|子宫肌瘤|多囊卵巢综合征|唐氏综合征|先天性心脏病|脑瘫|"
    "慢性阻塞性肺疾病|上呼吸道感染|手足口病|牙髓炎|牙周炎|宫颈上皮内瘤变|水痘|腮腺炎|麻疹|百日咳|"
    "新冠病毒感染|肺部感染|阿尔茨海默症|妄想症|躁狂症"
)

_LONGEST_FIRST = sorted(_ILLNESSES.split("|"), key=len, reverse=True)
_NOT_OF_A_PERSON = (
    "防治|防控|预防|专科|专病|中心|医院|医生|门诊|研究|讲座|筛查|宣传|知识|科普|协会|学会|联盟|疫苗|"
    "健康|管理|监测|试剂|药品|保险|基金|日(?!常)|义诊|工作"
)
"""What follows where a word names a matter of public health, an office or goods."""

_NOT_A_STATE = "人|证|等级|类别"
_DISABLED = "视力|听力|言语|肢体|智力|精神|多重|重度|轻度|一级|二级|三级|四级"
_ILLNESS = f"(?:{'|'.join(_LONGEST_FIRST)}|残疾(?!{_NOT_A_STATE}))(?!{_NOT_OF_A_PERSON})"
_KIND_OF = "急性|慢性|原发性|继发性|陈旧性|老年性|小儿|双侧|左侧|右侧|左|右"
_STATE = "感染者|患儿|[大小]三阳|(?:抗体|检测|筛查)?阳性"
_COURSE = "术后|后遗症|并发症|早期|中期|晚期|待查"
_RECORD_NUMBERS = Form("[0-9]{6,14}", weak=True)

MEDICAL: tuple[Entity, ...] = (
    Entity(
        name="CN_MEDICAL_INSURANCE",
        title="医疗保险号",
        shape=Runs((Form("[0-9]{8,20}", weak=True), Form("[A-Z][0-9]{8,12}", weak=True))),
        cues=(
            *("医保卡", "医保号", "医保编号", "医保个人编号", "医疗保险", "医保账号", "医疗证号"),
            *("新农合", "参保号", "参保编号", "参保人编号", "参合号", "参合证号", "医保个人账号"),
            *("ybkh", "ybh", "ybbh", "ybzh", "ybkhm", "yibaokahao", "yibaohao", "ylbxh"),
            *("medical insurance", "health insurance", "insurance card", "insur no"),
        ),
        rank=114,
        score=0.6,
        standard="医疗保障信息业务编码标准（国家医疗保障局）",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("医保卡号：5109031234", "医疗保险编号A12345678"),
        counter_examples=("5109031234", "医保卡号：51090", "医院5109031234"),
    ),
    Entity(
        name="CN_MEDICAL_RECORD",
        title="病案与就诊号",
        shape=Runs(
            (
                _RECORD_NUMBERS,
                *labelled((_RECORD_NUMBERS,), "MRN", "ZYH", "BLH", "BAH", "MZH", "JZH", "JZKH"),
                *(Form(f"[A-Z]{{{n}}}[0-9]{{4,12}}", weak=True) for n in (1, 2, 3)),
                *(Form(rf"[A-Z]{{{n}}}\-[0-9]{{4,12}}", weak=True) for n in (1, 2)),
                Form(r"[0-9]{4}\-[0-9]{4,8}", weak=True),
            )
        ),
        cues=(
            *("病历号", "病案号", "住院号", "门诊号", "就诊号", "就诊卡", "诊疗卡", "急诊号"),
            *("病历编号", "病案编号", "患者登记号", "体检编号", "体检号", "患者编号", "患者ID"),
            *(
                "患者号",
                "病人ID",
                "病人号",
                "病人编号",
                "就诊流水号",
                "就诊编号",
                "就诊ID",
                "健康卡号",
            ),
            *("住院流水号", "门诊流水号", "住院编号", "门诊编号", "检查号", "检验号"),
            *("patient id", "patient no", "patient number", "MRN", "medical record", "visit no"),
            *("visit id", "admission no", "admission id", "inpatient no", "inpatient id"),
            *("outpatient no", "outpatient id", "hospital no", "zyh", "zyhm", "blh", "bah", "mzh"),
            *("jzh", "jzkh", "jzlsh", "zylsh", "mzlsh", "zhuyuanhao", "menzhenhao", "binglihao"),
            *("binganhao", "jiuzhenhao", "jiuzhenkahao", "hzbh", "brbh", "brid", "tjbh", "tjh"),
        ),
        rank=116,
        score=0.6,
        standard="WS 445-2014; GB/T 35273-2020, 附录B",
        grade=Grade.GENERAL_4,
        sensitive=True,
        examples=("住院号：0012345678", "病历号ZY20240315", "门诊号MZ-20240315"),
        counter_examples=("0012345678", "住院号：12345", "楼号0012345678"),
    ),
    Entity(
        name="HEALTH_TERM",
        title="健康状况用语",
        shape=Phrase(
            body=rf"{_ILLNESS}(?=病史|家族史|{_STATE}|{_COURSE}|患者[，,。；;]|病人[，,。；;]|患者\Z|病人\Z)"
            f"|(?:(?:{_DISABLED})|(?<=人))残疾(?!{_NOT_A_STATE}|{_NOT_OF_A_PERSON})"
            f"|{whole_cell(_ILLNESSES, before=_KIND_OF)}",
            words=(
                *("病史", "家族史", "患者", "病人", "残疾", "感染者", "阳性", "患儿", "三阳"),
                *_COURSE.split("|"),
                *(illness for illness in _ILLNESSES.split("|") if not illness[0].isdigit()),
            ),
            weak_body=_ILLNESS + r"|(?<![0-9A-Z])[A-TV-Z][0-9][0-9A-B]\.[0-9X]{1,4}(?![0-9A-Z])",
            marks=frozenset("."),
        ),
        cues=(
            *(
                "诊断",
                "确诊",
                "患有",
                "患者",
                "身患",
                "罹患",
                "病史",
                "病情",
                "疾病",
                "病种",
                "主诉",
            ),
            *(
                "既往史",
                "既往",
                "家族史",
                "就诊",
                "因病",
                "病因",
                "感染",
                "查出",
                "检出",
                "查体",
                "复查",
            ),
            *("患", "得了", "病名", "病症", "治疗", "入院", "出院", "住院", "健康状况", "身体状况"),
            *("伤残", "服药", "医嘱", "随访", "因", "死因", "diagnosis", "diagnoses", "diag"),
            *("disease", "illness", "medical history", "ICD", "jbmc", "jbzd", "jbbm", "jbdm"),
            *("zdmc", "zdbm", "zdjg", "ryzd", "cyzd", "zyzd", "mzzd", "bingming", "bingshi"),
            *("jibing", "jibingmingcheng", "zhenduan", "zhenduanmingcheng", "jkzk", "jws"),
        ),
        rank=150,
        score=0.6,
        standard="GB/T 14396-2016; GB/T 35273-2020, 附录B",
        grade=Grade.GENERAL_4,
        sensitive=True,
        identifies=False,
        examples=("诊断：高血压", "患有2型糖尿病", "疾病编码E11.900", "高血压病史十年"),
        counter_examples=("高血压健康讲座", "诊断：正常", "E11.900", "就诊于糖尿病防治中心"),
    ),
)
