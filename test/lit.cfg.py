# The lit suite: every *.mlir and *.test below this folder. RUN lines find the
# tools of the build and FileCheck, not, split-file of LLVM on their PATH.
#
# Besides lit's own there are
#   %exits-with N CMD...   succeeds when CMD ends with exit code N
#   %models                the checkpoints of the tests
#   %crash-plugin          a plug-in whose pass test-crash ends the process
# and the features, for REQUIRES:, of this machine and this build.
import os
import subprocess

import lit.formats

config.name = "Tenon"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "data", "unit"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))

tools = [os.path.join(config.tenon_build, "bin"), config.llvm_tools]
config.environment["PATH"] = os.pathsep.join(tools + [os.environ["PATH"]])

exits_with = os.path.join(config.test_source_root, "exits-with.sh")
config.substitutions.append(("%exits-with", "sh " + exits_with))
config.substitutions.append(("%models", os.path.join(config.test_source_root, "models")))
config.substitutions.append(("%python", config.python))
config.substitutions.append(
    ("%crash-plugin", os.path.join(config.tenon_build, "lib", "libTenonCrashPlugin.so")))


def cpu_flags():
    try:
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith("flags"):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


# A feature, and the flags of the processor that make it.
processors = {
    "avx2": {"avx2", "fma", "f16c"},
    "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "avx512-bf16": {"avx512_bf16"},
    "avx512-vnni": {"avx512_vnni"},
    "amx": {"amx_tile", "amx_bf16", "amx_int8"},
}
flags = cpu_flags()
for feature, needed in processors.items():
    if needed <= flags:
        config.available_features.add(feature)
if subprocess.run([config.python, "-c", "import numpy"], capture_output=True).returncode == 0:
    config.available_features.add("numpy")
if os.geteuid() == 0:
    config.available_features.add("root")
for sanitizer in filter(None, config.tenon_sanitize.split(",")):
    config.available_features.add(sanitizer)
