# The GoogleTests that tenon_unit_test() made, found in the folder of binaries.
import os
import sys

import lit.util

sys.path.insert(0, os.path.dirname(__file__))
from named_google_tests import NamedGoogleTests


config.name = "TenonUnit"
config.test_format = NamedGoogleTests(config.unit_tests)
config.test_source_root = os.path.join(config.tenon_build, "bin")
config.suffixes = []
