"""Prints, as JSON, the signatures of the `awsglue` that is on the path, and answers of it."""

import contextlib
import importlib
import inspect
import io
import json
import sys

MODULES = ("awsglue.context", "awsglue.dynamicframe", "awsglue.job", "awsglue.utils")
OPTIONS = (
    (["--a", "1"], ["a"]),
    (["--a", "1", "--unknown", "2", "stray"], ["a"]),
    (["--a=1", "--a", "2"], ["a"]),
    (["--JOB_NAME", "j", "--JOB_RUN_ID", "r", "--b", "x y"], ["JOB_NAME", "b"]),
    ([], ["a"]),
    (["--a"], ["a"]),
    (["--ab", "1"], ["abc"]),
    (["--TempDir", "s3://t"], ["TempDir"]),
    (["--RedshiftTempDir", "s3://r"], ["RedshiftTempDir"]),
    (["--TempDir", "s3://t", "--RedshiftTempDir", "s3://r"], []),
    (["--job-bookmark-option", "job-bookmark-enable"], []),
    (["--job-bookmark-option", "nonsense"], []),
    (["--continuation-option", "continuation-readonly"], []),
    (["--job-bookmark-from", "jr_1"], []),
    (["--job-bookmark-from", "jr_1", "--job-bookmark-to", "jr_2"], []),
    (["--job-bookmark-option", "job-bookmark-pause", "--job-bookmark-from", "jr_1"], []),
    (
        [
            *("--job-bookmark-option", "job-bookmark-pause"),
            *("--job-bookmark-from", "jr_1", "--job-bookmark-to", "jr_2"),
        ],
        [],
    ),
    ([], ["job-bookmark-option"]),
    ([], ["job-bookmark-from"]),
    ([], ["continuation-option"]),
    (["--encryption-type", "sse-s3", "--enable-data-lineage", "x"], []),
)


def signature_of(function):
    return [
        [each.name, each.kind.name, "" if each.default is each.empty else repr(each.default)]
        for each in inspect.signature(function).parameters.values()
    ]


def members_of(cls):
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
            yield name, [type(member).__name__, signature_of(function)]


def signatures():
    found = {}
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module_name:
                continue
            if inspect.isfunction(value):
                found[f"{module_name}.{name}"] = ["function", signature_of(value)]
            elif inspect.isclass(value):
                found[f"{module_name}.{name}"] = ["class", []]
                for member, described in members_of(value):
                    found[f"{module_name}.{name}.{member}"] = described
    return found


def answers():
    resolve = importlib.import_module("awsglue.utils").getResolvedOptions
    given = []
    for arguments, options in OPTIONS:
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                given.append(resolve(["job.py", *arguments], options))
        except Exception as error:  # noqa: BLE001 - which one it is is the answer
            given.append(type(error).__name__)
    return given


if __name__ == "__main__":
    json.dump({"signatures": signatures(), "answers": answers()}, sys.stdout)
