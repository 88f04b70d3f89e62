# The GoogleTests that tenon_unit_test() made, found in the folder of binaries.
import os

import lit.formats
import lit.util


class NamedGoogleTests(lit.formats.GoogleTest):
    """Runs the executables of these names, and no other that lies there."""

    def __init__(self, names):
        super().__init__(test_sub_dirs=".", test_suffix="")
        self.test_suffixes = tuple(names)


config.name = "TenonUnit"
config.test_format = NamedGoogleTests(config.unit_tests)
config.test_source_root = os.path.join(config.tenon_build, "bin")
config.suffixes = []
