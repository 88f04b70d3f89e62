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
import sys

config.name = "Tenon"
# What suites outside of the tree have, this one has too.
sys.path.insert(0, os.path.join(config.tenon_source, "cmake"))
import tenon_lit

tenon_lit.configure(config, [os.path.join(config.tenon_build, "bin"), config.llvm_tools])
config.excludes += ["data", "unit"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))

exits_with = os.path.join(config.test_source_root, "exits-with.sh")
config.substitutions.append(("%exits-with", "sh " + exits_with))
config.substitutions.append(("%models", os.path.join(config.test_source_root, "models")))
config.substitutions.append(("%python", config.python))
config.substitutions.append(
    ("%crash-plugin", os.path.join(config.tenon_build, "lib", "libTenonCrashPlugin.so")))

if subprocess.run([config.python, "-c", "import numpy"], capture_output=True).returncode == 0:
    config.available_features.add("numpy")
if config.tenon_have_fuzzers:
    config.available_features.add("libfuzzer")
if os.geteuid() == 0:
    config.available_features.add("root")
for sanitizer in filter(None, config.tenon_sanitize.split(",")):
    config.available_features.add(sanitizer)
