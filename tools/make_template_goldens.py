#!/usr/bin/env python3
# Makes the goldens of test/importers/ChatTemplate: renders templates with
# jinja2, set up as Hugging Face transformers sets it up, and writes template,
# input and output to test/data/templates/*.json.
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Needs the package jinja2 (3.1). Run it in the root of the tree:
#   python3 tools/make_template_goldens.py
#
# The family templates are written for this test in the style of published
# models; tools/template_goldens/ has them, with the small cases.

import datetime
import json
import pathlib

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = pathlib.Path(__file__).resolve().parent
OUT = ROOT.parent / "test" / "data" / "templates"
NOW = 1721952000  # 2024-07-26, midnight in UTC


class Generation(Extension):
    """Renders the body of {% generation %}, in a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                      sort_keys=sort_keys)


def strftime_now(pattern):
    return datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).strftime(pattern)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                        extensions=[Generation, loopcontrols])
    env.filters["tojson"] = to_json
    env.filters["from_json"] = json.loads
    env.globals["raise_exception"] = refuse
    env.globals["strftime_now"] = strftime_now
    return env


def render(source, tokens, case):
    """The text, or None when the template or Python raises."""
    values = {"messages": case.get("messages", []), "tools": None, "documents": None,
              "add_generation_prompt": case.get("add_generation_prompt", False)}
    values.update(tokens)
    values.update(json.loads(json.dumps(case.get("variables", {}))))
    try:
        return environment().from_string(source).render(**values)
    except Exception as error:  # any failure is the golden
        print(f"  refused: {type(error).__name__}: {error}")
        return None


def is_plain(message):
    return set(message) == {"role", "content"} and isinstance(message["content"], str)


def golden(source, tokens, case):
    """The case with its result. Values are spelled out, because a reader of
    JSON may lose the order of their keys."""
    result = dict(case)
    result["variables"] = {name: json.dumps(value, ensure_ascii=False)
                           for name, value in case.get("variables", {}).items()}
    if not all(map(is_plain, case.get("messages", []))):
        result["variables"]["messages"] = json.dumps(result.pop("messages"), ensure_ascii=False)
    text = render(source, tokens, case)
    if text is None:
        result["refused"] = True
    else:
        result["expected"] = text
    return result


def write(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main():
    scope = {}
    exec((ROOT / "template_goldens" / "conversations.py").read_text(), scope)
    for path in sorted((ROOT / "template_goldens").glob("*.jinja")):
        print(path.stem)
        source = path.read_text()
        tokens = scope["TOKENS"].get(path.stem, scope["DEFAULT_TOKENS"])
        cases = [golden(source, tokens, case) for case in scope["cases_of"](path.stem)]
        write(path.stem + ".json", {"template": source, "special_tokens": tokens, "now": NOW,
                                    "cases": cases})
    small = {}
    exec((ROOT / "template_goldens" / "small_cases.py").read_text(), small)
    print("small cases")
    cases = []
    for entry in small["CASES"]:
        case = golden(entry, scope["DEFAULT_TOKENS"], {"variables": small["VARIABLES"]})
        variables = case.pop("variables")
        cases.append({"template": entry, **case})
    write("small-cases.json", {"special_tokens": scope["DEFAULT_TOKENS"], "now": NOW,
                               "variables": variables, "cases": cases})
    print(len(cases), "small cases")


if __name__ == "__main__":
    main()
