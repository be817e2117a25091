"""Playlists as lawful services and communities publish them, made to the measures of signatures.md 3.3 and 11.3:
how many entries, hosts, https, odd ports, bare addresses, and how often a rights holder's brand stands in a name
of a channel that is free. No title, host or file of a real list is copied; names of channels are public facts.
"""
from lookalike import hexadecimal, numbers, token, uuid

WORDS = ("Mystery", "Comedy", "Nature", "Drama", "Classics", "Western", "Kids", "Travel", "Crime", "History", "Cooking",
         "Fitness", "Anime", "Horror", "Romance", "Docs", "Science", "Garden", "Cars", "Fashion", "Wrestling", "Poker",
         "Fishing", "Reality", "Courtroom", "Retro", "Family", "Action", "Thriller", "Sitcoms")
STYLES = ("TV", "Channel", "Network", "Central", "Zone", "Now", "Plus", "24", "Live", "Max")
GROUPS = ("Movies", "Sports", "News + Opinion", "Comedy", "Kids", "Reality", "True Crime", "Music", "En Español", "Drama",
          "24/7 Drama", "Daytime TV", "Classic TV", "Home + Food", "Gaming + Anime", "Série A Z")

# Free channels that bear the brand of somebody whose pay channels are pirated, with the counts of 11.3.
DAZN = ("DAZN TV", "DAZN Rise", "DAZN FAST+", "DAZN Ringside", "DAZN Darts", "DAZN Heldinnen", "DAZN Combat",
        "DAZN Women's Football")
NFL = ("NFL Channel", "NFL Super Bowl Champions", "NFL Channel en Español", "NFL Channel Deutschland", "NFL Films")
F1, MOTOGP, BARCA, MADRID, NHL = ("Formula 1 Channel", "F1 Channel"), ("MotoGP Channel",), ("Top Barça",), \
    ("Realmadrid TV", "Real Madrid"), ("NHL",)
FAST = {  # list: entries, (brands, how often)
    "samsung": (2603, ((DAZN, 5), (F1, 1), (MOTOGP, 1), (NFL, 1), (BARCA, 7))),
    "pluto": (2865, ((DAZN, 7), (NFL, 14), (BARCA, 4), (MADRID[:1], 6))),
    "plex": (2824, ((DAZN, 1), (F1, 1), (MOTOGP, 1), (NFL, 11))),
    "tubi": (182, ((DAZN, 1), (NFL, 1), (NHL, 1), (MADRID[1:], 1))),
    "roku": (290, ((BARCA, 1),)),
}
ALL_BRANDS = ((DAZN, 60), (NFL, 60), (F1, 20), (MOTOGP, 20), (BARCA, 40), (MADRID, 30), (NHL, 10))


def fast_uri(kind, number):
    key = hexadecimal(24, f"{kind}{number}")
    return {"samsung": f"https://jmp2.uk/sam-{key[:12].upper()}.m3u8", "pluto": f"https://jmp2.uk/plu-{key}.m3u8",
            "roku": f"https://jmp2.uk/rok-{key}.m3u8",
            "plex": f"https://epg.provider.plex.tv/library/parts/{key}-{key}.m3u8?X-Plex-Token={token(20, number)}",
            "tubi": f"https://live-manifest.production-public.tubi.io/live/{uuid(number)}/playlist.m3u8"}[kind]


def fast_names(count, brands):
    """Free channels with the brands spread among them; a word and a style make a name, a number tells twins apart."""
    names = []
    for number in range(count):
        word, style = WORDS[number % len(WORDS)], STYLES[number // len(WORDS) % len(STYLES)]
        twin = number // (len(WORDS) * len(STYLES))
        names.append(f"{word} {style}{f' {twin}' if twin else ''}")
    place = numbers("brands")
    for choice, often in brands:
        for number in range(often):
            names[next(place) % count] = choice[number % len(choice)]
    return names


def fast_list(kind, count=None, brands=None, uri=None):
    entries, usual = FAST[kind]
    made = []
    for number, name in enumerate(fast_names(count or entries, brands or usual)):
        attributes = (f'channel-id="{hexadecimal(12, number)}" tvg-id="{hexadecimal(12, number)}" tvg-chno="{number + 1}" '
                      f'tvg-logo="https://images.fast.example/{hexadecimal(8, number)}.png" tvg-name="{name}" '
                      f'group-title="{GROUPS[number % len(GROUPS)]}"')
        made.append((attributes, name, (uri or fast_uri)(kind, number)))
    return made


COUNTRIES = ("es", "fr", "it", "de", "pt", "gb", "gr", "rs", "ba", "mk", "bg", "ro", "pl", "nl", "be", "at", "ch", "ie",
             "mx", "ar", "cl", "co", "pe", "br", "ca", "us", "au", "in", "tr", "il")
CITIES = ("Norte", "Sur", "Costa", "Ribera", "Plana", "Valle", "Isla", "Bahia", "Monte", "Lago", "Puerto", "Campo")
PATHS = ("/live/{name}/index.m3u8", "/hls/{name}.m3u8", "/{name}/live/playlist.m3u8", "/live/smil:{name}.smil/playlist.m3u8",
         "/out/v1/{key}/index.m3u8", "/{name}/tracks-v1a1/mono.m3u8", "/hls-live/{name}/_definst_/{name}/playlist.m3u8",
         "/stream/{name}/master.m3u8", "/live/{name}/chunks.m3u8", "/media/{name}/{name}.m3u8", "/{name}/{name}/playlist.m3u8",
         "/i/{name}_1@{small}/master.m3u8", "/memfs/{uuid}.m3u8", "/live/{name}.m3u8?token={token}",
         "/live-stream/{name}/hls/{name}.m3u8", "/{name}/ngrp:{name}_all/playlist.m3u8")
# Of 2,046 measured URLs a few have a panel's form and are none.
PANEL_LIKE = ("/live/tvhugo/stream/2.m3u8", "/live/123/123.m3u8", "/live/web/tv2/1.m3u8", "/contents/20240/12/1.m3u8",
              "/rte/live/a/channel1/channel1.isml/channel1.m3u8", "/skygo/stream1/mng/1.m3u8", "/live/canal3/hd/3.m3u8")


def community_list(count, hosts, *, secure, odd, bare, top, user_info=0, panel_like=(), suffixes=False, groups=COUNTRIES):
    """`secure` in percent; `odd` ports, `bare` addresses and `top` (URLs of the busiest host) are counts."""
    made = []
    for number in range(count):
        name = f"{CITIES[number % 12].lower()}tv{number}"
        busiest = number < top
        host = "live.platform.example" if busiest else f"cdn{number % hosts}.{name[:5]}{number % hosts}.example"
        if top <= number < top + bare:
            host = f"192.0.2.{number % 250 + 1}"
        port = (8080, 1935, 8081, 8443, 1936, 8000, 25461)[number % 7] if top <= number < top + odd else 0
        scheme = "https" if number % 100 < secure and not port else "http"
        path = PATHS[number % len(PATHS)].format(name=name, key=hexadecimal(32, number), small=number + 5000,
                                                 uuid=uuid(number), token=token(22, number))
        if number >= count - len(panel_like):
            path = panel_like[number - count + len(panel_like)]
        user = "web:web@" if number >= count - user_info else ""
        title = f"{CITIES[number % 12]} TV {number}"
        if suffixes:
            title += (" (720p)", " (1080p)", " (576p) [Not 24/7]", " (720p) [Geo-blocked]")[number % 4]
        attributes = (f'tvg-id="{CITIES[number % 12]}TV{number}.{COUNTRIES[number % 30]}" tvg-logo="https://i.img.example/'
                      f'{hexadecimal(7, number)}.png" group-title="{groups[number % len(groups)]}"')
        made.append((attributes, title, f"{scheme}://{user}{host}{f':{port}' if port else ''}{path}"))
    return made


def free_tv():
    return community_list(2046, 915, secure=88, odd=227, bare=128, top=133, panel_like=PANEL_LIKE)


def tdt():
    return community_list(577, 283, secure=99, odd=56, bare=1, top=40, user_info=1,
                          groups=("Generalistas", "Informativos", "Deportivos", "Infantiles", "Andalucía", "Cataluña"))


def country_index():
    """Everything that a worldwide community collects, in one list."""
    return community_list(9000, 3200, secure=70, odd=1500, bare=400, top=500, suffixes=True)


# Names that only pay channels have, as guides, shops of operators and block lists write them, without any stream.
PAY_NAMES = ("DAZN 1", "DAZN 2", "DAZN F1", "DAZN LaLiga", "Movistar LaLiga", "M+ Deportes", "M+ Liga de Campeones",
             "LaLiga TV Hypermotion", "CANAL+ Sport", "CANAL+ Foot", "CANAL+ Premier League", "Sky Sport Uno",
             "Sky Sport Calcio", "Sky Sport F1", "Sky Sport MotoGP", "Zona DAZN", "NFL Network", "NFL RedZone",
             "NHL Center Ice 1", "beIN Sports 1", "Sky Sports Main Event", "TNT Sports 1", "Eurosport 1", "WTA TV")
