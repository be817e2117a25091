"""What tshark says of a capture: frames with their innermost addresses and ports, and the messages in them.

Messages are taken from PDML, because it has a message's bytes as they were sent and one element for each of
several messages in a frame. HTTP is read twice: with bodies put together tshark knows where each of them ends,
but says nothing of a message whose body the capture does not show to its end; without it is the other way
round. What either of the two says is asked of vigie.
"""
import collections
import dataclasses
import functools
import gzip
import hashlib
import pathlib
import pickle
import subprocess
import xml.etree.ElementTree as tree

SECOND = 1_000_000
# Segments in another order than sent are put back; the beginning of a conversation says what it is, whatever
# its port is known for.
PREFERENCES = ("tcp.reassemble_out_of_order:TRUE", "tcp.try_heuristic_first:TRUE", "gtp.dissect_tpdu_as:TPDU Heuristic",
               "http.decompress_body:FALSE")
OPTIONS = []  # more of tshark's, for what a capture does not say itself
FIELDS = ("frame.number", "frame.time_epoch", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
          "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")
MESSAGES = ("http.request or http.response or tls.handshake.extensions_server_name or gquic.tag.sni or "
            "(dns and not mdns and not llmnr)")
# Google's QUIC is "gquic" as long as it had headers of its own.
SERVER_NAMES = ("tls.handshake.extensions_server_name", "gquic.tag.sni")
HELLOS = {"tls": "tls", "quic": "quic", "gquic": "quic"}
DAMAGE = "_ws.malformed or udp.length.bad"
# What stands in these is not to be seen without a key, and some captures bring theirs.
SECRET = {"tls", "dtls", "quic", "ssh", "wg", "openvpn"}
FORMAT = 7  # of what is kept in the cache


@dataclasses.dataclass(frozen=True)
class Frame:
    time_us: int
    flow: tuple  # (transport, (address, port), (address, port)), the sender first; None: no TCP or UDP in it


@dataclasses.dataclass(frozen=True)
class Request:
    method: bytes
    uri: bytes
    host: bytes
    user_agent: bytes


@dataclasses.dataclass
class Told:
    frames: dict = dataclasses.field(default_factory=dict)    # by number
    requests: list = dataclasses.field(default_factory=list)  # (frame, Request)
    answers: list = dataclasses.field(default_factory=list)   # (frame, status)
    names: list = dataclasses.field(default_factory=list)     # (frame, "tls" or "quic", bytes)
    lookups: list = dataclasses.field(default_factory=list)   # (frame, "query" or "answer", name of the first question)
    error: str = ""


def version():
    try:
        return subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError):
        return None


def command(path, *arguments, bodies=False):
    line = ["tshark", "-n", "-Q", "-r", str(path), "-o", f"http.desegment_body:{str(bodies).upper()}"]
    for preference in PREFERENCES:
        line += ["-o", preference]
    return line + OPTIONS + list(arguments)


def microseconds(text):
    seconds, _, part = text.partition(".")
    return int(seconds) * SECOND + int((part + "000000")[:6])


def innermost(protocols, addresses, ports):
    """The flow of the innermost IP packet that is in clear; what an ICMP error quotes is none of a packet's."""
    taken = collections.Counter()

    def take(kind, lists):
        place = taken[kind]
        taken[kind] += 1
        return tuple(column[place] if place < len(column) else "" for column in lists)

    ends, flow = None, None
    for protocol in protocols.split(":"):
        if protocol in ("ip", "ipv6"):
            ends, flow = take(protocol, addresses[protocol]), None
        elif protocol in ("icmp", "icmpv6"):
            return None
        elif protocol in SECRET:
            return flow
        elif protocol in ("tcp", "udp", "udplite") and ends is not None:
            numbers = take("tcp" if protocol == "tcp" else "udp", ports["tcp" if protocol == "tcp" else "udp"])
            if protocol != "udplite" and "" not in numbers and "" not in ends:
                flow = (protocol.upper(), (ends[0], int(numbers[0])), (ends[1], int(numbers[1])))
    return flow


def read_frames(path, told):
    fields = [word for field in FIELDS for word in ("-e", field)]
    done = subprocess.run(command(path, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", *fields),
                          capture_output=True)
    told.error = "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip().splitlines()[-1]
    kinds = set()
    for line in done.stdout.decode(errors="replace").splitlines():
        columns = line.split("\t")
        number, time, protocols = columns[:3]
        lists = [column.split(",") if column else [] for column in columns[3:]]
        addresses = {"ip": lists[0:2], "ipv6": lists[2:4]}
        flow = innermost(protocols, addresses, {"tcp": lists[4:6], "udp": lists[6:8]})
        told.frames[int(number)] = Frame(microseconds(time), flow)
        kinds.update(protocols.split(":"))
    return kinds


def packets(path, *arguments, bodies):
    """The packets of a PDML as elements, one at a time."""
    process = subprocess.Popen(command(path, "-T", "pdml", *arguments, bodies=bodies), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    try:
        for _, element in tree.iterparse(process.stdout):
            if element.tag == "packet":
                yield element
                element.clear()
    finally:
        process.stdout.close()
        process.wait()


def field(element, name):
    """The first field of this name, as an element."""
    return next((found for found in element.iter("field") if found.get("name") == name), None)


def value(element, name):
    found = field(element, name)
    return None if found is None else bytes.fromhex(found.get("value") or "")


def header(element, name):
    """A header's value: what PDML has is the line."""
    line = value(element, name)
    return None if line is None else line.partition(b":")[2].strip(b" \t\r\n")


def read_http(message, number, told):
    method = value(message, "http.request.method")
    code = value(message, "http.response.code")
    if method is not None:
        uri = value(message, "http.request.uri")
        told.requests.append((number, Request(method, uri or b"", header(message, "http.host"),
                                              header(message, "http.user_agent"))))
    elif code is not None:
        told.answers.append((number, int(code)))


def read_messages(path, bodies, kinds):
    told = Told()
    for packet in packets(path, "-Y", MESSAGES, "-J", kinds, bodies=bodies):
        number = int(field(packet, "num").get("show"))
        secret = False
        for layer in packet.findall("proto"):  # not those inside: QUIC's hellos are told as TLS's, too
            name = layer.get("name")
            if name in HELLOS and not secret:
                names = [found for found in layer.iter("field") if found.get("name") in SERVER_NAMES]
                told.names += [(number, HELLOS[name], bytes.fromhex(found.get("value") or "")) for found in names]
            secret = secret or name in SECRET
            if name == "http" and not secret:
                read_http(layer, number, told)
            elif name == "dns" and not secret:
                read_lookup(layer, number, told)
    return told


def labels(wire):
    """A name's bytes in its text form; None where a part of it stands elsewhere in the message."""
    out = []
    while wire and wire[0] < 64:
        if wire[0] == 0:
            return b".".join(out)
        out.append(wire[1:1 + wire[0]])
        wire = wire[1 + wire[0]:]
    return None


def read_lookup(message, number, told):
    opcode = field(message, "dns.flags.opcode")
    if opcode is None or opcode.get("show") != "0":
        return  # no look-up
    response = field(message, "dns.flags.response")
    kind = "answer" if response is not None and response.get("show") == "1" else "query"
    name = field(message, "dns.qry.name")
    if name is not None:
        text = labels(bytes.fromhex(name.get("value") or ""))
        told.lookups.append((number, kind, name.get("show").encode() if text is None else text))


def of_flow(told, items):
    """How often each item is told of each flow, and by which frames."""
    counts = collections.defaultdict(list)
    for number, *item in items:
        counts[(told.frames[number].flow, *item)].append(number)
    return counts


def united(told, one, other):
    """What either of two readings says, as often as the one that says it more often."""
    first, second = of_flow(told, one), of_flow(told, other)
    out = []
    for key in {**first, **second}:
        numbers = max(first.get(key, []), second.get(key, []), key=len)
        out += [(number, *key[1:]) for number in numbers]
    return sorted(out, key=lambda item: item[0])


def read(path):
    told = Told()
    kinds = read_frames(path, told)
    if not kinds & {"http", "tls", "quic", "gquic", "dns", "dtls"}:
        return told
    plain = read_messages(path, False, "http tls dtls quic gquic dns")
    told.names, told.lookups = plain.names, plain.lookups
    if "http" in kinds:
        whole = read_messages(path, True, "http")
        told.requests = united(told, plain.requests, whole.requests)
        told.answers = united(told, plain.answers, whole.answers)
    return told


def damaged(path, numbers):
    """Those of the frames that tshark itself calls damaged."""
    if not numbers:
        return set()
    among = "frame.number in {" + ", ".join(map(str, sorted(numbers))) + "}"
    done = subprocess.run(command(path, "-T", "fields", "-e", "frame.number", "-Y", f"{among} and ({DAMAGE})"),
                          capture_output=True)
    return {int(line) for line in done.stdout.split()}


@functools.lru_cache(maxsize=None)
def signature():
    return f"{FORMAT} {version()} {PREFERENCES} {OPTIONS}".encode()


def read_cached(path, cache):
    """The same from `cache`, a folder, where it was read before; tshark takes its time."""
    if cache is None:
        return read(path)
    cache = pathlib.Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / (hashlib.sha256(signature() + pathlib.Path(path).read_bytes()).hexdigest() + ".gz")
    if kept.exists():
        with gzip.open(kept) as stream:
            return pickle.load(stream)
    told = read(path)
    part = kept.with_suffix(f".{id(told)}")
    with gzip.open(part, "wb", 1) as stream:
        pickle.dump(told, stream)
    part.replace(kept)
    return told
