"""Lints the policies that `tests.infra.policies` wrote: `python lint_policies.py DIR`.

It runs in the linters' environment. Not parliament's own command: in that, ignoring one finding of
one statement has no effect (its 1.6.4 reads the setting as a node of its JSON parser).
"""

from __future__ import annotations

import sys
from pathlib import Path

import parliament

# Findings that are none: (policy, issue), with the reason.
_KNOWN = {
    # The linter's table knows DescribeExecution of express state machines only; ours are standard
    # ones, whose executions are arn:…:execution:machine:name (service authorization reference).
    ("workflow.RunLockRole.LookAtTheOwner", "RESOURCE_MISMATCH"),
    ("deployer.RoleBoundary.CallTheStagesParts", "RESOURCE_MISMATCH"),
    # The action is newer than the linter's table; CloudFormation's schema of functions names it.
    ("deployer.StackPolicy.ChangeFunctions", "UNKNOWN_ACTION"),
    # AWS's own transforms have `aws` in the place of the account.
    ("deployer.StackPolicy.UseLanguageExtensions", "INVALID_ARN"),
    # Of the resources that can have tags, the statement is about workgroups.
    ("deployer.StorePolicy.ChangeWorkgroup", "RESOURCE_MISMATCH"),
    # Who deploys a bucket writes its policy and its lifecycle: no more than the bucket is at stake.
    ("deployer.StackPolicy.KeepArtifacts", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"),
    ("deployer.StorePolicy.ChangeBuckets", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"),
}


def main() -> int:
    """Print each finding; return 1 if there is any, or if a known one is no longer found."""
    found = {}
    for path in sorted(Path(sys.argv[1]).glob("*.json")):
        policy = parliament.analyze_policy_string(path.read_text(), config=parliament.config)
        for finding in policy.findings:
            found[path.stem, finding.issue] = finding
    for (name, issue), finding in found.items():
        if (name, issue) not in _KNOWN:
            print(f"{name}: {issue}: {parliament.enhance_finding(finding).title}: {finding.detail}")
    for name, issue in _KNOWN - found.keys():
        print(f"{name}: {issue} is not found any more: delete it from the known ones")
    return int(found.keys() != _KNOWN)


if __name__ == "__main__":
    sys.exit(main())
