#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the built hv-mgr says of device trees; dtc is used where it is there.

usage: test_dt_binary.py HV-MGR [unittest options]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HV_MGR = os.path.abspath(sys.argv.pop(1))
CARVEOUTS = 'carveout = [ "name=modem, size=64M" ]\n'


class Trees(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def write(self, name, text):
        with open(os.path.join(self.directory.name, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def run_in(self, *argv, **options):
        return subprocess.run(argv, cwd=self.directory.name, text=True,
                              capture_output=True, check=False, **options)

    def hv_mgr(self, *args):
        return self.run_in(HV_MGR, *args)

    def refuse(self, word, *args):
        result = self.hv_mgr(*args)
        self.assertEqual(result.returncode, 2, result)
        self.assertIn(word, result.stderr)


class Guest(Trees):
    def make(self, config, *options):
        self.write("guest.cfg", 'name = "g"\n' + config)
        result = self.hv_mgr("dt", "guest", "guest.cfg", "-o", "made.dtb",
                             *options)
        self.assertEqual(result.returncode, 0, result)
        return result

    def test_a_config_without_a_tree_is_told_what_to_write(self):
        self.assertIn('write there device_tree = "made.dtb"',
                      self.make(CARVEOUTS).stderr)

    def test_a_config_that_uses_the_tree_needs_no_word(self):
        result = self.make(CARVEOUTS + 'device_tree = "./made.dtb"\n')
        self.assertEqual(result.stderr, "")

    def test_a_config_with_another_tree_is_told_how_to_join_them(self):
        self.write("uart.dtb", "")
        result = self.make(CARVEOUTS + 'device_tree = "uart.dtb"\n')
        self.assertIn("its device_tree is uart.dtb", result.stderr)

    def test_json_says_whether_it_is_used(self):
        used = {"uart.dtb": False, "made.dtb": True}
        for name, answer in used.items():
            result = self.make(CARVEOUTS + f'device_tree = "{name}"\n',
                               "--json")
            self.assertEqual(json.loads(result.stdout)["used"], answer)

    def test_a_shell_may_have_opened_the_tree(self):
        self.write("guest.cfg",
                   f'name = "g"\n{CARVEOUTS}device_tree = "made.dtb"\n')
        result = self.run_in("sh", "-c",
                             f"{HV_MGR} dt guest guest.cfg > made.dtb")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    @unittest.skipUnless(shutil.which("dtc"), "no dtc")
    def test_the_command_that_joins_them_does(self):
        self.write("uart.dts", """/dts-v1/; / { passthrough {
            compatible = "simple-bus"; ranges;
            #address-cells = <2>; #size-cells = <2>;
            serial@9000000 { reg = <0 0x9000000 0 0x1000>; }; }; };""")
        self.run_in("dtc", "-q", "-o", "uart.dtb", "uart.dts")
        said = self.make(CARVEOUTS + 'device_tree = "uart.dtb"\n').stderr
        command = said[said.index("{ dtc"):said.index("; then write")]
        joined = self.run_in("sh", "-e", "-c", command)
        self.assertEqual(joined.returncode, 0, joined)
        text = self.run_in("dtc", "-q", "-O", "dts", "both.dtb").stdout
        self.assertIn("serial@9000000", text)
        self.assertIn("carveout@100000000", text)

    def test_a_17th_carveout_is_refused(self):
        many = ", ".join(f'"name=c{i}, size=1M"' for i in range(17))
        self.write("guest.cfg", f'name = "g"\ncarveout = [ {many} ]\n')
        self.refuse("at most 16", "dt", "guest", "guest.cfg", "-o", "x")


class Host(Trees):
    @unittest.skipUnless(shutil.which("dtc"), "no dtc")
    def test_a_source_with_includes_wants_cpp_first(self):
        self.write("board.dts", '#include "soc.dtsi"\n/dts-v1/;\n/ { };\n')
        self.refuse("cpp", "dt", "host", "--tree", "board.dts", "--size",
                    "2M", "-o", "x")


if __name__ == "__main__":
    unittest.main(verbosity=2)
