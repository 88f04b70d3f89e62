"""The lit configuration of Tenon, for suites outside of its tree.

configure(config, folders) makes *.mlir and *.test files tests, puts `folders`
(of Tenon's tools and LLVM's) on the PATH of their RUN lines, and sets the
features of this machine for REQUIRES: avx2, avx512, avx512-bf16, avx512-vnni
and amx.
"""

import os

import lit.formats

# A feature, and the flags of the processor that make it, as the kernel spells
# them. runtime/Cpu.cpp has them as bits of CPUID; here they stand once more,
# because a suite asks before it has a program to run.
PROCESSORS = {
    "avx2": {"avx2", "fma", "f16c"},
    "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "avx512-bf16": {"avx512_bf16"},
    "avx512-vnni": {"avx512_vnni"},
    "amx": {"amx_tile", "amx_bf16", "amx_int8"},
}


def processor_features():
    """The features that this machine has, as a set of names."""
    try:
        with open("/proc/cpuinfo") as info:
            lines = [line for line in info if line.startswith("flags")]
    except OSError:
        lines = []
    flags = set(lines[0].split(":", 1)[1].split()) if lines else set()
    return {name for name, needed in PROCESSORS.items() if needed <= flags}


def configure(config, folders):
    config.test_format = lit.formats.ShTest(execute_external=False)
    config.suffixes = [".mlir", ".test"]
    config.excludes = ["Inputs"]
    config.environment["PATH"] = os.pathsep.join(folders + [os.environ["PATH"]])
    config.available_features |= processor_features()
