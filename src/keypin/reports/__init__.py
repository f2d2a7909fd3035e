"""Pin failure reports from the field: read in every form, grouped, and explained.

Bytes come in, reports and findings go out; no network, no clock, no storage. `skim` and
`read_report` are the two doors, and `read_partly` reads what passed the first and not the second;
`Group` puts reports of one event together, `classify` says what the event is, `fold` when it is a
burst, and `shares` who runs which release.
"""

from keypin.reports.burst import BurstRule, BurstState, Stretch, fold, step, threshold
from keypin.reports.classification import Classification, Facts, Shown
from keypin.reports.classify import RULES, classify
from keypin.reports.form import Form, Result
from keypin.reports.group import Arrival, Group, GroupKey
from keypin.reports.known import Known
from keypin.reports.members import MAX_BODY
from keypin.reports.partial import read_partly
from keypin.reports.read import MEDIA_TYPES, read_report
from keypin.reports.report import Report
from keypin.reports.rule import Rule
from keypin.reports.shares import Basis, Seen, Share, shares
from keypin.reports.skim import Skimmed, skim
from keypin.reports.stored import dumps, loads
from keypin.reports.tally import Tally, Timeline

__all__ = [
    "MAX_BODY",
    "MEDIA_TYPES",
    "RULES",
    "Arrival",
    "Basis",
    "BurstRule",
    "BurstState",
    "Classification",
    "Facts",
    "Form",
    "Group",
    "GroupKey",
    "Known",
    "Report",
    "Result",
    "Rule",
    "Seen",
    "Share",
    "Shown",
    "Skimmed",
    "Stretch",
    "Tally",
    "Timeline",
    "classify",
    "dumps",
    "fold",
    "loads",
    "read_partly",
    "read_report",
    "shares",
    "skim",
    "step",
    "threshold",
]
