#!/usr/bin/env python3
"""Records tests/captures/dns_dig.pcap: dig at the resolver's stand-in, over UDP, TCP and another port.

usage: record_dns.py FOLDER

Needs root, tcpdump and dig (bind9-dnsutils). What is recorded is never the same twice, so the capture is kept and
this file tells how it came about.
"""
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from record_protos import SERVER, Wire  # noqa: E402

ASKED = [
    ["panel.example", "A"], ["panel.example", "AAAA"], ["panel.example", "HTTPS"], ["www.panel.example", "A"],
    ["PaNeL.eXaMpLe", "A"], ["nobody.example", "A"], ["slow.example", "A", "+tries=2", "+timeout=1"],
    ["forged.example", "A"], ["big.example", "A"], ["b\\252cher.example", "A"], ["-x", "198.51.100.7"],
    ["-x", "203.0.113.20"], ["panel.example", "A", "-p", "5300"], ["panel.example", "TXT", "+noedns"],
    ["+tcp", "+keepopen", "panel.example", "A", "+tcp", "+keepopen", "www.panel.example", "A"],
]


def main():
    folder = pathlib.Path(sys.argv[1])
    wire = Wire()
    with wire.run(wire.sensor, sys.executable, HERE / "dns_server.py", SERVER, 53, 5300):
        time.sleep(0.5)
        with wire.captured(folder / "dns_dig.pcap"):
            for words in ASKED:
                wire.client("dig", f"@{SERVER}", "+nocookie", "+norecurse" if "TXT" in words else "+recurse", *words)
    wire.close()


if __name__ == "__main__":
    main()
