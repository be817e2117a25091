#!/usr/bin/env python3
"""Prints so many rules as sites write them: made-up names in the places and forms that the shipped rules have.

usage: make_rules.py COUNT [--bare PERCENT]

Hosts, paths, clients, headers and bodies; a third with a pattern; one target in five shares its literal with
others. --bare: of so many percent nothing is a literal, so these must be asked of every transaction.
"""
import argparse, random

SYLLABLES = ("ba be bi bo da de di do fa fi ga go ka ke ki ko la le li lo lu ma me mi mo na ne no pa pe po ra re ri "
             "ro sa se si so ta te ti to tu va ve vi vo xa xi za ze zo").split()
SHARED = ("/live/", "/player_api.php?", "/stream/", "/get.php?", "username=", "/portal.php?", "/hls/", "token=")
METADATA = "metadata: family xtream, role panel, weight 30;"


class Maker:
    def __init__(self):
        self.random = random.Random(1)

    def word(self, least=2, most=4):
        return "".join(self.random.choice(SYLLABLES) for _ in range(self.random.randint(least, most)))

    def pick(self, *values):
        return self.random.choice(values)

    def path(self):
        """A content of a target, and a pattern that fits what has it."""
        if self.random.random() < 0.2:
            name = self.word(3, 4)
            return self.pick(*SHARED), rf"[?&\/]{name}=[0-9a-f]{{8,40}}(&|$)"
        name = f"/{self.word()}{self.pick('/', '.php?', '_', '-')}{self.word(1, 2)}"
        escaped = name.replace("/", r"\/").replace(".", r"\.").replace("?", r"\?")
        return name, rf"^{escaped}{self.pick('', '[a-z]+', '[0-9]{1,6}')}(\/[^\/?]{{3,64}}){self.pick('', '?', '{2}')}(\?|&|$)"

    def uri(self):
        content, pattern = self.path()
        text = f'http.uri; content:"{content}"; '
        if content in SHARED or self.random.random() < 0.5:
            text += f'pcre:"/{pattern}/{self.pick("", "i")}"; '
        if self.random.random() < 0.3:
            text += f'content:"{self.word()}="; '
        return "to_server", text

    def pattern(self):
        """Alternatives, as whoever knows several names of one thing writes them."""
        names = "|".join(self.word(2, 3) for _ in range(self.random.randint(2, 6)))
        return "to_server", rf'http.uri; pcre:"/^\/(c\/)?({names})\.{self.pick("php", "js", "m3u8")}(\?|$)/"; '

    def host(self):
        name = f"{self.word()}.{self.word()}.{self.pick('example', 'test', 'invalid')}"
        return "to_server", f'http.host; content:"{name}"; {self.pick("", "endswith; ", "startswith; endswith; ")}'

    def agent(self):
        return "to_server", f'http.user_agent; content:"{self.word().title()}{self.pick("Player", "TV", "Box")}/"; {self.pick("", "startswith; ", "nocase; ")}'

    def cookie(self):
        return "to_server", f'http.cookie; content:"{self.word()}_{self.word()}="; '

    def header(self):
        return "to_client", f'http.header; content:"X-{self.word().title()}-{self.word().title()}|3a| "; {self.pick("", "nocase; ")}'

    def location(self):
        name = self.word(3, 4)
        return "to_client", rf'http.location; content:"/{name}/"; pcre:"/\/{name}\/[A-Za-z0-9_-]{{22,}}(\?|$)/"; '

    def body(self):
        first, second = self.word(3, 5), self.word(3, 5)
        pattern = rf'pcre:"/\x22{first}\x22\s*:\s*\x22[^\x22]{{1,80}}\x22/"; ' if self.random.random() < 0.3 else ""
        return "to_client", f'file.data; content:"|22|{first}|22|"; {pattern}content:"{second}"; nocase; '

    def title(self):
        return "to_client", f'file.data; content:"<title>{self.word(3, 4).title()} {self.word().title()}</title>"; nocase; '

    def bare(self):
        return "to_server", rf'http.uri; pcre:"/^\/[a-z]{{{self.random.randint(3, 8)},12}}\/[0-9]{{4,9}}(\/|\?|$)/"; '

    def rule(self, sid, bare):
        kind = self.random.choices(
            (self.uri, self.pattern, self.host, self.agent, self.cookie, self.header, self.location, self.body, self.title),
            (40, 10, 12, 10, 3, 8, 5, 8, 4))[0]
        if self.random.random() * 100 < bare:
            kind = self.bare
        protocol, name = "http", self.random.random()
        if name < 0.1:  # names are asked for in other protocols too
            name = f"{self.word()}.{self.word()}.example"
            protocol, flow, text = ("tls", "to_server", f'tls.sni; content:"{name}"; endswith; ') if name[0] < "m" else \
                ("dns", "to_server", f'dns.query; content:"{name}"; nocase; endswith; ')
        else:
            flow, text = kind()
        return (f'alert {protocol} any any -> any any (msg:"made {sid}"; flow:established,{flow}; {text}'
                f'{METADATA} sid:{sid}; rev:1;)')


def rules(count, bare=0):
    """The first ones of a longer set are those of a shorter one."""
    maker = Maker()
    return [maker.rule(9000000 + number, bare) for number in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--bare", type=float, default=0)
    wanted = parser.parse_args()
    print("\n".join(rules(wanted.count, wanted.bare)))


if __name__ == "__main__":
    main()
