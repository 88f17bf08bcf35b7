#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The built hv-mgr: create, with an xl that is played.

usage: test_cli_create.py HV-MGR [unittest options]
"""
import json
import os
import signal
import subprocess
import time
import unittest

from cli_case import Case, HV_MGR, STANZA, WithDaemon, XL


class WithoutDaemon(Case):
    def test_create_starts_nothing_without_a_daemon(self):
        self.hv_mgr("create", self.write("g.cfg", "name='g'\n"
                                         f"carveout=['{STANZA}']"), code=3)
        self.assertEqual(self.log(), [])

    def test_create_without_carveouts_is_xl_create(self):
        config = self.write("g.cfg", "name='g'")
        self.hv_mgr("create", config, "memory=64", "-q")
        self.assertEqual(self.log(), [f"create -q {config} memory=64"])
        self.assertIn("nothing to attach", self.err)

    def test_create_dryrun_asks_xl_and_nobody_else(self):
        config = self.write("g.cfg", f"name='g'\ncarveout=['{STANZA}']")
        self.hv_mgr("create", "-n", config)
        self.assertEqual(self.log(), [f"create -n {config}"])
        self.assertIn("not checked", self.err)

    def test_create_dryrun_says_that_there_is_nothing_to_attach(self):
        self.hv_mgr("create", "-n", self.write("g.cfg", "name='g'"))
        self.assertIn("nothing to attach", self.err)

    def test_create_dryrun_with_json_says_one_object(self):
        for text in ("name='g'", f"name='g'\ncarveout=['{STANZA}']"):
            self.hv_mgr("create", "-n", "--json", self.write("g.cfg", text))
            self.assertTrue(json.loads(self.out)["ok"])

    def test_a_key_that_is_meant_for_carveout_is_a_mistake(self):
        self.hv_mgr("create", "-n", self.write(
            "g.cfg", f"name='g'\ncarveouts=['{STANZA}']"), code=2)
        self.assertIn("the key is carveout", self.err)

    def test_lines_that_end_in_crlf_are_told_without_a_cr(self):
        self.hv_mgr("create", self.write(
            "g.cfg", b"name = 'g'\r\nmemory = 5\r\n"), code=2)
        self.assertNotIn("\r", self.err)
        self.assertIn("CR LF", self.err)

    def test_create_checks_how_many_before_anything_else(self):
        stanzas = ",".join(f"'name=c{i}, size=1M'" for i in range(17))
        self.hv_mgr("create", "-n", self.write(
            "g.cfg", f"name='g'\ncarveout=[{stanzas}]"), code=2)
        self.assertIn("at most 16", self.err)
        self.assertEqual(self.log(), [])

    def test_create_passes_on_only_what_changes_nothing_of_it(self):
        config = self.write("g.cfg", "name='g'")
        for extra in ("-h", "--help", "--dryrun", "--dry", "-n", "-p", "-c",
                      "--paused", "-F", "-fother", "--def=x", "--defconfig=x",
                      "-qh", "--", "-", "--foreground", "--console=1"):
            self.hv_mgr("create", config, "--", extra, code=2)
        self.assertEqual(self.log(), [])
        self.hv_mgr("create", config, "--", "-q", "--quiet", "-e", "memory=1")
        self.assertEqual(self.log(), [
            f"create {config} -q --quiet -e memory=1"])

    def test_create_starts_nothing_with_a_wrong_config(self):
        for text in ("carveout='x'\nname='g'", "carveout=['size=4K']\nname='g'",
                     "name='g", f"carveout=['{STANZA}','{STANZA}']\nname='g'"):
            self.hv_mgr("create", self.write("g.cfg", text), code=2)
        self.hv_mgr("create", self.file("absent"), code=2)
        self.hv_mgr("create", self.directory, code=2)
        for extra in (["-F"], ["--", "-F"], ["--", "-fother"], ["x"]):
            self.hv_mgr("create", self.write("g.cfg", "name='g'"), *extra,
                        code=2)
        self.assertEqual(self.log(), [])

    def test_xl_that_is_not_there_is_told(self):
        self.environment["XL"] = self.file("absent")
        self.hv_mgr("create", self.write("g.cfg", "name='g'"), code=8)


class Create(WithDaemon):
    def test_create_attaches_before_the_guest_runs(self):
        config = self.config()
        self.hv_mgr("create", config, "-q", "memory=64")
        self.assertEqual(self.log(), [
            "domid g", f"create -p -q {config} memory=64", "domid g",
            "unpause 5"])
        self.assertEqual(self.asked(), ["info", "info", "attach"])
        self.assertEqual(self.daemon.requests[2],
                         {"command": "attach", "domain": "5",
                          "specs": [STANZA]})

    def test_create_takes_the_name_that_the_command_line_gives(self):
        self.hv_mgr("create", self.config(), "name='other'")
        self.assertIn("domid other", self.log())

    def test_create_paused_leaves_it_paused(self):
        self.hv_mgr("create", "-p", self.config())
        self.assertEqual(self.log()[-1], "domid g")
        self.assertIn("xl unpause 5", self.err)

    def test_create_destroys_the_guest_when_attaching_fails(self):
        self.daemon.refuse["attach"] = (12, "no memory")
        self.hv_mgr("create", self.config(), code=6)
        self.assertEqual(self.log()[-1], "destroy 5")
        self.assertNotIn("unpause 5", self.log())
        self.assertIn("no memory", self.err)
        self.assertIn("destroyed again", self.err)

    def test_create_leaves_a_domain_of_that_name_alone(self):
        self.write("state", "-b----\n")
        self.hv_mgr("create", self.config(), code=5)
        self.assertEqual(self.log(), ["domid g"])
        self.assertIn("stays as it is", self.err)

    def test_create_destroys_no_guest_that_somebody_lets_run(self):
        self.daemon.refuse["attach"] = (12, "no memory")
        self.write("xl", XL.replace("--p---", "-b----"))
        self.hv_mgr("create", self.config(), code=6)
        self.assertNotIn("destroy 5", self.log())
        self.assertIn("left alone", self.err)

    def test_create_checks_places_before_xl_runs(self):
        for more in ("gpa=0x40000000", "size=4000M, gpa=0x140000000"):
            stanza = f"name=b, size=64M, {more}".replace(
                "size=64M, size", "size")
            for option in (["-n"], []):
                self.hv_mgr("create", *option, self.write(
                    "g.cfg", f"name='g'\ncarveout=['{stanza}']"), code=2)
                self.assertIn("gpa=", self.err)
        self.hv_mgr("create", "-n", self.write(
            "g.cfg", "name='g'\ncarveout=['name=a, size=4000M', "
            "'name=b, size=4000M']"), code=6)
        self.assertIn("no room", self.err)
        self.assertEqual(self.log(), [])

    def test_create_says_before_xl_runs_that_memory_is_short(self):
        self.daemon.free_bytes = lambda: 515 << 20
        for option in (["-n"], []):
            self.hv_mgr("create", *option, self.config("memory=512"), code=6)
            self.assertIn("515 MiB free", self.err)
            self.assertNotIn("create", " ".join(self.log()))
        self.daemon.free_bytes = lambda: 523 << 20
        self.hv_mgr("create", self.config("memory=512"))

    def balloon(self):
        """What dom0 gave and xl did not take is free."""
        taken = 512 if os.path.exists(self.file("state")) else 0
        return (100 + 1024 + 412 - taken - int(self.read("dom0"))) << 20

    def test_create_takes_from_dom0_what_xl_does_not(self):
        self.daemon.free_bytes = self.balloon
        config = self.write("g.cfg", "name='g'\nmemory=512\n"
                            "carveout=['name=modem, size=64M']")
        self.hv_mgr("create", config, code=6)
        self.write("xl.conf", "autoballoon=\"on\"\n")
        self.hv_mgr("create", config)
        self.assertEqual(self.log()[-2:], ["mem-set 0 957m", "unpause 5"])
        self.assertIn("dom0's memory was lowered", self.err)

    def test_create_goes_by_xens_command_line_as_xl_does(self):
        self.daemon.free_bytes = self.balloon
        self.write("xen", "placeholder console=dtuart\n")
        self.hv_mgr("create", self.write(
            "g.cfg", "name='g'\nmemory=512\n"
            "carveout=['name=modem, size=64M']"))
        self.assertIn("mem-set 0 957m", self.log())

    def test_create_puts_the_guest_away_if_dom0_gives_nothing(self):
        self.daemon.free_bytes = self.balloon
        self.write("xl.conf", "autoballoon=1\n")
        self.write("fail-mem-set", "")
        self.hv_mgr("create", self.write(
            "g.cfg", "name='g'\nmemory=512\n"
            "carveout=['name=modem, size=64M']"), code=6)
        self.assertEqual(self.log()[-1], "destroy 5")
        self.assertNotIn("attach", self.asked())

    def test_create_says_so_when_it_cannot_put_things_right(self):
        self.daemon.refuse["attach"] = (12, "no memory")
        self.write("fail-destroy", "")
        self.hv_mgr("create", self.config(), code=6)
        self.assertIn("still there, paused", self.err)

    def test_create_that_is_interrupted_destroys_the_guest(self):
        self.write("xl", XL.replace("case", "[ $1 != create ] || sleep 1\ncase"))
        with subprocess.Popen([HV_MGR, "create", self.config()],
                              env=self.environment,
                              stderr=subprocess.DEVNULL) as process:
            while len(self.log()) < 2:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 1)
        self.assertEqual(self.log()[-1], "destroy 5")
        self.assertNotIn("attach", self.asked())

    def test_create_does_not_go_on_when_xl_fails(self):
        self.write("fail-create", "")
        self.hv_mgr("create", self.config(), code=1)
        self.assertEqual(len(self.log()), 2)
        self.assertEqual(self.asked(), ["info"])

    def test_create_with_json_says_one_object_on_stdout(self):
        self.write("xl", XL.replace("case", "[ $1 = domid ] || echo said\ncase"))
        self.hv_mgr("create", "--json", self.config())
        self.assertTrue(json.loads(self.out)["ok"])
        self.assertIn("said", self.err)


if __name__ == "__main__":
    unittest.main()
