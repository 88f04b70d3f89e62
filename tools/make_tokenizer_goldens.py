#!/usr/bin/env python3
#===- make_tokenizer_goldens.py - Test tokenizers and what they must give --===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-------------------------------------------------------------------------===#
"""Makes test/tokenizers: small tokenizers in the forms that real models use,
strings of many kinds, and the ids and texts that Hugging Face tokenizers gives.

    pip install tokenizers==0.23.3
    tools/make_tokenizer_goldens.py --train     # also trains the tokenizers anew
    tools/make_tokenizer_goldens.py             # goldens of the tokenizers there
    tools/make_tokenizer_goldens.py NAME...     # only of these ones

Training reads what text this machine has (/usr/share/doc, Python's library), so
that it gives another vocabulary elsewhere; goldens of the same tokenizers and
the same version of the package are the same everywhere.

Numbers in the files are LEB128. strings.bin: the number of strings, then of each
its length in bytes and its bytes. NAME.golden: the number of strings, then of
each two lists of ids (without and with special tokens; the second one is empty
when it is the same or, but for the first 100, was not made) and what the first
list decodes to, with and without special tokens: each 0 for "as before" (the
string itself, the text with special tokens), else 1 and the text. Then the
number of decodings of random ids, and of each a list of ids, the text with and
the text without special tokens. A list or text is its length and its elements.
character-sets.txt: a pattern and the characters that it matches, as ranges in
hexadecimal. normalized-characters.txt: a normalizer and, for each 4096 characters,
the FNV-1a hash of what they become, each alone and followed by a line feed.
"""

import argparse
import copy
import json
import pathlib
import random
import sys
import sysconfig
import unicodedata

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEST = pathlib.Path(__file__).resolve().parent.parent / "test"
OUT = TEST / "tokenizers"

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r"\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + CONTRACTIONS
         + r"?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
         + CONTRACTIONS + r"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + TAIL)
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
          r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s")
KIMI_LETTERS = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"
KIMI_SMALL = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"
KIMI = (r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?" + KIMI_LETTERS + "*" + KIMI_SMALL + "+" + CONTRACTIONS
        + r"?|[^\r\n\p{L}\p{N}]?" + KIMI_LETTERS + "+" + KIMI_SMALL + "*" + CONTRACTIONS
        + r"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL)
DEEPSEEK3 = [r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",
             r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
             r"| ?[\p{P}\p{S}]+[\r\n]*|" + TAIL]

SENTENCES = [
    "The quick brown fox doesn't jump over 13 lazy dogs; it's 3.14159 o'clock, they'll say.",
    "WE'RE HERE AND I'VE SEEN 'EM. She'd've gone, y'all!",
    "人工智能正在改变世界，二〇二六年十一月二十二日。", "今天天气很好，我们去公园散步吧！价格是￥12,345.67。",
    "これは日本語の文章です。カタカナとひらがな、漢字が混ざっています。", "한국어 문장을 토큰으로 나눕니다. 가각간갇갈",
    "مرحبا بالعالم، كيف حالك اليوم؟ السَّلَامُ عَلَيْكُمْ ١٢٣٤", "שלום עולם, מה שלומך? בְּרֵאשִׁית",
    "สวัสดีชาวโลก วันนี้อากาศดีมาก ๑๒๓", "नमस्ते दुनिया, आप कैसे हैं? क्षत्रिय १२३", "বাংলা ভাষায় লেখা একটি বাক্য।",
    "தமிழ் மொழியில் ஒரு வாக்கியம்.", "Привет, мир! Съешь ещё этих мягких французских булок.",
    "Ελληνικά: ξεσκεπάζω την ψυχοφθόρα βδελυγμία.", "Größenwahn, Straße, ÄÖÜ äöü ß ẞ ſ", "naïve café résumé Ångström",
    "e\u0301 a\u030a o\u0302\u0323 q\u0307\u0323 \u1e69 s\u0323\u0307 \ufb01 \u212b \u2126 \uac00\u11a8",
    "Tiếng Việt có nhiều dấu: ngữ nghĩa, đường phố, Việt Nam.", "Türkçe İstanbul ıssız DİYARBAKIR",
    "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🇩🇪🇫🇷 ❤️ 😀😃 ☕️ 1️⃣", "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β → γ ≠ ∅, ½ ² ³ Ⅳ ④",
    "def f(x: int) -> str:\n    return f\"{x!r:>10}\"  # comment\n\n\nclass A(B):\n\tpass\n",
    "#include <stdio.h>\nint main(void) {\n\tprintf(\"%d\\n\", 0x7fff);\r\n\treturn 0;\r\n}\n",
    "SELECT * FROM t WHERE a >= 10 AND b LIKE '%x%';", "https://example.org/path?q=1&r=%20#frag user@example.com",
    "{\"key\": [1, 2.5e-3, null, true], \"text\": \"\\u00e9\"}", "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "\t\tindented\n        by eight\n\r\n \n  \n", "price:$1,234,567.89 (≈€1.1M) +49-30-1234567 12:34:56",
    "ᚠᛇᚻ ᛒᛦᚦ 𝕳𝖊𝖑𝖑𝖔 𝟘𝟙𝟚 𐍈 𓀀 ꙮ", "\u200b\u200c\u200d\ufeff\u00ad\u2028\u2029\u0085\u00a0\u3000\u202f",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n", "<|endoftext|><|im_end|", "<|begin_of_text|>< |eot_id|><|eot_id|>",
    "  <mask>  [PAD]word [PAD] Zürich zürich<tool_call>\n", "Caf\u00e9 Cafe\u0301 CAF\u00c9",
]
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|end_of_text|>",
            "<|eot_id|>", "<|im_", "|>", "<mask>", "[PAD]", "Cafe\u0301", "Caf\u00e9", "word", "<tool_call>", "[[", "[[["]


def corpus():
    """Text to train on: documentation, Python sources, and SENTENCES often."""
    texts = SENTENCES * 40
    for pattern, folder, limit in (("*/copyright", "/usr/share/doc", 60), ("*.py", sysconfig.get_paths()["stdlib"], 60)):
        for path in sorted(pathlib.Path(folder).glob(pattern))[:limit]:
            texts.append(path.read_text(errors="replace")[:30000])
    texts += [unicodedata.name(chr(c), "") for c in range(0x3000)]
    return texts


def train(pre_tokenizer, normalizer, size, texts=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, use_regex=False)
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(texts or corpus(), trainer)
    return json.loads(tokenizer.to_str())


def byte_level(**options):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False, **options}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def add_tokens(data, tokens):
    """Adds added tokens: (content, options). One that is in the vocabulary
    keeps its id, the others follow, as the package itself would give them."""
    vocab = data["model"]["vocab"]
    ids, data["added_tokens"] = {}, []
    for content, options in tokens:
        last = max([len(vocab) - 1, *ids.values()])
        ids[content] = vocab.get(content, last + 1)
        data["added_tokens"].append({"id": ids[content], "content": content, "single_word": False, "lstrip": False,
                                     "rstrip": False, "normalized": False, "special": True, **options})
    return ids


def template(prefix, suffix, ids):
    def item(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}
    return {"type": "TemplateProcessing",
            "single": [*map(item, prefix), {"Sequence": {"id": "A", "type_id": 0}}, *map(item, suffix)],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {n: {"id": n, "ids": [ids[n]], "tokens": [n]} for n in {*prefix, *suffix}}}


def write(name, data):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def train_all():
    split_qwen = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(QWEN2), "isolated"),
                                          pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    data = train(split_qwen, normalizers.NFC(), 4000)
    add_tokens(data, [("<|endoftext|>", {}), ("<|im_start|>", {}), ("<|im_end|>", {}), ("<tool_call>", {"special": False})])
    data["post_processor"] = byte_level()
    write("qwen2-style", data)

    data = train(pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
                                          pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), None, 4000)
    data["model"]["ignore_merges"] = True
    # Tokens without merges: only ignore_merges finds them.
    for text in ("Ġdoesn", "lazy", "æĻº"):
        data["model"]["vocab"].setdefault(text, len(data["model"]["vocab"]))
    ids = add_tokens(data, [("<|begin_of_text|>", {}), ("<|end_of_text|>", {}), ("<|eot_id|>", {})])
    data["post_processor"] = {"type": "Sequence", "processors": [byte_level(), template(["<|begin_of_text|>"], [], ids)]}
    write("llama3-style", data)

    data = train(pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True), None, 3000)
    data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    ids = add_tokens(data, [("<|endoftext|>", {"normalized": True})])
    data["post_processor"] = {"type": "RobertaProcessing", "sep": ["<|endoftext|>", ids["<|endoftext|>"]],
                              "cls": ["<|endoftext|>", ids["<|endoftext|>"]], "trim_offsets": True, "add_prefix_space": True}
    write("gpt2-style", data)
    train_variants()


def train_variants():
    """Small tokenizers for what the three above lack, over one vocabulary. It is
    trained on short stretches without a split: its merges cross every border,
    so that a split in another place gives other ids."""
    stretches = [text[i:i + 60] for text in strings(5000) if len(set(text)) > 2 for i in range(0, len(text), 60)]
    data = train(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False), None, 1500, stretches)
    kept = data["model"]["merges"]

    def variant(name, **changes):
        write(name, {**copy.deepcopy(data), **changes})

    variant("o200k-style", pre_tokenizer=sequence(split(O200K), byte_level()))
    variant("cl100k-style", pre_tokenizer=sequence(split(CL100K), byte_level()))
    variant("kimi-style", pre_tokenizer=sequence(split(KIMI), byte_level()))
    variant("deepseek-style", pre_tokenizer=sequence(*map(split, DEEPSEEK3), byte_level()))
    variant("smollm-style", pre_tokenizer=sequence({"type": "Digits", "individual_digits": True}, byte_level(use_regex=True)))
    variant("splits", pre_tokenizer=sequence(
        split(" ", "MergedWithNext", kind="String"), split(r"\p{P}", "MergedWithPrevious"),
        split(r"[\t\n]+", "Removed"), split(r"\p{Lu}", "Contiguous", invert=True),
        split(r"(?=[aeiou])|x*", "Isolated"), {"type": "Digits", "individual_digits": False},
        byte_level(add_prefix_space=True)))
    variant("patterns", pre_tokenizer=sequence(
        split(r"^#.*$|\A\s+|(?:ab|cd){1,2}?e|[a-c[x-z]]{2,}|\w+?\b".replace(r"\b", r"(?=\W|\z)") + r"|(?>\d+)\.|\x{4e00}|\h{4}"),
        byte_level()))
    flags = copy.deepcopy(data)
    flags["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFC"}]}
    add_tokens(flags, [("<mask>", {"lstrip": True, "normalized": True}), ("[PAD]", {"rstrip": True}), ("word", {"single_word": True, "special": False}),
                       ("Cafe\u0301", {"normalized": True, "special": False}), ("<|im_end|>", {"lstrip": True, "rstrip": True}),
                       ("[[", {"special": False}), ("[[[", {"special": False, "single_word": True}), ("é<", {"normalized": True})])
    flags["pre_tokenizer"] = sequence(split(QWEN2), byte_level())
    write("flags", flags)
    unknown = copy.deepcopy(flags)
    names = [text for text in data["model"]["vocab"] if not set(text) & set("xyzéĠ")]
    unknown["model"]["merges"] = [m for m in kept if {m[0], m[1], m[0] + m[1]} <= set(names)]
    unknown["model"]["unk_token"], unknown["model"]["fuse_unk"] = "!", True
    unknown["model"]["vocab"] = {text: i for i, text in enumerate(names)}
    unknown["added_tokens"] = []
    write("unknown", unknown)


def make_step_tokenizers():
    """Small tokenizers for the kinds of normalizers and decoders. Their tokens
    are single bytes, so that ids tell normalized text exactly, and some more
    that no text gives but decoders look at."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())

    def write_steps(name, normalizer, decoder, tokens=(), added=()):
        vocab = {text: i for i, text in enumerate(dict.fromkeys([*alphabet, *tokens]))}
        data = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
                "normalizer": {"type": "Sequence", "normalizers": normalizer} if normalizer else None,
                "pre_tokenizer": byte_level(), "post_processor": None,
                "decoder": {"type": "Sequence", "decoders": decoder},
                "model": {"type": "BPE", "vocab": vocab, "merges": []}}
        add_tokens(data, added)
        write(name, data)

    def replace(text, content):
        return {"type": "Replace", "pattern": {"String": text}, "content": content}

    def strip(content, start, stop):
        return {"type": "Strip", "content": content, "start": start, "stop": stop}

    byte_decoder, fuse, fallback = byte_level(), {"type": "Fuse"}, {"type": "ByteFallback"}
    lower = {"type": "Lowercase"}
    # The package does not skip special tokens that normalizers change; here they
    # are skipped. So only <mask> of those is special, where it stays as it is.
    added = [("<mask>", {"normalized": True}), ("Word", {"normalized": True, "special": False}), ("[PAD]", {"lstrip": True}),
             ("\u00e9 ", {"normalized": True, "special": False, "single_word": True})]
    both = {"type": "Strip", "strip_left": True, "strip_right": True}
    left = {"type": "Strip", "strip_left": True, "strip_right": False}
    write_steps("nfd-style", [{"type": "NFD"}, lower, both, replace("e\u0301", "\u00c9a")], [byte_decoder], added=added)
    write_steps("nfkc-style", [replace("  ", " "), {"type": "NFKC"}, {"type": "Prepend", "prepend": "\u2581"},
                               replace(" ", "\u2581")],
                [byte_decoder, replace("\u2581", " "), strip(" ", 1, 0)],
                added=[("<mask>", {"normalized": True, "special": False}), *added[1:]])
    write_steps("nfkd-style", [left, {"type": "NFKD"}, {"type": "Sequence", "normalizers": [lower, {"type": "NFC"}]}],
                [byte_decoder, fuse, replace("aa", "ab"), replace("aba", ""), fallback], added=added)
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)] + ["<0xe5>", "<0x+5>", "<0x4g>", "<0x", ">", "<0x41>>", "41>", "<0x41"]
    pieces = ["\u2581", "\u2581\u2581", "\u2581the", "s", "\u5b57", "a\u2581b", "\u2581\u2581x\u2581\u2581", "e\u0301", "aa", "ba"]
    special = [("<s>", {}), ("</s>", {}), ("\u2581<t>", {"special": False})]
    write_steps("sentence-decoder", None, [replace("\u2581", " "), fallback, fuse, strip(" ", 1, 0)], byte_tokens + pieces, special)
    write_steps("fused-decoder", None, [replace("aa", "a\u2581"), fuse, replace("\u2581\u2581", "<"), fallback, strip("\u2581", 2, 2),
                                        {"type": "Metaspace", "replacement": "s", "prepend_scheme": "never", "split": True}],
                byte_tokens[:40] + pieces, special)
    write_steps("metaspace-decoder", None, [{"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}],
                pieces, special)
    write_steps("words-decoder", None, [{"type": "WordPiece", "prefix": "##", "cleanup": True}],
                ["##s", "##", "##a##b", "do not", "do", "not", "'", "' ", "' x", "n't", "'m", "'s", "'ve", "'re", ". .", "it", "\u5b57"],
                special)


def strings(count):
    """Strings of many kinds; the same ones every time."""
    rnd = random.Random(20261122)
    everything = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cs", "Cn")]
    marks = [c for c in everything if unicodedata.category(chr(c)) == "Mn"]
    spaces = " \t\n\r\x0b\x0c\x85\xa0\u2003\u2028\u3000"

    def piece():
        s = rnd.choice(SENTENCES)
        at = rnd.randrange(len(s))
        return s[at:at + rnd.randrange(1, 40)]

    makers = [
        piece, piece, piece,
        lambda: rnd.choice(SPECIALS),
        lambda: "".join(rnd.choice(spaces) for _ in range(rnd.randrange(1, 8))),
        lambda: " " * rnd.randrange(1, 12) + rnd.choice(["", "\n", "x", "\r\n", "1"]),
        lambda: "".join(chr(rnd.choice(everything)) for _ in range(rnd.randrange(1, 6))),
        lambda: "".join(chr(rnd.randrange(0x300)) for _ in range(rnd.randrange(1, 10))),
        lambda: rnd.choice("aeoqsAEk가ᄀ\u0927\u0b47") + "".join(chr(rnd.choice(marks)) for _ in range(rnd.randrange(1, 5))),
        lambda: unicodedata.normalize("NFD", piece()),
        lambda: "".join(chr(rnd.randrange(32)) for _ in range(rnd.randrange(1, 4))),
        lambda: rnd.choice("'’") + rnd.choice(["s", "S", "ll", "LL", "Re", "ve", "ſ", "d", "x", "t"]),
        lambda: str(rnd.randrange(10 ** rnd.randrange(1, 12))),
        lambda: rnd.choice(["!?", "...", "--", "/*", "));\n", "\n\n", "://", "==="]),
    ]
    result = [*SENTENCES, "", " ", "\n", "a", "\ufffd", "\x00",
              "a" * 3000, " " * 2000 + "x", "\u0301\u0323" * 500, "=" * 1500, "ab" * 700, "\n" * 600 + " ", "ſ" * 300, "字" * 400]
    while len(result) < count:
        result.append("".join(rnd.choice(makers)() for _ in range(rnd.randrange(1, 6))))
    return result


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def ids_bytes(ids):
    return number(len(ids)) + b"".join(map(number, ids))


def text_bytes(text):
    data = text.encode()
    return number(len(data)) + data


def changed_text_bytes(text, before):
    return number(0) if text == before else number(1) + text_bytes(text)


def decode(tokenizer, ids, skip):
    """What ids decode to. The decoder Strip of the package ends in a panic where
    nothing is left to strip; there nothing is left of the text, either."""
    try:
        return tokenizer.decode(ids, skip_special_tokens=skip)
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":
            raise
        return ""


def golden(path, texts, decoding_count):
    tokenizer = Tokenizer.from_file(str(path))
    rnd = random.Random(7)
    out = [number(len(texts))]
    for index, text in enumerate(texts):
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        special = tokenizer.encode(text, add_special_tokens=True).ids if index < 100 else plain
        out.append(ids_bytes(plain) + ids_bytes([] if special == plain else special))
        whole, bare = (decode(tokenizer, plain, skip) for skip in (False, True))
        out.append(changed_text_bytes(whole, text) + changed_text_bytes(bare, whole))
    known = [i for i in range(tokenizer.get_vocab_size()) if tokenizer.id_to_token(i) is not None]
    decodings = [[rnd.choice(known) for _ in range(rnd.randrange(1, 12))] for _ in range(decoding_count)]
    decodings += [[rnd.choice(known[:256]) for _ in range(rnd.randrange(1, 9))] for _ in range(decoding_count)]
    out.append(number(len(decodings)))
    for ids in decodings:
        out.append(ids_bytes(ids))
        out += [text_bytes(decode(tokenizer, ids, skip)) for skip in (False, True)]
    return b"".join(out)


def character_sets():
    """What patterns match, over all characters."""
    characters = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    patterns = [rf"\p{{{name}}}" for name in "L N M P S Z C Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Cc Cf Co Cn Han".split()]
    patterns += [r"\s", r"\d", r"\w", r"\h", "(?i:s)", "(?i:k)", "(?i:[a-z])", "(?i:[à-þ])", "."]
    lines = []
    for pattern in patterns:
        splitter = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
        matched = set()
        for begin in range(0, len(characters), 20000):
            for word, _ in splitter.pre_tokenize_str("".join(characters[begin:begin + 20000])):
                matched.update(map(ord, word))
        ranges = []
        for c in sorted(matched):
            if ranges and ranges[-1][1] == c - 1:
                ranges[-1][1] = c
            else:
                ranges.append([c, c])
        lines.append(" ".join([pattern, *(f"{a:x}-{b:x}" if a != b else f"{a:x}" for a, b in ranges)]))
    return "\n".join(lines) + "\n"


def normalized_characters():
    """What normalizers make of every character."""
    lines = []
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase"):
        normalizer = getattr(normalizers, name)()
        line = [name]
        for begin in range(0, 0x110000, 4096):
            value = 0xCBF29CE484222325
            for c in range(begin, begin + 4096):
                if 0xD800 <= c < 0xE000:
                    continue
                for byte in (normalizer.normalize_str(chr(c)) + "\n").encode():
                    value = (value ^ byte) * 0x100000001B3 % 2 ** 64
            line.append(f"{value:x}")
        lines.append(" ".join(line))
    return "\n".join(lines) + "\n"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--train", action="store_true", help="train the tokenizers anew")
    options.add_argument("names", nargs="*", help="the tokenizers whose goldens are made")
    arguments = options.parse_args()
    print("tokenizers", tokenizers.__version__, file=sys.stderr)
    if arguments.train:
        train_all()
    make_step_tokenizers()
    texts = strings(5000)
    (OUT / "strings.bin").write_bytes(number(len(texts)) + b"".join(map(text_bytes, texts)))
    if not arguments.names:
        (OUT / "character-sets.txt").write_text(character_sets())
        (OUT / "normalized-characters.txt").write_text(normalized_characters())
    main_ones = {"qwen2-style", "llama3-style", "gpt2-style"}
    folders = sorted(p.parent for p in OUT.glob("*/tokenizer.json"))
    for folder in [*folders, TEST / "models" / "suanpan"]:
        if arguments.names and folder.name not in arguments.names:
            continue
        if folder.name in main_ones or folder.name == "suanpan":
            counts = 5000, 300
        else:
            counts = (100, 300) if folder.name.endswith("-decoder") else (700, 10)
        data = golden(folder / "tokenizer.json", texts[:counts[0]], counts[1])
        (OUT / f"{folder.name}.golden").write_bytes(data)
        print(folder.name, len(data), file=sys.stderr)


if __name__ == "__main__":
    main()
