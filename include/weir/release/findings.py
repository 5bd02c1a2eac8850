"""What can be wrong with a release, in the words of whoever has to act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

EXPLANATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "folder_missing": (
            "指定的目录不存在，或者其中没有任何发布",
            "the folder does not exist or holds no release",
        ),
        "file_not_regular": (
            "不是普通文件（符号链接或特殊文件），无法核验",
            "not a regular file (a link or a device): it cannot be verified",
        ),
        "file_unreadable": (
            "文件无法读取",
            "the file cannot be read",
        ),
        "file_missing": (
            "证书列出的文件缺失",
            "a file that the certificate lists is missing",
        ),
        "file_unexpected": (
            "证书未列出的文件，不属于本次发布",
            "a file that the certificate does not list: it is no part of the release",
        ),
        "file_changed": (
            "文件内容与证书中的 SM3 摘要不符，已被改动",
            "the file's SM3 is not the certificate's: it was changed",
        ),
        "certificate_missing": (
            "缺少发布证书，无法证明数据来自数据运营单位",
            "there is no certificate: nothing shows that the operator released this",
        ),
        "certificate_malformed": (
            "发布证书已被改动或不是规范形式",
            "the certificate was changed or is not in its one byte form",
        ),
        "signature_invalid": (
            "签名不是由所给公钥对应的私钥作出，或者签名后内容被改动",
            "not signed by the given key, or changed after signing",
        ),
        "payload_type_mismatch": (
            "签名文件的类型不符，可能是另一种签名文件冒充",
            "a signed document of another kind stands in its place",
        ),
        "subjects_mismatch": (
            "证书覆盖的文件不是一次发布应有的全部文件",
            "the certificate does not cover exactly the files of a release",
        ),
        "manifest_malformed": (
            "文件清单不符合其格式",
            "the manifest does not have the shape of its schema",
        ),
        "manifest_not_canonical": (
            "文件清单不是规范形式",
            "the manifest is not in its one byte form",
        ),
        "manifest_mismatch": (
            "文件清单与证书不是同一次发布",
            "the manifest and the certificate are not of one release",
        ),
        "decision_invalid": (
            "证书所附的同意提供决定不是由主管部门公钥签名，或已被改动",
            "the enclosed decision is not signed by the bureau's key, or was changed",
        ),
        "decision_not_covering": (
            "主管部门的决定不覆盖本次发布所依据的合同",
            "the bureau's decision does not cover the contract of this release",
        ),
        "decision_out_of_term": (
            "发布时主管部门的决定不在有效期内",
            "the bureau's decision was not in force when this was certified",
        ),
        "approvals_insufficient": (
            "证书所列的审核批准不足，或不是针对这份文件清单",
            "the certificate names too few approvals, or approvals of another manifest",
        ),
        "tombstone_malformed": (
            "下架声明已被改动或不是规范形式",
            "the tombstone was changed or is not in its one byte form",
        ),
        "tombstone_mismatch": (
            "下架声明不是针对这次发布，或所附主管部门指令不成立",
            "the tombstone is not this release's, or the order it rests on does not hold",
        ),
        "release_delisted": (
            "该发布已下架，不得继续使用其数据文件，应予删除",
            "this release was delisted: its files may no longer be used, delete them",
        ),
        "release_moved": (
            "目录名与证书中的发布编号不符：可能是旧发布冒充新发布",
            "the folder is named for another release: an old one may stand for a new one",
        ),
        "scenario_mixed": (
            "目录中混有其他应用场景的发布",
            "releases of more than one scenario are mixed here",
        ),
        "latest_missing": (
            "缺少 latest.json，无法确定最新发布",
            "latest.json is missing: nothing shows which release is newest",
        ),
        "latest_malformed": (
            "latest.json 已被改动或不是规范形式",
            "latest.json was changed or is not in its one byte form",
        ),
        "latest_elsewhere": (
            "latest.json 指向的发布不在目录中，或与其证书不符",
            "latest.json points to a release that is not here or is another one",
        ),
        "latest_outdated": (
            "latest.json 指向的不是目录中最新的发布：可能被换回旧文件",
            "latest.json does not point to the newest release here: an old pointer was put back",
        ),
    }
)
"""Chinese and English by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing wrong. `path` is relative to the verified folder and safe to print."""

    code: str
    path: str
    zh: str
    en: str


def failure(code: str, path: str) -> Failure:
    """The explained failure. A name from outside is escaped, so it cannot drive a terminal."""
    zh, en = EXPLANATIONS[code]
    return Failure(code=code, path=ascii(path)[1:-1][:200], zh=zh, en=en)
