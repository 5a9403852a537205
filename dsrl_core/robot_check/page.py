"""The findings of a check as text: what is wrong first, in the order in which to mend it."""

from collections.abc import Sequence

from dsrl_core.robot_check.finding import Finding, Verdict


def page(findings: Sequence[Finding]) -> str:
    """The whole text."""
    wrong = [finding for finding in findings if finding.verdict is Verdict.WRONG]
    notices = [finding for finding in findings if finding.verdict is Verdict.NOTICE]
    well = [f"  {finding.about}: {finding.words}" for finding in findings if finding.verdict is Verdict.OK]
    head = f"{len(wrong)} wrong; mend them in this order:" if wrong else "nothing is wrong"
    numbered = [_told(f"{number}. ", finding) for number, finding in enumerate(wrong, 1)]
    blocks = [[head, *numbered]]
    blocks += [[f"{len(notices)} to know:", *(_told("- ", finding) for finding in notices)]] if notices else []
    blocks += [["as it must be:", *well]] if well else []
    return "\n\n".join("\n".join(block) for block in blocks)


def _told(mark: str, finding: Finding) -> str:
    remedy = f"\n       -> {finding.remedy}" if finding.remedy else ""
    return f"  {mark}{finding.about}: {finding.words}{remedy}"
